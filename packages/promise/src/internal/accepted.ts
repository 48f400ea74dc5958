/**
 * The options that the methods of sessions have: any other is refused.
 */
import type { BatchOptions, FollowLogsOptions, WaitOptions, WatchOptions } from "../LifeOptions.ts"
import type {
  BulkOptions,
  CreateOptions,
  DestroyWithOptions,
  SaveLogsOptions,
  SpecOptions,
  StreamOptions,
  TextOptions
} from "../SessionOptions.ts"
import { callOptions } from "./callOptions.ts"

/** The options of calls that can be followed. */
const streamOptions = [...callOptions, "onProgress"] satisfies ReadonlyArray<keyof StreamOptions>
/** The options of calls about several sessions. */
const bulkOptions = [...streamOptions, "errors"] satisfies ReadonlyArray<keyof BulkOptions>

/** What calls take beside their ids: streams, calls about several sessions, those that read texts, that save, that select. */
export const streamDetails = { accepts: streamOptions }
export const bulkDetails = { accepts: bulkOptions }
export const textDetails = { accepts: [...bulkOptions, "verbose"] satisfies ReadonlyArray<keyof TextOptions> }
export const saveDetails = { accepts: [...bulkOptions, "resume"] satisfies ReadonlyArray<keyof SaveLogsOptions> }
export const destroyWithDetails = {
  accepts: [...bulkOptions, "kind", "status"] satisfies ReadonlyArray<keyof DestroyWithOptions>
}

/** What is to be created. */
const specOptions = [
  "name",
  "image",
  "cores",
  "ram",
  "gpu",
  "gpus",
  "cmd",
  "args",
  "env",
  "replicas",
  "numbered",
  "allowUnsafe",
  "resume",
  "twins"
] satisfies ReadonlyArray<keyof SpecOptions>

/** What a create takes. */
export const createOptions = [...bulkOptions, ...specOptions, "kind"] satisfies ReadonlyArray<keyof CreateOptions>

/** What calls about the life of sessions take: those that wait, watch, follow, and run to the end. */
export const waitDetails = {
  accepts: [...bulkOptions, "limit", "interval"] satisfies ReadonlyArray<keyof WaitOptions>
}
export const watchDetails = {
  accepts: [...callOptions, "ids", "kind", "prefix", "existing", "expiringWithin", "interval"] satisfies ReadonlyArray<
    keyof WatchOptions
  >
}
export const followDetails = { accepts: [...callOptions, "interval"] satisfies ReadonlyArray<keyof FollowLogsOptions> }
export const batchDetails = {
  accepts: [...streamOptions, ...specOptions, "retries", "keep", "limit", "onReplica"] satisfies ReadonlyArray<
    keyof BatchOptions
  >
}
