/**
 * The surroundings of a Python program: a home of its own, and no way out of this machine.
 */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

export interface Home {
  readonly folder: string
  readonly env: NodeJS.ProcessEnv
  readonly remove: () => void
}

/** Nothing listens there: whatever is not asked of this machine fails at once. */
const nowhere = "http://127.0.0.1:9"

/** Of the caller's own environment only what a program needs to start. */
const inherited = ["PATH", "LANG", "SYSTEMROOT", "TEMP", "TMP"]

export const makeHome = (url: string, token: string): Home => {
  const folder = mkdtempSync(join(tmpdir(), "interop-"))
  return {
    folder,
    env: {
      ...Object.fromEntries(inherited.map((name) => [name, process.env[name]])),
      HOME: folder,
      USERPROFILE: folder,
      PYTHONUTF8: "1",
      PLATFORM_URL: url,
      CANFAR_URL: `${url}/v1`,
      CANFAR_TOKEN: token,
      http_proxy: nowhere,
      https_proxy: nowhere,
      no_proxy: "127.0.0.1",
      NO_COLOR: "1",
      TERM: "dumb"
    },
    remove: () => rmSync(folder, { recursive: true, force: true })
  }
}
