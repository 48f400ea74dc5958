import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { EmulatorReply } from "../../Exchange.ts"
import { prettyJson, wirePublicSession, wireSession } from "./row.ts"
import { checkLabel } from "./labels.ts"
import { phaseOf, type Session } from "../lifecycle/session.ts"
import { readEvents } from "./events.ts"
import { readLogs } from "./logs.ts"
import type { Parameters } from "../http/parameters.ts"
import type { Call, Platform } from "../platform.ts"
import { badRequest, type Checked, empty, json, notFound, refuse } from "../http/replies.ts"
import type { SessionPath } from "./sessionPath.ts"
import { renderStats } from "../resources/stats.ts"

// GET and DELETE below `/v1/session`.

const sameWord = (wanted: string | undefined, word: string) =>
  wanted === undefined || wanted.toLowerCase() === word.toLowerCase()

/** Reads the jobs after having ended those whose time is over. */
const listed = Effect.fnUntraced(function* (platform: Platform, now: number) {
  for (const overdue of platform.store.sweep(now)) yield* overdue.run.destroy
  return platform.store.ordered()
})

const withStatus = (sessions: ReadonlyArray<Session>, parameters: Parameters, now: number) => {
  const status = parameters.first("status")
  return status === undefined ? sessions : sessions.filter((session) => sameWord(status, phaseOf(session, now).status))
}

const own = (call: Call) => (session: Session) => session.owner === call.user

const wire = (sessions: ReadonlyArray<Session>, call: Call) =>
  json(prettyJson(sessions.map((session) => wireSession(session, call.now, call.origin))))

const wirePublic = (sessions: ReadonlyArray<Session>, call: Call) =>
  json(prettyJson(sessions.map((session) => wirePublicSession(session, call.now))))

const listSessions = Effect.fnUntraced(function* (platform: Platform, call: Call) {
  const { now, parameters } = call
  const view = parameters.first("view")
  const jobs = yield* listed(platform, now)
  if (view === "stats") return json(renderStats(platform, jobs, now))
  const candidates = withStatus(jobs, parameters, now)
  if (view?.toLowerCase() === "interactive") {
    return wire(
      candidates.filter((session) => own(call)(session) && session.type !== "headless"),
      call
    )
  }
  const type = parameters.first("type")
  const chosen = candidates.filter((session) =>
    type === undefined ? session.type !== "desktop-app" : sameWord(type, session.type)
  )
  return view === "all" ? wirePublic(chosen, call) : wire(chosen.filter(own(call)), call)
})

/** The id does not matter: these are all of the caller's apps. */
const listApps = Effect.fnUntraced(function* (platform: Platform, call: Call) {
  const jobs = yield* listed(platform, call.now)
  const apps = withStatus(jobs, call.parameters, call.now).filter((session) => session.type === "desktop-app")
  return call.parameters.first("view") === "all" ? wirePublic(apps, call) : wire(apps.filter(own(call)), call)
})

/** An empty id (the path ends in a slash) selects nothing in particular: the first session there is. */
const findOwn = (platform: Platform, call: Call, id: string): Session | undefined =>
  id === ""
    ? platform.store
        .ordered()
        .find(
          (session) => own(call)(session) && session.type !== "desktop-app" && platform.store.find(session.id, call.now)
        )
    : ownOnly(platform.store.find(id, call.now), call)

const ownOnly = (session: Session | undefined, call: Call) =>
  session !== undefined && own(call)(session) ? session : undefined

const object = (session: Session, call: Call) => json(prettyJson(wireSession(session, call.now, call.origin)))

const getSession = (platform: Platform, call: Call, id: string): Checked<EmulatorReply> => {
  const label = id === "" ? Result.succeed(id) : checkLabel("id", id)
  return Result.flatMap(label, () => {
    const session = findOwn(platform, call, id)
    return session === undefined ? refuse(notFound(`session ${id} not found`)) : Result.succeed(object(session, call))
  })
}

const getApp = (platform: Platform, call: Call, id: string, appId: string): Checked<EmulatorReply> =>
  Result.flatMap(checkLabel("id", id), () => {
    const app = ownOnly(platform.store.findApp(id, appId, call.now), call)
    return app === undefined
      ? refuse(notFound(`desktop app with session ${id} and app ID ${appId} was not found`))
      : Result.succeed(object(app, call))
  })

const readText = (platform: Platform, call: Call, id: string, read: typeof readEvents) =>
  Effect.flatMap(Effect.fromResult(checkLabel("id", id)), () =>
    read(id, platform.store.findAll(id, call.now).filter(own(call)), call.now)
  )

export const getSessions = (
  platform: Platform,
  call: Call,
  path: SessionPath
): Effect.Effect<EmulatorReply, EmulatorReply> => {
  switch (path._tag) {
    case "Sessions":
      return listSessions(platform, call)
    case "Apps":
      return listApps(platform, call)
    case "App":
      return Effect.fromResult(getApp(platform, call, path.id, path.appId))
    default: {
      const view = call.parameters.first("view")
      if (view === "logs") return readText(platform, call, path.id, readLogs)
      if (view === "events") return readText(platform, call, path.id, readEvents)
      return Effect.fromResult(getSession(platform, call, path.id))
    }
  }
}

/** What is unknown, not the caller's, or not even an id, is as good as deleted. The job is hidden at once. */
const destroy = Effect.fnUntraced(function* (platform: Platform, call: Call, id: string, appId?: string) {
  const target = appId === undefined ? platform.store.find(id, call.now) : platform.store.findApp(id, appId, call.now)
  if (ownOnly(target, call) === undefined) return empty
  for (const removed of platform.store.remove(id, appId)) yield* removed.run.destroy
  return empty
})

export const deleteSessions = (
  platform: Platform,
  call: Call,
  path: SessionPath
): Effect.Effect<EmulatorReply, EmulatorReply> => {
  switch (path._tag) {
    case "Sessions":
      return Effect.fail(badRequest("Cannot kill all sessions."))
    case "Session":
      return destroy(platform, call, path.id)
    case "Apps":
      return Effect.fail(badRequest("Missing app ID"))
    default: {
      const labels = Result.flatMap(checkLabel("id", path.id), () => checkLabel("app-id", path.appId))
      return Effect.flatMap(Effect.fromResult(labels), () => destroy(platform, call, path.id, path.appId))
    }
  }
}
