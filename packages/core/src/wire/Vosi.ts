/**
 * The two VOSI documents that every platform has (IVOA Support Interfaces 1.1).
 */
import * as Predicate from "effect/Predicate"
import { XMLParser, XMLValidator } from "fast-xml-parser"

// Prefixes of namespaces are the writer's choice; entities are not looked at, so that none can be expanded.
const parser = new XMLParser({
  removeNSPrefix: true,
  ignoreAttributes: false,
  attributeNamePrefix: "@",
  parseTagValue: false,
  parseAttributeValue: false,
  processEntities: false,
  isArray: (name) => ["capability", "interface", "accessURL", "securityMethod", "note"].includes(name)
})

/** The document; the parser throws on what it fears, such as too deep an element. */
const parse = (xml: string): unknown => {
  try {
    return XMLValidator.validate(xml) === true ? parser.parse(xml) : undefined
  } catch {
    return undefined
  }
}

/** The document's root element, or `undefined` when it is no XML or has another root. */
const root = (xml: string, name: string): object | undefined => {
  const document = parse(xml)
  if (!Predicate.hasProperty(document, name)) return undefined
  const element = document[name]
  // An element without content is read as "".
  return element === "" ? {} : Predicate.isObject(element) ? element : undefined
}

const unescaped = (text: string): string =>
  text
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&apos;", "'")
    .replaceAll("&amp;", "&")

const text = (value: unknown): string | undefined => {
  const content = Predicate.isObject(value) && Predicate.hasProperty(value, "#text") ? value["#text"] : value
  return Predicate.isString(content) ? unescaped(content.trim()) : undefined
}

const children = (element: unknown, name: string): ReadonlyArray<unknown> =>
  Predicate.hasProperty(element, name) && Array.isArray(element[name]) ? element[name] : []

const attribute = (element: unknown, name: string): string | undefined =>
  Predicate.hasProperty(element, `@${name}`) ? text(element[`@${name}`]) : undefined

/** Whether a service can be used, and what its operators say about it. */
export interface Availability {
  readonly available: boolean
  /** The operators' notes, in order. */
  readonly notes: ReadonlyArray<string>
}

/** Reads a VOSI availability document; `undefined` when it is none. */
export const parseAvailability = (xml: string): Availability | undefined => {
  const availability = root(xml, "availability")
  if (!Predicate.hasProperty(availability, "available")) return undefined
  return {
    available: text(availability.available)?.toLowerCase() === "true",
    notes: children(availability, "note").flatMap((note) => text(note) || [])
  }
}

/** One way to use a capability: where, and how to sign in there. */
export interface CapabilityInterface {
  /** The first address that is given, whatever its use. */
  readonly accessUrl: string
  /** The first address that is given for use as a base, below which others stand. */
  readonly baseUrl?: string
  /** Identifiers such as `ivo://ivoa.net/sso#token`; none means that anyone may. */
  readonly securityMethods: ReadonlyArray<string>
}

/** Something that a service offers. */
export interface Capability {
  /** What it is, such as `http://www.opencadc.org/std/platform#session-1`. */
  readonly standardId: string
  readonly interfaces: ReadonlyArray<CapabilityInterface>
}

/** Reads a VOSI capabilities document; `undefined` when it is none. */
export const parseCapabilities = (xml: string): ReadonlyArray<Capability> | undefined => {
  const capabilities = root(xml, "capabilities")
  if (capabilities === undefined) return undefined
  return children(capabilities, "capability").map((capability) => ({
    standardId: attribute(capability, "standardID") ?? "",
    interfaces: children(capability, "interface").flatMap((element) => {
      const addresses = children(element, "accessURL").flatMap((address) => {
        const url = text(address)
        return url === undefined || url === "" ? [] : { url, isBase: attribute(address, "use") === "base" }
      })
      const [first] = addresses
      const base = addresses.find(({ isBase }) => isBase)
      return first === undefined
        ? []
        : {
            accessUrl: first.url,
            ...(base === undefined ? {} : { baseUrl: base.url }),
            securityMethods: children(element, "securityMethod").flatMap(
              (method) => attribute(method, "standardID") ?? []
            )
          }
    })
  }))
}
