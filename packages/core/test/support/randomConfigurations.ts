/**
 * Configurations of every kind that the rules allow.
 */
import { Configuration, type AuthenticationRecord, type ServerEntry } from "@skaha/core/node"
import * as Arbitrary from "effect/Arbitrary"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { below, oneOf, pick, wellFormed } from "./properties.ts"

/** Texts that are easily taken for something else. */
const tricky = oneOf(
  pick("yes", "No", "on", "y", "~", "null", "NULL", "1", "0x1f", "1e3", "1.5e+3", ".inf", "2026-01-01", "12:30:45"),
  pick("=", "<<", "- a", "a: b", "a #b", "#", "*a", "&a", "!a", "%a", "@a", "`a`", "{a}", "[a", "'", '"', "\\", "?"),
  pick(" a", "a ", "a\n", "\ta", "a\r\nb", "\u0085", "\u2028", "\ufeff", "\u007f", "\0", "--- a", "...", "|", ">", "")
)

const text = oneOf(wellFormed, tricky, pick("abc", "eyJhbGciOi.J9-_x", "/home/me/x y.pem", "openid profile"))
const secret = Arbitrary.map(text, (value) => Redacted.make(value))
const bounded = Arbitrary.map(text, (value) => Array.from(value).slice(0, 255).join("") || "x")
const stripped = Arbitrary.map(
  text,
  (value) =>
    Array.from(value)
      .slice(0, 64)
      .join("")
      .replace(/\p{White_Space}/gu, "") || "x"
)
const seconds = oneOf(below(2 ** 31), Arbitrary.schema(Schema.Finite), pick(0, 1.5, 1e-7, 1e21, 1e300, Infinity))

const optional = <A>(value: Arbitrary.Arbitrary<A>) => oneOf<A | undefined>(value, value, Arbitrary.Constant(undefined))

const idps = ["cadc", "srcnet", "on", "No", "a-b_c"] as const
const names = ["canfar", "canSRC", "y", "null", "x-1"] as const

const record: Arbitrary.Arbitrary<AuthenticationRecord> = oneOf<AuthenticationRecord>(
  Arbitrary.map(Arbitrary.all([optional(text), seconds]), ([path, expiry]) => ({
    idp: "",
    mode: "x509",
    path,
    expiry
  })),
  Arbitrary.map(
    Arbitrary.all([optional(text), optional(secret), optional(below(2 ** 31)), optional(seconds), optional(text)]),
    ([one, two, secretExpiresAt, access, four]) => ({
      idp: "",
      mode: "oidc",
      endpoints: { discovery: one, token: four },
      client: { identity: four, secret: two, secretExpiresAt },
      token: { access: two, refresh: two, tokenType: one, scope: four },
      expiry: { access, refresh: access }
    })
  )
)

const server: Arbitrary.Arbitrary<ServerEntry> = Arbitrary.map(
  Arbitrary.all([
    optional(pick(...idps)),
    optional(pick("https://a.example/skaha", "http://[::1]:8080/%7Ea?b=c#d", "https://a.example/a'b")),
    optional(pick("v1", "v1.2")),
    optional(Arbitrary.array(stripped, { maxLength: 3 })),
    optional(below(100))
  ]),
  ([idp, url, version, auths, gpus]) => ({ idp, url, uri: "ivo://a.example/skaha", version, auths, gpus })
)

const some = <A>(keys: ReadonlyArray<string>, value: Arbitrary.Arbitrary<A>) =>
  Arbitrary.map(
    Arbitrary.array(Arbitrary.all([pick(...keys), value]), { maxLength: keys.length }),
    (entries): Record<string, A> => Object.fromEntries(entries)
  )

/** Any configuration of version 1. */
export const anyConfiguration: Arbitrary.Arbitrary<Configuration> = Arbitrary.map(
  Arbitrary.all([
    some(idps, record),
    record,
    some(names, server),
    optional(Arbitrary.all([bounded, bounded])),
    Arbitrary.all([below(300), Arbitrary.schema(Schema.Boolean)])
  ]),
  ([records, first, servers, login, [width, banner]]) => {
    const authentication = { ...records, [Object.keys(records)[0] ?? "cadc"]: first }
    const [active = ""] = Object.keys(authentication)
    const known = Object.entries(servers).filter(
      ([, { idp }]) => idp !== undefined && Object.hasOwn(authentication, idp)
    )
    return {
      version: 1,
      active: {
        authentication: active,
        server: Object.keys(servers)[0],
        servers: Object.fromEntries(known.map(([name, { idp }]) => [idp, name]))
      },
      authentication: Object.fromEntries(Object.entries(authentication).map(([idp, one]) => [idp, { ...one, idp }])),
      servers: Object.fromEntries(Object.entries(servers).map(([name, one]) => [name, { ...one, name }])),
      registry: login === undefined ? {} : { username: login[0], secret: Redacted.make(login[1]) },
      console: { width: width + 1, banner }
    }
  }
)

const encode = Schema.encodeSync(Configuration)

/** All of a configuration, secrets in clear, and nothing that is not there. */
export const revealed = (configuration: Configuration): unknown =>
  JSON.parse(
    JSON.stringify(encode(configuration), (_, value: unknown) =>
      value === null ? undefined : typeof value === "number" && !Number.isFinite(value) ? String(value) : value
    )
  )
