import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { EmulatorReply, EmulatorRequest } from "../../Exchange.ts"
import { badRequest, type Checked, unexpected } from "./replies.ts"

/** The parameters of a request. Names are asked for in lower case, whatever case they were sent in. */
export interface Parameters {
  /** The first value given under a name. */
  readonly first: (name: string) => string | undefined
  readonly all: (name: string) => ReadonlyArray<string>
}

type Pair = readonly [name: string, value: string]

const maxBodyBytes = 2 * 1024 * 1024
const utf8Decoder = new TextDecoder("utf-8", { ignoreBOM: true })

const percent = 0x25
const plus = 0x2b
const hexValue = (byte: number | undefined): number => {
  if (byte === undefined) return -1
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30
  const letter = byte | 0x20
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1
}

/** Undoes `+` and `%xx`; `undefined` when an escape is broken. */
const unescape = (encoded: Uint8Array): Uint8Array | undefined => {
  if (!encoded.includes(percent) && !encoded.includes(plus)) return encoded
  const decoded = new Uint8Array(encoded.length)
  let length = 0
  for (let at = 0; at < encoded.length; at++) {
    let byte = encoded[at] ?? 0
    if (byte === plus) byte = 0x20
    else if (byte === percent) {
      const high = hexValue(encoded[at + 1])
      const low = hexValue(encoded[at + 2])
      if (high < 0 || low < 0) return undefined
      byte = high * 16 + low
      at += 2
    }
    decoded[length++] = byte
  }
  return decoded.subarray(0, length)
}

const latin1 = (bytes: Uint8Array): string => {
  let text = ""
  for (const byte of bytes) text += String.fromCharCode(byte)
  return text
}

type Decode = (bytes: Uint8Array) => string
const decodeUtf8: Decode = (bytes) => utf8Decoder.decode(bytes)

/** The pairs of a query or of a urlencoded body. A pair with a broken escape is dropped, the others stay. */
const parsePairs = (encoded: Uint8Array, decode: Decode): Array<Pair> => {
  const pairs: Array<Pair> = []
  let start = 0
  while (start < encoded.length) {
    const ampersand = encoded.indexOf(0x26, start)
    const end = ampersand < 0 ? encoded.length : ampersand
    const part = encoded.subarray(start, end)
    start = end + 1
    const equals = part.indexOf(0x3d)
    const name = unescape(equals < 0 ? part : part.subarray(0, equals))
    const value = unescape(equals < 0 ? part.subarray(part.length) : part.subarray(equals + 1))
    if (name !== undefined && value !== undefined && name.length > 0) pairs.push([decode(name), decode(value)])
  }
  return pairs
}

const encoder = new TextEncoder()
const queryPairs = (query: string) => (query === "" ? [] : parsePairs(encoder.encode(query), decodeUtf8))

const none: Parameters = { first: () => undefined, all: () => [] }

const makeParameters = (pairs: ReadonlyArray<Pair>): Parameters => {
  if (pairs.length === 0) return none
  const values = new Map<string, Array<string>>()
  for (const [name, value] of pairs) {
    const key = name.toLowerCase()
    const known = values.get(key)
    if (known === undefined) values.set(key, [value])
    else known.push(value)
  }
  return {
    first: (name) => values.get(name)?.[0],
    all: (name) => values.get(name) ?? []
  }
}

/** GET and DELETE read the query string. */
export const queryParameters = (query: string): Parameters => makeParameters(queryPairs(query))

/** What the web platform, by its own standard, reads as Windows-1252. */
const latin1Names = new Set(["iso-8859-1", "iso8859-1", "latin1", "us-ascii", "ascii"])

/** How a urlencoded body is read: by the character set it names. Without one, or with one unknown, it is Latin-1. */
const bodyDecoder = (contentType: string): Decode => {
  const charset = /;\s*charset\s*=\s*"?([^";\s]+)/i.exec(contentType)?.[1]?.toLowerCase()
  if (charset === undefined || latin1Names.has(charset)) return latin1
  if (charset === "utf-8" || charset === "utf8") return decodeUtf8
  return Result.match(
    Result.try(() => new TextDecoder(charset, { ignoreBOM: true })),
    { onFailure: () => latin1, onSuccess: (decoder) => (bytes) => decoder.decode(bytes) }
  )
}

const inTwoLetterCases = (pairs: ReadonlyArray<Pair>): boolean => {
  const spelling = new Map<string, string>()
  return pairs.some(([name]) => {
    const key = name.toLowerCase()
    const known = spelling.get(key)
    spelling.set(key, name)
    return known !== undefined && known !== name
  })
}

const urlencoded = (request: EmulatorRequest, contentType: string, query: string): Checked<Parameters> => {
  const body = request.body.length > maxBodyBytes ? [] : parsePairs(request.body, bodyDecoder(contentType))
  const pairs = [...queryPairs(query), ...body]
  // The second spelling would be added to a list of fixed size: an exception without a message.
  return inTwoLetterCases(pairs) ? Result.fail(badRequest("null")) : Result.succeed(makeParameters(pairs))
}

const multipart = (request: EmulatorRequest, contentType: string): Effect.Effect<Parameters, EmulatorReply> =>
  Effect.tryPromise({
    try: () => new Response(new Uint8Array(request.body), { headers: { "content-type": contentType } }).formData(),
    catch: () => unexpected("org.apache.commons.fileupload.FileUploadException: the request was not well-formed")
  }).pipe(
    Effect.map((form) => {
      const pairs: Array<Pair> = []
      for (const [name, value] of form) if (typeof value === "string") pairs.push([name, value])
      return makeParameters(pairs)
    })
  )

/**
 * POST: the content type decides what is read. Urlencoded: query and body, the query first. Multipart: the form's
 * fields alone. Anything else, or nothing: no parameters at all, not even those of the query string.
 */
export const postParameters = (request: EmulatorRequest, query: string): Effect.Effect<Parameters, EmulatorReply> => {
  const contentType = request.headers["content-type"] ?? ""
  const semicolon = contentType.indexOf(";")
  switch (semicolon < 0 ? contentType : contentType.slice(0, semicolon)) {
    case "application/x-www-form-urlencoded":
      return Effect.fromResult(urlencoded(request, contentType, query))
    case "multipart/form-data":
      return multipart(request, contentType)
    default:
      return Effect.succeed(none)
  }
}
