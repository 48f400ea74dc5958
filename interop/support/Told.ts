/**
 * How a call went, in the words of the client that made it.
 */
import type { Json, Step } from "../scenario/Step.ts"

/** An exception, or in TypeScript the error a promise rejects with. */
export interface Raised {
  /** Its class. */
  readonly raises: string
  readonly text: string
  /** The HTTP status behind it. */
  readonly status?: number
  /** Of an error about several sessions: the method, what succeeded, and the failures by input. */
  readonly operation?: string
  readonly results?: Json
  readonly failures?: { readonly [input: string]: Raised }
}

export type Told = ({ readonly gives: Json } | Raised) & {
  /** What went to stdout. */
  readonly printed: string
  /** The pages that were opened in a browser, or that are to be. */
  readonly opened: ReadonlyArray<string>
}

/** A client that carries out steps. */
export interface Caller {
  readonly perform: (step: Step, args: { readonly [name: string]: Json }) => Promise<Told>
  readonly close: () => Promise<void>
}
