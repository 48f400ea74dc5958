/**
 * The promise that calls give.
 */
import type { ReplyInfo } from "@skaha/core"

/** A result with the replies it was made of: status and headers, in the order in which they came. */
export interface WithResponse<A> {
  readonly data: A
  readonly responses: ReadonlyArray<ReplyInfo>
}

/**
 * The promise that calls give: an ordinary one that can also tell about the replies.
 *
 * @example
 * ```ts
 * import { AsyncSession } from "skaha"
 *
 * await using sessions = new AsyncSession({ token: "…" })
 * const { data, responses } = await sessions.fetch().withResponse()
 * const user = responses[0]?.headers["x-vo-authenticated"]
 * ```
 */
export interface SkahaPromise<A> extends Promise<A> {
  /**
   * The result together with the status and headers of every reply, but for looks that several calls share, as those
   * that wait do. Replies are noted from when it is first called, so
   * that other calls, which may have a million, keep none: called at once, as above, it misses nothing; called later, it
   * lacks those that came before.
   */
  readonly withResponse: () => Promise<WithResponse<A>>
}

/** The replies to a call: noted as soon as somebody wants them. */
export class Replies {
  #noted: Array<ReplyInfo> | undefined
  #isOver = false

  note(reply: ReplyInfo): void {
    if (!this.#isOver) this.#noted?.push(reply)
  }

  /** What comes later, as of what a call has left open, is no part of it. */
  end(): void {
    this.#isOver = true
  }

  /** Those since it was asked for first, also what is still to come. */
  wanted(): ReadonlyArray<ReplyInfo> {
    return (this.#noted ??= [])
  }
}

/**
 * A promise that can tell about the replies. It is no class of its own: these are slower to make and to await, which
 * counts in a small call. What its `then` gives has no replies of its own.
 */
export const withReplies = <A>(promise: Promise<A>, replies: Replies): SkahaPromise<A> =>
  Object.assign(promise, {
    withResponse: async () => {
      const responses = replies.wanted()
      const data = await promise
      replies.end()
      return { data, responses }
    }
  })
