import { delimiter } from "node:path"

// `npm start` tells its script all of npm's own settings in `npm_*` variables. Most are about that one run (its prefix,
// its workspace, its flags) and mislead an npm or pnpm started from within; the kept ones say where packages come from.
// `NODE` would name the Node that npm runs on.
const kept =
  /^npm_config_(registry|cache|userconfig|globalconfig|store_dir|(https?_)?proxy|noproxy|ca|cafile|strict_ssl|fetch_\w+)$/

const isPath = (name) => name.toUpperCase() === "PATH"

/** The environment of everything the launcher starts: npm's private variables left out, `folders` first on the PATH. */
export const environment = (folders) => {
  const entries = Object.entries(process.env).filter(([name]) => kept.test(name) || !/^(npm_|NODE$)/.test(name))
  const path = [...folders, entries.find(([name]) => isPath(name))?.[1] ?? ""].join(delimiter)
  return Object.fromEntries([...entries.filter(([name]) => !isPath(name)), ["PATH", path]])
}
