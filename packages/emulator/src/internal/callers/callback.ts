import * as Redacted from "effect/Redacted"
import { randomHex } from "./secrets.ts"

/** The tokens by which what runs inside a desktop calls the platform as the desktop's owner: `<meta>~<signature>`. */
export class CallbackTokens {
  readonly #tokens = new Map<string, string>()

  /** A token that acts for a session, whether or not it exists. */
  mint(sessionId: string): Redacted.Redacted {
    const token = `${btoa(sessionId)}~${randomHex(16)}`
    this.#tokens.set(token, sessionId)
    return Redacted.make(token)
  }

  /** The session that a token acts for. */
  sessionOf(token: string): string | undefined {
    return this.#tokens.get(token)
  }
}
