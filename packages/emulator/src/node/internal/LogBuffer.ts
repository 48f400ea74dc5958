const encoder = new TextEncoder()

/** The beginning of an output, up to a limit, and a note when there was more. */
export class LogBuffer {
  #chunks: Array<Uint8Array> = []
  #length = 0
  #truncated = false
  readonly #limit: number
  readonly #onOutput: (output: Uint8Array) => void

  /** What is kept is also handed on, as it comes. */
  constructor(limit: number, onOutput: (output: Uint8Array) => void) {
    this.#limit = limit
    this.#onOutput = onOutput
  }

  append(output: Uint8Array | string): void {
    const chunk = typeof output === "string" ? encoder.encode(output) : output
    const room = this.#limit - this.#length
    if (room > 0) this.#push(chunk.length > room ? chunk.subarray(0, room) : chunk)
    if (chunk.length > room && !this.#truncated) {
      this.#truncated = true
      this.#push(encoder.encode(`\n[log truncated after ${this.#limit} bytes]\n`))
    }
  }

  #push(chunk: Uint8Array): void {
    this.#chunks.push(chunk)
    this.#length += chunk.length
    this.#onOutput(chunk)
  }

  /** All of it in one piece, which is kept for the next reader. */
  bytes(): Uint8Array {
    const whole = Buffer.concat(this.#chunks, this.#length)
    this.#chunks = [whole]
    return whole
  }
}
