/**
 * What every call to a Skaha platform needs: settings, credentials, the transport, the replies' schemas, the errors.
 */
export * from "./Credentials.ts"
export * from "./PlatformClient.ts"
export * from "./Settings.ts"
export * from "./SkahaError.ts"
export * from "./Transport.ts"
export * from "./wire/ContextReply.ts"
export * from "./wire/EventsReply.ts"
export * from "./wire/ImageReply.ts"
export * from "./wire/Registry.ts"
export * from "./wire/SessionReply.ts"
export * from "./wire/StatsReply.ts"
export * from "./wire/Vosi.ts"
