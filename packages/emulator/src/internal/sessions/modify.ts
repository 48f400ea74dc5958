import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { EmulatorReply } from "../../Exchange.ts"
import { checkImage, createSession, interactiveRun } from "./create.ts"
import { appJobName, newAppId } from "./ids.ts"
import { checkLabel, nameLabel } from "./labels.ts"
import { initialDeadline, isActive, phaseOf, renew, type Session, wholeSeconds } from "../lifecycle/session.ts"
import type { Call, Platform } from "../platform.ts"
import { badRequest, type Checked, empty, notFound, refuse, text } from "../http/replies.ts"
import { allot, checkAmount } from "../resources/resources.ts"
import type { SessionPath } from "./sessionPath.ts"

// POST below `/v1/session`: a new session, a renewal, a new desktop-app.

const renewSession = (platform: Platform, call: Call, id: string): Checked<EmulatorReply> =>
  Result.gen(function* () {
    const action = call.parameters.first("action")
    if (action === undefined || action.trim() === "") yield* refuse(badRequest("Cannot modify an existing session"))
    if (action?.toLowerCase() !== "renew") yield* refuse(badRequest("unrecognized action"))
    yield* checkLabel(platform, "id", id)
    const active = platform.store
      .findAll(id, call.now)
      .filter((job) => job.owner === call.user && isActive(phaseOf(job, call.now)))
    if (active.length === 0) {
      const { name, uid } = call.user
      const principal = `PosixPrincipal [uidNumber=${uid},${uid},${name}]`
      yield* refuse(badRequest(`No active job for user ${principal} with session ${id}`))
    }
    for (const job of active) renew(job, call.now)
    return empty
  })

const appName = (image: string): string =>
  image
    .slice(image.lastIndexOf("/") + 1)
    .replace(/[:._]/g, "-")
    .toLowerCase()

const checkApp = (platform: Platform, call: Call, path: Extract<SessionPath, { _tag: "App" | "Apps" }>) =>
  Result.gen(function* () {
    const { profile } = platform.settings
    const context = profile.resources(platform.settings)
    const { acceptsFractions } = profile.creates
    const image = yield* checkImage(call.parameters)
    if (path._tag === "App") yield* refuse(badRequest("Cannot modify an existing app."))
    const cores = yield* checkAmount(call.parameters, "cores", context.cores.options, acceptsFractions)
    const ram = yield* checkAmount(call.parameters, "ram", context.memoryGB.options, acceptsFractions)
    const id = yield* checkLabel(platform, "id", path.id)
    const desktop = platform.store.find(id, call.now)
    const isLive = desktop?.type === "desktop" && desktop.owner === call.user && isActive(phaseOf(desktop, call.now))
    if (!isLive || call.outage === "kubernetes") yield* refuse(notFound(`session ${id} not found`))
    const name = yield* nameLabel(platform, appName(image))
    return { id, image, name, resources: allot("desktop-app", { cores, ram, gpus: undefined }, context) }
  })

const createApp = (platform: Platform, call: Call, path: Extract<SessionPath, { _tag: "App" | "Apps" }>) =>
  Result.map(checkApp(platform, call, path), ({ id, image, name, resources }) => {
    const appId = newAppId(platform.random, (taken) => platform.store.findApp(id, taken, call.now) !== undefined)
    // Nobody looks whether it was created: the caller is given an id all the same.
    if (name === undefined || call.outage === "job-creation") return text(`${appId}\n`)
    const app: Session = {
      id,
      appId,
      owner: call.user,
      type: "desktop-app",
      name,
      image,
      jobName: appJobName(id, appId, call.user.name, name),
      startedAt: wholeSeconds(call.now),
      resources,
      run: interactiveRun(call.now + platform.settings.pendingMillis, `desktop-app ${appId} is running\n`),
      deadline: initialDeadline("desktop-app")
    }
    platform.store.addApp(appId, app)
    return text(`${appId}\n`)
  })

export const postSessions = (
  platform: Platform,
  call: Call,
  path: SessionPath
): Effect.Effect<EmulatorReply, EmulatorReply> => {
  switch (path._tag) {
    case "Sessions":
      return createSession(platform, call)
    case "Session":
      return Effect.fromResult(renewSession(platform, call, path.id))
    default:
      return Effect.fromResult(createApp(platform, call, path))
  }
}
