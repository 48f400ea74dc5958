/**
 * A Skaha science platform with async/await. `AsyncSession` is the class of that name in the Python client.
 */
export * as authentication from "./authentication.ts"
export { login } from "./authentication.ts"
export * as server from "./server.ts"
export * from "./AsyncSession.ts"
export type { AsyncSessionOptions, ClientOptions, ContainerRegistry, LogLevelName } from "./ClientOptions.ts"
export * from "./Context.ts"
export * from "./Images.ts"
export type * from "./LifeOptions.ts"
export * from "./Overview.ts"
export type * from "./SessionOptions.ts"
export * from "./SessionRequestError.ts"
export type { SkahaPromise, WithResponse } from "./SkahaPromise.ts"
export type { AccountsOptions } from "./internal/accounts.ts"
export type { CallOptions } from "./internal/callOptions.ts"
export type { ErrorsMode } from "./internal/bulk.ts"
export type { ReplyInfo, RetryOptions, WirePublicSession, WireSession } from "@skaha/core"
export {
  Cancelled,
  CertificateUnusable,
  ConfigurationFileBusy,
  ConfigurationFileInvalid,
  ConfigurationFileUnusable,
  ConfigurationInvalid,
  ConnectionFailed,
  CreateUnknown,
  CredentialsExpired,
  CredentialsMisdirected,
  CredentialsMissing,
  CredentialsRefused,
  Forbidden,
  FileUnwritable,
  ForceRequired,
  ImageNotPublic,
  ImageNotTrusted,
  InvalidInput,
  LoginDenied,
  LoginExpired,
  LoginRequired,
  ProviderRefused,
  ProviderUnavailable,
  ProviderUnknown,
  ProviderUnsuitable,
  QuotaReached,
  ReplyUndecodable,
  RequestRefused,
  RequestTimeout,
  ResourceUnavailable,
  ServerBusy,
  ServerFailure,
  ServerSelectionRequired,
  ServerUnknown,
  ServersNotFound,
  SessionAmbiguous,
  SessionEnded,
  SessionNotFound,
  SessionNotReady,
  WaitTimedOut,
  WorkersFailed,
  type CredentialsDescription,
  type SkahaError
} from "@skaha/core"
export {
  distributed,
  type BatchReplica,
  type Capability,
  type Kind,
  type ProbableCause,
  type PublicFilter,
  type Resources,
  type SessionFilter,
  type SessionStatus
} from "@skaha/session"
