/**
 * A batch of headless sessions from launch to end: eight replicas each estimate π, the program watches them, reads
 * what they wrote, and destroys them. It is what `npm start` runs.
 *
 * It needs nothing: without `SKAHA_URL` it starts an emulator of the platform, which runs the sessions as processes
 * of this machine. With `SKAHA_URL` and `SKAHA_TOKEN` it runs on that platform.
 */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import { ReplyObserver, type SkahaError } from "@skaha/core"
import { Outcome, Sessions, type Session, type SessionChange } from "@skaha/session"
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Config from "effect/Config"
import * as Data from "effect/Data"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import { Platform } from "../support/Platform.ts"
import { complain } from "./complain.ts"
import { View, type Row } from "./view.ts"

const replicas = 8

/** Seconds, more than the jobs need, even where an image must be pulled first. */
const limit = 600

const settings = Config.all({
  image: Config.String("SKAHA_IMAGE").pipe(Config.withDefault("images.canfar.net/skaha/terminal:1.1.2"))
})

/**
 * What each replica runs: random points in a square, of which a share of π/4 lies in the circle. The platform hands
 * `cmd` and `args` to the container without a shell: arguments are parted by blanks, and there are no quotes or `$`.
 * So a real job is a program in the image; this one is written in awk, which every image has. Each replica learns
 * from `REPLICA_ID` which one it is, and here takes that many times as many points, so that they end one by one.
 */
const job = {
  cmd: "awk",
  args:
    "-v id=REPLICA_ID -v points=1000000 " +
    "BEGIN{r=ENVIRON[id];srand(r);while(i++<r*points)if(rand()^2+rand()^2<1)hits++;print(4*hits/(r*points))}"
}

/** Jobs ended with an error of their own, or not in time. */
class JobsFailed extends Data.TaggedError("JobsFailed")<{
  readonly names: ReadonlyArray<string>
  /** What became of the first. */
  readonly reason: SkahaError
}> {
  override get message() {
    return `${this.names.length} of ${replicas} sessions did not complete: ${this.names.join(", ")} (${this.reason.message})`
  }
}

/** Not everything could be tidied up. */
class LeftBehind extends Data.TaggedError("LeftBehind")<{ readonly name: string; readonly reason: SkahaError }> {
  override get message() {
    return `sessions named ${this.name}-… may be left on the platform: ${this.reason.message}`
  }
}

interface Created {
  readonly name: string
  readonly id: string
}

/** Creates the replicas, and counts the server's answers as they come. */
const create = Effect.fn("create")(function* (name: string) {
  const view = yield* View
  const sessions = yield* Sessions
  const { image } = yield* settings
  const progress = yield* view.progress("Creating", replicas)
  const outcomes = yield* sessions.create({ name, image, replicas, ...job }).pipe(
    Effect.provideService(ReplyObserver, ({ method, status }) => {
      if (method === "POST" && status === 200) progress.advance()
    })
  )
  // Every replica has its outcome: an id or an error. Here one that failed ends the program.
  const [failure] = Outcome.failures(outcomes)
  if (failure !== undefined) return yield* failure.error
  return outcomes.flatMap(({ input, result }): ReadonlyArray<Created> =>
    Result.isSuccess(result) ? [{ name: input, id: result.success }] : []
  )
}, Effect.scoped)

/** Notes what a change says of a session's status. */
const note = (statuses: Map<string, string>, change: SessionChange): void => {
  if (change._tag === "Gone") statuses.set(change.last.id, "Gone")
  else if ("session" in change) statuses.set(change.session.id, change.session.status)
}

