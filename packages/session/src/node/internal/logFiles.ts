/**
 * The files that logs are saved to.
 */
import { FileUnwritable, InvalidInput } from "@skaha/core"
import { fileUnwritable } from "@skaha/core/node"
import * as Effect from "effect/Effect"
import { constants } from "node:fs"
import { access, mkdir, realpath, rename, rm, stat, writeFile } from "node:fs/promises"
import { dirname, resolve } from "node:path"

const operation = "saveLogs"

/** Where logs are saved. */
export interface LogFolder {
  /** Its absolute path. */
  readonly path: string
  /** The same without links, which is one for every way to it. */
  readonly realPath: string
}

const attempt = <A>(file: string, run: () => Promise<A>): Effect.Effect<A, FileUnwritable> =>
  Effect.tryPromise({ try: run, catch: (cause) => fileUnwritable(operation, file, cause) })

const whenCode = (code: string) => (error: FileUnwritable) => error.systemCode === code

const statOf = (path: string) =>
  Effect.catchIf(
    attempt(path, () => stat(path)),
    whenCode("ENOENT"),
    () => Effect.undefined
  )

/** Makes a folder, and those above it. Not with `recursive`, which goes on for ever where nothing can be made. */
const makeFolder = Effect.fnUntraced(function* (path: string): Effect.fn.Return<void, FileUnwritable> {
  const found = yield* statOf(path)
  if (found?.isDirectory() === true) return
  if (found !== undefined) {
    return yield* new FileUnwritable({ operation, file: path, reason: "it is not a folder", systemCode: "ENOTDIR" })
  }
  if (dirname(path) !== path) yield* makeFolder(dirname(path))
  // Somebody else may have made it meanwhile.
  yield* Effect.catchIf(
    attempt(path, () => mkdir(path)),
    whenCode("EEXIST"),
    () => Effect.void
  )
})

/** The folder of that name, which is made where it is missing, and may be written in. */
export const openFolder = Effect.fnUntraced(function* (
  directory: string
): Effect.fn.Return<LogFolder, InvalidInput | FileUnwritable> {
  if (typeof directory !== "string" || directory === "" || directory.includes("\0")) {
    const problems = [{ field: "directory", message: "is not the path of a folder" }]
    return yield* new InvalidInput({ operation, problems })
  }
  const path = resolve(directory)
  yield* makeFolder(path)
  yield* attempt(path, () => access(path, constants.W_OK | constants.X_OK))
  return { path, realPath: yield* attempt(path, () => realpath(path)) }
})

/** What Windows takes for a device, whatever follows after a dot. */
const device = /^(con|prn|aux|nul|com[0-9]|lpt[0-9])(?=\.|$)/

/**
 * The name of the file with a session's log. Two ids have two names, also where letter case does not count: a capital
 * letter has a `+` before it, as the servers' own ids never do. Of a device's name a `+` makes something else.
 */
export const logFileName = (id: string): string =>
  `${id.replace(/[A-Z]/g, (letter) => `+${letter.toLowerCase()}`).replace(device, "$1+")}.log`

/** The bytes of a file; `undefined` where there is none. */
export const bytesOf = (file: string): Effect.Effect<number | undefined, FileUnwritable> =>
  Effect.map(statOf(file), (found) => (found?.isFile() === true ? found.size : undefined))

const partOf = (file: string) => `${file}.partial`

/** Removes what there is of a file that could not be written: on a full disk it would take the room of others. */
export const removePart = (file: string): Effect.Effect<void> =>
  attempt(file, () => rm(partOf(file), { force: true })).pipe(
    Effect.ignore,
    // A removal that nobody waits for could take the next one's file.
    Effect.uninterruptible
  )

/** Puts a text in the place of a file, all at once, by way of `<file>.partial`; gives its bytes. */
export const writeWhole = (file: string, text: string): Effect.Effect<number, FileUnwritable> => {
  const partial = partOf(file)
  return attempt(file, () => writeFile(partial, text)).pipe(
    Effect.andThen(attempt(file, () => rename(partial, file))),
    Effect.as(Buffer.byteLength(text)),
    // A write that nobody waits for could go on into the next one's file.
    Effect.uninterruptible
  )
}
