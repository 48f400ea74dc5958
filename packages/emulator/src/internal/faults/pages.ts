import type { EmulatorReply } from "../../Exchange.ts"
import type { Page } from "../../Fault.ts"
import { utf8 } from "../http/replies.ts"
import { errorPage } from "../http/tomcat.ts"

const proxyPage = (status: number, reason: string, text: string): EmulatorReply => ({
  status,
  headers: { "Content-Type": "text/html", "Cache-Control": "no-cache" },
  body: utf8(
    `<html>\n<head><title>${status} ${reason}</title></head>\n` +
      `<body>\n<h1>${status} ${reason}</h1>\n<p>${text}</p>\n</body>\n</html>\n`
  )
})

/** What a client reads that has reached something before, or around, the platform. */
export const pages: Readonly<Record<Page, EmulatorReply>> = {
  "proxy-502": proxyPage(502, "Bad Gateway", "The proxy could not make sense of the server's reply."),
  "proxy-503": proxyPage(503, "Service Unavailable", "No server is there to take the request."),
  "proxy-504": proxyPage(504, "Gateway Timeout", "The server has not replied in time."),
  "tomcat-500": errorPage(500, "Servlet execution threw an exception"),
  "tomcat-503": errorPage(503, "The server is overloaded")
}
