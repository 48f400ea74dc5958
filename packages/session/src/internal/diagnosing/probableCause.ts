/**
 * What is probably the matter with a session, told from what there is to see.
 */
import type { SessionEvent } from "@skaha/core"
import type { ProbableCause } from "../../Diagnosing.ts"
import { todaysStatus, type Resources } from "../../Session.ts"

/** What there is to see of a session. */
export interface Signs {
  /** Its status, also in a server's own words: they may add why. */
  readonly status?: string | undefined
  readonly events: ReadonlyArray<SessionEvent>
  readonly logTail: string
  /** What it asked for. */
  readonly requested?: Resources | undefined
  /** What the cluster has left. */
  readonly available?: Resources | undefined
  /** Whether the time that it was given is over. */
  readonly isOverdue?: boolean | undefined
}

/** The signs, ready to be searched. */
interface Seen extends Signs {
  /** Each event as one text that begins with its reason, and the server's words for the status. */
  readonly told: ReadonlyArray<string>
  /** Whether there is a machine for it. */
  readonly isPlaced: boolean
  /** Whether its container has never started, as far as can be seen. What prepares a session is a container, too. */
  readonly isStarting: boolean
  readonly hasFailed: boolean
}

/** Looks for one thing; `undefined` where it is not that. */
type Rule = (seen: Seen) => ProbableCause | undefined

/** Messages may be long, and what matters stands at their beginning. */
const longest = 4000

const look = (signs: Signs): Seen => {
  const reasons = new Set(signs.events.map(({ reason }) => reason))
  const status = todaysStatus(signs.status ?? "")
  return {
    ...signs,
    told: [
      ...signs.events.map(({ message, reason }) => `${reason} ${message.slice(0, longest)}`),
      ...(signs.status === undefined ? [] : [signs.status])
    ],
    isPlaced: reasons.has("Scheduled") || reasons.has("Started"),
    isStarting: status === "Pending" || !reasons.has("Started"),
    hasFailed: status === "Failed"
  }
}

const among = (texts: ReadonlyArray<string>, pattern: RegExp): boolean => texts.some((text) => pattern.test(text))

/** What there can be too little of. */
interface Shortage {
  /** What the scheduler calls it. */
  readonly word: RegExp
  readonly name: string
  readonly unit: string
  readonly of: (resources: Resources) => number | undefined
}

const shortages: ReadonlyArray<Shortage> = [
  { word: /Insufficient cpu/i, name: "cores", unit: "cores", of: ({ cores }) => cores },
  { word: /Insufficient memory/i, name: "RAM", unit: "GB of RAM", of: ({ ram }) => ram },
  { word: /Insufficient [\w.-]+\/(?:gpu|mig)/i, name: "GPUs", unit: "GPUs", of: ({ gpus }) => gpus },
  { word: /Insufficient ephemeral-storage/i, name: "disk", unit: "GB of disk", of: () => undefined }
]

const amount = (value: number): string => String(Number(value.toFixed(2)))

/** Says what there is too little of, and what was asked for beside what is left, as far as it is known. */
const tooLarge = (short: ReadonlyArray<Shortage>, { requested = {}, available = {} }: Signs): ProbableCause => {
  const asked = short.flatMap(({ of, unit }) => {
    const [wanted, free] = [of(requested), of(available)]
    if (wanted === undefined) return []
    return [`${amount(wanted)} ${unit}${free === undefined ? "" : ` (${amount(free)} free)`}`]
  })
  const wish = asked.length === 0 ? "" : `; it asked for ${asked.join(" and ")}`
  const names = short.map(({ name }) => name).join(" and ")
  return { code: "too-large", message: `the cluster has not enough ${names} left${wish}: wait, or ask for less` }
}

const size: Rule = (seen) => {
  if (seen.isPlaced) return undefined
  const short = shortages.filter(({ word }) => among(seen.told, word))
  if (short.length > 0) return tooLarge(short, seen)
  if (among(seen.told, /exceeded quota/i)) {
    return { code: "too-large", message: "it asks for more than its users may have together: wait, or ask for less" }
  }
  // Events are forgotten after an hour, and some servers give none.
  const { available = {}, events, requested = {}, status } = seen
  if (status !== "Pending" || events.length > 0) return undefined
  const over = shortages.filter(({ of }) => (of(requested) ?? 0) > (of(available) ?? Infinity))
  return over.length > 0 ? tooLarge(over, seen) : undefined
}

const pullTrouble =
  /ErrImagePull|ErrImageNeverPull|ImagePullBackOff|InvalidImageName|ImageInspectError|RegistryUnavailable|Failed to pull image|Back-off pulling image|manifest unknown|couldn't parse image|Failed to inspect image/i

const quoted = /"([^"]+)"/

/** The images that are being fetched. */
const fetched = (told: ReadonlyArray<string>): ReadonlyArray<string> =>
  told
    .filter((text) => /^Pulling\b/.test(text))
    .map((text) => quoted.exec(text)?.[1] ?? "")
    .filter((name) => !told.some((text) => /^Pulled\b/.test(text) && text.includes(name)))

