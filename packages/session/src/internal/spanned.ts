/**
 * Spans of operations.
 */
import * as Effect from "effect/Effect"
import * as Tracer from "effect/Tracer"

/**
 * An operation with one span a call, when the application has installed a tracer: without one the span would be made
 * and thrown away, which takes longer than all else that is done for a call.
 */
export const spanned = <Input, A, E>(
  operation: string,
  run: (input: Input) => Effect.Effect<A, E>
): ((input: Input) => Effect.Effect<A, E>) => {
  const inSpan = Effect.fn(operation)(run)
  return (input) =>
    Effect.withFiber((fiber) => (fiber.getRef(Tracer.Tracer) === Tracer.nativeTracer ? run(input) : inSpan(input)))
}
