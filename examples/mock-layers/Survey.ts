/**
 * A service as a user of the platform would write one: it observes fields of the sky, one headless session each.
 * It knows the platform only as the service `Sessions`, so whoever runs or tests it decides what stands behind that.
 */
import type { SkahaError } from "@skaha/core"
import { Outcome, Sessions } from "@skaha/session"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Result from "effect/Result"
import * as Schedule from "effect/Schedule"

/** What became of one field: what its session wrote, or why there is nothing. */
export interface Observation {
  readonly field: string
  readonly result: Result.Result<string, string>
}

const isOver = (status: string) => status === "Completed" || status === "Failed"

export class Survey extends Context.Service<
  Survey,
  {
    /** Observes all fields at once, and gives one observation for each, in order. Leaves no session behind. */
    readonly observe: (fields: ReadonlyArray<string>) => Effect.Effect<ReadonlyArray<Observation>, SkahaError>
  }
>()("skaha-examples/mock-layers/Survey") {
  static readonly layer = Layer.effect(
    Survey,
    Effect.gen(function* () {
      const sessions = yield* Sessions

      /** One session for a field: its id, or why the platform refused. */
      const launch = (field: string) =>
        sessions.create({ name: `survey-${field}`, image: "skaha/terminal:1.1.2", cmd: "observe", args: field }).pipe(
          Effect.map((outcomes) => Outcome.values(outcomes).join()),
          Effect.result,
          Effect.map((id) => ({ field, id }))
        )

      /** The status of each session once all are over, with one list every ten seconds. */
      const waitFor = (ids: ReadonlyArray<string>) =>
        sessions.fetch({ kind: "headless" }).pipe(
          Effect.map((list) => list.filter(({ id }) => ids.includes(id))),
          Effect.repeat({
            until: (mine) => mine.every(({ status }) => isOver(status)),
            schedule: Schedule.spaced("10 seconds")
          }),
          Effect.map((mine) => new Map(mine.map(({ id, status }) => [id, status])))
        )

      const collect = Effect.fnUntraced(function* (launched: ReadonlyArray<Effect.Success<ReturnType<typeof launch>>>) {
        const ids = launched.flatMap(({ id }) => (Result.isSuccess(id) ? [id.success] : []))
        const statuses = yield* waitFor(ids)
        return yield* Effect.forEach(
          launched,
          Effect.fnUntraced(function* ({ field, id }): Effect.fn.Return<Observation, SkahaError> {
            if (Result.isFailure(id)) return { field, result: Result.fail(id.failure.message) }
            const text = (yield* sessions.logs(id.success)).trim()
            const completed = statuses.get(id.success) === "Completed"
            return { field, result: completed ? Result.succeed(text) : Result.fail(text || "the session vanished") }
          }),
          { concurrency: "unbounded" }
        )
      })

      return Survey.of({
        observe: Effect.fn("Survey.observe")((fields) =>
          Effect.acquireUseRelease(
            Effect.forEach(fields, launch, { concurrency: "unbounded" }),
            collect,
            // Also when the observation fails or is interrupted.
            (launched) =>
              sessions
                .destroy(launched.flatMap(({ id }) => (Result.isSuccess(id) ? [id.success] : [])))
                .pipe(Effect.asVoid)
          )
        )
      })
    })
  )
}
