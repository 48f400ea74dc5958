/**
 * What can be said of every call.
 */
import { ConfigurationInvalid, InvalidInput } from "@skaha/core"
import type { Progress } from "@skaha/session"
import * as Predicate from "effect/Predicate"
import { isTime } from "../ClientOptions.ts"
import { checkOptions } from "./call.ts"

/** What can be said of one call. */
export interface CallOptions {
  /** Gives the call up when it is aborted: nothing goes on, and the promise rejects with `Cancelled`. */
  readonly signal?: AbortSignal | undefined
  /**
   * Seconds each request of the call may take, in place of the client's. Of logs and events, which may be of any size,
   * only the silences are limited. Looks that calls share, as those that wait do, have the client's.
   */
  readonly timeout?: number | undefined
}

/** What can be said of a call that may be followed, too. */
export interface FollowedOptions extends CallOptions {
  readonly onProgress?: ((progress: Progress.Progress) => void) | undefined
}

/** The options of every call. */
export const callOptions = ["signal", "timeout"] satisfies ReadonlyArray<keyof CallOptions>

/** Throws what is wrong with the options of a call. */
export const checkCallOptions = (operation: string, options: FollowedOptions, accepts: ReadonlyArray<string>): void => {
  checkOptions(operation, options, accepts)
  const { onProgress, signal, timeout } = options
  if (timeout !== undefined && !isTime(timeout)) {
    throw new ConfigurationInvalid({ operation, problems: [{ field: "timeout", message: "seconds, more than 0" }] })
  }
  if (signal !== undefined && !Predicate.hasProperty(signal, "addEventListener")) {
    throw new InvalidInput({ operation, problems: [{ field: "signal", message: "an AbortSignal is needed" }] })
  }
  if (onProgress !== undefined && typeof onProgress !== "function") {
    throw new InvalidInput({ operation, problems: [{ field: "onProgress", message: "a function is needed" }] })
  }
}
