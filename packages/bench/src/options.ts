/**
 * The command line.
 */
import { parseArgs } from "node:util"
import { allKeys, isKey, type Key } from "./keys.ts"

export interface Options {
  /** What to measure. */
  readonly only: ReadonlyArray<Key>
  /** Whether one JSON object is printed instead of a table. */
  readonly json: boolean
  /** Whether the figures go into RESULTS.md, too. */
  readonly write: boolean
  /** The folder for profiles of the measured processes. */
  readonly profile: string | undefined
}

/** What is wrong with a command line, in words for who typed it. */
export class UsageError extends Error {}

export const usage = `Usage: npm run bench -- [options]
  --only KEY,…    measure these alone
  --json          print one JSON object instead of a table
  --write         put the figures into packages/bench/RESULTS.md, too
  --profile DIR   write a CPU profile of each measured process there
  --help          print this
Keys: ${allKeys.join(", ")}`

const parse = (args: ReadonlyArray<string>) => {
  try {
    return parseArgs({
      args: [...args],
      options: {
        only: { type: "string", multiple: true },
        json: { type: "boolean", default: false },
        write: { type: "boolean", default: false },
        profile: { type: "string" },
        help: { type: "boolean", default: false }
      }
    }).values
  } catch (error) {
    throw new UsageError(`${error instanceof Error ? error.message : String(error)}\n${usage}`)
  }
}

/** Reads the command line; `undefined` when only help is wanted. */
export const readOptions = (args: ReadonlyArray<string>): Options | undefined => {
  const { help, json, only, profile, write } = parse(args)
  if (help) return undefined
  const names = only?.flatMap((list) => list.split(",")).map((name) => name.trim())
  const unknown = (names ?? []).filter((name) => !isKey(name))
  if (unknown.length > 0) {
    throw new UsageError(`There is no figure ${unknown.map((name) => `"${name}"`).join(", ")}.\n${usage}`)
  }
  if (write && names !== undefined) {
    throw new UsageError("--write is for all figures: leave --only out.")
  }
  return { only: names === undefined ? allKeys : names.filter(isKey), json, write, profile }
}
