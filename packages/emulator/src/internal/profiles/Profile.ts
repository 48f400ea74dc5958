import type { EmulatorReply } from "../../Exchange.ts"
import type { Outage } from "../../Fault.ts"
import type { Checked } from "../http/replies.ts"
import type { Session } from "../lifecycle/session.ts"
import type { ResourceContext } from "../resources/resources.ts"
import type { ResourceSettings } from "../resources/settings.ts"

/** The servers that are out there. */
export const profileNames = ["1.4", "1.4-limit-range", "1.0", "0.29"] as const
export type ProfileName = (typeof profileNames)[number]

/**
 * What the servers that are out there do differently. What is not in here they have in common.
 *
 * Each is a release: a difference between two of them is a difference between two members.
 */
export interface Profile {
  /** The version in the path of every endpoint. */
  readonly version: "v0" | "v1"
  /** The answer to a caller without any credential. */
  readonly anonymous: EmulatorReply
  /** The capabilities that the server says it has, by the path under its own URL. */
  readonly capabilities: ReadonlyArray<readonly [standardId: string, path: string]>
  /** How a create is checked. */
  readonly creates: {
    /** Whether an image of the cache must be labelled with the session's type, and others need credentials at once. */
    readonly enforcesImageLabels: boolean
    /** Whether cores and ram may have a fraction: otherwise `2.5` is not a number. */
    readonly acceptsFractions: boolean
    /** Whether a blank type means none. */
    readonly acceptsBlankType: boolean
    /** Whether a blank number of GPUs means none. */
    readonly acceptsBlankGpus: boolean
    /** What is said of a name that is blank. */
    readonly blankName: string
    /** Whether finished interactive sessions count toward the limit as long as they are listed. */
    readonly countsFinished: boolean
  }
  /** Whether an id must be a Kubernetes label value: otherwise it is merely unknown. */
  readonly checksLabels: boolean
  /** What lists show. */
  readonly lists: {
    /** Whether desktop-apps are among the sessions. */
    readonly showsApps: boolean
    /** Whether there is a view `interactive`. */
    readonly hasInteractiveView: boolean
  }
  /** How sessions are destroyed. */
  readonly destroys: {
    /** Whether unknown and foreign sessions are errors. */
    readonly refusesOthers: boolean
    /** Whether a desktop takes its apps with it. */
    readonly takesApps: boolean
  }
  /** The word for the state of a session. */
  readonly status: (session: Session, now: number) => string
  /** A session's document as its owner sees it: what is undefined is left out. */
  readonly row: (session: Session, now: number, origin: string) => Readonly<Record<string, unknown>>
  /** When a session started, or `undefined` to leave it out. */
  readonly startTime: (session: Session, now: number) => string | undefined
  /** The choices of resources. */
  readonly resources: (settings: ResourceSettings) => ResourceContext
  readonly context: (settings: ResourceSettings) => EmulatorReply
  readonly statistics: (
    settings: ResourceSettings,
    jobs: ReadonlyArray<Session>,
    now: number,
    outage: Outage | undefined
  ) => Checked<string>
}
