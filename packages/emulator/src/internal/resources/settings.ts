import type { LimitRange } from "./limitRange.ts"
import type { ResourceContext } from "./resources.ts"

/** What is configured about resources: all that the documents about them are made of. */
export interface ResourceSettings {
  /** The operator's choices of resources. */
  readonly context: ResourceContext
  /** The cluster's own, where the profile has them. */
  readonly limitRange: LimitRange
  readonly maxInteractiveSessions: number
  /** What the one node has: cores, memory in GiB, and GPUs, of which there are always enough if they are not given. */
  readonly capacity: { readonly cores: number; readonly ram: number; readonly gpus?: number | undefined }
}
