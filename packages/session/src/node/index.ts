/**
 * What of `@skaha/session` needs Node.
 */
export * as BulkWorkers from "./BulkWorkers.ts"
export * from "./saveLogs.ts"
