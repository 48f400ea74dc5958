import { assert, describe, it } from "@effect/vitest"
import { build, type Metafile } from "esbuild"
import { fileURLToPath } from "node:url"
import { runInNewContext } from "node:vm"

const here = fileURLToPath(new URL(".", import.meta.url))

/** Bundles a program for a browser, in memory. What a browser does not have stays an import, and shows. */
const bundle = (program: string) =>
  build({
    stdin: { contents: program, resolveDir: here, loader: "ts" },
    bundle: true,
    platform: "browser",
    format: "iife",
    globalName: "bundled",
    write: false,
    metafile: true,
    logLevel: "silent",
    external: ["node:*"]
  })

/** What of Node, or of undici, a bundle would need. */
const ofNode = ({ inputs }: Metafile): ReadonlyArray<string> =>
  Object.entries(inputs).flatMap(([input, { imports }]) => [
    ...(/node_modules\/(\.pnpm\/)?(undici|@effect\+platform-node)[@/]/.test(input) ? [input] : []),
    ...imports.flatMap(({ path, external }) => (external === true && path.startsWith("node:") ? [path] : []))
  ])

describe("The main entry in a browser", () => {
  it("needs nothing of Node", async () => {
    const { metafile, outputFiles } = await bundle('export * from "@skaha/session"')
    assert.deepStrictEqual(ofNode(metafile), [])
    const code = outputFiles[0]?.text ?? ""
    assert.notMatch(code, /\brequire\(|from "node:/)
    assert.isTrue(Object.keys(metafile.inputs).some((input) => input.endsWith("core/src/PlatformClient.ts")))
  })

  it("runs where there is only what every browser has", async () => {
    const { outputFiles } = await bundle(`
      import { Outcome, Sessions, Skaha, completeImage, distributed } from "@skaha/session"
      import { Transport } from "@skaha/core"
      import * as Effect from "effect/Effect"
      import * as Layer from "effect/Layer"
      const transport = Layer.succeed(Transport, {
        send: ({ body, path }) => Effect.succeed({ status: 200, headers: {}, body: body ?? path })
      })
      export const parts = distributed.stripe([1, 2, 3], 1, 2)
      export const image = completeImage("a/b", "h.example")
      export const result = Effect.runPromise(
        Sessions.use(({ logs }) => logs(["abcd1234", "../x"])).pipe(
          Effect.map((outcomes) => [Outcome.values(outcomes), Outcome.failures(outcomes).map(({ error }) => error._tag)]),
          Effect.provide(Skaha.layer({ token: "t", url: "http://h.example/skaha", transport }))
        )
      )
    `)
    const { URL, TextEncoder, TextDecoder, AbortController, setTimeout, clearTimeout, queueMicrotask, btoa } =
      globalThis
    const { performance, crypto, console } = globalThis
    const browser = {
      URL,
      TextEncoder,
      TextDecoder,
      AbortController,
      setTimeout,
      clearTimeout,
      queueMicrotask,
      btoa,
      performance,
      crypto,
      console,
      document: {}
    }
    const bundled: unknown = await runInNewContext(
      `${outputFiles[0]?.text ?? ""};bundled.result.then((result) => JSON.stringify([bundled.parts, bundled.image, result]))`,
      browser
    )
    assert.deepStrictEqual(JSON.parse(String(bundled)), [
      [1, 3],
      { image: "h.example/a/b:latest" },
      [["/skaha/v1/session/abcd1234"], ["InvalidInput"]]
    ])
  })

  it("would show what needs Node", async () => {
    const { metafile } = await bundle('export * from "@skaha/core/node"')
    assert.isTrue(ofNode(metafile).some((input) => input.includes("undici")))
    assert.include(ofNode(metafile), "node:net")
  })
})
