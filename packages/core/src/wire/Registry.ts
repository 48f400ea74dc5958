/**
 * What a registry of an identity provider says: which resources there are, and where.
 */

/** A resource of a registry. */
export interface RegistryEntry {
  /** What it is, such as `ivo://cadc.nrc.ca/skaha`. */
  readonly uri: string
  /** The address of its VOSI capabilities, as it stands there. */
  readonly url: string
}

/**
 * Reads a registry, a text with lines `uri = url` and comments (`#`). Lines that are neither are left out. A page gives
 * `undefined`: something else than a registry answered.
 *
 * @example
 * ```ts
 * import { parseRegistry } from "@skaha/core"
 *
 * const [entry] = parseRegistry("# servers\nivo://cadc.nrc.ca/skaha = https://ws-uv.canfar.net/skaha/capabilities") ?? []
 * console.log(entry?.uri) // ivo://cadc.nrc.ca/skaha
 * ```
 */
export const parseRegistry = (text: string): ReadonlyArray<RegistryEntry> | undefined => {
  if (text.trimStart().startsWith("<")) return undefined
  return text.split(/[\r\n]+/).flatMap((line) => {
    const equals = line.indexOf("=")
    const uri = line.slice(0, Math.max(0, equals)).trim()
    const url = line.slice(equals + 1).trim()
    return uri === "" || uri.startsWith("#") || url === "" ? [] : { uri, url }
  })
}
