import type { SkahaError } from "@skaha/core"
import type { Created } from "@skaha/session"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Random from "effect/Random"
import * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import type { Findings } from "../Findings.ts"
import { image, type World } from "../world/World.ts"
import { idsOf, judgeCreated, replicaNames } from "./judging.ts"
import type { Scenario } from "./Scenario.ts"

/** What was told of a create before its end. */
interface Told {
  readonly ids: ReadonlyArray<string>
  /** The names of which there may be a session, too; absent where nobody could say so. */
  readonly unresolved?: ReadonlyArray<string>
}

/** Creates until something happens; gives what was told. */
type FirstRun = (world: World, findings: Findings) => Effect.Effect<Told, SkahaError, Scope.Scope>

/** They end soon: what has ended is to be taken up, too. */
const specOf = ({ scale }: World) => ({ name: "batch", image, cmd: "run", args: "100", replicas: scale.replicas })

/** A moment at which creating is under way, or hardly over. */
const moment = Effect.fnUntraced(function* ({ scale, wire }: World) {
  yield* wire.reaches(yield* Random.nextIntBetween(1, 2 * scale.replicas))
  yield* Effect.sleep(yield* Random.nextIntBetween(0, 500))
})

/** The client is interrupted, and has a last word; or it is killed, and has none. */
const endedAtSomeMoment =
  (end: "interrupt" | "kill"): FirstRun =>
  (world, findings) =>
    Effect.gen(function* () {
      const { kill, sessions } = yield* world.connectMortal
      const told: Array<Created> = []
      const unresolved: Array<string> = []
      yield* world.storm
      const creating = yield* Effect.forkChild(
        Effect.result(
          sessions.create(
            specOf(world),
            (outcome) => void told.push(outcome),
            (name) => void unresolved.push(name)
          )
        )
      )
      yield* Effect.raceFirst(moment(world), Fiber.await(creating))
      if (end === "kill") yield* kill
      yield* Fiber.interrupt(creating)
      // What a killed client would have said, nobody has heard.
      if (end === "kill") return { ids: [] }
      const made = told.filter(({ result }) => Result.isSuccess(result))
      return { ids: idsOf(made, findings), unresolved }
    })

const resumingAfter = (name: string, first: FirstRun): Scenario => ({
  name,
  mostLists: 3,
  run: Effect.fnUntraced(function* (world, findings) {
    const spec = specOf(world)
    const names = replicaNames(spec.name, spec.replicas)
    const { ids: told, unresolved } = yield* first(world, findings)
    yield* world.calm
    const before = yield* world.held
    const existed = new Set(before.map(({ id }) => id))
    findings.expect(
      told.every((id) => existed.has(id)),
      "an id was given of no session, before the end"
    )
    if (unresolved !== undefined) {
      findings.counted(
        "lost",
        before.flatMap(({ id, name }) => (told.includes(id) || unresolved.includes(name) ? [] : [name])),
        "sessions exist of which an interrupted create has told nobody"
      )
    }

    yield* world.storm
    const resumed = yield* (yield* world.connect).create({ ...spec, resume: true })
    yield* world.calm
    const after = yield* world.held
    judgeCreated(names, after, idsOf(resumed, findings), findings)
    const adopted = resumed.filter(
      ({ adopted, result }) => adopted === true && Result.isSuccess(result) && existed.has(result.success)
    )
    findings.figures.adopted += adopted.length
    findings.expect(adopted.length === before.length, `of ${before.length} sessions ${adopted.length} were adopted`)

    yield* world.storm
    const again = idsOf(yield* (yield* world.connect).create(spec), findings)
    yield* world.calm
    const all = yield* world.held
    const old = new Set(after.map(({ id }) => id))
    judgeCreated(
      names,
      all.filter(({ id }) => !old.has(id)),
      again,
      findings
    )
    findings.counted(
      "lost",
      [...old].filter((id) => !all.some((session) => session.id === id)),
      "sessions are gone that were there before"
    )
  })
})

/** A client is interrupted while it creates; a second run takes up what there is, a third leaves it alone. */
export const interrupted = resumingAfter("interrupted", endedAtSomeMoment("interrupt"))

/** The same for a client that has no last moments. */
export const killed = resumingAfter("killed", endedAtSomeMoment("kill"))
