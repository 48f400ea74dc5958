/**
 * Which of a registry's entries are servers, and what they are called.
 */
import type { Registry } from "../IdentityProviders.ts"
import type { RegistryEntry } from "../wire/Registry.ts"

// Whole words, perhaps with a number: `device` and `latest` are none, and neither is the `src-` of an address. `rc` alone
// stands for research computing as well.
const forDevelopers = /(?<![a-z0-9])(?:(?:dev|development|test|demo|stage|staging|preprod)\d*(?![a-z0-9])|rc\d*-)/i

const suffix = "/capabilities"

/** The servers among the entries of a registry, each with the address below which its capabilities are. */
export const listedServers = (
  entries: ReadonlyArray<RegistryEntry>,
  registry: Registry,
  dev: boolean
): ReadonlyArray<RegistryEntry> =>
  entries
    .filter(({ uri, url }) => uri.endsWith("/skaha") && url.endsWith(`/skaha${suffix}`))
    .filter(({ uri }) => registry.omit?.includes(uri) !== true)
    .filter(({ uri, url }) => dev || !(forDevelopers.test(uri) || forDevelopers.test(url)))
    .map(({ uri, url }) => ({ uri, url: url.slice(0, -suffix.length) }))

/** The servers that have a name of their own. */
const names: ReadonlyMap<string, string> = new Map([
  ["ivo://cadc.nrc.ca/skaha", "canfar"],
  ["ivo://canfar.net/src/skaha", "canSRC"],
  ["ivo://swesrc.chalmers.se/skaha", "sweSRC"],
  ["ivo://canfar.cam.uksrc.org/skaha", "ukCAM"],
  ["ivo://canfar.ral.uksrc.org/skaha", "ukRAL"],
  ["ivo://src.skach.org/skaha", "chSRC"],
  ["ivo://espsrc.iaa.csic.es/skaha", "espSRC"],
  ["ivo://canfar.itsrc.oact.inaf.it/skaha", "itaINAF"],
  ["ivo://shion-sp.mtk.nao.ac.jp/skaha", "jpSRC"],
  ["ivo://canfar.krsrc.kr/skaha", "krSRC"],
  ["ivo://canfar.ska.zverse.space/skaha", "cnSRC"],
  ["ivo://canfar.itsrc.ext.cineca.it/skaha", "itCINECA"],
  ["ivo://canfar.srcnet.skao.int/skaha", "skaSRC"],
  ["ivo://aussrc.org/skaha", "ausSRC"]
])

const longestName = 200

/** Words as a name that may stand in a configuration: a letter, then letters, digits, `_` and `-`. */
const nameFrom = (words: string): string => {
  const name = words.replaceAll(/[^A-Za-z0-9_]+/g, "-").replaceAll(/^-+|-+$/g, "")
  return (/^[A-Za-z]/.test(name) ? name : `skaha-${name}`).slice(0, longestName).replace(/-$/, "")
}

/** The host and the path of a URI; a path of `/skaha` alone is none. */
const partsOf = (uri: string): { readonly host: string; readonly path: string } => {
  const [, host = uri, path = ""] = /^[^:/]+:\/\/([^/]+)(?:\/(.*))?$/.exec(uri) ?? []
  return { host, path: path.replace(/\/?skaha$/, "") }
}

/** What a server is called: its own name, or its host with `-` for `.`. */
export const serverName = (uri: string): string => names.get(uri) ?? nameFrom(partsOf(uri).host)

/** A name that is not taken: the usual one, or with the path of the URI, or with a number. */
export const freeServerName = (uri: string, idp: string, isTaken: (name: string) => boolean): string => {
  const usual = serverName(uri)
  const { path } = partsOf(uri)
  const candidates = [usual, ...(path === "" ? [] : [nameFrom(`${usual}-${path}`)]), nameFrom(`${usual}-${idp}`)]
  const free = candidates.find((name) => !isTaken(name))
  if (free !== undefined) return free
  let number = 2
  while (isTaken(`${usual}-${number}`)) number++
  return `${usual}-${number}`
}
