import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { EmulatorReply } from "../../Exchange.ts"
import { prettyJson } from "../http/json.ts"
import { badRequest, type Checked, empty, forbidden, json, notFound, refuse } from "../http/replies.ts"
import type { Session } from "../lifecycle/session.ts"
import type { Call, Platform } from "../platform.ts"
import { clusterDown } from "./clusterDown.ts"
import { readEvents } from "./events.ts"
import { checkLabel } from "./labels.ts"
import { readLogs } from "./logs.ts"
import { publicRow } from "./row.ts"
import type { SessionPath } from "./sessionPath.ts"

// GET and DELETE below `/v1/session`.

const sameWord = (wanted: string | undefined, word: string) =>
  wanted === undefined || wanted.toLowerCase() === word.toLowerCase()

const withStatus = (platform: Platform, sessions: ReadonlyArray<Session>, { now, parameters }: Call) => {
  const status = parameters.first("status")
  if (status === undefined) return sessions
  const { profile } = platform.settings
  return sessions.filter((session) => sameWord(status, profile.status(session, now)))
}

const own = (call: Call) => (session: Session) => session.owner === call.user

const rowOf = (platform: Platform, session: Session, { now, origin }: Call) =>
  platform.settings.profile.row(session, now, origin)

const ownRows = (platform: Platform, sessions: ReadonlyArray<Session>, call: Call) =>
  json(prettyJson(sessions.filter(own(call)).map((session) => rowOf(platform, session, call))))

const publicRows = (platform: Platform, sessions: ReadonlyArray<Session>, call: Call) =>
  json(prettyJson(sessions.map((session) => publicRow(platform.settings.profile, session, call.now))))

const listSessions = Effect.fnUntraced(function* (platform: Platform, call: Call) {
  const { lists, statistics } = platform.settings.profile
  const { now, outage, parameters } = call
  const view = parameters.first("view")
  const jobs = platform.store.ordered()
  if (view === "stats") return json(yield* Effect.fromResult(statistics(platform.settings, jobs, now, outage)))
  if (outage === "kubernetes") return yield* Effect.fail(clusterDown)
  const candidates = withStatus(platform, jobs, call)
  if (lists.hasInteractiveView && view?.toLowerCase() === "interactive") {
    return ownRows(
      platform,
      candidates.filter((session) => session.type !== "headless"),
      call
    )
  }
  const type = parameters.first("type")
  const chosen = candidates.filter((session) =>
    type === undefined ? lists.showsApps || session.type !== "desktop-app" : sameWord(type, session.type)
  )
  return (view === "all" ? publicRows : ownRows)(platform, chosen, call)
})

/** The id does not matter: these are all of the caller's apps. */
const listApps = Effect.fnUntraced(function* (platform: Platform, call: Call) {
  if (call.outage === "kubernetes") return yield* Effect.fail(clusterDown)
  const apps = withStatus(platform, platform.store.ordered(), call).filter((session) => session.type === "desktop-app")
  return (call.parameters.first("view") === "all" ? publicRows : ownRows)(platform, apps, call)
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

const ownRow = (platform: Platform, session: Session, call: Call) => json(prettyJson(rowOf(platform, session, call)))

const getSession = (platform: Platform, call: Call, id: string): Checked<EmulatorReply> => {
  const label = id === "" ? Result.succeed(id) : checkLabel(platform, "id", id)
  return Result.flatMap(label, () => {
    if (call.outage === "kubernetes") return refuse(clusterDown)
    const session = findOwn(platform, call, id)
    return session === undefined
      ? refuse(notFound(`session ${id} not found`))
      : Result.succeed(ownRow(platform, session, call))
  })
}

const getApp = (platform: Platform, call: Call, id: string, appId: string): Checked<EmulatorReply> =>
  Result.flatMap(checkLabel(platform, "id", id), () => {
    if (call.outage === "kubernetes") return refuse(clusterDown)
    const app = ownOnly(platform.store.findApp(id, appId, call.now), call)
    return app === undefined
      ? refuse(notFound(`desktop app with session ${id} and app ID ${appId} was not found`))
      : Result.succeed(ownRow(platform, app, call))
  })

const readText = (platform: Platform, call: Call, id: string, read: typeof readEvents) =>
  Effect.flatMap(Effect.fromResult(checkLabel(platform, "id", id)), () => {
    const jobs = call.outage === "kubernetes" ? [] : platform.store.findAll(id, call.now).filter(own(call))
    return read(jobs, call.now, id)
  })

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

/**
 * What is unknown, not the caller's, or not even an id, is as good as deleted, unless the server looks. The job is
 * hidden at once.
 */
const destroy = Effect.fnUntraced(function* (platform: Platform, call: Call, id: string, appId?: string) {
  const { destroys } = platform.settings.profile
  if (call.outage === "kubernetes") return empty
  const target = appId === undefined ? platform.store.find(id, call.now) : platform.store.findApp(id, appId, call.now)
  if (destroys.refusesOthers && appId === undefined) {
    if (target === undefined) return yield* Effect.fail(notFound(id))
    if (!own(call)(target)) return yield* Effect.fail(forbidden("forbidden"))
  }
  const found = ownOnly(target, call)
  if (found !== undefined) yield* platform.scheduler.destroy(found, call.now)
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
      const labels = Result.flatMap(checkLabel(platform, "id", path.id), () =>
        checkLabel(platform, "app-id", path.appId)
      )
      return Effect.flatMap(Effect.fromResult(labels), () => destroy(platform, call, path.id, path.appId))
    }
  }
}
