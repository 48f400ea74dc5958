import { CertificateUnusable, CredentialsRefused } from "@skaha/core"
import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { cadcHere, password } from "../support/accounts.ts"
import { pem } from "../support/pems.ts"
import { assertHides } from "../support/secrets.ts"

type Here = Effect.Success<ReturnType<typeof cadcHere>>

/** Leaves a certificate where CADC's tools do. */
const leave = ({ folder }: Here, name: string): string => {
  const file = join(folder, ".ssl/cadcproxy.pem")
  mkdirSync(join(folder, ".ssl"), { recursive: true })
  writeFileSync(file, pem(name))
  return file
}

const asking = (given: string = password) => {
  const asked = { times: 0 }
  const askPassword = Effect.sync(() => {
    asked.times++
    return { username: "alice", password: given }
  })
  return { asked, askPassword }
}

describe("Accounts.login with a certificate", () => {
  it.live("uses the one that is there", () =>
    Effect.gen(function* () {
      const here = yield* cadcHere()
      const file = leave(here, "rfc-proxy")
      const { asked, askPassword } = asking()
      const result = yield* here.accounts.login("cadc", { askPassword })
      assert.deepInclude(result, { idp: "cadc", name: "An archive", mode: "x509", active: true, origin: "found" })
      assert.strictEqual(result.server, "canfar")
      assert.strictEqual(asked.times, 0)
      // The platform has been shown the certificate, or it would not have said this.
      assert.isDefined(result.activation.resources)
      assert.strictEqual(result.activation.resourcesFailure, undefined)
      assert.isAbove(result.expires === undefined ? 0 : DateTime.toEpochMillis(result.expires), Date.now())
      const { authentication, servers } = yield* here.file.read
      assert.deepStrictEqual(authentication["cadc"], { idp: "cadc", mode: "x509", path: file, expiry: 0 })
      assert.strictEqual(servers["canfar"]?.url, `${here.origin}/skaha`)

      const again = yield* here.accounts.login("cadc", { askPassword })
      assert.strictEqual(again.origin, "kept")
      assert.strictEqual(asked.times, 0)
    })
  )

  it.live.each([[undefined], ["expired-proxy"]] as const)("gets a new one in place of %s", ([old]) =>
    Effect.gen(function* () {
      const here = yield* cadcHere()
      if (old !== undefined) leave(here, old)
      const { asked, askPassword } = asking()
      const result = yield* here.accounts.login("cadc", { askPassword })
      assert.deepInclude(result, { origin: "obtained", username: "alice", server: "canfar" })
      assert.strictEqual(asked.times, 1)
      assert.strictEqual(readFileSync(join(here.folder, ".ssl/cadcproxy.pem"), "utf8"), pem("rfc-proxy"))
      assertHides([result, yield* here.accounts.list, here.text()], password, btoa(`alice:${password}`))
    })
  )

  it.live("gets a new one by force, where it can ask", () =>
    Effect.gen(function* () {
      const here = yield* cadcHere()
      leave(here, "alice")
      assert.strictEqual((yield* here.accounts.login("cadc", { force: true })).origin, "found")
      const { asked, askPassword } = asking()
      assert.strictEqual((yield* here.accounts.login("cadc", { force: true, askPassword })).origin, "obtained")
      assert.strictEqual(asked.times, 1)
    })
  )

  it.live("says what is wrong with the certificate where it cannot ask, and changes nothing", () =>
    Effect.gen(function* () {
      const here = yield* cadcHere()
      const missing = yield* Effect.flip(here.accounts.login("cadc"))
      assert.instanceOf(missing, CertificateUnusable)
      assert.deepInclude(missing, { reason: "missing" })
      leave(here, "expired-proxy")
      assert.deepInclude(yield* Effect.flip(here.accounts.login("cadc")), { reason: "expired" })
      assert.isUndefined(yield* here.file.saved)
    })
  )

  it.live("passes on that the password is wrong, and keeps it to itself", () =>
    Effect.gen(function* () {
      const here = yield* cadcHere()
      const error = yield* Effect.flip(here.accounts.login("cadc", asking("hunter2-wrong")))
      assert.instanceOf(error, CredentialsRefused)
      assertHides(error, "hunter2-wrong", btoa("alice:hunter2-wrong"))
      assert.isUndefined(yield* here.file.saved)
    })
  )

  it.live("is told by the file itself when it ends, whatever was saved", () =>
    Effect.gen(function* () {
      const here = yield* cadcHere(
        "version: 1\nauthentication:\n  cadc: {mode: x509, path: ~/.ssl/cadcproxy.pem, expiry: 12}\n"
      )
      leave(here, "expired-proxy")
      const ends = Effect.map(here.accounts.show, ({ expires }) =>
        expires === undefined ? undefined : DateTime.toEpochMillis(expires)
      )
      const expired = yield* ends
      assert.isAbove(expired ?? 0, 1_000_000_000_000)
      leave(here, "rfc-proxy")
      assert.isAbove((yield* ends) ?? 0, expired ?? 0)
    })
  )

  it.live("is nobody's on a new machine, until there is a certificate", () =>
    Effect.gen(function* () {
      const here = yield* cadcHere()
      assert.deepStrictEqual(yield* here.accounts.list, [])
      const error = yield* Effect.flip(here.accounts.show)
      assert.deepInclude(error, { _tag: "LoginRequired", idp: "cadc" })
      leave(here, "rfc-proxy")
      const account = yield* here.accounts.show
      assert.deepInclude(account, { idp: "cadc", active: true, server: "canfar" })
      assert.deepStrictEqual(yield* here.accounts.list, [account])
      assert.isUndefined(yield* here.file.saved)
    })
  )
})
