/**
 * Bodies that come compressed.
 */
import { constants } from "node:buffer"
import { createUnzip, unzip, unzipSync, type Unzip } from "node:zlib"
import { unknownEncoding } from "../../internal/failureReason.ts"
import type { Sink, SinkEnd, SinkOwner } from "./Sink.ts"

/** The ways to compress that are known here, for `accept-encoding`. */
export const acceptEncoding = "gzip, deflate"

/** How a body comes, by its `content-encoding`. */
export const encodingOf = (name: string | undefined): "plain" | "compressed" | "unknown" => {
  if (name === undefined || name === "") return "plain"
  const known = name.toLowerCase()
  if (known === "identity") return "plain"
  return known === "gzip" || known === "x-gzip" || known === "deflate" ? "compressed" : "unknown"
}

/** A body that comes as nobody has asked for. */
export const strangelyEncoded = (name = ""): Error =>
  Object.assign(new Error(`the reply is encoded in a way that is not known here: ${name.slice(0, 40)}`), {
    code: unknownEncoding
  })

/** Up to so many bytes are inflated at once: another thread is asked in no less time. */
const smallBytes = 4096

const options = {
  chunkSize: 128 * 1024,
  // No text is longer.
  maxOutputLength: constants.MAX_STRING_LENGTH
}

/** Inflates a whole body: a small one at once, a large one beside this thread. */
export const inflate = (body: Buffer, then: (cause: Error | null, inflated: Buffer) => void): void => {
  if (body.length > smallBytes) {
    unzip(body, options, then)
    return
  }
  let inflated: Buffer
  try {
    inflated = unzipSync(body)
  } catch (cause) {
    then(cause instanceof Error ? cause : new Error(String(cause)), body)
    return
  }
  then(null, inflated)
}

/** How many bytes may wait to be inflated. */
const mostBytes = 128 * 1024

/** Inflates a body on its way to another sink, beside this thread. */
export class InflatingSink implements Sink {
  readonly #owner: SinkOwner
  readonly #inner: Sink
  readonly #unzip: Unzip
  /** Nothing at all is no compressed body, but an empty one. */
  #empty = true
  #behind = false
  #cause: Error | undefined

  constructor(inner: (owner: SinkOwner) => Sink, owner: SinkOwner) {
    this.#owner = owner
    this.#unzip = createUnzip({ chunkSize: 64 * 1024 })
    this.#inner = inner({
      sinkReady: () => this.#unzip.resume(),
      sinkEnded: (end) => this.#ended(end)
    })
    this.#unzip.on("data", (piece: Buffer) => {
      if (!this.#inner.write(piece)) this.#unzip.pause()
    })
    this.#unzip.on("drain", () => {
      if (!this.#behind) return
      this.#behind = false
      this.#owner.sinkReady()
    })
    this.#unzip.on("end", () => this.#inner.end())
    this.#unzip.on("error", (cause) => {
      this.#cause = cause
      this.#inner.stop()
    })
  }

  write(piece: Buffer): boolean {
    this.#empty = false
    this.#unzip.write(piece)
    this.#behind = this.#unzip.writableLength >= mostBytes
    return !this.#behind
  }

  end(): void {
    if (this.#empty) this.#inner.end()
    else this.#unzip.end()
  }

  stop(): void {
    this.#unzip.destroy()
    this.#inner.stop()
  }

  #ended(end: SinkEnd): void {
    this.#unzip.destroy()
    this.#owner.sinkEnded(this.#cause === undefined ? end : { _tag: "Uninflatable", cause: this.#cause })
  }
}
