import { assert, describe, it } from "@effect/vitest"
import {
  AsyncSession,
  ConfigurationInvalid,
  Context,
  Images,
  Overview,
  SessionRequestError,
  type ClientOptions
} from "skaha"
import * as Redacted from "effect/Redacted"
import { writeFileSync } from "node:fs"
import { createSecureServer } from "node:http2"
import { join } from "node:path"
import { certificate } from "./support/certificate.ts"
import { folder } from "./support/folders.ts"
import { captured } from "./support/output.ts"
import { image, token, usePlatform } from "./support/platform.ts"
import { rejectionOf, thrown } from "./support/rejection.ts"
import { until } from "./support/until.ts"

const platform = usePlatform()

/** The targets that a client with these options asks for a list. */
const targetOf = async (options: ClientOptions) => {
  await using sessions = new AsyncSession({ token, loglevel: "critical", ...options })
  await sessions.fetch().catch(() => {})
  return platform.sent
}

describe("the address", () => {
  it.each<[string, (url: string) => ClientOptions, string]>([
    ["server", (url) => ({ server: url }), "/v1/session"],
    ["server with slashes at its end", (url) => ({ server: `${url}///` }), "/v1/session"],
    ["server and version", (url) => ({ server: url, version: "v2" }), "/v2/session"],
    ["url without a version", (url) => ({ url }), "/v1/session"],
    ["url with a version", (url) => ({ url: `${url}/v3` }), "/v3/session"],
    ["url with a version and a slash", (url) => ({ url: `${url}/v3.1/` }), "/v3.1/session"],
    ["url with a version, which is the one that counts", (url) => ({ url: `${url}/v3`, version: "v2" }), "/v3/session"],
    ["url and version", (url) => ({ url, version: "v2" }), "/v2/session"]
  ])("%s", async (_, options, target) => {
    assert.deepStrictEqual(await targetOf(options(platform.url)), [`GET ${target}`])
  })

  it("has an origin for documents without a version", async () => {
    await using overview = new Overview({ url: `${platform.url}/v1`, loglevel: "warning" })
    await overview.availability()
    assert.deepStrictEqual(platform.sent, ["GET /availability"])
  })
})

