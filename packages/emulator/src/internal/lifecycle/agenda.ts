/** What is due when: each item once, the earliest first, and of equal times the one that was set first. */
export class Agenda<A> {
  /** A binary heap. */
  readonly #heap: Array<Appointment<A>> = []
  readonly #places = new Map<A, number>()
  #settings = 0

  /** When the earliest is due; `Infinity` when there is none. */
  get nextAt(): number {
    return this.#heap[0]?.at ?? Number.POSITIVE_INFINITY
  }

  /** The item is due at this time, and no more at the one set before. */
  set(item: A, at: number): void {
    this.delete(item)
    this.#places.set(item, this.#heap.length)
    this.#heap.push({ item, at, setting: this.#settings++ })
    this.#rise(this.#heap.length - 1)
  }

  delete(item: A): void {
    const place = this.#places.get(item)
    if (place === undefined) return
    this.#swap(place, this.#heap.length - 1)
    this.#heap.pop()
    this.#places.delete(item)
    if (place < this.#heap.length) {
      this.#rise(place)
      this.#sink(place)
    }
  }

  /** Takes away all that is due by then. */
  take(at: number): ReadonlyArray<A> {
    const due: Array<A> = []
    for (let first = this.#heap[0]; first !== undefined && first.at <= at; first = this.#heap[0]) {
      due.push(first.item)
      this.delete(first.item)
    }
    return due
  }

  #precedes(a: number, b: number): boolean {
    const first = this.#heap[a]
    const second = this.#heap[b]
    if (first === undefined || second === undefined) return second === undefined
    return first.at < second.at || (first.at === second.at && first.setting < second.setting)
  }

  #swap(a: number, b: number): void {
    const first = this.#heap[a]
    const second = this.#heap[b]
    if (first === undefined || second === undefined) return
    this.#heap[a] = second
    this.#heap[b] = first
    this.#places.set(second.item, a)
    this.#places.set(first.item, b)
  }

  #rise(place: number): void {
    for (let at = place; at > 0;) {
      const parent = (at - 1) >> 1
      if (!this.#precedes(at, parent)) return
      this.#swap(at, parent)
      at = parent
    }
  }

  #sink(place: number): void {
    for (let at = place; ;) {
      const left = 2 * at + 1
      const least = this.#precedes(left + 1, left) && left + 1 < this.#heap.length ? left + 1 : left
      if (least >= this.#heap.length || this.#precedes(at, least)) return
      this.#swap(at, least)
      at = least
    }
  }
}

interface Appointment<A> {
  readonly item: A
  readonly at: number
  readonly setting: number
}
