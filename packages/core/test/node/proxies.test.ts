import { assert, describe, it } from "@effect/vitest"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import type { Environment } from "@skaha/core/node"
import { environmentProxies, parseProxy } from "../../src/node/internal/proxies.ts"
import { anyText, seeded } from "../support/properties.ts"
import { assertHides } from "../support/secrets.ts"

const leading = (env: Environment, origin: string) =>
  Result.map(environmentProxies(env), (proxyOf) => proxyOf(origin)?.origin)

const via = (env: Environment, origin = "https://platform.example") => Result.getOrThrow(leading(env, origin))

const p = "http://proxy.example:3128"

describe("parseProxy", () => {
  it.each([
    ["http://proxy.example:3128", p],
    ["http://proxy.example:3128/", p],
    ["proxy.example:3128", p],
    [" PROXY.example:3128\n", p],
    ["https://proxy.example", "https://proxy.example"],
    ["10.0.0.1", "http://10.0.0.1"],
    ["[::1]:3128", "http://[::1]:3128"],
    ["http://alice:hunter2@proxy.example:3128", p]
  ])("reads %j", (address, origin) => {
    assert.strictEqual(parseProxy(address)?.origin, origin)
  })

  it.each([
    "",
    "http://",
    "socks5://proxy.example",
    "ftp://proxy.example",
    "http://a b",
    "http://proxy.example/pac",
    "::"
  ])("knows that %j is none", (address) => {
    assert.isUndefined(parseProxy(address))
  })

  it.each([
    ["alice:hunter2", "alice:hunter2"],
    ["alice", "alice:"],
    [":hunter2", ":hunter2"],
    ["al%40ice:p%3Ass%25", "al@ice:p:ss%"],
    ["alice:100%", "alice:100%"],
    ["j%C3%B6rg:%E6%98%9F", "jörg:星"]
  ])("signs in as %j", (user, plain) => {
    const proxy = parseProxy(`http://${user}@proxy.example`)
    const value = proxy?.authorization === undefined ? "" : Redacted.value(proxy.authorization)
    assert.strictEqual(Buffer.from(value.replace("Basic ", ""), "base64").toString(), plain)
    assert.strictEqual(proxy?.origin, "http://proxy.example")
    assertHides(proxy, value, plain)
  })

  it.prop(
    "takes any text without a complaint",
    [anyText],
    ([text]) => {
      parseProxy(text)
      environmentProxies({ HTTPS_PROXY: text, NO_PROXY: text })
      Result.map(environmentProxies({ HTTPS_PROXY: p, NO_PROXY: text }), (proxyOf) => proxyOf("https://a.example"))
    },
    seeded(300)
  )
})

describe("environmentProxies", () => {
  it.each<readonly [Environment, https: string | undefined, http: string | undefined]>([
    [{}, undefined, undefined],
    [{ HTTPS_PROXY: p }, p, undefined],
    [{ https_proxy: p }, p, undefined],
    [{ HTTP_PROXY: p }, undefined, p],
    [{ http_proxy: p }, undefined, p],
    [{ https_proxy: p, HTTPS_PROXY: "http://other.example" }, p, undefined],
    [{ https_proxy: "", HTTPS_PROXY: p }, undefined, undefined],
    [{ HTTPS_PROXY: " " }, undefined, undefined],
    [{ HTTPS_PROXY: "a.example:1", HTTP_PROXY: "b.example:2" }, "http://a.example:1", "http://b.example:2"],
    // Of a program behind a web server, HTTP_PROXY is what a visitor has sent.
    [{ HTTP_PROXY: p, HTTPS_PROXY: p, REQUEST_METHOD: "GET" }, p, undefined],
    [{ http_proxy: p, REQUEST_METHOD: "GET" }, undefined, p]
  ])("%j", (env, https, http) => {
    assert.strictEqual(via(env), https)
    assert.strictEqual(via(env, "http://platform.example"), http)
  })

  it.each(["HTTPS_PROXY", "http_proxy"])("tells which variable holds no address: %s", (name) => {
    assert.deepStrictEqual(leading({ [name]: "socks5://hunter2@x" }, "https://a.example"), Result.fail(name))
  })

  it.each([
    ["platform.example", true],
    ["PLATFORM.example", true],
    [".platform.example", true],
    ["example", true],
    [".example", true],
    ["example.", true],
    ["*.example", true],
    ["*", true],
    ["*:443", true],
    ["*:80", false],
    ["platform.example:443", true],
    ["platform.example:8443", false],
    ["other.example, \t platform.example", true],
    ["other.example platform.example", true],
    ["form.example", false],
    ["*.platform.example", false],
    ["sub.platform.example", false],
    ["platform", false],
    ["", false],
    [",", false],
    ["10.0.0.0/8", false]
  ])("of https://platform.example, with NO_PROXY=%j: %s", (noProxy, direct) => {
    for (const name of ["NO_PROXY", "no_proxy"]) {
      assert.strictEqual(via({ HTTPS_PROXY: p, [name]: noProxy }), direct ? undefined : p)
    }
  })

  it.each([
    ["https://10.1.2.3", "10.0.0.0/8", true],
    ["https://11.1.2.3", "10.0.0.0/8", false],
    ["https://10.1.2.3", "10.1.2.3", true],
    ["https://10.1.2.3:8443", "10.1.2.3:8443", true],
    ["https://10.1.2.3:8443", "10.1.2.3:443", false],
    ["https://10.1.2.3", "10.0.0.0/99", false],
    ["https://[fd00::1]", "fd00::/8", true],
    ["https://[fd00::1]", "fd00::1", true],
    ["https://[fd00::1]:8443", "[fd00::1]:8443", true],
    ["https://[fd00::1]", "[fd00::1]", true],
    ["https://[fd00::1]", "[fd00::2]", false],
    ["https://[fd00::1]", "10.0.0.0/8", false],
    ["https://platform.example.", "platform.example", true]
  ])("of %s, with NO_PROXY=%j: %s", (origin, noProxy, direct) => {
    assert.strictEqual(via({ HTTPS_PROXY: p, NO_PROXY: noProxy }, origin), direct ? undefined : p)
  })

  it("prefers no_proxy in small letters", () => {
    assert.strictEqual(via({ HTTPS_PROXY: p, no_proxy: "", NO_PROXY: "*" }), p)
  })

  it.each(["localhost", "emulator.localhost", "127.0.0.1", "127.8.9.10", "[::1]"])("never leads to %s", (host) => {
    assert.isUndefined(via({ HTTPS_PROXY: p, HTTP_PROXY: p }, `https://${host}:8443`))
    assert.isUndefined(via({ HTTPS_PROXY: p, HTTP_PROXY: p }, `http://${host}:8080`))
  })
})
