/**
 * A call to the platform: the base address, headers, credentials, limits, spans and errors around {@link Transport}.
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { Credentials, type Authorization } from "./Credentials.ts"
import { callLimits } from "./internal/callLimits.ts"
import { urlencode, type Parameters } from "./internal/form.ts"
import { replyError } from "./internal/replyError.ts"
import { traced } from "./internal/tracing.ts"
import { version } from "./internal/version.ts"
import { Settings } from "./Settings.ts"
import { ConfigurationInvalid, ReplyUndecodable, type SkahaError } from "./SkahaError.ts"
import { Transport, type Limits, type TransportReply, type TransportRequest } from "./Transport.ts"

/** One call, in the platform's words. */
export interface PlatformCall {
  /** The public operation, such as `Sessions.info`; errors carry it. */
  readonly operation: string
  readonly method: "GET" | "POST" | "DELETE"
  /** The path below the versioned base, such as `session/abcdefgh`; its parts must be safe already. */
  readonly path: string
  /** Whether the path stands below the prefix instead, as `availability` and `capabilities` do. */
  readonly unversioned?: boolean
  readonly query?: Parameters
  /** What a POST sends, urlencoded in its body. */
  readonly form?: Parameters
  /** The session it is about: a 404 becomes `SessionNotFound`. */
  readonly id?: string
  /** Default `application/json`. */
  readonly accept?: string
  /** Whether it creates something: it has `createTimeout` to finish, and carries the registry credentials. */
  readonly creates?: boolean
  /** Whether its reply may be of any size: silences are limited, the whole is not. */
  readonly unbounded?: boolean
  /** The file that the body of a success goes to; see `TransportRequest`. */
  readonly saveAs?: string
}

/** What is told of every reply to a {@link ReplyObserver}. */
export interface ReplyInfo {
  readonly operation: string
  readonly method: string
  /** Without a query. */
  readonly path: string
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
}

/** Is told of every reply within an effect, whatever its status. */
export const ReplyObserver = Context.Reference<((reply: ReplyInfo) => void) | undefined>(
  "@skaha/core/PlatformClient/ReplyObserver",
  { defaultValue: () => undefined }
)

/**
 * Seconds that each request within an effect may take, in place of `timeout` and `createTimeout` of the settings. Of
 * logs and events, which may be of any size, only the silences are limited.
 */
export const CallTimeout = Context.Reference<number | undefined>("@skaha/core/PlatformClient/CallTimeout", {
  defaultValue: () => undefined
})

const aPage = "a page came instead; is this the address of a Skaha server?"

const formType = "application/x-www-form-urlencoded"

/**
 * A call to the platform. The operations are built on it; use it for an endpoint they do not cover.
 *
 * @example
 * ```ts
 * import { PlatformClient } from "@skaha/core"
 * import * as Effect from "effect/Effect"
 *
 * const hosts = Effect.gen(function* () {
 *   const client = yield* PlatformClient
 *   return yield* client.json({ operation: "hosts", method: "GET", path: "repository" })
 * })
 * ```
 */
export class PlatformClient extends Context.Service<
  PlatformClient,
  {
    /** Makes the call; any status but a success is an error. */
    readonly call: (call: PlatformCall) => Effect.Effect<TransportReply, SkahaError>
    /** Makes the call and reads its body; where that gives nothing, the reply is not what was `expected`. */
    readonly text: <A>(
      call: PlatformCall,
      read: (body: string) => A | undefined,
      expected: string
    ) => Effect.Effect<A, SkahaError>
    /** Makes the call and reads the body as JSON. */
    readonly json: (call: PlatformCall) => Effect.Effect<unknown, SkahaError>
    /** Makes the call, decodes the body's JSON, and reads the result from it and from what came over the wire. */
    readonly decode: <A, I, B>(
      call: PlatformCall,
      schema: Schema.Codec<A, I>,
      read: (reply: A, wire: I) => B
    ) => Effect.Effect<B, SkahaError>
    /**
     * The same for each row of a list. A row that makes no sense is left out and reported to the logger: it must not
     * lose the others. What is no list at all is an error.
     */
    readonly rows: <A, I, B>(
      call: PlatformCall,
      schema: Schema.Codec<A, I>,
      read: (row: A, wire: I) => B
    ) => Effect.Effect<ReadonlyArray<B>, SkahaError>
  }
