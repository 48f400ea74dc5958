import { assert, it } from "@effect/vitest"
import { Outcome, Sessions, type Session } from "@skaha/session"
import * as Arbitrary from "effect/Arbitrary"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import { Held, holding, idsOf, listOf, open, rowOf, settled, type HeldRequest } from "./support/held.ts"
import { between, pick, seeded } from "./support/properties.ts"

const ids = idsOf(8)

/** A call that needs the caller's list. */
type Call = "info" | "get" | "destroyWith"

/** What happens next. Its number says how many calls are made at once, or chooses a request or a fiber. */
interface Event {
  readonly what: Call | "write" | "answer" | "fail" | "interrupt"
  readonly number: number
}

const event: Arbitrary.Arbitrary<Event> = Arbitrary.all({
  what: pick("info", "get", "destroyWith", "write", "write", "answer", "answer", "fail", "interrupt"),
  number: between(0, 7)
})

const isList = ({ line }: HeldRequest) => line === "GET /session" || line.startsWith("GET /session?")
const isWrite = ({ line }: HeldRequest) => line.startsWith("DELETE")

/** The sessions that come of a call; none of one that fails. */
const callOf = (call: Call) =>
  Sessions.use(({ info, get, destroyWith }): Effect.Effect<ReadonlyArray<Session>> => {
    if (call === "info") return Effect.map(info(ids), Outcome.values)
    if (call === "get") return Effect.orDie(Effect.forEach(ids, (id) => get(id), { concurrency: "unbounded" }))
    return destroyWith({ prefix: "list" }, { dryRun: true }).pipe(
      Effect.map(({ selected }) => selected),
      Effect.catchTag("ServerBusy", () => Effect.succeed([])),
      Effect.orDie
    )
  })

/** A list that is under way by the rule. */
interface Expected {
  readonly key: "whole" | "filtered"
  readonly ended: number
  readonly waiting: Set<Reader>
}

/** A call that has been made. */
interface Reader {
  readonly fiber: Fiber.Fiber<ReadonlyArray<Session>>
  /** How many writes had ended when it was made. */
  readonly ended: number
}

it.effect.prop(
  "a list from before the end of a write never answers a later read, and no more lists are asked for than that needs",
  [Arbitrary.array(event, { minLength: 25, maxLength: 25 })],
  ([events]) =>
    Effect.gen(function* () {
      const { destroy } = yield* Sessions
      const held = yield* Held
      const readers: Array<Reader> = []
      const writers: Array<Fiber.Fiber<unknown, unknown>> = []
      /** How many writes had ended when each list came in. */
      const endedAtList: Array<number> = []
      let lists: ReadonlyArray<Expected> = []
      let expected = 0

      const over = (list: Expected | undefined) => {
        lists = lists.filter((other) => other !== list)
      }
      const ended = () => writers.filter((fiber) => fiber.pollUnsafe() !== undefined).length

      /** Lets everybody get on; what is asked for singly is answered at once. */
      const goOn = Effect.gen(function* () {
        yield* settled
        for (;;) {
          const singles = held.filter((request) => request.isOpen && !isList(request) && !isWrite(request))
          if (singles.length === 0) break
          for (const { answer, line } of singles) {
            yield* answer({ body: JSON.stringify({ ...rowOf(line.split("/").at(-1) ?? ""), name: "single" }) })
          }
          yield* settled
        }
        while (endedAtList.length < held.filter(isList).length) endedAtList.push(ended())
      })

      const ask = Effect.fnUntraced(function* (call: Call) {
        const reader = { fiber: yield* Effect.forkChild(callOf(call)), ended: ended() }
        readers.push(reader)
        const keys = call === "destroyWith" ? (["filtered", "whole"] as const) : (["whole"] as const)
        const found = keys
          .map((key) => lists.findLast((list) => list.key === key))
          .find((list) => list?.ended === reader.ended)
        if (found === undefined) {
          expected++
          lists = [...lists, { key: keys[0], ended: reader.ended, waiting: new Set([reader]) }]
        } else found.waiting.add(reader)
      })

      const answer = Effect.fnUntraced(function* (request: HeldRequest, status: number) {
        if (!isList(request)) return yield* request.answer({ status })
        const number = held.filter(isList).indexOf(request)
        over(lists[held.filter((other) => isList(other) && other.isOpen).indexOf(request)])
        yield* request.answer({ status, ...listOf(ids, { status: "Completed", name: `list-${number}` }) })
      })

      const happen = Effect.fnUntraced(function* ({ number, what }: Event) {
        if (what === "write") {
          writers.push(yield* Effect.forkChild(destroy(ids[number] ?? "")))
        } else if (what === "answer" || what === "fail") {
          const requests = yield* open
          const request = requests[number % requests.length]
          if (request !== undefined) yield* answer(request, what === "answer" ? 200 : 503)
        } else if (what === "interrupt") {
          const all: ReadonlyArray<Fiber.Fiber<unknown, unknown>> = [...readers.map(({ fiber }) => fiber), ...writers]
          const fibers = all.filter((fiber) => fiber.pollUnsafe() === undefined)
          const fiber = fibers[number % fibers.length]
          if (fiber !== undefined) yield* Fiber.interrupt(fiber)
          for (const list of lists) {
            for (const reader of list.waiting) if (reader.fiber === fiber) list.waiting.delete(reader)
            if (list.waiting.size === 0) over(list)
          }
        } else {
          for (let count = 0; count <= number % 3; count++) yield* ask(what)
        }
        yield* goOn
      })

      for (const next of events) {
        yield* happen(next)
        assert.strictEqual(held.filter(isList).length, expected, "as many lists as the rule needs")
        assert.strictEqual(held.filter((request) => isList(request) && request.isOpen).length, lists.length)
      }
      for (let requests = yield* open; requests.length > 0; requests = yield* open) {
        yield* happen({ what: "answer", number: 0 })
      }
      for (const reader of readers) {
        const exit = reader.fiber.pollUnsafe()
        assert.isDefined(exit, "every read has its answer")
        if (exit === undefined || Exit.hasInterrupts(exit)) continue
        assert.isTrue(Exit.isSuccess(exit))
        for (const { name = "" } of Exit.isSuccess(exit) ? exit.value : []) {
          if (name === "single") continue
          const number = Number(name.replace("list-", ""))
          assert.isAtLeast(endedAtList[number] ?? -1, reader.ended, `${name} is not from before a write ended`)
        }
      }
    }).pipe(Effect.provide(holding())),
  seeded(100)
)
