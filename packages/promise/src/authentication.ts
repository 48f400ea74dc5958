/**
 * Who has signed in on this machine, with async/await: the module `canfar.authentication` of the Python client. The
 * logins are kept in `~/.canfar/config.yaml`, which both clients share. All of it needs Node.
 */
import type { Account } from "@skaha/core/node"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import type * as Redacted from "effect/Redacted"
import { called, onAccounts, secondsOf, type AccountsOptions } from "./internal/accounts.ts"
import { serverOf, type Server } from "./server.ts"

/** A login that is kept. Nothing in it is secret. */
export interface Authentication {
  /** The key of the identity provider, such as `cadc`. */
  readonly idp: string
  /** What people call it. */
  readonly name: string
  readonly mode: "x509" | "oidc"
  /** When the user has to sign in again, in seconds since 1970; `null` where that is not known. */
  readonly expiry: number | null
  /** Whether it is the one in use. */
  readonly active: boolean
  /** The name of the server in use, of the login in use. */
  readonly server: string | null
}

/** A login in use. */
export interface LoginResult extends Authentication {
  readonly server: string
  /** Whether it was `kept` as it was, `found` in a file of another program, or `obtained` by signing in. */
  readonly origin: "kept" | "found" | "obtained"
  /** The name that the user goes by; `null` where the login has not told it. */
  readonly username: string | null
  /** Why that server is used. */
  readonly reason: "active" | "remembered" | "single" | "selected"
}

/** Where the user confirms a login. */
export interface LoginPrompt {
  /** The page where the user enters the code. */
  readonly verificationUri: string
  /** The same page with the code in it, where the provider has that: for a link, a QR code, a browser to open. */
  readonly verificationUriComplete: string | undefined
  /** The code to enter, or to compare. */
  readonly userCode: string
  /** When it is too late. */
  readonly expires: Date
}

/** How to sign in, and which server to use then. What a function here throws is what the call rejects with. */
export interface LoginOptions extends AccountsOptions {
  /** Whether to sign in again although there is a login that is still good. Default `false`. */
  readonly force?: boolean | undefined
  /** Shows the user where to confirm the login. Needed where users sign in with a browser (`srcnet`). */
  readonly onPrompt?: ((prompt: LoginPrompt) => void | PromiseLike<void>) | undefined
  /** Asks for name and password. Needed where users sign in with a certificate (`cadc`) and have none that is valid. */
  readonly askPassword?: (() => PasswordLogin | PromiseLike<PasswordLogin>) | undefined
  /** The server's name, or else its URI. Default: the one in use, the one that was used last, or the only one. */
  readonly server?: string | undefined
  /** Chooses one of several servers, by its name, when nothing else says which. Default: that is an error. */
  readonly chooseServer?: ((servers: ReadonlyArray<Server>) => string | PromiseLike<string>) | undefined
  /** Whether to look for servers for developers as well. Default `false`. */
  readonly dev?: boolean | undefined
  /** Seconds that the search for servers may take. Default 10. */
  readonly timeout?: number | undefined
}

/** A name and a password. */
export interface PasswordLogin {
  readonly username: string
  readonly password: string | Redacted.Redacted
}

/** What is lost only by intent. */
export interface ForceOptions extends AccountsOptions {
  /** Whether it is meant. Default `false`. */
  readonly force?: boolean | undefined
}

const authenticationOf = ({ active, expires, idp, mode, name, server }: Account): Authentication => ({
  idp,
  name,
  mode,
  expiry: secondsOf(expires),
  active,
  server: server ?? null
})

/**
 * Signs in with an identity provider, finds its servers, and uses one of them from then on. A login that is still good
 * is kept and nothing is asked; one that has expired is renewed. Nothing is printed and no browser is opened: that is
 * up to `onPrompt`.
 *
 * @example
 * ```ts
 * import { login } from "skaha"
 *
 * await login("srcnet", {
 *   onPrompt: ({ verificationUri, userCode }) => console.error(`Go to ${verificationUri} and enter ${userCode}`),
 *   server: "canSRC"
 * })
 * ```
 */
export const login = (idp: string, options: LoginOptions = {}): Promise<LoginResult> =>
  onAccounts(
    "login",
    { idp },
    options,
    ["force", "onPrompt", "askPassword", "server", "chooseServer", "dev", "timeout"],
    (accounts, { askPassword, chooseServer, dev, force, onPrompt, server, timeout }) =>
      Effect.map(
        accounts.login(idp, {
          force,
          server,
          dev,
          timeout,
          onPrompt:
            onPrompt &&
            (({ expires, userCode, verificationUri, verificationUriComplete }) =>
              called(() =>
                onPrompt({ userCode, verificationUri, verificationUriComplete, expires: DateTime.toDate(expires) })
              )),
          askPassword: askPassword && called(askPassword),
          chooseServer: chooseServer && ((servers) => called(() => chooseServer(servers.map(serverOf))))
        }),
        ({ activation: { reason }, origin, server: used, username, ...account }) => ({
          ...authenticationOf({ ...account, server: used }),
          server: used,
          origin,
          username: username ?? null,
          reason
        })
      )
  )

/** The logins that are kept. */
export const list = (options: AccountsOptions = {}): Promise<Array<Authentication>> =>
  onAccounts("authentication.list", {}, options, [], (accounts) =>
    Effect.map(accounts.list, (all) => all.map(authenticationOf))
  )

/** The login in use. Rejects with `LoginRequired` when there is none. */
export const show = (options: AccountsOptions = {}): Promise<Authentication> =>
  onAccounts("authentication.show", {}, options, [], (accounts) => Effect.map(accounts.show, authenticationOf))

/**
 * Uses another login, with the server that was used last with it, if there is one. Rejects with `ProviderUnknown`, and
 * with `LoginRequired` where nobody is signed in.
 */
export const use = (idp: string, options: AccountsOptions = {}): Promise<Authentication> =>
  onAccounts("authentication.use", { idp }, options, [], (accounts) => Effect.map(accounts.use(idp), authenticationOf))

/** Forgets a login and its provider's servers; the one in use with `force` only, or it rejects with `ForceRequired`. */
export const remove = (idp: string, options: ForceOptions = {}): Promise<void> =>
  onAccounts("authentication.remove", { idp }, options, ["force"], (accounts, { force }) =>
    accounts.remove(idp, { force })
  )

/** Forgets all logins and servers, with `force` only, or it rejects with `ForceRequired`. */
export const purge = (options: ForceOptions = {}): Promise<void> =>
  onAccounts("authentication.purge", {}, options, ["force"], (accounts, { force }) => accounts.purge({ force }))
