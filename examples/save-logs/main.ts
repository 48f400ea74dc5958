/**
 * A batch whose logs go straight to files, with a bar that follows: 32 sessions write a log each, and every log becomes
 * a file of a folder. Run it with `npm run example save-logs`, or
 *
 * - `npm run example save-logs -- --workers 2`: the logs are fetched, inflated and written by two worker threads
 * - `npm run example save-logs -- --directory logs`: into this folder, in place of a new one in the temporary folder
 *
 * Without `SKAHA_URL` it runs on an emulator of its own, which runs the sessions as processes of this machine; with
 * `SKAHA_URL` and `SKAHA_TOKEN` on that platform.
 */
import { mkdtempSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { AsyncSession } from "skaha"
import { openBar } from "../support/bar.ts"
import { openPlatform } from "../support/openPlatform.ts"

const replicas = 32
/** Names need not be unique on the platform; this one should be, since all that bears it is destroyed at the end. */
const name = `logs-${crypto.randomUUID().slice(0, 6)}`
const image = process.env["SKAHA_IMAGE"] ?? "images.canfar.net/skaha/terminal:1.1.2"

const readOptions = () => {
  const { values } = parseArgs({ options: { directory: { type: "string" }, workers: { type: "string" } } })
  return {
    workers: values.workers === undefined ? undefined : Number(values.workers),
    directory: () => values.directory ?? mkdtempSync(join(tmpdir(), "skaha-logs-"))
  }
}

/** Creates the sessions: how many at once is for `createConcurrency`, which is 8 unless it is given. */
const create = async (sessions: AsyncSession, signal: AbortSignal): Promise<ReadonlyArray<string>> => {
  using bar = openBar("Creating")
  const { onProgress } = bar
  // Arguments are parted by blanks, and there are no quotes: each session writes 50,000 numbered lines.
  const args = "BEGIN{while(i++<50000)print(i,i%97)}"
  return await sessions.create({ name, image, cores: 1, ram: 1, cmd: "awk", args, replicas, onProgress, signal })
}

/**
 * A file is there when its log is there as a whole, so whatever cuts this short can be done again; with `resume` only
 * for the files that are missing.
 */
const save = async (
  sessions: AsyncSession,
  ids: ReadonlyArray<string>,
  { directory, resume, signal }: { readonly directory: string; readonly resume: boolean; readonly signal: AbortSignal }
): Promise<number> => {
  using bar = openBar(resume ? "Saving what is missing" : "Saving")
  const { onProgress } = bar
  const files = await sessions.saveLogs(ids, directory, { resume, errors: "raise", onProgress, signal })
  return Object.keys(files).length
}

/** Ctrl-C gives up what is waited for, and then what was created is still destroyed. */
const interrupted = new AbortController()
process.once("SIGINT", () => interrupted.abort())

const main = async (): Promise<void> => {
  const options = readOptions()
  // Ctrl-C or ten minutes, whichever comes first.
  const signal = AbortSignal.any([interrupted.signal, AbortSignal.timeout(600_000)])
  // As slow as a real one, for there is to be something to see.
  await using platform = await openPlatform(200)
  await using sessions = new AsyncSession({ url: platform.url, token: platform.token, workers: options.workers })
  console.log(`platform: ${platform.url}`)
  // Something harmless first: a wrong address or token shows here, when there is nothing to destroy.
  await sessions.stats()
  try {
    const ids = await create(sessions, signal)
    // One list a second at most, however many there are. One that fails is logged; its log is saved all the same.
    await sessions.waitCompleted(ids, { signal })
    const directory = options.directory()
    const saved = await save(sessions, ids, { directory, resume: false, signal })
    console.log(`${saved} logs are in ${directory}`)
    // All are there by now, so no byte comes.
    await save(sessions, ids, { directory, resume: true, signal })
  } finally {
    // Without a signal: it should happen also after Ctrl-C. An empty status means any.
    const destroyed = await sessions.destroy_with(`${name}-`, { status: "" })
    console.log(`destroyed ${Object.keys(destroyed).length} sessions`)
  }
}

main().catch((error: unknown) => {
  const message = error instanceof Error ? error.message : String(error)
  console.error(interrupted.signal.aborted ? "Interrupted." : `Error: ${message}`)
  process.exitCode = interrupted.signal.aborted ? 130 : 1
})
