/**
 * What of `@skaha/core` needs Node.
 */
export * from "./Accounts.ts"
export * as CadcCertificate from "./CadcCertificate.ts"
export * as Certificate from "./Certificate.ts"
export * as DeviceLogin from "./DeviceLogin.ts"
export * as Login from "./Login.ts"
export * as OpenId from "./OpenId.ts"
export * as OpenIdCredentials from "./OpenIdCredentials.ts"
export * from "./Configuration.ts"
export * from "./configurationEnvironment.ts"
export * from "./ConfigurationFile.ts"
export * from "./fileUnwritable.ts"
export * from "./Relay.ts"
export * as SavedLogin from "./SavedLogin.ts"
export * as SignIn from "./SignIn.ts"
export * from "./LoginNotes.ts"
export * as UndiciTransport from "./UndiciTransport.ts"
