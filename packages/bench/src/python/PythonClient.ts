/**
 * A Python client, in a process that makes calls and says how long they took.
 */
import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process"
import { once } from "node:events"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { findEnvironment, type Missing } from "../../../../interop/support/environments.ts"
import { makeHome, type Home } from "../../../../interop/support/home.ts"
import { token } from "../server/Server.ts"

export type Library = "canfar" | "skaha"

export type Method = "info" | "logs" | "events" | "destroy"

const program = join(import.meta.dirname, "client.py")

/** Longer than any call takes. */
const patience = 60_000

export class PythonClient {
  readonly library: Library
  readonly version: string
  readonly #child: ChildProcessWithoutNullStreams
  readonly #answers: AsyncIterator<string>
  readonly #home: Home
  #complaints = ""

  private constructor(library: Library, version: string, python: string, url: string) {
    this.library = library
    this.version = version
    this.#home = makeHome(url, token)
    this.#child = spawn(python, [program, library], { env: this.#home.env, cwd: this.#home.folder })
    this.#child.stderr.on("data", (chunk: Buffer) => {
      this.#complaints = (this.#complaints + chunk.toString()).slice(-2000)
    })
    // One that has ended is noticed by its silence.
    this.#child.stdin.on("error", () => {})
    this.#answers = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]()
  }

  /** A client of a platform, in the environment of the comparisons; or why there is none. */
  static async start(library: Library, url: string): Promise<PythonClient | Missing> {
    const found = await findEnvironment(library)
    return "why" in found ? found : new PythonClient(library, found.version, found.python, url)
  }

  /** The milliseconds that a call takes; without a concurrency it is the client's own default. */
  async millis(method: Method, ids: ReadonlyArray<string>, concurrency?: number): Promise<number> {
    this.#child.stdin.write(`${JSON.stringify({ method, ids, concurrency })}\n`)
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), patience)
    const line = await this.#answers.next()
    clearTimeout(timer)
    if (line.done === true) throw new Error(`${this.library} ended at ${method}:\n${this.#complaints}`)
    const { answers, millis }: { readonly answers: number; readonly millis: number } = JSON.parse(line.value)
    if (answers !== ids.length) {
      throw new Error(`${this.library} gave ${answers} of ${ids.length} ${method}:\n${this.#complaints}`)
    }
    return millis
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const ended = once(this.#child, "close")
      this.#child.stdin.end()
      await ended
    }
    this.#home.remove()
  }
}
