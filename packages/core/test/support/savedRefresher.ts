/**
 * A process or a thread that uses the login of a configuration file: says `ready`, waits for a line, and prints the
 * token that it would use. Its one argument is the user's home.
 */
import { Settings } from "@skaha/core"
import { ConfigurationFile, OpenIdCredentials, SavedLogin, UndiciTransport } from "@skaha/core/node"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { once } from "node:events"

const [, , home = ""] = process.argv

const program = Effect.gen(function* () {
  const store = yield* SavedLogin.loginStore("srcnet")
  const credentials = yield* OpenIdCredentials.make(store, { allowInsecureRequests: true })
  process.stdout.write("ready\n")
  yield* Effect.promise(() => once(process.stdin, "data"))
  const { header } = yield* credentials.authorize
  process.stdout.write(`${header === undefined ? "" : Redacted.value(header)}\n`)
  process.stdin.destroy()
}).pipe(
  Effect.scoped,
  Effect.provide(
    Layer.merge(
      ConfigurationFile.layer({ home }),
      UndiciTransport.layerWith({ env: {} }).pipe(Layer.provide(Settings.layer()))
    )
  )
)

await Effect.runPromise(program)
