/**
 * The failure of a call about several sessions.
 */
import type { SkahaError } from "@skaha/core"

/** Some or all parts of a call failed. It holds everything: what succeeded, and why the rest did not. */
export class SessionRequestError<Results = unknown> extends Error {
  override readonly name = "SessionRequestError"
  /** The code of the only failure, or of all when they are of one kind; else `session.request`. */
  readonly code: string
  /** The method, such as `info`. */
  readonly operation: string
  /** What the call would have given had failures been ignored. */
  declare readonly results: Results
  /** The failures, by session id, or by name for a create. */
  readonly errors: ReadonlyMap<string, SkahaError>

  constructor(operation: string, results: Results, errors: ReadonlyMap<string, SkahaError>) {
    const list = [...errors]
    const shown = list.slice(0, 5).map(([input, error]) => `${input}: ${error.message}`)
    const more = list.length > shown.length ? `, and ${list.length - shown.length} more` : ""
    super(`${operation} failed for ${list.length}: ${shown.join("; ")}${more}`, { cause: list[0]?.[1] })
    const codes = new Set(list.map(([, error]) => error.code))
    const [code = "session.request"] = codes
    this.code = codes.size === 1 ? code : "session.request"
    this.operation = operation
    // Logs and addresses with passwords: not for whoever prints the error.
    Object.defineProperty(this, "results", { value: results, enumerable: false })
    this.errors = errors
  }
}
