/**
 * What a run tells: a table to read, JSON, or the part of RESULTS.md that is not written by hand.
 */
import Table from "cli-table3"
import { environmentText, type Environment } from "./environment.ts"
import { allKeys, isReached, keys, targetOf, type Key } from "./keys.ts"
import type { Figure } from "./Measure.ts"
import type { Results } from "./run.ts"

const rounded = (value: number): number => Number(value.toPrecision(4))

const reachedText = (key: Key, figure: Figure): string =>
  "reason" in figure ? "–" : isReached(key, figure.value) && figure.holds !== false ? "yes" : "no"

const shown = (results: Results): ReadonlyArray<readonly [key: Key, figure: Figure]> =>
  [...results.figures].filter(([, figure]) => !("reason" in figure && figure.reason === "not asked for"))

const notes = (figure: Figure): ReadonlyArray<string> => ("reason" in figure ? [figure.reason] : figure.details)

/** One object: every figure by its key, `null` where there is none, and beside them why, and what else was seen. */
export const toJson = ({ figures }: Results, environment: Environment): string => {
  const entries = allKeys.map((key) => [key, figures.get(key) ?? { reason: "not measured" }] as const)
  return JSON.stringify(
    {
      ...Object.fromEntries(entries.map(([key, figure]) => [key, "reason" in figure ? null : rounded(figure.value)])),
      reasons: Object.fromEntries(
        entries.flatMap(([key, figure]) => ("reason" in figure ? [[key, figure.reason] as const] : []))
      ),
      details: Object.fromEntries(
        entries.flatMap(([key, figure]) => ("reason" in figure ? [] : [[key, figure.details] as const]))
      ),
      environment
    },
    null,
    2
  )
}

/** A table for a terminal. */
export const toTable = (results: Results, environment: Environment): string => {
  const table = new Table({
    head: ["key", "figure", "target", "reached", "what it is, and what else was seen"],
    colAligns: ["left", "right", "right", "left", "left"],
    style: { head: [], border: [] }
  })
  for (const [key, figure] of shown(results)) {
    const value = "reason" in figure ? "–" : String(rounded(figure.value))
    const text = [keys[key].what, ...notes(figure).map((note) => `  ${note}`)].join("\n")
    table.push([key, value, targetOf(key), reachedText(key, figure), text])
  }
  return `${environmentText(environment)}\n${table.toString()}`
}

/** A table in Markdown. */
export const toMarkdown = (results: Results, environment: Environment): string => {
  const rows = shown(results).map(([key, figure]) => {
    const value = "reason" in figure ? "–" : String(rounded(figure.value))
    return `| \`${key}\` | ${value} | ${targetOf(key)} | ${reachedText(key, figure)} | ${notes(figure).join("; ")} |`
  })
  return [
    environmentText(environment),
    "",
    "| key | figure | target | reached | what else was seen |",
    "| --- | --- | --- | --- | --- |",
    ...rows
  ].join("\n")
}
