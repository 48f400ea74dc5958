/**
 * The platform that all clients meet: on a port of this machine, with a clock that stands still unless it is moved, and
 * new for each chapter. It tells what was asked of it, and which sessions came of that.
 */
import {
  Emulator,
  Runner,
  type ConnectionReset,
  type EmulatorReply,
  type EmulatorRequest,
  type Job,
  type Script
} from "@skaha/emulator"
import { EmulatorServer } from "@skaha/emulator/node"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as Scope from "effect/Scope"
import * as TestClock from "effect/testing/TestClock"
import { pending, token, type Chapter, type Given, type Json } from "../scenario/Step.ts"

type Pairs = ReadonlyArray<readonly [name: string, value: string]>

/** A request as it came in. */
export interface Asked {
  readonly method: string
  /** After `/skaha`, without the query. */
  readonly path: string
  readonly query: Pairs
  readonly body: Pairs
  readonly headers: Readonly<Record<string, string>>
}

/** What headless sessions do and write: letters beyond ASCII, empty lines, blanks in front. */
const script = ({ cmd, name }: Job): Script => ({
  seconds: cmd === "stay" ? 3600 : 0,
  exitCode: cmd === "fail" ? 1 : 0,
  log: `\u{1f52d} ${name} wrote this\n\n  [1] naïve\n`
})

const images: { readonly [kind: string]: string } = {
  headless: "images.canfar.net/skaha/terminal:1.1.2",
  notebook: "images.canfar.net/skaha/base-notebook:latest",
  desktop: "images.canfar.net/skaha/desktop:1.2.1",
  carta: "images.canfar.net/skaha/carta:5.1.0"
}

/** When every platform starts, in milliseconds since the epoch. */
const start = Date.UTC(2026, 3, 10, 15, 45, 30)

const pairs = (text: string): Pairs => [...new URLSearchParams(text)]
const textOf = (bytes: Uint8Array) => new TextDecoder().decode(bytes)

const makeRuntime = (handle: Emulator["Service"]["handle"]) => {
  const front = Layer.effect(
    Emulator,
    Effect.map(Emulator, (emulator) => Emulator.of({ ...emulator, handle }))
  ).pipe(Layer.provide(Emulator.layer({ token })))
  return ManagedRuntime.make(Layer.provideMerge(EmulatorServer.layer(), Layer.merge(front, TestClock.layer())))
}

export class Platform {
  readonly #scope = Scope.makeUnsafe()
  readonly #runtime = makeRuntime((request) => Effect.suspend(() => this.#serve(request)))
  #emulator: Emulator["Service"] | undefined
  #asked: Array<Asked> = []
  #made: Array<string> = []
  #before: ReadonlyArray<string> = []
  readonly #names = new Map<string, string>()
  readonly #jobs = new Map<string, Job>()
  #url = ""

  static async start(): Promise<Platform> {
    const platform = new Platform()
    platform.#url = (await platform.#runtime.runPromise(EmulatorServer)).url
    return platform
  }

  async stop(): Promise<void> {
    await this.#runtime.runPromise(Scope.close(this.#scope, Exit.void))
    await this.#runtime.dispose()
  }

  get url(): string {
    return this.#url
  }

  get #current(): Emulator["Service"] {
    if (this.#emulator === undefined) throw new Error("no platform has begun")
    return this.#emulator
  }

