import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { EmulatorReply } from "../../Exchange.ts"
import { badRequest, type Checked, empty, notFound, refuse, text } from "../http/replies.ts"
import { isActive, phaseOf, type Session } from "../lifecycle/session.ts"
import type { Call, Platform } from "../platform.ts"
import { allot, checkAmount } from "../resources/resources.ts"
import { clusterDown } from "./clusterDown.ts"
import { checkImage, createSession } from "./create.ts"
import { appJobName, newAppId } from "./ids.ts"
import { checkLabel, nameLabel } from "./labels.ts"
import type { SessionPath } from "./sessionPath.ts"

// POST below `/v1/session`: a new session, a renewal, a new desktop-app.

const checkRenewal = (platform: Platform, call: Call, id: string): Checked<ReadonlyArray<Session>> =>
  Result.gen(function* () {
    const action = call.parameters.first("action")
    if (action === undefined || action.trim() === "") yield* refuse(badRequest("Cannot modify an existing session"))
    if (action?.toLowerCase() !== "renew") yield* refuse(badRequest("unrecognized action"))
    yield* checkLabel(platform, "id", id)
    if (call.outage === "kubernetes") yield* refuse(clusterDown)
    const active = platform.store
      .findAll(id, call.now)
      .filter((job) => job.owner === call.user && isActive(phaseOf(job, call.now)))
    if (active.length === 0) {
      const { name, uid } = call.user
      const principal = `PosixPrincipal [uidNumber=${uid},${uid},${name}]`
      yield* refuse(badRequest(`No active job for user ${principal} with session ${id}`))
    }
    return active
  })

const renewSession = Effect.fnUntraced(function* (platform: Platform, call: Call, id: string) {
  const active = yield* Effect.fromResult(checkRenewal(platform, call, id))
  yield* platform.scheduler.renew(active, call.now)
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

const createApp = Effect.fnUntraced(function* (
  platform: Platform,
  call: Call,
  path: Extract<SessionPath, { _tag: "App" | "Apps" }>
) {
  const { id, image, name, resources } = yield* Effect.fromResult(checkApp(platform, call, path))
  const appId = newAppId(platform.random, (taken) => platform.store.findApp(id, taken, call.now) !== undefined)
  // Nobody looks whether it was created: the caller is given an id all the same.
  if (name === undefined || call.outage === "job-creation") return text(`${appId}\n`)
  const jobName = appJobName(id, appId, call.user.name, name)
  yield* platform.scheduler.submit(
    { id, appId, owner: call.user, type: "desktop-app", name, image, jobName, resources },
    undefined,
    call.now
  )
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
      return renewSession(platform, call, path.id)
    default:
      return createApp(platform, call, path)
  }
}
