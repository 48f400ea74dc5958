import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { EmulatorReply } from "../../Exchange.ts"
import type { Parameters } from "../http/parameters.ts"
import { badRequest, type Checked, forbidden, refuse, text, unavailable, unexpected } from "../http/replies.ts"
import { cacheDown, type Image } from "../images/images.ts"
import { checkRegistryAuth, registryAuthHeader } from "../images/registryAuth.ts"
import { type Command, isActive, phaseOf, type SessionType, sessionTypes } from "../lifecycle/session.ts"
import type { Call, Platform } from "../platform.ts"
import type { Profile } from "../profiles/Profile.ts"
import { allot, checkAmount, checkGpus, type Resources } from "../resources/resources.ts"
import { clusterDown } from "./clusterDown.ts"
import { newSessionId, sessionJobName } from "./ids.ts"
import { nameLabel } from "./labels.ts"
import { asReplacement, asYamlScalar, javaSplit, parseVariable } from "./template.ts"

// POST `/v1/session`. The first failing check wins, so their order is part of the contract.

const bad = (message: string) => refuse(badRequest(message))

/** Also the first checks of a POST below `/v1/session/{id}/app`. */
export const checkImage = (parameters: Parameters): Checked<string> => {
  const image = parameters.first("image")
  if (image === undefined) return bad("Missing parameter 'image'")
  return image.trim() === "" ? bad("image is required") : Result.succeed(image)
}

/** The host is compared without a boundary: `images.canfar.net.evil/x` passes, there as here. */
const checkHost = (image: string, hosts: ReadonlyArray<string>): Checked<string> =>
  hosts.some((host) => image.startsWith(host))
    ? Result.succeed(image)
    : bad(`session image '${image}' must come from one of [${hosts.join(", ")}]`)

const givenType = (parameters: Parameters, { acceptsBlankType }: Profile["creates"]): string => {
  const given = parameters.first("type")
  return given === undefined || (acceptsBlankType && given.trim() === "") ? "headless" : given
}

const checkType = (given: string): Checked<SessionType> => {
  const type = sessionTypes.find((known) => known === given.trim().toLowerCase())
  return type === undefined ? bad(`Invalid session type: ${given}`) : Result.succeed(type)
}

/** The image cache counts as the list of all public images. An image that is not in it needs credentials. */
const checkCache = (platform: Platform, call: Call, image: string): Checked<Image | undefined> => {
  if (call.outage === "redis") return refuse(cacheDown)
  const known = platform.settings.images.find(({ id }) => id === image)
  if (known !== undefined) return Result.succeed(known)
  return Result.map(checkRegistryAuth(call.request.headers[registryAuthHeader]), () => undefined)
}

/** What old servers ask first: the label of an image must be the very word that was given. */
const checkLabels = (platform: Platform, call: Call, image: string, type: string): Checked<void> =>
  Result.flatMap(checkCache(platform, call, image), (known) => {
    if (known !== undefined && !known.types.includes(type)) return bad(`image/type mismatch: ${image}/${type}`)
    return type === "headless" && call.user.refusal === "no-headless"
      ? refuse(forbidden("Not authorized to create a headless session"))
      : Result.succeed(undefined)
  })

const checkName = (parameters: Parameters, { blankName }: Profile["creates"]): Checked<string> => {
  const name = parameters.first("name")
  if (name === undefined) return bad("Missing parameter 'name'")
  if (name.trim() === "") return bad(blankName)
  return /^[A-Za-z0-9-]+$/.test(name)
    ? Result.succeed(name.toLowerCase())
    : bad("name can only contain alpha-numeric chars and '-'")
}

/** Headless sessions are neither limited nor counted, desktop-apps neither. */
const checkLimit = (platform: Platform, call: Call, type: SessionType): Checked<void> => {
  if (type === "headless") return Result.succeed(undefined)
  if (call.outage === "kubernetes") return refuse(clusterDown)
  const { maxInteractiveSessions: limit, profile } = platform.settings
  const { countsFinished } = profile.creates
  let active = 0
  for (const session of platform.store.ordered()) {
    if (session.type === "headless" || session.type === "desktop-app" || session.owner !== call.user) continue
    const counts = countsFinished
      ? platform.store.find(session.id, call.now) !== undefined
      : isActive(phaseOf(session, call.now))
    if (counts) active++
  }
  return active < limit
    ? Result.succeed(undefined)
    : bad(`User ${call.user.name} has reached the maximum of ${limit} active sessions.`)
}

