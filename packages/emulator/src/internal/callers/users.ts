import * as Data from "effect/Data"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import { toRedacted } from "./secrets.ts"

/** Why the platform turns away somebody whose credential is good. */
export type Refusal =
  /** Not a member of the group of users. */
  | "not-a-member"
  /** Refused by the permissions service. */
  | "no-permission"
  /** No POSIX identity. */
  | "no-posix-identity"
  /** A POSIX identity without a user name. */
  | "no-username"
  /** Nothing by which the platform could ask for the memberships in the caller's name. */
  | "no-delegated-credential"
  /** May use the platform but not start headless sessions. Only servers up to 1.1.7 know such people. */
  | "no-headless"

/** Somebody who uses the emulated platform. */
export interface EmulatorUser {
  /** The user name, which no other user has: the `userid` of their sessions. */
  readonly name: string
  /** The numeric user id, which is the group id too. Default: 1001 for the first user, 1002 for the next, … */
  readonly uid?: number | undefined
  /** A bearer token. */
  readonly token?: string | Redacted.Redacted | undefined
  /** When the token expires, in milliseconds since the epoch. Default: never. */
  readonly tokenExpiresAt?: number | undefined
  /**
   * The subject of a client certificate, the most specific part first: `CN=alice,OU=people,O=Example`. Counts only
   * where the identity manager is `ac`.
   */
  readonly subject?: string | undefined
  /** The value of the cookie `CADC_SSO`. Counts only where the identity manager is `ac`. */
  readonly cookie?: string | Redacted.Redacted | undefined
  /** Default: welcome. */
  readonly refusal?: Refusal | undefined
}

/** A person the platform knows. */
export interface User {
  readonly name: string
  readonly uid: number
  readonly refusal: Refusal | undefined
}

/** A person with the credentials by which the platform knows them. */
export interface Account {
  readonly user: User
  readonly token: Redacted.Redacted | undefined
  readonly tokenExpiresAt: number
  readonly subject: string | undefined
  readonly cookie: Redacted.Redacted | undefined
}

const firstUid = 1001

/** Distinguished names are compared without regard to letter case and to blanks beside the commas. */
export const normaliseSubject = (subject: string): string =>
  subject
    .trim()
    .replace(/\s*,\s*/g, ",")
    .toLowerCase()

/** Two users cannot be told apart. */
export class UsersClash extends Data.TaggedError("UsersClash")<{
  /** What both have, where the two stand in the list, the first user at 0. */
  readonly field: "name" | "token" | "subject" | "cookie"
  readonly first: number
  readonly second: number
}> {
  override get message() {
    return `users ${this.first} and ${this.second} have the same ${this.field}`
  }
}

/** All people of a platform, the first user at the front. */
export const makeAccounts = (users: ReadonlyArray<EmulatorUser>): Result.Result<ReadonlyArray<Account>, UsersClash> => {
  const accounts = users.map(makeAccount)
  const known = new Map<string, number>()
  for (const [second, { cookie, subject, token, user }] of accounts.entries()) {
    const secret = (given: Redacted.Redacted | undefined) => given && Redacted.value(given)
    const values = { name: user.name, token: secret(token), subject, cookie: secret(cookie) }
    for (const field of ["name", "token", "subject", "cookie"] as const) {
      if (values[field] === undefined) continue
      const key = `${field} ${values[field]}`
      const first = known.get(key)
      if (first !== undefined) return Result.fail(new UsersClash({ field, first, second }))
      known.set(key, second)
    }
  }
  return Result.succeed(accounts)
}

const makeAccount = (user: EmulatorUser, index: number): Account => ({
  user: { name: user.name, uid: user.uid ?? firstUid + index, refusal: user.refusal },
  token: user.token === undefined ? undefined : toRedacted(user.token),
  tokenExpiresAt: user.tokenExpiresAt ?? Number.POSITIVE_INFINITY,
  subject: user.subject === undefined ? undefined : normaliseSubject(user.subject),
  cookie: user.cookie === undefined ? undefined : toRedacted(user.cookie)
})
