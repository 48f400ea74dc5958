/**
 * The Python client's rules for its configuration file: what may stand there, and what it means.
 */
import { join } from "node:path"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as SchemaIssue from "effect/SchemaIssue"
import { Configuration } from "../Configuration.ts"
import { isMapping, mapValues, withoutNulls, type Mapping, type Path } from "./plain.ts"

/** What is wrong, and where. A value is never quoted: it may be a secret. */
export interface Misfit {
  readonly path: Path
  readonly message: string
}

/** What holds where there is no file, or a file without these sections. */
export const defaults = (home: string): Mapping => ({
  version: 1,
  active: { authentication: "cadc", server: "canfar", servers: {} },
  authentication: { cadc: { idp: "cadc", mode: "x509", path: join(home, ".ssl", "cadcproxy.pem"), expiry: 0 } },
  servers: {
    canfar: {
      name: "canfar",
      idp: "cadc",
      uri: "ivo://cadc.nrc.ca/skaha",
      url: "https://ws-uv.canfar.net/skaha",
      version: "v1",
      auths: ["x509"]
    }
  }
})

/** The keys that a mapping may have, and those of the mappings in it; `*` stands for any. */
interface Keys {
  readonly [key: string]: Keys | null
}

const limits: Keys = { min: null, max: null }
const resources: Keys = {
  flexible: { cores: limits, ram: limits },
  fixed: { cores: limits, ram: limits },
  gpus: limits,
  sessions: null
}
const server: Keys = { name: null, idp: null, uri: null, url: null, version: null, auths: null }
const serverOf: Readonly<Record<1 | 2, Keys>> = {
  1: { ...server, cores: null, ram: null, gpus: null, status: null },
  2: { ...server, storage: { "*": { uri: null, url: null } }, resources }
}

/** Python ignores what it does not know in the other sections. */
const keysOf = (version: 1 | 2): Keys => ({
  version: null,
  active: null,
  authentication: null,
  servers: { "*": serverOf[version] },
  registry: null,
  console: null
})

const unknownKeys = (value: unknown, keys: Keys, path: Path = []): ReadonlyArray<Misfit> =>
  Object.entries(isMapping(value) ? value : {}).flatMap(([key, inner]) => {
    const known = Object.hasOwn(keys, key) ? keys[key] : keys["*"]
    const here = [...path, key]
    if (known === undefined) return [{ path: here, message: "is not a key of this file" }]
    return known === null ? [] : unknownKeys(inner, known, here)
  })

/** The schema says the rest itself. */
const wordOf: SchemaIssue.LeafHook = (issue) => {
  if (issue._tag === "MissingKey") return "is missing"
  const isMappingWanted = issue._tag === "InvalidType" && issue.ast._tag === "Objects"
  return isMappingWanted ? "is not a mapping" : SchemaIssue.defaultLeafHook(issue)
}

const format = SchemaIssue.makeFormatterStandardSchemaV1({ leafHook: wordOf })

const misfitsOf = ({ issue }: Schema.SchemaError): ReadonlyArray<Misfit> =>
  format(issue).issues.map(({ message, path = [] }) => ({
    message,
    path: path.map((key) => String(typeof key === "object" ? key.key : key))
  }))

/** A path as it may be shown. A key of an odd form is not: somebody may have put a secret in its place. */
export const shownPath = (path: Path): string =>
  path.map((key) => (/^(?:[A-Za-z][A-Za-z0-9_-]{0,39}|\d{1,4})$/.test(key) ? key : "…")).join(".")

const name = /^[A-Za-z][A-Za-z0-9_-]*$/

const badNames = (section: string, records: object): ReadonlyArray<Misfit> =>
  Object.keys(records)
    .filter((key) => !name.test(key))
    .map((key) => ({ path: [section, key], message: "is not a name: a letter, then letters, digits, _ and -" }))

