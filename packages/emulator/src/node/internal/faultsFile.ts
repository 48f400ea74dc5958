import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import { decodeFaults } from "../../internal/faults/json.ts"

/** The file of faults cannot be used. */
export class FaultsFileError extends Data.TaggedError("FaultsFileError")<{
  readonly file: string
  readonly reason: string
}> {
  override get message() {
    return `cannot use ${this.file}: ${this.reason}`
  }
}

const reasons: Record<string, string> = { NotFound: "no such file", PermissionDenied: "permission denied" }

/** Reads a list of faults from a file of JSON. */
export const readFaults = Effect.fnUntraced(function* (file: string) {
  const failed = (reason: string) => new FaultsFileError({ file, reason })
  const fileSystem = yield* FileSystem.FileSystem
  const text = yield* Effect.mapError(fileSystem.readFileString(file), ({ reason }) =>
    failed(reasons[reason._tag] ?? reason.message)
  )
  return yield* Effect.mapError(decodeFaults(text), ({ reason }) => failed(reason))
})
