import type { Capacity } from "./capacity.ts"
import type { LimitRange } from "./limitRange.ts"
import type { ResourceContext } from "./resources.ts"

/** What is configured about resources: all that the documents about them are made of. */
export interface ResourceSettings {
  /** The operator's choices of resources. */
  readonly context: ResourceContext
  /** The cluster's own, where the profile has them. */
  readonly limitRange: LimitRange
  readonly maxInteractiveSessions: number
  readonly capacity: Capacity
}
