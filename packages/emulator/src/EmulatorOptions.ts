import type * as Redacted from "effect/Redacted"
import type { Image } from "./internal/images/images.ts"
import type { ResourceContext } from "./internal/resources/resources.ts"
import type { Job, Script } from "./Runner.ts"

/** How an emulated platform is set up. */
export interface EmulatorOptions {
  /** The one valid bearer token. Default: made at random. */
  readonly token?: string | Redacted.Redacted | undefined
  /** Whose token it is. Default `alice` (user id 1001). */
  readonly user?: string | undefined
  /** How long every request waits before it is handled, in milliseconds. Default 0. */
  readonly latency?: number | undefined
  /** How long a new session or desktop-app stays `Pending`, in seconds. Default 2. */
  readonly pending?: number | undefined
  /** How many interactive sessions may be pending or running at once. Default 5. */
  readonly maxInteractiveSessions?: number | undefined
  /** The public images: others need registry credentials. Default: one or two for every session type. */
  readonly images?: ReadonlyArray<Image> | undefined
  /** The trusted image registries. Default `["images.canfar.net"]`. */
  readonly hosts?: ReadonlyArray<string> | undefined
  /** What sessions may ask for. Default: what the platform is shipped with (1–16 cores, 1–192 GiB, 1–28 GPUs). */
  readonly context?: ResourceContext | undefined
  /** What the cluster has: cores, and memory in GiB. Reported, not enforced. Default 64 and 512. */
  readonly capacity?: { readonly cores: number; readonly ram: number } | undefined
  /** Makes the ids of sessions the same in every run. Default: they are random. */
  readonly seed?: string | number | undefined
}

/** Options of a platform whose headless sessions are scripted. */
export interface ScriptedOptions extends EmulatorOptions {
  /** What a headless session does. Default: see {@link Runner.layer}. */
  readonly script?: ((job: Job) => Script) | undefined
}
