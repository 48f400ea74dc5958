/**
 * The servers that a search has found, with names, and with what was known of them before.
 */
import * as Result from "effect/Result"
import { isCompleteServer, mergeServers, type ServerRecord } from "../ServerRecord.ts"
import type { SkahaError } from "../SkahaError.ts"
import type { RegistryEntry } from "../wire/Registry.ts"
import type { Availability } from "../wire/Vosi.ts"
import { freeServerName } from "./listedServers.ts"
import type { ProbedServer } from "./probeServer.ts"

/** A server that was asked what it is, and its answer. */
export interface AskedServer extends RegistryEntry {
  readonly answer: Result.Result<ProbedServer, SkahaError>
}

/** A server that was asked in vain. */
interface SilentServer extends RegistryEntry {
  readonly name: string
  readonly error: SkahaError
}

interface Assembled {
  readonly servers: ReadonlyArray<ServerRecord>
  readonly silent: ReadonlyArray<SilentServer>
  readonly availability: ReadonlyMap<string, Availability>
}

/** Which name each URI has: the one by which it is known, or one that is free. */
const namesOf = (
  uris: ReadonlySet<string>,
  idp: string,
  own: ReadonlyArray<ServerRecord>,
  others: ReadonlyArray<ServerRecord>
): ReadonlyMap<string, string> => {
  const names = new Map<string, string>()
  // The server of another provider must not become this one's: its users' credentials would follow.
  const taken = new Set(others.map(({ name }) => name))
  const give = (uri: string, name: string) => {
    names.set(uri, name)
    taken.add(name)
  }
  for (const { uri, name } of own) {
    if (uri !== undefined && uris.has(uri) && !names.has(uri)) give(uri, name)
  }
  for (const uri of uris) {
    if (!names.has(uri)) {
      give(
        uri,
        freeServerName(uri, idp, (name) => taken.has(name))
      )
    }
  }
  return names
}

/**
 * Puts together what a search has found, given in the order in which the registries have it. Of several addresses of
 * one URI the first that answers is the server's.
 */
export const assembleServers = (
  idp: string,
  asked: ReadonlyArray<AskedServer>,
  saved: ReadonlyArray<ServerRecord>
): Assembled => {
  const own = saved.filter((server) => server.idp === idp)
  const others = saved.filter((server) => server.idp !== idp)
  const names = namesOf(new Set(asked.map(({ uri }) => uri)), idp, own, others)
  const servers = new Map<string, ServerRecord>()
  const silent: Array<SilentServer> = []
  const availability = new Map<string, Availability>()
  for (const { uri, url, answer } of asked) {
    const name = names.get(uri) ?? uri
    if (Result.isFailure(answer)) {
      silent.push({ name, uri, url, error: answer.failure })
    } else if (!servers.has(name)) {
      const { availability: said, ...endpoint } = answer.success
      const known = own.find((server) => server.name === name)
      servers.set(name, { ...known, name, idp, uri, ...endpoint })
      if (said !== undefined) availability.set(name, said)
    }
  }
  // Silent now, but known from another time.
  const known = own.filter((server) => isCompleteServer(server) && silent.some(({ name }) => name === server.name))
  return { servers: mergeServers(known, [...servers.values()]), silent, availability }
}