  #serve(request: EmulatorRequest): Effect.Effect<EmulatorReply, ConnectionReset> {
    const [path = "", query = ""] = request.target.replace(/^\/skaha/, "").split("?")
    const asked = { method: request.method, path, query: pairs(query), body: pairs(textOf(request.body)) }
    this.#asked.push({ ...asked, headers: request.headers })
    return Effect.tap(this.#current.handle(request), ({ status, body }) =>
      Effect.sync(() => {
        if (request.method !== "POST" || path !== "/v1/session" || status !== 200) return
        const name = [...asked.query, ...asked.body].find(([key]) => key === "name")?.[1] ?? ""
        this.#remember(textOf(body).trim(), name)
      })
    )
  }

  #remember(id: string, name: string): void {
    const same = [...this.#names.values()].filter((known) => known.split("#")[0] === name).length
    this.#names.set(id, same === 0 ? name : `${name}#${same + 1}`)
    this.#made.push(id)
  }

  /** Asks the platform itself, past the records. */
  async #ask(method: string, path: string, body = ""): Promise<string> {
    const request = {
      method,
      target: `/skaha/v1/${path}`,
      headers: { authorization: `Bearer ${token}`, "content-type": "application/x-www-form-urlencoded" },
      body: new TextEncoder().encode(body)
    }
    return textOf((await this.#runtime.runPromise(this.#current.handle(request))).body)
  }

  async #give({ name, kind = "headless", cmd }: Given): Promise<void> {
    const form = new URLSearchParams({
      name,
      type: kind,
      image: images[kind] ?? "",
      ...(cmd === undefined ? {} : { cmd })
    })
    this.#remember((await this.#ask("POST", "session", form.toString())).trim(), name)
  }

  /** A new platform, on which only the given sessions are, and at the time at which all of them start. */
  async begin({ platform, given = [] }: Pick<Chapter, "platform" | "given">): Promise<void> {
    this.#names.clear()
    this.#jobs.clear()
    const note = (job: Job) => {
      this.#jobs.set(job.id, job)
      return script(job)
    }
    this.#emulator = await this.#runtime.runPromise(
      Effect.andThen(
        TestClock.setTime(start),
        Emulator.make({ token, seed: "interop", pending, ...platform }).pipe(
          Effect.provide(Runner.layer(note)),
          Scope.provide(this.#scope)
        )
      )
    )
    for (const each of given) await this.#give(each)
  }

  /** Lets time pass, in seconds. */
  pass(seconds: number): Promise<void> {
    return this.#runtime.runPromise(TestClock.adjust(seconds * 1000))
  }

  fail(faults: Parameters<Emulator["Service"]["setFaults"]>[0]): Promise<void> {
    return this.#runtime.runPromise(this.#current.setFaults(faults))
  }

  async #present(): Promise<ReadonlyArray<string>> {
    const rows: ReadonlyArray<{ readonly id: string }> = JSON.parse(await this.#ask("GET", "session"))
    return rows.map(({ id }) => id)
  }

  /** Starts the records of requests and sessions anew. */
  async mark(): Promise<void> {
    this.#asked = []
    this.#made = []
    this.#before = await this.#present()
  }

  /** The sessions that were there when the records began, and are not any more. */
  async gone(): Promise<ReadonlyArray<string>> {
    const present = await this.#present()
    return this.#before.filter((id) => !present.includes(id)).toSorted()
  }

  get asked(): ReadonlyArray<Asked> {
    return this.#asked
  }

  /** The id of a session by its name, whether or not its client has numbered it. */
  idOf(name: string): string {
    const found = [...this.#names].find(([, known]) => known === name || known === `${name}-1`)
    if (found === undefined) throw new Error(`there is no session ${name}`)
    return found[0]
  }

  /** The platform's own view of the sessions made since the records began, in the order of their names. */
  async made(): Promise<ReadonlyArray<Json>> {
    const sessions = await Promise.all(
      this.#made.map(async (id) => {
        const { cmd, args, env } = this.#jobs.get(id) ?? {}
        const { name, type, image, ...row } = JSON.parse(await this.#ask("GET", `session/${id}`))
        const { requestedRAM = "flexible", requestedCPUCores = "flexible", requestedGPUCores } = row
        const program = { cmd: cmd ?? null, args: args ?? [], env: env?.map(([key, value]) => `${key}=${value}`) ?? [] }
        return { name, type, image, ram: requestedRAM, cores: requestedCPUCores, gpus: requestedGPUCores, ...program }
      })
    )
    return sessions.toSorted((a, b) => (a.name < b.name ? -1 : 1))
  }

  /** Puts names in the place of ids, and a fixed address in the place of this platform's. */
  normal<A>(value: A): A {
    let text = JSON.stringify(value).replaceAll(new URL(this.#url).origin, "http://platform")
    for (const [id, name] of this.#names) text = text.replaceAll(id, `<${name}>`)
    return JSON.parse(text)
  }
}
