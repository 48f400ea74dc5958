/**
 * A batch from creation to its results, by one call that can be cut short and taken up again: twelve sessions square a
 * number each, and those with an even number fail the first time and are run again. Run it with
 * `npm run example run-batch`, or
 *
 * - `npm run example run-batch -- --name squares`: the name stands for the batch, so that a run after Ctrl-C takes up
 *   what the run before has left on the platform; without it each run is a batch of its own
 * - `npm run example run-batch -- --marks /arc/home/me`: a folder that all sessions can write to, by which those that
 *   run for the first time know it
 *
 * Without `SKAHA_URL` it runs on an emulator of its own, which runs the sessions as processes of this machine; with
 * `SKAHA_URL` and `SKAHA_TOKEN` on that platform, where nothing fails without `--marks`.
 */
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { AsyncSession } from "skaha"
import { openBar } from "../support/bar.ts"
import { openPlatform } from "../support/openPlatform.ts"

const image = process.env["SKAHA_IMAGE"] ?? "images.canfar.net/skaha/terminal:1.1.2"

const readOptions = () => {
  const { values } = parseArgs({ options: { marks: { type: "string" }, name: { type: "string" } } })
  return { marks: values.marks, name: values.name ?? `squares-${crypto.randomUUID().slice(0, 6)}` }
}

/**
 * What each replica runs. One with an even number looks for its mark, a file that it leaves behind when it fails; `MARKS`
 * is how the names of those files begin. There are no quotes and no `$`, since the platform knows no shell.
 */
const job = {
  cmd: "awk",
  args:
    "-v id=REPLICA_ID -v marks=MARKS " +
    "BEGIN{n=ENVIRON[id];mark=ENVIRON[marks]n;if(mark!=n&&n%2==0&&(getline<mark)<0){print>mark;exit(1)}print(n*n)}"
}

/** Where the marks are: on a platform of one's own a folder of this machine, which goes with its block. */
const openMarks = async (marks: string | undefined) => {
  if (marks !== undefined || process.env["SKAHA_URL"]) return { marks, [Symbol.asyncDispose]: async () => {} }
  const folder = await mkdtemp(join(tmpdir(), "skaha-marks-"))
  return { marks: folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) }
}

/** Ctrl-C gives up the waiting. What runs goes on, to be taken up by the next run. */
const interrupted = new AbortController()
process.once("SIGINT", () => interrupted.abort())

const main = async (): Promise<void> => {
  const { name, ...options } = readOptions()
  await using platform = await openPlatform()
  await using folder = await openMarks(options.marks)
  const { marks } = folder
  await using sessions = new AsyncSession({ url: platform.url, token: platform.token })
  console.log(`platform: ${platform.url}`)

  const run = async () => {
    using bar = openBar(`Running ${name}`)
    const { onProgress } = bar
    return await sessions.runBatch({
      ...job,
      ...(marks === undefined ? {} : { env: { MARKS: join(marks, `${name}-`) } }),
      name,
      image,
      cores: 1,
      ram: 1,
      replicas: 12,
      // A replica that fails is destroyed and run again, twice at most.
      retries: 2,
      resume: true,
      // Ten minutes for each attempt.
      limit: 600,
      onProgress,
      signal: interrupted.signal
    })
  }

  const replicas = await run()
  for (const { name, attempts, error, log = "" } of replicas) {
    const times = attempts === 1 ? "" : `, at the ${attempts === 2 ? "second" : "third"} attempt`
    console.log(error === undefined ? `${name}: ${log.trim()}${times}` : `${name}: ${error.message}${times}`)
  }
  const failed = replicas.filter(({ error }) => error !== undefined)
  if (failed.length > 0) throw new Error(`${failed.length} of ${replicas.length} did not complete`)
}

main().catch((error: unknown) => {
  const message = error instanceof Error ? error.message : String(error)
  console.error(
    interrupted.signal.aborted
      ? process.env["SKAHA_URL"]
        ? "Interrupted. What runs is left on the platform: --name, with the name above, takes it up."
        : "Interrupted. The emulator has ended, and with it all that ran."
      : `Error: ${message}`
  )
  process.exitCode = interrupted.signal.aborted ? 130 : 1
})