const image: Rule = ({ isStarting, told }) => {
  if (!isStarting) return undefined
  const trouble = told.filter((text) => pullTrouble.test(text))
  if (trouble.length > 0) {
    if (among(trouble, /unauthorized|authorization|access denied|denied:|\b40[13]\b|forbidden/i)) {
      return {
        code: "image",
        message:
          "its image is private or unknown: create it with registry credentials that may read it, or check the name"
      }
    }
    if (among(trouble, /not ?found|manifest unknown|InvalidImageName|couldn't parse|no match for platform/i)) {
      return { code: "image", message: "there is no such image: check its name and tag, and create the session again" }
    }
    return {
      code: "image",
      message:
        "its image cannot be fetched: check its name, give registry credentials if it is private, or try again later"
    }
  }
  if (fetched(told).length > 0) {
    return { code: "image", message: "its image is still being fetched, which takes minutes if it is large: wait" }
  }
  return undefined
}

const memory: Rule = ({ hasFailed, logTail, told }) =>
  among(told, /\bOOM-?Kill(?:ed|ing)\b|out of memory|^Evicted\b.*\bmemory\b/is) ||
  (hasFailed && /\bMemoryError\b|\bbad_alloc\b|out of memory|cannot allocate memory|^Killed$/im.test(logTail))
    ? {
        code: "out-of-memory",
        message: "it was ended for using more memory than it had: create it with more GB of RAM, or let it use less"
      }
    : undefined

const time: Rule = ({ hasFailed, isOverdue, told }) =>
  among(told, /DeadlineExceeded|active longer than (?:the )?specified deadline/i) || (hasFailed && isOverdue === true)
    ? {
        code: "expired",
        message: "its time was over: create it again, and renew or keep alive what shall last longer"
      }
    : undefined

/** What keeps a container from starting, and what that means. */
const startTroubles: ReadonlyArray<readonly [word: RegExp, message: string]> = [
  [
    /^Failed(?:Mount|AttachVolume)\b/,
    "its storage cannot be attached: wait some minutes, then tell the platform's operators"
  ],
  [
    /^FailedCreatePodSandBox\b/,
    "a machine of the cluster cannot start it: wait some minutes, or destroy it and create it again"
  ],
  [
    /CreateContainer(?:Config)?Error|RunContainerError|failed to (?:create|start) container|executable file not found|exec format error/i,
    "its container cannot be started: check its image and the program that it is to run"
  ]
]

/** What keeps a container from staying. */
const stayTroubles: typeof startTroubles = [
  [
    /^Evicted\b/,
    "the cluster has ended it because a machine ran short of disk or the like: let it write less, or create it again"
  ],
  [/^Preempt(?:ed|ing)\b/, "the cluster has given its place to something more urgent: create it again"],
  [
    /CrashLoopBackOff|Back-off restarting failed container/i,
    "its container ends and is started again and again: read its log, and check its image and program"
  ],
  [
    /^Unhealthy\b/,
    "it did not answer when the cluster asked whether it is well: wait some minutes, read its log, or create it again"
  ]
]

const container: Rule = ({ isStarting, told }) => {
  const troubles = isStarting ? [...startTroubles, ...stayTroubles] : stayTroubles
  const trouble = troubles.find(([word]) => among(told, word))
  return trouble === undefined ? undefined : { code: "container", message: trouble[1] }
}

const program: Rule = ({ hasFailed, logTail }) => {
  if (!hasFailed) return undefined
  return {
    code: "program",
    message:
      logTail === ""
        ? "what it ran has failed and left no log: check its program and arguments"
        : "what it ran has failed: read the end of its log"
  }
}

const turn: Rule = ({ isPlaced, status, told }) => {
  if (status !== "Pending") return undefined
  if (!isPlaced && among(told, /^FailedScheduling\b/)) {
    return { code: "waiting", message: "the cluster has no place for it yet: wait, or ask the platform's operators" }
  }
  return {
    code: "waiting",
    message: isPlaced
      ? "it has its place and is about to start: give it some minutes"
      : "it waits for its turn: give it time"
  }
}

const wellEnough: Rule = ({ status }) => {
  if (status === "Running") return { code: "fine", message: "it runs" }
  if (status === "Terminating") return { code: "fine", message: "it is being ended, as was asked for" }
  return undefined
}

/** The first that finds something has it: what comes first is the cause of what comes later. */
const rules: ReadonlyArray<Rule> = [image, size, memory, time, container, program, turn, wellEnough]

/** What kept it from starting does not matter any more to what has started. */
const rulesOnceStarted: ReadonlyArray<Rule> = [memory, container, wellEnough]

/** Finds what is probably the matter. Whatever the signs, it finds something. */
export const probableCause = (signs: Signs): ProbableCause => {
  const status = todaysStatus(signs.status ?? "")
  if (status === "Completed") return { code: "fine", message: "it has run to its end" }
  const seen = look(signs)
  for (const rule of status === "Running" || status === "Terminating" ? rulesOnceStarted : rules) {
    const cause = rule(seen)
    if (cause !== undefined) return cause
  }
  return { code: "unknown", message: "why cannot be told: look at its events and its log" }
}
