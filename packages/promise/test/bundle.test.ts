import { assert, describe, it } from "@effect/vitest"
import { build, type Metafile } from "esbuild"
import { fileURLToPath } from "node:url"
import type * as skaha from "skaha"
import { listener } from "./support/listener.ts"
import { rejectionOf } from "./support/rejection.ts"

const here = fileURLToPath(new URL(".", import.meta.url))

/** Bundles the main entry in memory. What of Node is imported stays an import, and shows. */
const bundle = (platform: "browser" | "node") =>
  build({
    stdin: { contents: 'export * from "skaha"', resolveDir: here, loader: "ts" },
    bundle: true,
    format: "esm",
    write: false,
    metafile: true,
    logLevel: "silent",
    platform,
    conditions: [platform],
    external: platform === "node" ? ["node:*", "undici"] : ["node:*"]
  })

const forBrowser = bundle("browser")

/** Where a bundle leads: its sources, and what it leaves to be imported. */
const reached = ({ inputs }: Metafile) => ({
  sources: Object.keys(inputs).map((input) => input.replace(/^.*\/packages\//, "").replace(/^(\.\.\/)+/, "")),
  imports: new Set(
    Object.values(inputs).flatMap(({ imports }) =>
      imports.flatMap(({ path, external }) => (external === true ? [path] : []))
    )
  )
})

describe("the main entry", () => {
  it("for a browser reaches nothing of Node, and no undici", async () => {
    const { metafile } = await forBrowser
    const { sources, imports } = reached(metafile)
    assert.deepStrictEqual([...imports], [])
    assert.deepStrictEqual(
      sources.filter((source) => /undici|platform-node|nodePlatform/i.test(source)),
      []
    )
    assert.isTrue(sources.some((source) => source.endsWith("internal/portablePlatform.ts")))
  })

  it("for Node goes over undici", async () => {
    const { metafile } = await bundle("node")
    const { sources, imports } = reached(metafile)
    assert.isTrue(imports.has("undici"))
    assert.isTrue(sources.some((source) => source.endsWith("node/UndiciTransport.ts")))
    assert.isFalse(sources.some((source) => source.endsWith("internal/portablePlatform.ts")))
  })

  it("for a browser works with fetch alone", async () => {
    const { outputFiles } = await forBrowser
    const code = outputFiles[0]?.text ?? ""
    assert.notMatch(code, /\brequire\(|from "node:|\bprocess\.versions|\bBuffer\.from\(/)
    const asked: Array<string | undefined> = []
    await using server = await listener(({ url, headers }, response) => {
      // A header that only `fetch` sends.
      asked.push(`${url} ${headers["sec-fetch-mode"]}`)
      response.setHeader("content-type", "application/json").end("[]")
    })
    const bundled: typeof skaha = await import(`data:text/javascript,${encodeURIComponent(code)}`)
    await using sessions = new bundled.AsyncSession({ server: server.origin, token: "t" })
    assert.deepStrictEqual(await sessions.fetch(), [])
    assert.deepStrictEqual(asked, ["/v1/session cors"])
    assert.throws(() => new bundled.AsyncSession({ ca: "ca.pem" }), "ca: needs Node")
    assert.throws(() => new bundled.AsyncSession({ http2: true }), "http2: needs Node")
    assert.throws(() => new bundled.AsyncSession({ idp: "cadc" }), "idp: needs Node: give a token")
    assert.throws(() => new bundled.AsyncSession({ workers: 2 }), "workers: needs Node")
    for (const call of [
      sessions.saveLogs("abc", "logs"),
      bundled.login("cadc"),
      bundled.authentication.list(),
      bundled.authentication.use("cadc"),
      bundled.server.list(),
      bundled.server.discover("cadc")
    ]) {
      const error = await rejectionOf(bundled.ConfigurationInvalid, call)
      assert.include(error.message, "needs Node")
    }
  })
})
