/**
 * What of `@skaha/core` needs Node.
 */
export * from "./Configuration.ts"
export * from "./configurationEnvironment.ts"
export * from "./ConfigurationFile.ts"
export * from "./LoginNotes.ts"
export * as UndiciTransport from "./UndiciTransport.ts"
