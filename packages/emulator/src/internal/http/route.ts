import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { EmulatorReply, EmulatorRequest } from "../../Exchange.ts"
import { bareChallenge, identify, type Identity, refuseStranger } from "../callers/identify.ts"
import { connectPage } from "../sessions/connect.ts"
import { contextReply, repositoryReply } from "../resources/context.ts"
import { listImages } from "../images/images.ts"
import { postSessions } from "../sessions/modify.ts"
import { type Parameters, postParameters, queryParameters } from "./parameters.ts"
import type { Call, Platform } from "../platform.ts"
import { empty, methodNotAllowed, unauthorized, utf8 } from "./replies.ts"
import { parseSessionPath } from "../sessions/sessionPath.ts"
import { deleteSessions, getSessions } from "../sessions/sessions.ts"
import { errorPage, notFoundPage, parseTarget, type Target } from "./tomcat.ts"
import { availability, capabilities } from "../documents/vosi.ts"

type Handled = Effect.Effect<EmulatorReply, EmulatorReply>

interface Endpoint {
  /** The value of `Allow`. */
  readonly methods: ReadonlyArray<string>
  readonly handle: (platform: Platform, call: Call) => Handled
}

const sessionEndpoint: Endpoint = {
  methods: ["GET", "POST", "DELETE"],
  handle: (platform, call) =>
    Effect.flatMap(Effect.fromResult(parseSessionPath(call.path)), (path) => {
      switch (call.request.method) {
        case "POST":
          return postSessions(platform, call, path)
        case "DELETE":
          return deleteSessions(platform, call, path)
        default:
          return getSessions(platform, call, path)
      }
    })
}

/** Whatever follows in the path of one of these is ignored. */
const readOnly = (reply: (platform: Platform, call: Call) => EmulatorReply): Endpoint => ({
  methods: ["GET"],
  handle: (platform, call) => Effect.sync(() => reply(platform, call))
})

const endpoints: Record<string, Endpoint> = {
  session: sessionEndpoint,
  image: readOnly(({ settings }, call) => listImages(settings.images, call.parameters)),
  context: readOnly(({ settings }) => contextReply(settings)),
  repository: readOnly(({ settings }) => repositoryReply(settings.hosts))
}

/** Methods that a servlet knows; others are nobody's. */
const servletMethods = new Set(["GET", "HEAD", "POST", "PUT", "DELETE"])

const optionsReply: EmulatorReply = {
  ...empty,
  headers: { Allow: "GET, HEAD, POST, PUT, DELETE, OPTIONS" }
}

/** What the servlet answers to a method that the endpoint has no action for, before anyone asks who calls. */
const refuseMethod = (method: string, allowed: ReadonlyArray<string>): EmulatorReply | undefined => {
  if (allowed.includes(method)) return undefined
  if (method === "OPTIONS") return optionsReply
  if (method === "TRACE") return errorPage(405, "HTTP method TRACE is not supported by this URL")
  return servletMethods.has(method)
    ? methodNotAllowed(method, allowed.join(", "))
    : errorPage(501, `Method [${method}] is not implemented by this Servlet for this URI`)
}

const serverName = "OpenCADC/cadc-rest"

/** The headers of every reply that an action makes, of whatever status. */
const identified = (identity: Identity, reply: EmulatorReply, server = serverName): EmulatorReply => ({
  ...reply,
  headers:
    identity._tag === "Known"
      ? { server, "x-vo-authenticated": identity.user.name, ...reply.headers }
      : { server, "WWW-Authenticate": bareChallenge, ...reply.headers }
})

const originOf = (request: EmulatorRequest): string =>
  `${request.scheme ?? "http"}://${request.headers["host"] ?? "emulator.invalid"}`

const readParameters = (request: EmulatorRequest, query: string): Effect.Effect<Parameters, EmulatorReply> =>
  request.method === "POST" ? postParameters(request, query) : Effect.succeed(queryParameters(query))

