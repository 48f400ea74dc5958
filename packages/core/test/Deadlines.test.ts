import { afterEach, assert, beforeEach, describe, it, vi } from "@effect/vitest"
import { Deadlines } from "../src/node/internal/Deadlines.ts"

/** Something with an end, that writes its name down when the end has come. */
class Item {
  deadline = Infinity
  place = -1
  readonly name: string
  readonly #ended: Array<string>
  constructor(name: string, ended: Array<string>) {
    this.name = name
    this.#ended = ended
  }
  watch(deadlines: Deadlines, seconds?: number): this {
    this.deadline = deadlines.add(this, seconds)
    return this
  }
  expire(): void {
    this.#ended.push(this.name)
  }
}

describe("Deadlines", () => {
  let ended: Array<string>
  let deadlines: Deadlines
  const item = (name: string, seconds?: number) => new Item(name, ended).watch(deadlines, seconds)

  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] })
    ended = []
    deadlines = new Deadlines()
  })
  afterEach(() => {
    deadlines.stop()
    vi.useRealTimers()
  })

  // Each item removes itself as it ends, as an exchange does.
  const selfRemoving = (name: string, seconds: number) => {
    const one = item(name, seconds)
    one.expire = () => {
      ended.push(name)
      deadlines.remove(one)
    }
    return one
  }

  it("ends the earliest first, whatever the order of adding, with one timer", () => {
    selfRemoving("late", 3)
    selfRemoving("early", 1)
    selfRemoving("middle", 2)
    assert.strictEqual(vi.getTimerCount(), 1)
    vi.advanceTimersByTime(999)
    assert.deepStrictEqual(ended, [])
    vi.advanceTimersByTime(1)
    assert.deepStrictEqual(ended, ["early"])
    assert.strictEqual(vi.getTimerCount(), 1)
    vi.advanceTimersByTime(1000)
    assert.deepStrictEqual(ended, ["early", "middle"])
    vi.advanceTimersByTime(1000)
    assert.deepStrictEqual(ended, ["early", "middle", "late"])
    assert.strictEqual(vi.getTimerCount(), 0)
  })

  it("ends all that are due at once", () => {
    for (const name of ["a", "b", "c"]) selfRemoving(name, 1)
    vi.advanceTimersByTime(1000)
    assert.deepStrictEqual(ended, ["a", "b", "c"])
  })

  it("answers the deadline, and never ends what has no limit", () => {
    const now = performance.now()
    assert.strictEqual(item("limited", 2).deadline, now + 2000)
    assert.strictEqual(item("unlimited").deadline, Infinity)
    vi.advanceTimersByTime(1e9)
    assert.deepStrictEqual(ended, ["limited"])
  })

  it("sets no timer where nothing has a limit", () => {
    item("unlimited")
    assert.strictEqual(vi.getTimerCount(), 0)
  })

  it("does not end what was removed, and goes on with the next", () => {
    const first = selfRemoving("first", 1)
    selfRemoving("second", 2)
    deadlines.remove(first)
    vi.advanceTimersByTime(1500)
    assert.deepStrictEqual(ended, [])
    vi.advanceTimersByTime(500)
    assert.deepStrictEqual(ended, ["second"])
  })

  it("is set again for what is added after it fired", () => {
    selfRemoving("first", 1)
    vi.advanceTimersByTime(1000)
    selfRemoving("second", 1)
    vi.advanceTimersByTime(1000)
    assert.deepStrictEqual(ended, ["first", "second"])
  })

  it("is set earlier for an earlier one, and leaves an earlier setting alone", () => {
    selfRemoving("first", 10)
    vi.advanceTimersByTime(1000)
    selfRemoving("second", 1)
    selfRemoving("third", 60)
    vi.advanceTimersByTime(1000)
    assert.deepStrictEqual(ended, ["second"])
    vi.advanceTimersByTime(8000)
    assert.deepStrictEqual(ended, ["second", "first"])
  })

  it("ends none of which another's end has made an end, and watches what it has begun", () => {
    const [first, second] = [selfRemoving("first", 1), selfRemoving("second", 1)]
    first.expire = () => {
      ended.push("first")
      deadlines.remove(first)
      deadlines.remove(second)
      selfRemoving("third", 0.5)
    }
    selfRemoving("fourth", 2)
    vi.advanceTimersByTime(1499)
    assert.deepStrictEqual(ended, ["first"])
    vi.advanceTimersByTime(1)
    assert.deepStrictEqual(ended, ["first", "third"])
    vi.advanceTimersByTime(500)
    assert.deepStrictEqual(ended, ["first", "third", "fourth"])
  })

  it("keeps its places, whatever the order of leaving", () => {
    const names = Array.from({ length: 20 }, (_, index) => `${index}`)
    const items = names.map((name) => selfRemoving(name, 1))
    for (const index of [19, 0, 7, 18, 7, 3, 1]) deadlines.remove(items[index] ?? item(""))
    vi.advanceTimersByTime(1000)
    const left = names.filter((name) => !["19", "0", "7", "18", "3", "1"].includes(name))
    assert.deepStrictEqual(ended.toSorted(), left.toSorted())
  })

  it("reaches a deadline that is further away than a timer can be set", () => {
    const days = 40 * 24 * 3600
    selfRemoving("far", days)
    vi.advanceTimersByTime(2 ** 31)
    assert.deepStrictEqual(ended, [])
    vi.advanceTimersByTime(days * 1000 - 2 ** 31)
    assert.deepStrictEqual(ended, ["far"])
  })

  it("leaves no timer and ends nothing once stopped", () => {
    selfRemoving("a", 1)
    selfRemoving("b", 2)
    deadlines.stop()
    assert.strictEqual(vi.getTimerCount(), 0)
    vi.advanceTimersByTime(5000)
    assert.deepStrictEqual(ended, [])
  })

  it("lets the process end while it waits", () => {
    vi.useRealTimers()
    const before = process.getActiveResourcesInfo().filter((name) => name === "Timeout").length
    item("pending", 60)
    assert.strictEqual(process.getActiveResourcesInfo().filter((name) => name === "Timeout").length, before)
  })
})
