import type { Amounts } from "./room.ts"

/** Those who wait with the same request: where the first of them stands, who left before their turn included. */
interface Row<A> {
  readonly request: Amounts
  members: Array<{ readonly item: A; readonly ticket: number }>
  first: number
}

/**
 * Who waits for room, in the order of their coming. Who asks for the same stands in the same row, so the first who fits
 * is found by looking at one of each row, however many wait.
 */
export class WaitingLine<A> {
  readonly #rows = new Map<string, Row<A>>()
  /** The ticket of each who waits; that of who left and came back is a new one. */
  readonly #tickets = new Map<A, number>()
  #next = 0

  add(item: A, request: Amounts): void {
    const key = `${request.cores} ${request.ram} ${request.gpus}`
    const row: Row<A> = this.#rows.get(key) ?? { request, members: [], first: 0 }
    this.#rows.set(key, row)
    row.members.push({ item, ticket: this.#next })
    this.#tickets.set(item, this.#next++)
  }

  remove(item: A): void {
    this.#tickets.delete(item)
  }

  /** Takes the first whose request fits. */
  take(fits: (request: Amounts) => boolean): A | undefined {
    let found: { readonly item: A; readonly ticket: number } | undefined
    for (const [key, row] of this.#rows) {
      const member = this.#firstOf(row)
      if (member === undefined) this.#rows.delete(key)
      else if ((found === undefined || member.ticket < found.ticket) && fits(row.request)) found = member
    }
    if (found !== undefined) this.#tickets.delete(found.item)
    return found?.item
  }

  #firstOf(row: Row<A>) {
    for (; row.first < row.members.length; row.first++) {
      const member = row.members[row.first]
      if (member !== undefined && this.#tickets.get(member.item) === member.ticket) break
    }
    // In large steps, so that it costs little.
    if (row.first > 1000 && row.first * 2 > row.members.length) {
      row.members = row.members.slice(row.first)
      row.first = 0
    }
    return row.members[row.first]
  }
}
