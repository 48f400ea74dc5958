import type { EmulatorReply } from "../../Exchange.ts"
import type { IdentityManager } from "../callers/identify.ts"
import { utf8 } from "../http/replies.ts"
import type { Profile } from "../profiles/Profile.ts"

// The two documents of the Virtual Observatory's support interfaces. Their lines end in CRLF.

const declaration = '<?xml version="1.0" encoding="UTF-8"?>'

const xml = (lines: ReadonlyArray<string>): EmulatorReply => ({
  status: 200,
  headers: { "Content-Type": "text/xml" },
  body: utf8([declaration, ...lines, ""].join("\r\n"))
})

export const availability: EmulatorReply = xml([
  '<vosi:availability xmlns:vosi="http://www.ivoa.net/xml/VOSIAvailability/v1.0">',
  "  <vosi:available>true</vosi:available>",
  "  <vosi:note>Skaha Service Available.",
  "",
  "Enabled Experimental Features:",
  " ExperimentalFeatures{featureGates={}}</vosi:note>",
  "  <!--<clientip>127.0.0.1</clientip>-->",
  "</vosi:availability>"
])

const escapeXml = (text: string) =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;")

const accessUrl = (url: string, use: "base" | "full") => [`      <accessURL use="${use}">${escapeXml(url)}</accessURL>`]

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
export const capabilities = (
  origin: string,
  endpoints: Profile["capabilities"],
  manager: IdentityManager
): EmulatorReply => {
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