/** The texts that are pasted into the job's template, of whatever type the session is. */
const checkCommand = (parameters: Parameters): Checked<Command> =>
  Result.gen(function* () {
    const cmd = parameters.first("cmd")
    const args = parameters.first("args")
    const command = cmd === undefined ? undefined : yield* asReplacement(cmd)
    const words = args === undefined ? [] : javaSplit(yield* asReplacement(args), " ")
    const env: Array<readonly [string, string]> = []
    for (const text of parameters.all("env")) {
      const variable = parseVariable(text)
      if (variable !== undefined) env.push([variable[0], yield* asReplacement(variable[1])])
    }
    return { cmd: command, args: words, env }
  })

const noGroups = unexpected(
  "java.lang.IllegalStateException: POSIX Mapper did not return a group mapping for ivo://example.org/gms?users"
)

/** The job is created by a tool whose failure goes unnoticed, until the job is looked up. */
export const jobNotFound = (jobName: string) =>
  unexpected(`java.lang.RuntimeException: io.kubernetes.client.openapi.ApiException: jobs.batch "${jobName}" not found`)

/** What the template's YAML makes of the command; `undefined` when it is no YAML any more, or no valid container. */
const renderCommand = (command: Command): Command | undefined => {
  const cmd = command.cmd === undefined ? undefined : asYamlScalar(command.cmd)
  const args = command.args.map(asYamlScalar).filter((arg) => arg !== undefined)
  const env: Array<readonly [string, string]> = []
  for (const [name, text] of command.env) {
    const value = asYamlScalar(text)
    if (value !== undefined && name !== "") env.push([name, value])
  }
  const intact =
    (cmd !== undefined || command.cmd === undefined) &&
    args.length === command.args.length &&
    env.length === command.env.length
  return intact ? { cmd, args, env } : undefined
}

interface Request {
  readonly image: string
  readonly type: SessionType
  readonly name: string
  readonly resources: Resources
  readonly command: Command
}

const checkRequest = (platform: Platform, call: Call): Checked<Request> =>
  Result.gen(function* () {
    const { hosts, profile } = platform.settings
    const { creates } = profile
    const context = profile.resources(platform.settings)
    const { outage, parameters } = call
    const image = yield* Result.flatMap(checkImage(parameters), (given) => checkHost(given, hosts))
    const wanted = givenType(parameters, creates)
    if (creates.enforcesImageLabels) yield* checkLabels(platform, call, image, wanted)
    const type = yield* checkType(wanted)
    const cores = yield* checkAmount(parameters, "cores", context.cores.options, creates.acceptsFractions)
    const ram = yield* checkAmount(parameters, "ram", context.memoryGB.options, creates.acceptsFractions)
    const name = yield* checkName(parameters, creates)
    yield* checkLimit(platform, call, type)
    const gpus = yield* checkGpus(parameters, context.gpus.options, creates.acceptsBlankGpus)
    if (outage === "home") yield* refuse(unavailable(call.path))
    if (outage === "posix-groups") yield* refuse(noGroups)
    if (!creates.enforcesImageLabels) yield* checkCache(platform, call, image)
    const command = yield* checkCommand(parameters)
    yield* nameLabel(platform, name)
    if (type === "desktop-app") {
      yield* refuse(unexpected("java.nio.file.NoSuchFileException: /config/launch-desktop_app.yaml"))
    }
    return { image, type, name, resources: allot(type, { cores, ram, gpus }, context), command }
  })

export const createSession = Effect.fnUntraced(function* (
  platform: Platform,
  call: Call
): Effect.fn.Return<EmulatorReply, EmulatorReply> {
  const { name, type, image, resources, command } = yield* Effect.fromResult(checkRequest(platform, call))
  const id = newSessionId(platform.random, (taken) => platform.store.has(taken))
  const jobName = sessionJobName(type, call.user.name, id)
  const rendered = type === "headless" ? renderCommand(command) : command
  // A host name may neither begin nor end with a hyphen, nor be longer than a label.
  const isHostname = /^(?!-).{1,63}(?<!-)$/.test(name)
  const isRefused = call.outage === "job-creation" || call.outage === "kubernetes"
  if (rendered === undefined || !isHostname || isRefused) {
    return yield* Effect.fail(jobNotFound(jobName))
  }

  yield* platform.scheduler.submit(
    { id, appId: undefined, owner: call.user, type, name, image, jobName, resources },
    type === "headless" ? rendered : undefined,
    call.now
  )
  return text(`${id}\n`)
})
