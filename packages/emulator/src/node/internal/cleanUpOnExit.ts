import * as Effect from "effect/Effect"
import { rmSync } from "node:fs"
import { signalGroup } from "./runProcess.ts"

// When the whole program exits at once no scope is closed. This is the last moment to leave nothing behind.

const cleanUps = new Set<() => void>()

const cleanUpAll = () => {
  for (const cleanUp of cleanUps) cleanUp()
}

/** While the scope is open, an exit of the program kills these process groups and removes this folder. */
export const cleanUpOnExit = (folder: string, groups: ReadonlySet<number>) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const cleanUp = () => {
        for (const group of groups) signalGroup(group, "SIGKILL")
        rmSync(folder, { recursive: true, force: true })
      }
      // One listener for all: the program may have many emulators at once.
      if (cleanUps.size === 0) process.on("exit", cleanUpAll)
      cleanUps.add(cleanUp)
      return cleanUp
    }),
    (cleanUp) =>
      Effect.sync(() => {
        cleanUps.delete(cleanUp)
        if (cleanUps.size === 0) process.removeListener("exit", cleanUpAll)
      })
  )
