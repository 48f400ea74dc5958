/**
 * What sessions have written, in files.
 */
import { PlatformClient, type FileUnwritable, type InvalidInput, type SkahaError } from "@skaha/core"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import { join } from "node:path"
import { BulkExecutor } from "../BulkExecutor.ts"
import { eachOf, oneThrough, withCheckedId } from "../internal/each.ts"
import { Observer } from "../internal/observer.ts"
import type { Outcome } from "../Outcome.ts"
import { bytesOf, logFileName, openFolder, removePart, writeWhole } from "./internal/logFiles.ts"
import { inTurn } from "./internal/inTurn.ts"

/** A log that is in a file. */
export interface SavedLog {
  /** The session's id. */
  readonly id: string
  /** The file's absolute path. */
  readonly file: string
  /** The file's size. */
  readonly bytes: number
  /** Whether the file was there already, so that the log was not asked for. */
  readonly resumed: boolean
}

/** How to save logs. */
export interface SaveLogsOptions {
  /**
   * Whether to leave out what is there already: a log whose file is there is not asked for again. It may have grown
   * since, or be empty because its session had not started. Default `false`: it is replaced.
   */
  readonly resume?: boolean | undefined
}

/** Saves logs, of one session, a list, or a stream. */
export interface SaveLogs {
  (
    id: string,
    directory: string,
    options?: SaveLogsOptions
  ): Effect.Effect<SavedLog, SkahaError, PlatformClient | BulkExecutor>
  (
    ids: ReadonlyArray<string>,
    directory: string,
    options?: SaveLogsOptions
  ): Effect.Effect<ReadonlyArray<Outcome<SavedLog>>, InvalidInput | FileUnwritable, PlatformClient | BulkExecutor>
  /**
   * The outcomes as they come, not in order: their `index` says which is which. Memory does not grow with the ids, so
   * those that are done are not remembered: an id that comes again while it is being saved shares the outcome, one that
   * comes later is saved again.
   */
  readonly stream: (
    ids: Iterable<string>,
    directory: string,
    options?: SaveLogsOptions
  ) => Stream.Stream<Outcome<SavedLog>, InvalidInput | FileUnwritable, PlatformClient | BulkExecutor>
}

const operation = "saveLogs"

/** The operation on ids, once there is a folder. */
const makeSave = Effect.fnUntraced(function* (directory: string, { resume = false }: SaveLogsOptions = {}) {
  const client = yield* PlatformClient
  const executor = yield* BulkExecutor
  const folder = yield* openFolder(directory)
  const call = Symbol(operation)

  const save = Effect.fnUntraced(
    function* (id: string, file: string): Effect.fn.Return<SavedLog, SkahaError> {
      const present = resume ? yield* bytesOf(file) : undefined
      if (present !== undefined) return { id, file, bytes: present, resumed: true }
      const { body, saved } = yield* client.call({
        operation,
        method: "GET",
        path: `session/${id}`,
        query: [["view", "logs"]],
        id,
        unbounded: true,
        saveAs: file
      })
      // A transport that has no files gives the body instead.
      return { id, file, bytes: saved ?? (yield* writeWhole(file, body)), resumed: false }
    },
    (saving, _, file) => Effect.tapErrorTag(saving, "FileUnwritable", () => removePart(file))
  )

  const one = withCheckedId(operation, (id) => {
    const name = logFileName(id)
    return inTurn(call, join(folder.realPath, name), save(id, join(folder.path, name)))
  })
  return eachOf(operation, {
    one: oneThrough(executor, one),
    many: (ids) => executor.run(ids, one),
    stream: (ids) => executor.stream(ids, one)
  })
})

/** Tells of each id as often as it stands in the list, though it is saved once; its bytes came once. */
const toldAsOften = <A, E, R>(saving: Effect.Effect<A, E, R>, ids: ReadonlyArray<string>): Effect.Effect<A, E, R> =>
  Effect.updateService(saving, Observer, (observer) => {
    if (observer === undefined) return undefined
    const times = new Map<string, number>()
    for (const id of ids) times.set(id, (times.get(id) ?? 0) + 1)
    return {
      begin: () => {
        const { end, settled } = observer.begin(ids.length)
        return {
          settled: (outcome) => {
            settled(outcome)
            const again = { ...outcome, result: Result.map(outcome.result, () => undefined) }
            for (let left = times.get(outcome.input) ?? 1; left > 1; left--) settled(again)
          },
          end
        }
      }
    }
  })

/** Each id once, and then an outcome for each place that it has in the list. */
const saveMany = Effect.fnUntraced(function* (
  ids: ReadonlyArray<string>,
  directory: string,
  options?: SaveLogsOptions
) {
  const save = yield* makeSave(directory, options)
  const outcomes = yield* toldAsOften(save([...new Set(ids)]), ids)
  const byId = new Map(outcomes.map((outcome) => [outcome.input, outcome]))
  return ids.flatMap((id, index) => {
    const outcome = byId.get(id)
    return outcome === undefined ? [] : [{ ...outcome, index }]
  })
})

function saveLogsOf(
  id: string,
  directory: string,
  options?: SaveLogsOptions
): Effect.Effect<SavedLog, SkahaError, PlatformClient | BulkExecutor>
function saveLogsOf(
  ids: ReadonlyArray<string>,
  directory: string,
  options?: SaveLogsOptions
): Effect.Effect<ReadonlyArray<Outcome<SavedLog>>, InvalidInput | FileUnwritable, PlatformClient | BulkExecutor>
function saveLogsOf(
  ids: string | ReadonlyArray<string>,
  directory: string,
  options?: SaveLogsOptions
): Effect.Effect<SavedLog | ReadonlyArray<Outcome<SavedLog>>, SkahaError, PlatformClient | BulkExecutor> {
  return typeof ids === "string"
    ? Effect.flatMap(makeSave(directory, options), (save) => save(ids))
    : saveMany(ids, directory, options)
}

/**
 * Saves what sessions have written so far to `<directory>/<id>.log`: with `UndiciTransport` straight from the socket,
 * and in the workers where there are `BulkWorkers`. A log of any size takes little memory.
 *
 * A file is there when it is whole: until then it is `<id>.log.partial`, and what was there before stays. So whatever
 * fails or is interrupted leaves whole files and such parts, and can be done again, with `resume` only for what is
 * missing. For an unknown or pending session the server gives an empty text, and so the file is empty.
 *
 * The directory is made where it is missing, and those above it. Where that fails, or nothing may be written in it, the
 * call fails with `FileUnwritable` before anything is sent. What then cannot be written, such as on a disk that is full,
 * is the `FileUnwritable` of its id, and the others go on. Different ids have different files on every system: a capital
 * letter is written as `+` and the small one.
 *
 * @example
 * ```ts
 * import { Outcome } from "@skaha/session"
 * import { saveLogs } from "@skaha/session/node"
 * import * as Effect from "effect/Effect"
 *
 * const failures = Effect.map(saveLogs(["abcd1234", "bcde2345"], "logs", { resume: true }), Outcome.failures)
 * ```
 */
export const saveLogs: SaveLogs = Object.assign(saveLogsOf, {
  stream: (ids: Iterable<string>, directory: string, options?: SaveLogsOptions) =>
    Stream.unwrap(Effect.map(makeSave(directory, options), (save) => save.stream(ids)))
})
