/**
 * A process that uses the login in a file: says `ready`, waits for a line, and prints the token that it would use.
 */
import { Settings } from "@skaha/core"
import { OpenIdCredentials, UndiciTransport } from "@skaha/core/node"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { once } from "node:events"
import { fileLoginStore } from "./fileLoginStore.ts"

const [, , path = ""] = process.argv

const program = Effect.gen(function* () {
  const credentials = yield* OpenIdCredentials.make(fileLoginStore(path), { allowInsecureRequests: true })
  process.stdout.write("ready\n")
  yield* Effect.promise(() => once(process.stdin, "data"))
  const { header } = yield* credentials.authorize
  process.stdout.write(`${header === undefined ? "" : Redacted.value(header)}\n`)
  process.stdin.destroy()
}).pipe(Effect.scoped, Effect.provide(UndiciTransport.layer.pipe(Layer.provide(Settings.layer()))))

await Effect.runPromise(program)
