// Prints "N passed, N failed" of the reports in a folder: vitest's JSON and TAP. A failed step of which no report tells
// (a crash, a lint error) counts as one failure.

import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"

const [folder, failedSteps] = process.argv.slice(2)

const readVitest = (text) => {
  const { numPassedTests, numFailedTests } = JSON.parse(text)
  return { passed: numPassedTests, failed: numFailedTests }
}

const readTap = (text) => {
  const count = (word) => Number(new RegExp(`^# ${word} (\\d+)$`, "m").exec(text)?.[1] ?? 0)
  return { passed: count("pass"), failed: count("fail") + count("cancelled") }
}

const reports = readdirSync(folder).map((name) => {
  const text = readFileSync(join(folder, name), "utf8")
  return name.endsWith(".tap") ? readTap(text) : readVitest(text)
})
const told = reports.filter(({ failed }) => failed > 0).length
const passed = reports.reduce((sum, report) => sum + report.passed, 0)
const failed = reports.reduce((sum, report) => sum + report.failed, 0)

console.log(`${passed} passed, ${failed + Math.max(0, Number(failedSteps) - told)} failed`)