>()("@skaha/core/PlatformClient") {
  static readonly make = Effect.gen(function* () {
    const settings = yield* Settings
    const credentials = yield* Credentials
    const transport = yield* Transport
    // Stands before the transport, so that nothing queues inside it and waiting is no part of a timeout.
    const limited = callLimits(settings)

    const origin = new URL(settings.origin)
    const base = `${settings.prefix}/${settings.version}/`
    const registryAuthorization =
      settings.registry === undefined
        ? undefined
        : Redacted.make(toBase64(`${settings.registry.username}:${Redacted.value(settings.registry.secret)}`))

    const pathOf = ({ path, unversioned }: PlatformCall): string =>
      (unversioned === true ? `${settings.prefix}/` : base) + path

    const headersOf = (call: PlatformCall, authorization: Authorization, now: number): Record<string, string> => ({
      accept: call.accept ?? "application/json",
      "content-type": call.method === "POST" ? `${formType}; charset=UTF-8` : formType,
      date: httpDate(now),
      "user-agent": `skaha-typescript/${version}`,
      ...(authorization.type === undefined ? {} : { "x-skaha-authentication-type": authorization.type }),
      ...(authorization.header === undefined ? {} : { authorization: Redacted.value(authorization.header) }),
      ...(call.creates === true && registryAuthorization !== undefined
        ? { "x-skaha-registry-auth": Redacted.value(registryAuthorization) }
        : {})
    })

    const limitsOf = (call: PlatformCall, override: number | undefined): Limits => {
      const seconds = override ?? (call.creates === true ? settings.createTimeout : settings.timeout)
      const limits = { connect: Math.min(settings.connectTimeout, seconds), headers: seconds, body: seconds }
      return call.unbounded === true ? limits : { ...limits, total: seconds }
    }

    const undecodable = (call: PlatformCall, reason: string, contentType?: string) =>
      new ReplyUndecodable({
        operation: call.operation,
        method: call.method,
        path: pathOf(call),
        reason,
        ...(contentType === undefined ? {} : { contentType })
      })

    const send = Effect.fnUntraced(function* (
      call: PlatformCall,
      timeout: number | undefined,
      authorization: Authorization
    ) {
      const now = yield* Clock.currentTimeMillis
      const request: TransportRequest = {
        operation: call.operation,
        method: call.method,
        path: pathOf(call),
        query: call.query === undefined || call.query.length === 0 ? "" : `?${urlencode(call.query)}`,
        headers: headersOf(call, authorization, now),
        limits: limitsOf(call, timeout),
        ...(authorization.mode === "cookie" ? { cookies: true } : {}),
        ...(call.saveAs === undefined ? {} : { saveAs: call.saveAs }),
        ...(call.method === "POST" ? { body: urlencode(call.form ?? []) } : {})
      }
      const reply = yield* traced(request, origin, settings.propagateTrace, transport.send)
      const { operation, method, path } = request
      const observe = yield* ReplyObserver
      observe?.({ operation, method, path, status: reply.status, headers: reply.headers })
      return { request, reply, now, anonymous: authorization.mode === "anonymous" }
    })

    const call = Effect.fnUntraced(function* (call: PlatformCall) {
      const timeout = yield* CallTimeout
      if (timeout !== undefined && !(timeout > 0 && Number.isFinite(timeout))) {
        const problems = [{ field: "timeout", message: "seconds, more than 0" }]
        return yield* new ConfigurationInvalid({ operation: call.operation, problems })
      }
      const authorization = yield* credentials.authorize
      let sent = yield* send(call, timeout, authorization)
      if (sent.reply.status === 401) {
        // Whatever it was, it was not done: it can be sent again.
        const renewed = yield* credentials.renew(authorization)
        if (renewed !== undefined) sent = yield* send(call, timeout, renewed)
      }
      const { anonymous, now, reply, request } = sent
      if (reply.status >= 200 && reply.status < 300) {
        const contentType = reply.headers["content-type"]
        // Nothing of the platform is a page: a proxy or a sign-in form stands in between.
        return contentType?.startsWith("text/html") === true ? yield* undecodable(call, aPage, contentType) : reply
      }
      return yield* replyError(request, reply, { id: call.id, anonymous, now })
    }, limited)

    const json = Effect.fnUntraced(function* (platformCall: PlatformCall) {
      const { headers, body } = yield* call(platformCall)
      const contentType = headers["content-type"]
      return yield* Effect.try({
        try: (): unknown => JSON.parse(body),
        // Not the parser's own words: they quote the reply.
        catch: () =>
          undecodable(platformCall, body.trimStart().startsWith("<") ? aPage : "the JSON is cut or broken", contentType)
      })
    })

    return PlatformClient.of({
      call,
      text: Effect.fnUntraced(function* (platformCall, read, expected) {
        const { headers, body } = yield* call(platformCall)
        const value = read(body)
        return value ?? (yield* undecodable(platformCall, `${expected} was expected`, headers["content-type"]))
      }),
      json,
      decode: Effect.fnUntraced(function* (platformCall, schema, read) {
        const reply = reader(schema, read)(yield* json(platformCall))
        return Result.isSuccess(reply) ? reply.success : yield* undecodable(platformCall, shapeOf(reply.failure))
      }),
      rows: Effect.fnUntraced(function* <A, I, B>(
        platformCall: PlatformCall,
        schema: Schema.Codec<A, I>,
        read: (row: A, wire: I) => B
      ) {
        const list = yield* json(platformCall)
        if (!Array.isArray(list)) return yield* undecodable(platformCall, "a list was expected")
        const readRow = reader(schema, read)
        const rows: Array<B> = []
        const bad: Array<number> = []
        list.forEach((wire: unknown, index) => {
          const row = readRow(wire)
          if (Result.isSuccess(row)) rows.push(row.success)
          else bad.push(index)
        })
        if (bad.length > 0) {
          yield* Effect.logWarning(`${platformCall.operation}: left out rows that make no sense`, { rows: bad })
        }
        return rows
      })
    })
  })

  static readonly layer: Layer.Layer<PlatformClient, never, Settings | Credentials | Transport> = Layer.effect(
    PlatformClient,
    PlatformClient.make
  )
}

