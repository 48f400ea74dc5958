/**
 * The server, as seen by who measures.
 */
import type { Programs } from "../child/build.ts"
import { Child } from "../child/Child.ts"
import { prefixOf, type Choice } from "./Behaviour.ts"
import type { Counted } from "./Counts.ts"
import type { ServerTasks } from "./main.ts"

/** The token that clients show; it is looked at by nobody. */
export const token = "bench"

export class Server {
  readonly #child: Child<ServerTasks>
  readonly #origin: string

  private constructor(child: Child<ServerTasks>, port: number) {
    this.#child = child
    this.#origin = `http://127.0.0.1:${port}`
  }

  static async start(programs: Programs): Promise<Server> {
    const child = new Child<ServerTasks>(programs, "server")
    return new Server(child, await child.ask("listen"))
  }

  /** The address of a platform that behaves as chosen, without the version. */
  url(choice: Choice = {}): string {
    return `${this.#origin}/skaha${prefixOf(choice)}`
  }

  /** What was counted since the last reset. */
  counts(): Promise<Counted> {
    return this.#control("counts")
  }

  /** Starts to count anew. */
  async reset(): Promise<void> {
    await this.#control("reset")
  }

  stop(): Promise<void> {
    return this.#child.stop()
  }

  async #control(what: "counts" | "reset"): Promise<Counted> {
    const reply = await fetch(`${this.#origin}/control/${what}`, { method: what === "reset" ? "POST" : "GET" })
    const counted: Counted = JSON.parse(await reply.text())
    return counted
  }
}
