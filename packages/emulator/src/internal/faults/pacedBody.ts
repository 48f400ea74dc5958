import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { Pace } from "../../Exchange.ts"

/** The body in pieces, each of which takes its time. */
export const pacedBody = (body: Uint8Array, { bytes, millis }: Pace): Stream.Stream<Uint8Array> =>
  Stream.range(0, Math.ceil(body.length / bytes) - 1).pipe(
    Stream.mapEffect((piece) =>
      Effect.delay(
        Effect.sync(() => body.slice(piece * bytes, (piece + 1) * bytes)),
        millis
      )
    )
  )
