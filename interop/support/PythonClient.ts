/**
 * A Python client, in a process that reads calls and answers them.
 */
import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process"
import { once } from "node:events"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { token, type Json, type Library, type Step } from "../scenario/Step.ts"
import { makeHome, type Home } from "./home.ts"
import type { Caller, Told } from "./Told.ts"

export type Form = "sync" | "async"

const program = join(import.meta.dirname, "../python/client.py")

/** Longer than any call takes, the one that runs into its timeout included. */
const patience = 60_000

export class PythonClient implements Caller {
  readonly #child: ChildProcessWithoutNullStreams
  readonly #answers: AsyncIterator<string>
  readonly #home: Home
  #complaints = ""

  constructor(python: string, library: Library, form: Form, url: string) {
    this.#home = makeHome(url, token)
    this.#child = spawn(python, [program, library, form], { env: this.#home.env, cwd: this.#home.folder })
    this.#child.stderr.on("data", (chunk: Buffer) => {
      this.#complaints = (this.#complaints + chunk.toString()).slice(-4000)
    })
    this.#answers = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]()
  }

  async perform(step: Step, args: { readonly [name: string]: Json }): Promise<Told> {
    const [service, method] = step.call.split(".")
    const call = { service, method, options: { token, ...step.client }, arguments: args }
    this.#child.stdin.write(`${JSON.stringify(call)}\n`)
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), patience)
    const answer = await this.#answers.next()
    clearTimeout(timer)
    if (answer.done === true) throw new Error(`the Python client ended at "${step.name}":\n${this.#complaints}`)
    return JSON.parse(answer.value)
  }

  async close(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const ended = once(this.#child, "close")
      this.#child.stdin.end()
      await ended
    }
    this.#home.remove()
  }
}
