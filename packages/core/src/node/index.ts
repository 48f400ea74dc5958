/**
 * What of `@skaha/core` needs Node.
 */
export * as UndiciTransport from "./UndiciTransport.ts"
