import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync
} from "node:fs"
import { dirname, join } from "node:path"
import { type LoadedSession, StateStore, StoredSession, storedKey } from "../StateStore.ts"
import { lockFolder } from "./internal/folderLock.ts"

/** Where an emulator's sessions outlive it. */
export interface StateOptions {
  /** A folder, which is made if need be. Default: nothing is stored. */
  readonly state?: string | undefined
}

/** No sessions can be kept in the folder: it cannot be made or written to, or another emulator is using it. */
export class StateError extends Data.TaggedError("StateError")<{
  readonly folder: string
  readonly reason: string
}> {
  override get message() {
    return `cannot keep sessions in ${this.folder}: ${this.reason}`
  }
}

const reasonOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause))

/** For the user's eyes only: a command's variables may hold secrets, and so may a log. */
const mode = 0o600

/** Of a file that is not complete yet. */
const draftEnding = ".json.tmp"

/** Not with `recursive`, which goes on for ever where nothing can be made, such as in `/proc`. */
const makeFolder = (path: string): void => {
  if (existsSync(path)) return
  makeFolder(dirname(path))
  mkdirSync(path, { mode: 0o700 })
}

const decode = Schema.decodeUnknownEffect(Schema.fromJsonString(StoredSession))

/**
 * Files are written at once and not in the background: so they are in the order in which things happened, and a
 * session that a client knows of is stored.
 */
const makeFileState = Effect.fnUntraced(function* (folder: string) {
  const failed = (cause: unknown) => new StateError({ folder, reason: reasonOf(cause) })
  const attempt = <A>(run: () => A) => Effect.try({ try: run, catch: failed })
  yield* attempt(() => makeFolder(folder))
  yield* Effect.mapError(lockFolder(folder), ({ reason }) => new StateError({ folder, reason }))

  const names = yield* attempt(() => readdirSync(folder))
  // An emulator that was killed while it wrote has left one, with all that is secret in it.
  for (const name of names.filter((name) => name.endsWith(draftEnding)))
    yield* attempt(() => rmSync(join(folder, name)))
  const keys = names.filter((name) => name.endsWith(".json")).map((name) => name.slice(0, -".json".length))

  const pathOf = (key: string) => join(folder, `${key}.json`)
  const logOf = (key: string) => join(folder, `${key}.log`)
  const stored = new Set<string>()
  /** Those whose file is there and cannot be read. It is left as it is, for whoever wants to mend it. */
  const broken = new Set<string>()

  const orComplain = (key: string, effect: Effect.Effect<unknown, StateError>): Effect.Effect<void> =>
    Effect.matchEffect(effect, {
      onFailure: ({ reason }) => Effect.logError(`session ${key} is not stored as it should be: ${reason}`),
      onSuccess: () => Effect.void
    })

  const loadOne = (key: string): Effect.Effect<LoadedSession | undefined> =>
    attempt(() => readFileSync(pathOf(key), "utf8")).pipe(
      Effect.flatMap(decode),
      Effect.filterOrFail(
        (session) => storedKey(session) === key,
        (session) => new StateError({ folder, reason: `it is about session ${storedKey(session)}` })
      ),
      Effect.matchEffect({
        onFailure: (error) => {
          broken.add(key)
          return Effect.as(Effect.logError(`skipping ${pathOf(key)}: ${error.message}`), undefined)
        },
        onSuccess: (session) => {
          stored.add(key)
          // It has none if nothing was ever written.
          const log = Effect.orElseSucceed(
            attempt(() => new Uint8Array(readFileSync(logOf(key)))),
            () => new Uint8Array(0)
          )
          return Effect.succeed({ session, log })
        }
      })
    )

  return StateStore.of({
    load: Effect.map(Effect.forEach(keys, loadOne), (all) => all.filter((loaded) => loaded !== undefined)),
    save: (session) =>
      Effect.suspend(() => {
        const key = storedKey(session)
        if (broken.has(key)) return Effect.void
        stored.add(key)
        const writing = attempt(() => {
          const draft = join(folder, `${key}${draftEnding}`)
          writeFileSync(draft, JSON.stringify(session), { mode })
          renameSync(draft, pathOf(key))
        })
        return orComplain(key, writing)
      }),
    append: (key, output) =>
      Effect.suspend(() =>
        stored.has(key) && output.length > 0
          ? orComplain(
              key,
              attempt(() => appendFileSync(logOf(key), output, { mode }))
            )
          : Effect.void
      ),
    remove: (key) =>
      Effect.suspend(() => {
        if (!stored.delete(key)) return Effect.void
        const removing = attempt(() => {
          rmSync(pathOf(key), { force: true })
          rmSync(logOf(key), { force: true })
        })
        return orComplain(key, removing)
      })
  })
})

/**
 * Keeps sessions in a folder, so that they outlive the emulator: of each a small JSON file, and its log beside it.
 *
 * What has ended stays as it was; a session whose process ran is `Failed` when the next emulator starts, and one that
 * had not started yet starts then. The folder is one emulator's at a time. Only its user can read the files. What a
 * session is to run stands in its file, with its variables, until it runs.
 */
export const FileState = {
  /**
   * To be provided to the layer of an emulator. A folder that is not there is made; one that cannot be used, or is in
   * use, is a `StateError`. What goes wrong with single files later is logged.
   */
  layer: (folder: string): Layer.Layer<never, StateError> => Layer.effect(StateStore, makeFileState(folder))
}
