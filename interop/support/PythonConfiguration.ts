/**
 * canfar's own reading of its configuration file, in a process that does as it is told.
 */
import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process"
import { once } from "node:events"
import { join } from "node:path"
import { createInterface } from "node:readline"
import type { Environment } from "./environments.ts"
import { makeHome, type Home } from "./home.ts"

const program = join(import.meta.dirname, "../python/configuration.py")

export interface Answer {
  /** What the configuration says then, secrets in clear. */
  readonly says?: { readonly [section: string]: unknown }
  readonly raises?: string
}

export class PythonConfiguration {
  readonly home: Home
  readonly #child: ChildProcessWithoutNullStreams
  readonly #answers: AsyncIterator<string>
  #complaints = ""

  constructor({ python }: Environment) {
    this.home = makeHome("http://127.0.0.1:9", "")
    this.#child = spawn(python, [program], { env: this.home.env, cwd: this.home.folder })
    this.#child.stderr.on("data", (chunk: Buffer) => {
      this.#complaints = (this.#complaints + chunk.toString()).slice(-4000)
    })
    this.#answers = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]()
  }

  /** Reads the file anew, and first sets values in it, by their dotted paths. */
  async tell(command: { readonly set?: { readonly [path: string]: unknown } } = {}): Promise<Answer> {
    this.#child.stdin.write(`${JSON.stringify(command)}\n`)
    const answer = await this.#answers.next()
    if (answer.done === true) throw new Error(`Python ended:\n${this.#complaints}`)
    return JSON.parse(answer.value)
  }

  async close(): Promise<void> {
    const ended = once(this.#child, "close")
    this.#child.stdin.end()
    await ended
    this.home.remove()
  }
}
