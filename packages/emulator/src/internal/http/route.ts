import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { EmulatorReply, EmulatorRequest } from "../../Exchange.ts"
import type { Outage } from "../../Fault.ts"
import { authorise, identityServiceDown } from "../callers/authorise.ts"
import { challengeOf, identify, type Identity, type IdentityManager } from "../callers/identify.ts"
import type { User } from "../callers/users.ts"
import { connectPage } from "../sessions/connect.ts"
import { noContext, repositoryReply } from "../resources/context.ts"
import { cacheDown, listImages } from "../images/images.ts"
import { postSessions } from "../sessions/modify.ts"
import { type Parameters, postParameters, queryParameters } from "./parameters.ts"
import type { Call, Platform, Settings } from "../platform.ts"
import { type Checked, empty, forbidden, methodNotAllowed, refuse, unavailable, unexpected, utf8 } from "./replies.ts"
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
const readOnly = (reply: (settings: Settings, call: Call) => EmulatorReply): Endpoint => ({
  methods: ["GET"],
  handle: ({ settings }, call) => Effect.sync(() => reply(settings, call))
})

const contextReply = (settings: Settings, { outage }: Call): EmulatorReply => {
  if (outage === "context") return noContext
  return outage === "limit-range" ? unavailable(undefined) : settings.profile.context(settings)
}

const endpoints: Record<string, Endpoint> = {
  session: sessionEndpoint,
  image: readOnly(({ images }, { outage, parameters }) =>
    outage === "redis" ? cacheDown : listImages(images, parameters)
  ),
  context: readOnly(contextReply),
  repository: readOnly(({ hosts }) => repositoryReply(hosts))
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

/** The headers of every reply that an action makes, of whatever status. A callback token identifies nobody here. */
const identified = (
  identity: Identity,
  manager: IdentityManager,
  reply: EmulatorReply,
  server = serverName
): EmulatorReply => ({
  ...reply,
  headers:
    identity._tag === "Known"
      ? { server, "x-vo-authenticated": identity.user.name, ...reply.headers }
      : { server, "WWW-Authenticate": challengeOf(manager), ...reply.headers }
})

/** A callback token stands for the owner of its session, who is not asked for memberships. */
const callBack = ({ callbackTokens, store }: Platform, token: string, now: number): Checked<User> => {
  const sessionId = callbackTokens.sessionOf(token)
  if (sessionId === undefined) return refuse(forbidden("Invalid auth token"))
  const session = store.find(sessionId, now)
  return session === undefined
    ? refuse(unexpected("java.lang.RuntimeException: Unable to retrieve information for callback flow"))
    : Result.succeed(session.owner)
}

const admit = (
  platform: Platform,
  identity: Exclude<Identity, { _tag: "Refused" }>,
  path: string | undefined,
  now: number,
  outage: Outage | undefined
): Checked<User> => {
  if (identity._tag === "Known") return authorise(identity.user, path, outage)
  return identity.callbackToken === undefined
    ? refuse(platform.settings.profile.anonymous)
    : callBack(platform, identity.callbackToken, now)
}

const originOf = (request: EmulatorRequest): string =>
  `${request.scheme ?? "http"}://${request.headers["host"] ?? "emulator.invalid"}`

const readParameters = (request: EmulatorRequest, query: string): Effect.Effect<Parameters, EmulatorReply> =>
  request.method === "POST" ? postParameters(request, query) : Effect.succeed(queryParameters(query))

/** A request with the moment of its arrival and what is out of order just then. */
interface Arrival {
  readonly request: EmulatorRequest
  readonly now: number
  readonly outage: Outage | undefined
}

const identityOf = ({ settings }: Platform, { now, request }: Arrival): Identity =>
  identify(request, settings.accounts, settings.identityManager, now)

const callEndpoint = (
  platform: Platform,
  arrival: Arrival,
  endpoint: Endpoint,
  path: string | undefined,
  query: string
): Effect.Effect<EmulatorReply> => {
  const { now, outage, request } = arrival
  const refused = refuseMethod(request.method, endpoint.methods)
  if (refused !== undefined) return Effect.succeed(refused)
  const identity = identityOf(platform, arrival)
  if (identity._tag === "Refused") return Effect.succeed(identity.reply)
  if (identity._tag === "Known" && outage === "posix-mapper") return Effect.succeed(identityServiceDown)
  return Effect.fromResult(admit(platform, identity, path, now, outage)).pipe(
    Effect.flatMap((user) =>
      Effect.flatMap(readParameters(request, query), (parameters) =>
        endpoint.handle(platform, { request, user, path, parameters, now, origin: originOf(request), outage })
      )
    ),
    Effect.match({ onFailure: (reply) => reply, onSuccess: (reply) => reply }),
    Effect.map((reply) => identified(identity, platform.settings.identityManager, reply))
  )
}

/** Open to everybody, but not to somebody with a bad token. */
const getCapabilities = (platform: Platform, arrival: Arrival): EmulatorReply => {
  const { request } = arrival
  const { identityManager, profile } = platform.settings
  const refused = refuseMethod(request.method, ["GET", "HEAD"])
  if (refused !== undefined) return refused
  const identity = identityOf(platform, arrival)
  if (identity._tag === "Refused") return identity.reply
  const reply =
    request.method === "HEAD" ? empty : capabilities(originOf(request), profile.capabilities, identityManager)
  return identified(identity, identityManager, reply, `${serverName} + 1.4`)
}

/** A servlet of another library: no header says who is asking, and it never looks at the cluster. */
const getAvailability = (platform: Platform, arrival: Arrival, target: Target): EmulatorReply => {
  const { request } = arrival
  const identity = identityOf(platform, arrival)
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

const route = (platform: Platform, arrival: Arrival, target: Target): Effect.Effect<EmulatorReply> => {
  const { path, query } = target
  const [, version, name, rest] = /^\/skaha\/(v[01])\/([^/]+)(?:\/(.*))?$/s.exec(path) ?? []
  const isKnown = version === platform.settings.profile.version && name !== undefined && Object.hasOwn(endpoints, name)
  const endpoint = isKnown ? endpoints[name] : undefined
  if (endpoint !== undefined) return callEndpoint(platform, arrival, endpoint, rest, query)
  switch (path) {
    case "/skaha/capabilities":
      return Effect.succeed(getCapabilities(platform, arrival))
    case "/skaha/availability":
      return Effect.succeed(getAvailability(platform, arrival, target))
    case "/skaha":
      return Effect.succeed({ ...empty, status: 302, headers: { Location: "/skaha/" } })
    case "/skaha/":
    case "/skaha/index.html":
      return Effect.succeed(welcomePage)
    default:
      return Effect.succeed(
        path.startsWith("/session/") ? connectPage(platform.store, path, arrival.now) : notFoundPage(path)
      )
  }
}

/**
 * What the platform answers to a request, while `outage` does not answer. Every refusal is a reply, so nothing can
 * fail.
 */
export const handleRequest = (
  platform: Platform,
  request: EmulatorRequest,
  now: number,
  outage?: Outage
): Effect.Effect<EmulatorReply> =>
  Result.match(parseTarget(request), {
    onFailure: (reply) => Effect.succeed(reply),
    onSuccess: (target) => route(platform, { request, now, outage }, target)
  })
