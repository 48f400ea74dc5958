/**
 * What is thrown at who writes files, as an error with data.
 */
import { FileUnwritable } from "../FileError.ts"
import { fileFailure } from "./internal/files.ts"

/**
 * A file or folder that cannot be written, in words and with the system's own code.
 *
 * @example
 * ```ts
 * import { fileUnwritable } from "@skaha/core/node"
 * import * as Effect from "effect/Effect"
 * import { writeFile } from "node:fs/promises"
 *
 * const write = (file: string, text: string) =>
 *   Effect.tryPromise({
 *     try: () => writeFile(file, text),
 *     catch: (cause) => fileUnwritable("write", file, cause)
 *   })
 * ```
 */
export const fileUnwritable = (operation: string, file: string, cause: unknown): FileUnwritable => {
  const { code, reason } = fileFailure(cause)
  return new FileUnwritable({ operation, file, reason, ...(code === undefined ? {} : { systemCode: code }) })
}
