/**
 * Credentials of a login with a provider that is within this process.
 */
import { ConnectionFailed, type Authorization, type Credentials } from "@skaha/core"
import { Login, OpenIdCredentials } from "@skaha/core/node"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { login, mockProvider, origin, tokens, type Answers } from "./mockProvider.ts"
import { reply } from "./platform.ts"

/** A connection that breaks. */
export const reset = new ConnectionFailed({ operation: "o", origin, reason: "the connection was reset" })

/** A provider that counts its tokens. */
const counting = (): Answers => {
  let n = 0
  return { "/token": () => reply(tokens(++n)) }
}

interface Given {
  readonly saved?: Login.Login
  readonly answers?: Answers
  readonly options?: OpenIdCredentials.OpenIdCredentialsOptions
  readonly store?: (store: Login.LoginStore) => Login.LoginStore
}

/** Credentials of a login, with the provider and the store behind them. */
export const open = ({
  saved = login(3600),
  answers = counting(),
  options,
  store: around = (store) => store
}: Given = {}) =>
  Effect.gen(function* () {
    const provider = mockProvider(answers)
    const store = around(yield* Login.memory(saved))
    const credentials = yield* Effect.provide(OpenIdCredentials.make(store, options), provider.layer)
    return { credentials, store, layer: provider.layer, sent: provider.sent, refreshes: () => provider.times("/token") }
  })

/** Which of the tokens it is. */
export const tokenOf = (authorization: Authorization | undefined): string | undefined =>
  authorization?.header && Redacted.value(authorization.header).replace("Bearer secret-access-", "")

/** Which of the tokens is used now. */
export const current = ({ authorize }: Credentials["Service"]) => Effect.map(authorize, tokenOf)

/** Runs an effect many times, some of them at once. */
export const times = <A, E, R>(count: number, effect: Effect.Effect<A, E, R>, concurrency: number) =>
  Effect.forEach(Array.from({ length: count }), () => effect, { concurrency })
