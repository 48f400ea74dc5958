/**
 * What is measured, and what comes of it.
 */
import type { Programs } from "./child/build.ts"
import type { Key } from "./keys.ts"
import type { Server } from "./server/Server.ts"

/** A figure, or why there is none. */
export type Figure =
  | {
      readonly value: number
      /** What else was seen, such as the two rates of a ratio. */
      readonly details: ReadonlyArray<string>
      /** Whether all holds that the key asks for, where that is more than the value shows. */
      readonly holds?: boolean
    }
  | { readonly reason: string }

/** What there is to measure with. */
export interface Bench {
  readonly programs: Programs
  readonly server: Server
  /** Ends the measured processes when a measure takes too long. */
  readonly signal: AbortSignal
}

/** Something that is measured at once, for one key or several. */
export interface Measure<K extends Key> {
  readonly keys: ReadonlyArray<K>
  readonly measure: (bench: Bench) => Promise<{ readonly [key in K]: Figure }>
}

/** A measure, whatever its keys are. */
export interface AnyMeasure {
  readonly keys: ReadonlyArray<Key>
  readonly measure: (bench: Bench) => Promise<{ readonly [key in Key]?: Figure }>
}
