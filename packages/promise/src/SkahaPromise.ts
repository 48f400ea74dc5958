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
export class SkahaPromise<A> extends Promise<A> {
  // What `then` gives is an ordinary promise: it has no replies of its own.
  static override readonly [Symbol.species]: PromiseConstructor = Promise
  readonly #responses: ReadonlyArray<ReplyInfo>

  constructor(result: Promise<A>, responses: ReadonlyArray<ReplyInfo>) {
    super((resolve, reject) => {
      result.then(resolve, reject)
    })
    this.#responses = responses
  }

  /** The result together with the status and headers of every reply. */
  async withResponse(): Promise<WithResponse<A>> {
    return { data: await this, responses: this.#responses }
  }
}
