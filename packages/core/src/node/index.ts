/**
 * What of `@skaha/core` needs Node.
 */
export * as Certificate from "./Certificate.ts"
export * as UndiciTransport from "./UndiciTransport.ts"
