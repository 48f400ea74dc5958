import { assert, describe, it } from "@effect/vitest"
import { build, type Metafile } from "esbuild"
import { fileURLToPath } from "node:url"

const entry = (path: string) => fileURLToPath(new URL(`../src/${path}`, import.meta.url))

/** Bundles an entry for a browser; what Node has, and others would have to polyfill, stays outside. */
const bundle = (path: string) =>
  build({
    entryPoints: [entry(path)],
    bundle: true,
    platform: "browser",
    format: "esm",
    write: false,
    metafile: true,
    logLevel: "silent",
    external: ["node:*"]
  })

/** What of a bundle a browser does not have. */
const foreign = ({ inputs }: Metafile): ReadonlyArray<string> =>
  Object.entries(inputs).flatMap(([input, { imports }]) => [
    ...(/[\\/]undici[\\/]|platform-node/.test(input) ? [input] : []),
    ...imports.filter(({ path, external }) => external === true || path.startsWith("node:")).map(({ path }) => path)
  ])

describe("the main entry", () => {
  it("runs in a browser: it reaches neither Node nor undici", async () => {
    const { metafile, outputFiles, errors } = await bundle("index.ts")
    assert.deepStrictEqual(foreign(metafile), [])
    assert.deepStrictEqual(errors, [])
    const [output] = outputFiles
    assert.include(output?.text, "PlatformClient")
    assert.notMatch(output?.text ?? "", /\brequire\(/)
  })

  it("would be caught if it did, as the entry for Node is", async () => {
    const found = foreign((await bundle("node/index.ts")).metafile)
    assert.isTrue(found.some((path) => path.startsWith("node:")))
    assert.isTrue(found.some((path) => /[\\/]undici[\\/]/.test(path)))
  })
})
