/**
 * VOSI documents, and a registry's text.
 */

/** What servers before `v1` call their sessions. */
export const legacySessions = "vos://cadc.nrc.ca~vospace/CADC/std/Proc#sessions-1.0"

/** What later servers call them. */
export const platformSessions = (number: string): string => `http://www.opencadc.org/std/platform#session-${number}`

/** A capability with interfaces: the address of each, and its ways to sign in. */
export const capability = (
  standardId: string,
  ...interfaces: ReadonlyArray<readonly [address: string, ...methods: ReadonlyArray<string>]>
): string => {
  const written = interfaces.map(
    ([address, ...methods]) =>
      `<interface xsi:type="vs:ParamHTTP"><accessURL use="base">${address}</accessURL>${methods
        .map((method) => `<securityMethod standardID="ivo://ivoa.net/sso#${method}"/>`)
        .join("")}</interface>`
  )
  return `<capability standardID="${standardId}">${written.join("")}</capability>`
}

/** A capabilities document. */
export const capabilitiesDocument = (...capabilities: ReadonlyArray<string>): string =>
  '<?xml version="1.0"?><v:capabilities xmlns:v="http://www.ivoa.net/xml/VOSICapabilities/v1.0" xmlns:xsi="x">' +
  `${capabilities.join("")}</v:capabilities>`

/** The capabilities of a server of today at an address. */
export const serverDocument = (address: string, methods: ReadonlyArray<string> = ["token"]): string =>
  capabilitiesDocument(capability(platformSessions("1"), [`${address}/v1/session`, ...methods]))

/** A registry's text. */
export const registryText = (entries: Readonly<Record<string, string>>): string =>
  ["# resources", ...Object.entries(entries).map(([uri, address]) => `${uri} = ${address}/capabilities`), ""].join("\n")
