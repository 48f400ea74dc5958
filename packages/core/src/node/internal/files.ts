/**
 * Small files that must never be half there.
 */
import { randomUUID } from "node:crypto"
import {
  chownSync,
  closeSync,
  existsSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync
} from "node:fs"
import { basename, dirname, join, resolve } from "node:path"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"

/** Something cannot be done with a file. `code` is the system's, where it is the system that says so. */
export class FileFailure extends Data.TaggedError("FileFailure")<{
  readonly reason: string
  readonly code: string | undefined
}> {}

/** What the system calls an error. */
export const codeOf = (cause: unknown): string | undefined =>
  cause instanceof Error && "code" in cause ? String(cause.code) : undefined

const words: Readonly<Record<string, string>> = {
  EACCES: "there is no permission",
  EDQUOT: "there is no room left for this user",
  EIO: "the disk has failed",
  EISDIR: "it is a folder",
  ELOOP: "its link leads in a circle",
  EMFILE: "too many files are open",
  ENAMETOOLONG: "its name is too long",
  ENFILE: "too many files are open",
  ENOENT: "its folder cannot be made",
  ENOSPC: "the disk is full",
  ENOTDIR: "what should be its folder is none",
  EPERM: "there is no permission",
  EROFS: "the disk is read-only"
}

/** What is thrown at who works with files, in words. */
export const fileFailure = (cause: unknown): FileFailure => {
  if (cause instanceof FileFailure) return cause
  const code = codeOf(cause)
  return new FileFailure({ code, reason: words[code ?? ""] ?? code ?? "it cannot be used" })
}

/** Does something with files, at once. */
export const attempt = <A>(run: () => A): Effect.Effect<A, FileFailure> => Effect.try({ try: run, catch: fileFailure })

const isMissing = (cause: unknown): boolean => codeOf(cause) === "ENOENT"

const statOf = (path: string) => statSync(path, { throwIfNoEntry: false })

/** The file that a path means: where it is a link, what it leads to, which need not be there. */
export const targetOf = (path: string, left = 40): string => {
  if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() !== true) return path
  if (left === 0) throw new FileFailure({ code: "ELOOP", reason: "its link leads in a circle" })
  return targetOf(resolve(dirname(path), readlinkSync(path)), left - 1)
}

/** The text of a file, to the letter; nothing where there is no file. */
export const readText = (path: string): string | undefined => {
  const stat = statOf(path)
  if (stat === undefined) return undefined
  // Reading a pipe or a device might never end.
  if (!stat.isFile()) {
    throw new FileFailure({ code: undefined, reason: stat.isDirectory() ? "it is a folder" : "it is not a file" })
  }
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(readFileSync(path))
  } catch (cause) {
    if (isMissing(cause)) return undefined
    if (codeOf(cause) !== "ERR_ENCODING_INVALID_ENCODED_DATA") throw cause
    throw new FileFailure({ code: undefined, reason: "it is not text in UTF-8" })
  }
}

/** Makes a folder, for its owner only. Not with `recursive`, which goes on for ever where nothing can be made. */
export const makeFolder = (path: string): void => {
  if (existsSync(path)) return
  makeFolder(dirname(path))
  try {
    mkdirSync(path, { mode: 0o700 })
  } catch (cause) {
    if (codeOf(cause) !== "EEXIST") throw cause
  }
}

/** So that the new name outlives a power cut, too. Not every system can do it. */
const syncFolder = (path: string): void => {
  try {
    const folder = openSync(path, "r")
    try {
      fsyncSync(folder)
    } finally {
      closeSync(folder)
    }
  } catch {
    // The file itself is safe.
  }
}

const draftOf = (path: string): string => join(dirname(path), `.${basename(path)}.${randomUUID()}.draft`)

const drafts = (path: string): ReadonlyArray<string> => {
  const pattern = /^[0-9a-f-]{36}\.draft$/
  const start = `.${basename(path)}.`
  return readdirSync(dirname(path)).filter((name) => name.startsWith(start) && pattern.test(name.slice(start.length)))
}

/** Removes what crashes have left. Only for who holds the file's lock. */
export const removeDrafts = (path: string): void => {
  for (const name of drafts(path)) rmSync(join(dirname(path), name), { force: true })
}

/** The administrator writes for the owner. */
const keepOwner = (path: string, draft: string): void => {
  const [old, own] = [statOf(path), statOf(draft)]
  if (old !== undefined && own !== undefined && (old.uid !== own.uid || old.gid !== own.gid) && own.uid === 0) {
    chownSync(draft, old.uid, old.gid)
  }
}

/**
 * Puts a text in the place of a file, all at once, for its owner's eyes only; unless, when everything is ready, it
 * shall not be. Whatever fails, the old file is as it was.
 */
export const replaceFile = (path: string, text: string, isWanted: () => boolean): boolean => {
  const draft = draftOf(path)
  try {
    const file = openSync(draft, "wx", 0o600)
    try {
      writeFileSync(file, text)
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
    keepOwner(path, draft)
    if (!isWanted()) return false
    renameSync(draft, path)
  } finally {
    rmSync(draft, { force: true })
  }
  syncFolder(dirname(path))
  return true
}