/** Shows the sessions, each change and each second, until all are over; gives what became of each. */
const watch = Effect.fn("watch")(function* (jobs: ReadonlyArray<Created>) {
  const view = yield* View
  const sessions = yield* Sessions
  const start = yield* Clock.currentTimeMillis
  const ids = jobs.map(({ id }) => id)

  const statuses = new Map<string, string>()
  const show = Effect.flatMap(Clock.currentTimeMillis, (now) =>
    view.sessions(
      jobs.map(({ name, id }): Row => ({ name, id, status: statuses.get(id) ?? "Pending" })),
      Math.round((now - start) / 1000)
    )
  )
  // Those who watch and those who wait share their looks: one list a second, at most, for all of it.
  const changes = sessions
    .watch({ ids }, { existing: true, interval: 1 })
    .pipe(Stream.tap((change) => Effect.sync(() => note(statuses, change))))
  const showing = Stream.runForEach(Stream.merge(changes, Stream.tick("1 second")), () => show)
  const outcomes = yield* Effect.raceFirst(
    sessions.waitCompleted(ids, { timeout: limit }),
    Effect.andThen(showing, Effect.never)
  )

  for (const { id, status } of Outcome.values(outcomes)) statuses.set(id, status)
  yield* show
  return outcomes
})

/** Reads what the sessions wrote, shows some of it, and makes one result of all of it. */
const collect = Effect.fn("collect")(function* (
  jobs: ReadonlyArray<Created>,
  ended: ReadonlyArray<Outcome.Outcome<Session>>
) {
  const view = yield* View
  const sessions = yield* Sessions
  const logs = yield* sessions.logs(jobs.map(({ id }) => id))
  const [unread] = Outcome.failures(logs)
  if (unread !== undefined) return yield* unread.error
  const texts = Outcome.values(logs).map((text) => text.trim())
  const failures = Outcome.failures(ended)
  const [failure] = failures
  const failed = jobs.filter((_, index) => failures.some((each) => each.index === index))
  for (const job of failed.length > 0 ? failed : jobs.slice(0, 3)) {
    yield* view.line(`Log of ${job.name}: ${texts[jobs.indexOf(job)] || "(empty)"}`)
  }
  if (failure !== undefined) {
    return yield* new JobsFailed({ names: failed.map(({ name }) => name), reason: failure.error })
  }
  const mean = texts.reduce((sum, text) => sum + Number(text), 0) / texts.length
  yield* view.line(`The mean of all ${texts.length}: π ≈ ${mean.toFixed(4)}`)
})

/** Destroys whatever this run has created, also what a create that was cut short never told the id of. */
const tidyUp = Effect.fn("tidyUp")(
  function* (name: string) {
    const view = yield* View
    const sessions = yield* Sessions
    const { outcomes } = yield* sessions.destroyWith({ prefix: `${name}-` }, { status: "" })
    const [failure] = Outcome.failures(outcomes)
    if (failure !== undefined) return yield* failure.error
    if (outcomes.length > 0) yield* view.line(`Destroyed ${outcomes.length} sessions.`)
  },
  (effect, name) => Effect.mapError(effect, (reason) => new LeftBehind({ name, reason }))
)

const program = Effect.gen(function* () {
  const view = yield* View
  const platform = yield* Platform
  const sessions = yield* Sessions
  yield* view.line(`Platform: ${platform.url}`)
  if (platform.emulated) {
    yield* view.line("(an emulator, for this run only; SKAHA_URL and SKAHA_TOKEN name a real platform)")
  }

  // Something harmless first: a wrong address or token shows here, when there is nothing to tidy up.
  yield* sessions.fetch({ kind: "headless" })

  // Names need not be unique on the platform; this one should be, since all that bears it is destroyed at the end.
  const name = `pi-${crypto.randomUUID().slice(0, 6)}`
  const [took] = yield* create(name).pipe(
    Effect.flatMap((jobs) => Effect.flatMap(watch(jobs), (ended) => collect(jobs, ended))),
    // After success, failure and Ctrl-C alike.
    Effect.onInterrupt(() => view.line("Interrupted.")),
    Effect.onExit(() => tidyUp(name)),
    Effect.timed
  )
  yield* view.line(`Done in ${(Duration.toMillis(took) / 1000).toFixed(1)} s.`)
})

program.pipe(
  Effect.provide(Layer.merge(View.layer, Platform.layer)),
  Effect.tapCause((cause) => (Cause.hasInterruptsOnly(cause) ? Effect.void : complain(cause))),
  // The exit code: 0, 1 after a failure, 130 after Ctrl-C.
  NodeRuntime.runMain({ disableErrorReporting: true })
)
