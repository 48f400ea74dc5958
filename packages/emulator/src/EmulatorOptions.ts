import type * as Redacted from "effect/Redacted"
import type { Fault, Latency } from "./Fault.ts"
import type { IdentityManager } from "./internal/callers/identify.ts"
import type { EmulatorUser } from "./internal/callers/users.ts"
import type { Image } from "./internal/images/images.ts"
import type { ProfileName } from "./internal/profiles/Profile.ts"
import type { Capacity } from "./internal/resources/capacity.ts"
import type { LimitRange } from "./internal/resources/limitRange.ts"
import type { ResourceContext } from "./internal/resources/resources.ts"
import type { Job, Script } from "./Runner.ts"

/** How an emulated platform is set up. */
export interface EmulatorOptions {
  /**
   * Which of the servers that are out there this is:
   *
   * - `1.4`: today's. The default.
   * - `1.4-limit-range`: the same on a cluster whose limit range takes the place of the file with the choices.
   * - `1.0`: the first series that reads Kubernetes jobs, as of 1.0.3.
   * - `0.29`: the last of `/v0`, as of 0.29.2.
   */
  readonly profile?: ProfileName | undefined
  /** The first user's bearer token. Default: made at random. */
  readonly token?: string | Redacted.Redacted | undefined
  /** Whose token it is. Default `alice` (user id 1001). */
  readonly user?: string | undefined
  /** The subject of the first user's client certificate, as in {@link EmulatorUser}. Default: they have none. */
  readonly subject?: string | undefined
  /** Further users. Two with the same name or credential are a defect (`UsersClash`). Nobody sees the sessions of another. */
  readonly users?: ReadonlyArray<EmulatorUser> | undefined
  /**
   * Which credentials the platform understands: `oidc` (the default) bearer tokens alone, `ac` client certificates
   * and cookies as well.
   */
  readonly identityManager?: IdentityManager | undefined
  /** The time before anything is done with a request, also by a fault. A number is milliseconds. Default 0. */
  readonly latency?: Latency | undefined
  /** What goes wrong from the start; `Emulator.setFaults` replaces it. Default: nothing. */
  readonly faults?: ReadonlyArray<Fault> | undefined
  /** How long a session or desktop-app stays `Pending` after there is room for it, in seconds from 0 on. Default 2. */
  readonly pending?: number | undefined
  /** How many interactive sessions of one user may be pending or running at once. Default 5. */
  readonly maxInteractiveSessions?: number | undefined
  /** The public images: others need registry credentials. Default: one or two for every session type. */
  readonly images?: ReadonlyArray<Image> | undefined
  /** The trusted image registries. Default `["images.canfar.net"]`. */
  readonly hosts?: ReadonlyArray<string> | undefined
  /** What sessions may ask for. Default: what the platform is shipped with (1–16 cores, 1–192 GiB, 1–28 GPUs). */
  readonly context?: ResourceContext | undefined
  /** The same for the profile `1.4-limit-range`. Default: 1–16 cores, 1–192 GiB, 1–28 GPUs. */
  readonly limitRange?: LimitRange | undefined
  /**
   * What the cluster has. A session whose requests do not fit in beside what is there stays `Pending` until they do.
   * Default: 64 cores and 512 GiB.
   */
  readonly capacity?: Capacity | undefined
  /**
   * Makes all that is drawn the same in every run: the ids of sessions and apps, latencies and faults. Tokens are not
   * drawn from it. Default: another one each time.
   */
  readonly seed?: string | number | undefined
}

/** Options of a platform whose headless sessions are scripted. */
export interface ScriptedOptions extends EmulatorOptions {
  /** What a headless session does. Default: see {@link Runner.layer}. */
  readonly script?: ((job: Job) => Script) | undefined
}