describe("what is refused at once", () => {
  it.each<[string, object, string]>([
    ["an option that does not exist", { tokem: "x" }, "tokem: is no option"],
    [
      "server with url",
      { server: "https://a.org/skaha", url: "https://a.org/skaha" },
      "url: give url or server, not both"
    ],
    ["no address", { server: "ws-uv.canfar.net" }, "server: not an http or https address"],
    ["another scheme", { url: "ftp://a.org/skaha" }, "url: not an http or https address"],
    ["a password in the address", { url: "https://me:pw@a.org/skaha" }, "url: an address has no user, password"],
    ["a query in the address", { url: "https://a.org/skaha?x=1" }, "url: an address has no user, password, query"],
    ["version 1", { version: "1" }, 'version: "1" is not a version such as v1'],
    ["timeout 0", { timeout: 0 }, "timeout: seconds, more than 0"],
    ["timeout NaN", { timeout: Number.NaN }, "timeout: seconds, more than 0"],
    ["settle 0", { settle: 0 }, "settle: seconds, more than 0"],
    ["settle NaN", { settle: Number.NaN }, "settle: seconds, more than 0"],
    ["retry true", { retry: true }, "retry: false, or an object"],
    ["retry null", { retry: null }, "retry: false, or an object"],
    ["a misspelt option of retry", { retry: { tries: 3 } }, "retry.tries: is no option"],
    ["half a repeat", { retry: { times: 1.5 } }, "retry.times: a whole number from 0"],
    ["repeats below none", { retry: { times: -1 } }, "retry.times: a whole number from 0"],
    ["a budget of NaN", { retry: { budget: Number.NaN } }, "retry.budget: a whole number from 0"],
    ["a delay below 0", { retry: { delay: -0.5 } }, "retry.delay: seconds, from 0"],
    ["an endless delay", { retry: { longestDelay: Infinity } }, "retry.longestDelay: seconds, from 0"],
    ["no Retry-After", { retry: { longestRetryAfter: Number.NaN } }, "retry.longestRetryAfter: seconds, from 0"],
    ["a retryable that is none", { retry: { retryable: true } }, "retry.retryable: is no function"],
    ["concurrency 0", { concurrency: 0 }, "concurrency: a whole number from 1 to 256"],
    ["concurrency 257", { concurrency: 257 }, "concurrency: a whole number from 1 to 256"],
    ["concurrency 1.5", { concurrency: 1.5 }, "concurrency: a whole number from 1 to 256"],
    ["creates 0", { createConcurrency: 0 }, "createConcurrency: a whole number from 1 to the concurrency"],
    [
      "more creates than requests",
      { createConcurrency: 5, concurrency: 4 },
      "createConcurrency: a whole number from 1 to the concurrency"
    ],
    ["loglevel 9", { loglevel: 9 }, "loglevel: 10 to 50, or debug, info, warning, error or critical"],
    ["loglevel 51", { loglevel: 51 }, "loglevel: 10 to 50"],
    ["loglevel NaN", { loglevel: Number.NaN }, "loglevel: 10 to 50"],
    ["loglevel loud", { loglevel: "loud" }, "loglevel: 10 to 50"],
    ["a certificate beside a token", { certificate: "/c.pem", token: "x" }, "certificate: give it or a token"],
    ["a login beside a token", { idp: "srcnet", token: "x" }, "idp: give it or a token or certificate, not both"],
    ["a certificate that is no text", { certificate: 42 }, "certificate: is no text"],
    ["a login that is no text", { idp: null }, "idp: is no text"],
    ["a configuration that is no text", { configuration: true }, "configuration: is no text"],
    ["cookies", { cookies: true }, "cookies: only a browser has any"],
    ["a token that no header can carry", { token: "a\nb" }, "token: holds blanks or characters that a header cannot"],
    [
      "a : in the user of a registry",
      { registry: { username: "a:b", secret: "s" } },
      "registry.username: the platform"
    ],
    [
      "a : in the secret of a registry",
      { registry: { username: "a", secret: "s:t" } },
      "registry.secret: the platform"
    ],
    ["half a registry", { registry: { username: "a", secret: "" } }, "registry.secret: is empty"]
  ])("%s", (_, options, message) => {
    for (const Client of [AsyncSession, Images, Context, Overview]) {
      const error = thrown(() => new Client(options))
      assert.instanceOf(error, ConfigurationInvalid)
      assert.deepStrictEqual([error.name, error.code], ["ConfigurationInvalid", "configuration.invalid"])
      assert.strictEqual(error.problems.length, 1)
      assert.isTrue(error.message.startsWith(`configuration: ${message}`), error.message)
    }
  })

  it("is told all at once", () => {
    const options = { one: 1, two: 2, loglevel: 0, concurrency: 0, token: "a b" }
    const error = thrown(() => new AsyncSession(options))
    assert.instanceOf(error, ConfigurationInvalid)
    assert.deepStrictEqual(
      error.problems.map(({ field }) => field),
      ["one", "two", "loglevel", "concurrency", "token"]
    )
  })
})

describe("what only the first call finds wrong", () => {
  it("rejects all calls, whatever they do about failures", async () => {
    const sessions = platform.sessions({ ca: "/nowhere/ca.pem" })
    for (const call of [sessions.fetch(), sessions.info("abc"), sessions.info(["abc"]), sessions.destroy("abc")]) {
      assert.include((await rejectionOf(ConfigurationInvalid, call)).message, "ca: ")
    }
    assert.deepStrictEqual(platform.sent, [])
  })
})

