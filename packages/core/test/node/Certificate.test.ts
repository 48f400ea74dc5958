import { CertificateUnusable, Credentials, SkahaError, type CertificateFlaw } from "@skaha/core"
import { Certificate } from "@skaha/core/node"
import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { TestClock } from "effect/testing"
import { chmodSync, mkdirSync, renameSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { chainOf, encrypted, folder, keyOf, partsOf, pem, strangeKey } from "../support/pems.ts"
import { assertHides } from "../support/secrets.ts"
import { weak } from "../support/selfSigned.ts"

const now = "2026-06-01T12:00:00Z"
const alice = "CN=alice,OU=people,O=Example"

const encoded = Schema.encodeSync(SkahaError)

/** A certificate whose file has this content, in the middle of 2026. */
const holding = Effect.fnUntraced(function* (content: string) {
  yield* TestClock.setTime(DateTime.makeUnsafe(now).epochMilliseconds)
  const file = join(yield* folder, "cert.pem")
  writeFileSync(file, content)
  return yield* Certificate.make({ file })
})

/** Replaces a file as a program does that means well. */
const replace = (file: string, content: string) => {
  writeFileSync(`${file}.new`, content)
  renameSync(`${file}.new`, file)
}

/** The lines of a text in PEM that are nobody's business. */
const secretLines = (text: string): ReadonlyArray<string> =>
  text.split("\n").filter((line) => /^[\w+/=]{20,}$/.test(line))

const flaw = (content: string) => Effect.flatMap(holding(content), ({ current }) => Effect.flip(current))

describe("Certificate", () => {
  it.effect.each([
    ["alice", alice, "CN=Example CA,O=Example", false],
    ["doe", 'CN=Doe\\, Jöhn \\+ \\"x\\",OU=people,O=Example', "CN=Example CA,O=Example", false],
    ["bob", "CN=bob,OU=people,O=Example", "CN=Subordinate CA,O=Example", false],
    ["rfc-proxy", `CN=1234,${alice}`, alice, true],
    ["nested-proxy", `CN=5678,CN=1234,${alice}`, `CN=1234,${alice}`, true],
    ["legacy-proxy", `CN=proxy,${alice}`, alice, true],
    ["limited-proxy", `CN=limited proxy,${alice}`, alice, true],
    ["lone-proxy", `CN=1234,${alice}`, alice, true]
  ] as const)("tells what %s is", ([name, subject, issuer, isProxy]) =>
    Effect.gen(function* () {
      const { chain, key, ...content } = yield* (yield* holding(pem(name))).current
      assert.deepStrictEqual(content, {
        subject,
        issuer,
        isProxy,
        validFrom: DateTime.makeUnsafe("2025-01-01T00:00:00Z"),
        expires: DateTime.makeUnsafe("2124-12-31T23:59:59Z")
      })
      assert.strictEqual(chain, chainOf(name).join(""))
      assert.strictEqual(Redacted.value(key), keyOf(name))
    })
  )

  it.effect("takes the parts in any order, with text between them, and puts them into that of TLS", () =>
    Effect.gen(function* () {
      const [key = "", proxy = "", between = "", user = ""] = partsOf("nested-proxy")
      for (const parts of [
        [user, between, proxy, key],
        [between, key, user, proxy],
        [proxy, "Bag Attributes\r\n  subject=x\n", user, key.replaceAll("\n", "\r\n"), "\n\n", between]
      ]) {
        const content = yield* (yield* holding(parts.join(""))).current
        assert.strictEqual(content.chain, [proxy, between, user].join(""))
        assert.strictEqual(Redacted.value(content.key), key)
      }
    })
  )

  it.effect("takes the key that fits, and sends the file's other certificates last", () =>
    Effect.gen(function* () {
      const content = yield* (yield* holding(pem("ca") + strangeKey() + pem("bob"))).current
      assert.strictEqual(content.chain, [...chainOf("bob"), pem("ca")].join("").replace(pem("ca"), "") + pem("ca"))
      assert.strictEqual(Redacted.value(content.key), keyOf("bob"))
    })
  )

  it.effect.each<readonly [CertificateFlaw, () => string]>([
    ["no-certificate", () => ""],
    ["no-certificate", () => "\0\u0001\u0002".repeat(1000)],
    ["no-certificate", () => keyOf("alice")],
    ["no-key", () => chainOf("rfc-proxy").join("")],
    ["no-key", () => pem("ca")],
    ["key-mismatch", () => strangeKey() + chainOf("rfc-proxy").join("")],
    ["key-mismatch", () => keyOf("bob") + chainOf("alice").join("")],
    ["key-encrypted", () => encrypted("alice") + chainOf("alice").join("")],
    ["undecodable", () => pem("alice").slice(0, -40)],
    ["undecodable", () => pem("rfc-proxy").slice(0, -40)],
    ["undecodable", () => chainOf("alice").join("") + keyOf("alice").slice(0, 60)],
    ["undecodable", () => keyOf("alice") + chainOf("alice").join("").replace("MII", "XII")],
    ["undecodable", () => keyOf("alice").replace("MIG", "XIG") + chainOf("alice").join("")],
    ["undecodable", () => pem("nested-proxy").replace(chainOf("alice")[0]?.slice(40, 80) ?? "", "")],
    ["undecodable", () => "-----BEGIN CERTIFICATE-----\n".repeat(30_000)],
    ["unsuitable", () => weak],
    ["expired", () => pem("expired")],
    ["expired", () => pem("expired-proxy")],
    ["not-yet-valid", () => pem("early")]
  ])("says that it is of no use: %s (%#)", ([reason, content]) =>
    Effect.gen(function* () {
      const error = yield* flaw(content())
      assert.instanceOf(error, CertificateUnusable)
      assert.strictEqual(error.reason, reason)
      assert.match(error.file, /cert\.pem$/)
      assert.include(error.message, error.file)
      assertHides(error, ...secretLines(content()))
      assertHides(encoded(error), ...secretLines(content()))
    })
  )

  it.effect("gives the dates of one that has expired or is not valid yet", () =>
    Effect.gen(function* () {
      const expired = yield* flaw(pem("expired"))
      assert.deepStrictEqual(expired.validFrom, DateTime.makeUnsafe("2020-01-01T00:00:00Z"))
      assert.deepStrictEqual(expired.expires, DateTime.makeUnsafe("2021-01-01T00:00:00Z"))
      assert.include(expired.message, "2021-01-01")
      assert.include((yield* flaw(pem("early"))).message, "2100-01-01")
    })
  )

  it.effect("is of use from its first millisecond up to its last", () =>
    Effect.gen(function* () {
      const { current } = yield* holding(pem("early"))
      const { epochMilliseconds } = DateTime.makeUnsafe("2100-01-01T00:00:00Z")
      yield* TestClock.setTime(epochMilliseconds - 1)
      assert.strictEqual((yield* Effect.flip(current)).reason, "not-yet-valid")
      yield* TestClock.setTime(epochMilliseconds)
      const { expires } = yield* current
      yield* TestClock.setTime(expires.epochMilliseconds - 1)
      yield* current
      yield* TestClock.setTime(expires.epochMilliseconds)
      assert.strictEqual((yield* Effect.flip(current)).reason, "expired")
    })
  )

  it.effect("is valid no longer than the certificates it stands for", () =>
    Effect.gen(function* () {
      // Whose proxy is made from one that is valid for a day.
      const content = chainOf("expired-proxy").join("") + keyOf("expired-proxy")
      assert.deepStrictEqual((yield* flaw(content)).expires, DateTime.makeUnsafe("2025-01-02T00:00:00Z"))
    })
  )

  describe("the file", () => {
    const at = (file: string, home?: string) =>
      Effect.flatMap(Certificate.make({ file, home }), ({ current }) => Effect.flip(current))

    it.effect("may be missing", () =>
      Effect.gen(function* () {
        const home = yield* folder
        const error = yield* at("~/.ssl/cadcproxy.pem", home)
        assert.include(error, { reason: "missing", file: join(home, ".ssl/cadcproxy.pem") })
        writeFileSync(join(home, "file"), "")
        assert.strictEqual((yield* at("~/file/below", home)).reason, "missing")
      })
    )

    it.effect("may be something else", () =>
      Effect.gen(function* () {
        const home = yield* folder
        assert.strictEqual((yield* at(home)).reason, "not-a-file")
        assert.strictEqual((yield* at("/dev/zero")).reason, "not-a-file")
        writeFileSync(join(home, "large"), Buffer.alloc(1024 * 1024 + 1))
        assert.strictEqual((yield* at("~/large", home)).reason, "not-a-file")
      })
    )

    it.effect("may be out of reach", () =>
      Effect.gen(function* () {
        const home = yield* folder
        symlinkSync("loop", join(home, "loop"))
        assert.strictEqual((yield* at("~/loop", home)).reason, "unreadable")
        if (process.getuid?.() === 0) return
        const file = join(home, "closed.pem")
        writeFileSync(file, pem("alice"))
        chmodSync(file, 0o000)
        assert.strictEqual((yield* at(file)).reason, "unreadable")
      })
    )

    it.effect("is by default the one of CADC's tools", () =>
      Effect.gen(function* () {
        const home = yield* folder
        mkdirSync(join(home, ".ssl"))
        writeFileSync(join(home, ".ssl/cadcproxy.pem"), pem("early"))
        assert.strictEqual((yield* Effect.flip((yield* Certificate.make({ home })).current)).reason, "not-yet-valid")
      })
    )

    it.effect("is read again when it has changed, which is looked up once a second", () =>
      Effect.gen(function* () {
        const { current, file } = yield* holding(pem("alice"))
        const first = yield* current
        replace(file, pem("bob"))
        assert.strictEqual(yield* current, first)
        yield* TestClock.adjust("1 second")
        const second = yield* current
        assert.include(second.subject, "CN=bob")
        yield* TestClock.adjust("1 minute")
        assert.strictEqual(yield* current, second)
      })
    )

    it.effect("is seen to have changed by its time alone, when written in place", () =>
      Effect.gen(function* () {
        const { current, file } = yield* holding(pem("alice"))
        yield* current
        const { ino } = statSync(file)
        writeFileSync(file, pem("rfc-proxy"))
        utimesSync(file, 1, 1)
        assert.strictEqual(statSync(file).ino, ino)
        yield* TestClock.adjust("1 second")
        assert.isTrue((yield* current).isProxy)
      })
    )

    it.effect("is looked at at once when what was in it has expired", () =>
      Effect.gen(function* () {
        const { current, file } = yield* holding(pem("expired-proxy"))
        yield* TestClock.setTime(DateTime.makeUnsafe("2025-01-01T23:59:59.900Z").epochMilliseconds)
        yield* current
        replace(file, pem("rfc-proxy"))
        yield* TestClock.adjust("100 millis")
        assert.strictEqual((yield* current).expires.epochMilliseconds, Date.parse("2124-12-31T23:59:59Z"))
      })
    )

    it.effect("counts as it is: gone, damaged and mended", () =>
      Effect.gen(function* () {
        const { current, file } = yield* holding(pem("alice"))
        const first = yield* current
        yield* TestClock.adjust("1 second")
        rmSync(file)
        assert.strictEqual((yield* Effect.flip(current)).reason, "missing")
        writeFileSync(file, pem("alice").slice(0, 500))
        assert.strictEqual((yield* Effect.flip(current)).reason, "undecodable")
        writeFileSync(file, pem("alice"))
        const mended = yield* current
        assert.deepStrictEqual({ ...mended, key: "" }, { ...first, key: "" })
      })
    )
  })

  describe("credentials", () => {
    it.effect.each([
      [{}, { mode: "x509", type: "RUNTIME-X509" }, "options"],
      [{ type: "X509", source: "~/.canfar/config.yaml" }, { mode: "x509", type: "X509" }, "~/.canfar/config.yaml"]
    ] as const)("say what they are: %j", ([options, authorization, source]) =>
      Effect.gen(function* () {
        const certificate = yield* holding(pem("rfc-proxy"))
        const credentials = Certificate.credentials(certificate, options)
        assert.deepStrictEqual(yield* credentials.authorize, authorization)
        const { expires } = yield* certificate.current
        assert.deepStrictEqual(yield* credentials.describe, { mode: "x509", source, expires })
        assertHides(credentials, ...secretLines(pem("rfc-proxy")))
        assertHides(certificate, ...secretLines(pem("rfc-proxy")))
      })
    )

    it.effect("are refused before anything is sent when the file is of no use", () =>
      Effect.gen(function* () {
        const { authorize, describe, renew } = Certificate.credentials(yield* holding(pem("expired-proxy")))
        for (const failure of [Effect.flip(authorize), Effect.flip(describe), Effect.flip(renew({ mode: "x509" }))]) {
          assert.include(yield* failure, { _tag: "CertificateUnusable", reason: "expired" })
        }
      })
    )

    it.effect("are tried once more after a 401 if the file has another certificate now", () =>
      Effect.gen(function* () {
        const certificate = yield* holding(pem("alice"))
        const { authorize, renew } = Certificate.credentials(certificate)
        const first = yield* authorize
        assert.isUndefined(yield* renew(first))
        replace(certificate.file, pem("rfc-proxy"))
        const second = yield* renew(first)
        assert.deepStrictEqual(second, { mode: "x509", type: "RUNTIME-X509" })
        assert.strictEqual(yield* authorize, second)
        // Somebody who was refused with the first meanwhile.
        assert.strictEqual(yield* renew(first), second)
        assert.isUndefined(yield* renew(second ?? first))
      })
    )

    it.effect("are a service like any other", () =>
      Effect.gen(function* () {
        const credentials = Certificate.credentials(yield* holding(pem("alice")))
        const { mode } = yield* Credentials.use(({ authorize }) => authorize).pipe(
          Effect.provideService(Credentials, credentials)
        )
        assert.strictEqual(mode, "x509")
      })
    )
  })
})
