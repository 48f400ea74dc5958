import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import type { InvalidJson } from "../../internal/strictJson.ts"

/** A file that was named on the command line cannot be used. */
export class FileError extends Data.TaggedError("FileError")<{
  readonly file: string
  readonly reason: string
}> {
  override get message() {
    return `cannot use ${this.file}: ${this.reason}`
  }
}

const reasons: Record<string, string> = {
  NotFound: "no such file",
  PermissionDenied: "permission denied",
  BadResource: "it is no file"
}

/** Reads a list from a file of JSON; without a file it is empty. */
export const readList = Effect.fnUntraced(function* <A>(
  given: Option.Option<string>,
  decode: (json: string) => Effect.Effect<ReadonlyArray<A>, InvalidJson>
) {
  if (Option.isNone(given)) return []
  const file = given.value
  const failed = (reason: string) => new FileError({ file, reason })
  const fileSystem = yield* FileSystem.FileSystem
  const text = yield* Effect.mapError(fileSystem.readFileString(file), ({ reason }) =>
    failed(reasons[reason._tag] ?? reason.message)
  )
  return yield* Effect.mapError(decode(text), ({ reason }) => failed(reason))
})
