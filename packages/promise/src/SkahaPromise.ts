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
  static {
    // What `then` gives is an ordinary promise, having no replies of its own; and `await` takes this one as it is.
    void Object.defineProperty(this.prototype, "constructor", { value: Promise })
  }
  readonly #responses: ReadonlyArray<ReplyInfo>

  /** Starts a call as other promises are started; the replies are those that it notes. */
  constructor(
    start: (resolve: (value: A) => void, reject: (reason: unknown) => void) => void,
    responses: ReadonlyArray<ReplyInfo>
  ) {
    super(start)
    this.#responses = responses
  }

  /** The result together with the status and headers of every reply. */
  async withResponse(): Promise<WithResponse<A>> {
    return { data: await this, responses: this.#responses }
  }
}