describe("retry", () => {
  /** So often the server is busy, and then no more. */
  const busy = (times: number) =>
    platform.fail({ match: { method: "GET", times }, action: { _tag: "Reply", status: 503 } })

  it.each<[string, ClientOptions["retry"], number]>([
    ["false", false, 1],
    ["no repeat", { times: 0 }, 1],
    ["one repeat", { times: 1, delay: 0 }, 2],
    ["more repeats than are needed", { times: 9, delay: 0 }, 3],
    ["an error that is not worth it", { delay: 0, retryable: ({ code }) => code !== "server.busy" }, 1]
  ])("%s", async (_, retry, requests) => {
    await busy(2)
    const fetched = platform.sessions({ retry }).fetch()
    assert.strictEqual((await Promise.allSettled([fetched]))[0].status, requests === 3 ? "fulfilled" : "rejected")
    assert.deepStrictEqual(platform.sent, Array<string>(requests).fill(platform.sent[0] ?? ""))
  })

  it("is done by itself", async () => {
    await busy(1)
    assert.deepStrictEqual(await platform.sessions({ retry: undefined }).fetch(), [])
    assert.strictEqual(platform.sent.length, 2)
  })
})

describe("credentials", () => {
  it.each<[string, ClientOptions["token"]]>([
    ["a text", token],
    ["a redacted text", Redacted.make(token)],
    ["a text with blanks around it", ` ${token}\n`]
  ])("are a token: %s", async (_, token_) => {
    await using sessions = new AsyncSession({ ...platform.address, token: token_ })
    await sessions.fetch()
    assert.include(platform.arrived[0]?.headers, {
      authorization: `Bearer ${token}`,
      "x-skaha-authentication-type": "RUNTIME-TOKEN"
    })
  })

  it.each([undefined, ""])("are none by default: %o", async (none) => {
    await using overview = new Overview({ ...platform.address, token: none, loglevel: "warning" })
    await overview.availability()
    assert.notProperty(platform.arrived[0]?.headers, "authorization")
    assert.notProperty(platform.arrived[0]?.headers, "x-skaha-authentication-type")
  })

  it("of a registry go out with creates only", async () => {
    const registry = { username: "jürgen", secret: "cli-secret" }
    const sessions = platform.sessions({ registry })
    const [id = ""] = await sessions.create({
      name: "fit",
      image: "images.canfar.net/private/thing:1",
      kind: "notebook"
    })
    assert.notStrictEqual(id, "")
    await Promise.all([sessions.fetch(), sessions.stats()])
    for (const method of ["info", "logs", "events", "renew", "connect", "destroy"] as const) await sessions[method](id)
    const name = "x-skaha-registry-auth"
    const [create, ...others] = platform.arrived
    assert.strictEqual(create?.headers[name], Buffer.from("jürgen:cli-secret").toString("base64"))
    assert.strictEqual(others.length, 8)
    for (const { headers } of others) assert.notProperty(headers, name)
  })

  it("of a registry may be redacted", async () => {
    const registry = { username: "me", secret: Redacted.make("cli-secret") }
    await platform.sessions({ registry }).create({ name: "fit", image })
    assert.strictEqual(platform.arrived[0]?.headers["x-skaha-registry-auth"], btoa("me:cli-secret"))
  })

  it("are asked for by the platform when an image is private", async () => {
    const create = platform
      .sessions()
      .create({ name: "fit", image: "images.canfar.net/private/thing:1", errors: "raise" })
    assert.strictEqual((await rejectionOf(SessionRequestError, create)).code, "image.not_public")
  })
})

describe("the registry", () => {
  it.each([["registry.example.org"], ["https://registry.example.org"], ["https://registry.example.org/"]])(
    "of the address %s completes short names",
    async (url) => {
      const registry = { url, username: "me", secret: "s" }
      await platform.sessions({ registry }).create({ name: "fit", image: "skaha/astroml" })
      assert.deepStrictEqual(platform.forms[0]?.[1], ["image", "registry.example.org/skaha/astroml:latest"])
    }
  )
})

