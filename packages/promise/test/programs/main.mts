/**
 * The main job of a batch: launches one session for each part of the work, waits for all of them, adds up what they
 * have written, and cleans up. It is itself a session of the platform.
 */
import { AsyncSession } from "skaha"

const { SKAHA_URL: url = "", SKAHA_TOKEN: token = "", PARTS: parts = "1" } = process.env
const worker = process.argv[2] ?? ""

await using sessions = new AsyncSession({ url, token })

const ids = await sessions.create({
  name: "part",
  image: "skaha/terminal:1.1.2",
  cmd: process.execPath,
  args: worker,
  env: { FACTOR: 10 },
  cores: 1,
  ram: 1,
  replicas: Number(parts),
  errors: "raise"
})

// Whatever the server calls the end of a session.
const ended = (status: string) => status !== "Pending" && status !== "Running"
while (!(await sessions.info(ids, { errors: "raise" })).every(({ status }) => ended(status))) {
  await new Promise((resolve) => setTimeout(resolve, 20))
}

const logs = await sessions.logs(ids, { errors: "raise" })
const numbers = ids.map((id) => Number(logs[id]))
process.stdout.write(`parts ${numbers.join()} sum ${numbers.reduce((sum, number) => sum + number, 0)}\n`)

const completed = await sessions.destroy_with("part-")
const failed = await sessions.destroy_with(/^part-\d+$/, { status: "Failed" })
process.stdout.write(`destroyed ${Object.values(completed).length} completed, ${Object.values(failed).length} failed\n`)
