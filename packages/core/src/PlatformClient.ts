/**
 * A call to the platform: the base address, headers, credentials, limits, spans, errors and repeats around
 * {@link Transport}.
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import type * as Schema from "effect/Schema"
import { Credentials, type Authorization } from "./Credentials.ts"
import { callLimits } from "./internal/callLimits.ts"
import { urlencode, type Parameters } from "./internal/form.ts"
import { makeHeaders } from "./internal/headers.ts"
import { differenceFrom, readerOf } from "./internal/reader.ts"
import { isPage } from "./internal/page.ts"
import { repeating } from "./internal/repeating.ts"
import { replyError } from "./internal/replyError.ts"
import { traced } from "./internal/tracing.ts"
import { RetryBudget } from "./RetryBudget.ts"
import { RetryPolicy } from "./RetryPolicy.ts"
import { Settings } from "./Settings.ts"
import { ConfigurationInvalid, ReplyUndecodable, type Problem, type SkahaError } from "./SkahaError.ts"
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

/**
 * Is told of every reply within an effect, whatever its status. It must not throw: that is a defect of the call, or,
 * where several calls share the reply, a warning in the log.
 */
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

type AnyFiber = Fiber.Fiber<unknown, unknown>

/** A request with its reply. */
interface Sent {
  readonly request: TransportRequest
  readonly reply: TransportReply
  /** When it was sent, in milliseconds. */
  readonly now: number
  readonly anonymous: boolean
}

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
    /** Makes the call, again where the `RetryPolicy` says so; any status but a success is an error. */
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
    /** How many POSTs and DELETEs of this client have ended, each time they were made, whatever became of them. */
    readonly writes: Effect.Effect<number>
  }
