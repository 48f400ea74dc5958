/**
 * The certificates of people and servers, and folders to put them into.
 */
import { createPrivateKey, generateKeyPairSync } from "node:crypto"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"

/** A file in PEM; `make.sh` beside them says what each one is. */
export const pem = (name: string): string =>
  readFileSync(join(import.meta.dirname, "../../../emulator/test/fixtures/tls", `${name}.pem`), "utf8")

/** The blocks of a file in PEM: its key, its certificate, and those of its chain. */
export const partsOf = (name: string): ReadonlyArray<string> =>
  pem(name)
    .split(/(?=-----BEGIN )/)
    .filter((part) => part !== "")

/** The key alone, and the certificates alone. */
export const keyOf = (name: string): string => partsOf(name)[0] ?? ""
export const chainOf = (name: string): ReadonlyArray<string> => partsOf(name).slice(1)

/** A key that belongs to none of them. */
export const strangeKey = (): string =>
  generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({ type: "pkcs8", format: "pem" }).toString()

/** The key of a file, protected by a passphrase. */
export const encrypted = (name: string): string =>
  createPrivateKey(keyOf(name))
    .export({ type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "hunter2" })
    .toString()

/** A folder of its own, for as long as the scope is open. */
export const folder: Effect.Effect<string, never, Scope.Scope> = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "skaha-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

/** What a server on this machine needs to be trusted by those who trust `ca`. */
export const server = { key: pem("server"), cert: pem("server") }

/** A server that asks for certificates of people whom `ca` knows, and lets everybody in. */
export const asking = { ...server, ca: pem("ca"), requestCert: true, rejectUnauthorized: false }

/** Writes a fixture into a file of a folder; answers its path. */
export const write = (path: string, name: string, content: string): string => {
  const file = join(path, name)
  writeFileSync(file, content)
  return file
}
