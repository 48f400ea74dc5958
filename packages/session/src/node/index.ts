/**
 * What of `@skaha/session` needs Node.
 */
export * from "./saveLogs.ts"
