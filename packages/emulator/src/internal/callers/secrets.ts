import * as Redacted from "effect/Redacted"

/** So many random bytes in hexadecimal: what nobody can guess. */
export const randomHex = (bytes: number): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(bytes)), (byte) => byte.toString(16).padStart(2, "0")).join("")

export const toRedacted = (secret: string | Redacted.Redacted): Redacted.Redacted =>
  Redacted.isRedacted(secret) ? secret : Redacted.make(secret)
