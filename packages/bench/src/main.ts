/**
 * `npm run bench`: measures the SDK beside what one would use in its place.
 */
import { readFileSync, writeFileSync } from "node:fs"
import { join, resolve } from "node:path"
import { buildPrograms } from "./child/build.ts"
import { environment } from "./environment.ts"
import { measures } from "./measures/index.ts"
import { readOptions, usage, UsageError, type Options } from "./options.ts"
import { toJson, toMarkdown, toTable } from "./report.ts"
import { runMeasures } from "./run.ts"
import { Server } from "./server/Server.ts"

const resultsFile = join(import.meta.dirname, "../RESULTS.md")
const [begin, end] = ["<!-- figures -->", "<!-- end of figures -->"]

/** Puts the figures between their marks; what was written by hand around them stays. */
const writeResults = (figures: string): void => {
  const text = readFileSync(resultsFile, "utf8")
  const [before, after] = [text.indexOf(begin), text.indexOf(end)]
  if (before < 0 || after < before) throw new Error(`${resultsFile} has no place for figures`)
  writeFileSync(resultsFile, `${text.slice(0, before)}${begin}\n\n${figures}\n\n${text.slice(after)}`)
}

const run = async ({ json, only, profile, write }: Options): Promise<number> => {
  const where = environment()
  const programs = await buildPrograms(profile === undefined ? undefined : resolve(profile))
  try {
    const server = await Server.start(programs)
    try {
      const results = await runMeasures({ programs, server }, measures, only, (text) => console.error(text))
      console.log(json ? toJson(results, where) : toTable(results, where))
      if (write) writeResults(toMarkdown(results, where))
      return results.hasFailed ? 1 : 0
    } finally {
      await server.stop()
    }
  } finally {
    programs.remove()
  }
}

try {
  const options = readOptions(process.argv.slice(2))
  if (options === undefined) console.log(usage)
  else process.exitCode = await run(options)
} catch (error) {
  console.error(error instanceof UsageError ? error.message : error)
  process.exitCode = error instanceof UsageError ? 2 : 1
}
