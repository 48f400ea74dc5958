/**
 * Sessions with plain async/await, method for method as in Python: create, wait, read the logs, destroy.
 * Run it with `npm run example async-await`.
 *
 * Without `SKAHA_URL` it runs on an emulator of its own, which runs the sessions as processes of this machine; with
 * `SKAHA_URL` and `SKAHA_TOKEN` on that platform.
 */
import { AsyncSession, Cancelled, InvalidInput, SessionRequestError } from "skaha"
import { openPlatform } from "../support/openPlatform.ts"

/** Names need not be unique on the platform; this one should be, since all that bears it is destroyed at the end. */
const name = `hello-${crypto.randomUUID().slice(0, 6)}`
const image = process.env["SKAHA_IMAGE"] ?? "images.canfar.net/skaha/terminal:1.1.2"

/** From creation to the logs. The signal gives up whatever is waited for. */
const runJobs = async (sessions: AsyncSession, signal: AbortSignal): Promise<void> => {
  // Three replicas that print one variable: each gets its own number as REPLICA_ID.
  const ids = await sessions.create({
    name,
    image,
    cores: 1,
    ram: 1,
    cmd: "printenv",
    args: "REPLICA_ID GREETING",
    env: { GREETING: "hello" },
    replicas: 3,
    // By default a replica that could not be created is left out, as in Python; these are of use only together.
    errors: "raise",
    signal
  })
  console.log(`created ${ids.length} sessions`)

  // One list a second at most answers for all of them. What has failed is said to be so, and why.
  const rows = await sessions.waitCompleted(ids, { errors: "raise", signal })
  // As the server says it: `Succeeded` on old servers is `Completed` on today's.
  console.log(rows.map(({ id, status }) => `${id} is ${status}`).join(", "))

  for (const [id, text] of Object.entries(await sessions.logs(ids, { signal }))) {
    console.log(`${id} wrote: ${text.trim().replaceAll("\n", " ")}`)
  }
}

/** What fails says what it is: by its class, or by a `code` that stays the same between versions. */
const showErrors = async (sessions: AsyncSession): Promise<void> => {
  try {
    await sessions.create({ name: "no blanks please", image, cores: 1000 })
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error
    // Nothing was sent, and all that is wrong is listed.
    for (const problem of error.problems) console.log(`${error.code}: ${problem.field} ${problem.message}`)
  }

  // The failures of many ids come together, with whatever succeeded.
  try {
    await sessions.info(["nosuchid"], { errors: "raise" })
  } catch (error) {
    if (!(error instanceof SessionRequestError)) throw error
    for (const [id, { code, message }] of error.errors) console.log(`${id}: ${code}: ${message}`)
  }

  // A signal ends a call at any time; this one is over before it starts.
  try {
    await sessions.fetch({ signal: AbortSignal.abort() })
  } catch (error) {
    if (!(error instanceof Cancelled)) throw error
    console.log(`${error.code}: ${error.message}`)
  }
}

/** Ctrl-C gives up what is waited for, and then what was created is still destroyed. */
const interrupted = new AbortController()
process.once("SIGINT", () => interrupted.abort())

const main = async (): Promise<void> => {
  await using platform = await openPlatform()
  await using sessions = new AsyncSession({ url: platform.url, token: platform.token })
  console.log(`platform: ${platform.url}`)
  // Something harmless first: a wrong address or token shows here, when there is nothing to destroy.
  await sessions.stats()
  try {
    // Ctrl-C or ten minutes, whichever comes first.
    await runJobs(sessions, AbortSignal.any([interrupted.signal, AbortSignal.timeout(600_000)]))
    await showErrors(sessions)
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
