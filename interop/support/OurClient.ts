/**
 * This project's client, called as a program without a type checker would call it.
 */
import { vi } from "@effect/vitest"
import { AsyncSession, Context, Images, Overview, SessionRequestError } from "skaha"
import { token, type Json, type Library, type Step } from "../scenario/Step.ts"
import type { Caller, Raised, Told } from "./Told.ts"

const classes = { sessions: AsyncSession, images: Images, context: Context, overview: Overview }

type Service = keyof typeof classes
type Arguments = { readonly [name: string]: Json }
type Client = InstanceType<(typeof classes)[Service]>

/** What stands before the options of a method, in order; in Python everything may be given by name. */
const positional: { readonly [call: string]: ReadonlyArray<string> } = {
  "sessions.info": ["ids"],
  "sessions.logs": ["ids"],
  "sessions.events": ["ids"],
  "sessions.destroy": ["ids"],
  "sessions.destroy_with": ["prefix"],
  "sessions.renew": ["ids"],
  "sessions.connect": ["ids"],
  "images.fetch": ["kind"]
}

/** How to ask for what the newest canfar does of itself. */
const asCanfar = { numbered: "several", cores: null, ram: null }

/** Python's `None` is an option that is not given. */
const withoutNulls = (options: Arguments): Arguments =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== null))

const describe = (error: unknown): Raised => {
  if (!(error instanceof Error)) return { raises: "no error", text: String(error) }
  const told = {
    raises: "_tag" in error ? String(error._tag) : error.name,
    text: error.message,
    ...("status" in error ? { status: Number(error.status) } : {})
  }
  if (!(error instanceof SessionRequestError)) return told
  const failures = [...error.errors].map(([input, failure]) => [input, describe(failure)] as const)
  return {
    ...told,
    operation: error.operation,
    results: JSON.parse(JSON.stringify(error.results ?? null)),
    failures: Object.fromEntries(failures)
  }
}

export class OurClient implements Caller {
  readonly #url: string
  readonly #library: Library
  readonly #clients = new Map<string, Client>()

  constructor(url: string, library: Library) {
    this.#url = url
    this.#library = library
  }

  #client(service: string, options: Arguments): Client {
    const key = JSON.stringify([service, options])
    const known = this.#clients.get(key)
    if (known !== undefined) return known
    // The other clients repeat nothing.
    const given = { server: this.#url, loglevel: "critical", retry: false, ...options } as const
    const client = new classes[service as Service](given)
    this.#clients.set(key, client)
    return client
  }

  #arguments(step: Step, args: Arguments): ReadonlyArray<unknown> {
    const adapted =
      this.#library === "canfar" && step.call === "sessions.create" && step.ownDefaults !== true
        ? { ...asCanfar, ...args }
        : args
    const first = positional[step.call] ?? []
    const options = Object.entries(adapted).filter(([name]) => !first.includes(name))
    return [
      ...first.map((name) => adapted[name] ?? undefined),
      ...(options.length === 0 ? [] : [Object.fromEntries(options)])
    ]
  }

  async #call(step: Step, args: Arguments): Promise<unknown> {
    const [service = "", method = ""] = step.call.split(".")
    const client = this.#client(service, withoutNulls({ token, ...step.client }))
    const methods = client as unknown as Record<string, (...given: ReadonlyArray<unknown>) => Promise<unknown>>
    return methods[method]?.call(client, ...this.#arguments(step, args))
  }

  async perform(step: Step, args: Arguments): Promise<Told> {
    const printed: Array<string> = []
    const log = vi.spyOn(console, "log").mockImplementation((text) => printed.push(String(text)))
    const told = await this.#call(step, args)
      .then((value): { readonly gives: Json } => ({ gives: JSON.parse(JSON.stringify(value ?? null)) }), describe)
      .finally(() => log.mockRestore())
    const opened = step.call === "sessions.connect" && "gives" in told ? Object.values(told.gives ?? {}) : []
    return { ...told, printed: printed.join("\n"), opened }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#clients.values()].map((client) => client.close()))
  }
}
