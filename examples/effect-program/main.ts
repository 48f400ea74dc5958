/**
 * Composing with Effect: a service of one's own on top of the platform's, layers that decide what stands behind it,
 * errors with types, and things done at the same time. Run it with `npm run example effect-program`.
 *
 * Without `SKAHA_URL` the platform is the emulator in memory: no network at all. With `SKAHA_URL` and `SKAHA_TOKEN` the
 * very same program runs on a real one.
 */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import { Transport, type SkahaError } from "@skaha/core"
import { UndiciTransport } from "@skaha/core/node"
import { Emulator } from "@skaha/emulator"
import { Context, Images, Outcome, Overview, Sessions, Skaha, type SessionSpec } from "@skaha/session"
import * as Config from "effect/Config"
import * as Console from "effect/Console"
import * as EffectContext from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"

// ---- a service of one's own ----

/** A session that can be opened in a browser. */
interface Desk {
  readonly id: string
  readonly cores: number
  /** Redacted: whoever has the address can use the session, so it must not end up in a log. */
  readonly address: Redacted.Redacted
}

/** Opens interactive sessions and closes them again. */
class Workbench extends EffectContext.Service<
  Workbench,
  {
    /** Opens a session, with the most cores there are if those asked for are too many; destroyed with the scope. */
    readonly open: (spec: SessionSpec & { readonly cores: number }) => Effect.Effect<Desk, SkahaError, Scope.Scope>
  }
>()("skaha-examples/effect-program/Workbench") {
  static readonly layer = Layer.effect(
    Workbench,
    Effect.gen(function* () {
      const sessions = yield* Sessions
      const context = yield* Context

      /** Creates a session, which is destroyed when the scope closes. */
      const create = (spec: SessionSpec & { readonly cores: number }) =>
        Effect.map(sessions.scoped(spec), (outcomes) => ({ ids: Outcome.values(outcomes), cores: spec.cores }))

      return Workbench.of({
        open: Effect.fn("Workbench.open")(function* (spec) {
          const { ids, cores } = yield* create(spec).pipe(
            // Errors have types: this one says which option the platform does not have, and the others pass.
            Effect.catchTag("ResourceUnavailable", (error) =>
              Effect.gen(function* () {
                yield* Console.log(`${spec.name}: ${error.option} = ${error.value} is not offered; taking the most`)
                const offered = yield* context.resources
                return yield* create({ ...spec, cores: Math.max(...offered.cores.options) })
              })
            )
          )
          const [id = ""] = ids
          // It is pending for a while, and its page takes longer: no more than five minutes.
          yield* sessions.waitReady(id, { timeout: 300 })
          const address = yield* sessions.connectUrl(id)
          return { id, cores, address }
        })
      })
    })
  )
}

// ---- the program: it says what it needs, not where that comes from ----

const program = Effect.gen(function* () {
  const sessions = yield* Sessions
  const images = yield* Images
  const overview = yield* Overview
  const workbench = yield* Workbench

  // Three questions at once. If one fails, the others are given up.
  const { stats, notebooks, availability } = yield* Effect.all(
    { stats: sessions.stats, notebooks: images.fetch("notebook"), availability: overview.availability },
    { concurrency: "unbounded" }
  )
  yield* Console.log(availability.available ? "the platform is up" : "the platform is down")
  yield* Console.log(`${stats.cores.available ?? "?"} cores, ${notebooks.length} images of notebooks`)

  const [image = "skaha/base-notebook:latest"] = notebooks
  const kind = "notebook"
  // Two sessions side by side; the second asks for more than there is.
  const desks = yield* Effect.all(
    [
      workbench.open({ name: "small", image, kind, cores: 1 }),
      workbench.open({ name: "huge", image, kind, cores: 256 })
    ],
    { concurrency: 2 }
  )
  for (const { cores, address } of desks) {
    // Shown as <redacted>; Redacted.value(address) would be the address itself.
    yield* Console.log(`a notebook with ${cores} cores at`, address)
  }

  // Many ids make many outcomes, and one that fails takes nothing away from the others.
  const outcomes = yield* sessions.info([...desks.map(({ id }) => id), "nosuchid"])
  for (const { name, status } of Outcome.values(outcomes)) yield* Console.log(`${name} is ${status}`)
  for (const { input, error } of Outcome.failures(outcomes)) yield* Console.log(`${input}: ${error._tag}`)

  // One id makes one effect, which fails with a typed error.
  const status = yield* sessions.info("nosuchid").pipe(
    Effect.map((session) => session.status),
    Effect.catchTag("SessionNotFound", ({ id }) => Effect.succeed(`nowhere, for there is no ${id}`))
  )
  yield* Console.log(`nosuchid is ${status}`)
  return desks.map(({ id }) => id)
  // Here the scope closes, and what was opened in it is destroyed; on an error or Ctrl-C, too.
}).pipe(Effect.scoped)

/** Both are gone; the platform may take a while. */
const leave = Effect.fn("leave")(function* (ids: ReadonlyArray<string>) {
  const sessions = yield* Sessions
  const gone = Outcome.values(yield* sessions.waitGone(ids, { timeout: 60 }))
  yield* Console.log(`${gone.length} notebooks are gone`)
})

// ---- the layers: where it comes from ----

/** The emulator, reached by a function call. */
const inMemory = Layer.unwrap(
  Emulator.use(({ url, token }) => Effect.succeed(Skaha.layer({ url, token, transport: Transport.layerHttpClient })))
).pipe(Layer.provide(Emulator.layerTest({ pending: 1 })))

/** The platform that the environment names, over a pool of connections. */
const configured = Skaha.layerConfig({ transport: UndiciTransport.layer })

const platform = Layer.unwrap(
  Effect.map(Config.option(Config.NonEmptyString("SKAHA_URL")), (url) => (Option.isSome(url) ? configured : inMemory))
)

program.pipe(
  Effect.flatMap(leave),
  Effect.provide(Workbench.layer.pipe(Layer.provideMerge(platform))),
  Effect.tapError((error) => Console.error(`Error: ${error.message}`)),
  NodeRuntime.runMain({ disableErrorReporting: true })
)
