/**
 * A body that goes to a file.
 */
import { close, open, rename, writev } from "node:fs"
import type { Sink, SinkEnd, SinkOwner } from "./Sink.ts"

/** How many bytes may wait for the disk, beside those that are being written. A hundred replies may come at once. */
const mostBytes = 128 * 1024

/** How many pieces may wait: systems write no more than these at once. */
const mostPieces = 1024

/** What is left of the pieces after their first bytes. */
const leftOf = (pieces: ReadonlyArray<Buffer>, written: number): ReadonlyArray<Buffer> => {
  let end = 0
  return pieces.flatMap((piece) => {
    const start = Math.max(0, written - end)
    end += piece.length
    return start < piece.length ? [piece.subarray(start)] : []
  })
}

/**
 * Writes a body to `<file>.partial`, which is given the name `<file>` when all is there. What came before a failure
 * stays in `<file>.partial`, and `<file>` is as it was.
 *
 * The system does one thing at a time for it, beside this thread: what comes while it writes is written together
 * after that.
 */
export class FileSink implements Sink {
  readonly #file: string
  readonly #partial: string
  readonly #owner: SinkOwner
  #handle: number | undefined
  /** Whether the system is at work: at first it opens the file. */
  #busy = true
  #waiting: Array<Buffer> = []
  #waitingBytes = 0
  /** Whether the owner waits to be told that more may come. */
  #behind = false
  #written = 0
  /** What comes after the last piece. */
  #end: SinkEnd["_tag"] | undefined

  constructor(file: string, owner: SinkOwner) {
    this.#file = file
    this.#partial = `${file}.partial`
    this.#owner = owner
    open(this.#partial, "w", (cause, handle) => {
      if (cause !== null) {
        this.#fail(cause)
        return
      }
      this.#handle = handle
      this.#next()
    })
  }

  write(piece: Buffer): boolean {
    if (this.#end !== undefined) return true
    this.#waiting.push(piece)
    this.#waitingBytes += piece.length
    if (!this.#busy) this.#next()
    this.#behind = this.#waitingBytes >= mostBytes || this.#waiting.length >= mostPieces
    return !this.#behind
  }

  end(): void {
    this.#finish("Done")
  }

  stop(): void {
    this.#finish("Stopped")
  }

  #finish(end: "Done" | "Stopped"): void {
    if (this.#end === "Unwritable") return
    this.#end = end
    if (!this.#busy) this.#next()
  }

  #next(): void {
    this.#busy = true
    if (this.#waiting.length > 0) this.#flush()
    else if (this.#end === "Done") this.#keep()
    else if (this.#end === "Stopped") this.#close(() => this.#owner.sinkEnded({ _tag: "Stopped" }))
    else this.#busy = false
  }

  #flush(): void {
    const pieces = this.#waiting
    const bytes = this.#waitingBytes
    this.#waiting = []
    this.#waitingBytes = 0
    writev(this.#handle ?? -1, pieces, (cause, written) => {
      if (cause !== null) {
        this.#fail(cause)
        return
      }
      this.#written += written
      if (written < bytes) {
        this.#waiting = [...leftOf(pieces, written), ...this.#waiting]
        this.#waitingBytes += bytes - written
      }
      this.#next()
    })
    if (!this.#behind) return
    this.#behind = false
    this.#owner.sinkReady()
  }

  /** Gives the whole its name. Some systems say only in closing a file that there was no room. */
  #keep(): void {
    this.#close((cause) => {
      if (cause !== null) {
        this.#fail(cause)
        return
      }
      rename(this.#partial, this.#file, (cause) => {
        if (cause === null) this.#owner.sinkEnded({ _tag: "Done", bytes: this.#written })
        else this.#fail(cause)
      })
    })
  }

  #fail(cause: Error): void {
    this.#end = "Unwritable"
    this.#waiting = []
    this.#close(() => this.#owner.sinkEnded({ _tag: "Unwritable", cause }))
  }

  #close(then: (cause: Error | null) => void): void {
    const handle = this.#handle
    this.#handle = undefined
    if (handle === undefined) then(null)
    else close(handle, then)
  }
}
