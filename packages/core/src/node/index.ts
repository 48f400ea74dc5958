/**
 * What of `@skaha/core` needs Node.
 */
export * as CadcCertificate from "./CadcCertificate.ts"
export * as Certificate from "./Certificate.ts"
export * as UndiciTransport from "./UndiciTransport.ts"
