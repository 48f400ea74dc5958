/**
 * Waiting until the page of a session can be opened.
 */
import { PageProbe, Transport } from "@skaha/core"
import * as Effect from "effect/Effect"
import type * as Redacted from "effect/Redacted"

/** Milliseconds until a page is asked for again: at first, by how much that grows, and at most. */
const first = 1000
const growth = 1.5
const longest = 10_000

/** Seconds that a page has to answer. */
const patience = 10

/** Asks for a page, without credentials, whether it can be opened. */
export const isOpenPage = (
  transport: Transport["Service"],
  operation: string,
  address: Redacted.Redacted
): Effect.Effect<boolean> => Effect.provideService(PageProbe.isOpen(operation, address, patience), Transport, transport)

/** Asks for a page until it can be opened. */
export const openedPage = (
  transport: Transport["Service"],
  operation: string,
  address: Redacted.Redacted
): Effect.Effect<void> => {
  const isOpen = isOpenPage(transport, operation, address)
  const attempt = (delay: number): Effect.Effect<void> =>
    Effect.flatMap(isOpen, (open) =>
      open ? Effect.void : Effect.andThen(Effect.sleep(delay), attempt(Math.min(delay * growth, longest)))
    )
  return attempt(first)
}
