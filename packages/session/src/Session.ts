/**
 * A session, as typed values.
 */
import { SessionReply, type PublicSessionReply, type WirePublicSession, type WireSession } from "@skaha/core"
import type * as DateTime from "effect/DateTime"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"

/** The kinds that a session can be created as. */
export const kinds = ["carta", "contributed", "desktop", "firefly", "headless", "notebook"] as const

/** A kind that a session can be created as. */
export type Kind = (typeof kinds)[number]

/** The kind of a session that exists: also `desktop-app`, or one that this version does not know. */
export type SessionKind = Kind | "desktop-app" | (string & {})

/** The status of a session; today's servers know these, others are passed on. */
export type SessionStatus = "Pending" | "Running" | "Completed" | "Failed" | "Terminating" | (string & {})

/** Several words for one thing: pods succeed, jobs are complete; today's servers say the second. */
const todaysWord: ReadonlyMap<string, string> = new Map([
  ["succeeded", "Completed"],
  ["complete", "Completed"],
  ["completed", "Completed"],
  ["error", "Failed"],
  ["failed", "Failed"]
])

/** Servers up to 1.0.3 add why: `Failed (DeadlineExceeded)`. */
const reason = / \([^()]*\)$/

/**
 * The status in today's words: `Completed` for `Succeeded`, `Failed` for `Error` and for `Failed (…)` with whatever
 * reason; any other as it is.
 */
export const todaysStatus = (status: string): SessionStatus =>
  todaysWord.get(status.replace(reason, "").toLowerCase()) ?? status

/** Whether a server may have another word for this status, so that its exact comparison would miss one. */
export const hasOtherWords = (status: string): boolean => todaysWord.has(status.toLowerCase())

/** What a session asked for, or uses. */
export interface Resources {
  /** CPU cores; absent when unknown or flexible. */
  readonly cores?: number | undefined
  /** RAM in GB (10⁹ bytes); absent when unknown or flexible. */
  readonly ram?: number | undefined
  /** GPUs; absent when unknown. */
  readonly gpus?: number | undefined
}

const resources = (cores: number | undefined, ram: number | undefined, gpus?: number): Resources => {
  const known: { -readonly [Name in keyof Resources]: Resources[Name] } = {}
  if (cores !== undefined) known.cores = cores
  if (ram !== undefined) known.ram = ram
  if (gpus !== undefined) known.gpus = gpus
  return known
}

/** A session of the caller's. What the server does not say is absent. */
export class Session {
  readonly #wire: WireSession
  /** Eight letters and digits; of a desktop app, the id of its desktop. It doubles as a password: keep it. */
  readonly id: string
  /** The owner's name. */
  readonly userId: string
  readonly kind: SessionKind
  readonly status: SessionStatus
  /** The name, in lower case as the server stores it. */
  declare readonly name?: string | undefined
  /** The id of a desktop app within its desktop. */
  declare readonly appId?: string | undefined
  /** The container image. */
  declare readonly image?: string | undefined
  /** When it started: on today's servers already while it is pending, on old ones once it runs. */
  declare readonly startTime?: DateTime.Utc | undefined
  /** When the platform will end it, unless it is renewed. */
  declare readonly expiryTime?: DateTime.Utc | undefined
  /** Where to open it in a browser. Its query is a password. Absent for headless sessions and apps. */
  declare readonly connectUrl?: Redacted.Redacted | undefined
  /** What it asked for. */
  readonly requested: Resources
  /** What it uses now, where the platform measures it. */
  readonly inUse: Resources
  /** `true` when the RAM is guaranteed, `false` when it is flexible. */
  declare readonly isFixedResources?: boolean | undefined
  /** The user's number within the session. */
  declare readonly uid?: number | undefined
  /** The group's number within the session. */
  declare readonly gid?: number | undefined
  readonly supplementalGroups: ReadonlyArray<number>

  constructor(reply: typeof SessionReply.Type, wire: WireSession) {
    this.#wire = wire
    this.id = reply.id
    this.userId = reply.userid
    this.kind = reply.type
    this.status = todaysStatus(reply.status)
    this.requested = resources(reply.requestedCPUCores, reply.requestedRAM, reply.requestedGPUCores)
    this.inUse = resources(reply.cpuCoresInUse, reply.ramInUse)
    this.supplementalGroups = reply.supplementalGroups ?? []
    // What is absent is not there. One by one: lists hold many thousand sessions.
    if (reply.name !== undefined) this.name = reply.name
    if (reply.appid !== undefined) this.appId = reply.appid
    if (reply.image !== undefined) this.image = reply.image
    if (reply.startTime !== undefined) this.startTime = reply.startTime
    if (reply.expiryTime !== undefined) this.expiryTime = reply.expiryTime
    if (reply.connectURL !== undefined) this.connectUrl = Redacted.make(reply.connectURL)
    if (reply.isFixedResources !== undefined) this.isFixedResources = reply.isFixedResources
    if (reply.runAsUID !== undefined) this.uid = reply.runAsUID
    if (reply.runAsGID !== undefined) this.gid = reply.runAsGID
  }

  /**
   * A session made of a reply, as a mock needs it. Throws when the reply lacks its id, user, type or status.
   *
   * @example
   * ```ts
   * import { Session } from "@skaha/session"
   *
   * const running = Session.fromWire({ id: "abcd1234", userid: "me", type: "headless", status: "Running" })
   * ```
   */
  static fromWire(wire: WireSession): Session {
    return new Session(Schema.decodeUnknownSync(SessionReply)(wire), wire)
  }

  /** The reply this was read from, keys and values as the server sent them. It holds the connect URL in clear. */
  get wire(): WireSession {
    return this.#wire
  }
}

/** A session of whatever user, as the view of all sessions shows it. */
export class PublicSession {
  readonly #wire: WirePublicSession
  readonly userId: string
  readonly kind: SessionKind
  readonly status: SessionStatus
  /** When it started, as in {@link Session}. */
  declare readonly startTime?: DateTime.Utc | undefined

  constructor(reply: typeof PublicSessionReply.Type, wire: WirePublicSession) {
    this.#wire = wire
    this.userId = reply.userid
    this.kind = reply.type
    this.status = todaysStatus(reply.status)
    if (reply.startTime !== undefined) this.startTime = reply.startTime
  }

  /** The reply this was read from, keys and values as the server sent them. */
  get wire(): WirePublicSession {
    return this.#wire
  }
}
