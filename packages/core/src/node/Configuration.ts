/**
 * What stands in the configuration file of the Python client, as values.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as SchemaGetter from "effect/SchemaGetter"

const Text = Schema.String.annotate({ message: "is not text" })

/** A secret, which is never shown. */
const Secret = Schema.RedactedFromValue(Text)

/** Python's idea of blanks is not quite that of `trim`. */
const blanks = /^\p{White_Space}+|\p{White_Space}+$/gu

const stripped = <S extends Schema.Codec<string>>(schema: S) =>
  Text.pipe(
    Schema.decodeTo(schema, {
      decode: SchemaGetter.transform((text: string) => text.replace(blanks, "")),
      encode: SchemaGetter.passthrough()
    })
  )

const length = (minimum: number, maximum: number) =>
  Schema.isBetweenCodePoints(minimum, maximum, { message: `is not of ${minimum} to ${maximum} characters` })

const short = (maximum: number) => stripped(Schema.String.check(length(1, maximum)))

const isAddress = (text: string, protocol: RegExp): boolean => {
  const url = URL.canParse(text) ? new URL(text) : undefined
  return url !== undefined && protocol.test(url.protocol)
}

const HttpAddress = stripped(
  Schema.String.check(
    Schema.makeFilter((text: string) => isAddress(text, /^https?:$/), { message: "is not an http or https address" })
  )
)

const Identifier = stripped(
  Schema.String.check(Schema.makeFilter((text: string) => isAddress(text, /:$/), { message: "is not a URI" }))
)

