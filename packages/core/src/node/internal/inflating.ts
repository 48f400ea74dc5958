/**
 * Bodies that come compressed.
 */
import { constants } from "node:buffer"
import { createUnzip, unzip, unzipSync, type Unzip } from "node:zlib"
import { unknownEncoding } from "../../internal/failureReason.ts"
import { free } from "./large.ts"
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

/** Up to so many bytes are inflated at once where the thread may block: a few milliseconds. */
const blockingBytes = 512 * 1024

/** The room for so many bytes that come of a body: texts become five to ten times as large. */
const roomFor = (body: Buffer, most: number): number => Math.max(16 * 1024, Math.min(body.length * 8, most))

const inflateAtOnce = (body: Buffer, chunkSize: number, maxOutputLength: number): Buffer | Error => {
  try {
    return unzipSync(body, { chunkSize, maxOutputLength })
  } catch (cause) {
    return cause instanceof Error ? cause : new Error(String(cause))
  }
}

/** Inflates a whole body: a large one beside this thread, unless that may block, which costs half as much. */
export const inflate = (body: Buffer, mayBlock: boolean, then: (inflated: Buffer | Error) => void): void => {
  const chunkSize = roomFor(body, 128 * 1024)
  // No text is longer.
  const maxOutputLength = constants.MAX_STRING_LENGTH
  if (body.length <= (mayBlock ? blockingBytes : smallBytes)) then(inflateAtOnce(body, chunkSize, maxOutputLength))
  else unzip(body, { chunkSize, maxOutputLength }, (cause, inflated) => then(cause ?? inflated))
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

/** So much may come of it at once: it is all in memory until it is written. */
const mostAtOnce = 4 * 1024 * 1024

/**
 * The same in this thread, which may block: at once, when all has come, which costs half as much. What is too large for
 * that, or cannot be inflated, goes to an {@link InflatingSink} after all. Until all has come there is no file.
 */
export class BlockingInflatingSink implements Sink {
  readonly #inner: (owner: SinkOwner) => Sink
  readonly #owner: SinkOwner
  #pieces: Array<Buffer> = []
  #bytes = 0
  /** Where it goes, once that is known. */
  #next: Sink | undefined

  constructor(inner: (owner: SinkOwner) => Sink, owner: SinkOwner) {
    this.#inner = inner
    this.#owner = owner
  }

  write(piece: Buffer): boolean {
    if (this.#next !== undefined) return this.#next.write(piece)
    this.#pieces.push(piece)
    this.#bytes += piece.length
    return this.#bytes <= blockingBytes || this.#inflateAsItComes(this.#taken())
  }

  end(): void {
    if (this.#next === undefined) this.#inflateAtOnce(this.#taken())
    this.#next?.end()
  }

  stop(): void {
    if (this.#next === undefined) this.#owner.sinkEnded({ _tag: "Stopped" })
    else this.#next.stop()
  }

  #taken(): Buffer {
    const body = Buffer.concat(this.#pieces, this.#bytes)
    this.#pieces = []
    return body
  }

  #inflateAsItComes(body: Buffer): boolean {
    this.#next = new InflatingSink(this.#inner, this.#owner)
    return this.#next.write(body)
  }

  #inflateAtOnce(body: Buffer): void {
    // Nothing at all is no compressed body.
    const inflated = body.length === 0 ? body : inflateAtOnce(body, roomFor(body, mostAtOnce), mostAtOnce)
    if (inflated instanceof Error) {
      this.#inflateAsItComes(body)
      return
    }
    this.#next = this.#inner({
      sinkReady: () => {},
      sinkEnded: (end) => {
        free(inflated)
        this.#owner.sinkEnded(end)
      }
    })
    this.#next.write(inflated)
  }
}
