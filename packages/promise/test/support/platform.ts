/**
 * A platform on a port of this machine, and clients of it: one server for all tests of a file, emptied before each.
 */
import { afterAll, beforeAll, beforeEach } from "@effect/vitest"
import {
  Emulator,
  type EmulatorRequest,
  type Fault,
  type JournalEntry,
  type Script,
  type ScriptedOptions
} from "@skaha/emulator"
import { EmulatorServer } from "@skaha/emulator/node"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"
import { AsyncSession, type AsyncSessionOptions, type CreateOptions } from "skaha"
import { profile, root, server } from "./server.ts"

/** The bearer token of every platform here, and its user's name. */
export const token = "token-of-alice"
export const user = "alice"

/** An image of the public cache. */
export const image = "images.canfar.net/skaha/terminal:1.1.2"

/** What a headless session writes: blank lines, characters beyond the first plane, colours. */
export const logOf = (name: string): string => `\u{1f52d} ${name}\n\n  level=INFO \u001b[1;31m{}\n`

/** What headless sessions do: with `stay` they run on, with `fail` they fail, otherwise they complete at once. */
const script = ({ cmd, name }: { readonly cmd: string | undefined; readonly name: string }): Script => ({
  seconds: cmd === "stay" ? 3600 : 0,
  exitCode: cmd === "fail" ? 1 : 0,
  log: logOf(name)
})

/** What came in over the wire. */
export interface Arrived {
  readonly method: string
  /** The path and query as on the request line, after `/skaha`. */
  readonly target: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

type Services = Emulator | EmulatorServer

const open = (options: ScriptedOptions, arrived: Array<Arrived>) => {
  const note = ({ method, target, headers, body }: EmulatorRequest) =>
    arrived.push({ method, target: target.replace("/skaha", ""), headers, body: new TextDecoder().decode(body) })
  const emulator = Layer.effect(
    Emulator,
    Effect.map(Emulator, (platform) =>
      Emulator.of({
        ...platform,
        handle: (request) =>
          Effect.suspend(() => {
            note(request)
            return platform.handle(request)
          })
      })
    )
  ).pipe(Layer.provide(Emulator.layer({ pending: 0, token, user, seed: "promise", script, profile, ...options })))
  return ManagedRuntime.make(Layer.provideMerge(EmulatorServer.layer(), emulator))
}

/** A running platform, in the words of tests. */
export class Platform {
  readonly #arrived: Array<Arrived> = []
  readonly #runtime: ReturnType<typeof open>
  readonly #clients: Array<AsyncDisposable> = []
  #url = ""

  constructor(options: ScriptedOptions) {
    this.#runtime = open(options, this.#arrived)
  }

  #run<A>(use: (emulator: Emulator["Service"]) => Effect.Effect<A>): Promise<A> {
    return this.#runtime.runPromise(Effect.flatMap(Emulator, use))
  }

  async start(): Promise<void> {
    const server: Effect.Effect<{ readonly url: string }, never, Services> = EmulatorServer
    this.#url = (await this.#runtime.runPromise(server)).url
  }

  async stop(): Promise<void> {
    await this.closeClients()
    await this.#runtime.dispose()
  }

  /** Where clients find it; without the version. */
  get url(): string {
    return this.#url
  }

  /** The same as options of a client. */
  get address(): { readonly server: string; readonly version: string } {
    return { server: this.#url, version: server.version }
  }

  /** Everything that came in since the test began, in order. */
  get arrived(): ReadonlyArray<Arrived> {
    return this.#arrived
  }

  /** The same as `METHOD /path?query`. */
  get sent(): ReadonlyArray<string> {
    return this.#arrived.map(({ method, target }) => `${method} ${target}`)
  }

  /** The forms of the creates: names and values, in order. */
  get forms(): ReadonlyArray<ReadonlyArray<readonly [name: string, value: string]>> {
    return this.#arrived
      .filter(({ method, target }) => method === "POST" && target === `${root}/session`)
      .map(({ body }) => [...new URLSearchParams(body)])
  }

  /** What was answered: the status is `undefined` where the client left first. */
  requests(): Promise<ReadonlyArray<JournalEntry>> {
    return this.#run((emulator) => emulator.requests)
  }

  inFlight(): Promise<number> {
    return this.#run((emulator) => emulator.inFlight)
  }

  maxInFlight(): Promise<number> {
    return this.#run((emulator) => emulator.maxInFlight)
  }

  /** Makes things go wrong from now on. */
  fail(...faults: ReadonlyArray<Fault>): Promise<void> {
    return this.#run((emulator) => emulator.setFaults(faults))
  }

  /** Forgets the requests so far. */
  async forget(): Promise<void> {
    this.#arrived.length = 0
    await this.#run((emulator) => emulator.clear)
  }

  /** No sessions, no faults, nothing noted. */
  async reset(): Promise<void> {
    await this.closeClients()
    await this.fail()
    const client = this.sessions()
    await client.destroy((await client.fetch()).map(({ id }) => id))
    await this.forget()
  }

  /**
   * A client with a valid token, closed when the test is over. It logs nothing unless told otherwise, and repeats
   * nothing, unlike in life: a test sees each request that it makes.
   */
  sessions(options: AsyncSessionOptions = {}): AsyncSession {
    return this.closing(
      new AsyncSession({
        ...(options.url === undefined ? this.address : {}),
        token,
        loglevel: "critical",
        retry: false,
        ...options
      })
    )
  }

  /** Has a client closed when the test is over. */
  closing<Client extends AsyncDisposable>(client: Client): Client {
    this.#clients.push(client)
    return client
  }

  async closeClients(): Promise<void> {
    await Promise.all(this.#clients.splice(0).map((client) => client[Symbol.asyncDispose]()))
  }

  /** Makes one session by the way of the API, and forgets the requests of it. */
  async given(options: Partial<CreateOptions> = {}): Promise<string> {
    const [id = ""] = await this.sessions().create({ name: "given", image, errors: "raise", ...options })
    await this.forget()
    return id
  }
}

/** The platform of a test file. */
export const usePlatform = (options: ScriptedOptions = {}): Platform => {
  const platform = new Platform(options)
  beforeAll(() => platform.start())
  beforeEach(() => platform.reset())
  afterAll(() => platform.stop())
  return platform
}