const numeral = Schema.isPattern(/^\s*[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?\s*$/, { message: "is not a number" })

/** A number, as such or, as Python takes it, in digits. */
const numberAs = <S extends Schema.Codec<number>>(schema: S) =>
  Schema.Union([Schema.Number, Schema.Boolean, Schema.String.check(numeral)])
    .annotate({ message: "is not a number" })
    .pipe(
      Schema.decodeTo(schema, { decode: SchemaGetter.transform(Number), encode: SchemaGetter.passthroughSupertype() })
    )

const Numeral = numberAs(Schema.Number)

const wholeNumber = (minimum: number) =>
  numberAs(
    Schema.Number.check(
      Schema.isInt({ message: "is not a whole number" }),
      Schema.isGreaterThanOrEqualTo(minimum, { message: `is less than ${minimum}` })
    )
  )

const yes = /^(?:1|true|t|yes|y|on)$/i
const word = Schema.isPattern(/^(?:1|true|t|yes|y|on|0|false|f|no|n|off)$/i, { message: "is not true or false" })

/** A truth value, as such or, as Python takes it, in words. */
const Truth = Schema.Union([Schema.Boolean, Schema.Literals([0, 1]), Schema.String.check(word)])
  .annotate({ message: "is not true or false" })
  .pipe(
    Schema.decodeTo(Schema.Boolean, {
      decode: SchemaGetter.transform((value) => yes.test(String(value))),
      encode: SchemaGetter.passthroughSupertype()
    })
  )

/** What may be missing, or there and null; and what to say of what it cannot be. */
const maybe = <A, I>(schema: Schema.Codec<A, I>, message = "is not text") =>
  Schema.optionalKey(
    Schema.NullOr(schema)
      .annotate({ message })
      .pipe(
        Schema.decodeTo(Schema.UndefinedOr(Schema.toType(schema)), {
          decode: SchemaGetter.transform((value: A | null) => value ?? undefined),
          encode: SchemaGetter.transform((value: A | undefined) => value ?? null)
        })
      )
  )

const orEmpty = <A, I>(schema: Schema.Codec<A, I>, empty: I) =>
  schema.pipe(Schema.withDecodingDefaultKey(Effect.succeed(empty)))

const mapping = <A, I>(schema: Schema.Codec<A, I>) => Schema.Record(Schema.String, schema)

/** A login with a client certificate. */
export const X509Record = Schema.Struct({
  /** The identity provider, by whose name the record is kept. */
  idp: Text,
  mode: Schema.Literal("x509"),
  /** The PEM file of the certificate, its chain and its key. */
  path: maybe(Text),
  /** When the certificate expires, in seconds since 1970; 0 where only the certificate says it. */
  expiry: Numeral.pipe(Schema.withDecodingDefaultKey(Effect.succeed(0)))
})

/** A login with a client certificate. */
export type X509Record = typeof X509Record.Type

/** A login with an OpenID provider. */
export const OidcRecord = Schema.Struct({
  /** The identity provider, by whose name the record is kept. */
  idp: Text,
  mode: Schema.Literal("oidc"),
  /** The provider's addresses. */
  endpoints: orEmpty(
    Schema.Struct({ discovery: maybe(Text), device: maybe(Text), registration: maybe(Text), token: maybe(Text) }),
    {}
  ),
  /** Who asks the provider on the user's behalf. */
  client: orEmpty(
    Schema.Struct({
      identity: maybe(Text),
      secret: maybe(Secret),
      /** When the secret expires, in seconds since 1970; 0 for never. Written by canfar 1.5 and later. */
      secretExpiresAt: maybe(wholeNumber(0), "is not a number")
    }).pipe(Schema.encodeKeys({ secretExpiresAt: "secret_expires_at" })),
    {}
  ),
  token: orEmpty(
    Schema.Struct({ access: maybe(Secret), refresh: maybe(Secret), tokenType: maybe(Text), scope: maybe(Text) }).pipe(
      Schema.encodeKeys({ tokenType: "token_type" })
    ),
    {}
  ),
  /** When the tokens expire, in seconds since 1970. */
  expiry: orEmpty(
    Schema.Struct({ access: maybe(Numeral, "is not a number"), refresh: maybe(Numeral, "is not a number") }),
    {}
  )
})

/** A login with an OpenID provider. */
export type OidcRecord = typeof OidcRecord.Type

/** A saved login. */
export type AuthenticationRecord = X509Record | OidcRecord

const Range = maybe(
  Schema.Struct({ min: wholeNumber(0), max: wholeNumber(0) }).check(
    Schema.makeFilter(({ max, min }) => min <= max, { message: "ends before it begins" })
  ),
  "is not a mapping"
)

/** A platform server that is known. */
export const ServerEntry = Schema.Struct({
  /** The name by which the record is kept. */
  name: maybe(short(256)),
  /** The identity provider whose logins it takes. */
  idp: maybe(short(64)),
  /** Its identifier in the registries, such as `ivo://cadc.nrc.ca/skaha`. */
  uri: maybe(Identifier),
  /** Its address without a version, such as `https://ws-uv.canfar.net/skaha`. */
  url: maybe(HttpAddress),
  /** The version of its API, such as `v1`. */
  version: maybe(
    stripped(Schema.String.check(Schema.isPattern(/^v\d+(?:\.\d+)*$/, { message: "is not a version" }), length(2, 8)))
  ),
  /** The ways to sign in that it takes, such as `x509` and `oidc`. */
  auths: maybe(Schema.Array(short(256)), "is not a list"),
  /** The most cores a session gets without asking. In files of version 1 only. */
  cores: maybe(wholeNumber(1), "is not a number"),
  /** The most memory a session gets without asking, in GB. In files of version 1 only. */
  ram: maybe(wholeNumber(1), "is not a number"),
  /** The most GPUs a session can have. In files of version 1 only. */
  gpus: maybe(wholeNumber(0), "is not a number"),
  /** In files of version 1 only. */
  status: maybe(short(256)),
  /** Its storage by identifier, such as `arc`. In files of version 2 only. */
  storage: maybe(mapping(Schema.Struct({ uri: Identifier, url: HttpAddress })), "is not a mapping"),
  /** What a session can have: cores, memory in GB, GPUs; and how many sessions. In files of version 2 only. */
  resources: maybe(
    Schema.Struct({
      flexible: maybe(Schema.Struct({ cores: Range, ram: Range }), "is not a mapping"),
      fixed: maybe(Schema.Struct({ cores: Range, ram: Range }), "is not a mapping"),
      gpus: Range,
      sessions: maybe(wholeNumber(1), "is not a number")
    }),
    "is not a mapping"
  )
})

/** A platform server that is known. */
export type ServerEntry = typeof ServerEntry.Type

const half = maybe(Text.check(length(1, 255)))

/** All that the configuration file holds and this project knows. */
export const Configuration = Schema.Struct({
  /** The file's schema: 1 up to canfar 1.4, and 2 from 1.5 on, which turns a file of version 1 into one of 2. */
  version: Schema.Literals([1, 2]),
  /** What is in use. */
  active: Schema.Struct({
    /** The identity provider whose login is in use; there must be a record of it. */
    authentication: stripped(Schema.String),
    /** The name of the server in use; there must be a record of it. */
    server: maybe(stripped(Schema.String)),
    /** The server that was last used with each identity provider, by the provider's name. */
    servers: orEmpty(mapping(stripped(Schema.String)), {})
  }),
  /** The saved logins, by the name of their identity provider. */
  authentication: mapping(
    Schema.Union([X509Record, OidcRecord]).annotate({ message: "is not a mapping with a mode of x509 or oidc" })
  ),
  /** The known servers, by name. */
  servers: mapping(ServerEntry),
  /** The login to a registry of private images. User and secret come together. */
  registry: orEmpty(
    Schema.Struct({
      url: maybe(HttpAddress),
      username: half,
      secret: maybe(Schema.RedactedFromValue(Text.check(length(1, 255))))
    }),
    {}
  ),
  /** How the Python client prints. */
  console: orEmpty(
    Schema.Struct({
      /** Columns. */
      width: wholeNumber(1).pipe(Schema.withDecodingDefaultKey(Effect.succeed(120))),
      banner: Truth.pipe(Schema.withDecodingDefaultKey(Effect.succeed(true)))
    }),
    {}
  )
})

/** All that the configuration file holds and this project knows. */
export type Configuration = typeof Configuration.Type
