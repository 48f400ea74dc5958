import type { EmulatorReply } from "../../Exchange.ts"
import { empty, methodNotAllowed } from "./replies.ts"
import { errorPage } from "./tomcat.ts"

/** Methods that a servlet knows; others are nobody's. */
const servletMethods = new Set(["GET", "HEAD", "POST", "PUT", "DELETE"])

/** Nobody is asked what is configured, or who calls. */
export const optionsReply: EmulatorReply = {
  ...empty,
  headers: { Allow: "GET, HEAD, POST, PUT, DELETE, OPTIONS" }
}

export const notSupported = (method: string) => errorPage(405, `HTTP method ${method} is not supported by this URL`)

export const notImplemented = (method: string) =>
  errorPage(501, `Method [${method}] is not implemented by this Servlet for this URI`)

/** What the servlet answers to a method that the endpoint has no action for, before anyone asks who calls. */
export const refuseMethod = (method: string, allowed: ReadonlyArray<string>): EmulatorReply | undefined => {
  if (allowed.includes(method)) return undefined
  if (method === "OPTIONS") return optionsReply
  if (method === "TRACE") return notSupported(method)
  return servletMethods.has(method) ? methodNotAllowed(method, allowed.join(", ")) : notImplemented(method)
}