>()("@skaha/core/PlatformClient") {
  static readonly make = Effect.gen(function* () {
    const settings = yield* Settings
    const credentials = yield* Credentials
    const transport = yield* Transport
    // Stands before the transport, so that nothing queues inside it and waiting is no part of a timeout.
    const limited = callLimits(settings)

    const origin = new URL(settings.origin)
    const unversioned = `${settings.prefix}/`
    const base = `${unversioned}${settings.version}/`
    const headersOf = makeHeaders(settings.registry)

    const pathOf = (call: PlatformCall): string => (call.unversioned === true ? unversioned : base) + call.path

    const limitsOf = (call: PlatformCall, override: number | undefined): Limits => {
      const seconds = override ?? (call.creates === true ? settings.createTimeout : settings.timeout)
      const connect = Math.min(settings.connectTimeout, seconds)
      return call.unbounded === true
        ? { connect, headers: seconds, body: seconds }
        : { connect, headers: seconds, body: seconds, total: seconds }
    }

    const requestOf = (
      call: PlatformCall,
      authorization: Authorization,
      timeout: number | undefined,
      now: number
    ): TransportRequest => {
      const request: { -readonly [Key in keyof TransportRequest]: TransportRequest[Key] } = {
        operation: call.operation,
        method: call.method,
        path: pathOf(call),
        query: call.query === undefined || call.query.length === 0 ? "" : `?${urlencode(call.query)}`,
        headers: headersOf(call, authorization, now),
        limits: limitsOf(call, timeout)
      }
      if (authorization.mode === "cookie") request.cookies = true
      if (call.saveAs !== undefined) request.saveAs = call.saveAs
      if (call.method === "POST") request.body = urlencode(call.form ?? [])
      return request
    }

    const undecodable = (call: PlatformCall, reason: string, contentType?: string) =>
      new ReplyUndecodable({
        operation: call.operation,
        method: call.method,
        path: pathOf(call),
        reason,
        ...(contentType === undefined ? {} : { contentType })
      })

    /** Sends the request of a call and gives its reply, whatever it is. */
    const send = (
      call: PlatformCall,
      authorization: Authorization,
      fiber: AnyFiber
    ): Effect.Effect<Sent, SkahaError> => {
      const now = fiber.getRef(Clock.Clock).currentTimeMillisUnsafe()
      const request = requestOf(call, authorization, fiber.getRef(CallTimeout), now)
      return Effect.map(traced(request, origin, settings.propagateTrace, transport.send), (reply) => {
        const { operation, method, path } = request
        const observe = fiber.getRef(ReplyObserver)
        observe?.({ operation, method, path, status: reply.status, headers: reply.headers })
        return { request, reply, now, anonymous: authorization.mode === "anonymous" }
      })
    }

    /** The reply where it is a success; otherwise the error that it stands for. */
    const judge = (call: PlatformCall, { anonymous, now, reply, request }: Sent, fiber: AnyFiber) => {
      if (reply.status < 200 || reply.status >= 300) {
        return Effect.fail(replyError(request, reply, { id: call.id, anonymous, now }))
      }
      if (isPage(reply.headers)) return Effect.fail(undecodable(call, aPage, reply.headers["content-type"]))
      fiber.getRef(RetryBudget)?.earn()
      return Effect.succeed(reply)
    }

    /** Sends it; where the server does not accept the credentials, once more with others, if there are any. */
    const exchange = (call: PlatformCall, fiber: AnyFiber): Effect.Effect<TransportReply, SkahaError> =>
      Effect.flatMap(credentials.authorize, (authorization) =>
        Effect.flatMap(send(call, authorization, fiber), (sent) => {
          if (sent.reply.status !== 401) return judge(call, sent, fiber)
          // Whatever it was, it was not done: it can be sent again.
          return Effect.flatMap(credentials.renew(authorization), (renewed) =>
            renewed === undefined
              ? judge(call, sent, fiber)
              : Effect.flatMap(send(call, renewed, fiber), (again) => judge(call, again, fiber))
          )
        })
      )

    /** What is wrong with how the caller wants it. */
    const problemsOf = (fiber: AnyFiber): ReadonlyArray<Problem> => {
      const timeout = fiber.getRef(CallTimeout)
      const problems = RetryPolicy.problemsOf(fiber.getRef(RetryPolicy))
      return timeout === undefined || (timeout > 0 && Number.isFinite(timeout))
        ? problems
        : [{ field: "timeout", message: "seconds, more than 0" }, ...problems]
    }

    const limitedExchange = (call: PlatformCall): Effect.Effect<TransportReply, SkahaError> =>
      limited(
        Effect.withFiber((fiber): Effect.Effect<TransportReply, SkahaError> => {
          const problems = problemsOf(fiber)
          return problems.length === 0
            ? exchange(call, fiber)
            : Effect.fail(new ConfigurationInvalid({ operation: call.operation, problems }))
        }),
        call
      )

    let writes = 0
    const writeEnds = (): undefined => {
      writes++
    }

    const attempt = (call: PlatformCall): Effect.Effect<TransportReply, SkahaError> =>
      call.method === "GET" ? limitedExchange(call) : Effect.onExitPrimitive(limitedExchange(call), writeEnds)

    const call = (call: PlatformCall): Effect.Effect<TransportReply, SkahaError> => repeating(call, attempt(call))

    const parse = (call: PlatformCall, { body, headers }: TransportReply): Effect.Effect<unknown, ReplyUndecodable> => {
      try {
        return Effect.succeed(JSON.parse(body))
      } catch {
        // Not the parser's own words: they quote the reply.
        const reason = body.trimStart().startsWith("<") ? aPage : "the JSON is cut or broken"
        return Effect.fail(undecodable(call, reason, headers["content-type"]))
      }
    }

    const json = (platformCall: PlatformCall): Effect.Effect<unknown, SkahaError> =>
      Effect.flatMap(call(platformCall), (reply) => parse(platformCall, reply))

    return PlatformClient.of({
      call,
      writes: Effect.sync(() => writes),
      text: (platformCall, read, expected) =>
        Effect.flatMap(call(platformCall), ({ body, headers }) => {
          const value = read(body)
          return value === undefined
            ? Effect.fail(undecodable(platformCall, `${expected} was expected`, headers["content-type"]))
            : Effect.succeed(value)
        }),
      json,
      decode: (platformCall, schema, read) =>
        Effect.flatMap(json(platformCall), (wire) => {
          const reading = readerOf(schema)(wire)
          return reading === undefined
            ? Effect.fail(undecodable(platformCall, differenceFrom(schema, wire)))
            : Effect.succeed(read(reading.reply, reading.wire))
        }),
      rows: Effect.fnUntraced(function* <A, I, B>(
        platformCall: PlatformCall,
        schema: Schema.Codec<A, I>,
        read: (row: A, wire: I) => B
      ) {
        const list = yield* json(platformCall)
        if (!Array.isArray(list)) return yield* undecodable(platformCall, "a list was expected")
        const readRow = readerOf(schema)
        const rows: Array<B> = []
        const bad: Array<number> = []
        list.forEach((wire: unknown, index) => {
          const row = readRow(wire)
          if (row === undefined) bad.push(index)
          else rows.push(read(row.reply, row.wire))
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
