/**
 * Every client's run, made when it is first asked for.
 */
import { inject } from "vitest"
import type { ClientName } from "../differences.ts"
import type { Library } from "../scenario/Step.ts"
import { OurClient } from "./OurClient.ts"
import { Platform } from "./Platform.ts"
import { PythonClient } from "./PythonClient.ts"
import { run, type Run, type Seen } from "./run.ts"
import type { Caller } from "./Told.ts"

/** A Python client, or ours beside a library. */
export type Who = ClientName | `ours beside ${Library}`

const callers: { readonly [who in Who]: (url: string) => Caller } = {
  "skaha Session": (url) => python("skaha", "sync", url),
  "skaha AsyncSession": (url) => python("skaha", "async", url),
  "canfar Session": (url) => python("canfar", "sync", url),
  "canfar AsyncSession": (url) => python("canfar", "async", url),
  "ours beside skaha": (url) => new OurClient(url, "skaha"),
  "ours beside canfar": (url) => new OurClient(url, "canfar")
}

const python = (library: Library, form: "sync" | "async", url: string): Caller => {
  const environment = inject("environments")[library]
  if (environment === undefined) throw new Error(`${library} is not installed`)
  return new PythonClient(environment.python, library, form, url)
}

export const libraryOf = (who: Who): Library => (who.includes("skaha") ? "skaha" : "canfar")

const runs = new Map<Who, Promise<Run>>()

const start = async (who: Who): Promise<Run> => {
  const platform = await Platform.start()
  try {
    return await run(platform, libraryOf(who), callers[who](platform.url))
  } finally {
    await platform.stop()
  }
}

/** What was seen of a step. */
export const seen = async (who: Who, step: string): Promise<Seen> => {
  const known = runs.get(who) ?? start(who)
  runs.set(who, known)
  const found = (await known).get(step)
  if (found === undefined) throw new Error(`"${step}" was not performed`)
  return found
}
