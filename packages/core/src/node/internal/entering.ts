/**
 * A whole login: somebody signs in, a server is chosen, and both are saved.
 */
import * as Effect from "effect/Effect"
import type { IdentityProvider } from "../../IdentityProviders.ts"
import type { Activation } from "../../ServerActivation.ts"
import { mergeServers, type ServerRecord } from "../../ServerRecord.ts"
import { CredentialsExpired, CredentialsRefused, type SkahaError } from "../../SkahaError.ts"
import type { Transport } from "../../Transport.ts"
import type { Configuration } from "../Configuration.ts"
import { ConfigurationFile } from "../ConfigurationFile.ts"
import * as SavedLogin from "../SavedLogin.ts"
import { recordAt, serversOf, switched, withRecord, withServers } from "./accountRecords.ts"
import {
  discoverServers,
  newOf,
  useServer,
  type ChooseOptions,
  type Connections,
  type DiscoverOptions
} from "./accountServers.ts"
import { signIn, type Setting, type SignedIn, type SignInCallbacks } from "./signingIn.ts"

/** What a login has come to. */
export interface Entered {
  readonly signedIn: SignedIn
  readonly activation: Activation
  /** What the file says now. */
  readonly configuration: Configuration
}

/** Saves a login with what else there is to save, in one change. */
const save = ({ certificate, record }: SignedIn, idp: string, change: (now: Configuration) => Configuration) => {
  const saving = Effect.gen(function* () {
    const file = yield* ConfigurationFile
    const next = yield* record
    return yield* file.update((now) => change(next === undefined ? now : withRecord(now, next)))
  })
  // Whoever renews the old tokens is not to save them after these.
  return certificate === undefined ? SavedLogin.exclusively(idp, saving) : saving
}

/** Saves a login alone: somebody has gone through it, and it is not to be lost because no server can be used. */
const rescue = (signedIn: SignedIn, idp: string) =>
  Effect.catch(
    save(signedIn, idp, (now) => now),
    (error) => Effect.logWarning(`Accounts.login: the login could not be saved: ${error.message}`)
  )

/** The servers that can be chosen from: those that are known, and for a new login those that are listed, too. */
const choices = Effect.fnUntraced(function* (
  provider: IdentityProvider,
  known: ReadonlyArray<ServerRecord>,
  { origin }: SignedIn,
  options: DiscoverOptions
) {
  if (origin === "kept") return known
  const found = yield* discoverServers(provider, known, options)
  return mergeServers(known, found.servers)
})

/** Signs in, chooses a server that takes the login, and saves both. */
export const enter = Effect.fnUntraced(function* <E, R>(
  provider: IdentityProvider,
  options: SignInCallbacks<E, R> & ChooseOptions<E, R>,
  setting: Setting,
  connections: Connections
): Effect.fn.Return<Entered, SkahaError | E, ConfigurationFile | Transport | R> {
  const file = yield* ConfigurationFile
  const { key: idp } = provider

  const settle = Effect.fnUntraced(function* (signedIn: SignedIn) {
    const now = yield* file.read
    const known = serversOf(now)
    const servers = yield* choices(provider, known, signedIn, options)
    const activation = yield* useServer(provider, now, options, signedIn, connections, servers)
    const configuration = yield* save(signedIn, idp, (later) =>
      switched(withServers(later, newOf(activation, known)), idp, activation.server.name)
    )
    const entered: Entered = { signedIn, activation, configuration }
    return entered
  })

  const attempt = (force: boolean) =>
    Effect.gen(function* () {
      const before = yield* file.saved
      const record = before === undefined ? undefined : recordAt(before, idp)
      const signedIn = yield* signIn(provider, record, { ...options, force }, setting)
      return yield* Effect.onError(settle(signedIn), () =>
        signedIn.origin === "obtained" ? rescue(signedIn, idp) : Effect.void
      )
    })

  const force = options.force === true
  if (force || provider.mode === "x509") return yield* Effect.scoped(attempt(force))
  return yield* Effect.scoped(
    // A login may seem to be good, and not be for the server.
    Effect.catchIf(attempt(false), isRefused, () => attempt(true))
  )
})

const isRefused = (error: unknown): boolean =>
  error instanceof CredentialsExpired || error instanceof CredentialsRefused
