/**
 * `npm run chaos`: creates, destroys, waits, watches and follows while much goes wrong, and says what came of it.
 */
import * as Effect from "effect/Effect"
import { readOptions, usage, UsageError, type Options } from "./options.ts"
import { holds, toJson, toText } from "./report.ts"
import { run } from "./run.ts"
import { scales } from "./scales.ts"

const runAll = async (options: Options): Promise<number> => {
  const { json, over, scenarios, seeds } = options
  const results = await Effect.runPromise(
    Effect.forEach(seeds, (seed) => run(scales[over], seed, scenarios, (text) => console.error(text)))
  )
  console.log(json ? toJson(results, options) : toText(results, options))
  return holds(results) ? 0 : 1
}

try {
  const options = readOptions(process.argv.slice(2))
  if (options === undefined) console.log(usage)
  else process.exitCode = await runAll(options)
} catch (error) {
  console.error(error instanceof UsageError ? error.message : error)
  process.exitCode = error instanceof UsageError ? 2 : 1
}