describe("the log", () => {
  const noisy = (loglevel: ClientOptions["loglevel"]) =>
    captured(async () => {
      await platform.fail({ match: {}, action: { _tag: "Reply", status: 500 } })
      await platform.sessions(loglevel === undefined ? {} : { loglevel }).info("abcdefgh")
    })

  it.each<[ClientOptions["loglevel"], number]>([
    [10, 1],
    [20, 1],
    [25, 1],
    [30, 1],
    [31, 0],
    [40, 0],
    [50, 0],
    ["debug", 1],
    ["info", 1],
    ["warning", 1],
    ["error", 0],
    ["critical", 0]
  ])("has at the level %s so many warnings: %i", async (loglevel, lines) => {
    const { stderr, stdout } = await noisy(loglevel)
    assert.strictEqual(stderr.length, lines)
    assert.deepStrictEqual(stdout, [])
  })

  it.each(["WARNING", "Warning"])("takes its level in any letter case: %s", async (name) => {
    assert.strictEqual((await noisy(name as "warning")).stderr.length, 1)
  })

  it("warns of verify, whatever it is, and goes on", async () => {
    for (const verify of [true, false]) {
      const { stderr } = await captured(async () => {
        await using sessions = new AsyncSession({ ...platform.address, token, verify })
        await sessions.fetch()
      })
      assert.strictEqual(stderr.length, 1)
      assert.match(stderr[0] ?? "", /level=WARN.*verify is ignored: certificates are always verified/)
    }
  })

  it("says nothing at its default level when all is well", async () => {
    const { stderr, stdout } = await captured(async () => {
      await using sessions = new AsyncSession({ ...platform.address, token })
      await sessions.logs(await sessions.create({ name: "fit", image }))
    })
    assert.deepStrictEqual([stderr, stdout], [[], []])
  })
})

describe("http2", () => {
  it.each([
    [true, "2.0"],
    [undefined, "1.1"]
  ])("%s speaks HTTP/%s to a server that speaks both", async (http2, expected) => {
    const versions: Array<string> = []
    const server = createSecureServer({ ...certificate, allowHTTP1: true }, ({ httpVersion }, response) => {
      versions.push(httpVersion)
      response.setHeader("content-type", "application/json")
      response.end("[]")
    })
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
    const address = server.address()
    assert(address !== null && typeof address !== "string")
    using directory = folder()
    const ca = join(directory.path, "ca.pem")
    writeFileSync(ca, certificate.cert)
    {
      await using sessions = new AsyncSession({ server: `https://127.0.0.1:${address.port}/skaha`, token, ca, http2 })
      assert.deepStrictEqual(await sessions.fetch(), [])
    }
    await new Promise((resolve) => server.close(resolve))
    assert.deepStrictEqual(versions, [expected])
  })
})

describe("the concurrency", () => {
  const ids = Array.from({ length: 50 }, (_, index) => `id${index}`)

  it.each([
    [1, 1],
    [3, 3],
    [undefined, 32]
  ])("%s lets so many requests be in flight, over all calls of a client: %i", async (concurrency, expected) => {
    await platform.fail({ match: {}, action: { _tag: "Never" } })
    const sessions = platform.sessions({ concurrency })
    const calls = [sessions.logs(ids), sessions.destroy(ids), sessions.fetch(), sessions.stats()]
    await until(async () => (await platform.inFlight()) === expected)
    // Time for one too many.
    await new Promise((resolve) => setTimeout(resolve, 20))
    assert.strictEqual(await platform.maxInFlight(), expected)
    await Promise.all([sessions.close(), Promise.allSettled(calls)])
    assert.strictEqual(platform.sent.length, expected)
  })

  it("of creates is less", async () => {
    await platform.fail({ match: {}, action: { _tag: "Never" } })
    const sessions = platform.sessions({ createConcurrency: 2 })
    const calls = ["a", "b", "c", "d"].map((name) => sessions.create({ name, image }))
    await until(async () => (await platform.inFlight()) === 2)
    // Time for one too many.
    await new Promise((resolve) => setTimeout(resolve, 20))
    assert.strictEqual(await platform.maxInFlight(), 2)
    await Promise.all([sessions.close(), Promise.allSettled(calls)])
  })
})
