/**
 * A program in a process of its own, as seen by who asks it.
 */
import { fork, type ChildProcess } from "node:child_process"
import { once } from "node:events"
import type { ProgramName, Programs } from "./build.ts"
import type { Answer, Question, Tasks } from "./serve.ts"

/** How a program is started. */
interface ChildOptions {
  /** Kills it. */
  readonly signal?: AbortSignal
  /** Names its profile, where profiles are taken. Default the program's name. */
  readonly label?: string
}

interface Pending {
  readonly resolve: (value: never) => void
  readonly reject: (error: Error) => void
}

export class Child<T extends Tasks> {
  readonly #process: ChildProcess
  readonly #name: string
  #pending: Pending | undefined

  constructor(programs: Programs, name: ProgramName, { label = name, signal }: ChildOptions = {}) {
    this.#name = label
    this.#process = fork(programs.file(name), [], {
      execArgv: ["--expose-gc", ...programs.profiling(label)],
      // What it prints is no figure.
      stdio: ["ignore", process.stderr, process.stderr, "ipc"],
      killSignal: "SIGKILL",
      ...(signal === undefined ? {} : { signal })
    })
    this.#process.on("message", (answer: Answer) => this.#settle(answer))
    this.#process.on("error", (error) => this.#settle({ error: error.message }))
    this.#process.on("exit", (code, signal) => this.#settle({ error: `the process ended (${signal ?? code})` }))
  }

  /** Asks for a task; one at a time. */
  ask<N extends keyof T & string>(name: N, ...args: Parameters<T[N]>): Promise<Awaited<ReturnType<T[N]>>> {
    return new Promise((resolve, reject) => {
      this.#pending = { resolve, reject }
      const question: Question = { name, args }
      this.#process.send(question, (error) => {
        if (error !== null) this.#settle({ error: error.message })
      })
    })
  }

  /** Lets it end by itself, so that a profile is written; what does not end is killed. */
  async stop(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return
    const ended = once(this.#process, "exit")
    const timer = setTimeout(() => this.#process.kill("SIGKILL"), 5000)
    if (this.#process.connected) this.#process.disconnect()
    await ended
    clearTimeout(timer)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  #settle(answer: Answer): void {
    const pending = this.#pending
    this.#pending = undefined
    if ("error" in answer) pending?.reject(new Error(`${this.#name}: ${answer.error}`))
    else pending?.resolve(answer.value as never)
  }
}
