/**
 * The options that the methods of sessions have: any other is refused.
 */
import type {
  BulkOptions,
  CreateOptions,
  DestroyWithOptions,
  SaveLogsOptions,
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

/** What a create takes. */
export const createOptions = [
  ...bulkOptions,
  "name",
  "image",
  "kind",
  "cores",
  "ram",
  "gpu",
  "gpus",
  "cmd",
  "args",
  "env",
  "replicas",
  "numbered",
  "allowUnsafe"
] satisfies ReadonlyArray<keyof CreateOptions>
