/**
 * Who sends the requests: the SDK, or what one would write in its place.
 */

/** What is asked about one session. `eventsText` is the table as it comes, without reading it. */
export type Operation = "info" | "events" | "eventsText" | "logs" | "destroy"

/** A client that is set up, with its connections. */
export interface Sender {
  /** Asks about one session. Whatever is not what it should be is an error. */
  readonly single: (operation: Operation, id: string) => Promise<unknown>
  /** Asks one thing after the other of the mix, about one session each, so many at once. */
  readonly many: (mix: ReadonlyArray<Operation>, ids: ReadonlyArray<string>, concurrency: number) => Promise<void>
  /** Asks about all of them in one call; how many answers there are. Only clients that have such a call. */
  readonly bulk?: (operation: Operation, ids: ReadonlyArray<string>) => Promise<number>
  readonly close: () => Promise<void>
}

/** Where to ask, and with how many connections. */
export interface Target {
  readonly server: string
  readonly token: string
  readonly concurrency: number
}

export type OpenSender = (target: Target) => Promise<Sender>

/** The operation at a place of a mix that is repeated. */
export const operationAt = (mix: ReadonlyArray<Operation>, index: number): Operation =>
  mix[index % mix.length] ?? "info"

/** So many loops at once, each with one call after the other: the way in which one sends many by hand. */
export const inLoops =
  (single: Sender["single"]): Sender["many"] =>
  async (mix, ids, concurrency) => {
    let next = 0
    const loop = async () => {
      while (next < ids.length) {
        const index = next++
        await single(operationAt(mix, index), ids[index] ?? "")
      }
    }
    await Promise.all(Array.from({ length: concurrency }, loop))
  }

const suffixes: Readonly<Record<Operation, string>> = {
  info: "",
  events: "?view=events",
  eventsText: "?view=events",
  logs: "?view=logs",
  destroy: ""
}

/** A request written by hand. */
export const methodOf = (operation: Operation): "GET" | "DELETE" => (operation === "destroy" ? "DELETE" : "GET")

export const pathOf = (prefix: string, operation: Operation, id: string): string =>
  `${prefix}/v1/session/${id}${suffixes[operation]}`

/** What it gives by hand: JSON is parsed and believed, texts are taken as they are. */
export const read = (operation: Operation, status: number, text: string): unknown => {
  if (status !== 200) throw new Error(`status ${status}`)
  return operation === "info" ? JSON.parse(text) : text
}
