/**
 * `GET session`, `GET session/{id}`, `GET session/{id}/app`: sessions as the platform reports them.
 */
import * as Schema from "effect/Schema"
import { row } from "./Row.ts"
import { Count, Gibibytes, Integers, Percent, Text, Time, Truth } from "./Tolerant.ts"

/**
 * A session. Only what every server sends is required. RAM is in GB (10⁹ bytes): today's servers write it so, without
 * a unit, while those up to 0.30 wrote the cluster's `4Gi` as `4G`.
 */
export const SessionReply = row({
  id: Schema.NonEmptyString,
  userid: Schema.String,
  type: Schema.NonEmptyString,
  status: Schema.NonEmptyString,
  runAsUID: Count,
  runAsGID: Count,
  supplementalGroups: Integers,
  appid: Text,
  image: Text,
  name: Text,
  startTime: Time,
  expiryTime: Time,
  connectURL: Text,
  requestedRAM: Gibibytes,
  requestedCPUCores: Count,
  requestedGPUCores: Count,
  ramInUse: Gibibytes,
  cpuCoresInUse: Count,
  gpuRAMInUse: Text,
  gpuUtilization: Percent,
  isFixedResources: Truth
})

/** A session of whatever user, as `view=all` shows it. */
export const PublicSessionReply = row({
  userid: Schema.String,
  type: Schema.NonEmptyString,
  status: Schema.NonEmptyString,
  startTime: Time
})

/**
 * A session as it comes over the wire: every key and value is the server's own. The types are those of the contract;
 * of an old or strange server, a value may be another.
 */
export type WireSession = typeof SessionReply.Encoded & { readonly [key: string]: unknown }

/** A row of `view=all` as it comes over the wire. */
export type WirePublicSession = typeof PublicSessionReply.Encoded & { readonly [key: string]: unknown }
