export { Emulator } from "./Emulator.ts"
export type { EmulatorOptions, ScriptedOptions } from "./EmulatorOptions.ts"
export {
  type ClientCertificate,
  ConnectionReset,
  type EmulatorReply,
  type EmulatorRequest,
  type JournalEntry,
  type Pace
} from "./Exchange.ts"
export type {
  Distribution,
  Fault,
  FaultAction,
  FaultDuration,
  FaultMatch,
  Handled,
  Latency,
  Outage,
  Page
} from "./Fault.ts"
export type { IdentityManager } from "./internal/callers/identify.ts"
export { type EmulatorUser, type Refusal, UsersClash } from "./internal/callers/users.ts"
export type { Image } from "./internal/images/images.ts"
export type { ProfileName } from "./internal/profiles/Profile.ts"
export type { Capacity } from "./internal/resources/capacity.ts"
export type { LimitRange } from "./internal/resources/limitRange.ts"
export type { ResourceContext, ResourceOptions } from "./internal/resources/resources.ts"
export { type Job, type JobReport, type JobRun, type JobState, Runner, type Script } from "./Runner.ts"
export { type LoadedSession, StateStore, storedKey, StoredSession } from "./StateStore.ts"
