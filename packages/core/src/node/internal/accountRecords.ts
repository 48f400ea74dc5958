/**
 * What becomes of a configuration when logins and servers come and go.
 */
import * as Effect from "effect/Effect"
import type { Certificate } from "../Certificate.ts"
import * as Result from "effect/Result"
import type { ServerRecord } from "../../ServerRecord.ts"
import type { AuthenticationRecord, Configuration } from "../Configuration.ts"
import { defaults, readConfiguration } from "./configurationRules.ts"

/** The saved login with a provider. */
export const recordAt = ({ authentication }: Configuration, idp: string): AuthenticationRecord | undefined =>
  Object.hasOwn(authentication, idp) ? authentication[idp] : undefined

/** The known servers, in the terms of discovery. */
export const serversOf = ({ servers }: Configuration): ReadonlyArray<ServerRecord> =>
  Object.entries(servers).map(([name, server]) => ({ ...server, name, idp: server.idp ?? "" }))

/** With what is known of some servers now; what is not known of them stays, and so do all others. */
export const withServers = (now: Configuration, servers: ReadonlyArray<ServerRecord>): Configuration => ({
  ...now,
  servers: {
    ...now.servers,
    ...Object.fromEntries(servers.map((server) => [server.name, { ...now.servers[server.name], ...server }]))
  }
})

/** With a login in place of whatever was saved for its provider. */
export const withRecord = (now: Configuration, record: AuthenticationRecord): Configuration => ({
  ...now,
  authentication: { ...now.authentication, [record.idp]: record }
})

const isOwn = ({ servers }: Configuration, idp: string, name: string | undefined): name is string =>
  name !== undefined && Object.hasOwn(servers, name) && servers[name]?.idp === idp

/** The server that is in use with each provider, or was when it was used last. */
const rememberedOf = (now: Configuration): Readonly<Record<string, string>> => {
  const { authentication, server, servers } = now.active
  return isOwn(now, authentication, server) ? { ...servers, [authentication]: server } : servers
}

/** The server that was used last with a provider. */
export const rememberedAt = (now: Configuration, idp: string): string | undefined => {
  const remembered = rememberedOf(now)
  return Object.hasOwn(remembered, idp) ? remembered[idp] : undefined
}

/** With a login in use, and a server: the given one, or else the one that was used last with it, if there is one. */
export const switched = (now: Configuration, idp: string, given?: string): Configuration => {
  const remembered = rememberedOf(now)
  const own = isOwn(now, idp, now.active.server) ? now.active.server : undefined
  const server = given ?? rememberedAt(now, idp) ?? own
  return {
    ...now,
    active: {
      ...now.active,
      authentication: idp,
      server,
      servers: server === undefined ? remembered : { ...remembered, [idp]: server }
    }
  }
}

/** Without any login or server but those that hold without a file. */
export const purged = (now: Configuration, home: string): Configuration => {
  const { active, authentication, servers } = Result.getOrThrow(readConfiguration(defaults(home), home))
  return { ...now, active, authentication, servers }
}

const without = <A>(records: Readonly<Record<string, A>>, isGone: (key: string, value: A) => boolean) =>
  Object.fromEntries(Object.entries(records).filter(([key, value]) => !isGone(key, value)))

/** Without a login and its provider's servers. Without the one in use, the first of the others is. */
export const removed = (now: Configuration, idp: string, home: string): Configuration => {
  const left: Configuration = {
    ...now,
    authentication: without(now.authentication, (key) => key === idp),
    servers: without(now.servers, (_, server) => server.idp === idp)
  }
  const [first] = Object.keys(left.authentication)
  if (first === undefined) return purged(now, home)
  const remembered = without(rememberedOf(now), (key) => key === idp)
  const { server } = now.active
  const active = { ...now.active, server: server !== undefined && server in left.servers ? server : undefined }
  const kept = { ...left, active: { ...active, servers: remembered } }
  return now.active.authentication === idp ? switched(kept, first) : kept
}

/** Without a configuration file there still may be CADC's certificate; if there is none, nobody has signed in. */
export const isThere = (certificate: Certificate) =>
  certificate.current.pipe(
    Effect.as(true),
    Effect.catchTag("CertificateUnusable", ({ reason }) => Effect.succeed(reason !== "missing"))
  )
