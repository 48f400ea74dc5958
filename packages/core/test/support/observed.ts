/**
 * What a program shows of itself.
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Logger from "effect/Logger"
import * as References from "effect/References"
import * as Tracer from "effect/Tracer"

/** What a span shows to who exports it. */
const spanText = ({ name, attributes, events, links, status }: Tracer.NativeSpan) => ({
  name,
  attributes: [...attributes],
  events: events.map(([event, , more]) => [event, more]),
  links,
  exit: status._tag === "Ended" ? status.exit : undefined
})

/** What an effect shows while it runs, in whatever way: every log line at any level, every span, and its error. */
export const showing = <A, E, R, R2 = R>(
  effect: Effect.Effect<A, E, R>,
  run: (effect: Effect.Effect<A, E, R>) => Effect.Effect<Exit.Exit<A, E>, never, R2>
) =>
  Effect.gen(function* () {
    const spans: Array<Tracer.NativeSpan> = []
    const lines: Array<unknown> = []
    const tracer = Tracer.make({
      span: (given) => {
        const span = new Tracer.NativeSpan(given)
        spans.push(span)
        return span
      }
    })
    const logger = Logger.make(({ cause, message }) => void lines.push([message, cause]))
    const exit = yield* run(
      effect.pipe(
        Effect.withTracer(tracer),
        Effect.provideService(References.MinimumLogLevel, "All"),
        Effect.provide(Logger.layer([logger]))
      )
    )
    const error = Exit.isFailure(exit) ? Cause.squash(exit.cause) : undefined
    return { exit, shown: [lines, spans.map(spanText), error], spans, lines }
  })
