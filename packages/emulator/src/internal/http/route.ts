import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { EmulatorReply, EmulatorRequest } from "../../Exchange.ts"
import type { Outage } from "../../Fault.ts"
import { admit, identified, identityOf, identityServiceDown } from "../callers/admit.ts"
import { getAvailability } from "../documents/availability.ts"
import { getCapabilities } from "../documents/capabilities.ts"
import { cacheDown, listImages } from "../images/images.ts"
import type { Call, Platform, Settings } from "../platform.ts"
import { noContext, repositoryReply } from "../resources/context.ts"
import { connectPage } from "../sessions/connect.ts"
import { postSessions } from "../sessions/modify.ts"
import { parseSessionPath } from "../sessions/sessionPath.ts"
import { deleteSessions, getSessions } from "../sessions/sessions.ts"
import { type Arrival, originOf } from "./arrival.ts"
import { refuseMethod } from "./methods.ts"
import { type Parameters, postParameters, queryParameters } from "./parameters.ts"
import { empty, unavailable, utf8 } from "./replies.ts"
import { notFoundPage, parseTarget, type Target } from "./tomcat.ts"

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

const readParameters = (request: EmulatorRequest, query: string): Effect.Effect<Parameters, EmulatorReply> =>
  request.method === "POST" ? postParameters(request, query) : Effect.succeed(queryParameters(query))

const callEndpoint = (
  platform: Platform,
  arrival: Arrival,
  endpoint: Endpoint,
  path: string | undefined,
  query: string
): Effect.Effect<EmulatorReply> => {
  const { outage, request } = arrival
  const refused = refuseMethod(request.method, endpoint.methods)
  if (refused !== undefined) return Effect.succeed(refused)
  const identity = identityOf(platform, arrival)
  if (identity._tag === "Refused") return Effect.succeed(identity.reply)
  if (identity._tag === "Known" && outage === "posix-mapper") return Effect.succeed(identityServiceDown)
  return Effect.fromResult(admit(platform, arrival, identity, path)).pipe(
    Effect.flatMap((user) =>
      Effect.flatMap(readParameters(request, query), (parameters) =>
        endpoint.handle(platform, { ...arrival, user, path, parameters, origin: originOf(request) })
      )
    ),
    Effect.match({ onFailure: (reply) => reply, onSuccess: (reply) => reply }),
    Effect.map((reply) => identified(identity, platform.settings.identityManager, reply))
  )
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

const answerAt = (platform: Platform, arrival: Arrival): Effect.Effect<EmulatorReply> =>
  Result.match(parseTarget(arrival.request), {
    onFailure: (reply) => Effect.succeed(reply),
    onSuccess: (target) => route(platform, arrival, target)
  })

/**
 * What the platform answers to a request, while `outage` does not answer. Every refusal is a reply, so nothing can
 * fail. Nothing is looked at before everything has happened that happens until now.
 */
export const answer = (platform: Platform, request: EmulatorRequest, outage?: Outage): Effect.Effect<EmulatorReply> =>
  Effect.flatMap(Clock.currentTimeMillis, (now) =>
    Effect.flatMap(platform.scheduler.advance(now), () => answerAt(platform, { request, now, outage }))
  )
