import type { EmulatorReply } from "../../Exchange.ts"
import { identified, identityOf, identityServiceDown } from "../callers/admit.ts"
import type { IdentityManager } from "../callers/identify.ts"
import { type Arrival, originOf } from "../http/arrival.ts"
import { escapeMarkup } from "../http/markup.ts"
import { refuseMethod } from "../http/methods.ts"
import { empty, serverName } from "../http/replies.ts"
import type { Platform } from "../platform.ts"
import type { Profile } from "../profiles/Profile.ts"
import { xml } from "./xml.ts"

const accessUrl = (url: string, use: "base" | "full") => [
  `      <accessURL use="${use}">${escapeMarkup(url)}</accessURL>`
]

const open = (standardId: string, url: string) => [
  `  <capability standardID="${standardId}">`,
  '    <interface xsi:type="vs:ParamHTTP" role="std">',
  ...accessUrl(url, "full"),
  "    </interface>",
  "  </capability>"
]

/** Of the security methods only those that the identity manager supports are left. */
const securityMethods: Record<IdentityManager, ReadonlyArray<string>> = {
  oidc: ["token"],
  ac: ["cookie", "tls-with-certificate", "token"]
}

/** One interface for each method. */
const secured = (standardId: string, url: string, methods: ReadonlyArray<string>) => [
  `  <capability standardID="${standardId}">`,
  ...methods.flatMap((method) => [
    '    <interface xsi:type="vs:ParamHTTP" role="std" version="1.0">',
    ...accessUrl(url, "base"),
    `      <securityMethod standardID="ivo://ivoa.net/sso#${method}" />`,
    "    </interface>"
  ]),
  "  </capability>"
]

/**
 * The platform's document says `https` and drops the port. Here it is the client's own scheme, host and port, or
 * nobody could follow it.
 */
const capabilities = (origin: string, endpoints: Profile["capabilities"], manager: IdentityManager): EmulatorReply => {
  const methods = securityMethods[manager]
  const base = `${origin}/skaha`
  return xml([
    '<vosi:capabilities xmlns:vosi="http://www.ivoa.net/xml/VOSICapabilities/v1.0" ' +
      'xmlns:vs="http://www.ivoa.net/xml/VODataService/v1.1" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">',
    ...open("ivo://ivoa.net/std/VOSI#capabilities", `${base}/capabilities`),
    ...open("ivo://ivoa.net/std/VOSI#availability", `${base}/availability`),
    ...secured("vos://cadc.nrc.ca~vospace/CADC/std/Logging#control-1.0", `${base}/logControl`, methods),
    ...endpoints.flatMap(([standardId, path]) => secured(standardId, `${base}/${path}`, methods)),
    "</vosi:capabilities>"
  ])
}

/** Open to everybody, but not to somebody with a bad token. */
export const getCapabilities = (platform: Platform, arrival: Arrival): EmulatorReply => {
  const { request } = arrival
  const { identityManager, profile } = platform.settings
  const refused = refuseMethod(request.method, ["GET", "HEAD"])
  if (refused !== undefined) return refused
  const identity = identityOf(platform, arrival)
  if (identity._tag === "Refused") return identity.reply
  if (identity._tag === "Known" && arrival.outage === "posix-mapper") return identityServiceDown
  const reply =
    request.method === "HEAD" ? empty : capabilities(originOf(request), profile.capabilities, identityManager)
  return identified(identity, identityManager, reply, `${serverName} + 1.4`)
}
