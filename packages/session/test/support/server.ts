/**
 * The server that the suite runs against, and all in which it differs from the others.
 *
 * `SKAHA_TEST_PROFILE` names it, as the emulator does; today's where it is unset. Tests state the same of every server
 * but for what stands here.
 */
import type { SkahaError } from "@skaha/core"
import type { ProfileName } from "@skaha/emulator"
import type { ResourceContext } from "@skaha/session"

/** What not every server has: the view of interactive sessions came with 1.1.4. */
export type Feature = "interactive view"

/** Of one resource: what is suggested, given for certain, given at most, and given to headless sessions. */
type Amounts = Omit<ResourceContext["cores"], "options">

/** What there is to know about a server. */
export interface Server {
  readonly profile: ProfileName
  /** The version in its paths. */
  readonly version: "v0" | "v1"
  readonly features: ReadonlyArray<Feature>
  /** Its words for a session that ended well, and for one that did not. */
  readonly words: { readonly completed: string; readonly failed: string }
  /** Whether desktop apps are among the sessions where no kind is asked for. */
  readonly listsApps: boolean
  /** Whether a session has started, and will expire, when it is still pending. */
  readonly startsPending: boolean
  /** The GB that it makes of GiB: today's servers round them. */
  readonly ramOf: (gibibytes: number) => number
  /** What it says of GPUs where none were asked for. */
  readonly noGpus: { readonly gpus?: 0 }
  /** Whether it says if RAM is guaranteed, and says what was requested only then. */
  readonly tellsFixed: boolean
  /** Whether an image must be labelled with the kind of the session. */
  readonly enforcesLabels: boolean
  /** The error for destroying what is unknown, or another user's; `undefined` where there is none. */
  readonly destroys: Readonly<Record<"unknown" | "foreign", SkahaError["_tag"] | undefined>>
  readonly context: { readonly cores: Amounts; readonly ram: Amounts; readonly tellsLimit: boolean }
  /** An amount of RAM that is none of its options. */
  readonly ramNotOffered: number
  /** What one session may have at most, by the stats: cores, and RAM in GiB. Of old servers, all there is. */
  readonly most: { readonly cores: number; readonly gibibytes: number }
  /** Whether the stats count the running sessions. */
  readonly countsInstances: boolean
  /** Where its capabilities have the sessions. */
  readonly sessions: { readonly standardId: string; readonly path: string }
}

/** What the emulated cluster has. */
export const capacity = { cores: 64, ram: 512 }

/** The GB of GiB. */
export const gigabytes = (gibibytes: number) => gibibytes * (2 ** 30 / 1e9)

const today: Server = {
  profile: "1.4",
  version: "v1",
  features: ["interactive view"],
  words: { completed: "Completed", failed: "Failed" },
  listsApps: false,
  startsPending: true,
  ramOf: (gibibytes) => Number(gigabytes(gibibytes).toFixed(2)),
  noGpus: { gpus: 0 },
  tellsFixed: true,
  enforcesLabels: false,
  destroys: { unknown: undefined, foreign: undefined },
  context: {
    cores: { default: 2, defaultRequest: 1, defaultLimit: 8 },
    ram: { default: 8, defaultRequest: 4, defaultLimit: 32 },
    tellsLimit: true
  },
  ramNotOffered: 3,
  most: { cores: 8, gibibytes: 32 },
  countsInstances: false,
  sessions: { standardId: "http://www.opencadc.org/std/platform#session-1", path: "/skaha/v1/session" }
}

const limitRange: Server = {
  ...today,
  profile: "1.4-limit-range",
  context: {
    cores: { default: 1, defaultRequest: 1, defaultLimit: 8 },
    ram: { default: 4, defaultRequest: 4, defaultLimit: 32 },
    tellsLimit: true
  },
  ramNotOffered: 193,
  most: { cores: 16, gibibytes: 192 }
}

const first: Server = {
  ...today,
  profile: "1.0",
  features: [],
  words: { completed: "Completed", failed: "Failed (BackoffLimitExceeded)" },
  listsApps: true,
  context: { ...today.context, tellsLimit: false },
  most: { cores: capacity.cores, gibibytes: capacity.ram },
  countsInstances: true
}

const legacy: Server = {
  ...first,
  profile: "0.29",
  version: "v0",
  words: { completed: "Succeeded", failed: "Failed" },
  startsPending: false,
  ramOf: gigabytes,
  noGpus: {},
  tellsFixed: false,
  enforcesLabels: true,
  destroys: { unknown: "SessionNotFound", foreign: "Forbidden" },
  context: {
    cores: { ...first.context.cores, defaultHeadless: 2 },
    ram: { ...first.context.ram, defaultHeadless: 8 },
    tellsLimit: false
  },
  sessions: { standardId: "vos://cadc.nrc.ca~vospace/CADC/std/Proc#sessions-1.0", path: "/skaha/v0" }
}

/** Every server that is out there. */
export const servers: ReadonlyArray<Server> = [today, limitRange, first, legacy]

/** The server of that name. */
export const serverOf = (name: string): Server => {
  const found = servers.find(({ profile }) => profile === name)
  if (found === undefined) throw new Error(`${name} is none of ${servers.map(({ profile }) => profile).join(", ")}`)
  return found
}

/** The server that this run is about. */
export const server: Server = serverOf(process.env["SKAHA_TEST_PROFILE"] ?? today.profile)

/** The start of its paths, below the server's prefix. */
export const api = `/${server.version}`
