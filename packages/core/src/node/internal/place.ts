/**
 * A file of the user's settings during one operation, and what can go wrong with it.
 */
import { basename, dirname, join } from "node:path"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import {
  ConfigurationFileBusy,
  ConfigurationFileInvalid,
  ConfigurationFileUnusable,
  type FileProblem
} from "../../FileError.ts"
import { withLock, type Held } from "./FileLock.ts"
import { attempt, makeFolder, readText, removeDrafts, replaceFile, targetOf, type FileFailure } from "./files.ts"
import { homeFolder, homePath } from "./homePath.ts"

/** One file during one operation. */
export interface Place {
  readonly operation: string
  readonly path: string
  readonly home: string
}

/** How long to wait while others change the file, in milliseconds. */
const patience = 60_000

const noHome = { code: undefined, reason: "there is no home folder: give the file's path" }

const unusable = ({ operation, path }: Omit<Place, "home">, { code, reason }: Pick<FileFailure, "code" | "reason">) =>
  new ConfigurationFileUnusable({
    operation,
    file: path,
    reason,
    ...(code === undefined ? {} : { systemCode: code })
  })

/** What stands in the file is not what must. */
export const invalid = ({ operation, path }: Place, problems: ReadonlyArray<FileProblem>) =>
  new ConfigurationFileInvalid({ operation, file: path, problems })

const busy = ({ operation, path }: Place, millis: number) =>
  new ConfigurationFileBusy({ operation, file: path, waited: millis / 1000 })

/** The file that is meant, by default the configuration file in the user's home. */
export const placeOf = (
  operation: string,
  { home, path }: { readonly home?: string | undefined; readonly path?: string | undefined }
): Effect.Effect<Place, ConfigurationFileUnusable> =>
  Effect.suspend(() => {
    const folder = home ?? homeFolder()
    const given = path ?? "~/.canfar/config.yaml"
    return folder === undefined && given.startsWith("~/")
      ? Effect.fail(unusable({ operation, path: given }, noHome))
      : Effect.succeed({ operation, path: homePath(given, folder), home: folder ?? "/" })
  })

const inPlace = <A>(place: Place, run: () => A): Effect.Effect<A, ConfigurationFileUnusable> =>
  Effect.mapError(attempt(run), (failure) => unusable(place, failure))

/** The file's text; nothing where there is no file. */
export const textAt = (place: Place) => inPlace(place, () => readText(targetOf(place.path)))

/** Runs something while no other process of this project runs anything under the same name. */
export const exclusively = <A, E, R>(place: Place, name: string, use: (held: Held) => Effect.Effect<A, E, R>) =>
  Effect.flatMap(
    inPlace(place, () => {
      const target = targetOf(place.path)
      makeFolder(dirname(target))
      return join(dirname(target), `.${basename(target)}.${name}`)
    }),
    (path) =>
      withLock(
        {
          path,
          patience,
          onFailure: (failure) =>
            failure._tag === "FileFailure" ? unusable(place, failure) : busy(place, failure.waited)
        },
        use
      )
  )

/** What a file shall hold, and what that means; no text where it may stay as it is. */
export interface Rewritten<A> {
  readonly text: string | undefined
  readonly value: A
}

/**
 * Gives a file another text, which is made of the one that is there; again and again, until nobody else has changed
 * the file in the meantime.
 */
export const rewrite = <A, E>(place: Place, make: (text: string | undefined) => Effect.Effect<Rewritten<A>, E>) => {
  const once = Effect.fnUntraced(function* ({ isMine }: Held) {
    const before = yield* textAt(place)
    const { text, value } = yield* make(before)
    if (text === undefined) return { value }
    const isReplaced = yield* inPlace(place, () => {
      const target = targetOf(place.path)
      removeDrafts(target)
      return replaceFile(target, text, () => isMine() && readText(target) === before)
    })
    return isReplaced ? { value } : undefined
  })
  return Effect.gen(function* () {
    const began = yield* Clock.currentTimeMillis
    for (;;) {
      const done = yield* exclusively(place, "lock", once)
      if (done !== undefined) return done.value
      const waited = (yield* Clock.currentTimeMillis) - began
      if (waited >= patience) return yield* busy(place, waited)
      yield* Effect.sleep(yield* Random.nextIntBetween(1, 50))
    }
  })
}
