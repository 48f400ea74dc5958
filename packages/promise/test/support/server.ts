/**
 * The server that the suite runs against, and what it says that others say differently.
 *
 * It is today's; `SKAHA_TEST_PROFILE` names another of the emulator's profiles.
 */
import { it } from "@effect/vitest"
import type { ProfileName } from "@skaha/emulator"

/** Keys and values of a document. */
type Wire = Readonly<Record<string, unknown>>

interface Server {
  /** The version of the paths: a client of this server must be told so, unless it is `v1`. */
  readonly version: "v0" | "v1"
  /** Its word for a session that ended well, and for one that did not. */
  readonly completed: string
  readonly failed: string
  /** The status of its answer to somebody without credentials. */
  readonly anonymous: 400 | 401
  /** Whether it refuses to destroy a session that is unknown or another user's: to others that is as good as done. */
  readonly refusesOthers: boolean
  /** Whether an image must be labelled with the kind of the session: others take any. */
  readonly checksLabels: boolean
  /** Whether `view=interactive` means something to it: to others it is any list. */
  readonly hasInteractiveView: boolean
  /** What it says of the sessions in the capabilities: whose id, and where. */
  readonly capability: { readonly standardId: string; readonly path: string }
  /** Of a fresh headless session with 1 core and 4 GiB what not all servers say. */
  readonly row: Wire
  /** When a session starts that is still pending, in its words. */
  readonly pendingStart: RegExp
  /** Whether a session is of fixed resources, and its RAM, when no RAM was asked for. */
  readonly flexible: Wire
  /** The stats of a cluster of 64 cores and 512 GiB with one headless session of 4 cores and 8 GiB. */
  readonly stats: Wire
  /** The context, of `offer`. */
  readonly context: Wire
}

const cores = { default: 2, defaultRequest: 1, defaultLimit: 8, options: [1, 2, 4] }
const memoryGB = { default: 4, defaultRequest: 4, defaultLimit: 32, options: [1, 8] }
const gpus = { options: [1] }

/** What sessions may ask for, in the two ways in which servers are told. */
export const offer = {
  context: { cores, memoryGB, gpus },
  limitRange: {
    defaultRequest: { cores: 1, ram: 4 },
    default: { cores: 8, ram: 32 },
    max: { cores: 4, ram: 6, gpus: 1 }
  }
}

/** What the cluster has, where the stats are those of its nodes. */
const nodes = {
  instances: { session: 0, desktopApp: 0, headless: 1, total: 1 },
  cores: { requestedCPUCores: 4, cpuCoresAvailable: 64, maxCPUCores: { cpuCores: 64, withRam: "512G" } },
  ram: { requestedRAM: "8G", ramAvailable: "512G", maxRAM: { ram: "512G", withCPUCores: 64 } }
}

const today: Server = {
  version: "v1",
  completed: "Completed",
  failed: "Failed",
  anonymous: 400,
  refusesOthers: false,
  checksLabels: false,
  hasInteractiveView: true,
  capability: { standardId: "http://www.opencadc.org/std/platform#session-1", path: "/v1/session" },
  row: {
    connectURL: "",
    requestedRAM: "4.29",
    requestedCPUCores: "1",
    requestedGPUCores: "0",
    isFixedResources: true
  },
  pendingStart: /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?Z$/,
  flexible: { isFixedResources: false, requestedRAM: undefined },
  stats: {
    cores: { requestedCPUCores: 4, cpuCoresAvailable: 64, maxCPUCores: { cpuCores: 8, withRam: "32Gi" } },
    ram: { requestedRAM: "8.59G", ramAvailable: "549.756G", maxRAM: { ram: "32Gi", withCPUCores: 8 } }
  },
  context: { maxInteractiveSessions: "5", cores, memoryGB, gpus }
}

const first: Server = {
  ...today,
  failed: "Failed (BackoffLimitExceeded)",
  anonymous: 401,
  hasInteractiveView: false,
  stats: nodes,
  context: { cores, memoryGB, gpus }
}

const servers: Readonly<Record<ProfileName, Server>> = {
  "1.4": today,
  "1.4-limit-range": {
    ...today,
    stats: {
      cores: { requestedCPUCores: 4, cpuCoresAvailable: 64, maxCPUCores: { cpuCores: 16, withRam: "192G" } },
      ram: { requestedRAM: "8.59G", ramAvailable: "549.756G", maxRAM: { ram: "192G", withCPUCores: 16 } }
    },
    context: {
      maxInteractiveSessions: 5,
      cores: { default: 1, defaultRequest: 1, defaultLimit: 8, options: [1, 2, 3, 4] },
      memoryGB: { default: 4, defaultRequest: 4, defaultLimit: 32, options: [1, 2, 3, 4, 5, 6] },
      gpus
    }
  },
  "1.0": first,
  "0.29": {
    ...first,
    version: "v0",
    completed: "Succeeded",
    failed: "Failed",
    refusesOthers: true,
    checksLabels: true,
    capability: { standardId: "vos://cadc.nrc.ca~vospace/CADC/std/Proc#sessions-1.0", path: "/v0" },
    row: {
      appid: "<none>",
      connectURL: "not-applicable",
      requestedRAM: "4G",
      requestedCPUCores: "1",
      requestedGPUCores: "<none>",
      ramInUse: "<none>",
      gpuRAMInUse: "<none>",
      cpuCoresInUse: "<none>",
      gpuUtilization: "<none>"
    },
    pendingStart: /^<none>$/,
    flexible: { isFixedResources: undefined, requestedRAM: "4G" },
    context: {
      cores: { ...cores, defaultHeadless: 2 },
      memoryGB: { ...memoryGB, defaultHeadless: 4 },
      gpus
    }
  }
}

const isProfile = (name: string): name is ProfileName => Object.hasOwn(servers, name)

const chosenProfile = (name = "1.4"): ProfileName => {
  if (isProfile(name)) return name
  throw new Error(`SKAHA_TEST_PROFILE: ${name} is none of ${Object.keys(servers).join(", ")}`)
}

export const profile = chosenProfile(process.env["SKAHA_TEST_PROFILE"] || undefined)

export const server = servers[profile]

/** Where its endpoints are, after `/skaha`. */
export const root = `/${server.version}`

type Register = (name: string, test: () => Promise<void>) => void

/** A test of what only some servers have: where there is nothing to be tested it is not registered. */
export const itWhere = (isThere: boolean): Register => (isThere ? it : () => {})
