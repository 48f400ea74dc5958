import type { EmulatorRequest, JournalEntry } from "../Exchange.ts"
import type { FaultAction } from "../Fault.ts"

/** So many requests are remembered; the oldest are forgotten first. */
const capacity = 100_000

interface Entry extends JournalEntry {
  status: number | undefined
}

/** What the emulator has been asked, and how much of it at the same time. */
export class Journal {
  #entries: Array<Entry> = []
  #inFlight = 0
  #maxInFlight = 0

  begin({ method, target }: EmulatorRequest, fault: FaultAction["_tag"] | undefined): Entry {
    const entry: Entry = { method, target, status: undefined, ...(fault === undefined ? undefined : { fault }) }
    // Forgetting in large steps keeps it cheap.
    if (this.#entries.length >= capacity * 2) this.#entries = this.#entries.slice(capacity)
    this.#entries.push(entry)
    this.#inFlight++
    this.#maxInFlight = Math.max(this.#maxInFlight, this.#inFlight)
    return entry
  }

  end(entry: Entry, status: number | undefined): void {
    entry.status = status
    this.#inFlight--
  }

  get entries(): ReadonlyArray<JournalEntry> {
    return this.#entries.slice(-capacity).map((entry) => ({ ...entry }))
  }

  get inFlight(): number {
    return this.#inFlight
  }

  get maxInFlight(): number {
    return this.#maxInFlight
  }

  clear(): void {
    this.#entries = []
    this.#maxInFlight = this.#inFlight
  }
}