const badReferences = ({ active, authentication, servers }: Configuration): ReadonlyArray<Misfit> => {
  const misfits: Array<Misfit> = []
  if (!Object.hasOwn(authentication, active.authentication)) {
    misfits.push({ path: ["active", "authentication"], message: "names no record of authentication" })
  }
  if (active.server !== undefined && !Object.hasOwn(servers, active.server)) {
    misfits.push({ path: ["active", "server"], message: "names no record of servers" })
  }
  for (const [idp, remembered] of Object.entries(active.servers)) {
    const path = ["active", "servers", idp]
    if (!Object.hasOwn(authentication, idp)) misfits.push({ path, message: "names no record of authentication" })
    else if (!Object.hasOwn(servers, remembered)) misfits.push({ path, message: "names no record of servers" })
    else if (servers[remembered]?.idp !== idp) misfits.push({ path, message: "is a server of another provider" })
  }
  return misfits
}

const isStorageName = (text: string): boolean =>
  !/[:\r\n]/.test(text) && !text.includes("\0") && !/^\s*(?:local\s*$|-|$)/.test(text)

const badStorage = ({ servers }: Configuration): ReadonlyArray<Misfit> => {
  const seen = new Set<string>()
  return Object.entries(servers).flatMap(([key, { storage = {} }]) =>
    Object.keys(storage).flatMap((identifier) => {
      const path = ["servers", key, "storage", identifier]
      if (!isStorageName(identifier)) return [{ path, message: "is not a name of storage" }]
      if (seen.has(identifier.trim())) return [{ path, message: "is there twice" }]
      seen.add(identifier.trim())
      return []
    })
  )
}

const badRegistry = ({ registry }: Configuration): ReadonlyArray<Misfit> => {
  if ((registry.username === undefined) === (registry.secret === undefined)) return []
  const missing = registry.username === undefined ? "username" : "secret"
  return [{ path: ["registry", missing], message: "is missing: user and secret come together" }]
}

/** The key is the name, whatever the record says. */
const named = (records: unknown, field: string): unknown =>
  isMapping(records)
    ? mapValues(records, (record, key) =>
        // What is no text is a mistake, which must be found.
        isMapping(record) && typeof (record[field] ?? "") === "string" ? { ...record, [field]: key } : record
      )
    : records

const decode = Schema.decodeUnknownResult(Configuration, { errors: "all" })

/** Reads a whole file's data. All that is wrong is listed. */
export const readConfiguration = (data: Mapping, home: string): Result.Result<Configuration, ReadonlyArray<Misfit>> => {
  const given = data["version"]
  const version = typeof given === "string" && /^\d+$/.test(given) ? Number(given) : given
  if (version !== 1 && version !== 2) {
    return Result.fail([{ path: ["version"], message: given === undefined ? "is missing" : "is not 1 or 2" }])
  }
  const whole: Mapping = { ...defaults(home), ...data, version }
  const unknown = unknownKeys(data, keysOf(version))
  const decoded = decode({
    ...whole,
    authentication: named(whole["authentication"], "idp"),
    servers: named(whole["servers"], "name")
  })
  if (Result.isFailure(decoded)) return Result.fail([...unknown, ...misfitsOf(decoded.failure)])
  const configuration = decoded.success
  const misfits = [
    ...unknown,
    ...badNames("authentication", configuration.authentication),
    ...badNames("servers", configuration.servers),
    ...badReferences(configuration),
    ...badStorage(configuration),
    ...badRegistry(configuration)
  ]
  return misfits.length > 0 ? Result.fail(misfits) : Result.succeed(configuration)
}

const encode = Schema.encodeUnknownResult(Configuration, { errors: "all" })

/** The data of a file that holds this, without what the file's version does not know. */
export const writeConfiguration = (configuration: Configuration): Result.Result<Mapping, ReadonlyArray<Misfit>> =>
  encode(configuration).pipe(
    Result.mapError(misfitsOf),
    Result.map((encoded) => {
      const { servers, active, ...rest } = { ...encoded }
      const known = serverOf[configuration.version]
      const plain = withoutNulls({
        ...rest,
        servers: mapValues(servers, (record) =>
          Object.fromEntries(Object.entries(record ?? {}).filter(([key]) => Object.hasOwn(known, key)))
        )
      })
      return {
        version: configuration.version,
        // Without it canfar 1.5 would complete a file of version 1 with the default server.
        active: { ...active, server: active.server ?? null },
        ...(isMapping(plain) ? plain : {})
      }
    })
  )
