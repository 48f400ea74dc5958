/**
 * Sessions to test with.
 */
import { Outcome, Sessions, type SessionSpec } from "@skaha/session"
import * as Effect from "effect/Effect"
import type { SkahaError } from "@skaha/core"

/** A headless session of a public image. */
export const headless = (spec: Partial<SessionSpec> = {}): SessionSpec => ({
  name: "job",
  image: "skaha/terminal:1.1.2",
  ...spec
})

/** A notebook of a public image. */
export const notebook = (spec: Partial<SessionSpec> = {}): SessionSpec => ({
  name: "book",
  image: "skaha/astroml",
  kind: "notebook",
  ...spec
})

/** A desktop. */
export const desktop = (spec: Partial<SessionSpec> = {}): SessionSpec => ({
  name: "desk",
  image: "skaha/desktop:1.2.1",
  kind: "desktop",
  ...spec
})

/** Creates the replicas of a spec; gives their ids. */
export const createAll = (spec: SessionSpec): Effect.Effect<ReadonlyArray<string>, SkahaError, Sessions> =>
  Effect.map(
    Sessions.use((sessions) => sessions.create(spec)),
    Outcome.values
  )

/** Creates one session; gives its id. */
export const createOne = (spec: SessionSpec): Effect.Effect<string, SkahaError, Sessions> =>
  Effect.map(createAll(spec), ([id = ""]) => id)
