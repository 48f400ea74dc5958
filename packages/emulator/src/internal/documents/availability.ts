import type { EmulatorReply } from "../../Exchange.ts"
import { identityOf } from "../callers/admit.ts"
import { type Arrival, originOf } from "../http/arrival.ts"
import { notImplemented, notSupported, optionsReply } from "../http/methods.ts"
import { queryParameters } from "../http/parameters.ts"
import { empty } from "../http/replies.ts"
import { errorPage, type Target } from "../http/tomcat.ts"
import type { Platform } from "../platform.ts"
import { xml } from "./xml.ts"

const availability: EmulatorReply = xml([
  '<vosi:availability xmlns:vosi="http://www.ivoa.net/xml/VOSIAvailability/v1.0">',
  "  <vosi:available>true</vosi:available>",
  "  <vosi:note>Skaha Service Available.",
  "",
  "Enabled Experimental Features:",
  " ExperimentalFeatures{featureGates={}}</vosi:note>",
  "  <!--<clientip>127.0.0.1</clientip>-->",
  "</vosi:availability>"
])

/** A servlet of another library: no header says who is asking, and it never looks at the cluster. */
export const getAvailability = (platform: Platform, arrival: Arrival, target: Target): EmulatorReply => {
  const { request } = arrival
  const identity = identityOf(platform, arrival)
  switch (request.method) {
    case "GET":
    case "HEAD": {
      if (identity._tag === "Refused") return errorPage(503, identity.message)
      return queryParameters(target.query).first("detail") === "min" ? empty : availability
    }
    case "POST":
      return { ...empty, status: 302, headers: { Location: `${originOf(request)}${target.path}` } }
    case "OPTIONS":
      return optionsReply
    case "PUT":
    case "DELETE":
    case "TRACE":
      return notSupported(request.method)
    default:
      return notImplemented(request.method)
  }
}
