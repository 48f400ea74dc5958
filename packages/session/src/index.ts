/**
 * What people do on a Skaha platform, as Effect services: sessions, images, and the platform itself.
 */
export * from "./BulkExecutor.ts"
export * from "./Context.ts"
export type * from "./DesktopApps.ts"
export * as distributed from "./distributed.ts"
export * from "./ImageReference.ts"
export * from "./Images.ts"
export * as Outcome from "./Outcome.ts"
export * from "./Overview.ts"
export * as Progress from "./Progress.ts"
export * from "./Session.ts"
export * from "./SessionId.ts"
export * from "./Sessions.ts"
export type { SessionSpec } from "./SessionSpec.ts"
export * as Skaha from "./Skaha.ts"
export * from "./Stats.ts"
export * from "./workersProblems.ts"