const callEndpoint = (
  platform: Platform,
  request: EmulatorRequest,
  endpoint: Endpoint,
  path: string | undefined,
  query: string,
  now: number
): Effect.Effect<EmulatorReply> => {
  const refused = refuseMethod(request.method, endpoint.methods)
  if (refused !== undefined) return Effect.succeed(refused)
  const identity = identify(request.headers, platform.settings.accounts)
  if (identity._tag !== "Known") {
    const reply = refuseStranger(identity)
    return Effect.succeed(identity._tag === "Refused" ? reply : identified(identity, reply))
  }
  return readParameters(request, query).pipe(
    Effect.flatMap((parameters) =>
      endpoint.handle(platform, { request, user: identity.user, path, parameters, now, origin: originOf(request) })
    ),
    Effect.match({ onFailure: (reply) => reply, onSuccess: (reply) => reply }),
    Effect.map((reply) => identified(identity, reply))
  )
}

/** Open to everybody, but not to somebody with a bad token. */
const getCapabilities = (platform: Platform, request: EmulatorRequest): EmulatorReply => {
  const refused = refuseMethod(request.method, ["GET", "HEAD"])
  if (refused !== undefined) return refused
  const identity = identify(request.headers, platform.settings.accounts)
  if (identity._tag === "Refused") return unauthorized(identity.message, identity.challenge)
  const reply = request.method === "HEAD" ? empty : capabilities(originOf(request))
  return identified(identity, reply, `${serverName} + 1.4`)
}

/** A servlet of another library: no header says who is asking, and it never looks at the cluster. */
const getAvailability = (platform: Platform, request: EmulatorRequest, target: Target): EmulatorReply => {
  const identity = identify(request.headers, platform.settings.accounts)
  switch (request.method) {
    case "GET":
    case "HEAD": {
      if (identity._tag === "Refused") return errorPage(503, identity.message)
      return queryParameters(target.query).first("detail") === "min" ? empty : availability
    }
    case "POST":
      return { ...empty, status: 302, headers: { Location: `${originOf(request)}${target.path}` } }
    case "OPTIONS":
      return optionsReply
    case "PUT":
    case "DELETE":
    case "TRACE":
      return errorPage(405, `HTTP method ${request.method} is not supported by this URL`)
    default:
      return errorPage(501, `Method [${request.method}] is not implemented by this Servlet for this URI`)
  }
}

const welcomePage: EmulatorReply = {
  status: 200,
  headers: { "Content-Type": "text/html" },
  body: utf8("<!doctype html><title>Skaha</title><p>The Skaha session API.\n")
}

const route = (
  platform: Platform,
  request: EmulatorRequest,
  target: Target,
  now: number
): Effect.Effect<EmulatorReply> => {
  const { path, query } = target
  const [, name, rest] = /^\/skaha\/v1\/([^/]+)(?:\/(.*))?$/s.exec(path) ?? []
  const endpoint = name === undefined || !Object.hasOwn(endpoints, name) ? undefined : endpoints[name]
  if (endpoint !== undefined) return callEndpoint(platform, request, endpoint, rest, query, now)
  switch (path) {
    case "/skaha/capabilities":
      return Effect.succeed(getCapabilities(platform, request))
    case "/skaha/availability":
      return Effect.succeed(getAvailability(platform, request, target))
    case "/skaha":
      return Effect.succeed({ ...empty, status: 302, headers: { Location: "/skaha/" } })
    case "/skaha/":
    case "/skaha/index.html":
      return Effect.succeed(welcomePage)
    default:
      return Effect.succeed(path.startsWith("/session/") ? connectPage(platform.store, path, now) : notFoundPage(path))
  }
}

/** What the platform answers to a request. Every refusal is a reply, so nothing can fail. */
export const handleRequest = (
  platform: Platform,
  request: EmulatorRequest,
  now: number
): Effect.Effect<EmulatorReply> =>
  Result.match(parseTarget(request), {
    onFailure: (reply) => Effect.succeed(reply),
    onSuccess: (target) => route(platform, request, target, now)
  })