/** Base64 of the UTF-8 bytes, without anything of Node. */
const toBase64 = (text: string): string => btoa(String.fromCodePoint(...new TextEncoder().encode(text)))

let lastSecond = NaN
let lastDate = ""

/** The date for a `Date` header, made once a second. */
const httpDate = (now: number): string => {
  const second = Math.floor(now / 1000)
  if (second !== lastSecond) {
    lastSecond = second
    lastDate = new Date(now).toUTCString()
  }
  return lastDate
}

/** Decodes JSON, and reads a result from what it means and what it is. */
const reader = <A, I, B>(schema: Schema.Codec<A, I>, read: (reply: A, wire: I) => B) => {
  const isWire = Schema.is(Schema.toEncoded(schema))
  const decode = Schema.decodeUnknownResult(schema)
  return (json: unknown): Result.Result<B, Schema.SchemaError | undefined> => {
    const reply = decode(json)
    if (Result.isFailure(reply)) return Result.fail(reply.failure)
    return isWire(json) ? Result.succeed(read(reply.success, json)) : Result.fail(undefined)
  }
}

/** Where the reply differs from the contract, without quoting its values. */
const shapeOf = (error: Schema.SchemaError | undefined): string => {
  const path = /at (\[[^\n]*\])/.exec(error?.message ?? "")?.[1]
  return `it has not the shape of the platform's contract${path === undefined ? "" : ` at ${path}`}`
}
