/**
 * The command line.
 */
import { parseArgs } from "node:util"
import { isOver, overs, type Over } from "./scales.ts"
import { scenarios } from "./scenario/index.ts"
import type { Scenario } from "./scenario/Scenario.ts"

export interface Options {
  readonly seeds: ReadonlyArray<number>
  /** Whether one of them was asked for by itself: then the report is of that one. */
  readonly single: boolean
  readonly over: Over
  readonly scenarios: ReadonlyArray<Scenario>
  /** Whether one JSON object is printed, and nothing else. */
  readonly json: boolean
}

/** What is wrong with a command line, in words for who typed it. */
export class UsageError extends Error {}

/** Nobody waits for more. */
const mostSeeds = 10_000

export const usage = `Usage: npm run chaos -- [options]
  --seed N         what all that is random follows from, a whole number from 0; default 1
  --seeds A..B     one run for each of these; or a number N, for 1..N
  --over WHERE     ${overs.join(" or ")}: in one process and virtual time (default), or over sockets and in real time
  --only NAME,…    some scenarios alone: ${scenarios.map(({ name }) => name).join(", ")}
  --json           print one JSON object and nothing else
  --help           print this`

const fail = (problem: string): never => {
  throw new UsageError(`${problem}\n${usage}`)
}

const parse = (args: ReadonlyArray<string>) => {
  try {
    return parseArgs({
      args: [...args],
      options: {
        seed: { type: "string" },
        seeds: { type: "string" },
        over: { type: "string", default: "memory" },
        only: { type: "string", multiple: true },
        json: { type: "boolean", default: false },
        help: { type: "boolean", default: false }
      }
    }).values
  } catch (error) {
    return fail(error instanceof Error ? error.message : String(error))
  }
}

const readSeed = (text: string): number => {
  const seed = /^\d+$/.test(text) ? Number(text) : NaN
  return Number.isSafeInteger(seed) ? seed : fail(`"${text}" is no seed: a whole number from 0.`)
}

const readSeeds = (text: string): ReadonlyArray<number> => {
  const [from = "", to, ...others] = text.split("..")
  if (others.length > 0) return fail(`"${text}" is no range of seeds such as 1..5.`)
  const [first, last] = to === undefined ? [1, readSeed(from)] : [readSeed(from), readSeed(to)]
  const count = last - first + 1
  if (count < 1 || count > mostSeeds) return fail(`--seeds ${text}: from 1 to ${mostSeeds} of them.`)
  return Array.from({ length: count }, (_, index) => first + index)
}

const readScenarios = (names: ReadonlyArray<string> | undefined): ReadonlyArray<Scenario> => {
  if (names === undefined) return scenarios
  const wanted = names.flatMap((list) => list.split(",")).map((name) => name.trim())
  const unknown = wanted.find((name) => !scenarios.some((scenario) => scenario.name === name))
  if (unknown !== undefined) return fail(`There is no scenario "${unknown}".`)
  return scenarios.filter(({ name }) => wanted.includes(name))
}

/** Reads the command line; `undefined` when only help is wanted. */
export const readOptions = (args: ReadonlyArray<string>): Options | undefined => {
  const { help, json, only, over, seed, seeds } = parse(args)
  if (help) return undefined
  if (seed !== undefined && seeds !== undefined) return fail("Give --seed or --seeds, not both.")
  if (!isOver(over)) return fail(`--over ${over}: it is ${overs.join(" or ")}.`)
  return {
    seeds: seeds === undefined ? [readSeed(seed ?? "1")] : readSeeds(seeds),
    single: seeds === undefined,
    over,
    scenarios: readScenarios(only),
    json
  }
}
