/**
 * What is known of a server, and kept between runs.
 */

/** The least and the most, in whole numbers. */
export interface Range {
  readonly min: number
  readonly max: number
}

/** Cores, and RAM in the GB (really 2³⁰ bytes) in which a session asks for it. What is not known is absent. */
export interface ResourceRanges {
  readonly cores?: Range | undefined
  readonly ram?: Range | undefined
}

/** What sessions may have on a server. What is not known is absent. */
export interface ServerResources {
  /** A flexible session: what it is given for certain, and what it may use at most. */
  readonly flexible?: ResourceRanges | undefined
  /** A session that asks for a number: the least and the most that it may ask for. */
  readonly fixed?: ResourceRanges | undefined
  /** The least and the most GPUs that a session may ask for. */
  readonly gpus?: Range | undefined
  /** How many interactive sessions one user may have at once. */
  readonly sessions?: number | undefined
}

/** A server of an identity provider. All but its name and its provider may be unknown. */
export interface ServerRecord {
  /** Which it is, among all that are known: a letter, then letters, digits, `_` and `-`. */
  readonly name: string
  /** The key of the identity provider whose users it knows. */
  readonly idp: string
  /** What registries call it, such as `ivo://cadc.nrc.ca/skaha`. */
  readonly uri?: string | undefined
  /** Its address without a version, such as `https://ws-uv.canfar.net/skaha`. */
  readonly url?: string | undefined
  /** The newest version of the API that it has, such as `v1`. */
  readonly version?: string | undefined
  /** How to sign in there, such as `x509` and `oidc`. */
  readonly auths?: ReadonlyArray<string> | undefined
  /** The most cores that a flexible session may use. */
  readonly cores?: number | undefined
  /** The most RAM that a flexible session may use, in the GB (really 2³⁰ bytes) in which a session asks for it. */
  readonly ram?: number | undefined
  /** The most GPUs that a session may ask for. */
  readonly gpus?: number | undefined
  /** The same and more, as ranges. */
  readonly resources?: ServerResources | undefined
}

/** A server of which enough is known to talk to it. */
export interface CompleteServer extends ServerRecord {
  readonly url: string
  readonly version: string
  readonly auths: ReadonlyArray<string>
}

/** Whether enough is known to talk to a server: where it is, its version, and a way to sign in. */
export const isCompleteServer = (server: ServerRecord): server is CompleteServer =>
  (server.url ?? "") !== "" && (server.version ?? "") !== "" && (server.auths ?? []).length > 0

const byName = (one: ServerRecord, other: ServerRecord): number =>
  one.name < other.name ? -1 : one.name > other.name ? 1 : 0

/** The servers of both lists in the order of their names; of those with the same name the one of the second list. */
export const mergeServers = (
  known: ReadonlyArray<ServerRecord>,
  newer: ReadonlyArray<ServerRecord>
): ReadonlyArray<ServerRecord> =>
  [...new Map([...known, ...newer].map((server) => [server.name, server])).values()].toSorted(byName)
