import type { EmulatorReply } from "../../Exchange.ts"
import { utf8 } from "../http/replies.ts"

// The two documents of the Virtual Observatory's support interfaces. Their lines end in CRLF.

const declaration = '<?xml version="1.0" encoding="UTF-8"?>'

export const xml = (lines: ReadonlyArray<string>): EmulatorReply => ({
  status: 200,
  headers: { "Content-Type": "text/xml" },
  body: utf8([declaration, ...lines, ""].join("\r\n"))
})
