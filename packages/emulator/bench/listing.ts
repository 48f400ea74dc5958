// How long an emulator with many sessions takes to answer, and how much memory it has, as seen from outside:
//
//   npm run exec -- node packages/emulator/bench/listing.ts [sessions, by default 10000] [flags of the emulator …]

import { execFileSync, spawn } from "node:child_process"
import { Agent, request } from "node:http"
import { join } from "node:path"

const [first = "10000", ...flags] = process.argv.slice(2)
const count = Number(first)
const token = "bench"
const main = join(import.meta.dirname, "../src/node/main.ts")
const server = spawn(process.execPath, [main, "--port", "0", "--pending", "0", "--token", token, ...flags], {
  stdio: ["ignore", "pipe", "inherit"]
})
process.on("exit", () => server.kill())

const url = await new Promise<string>((resolve) => {
  server.stdout.once("data", (line: Buffer) => resolve(/^listening on (\S+)/.exec(line.toString())?.[1] ?? ""))
})
const agent = new Agent({ keepAlive: true })

const send = (method: string, path: string, form?: Record<string, string>): Promise<string> =>
  new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/x-www-form-urlencoded" }
    const sent = request(`${url}/v1/session${path}`, { method, agent, headers }, (response) => {
      const chunks: Array<Buffer> = []
      response.on("data", (chunk: Buffer) => chunks.push(chunk))
      response.on("error", reject)
      response.on("end", () => {
        const text = Buffer.concat(chunks).toString()
        if (response.statusCode === 200) resolve(text)
        else reject(new Error(`${method} ${path}: ${response.statusCode} ${text}`))
      })
    })
    sent.on("error", reject)
    sent.end(new URLSearchParams(form).toString())
  })

const create = () => send("POST", "", { name: "bench", image: "images.canfar.net/skaha/terminal:1.1.2" })

/** All of them, so many at a time. */
const all = async <A>(items: ReadonlyArray<A>, use: (item: A) => Promise<unknown>) => {
  const rest = items.values()
  const worker = async () => {
    for (const item of rest) await use(item)
  }
  await Promise.all(Array.from({ length: 32 }, worker))
}

const millis = async (run: () => Promise<unknown>): Promise<number> => {
  const start = performance.now()
  await run()
  return performance.now() - start
}

const median = async (run: () => Promise<unknown>): Promise<number> => {
  const times: Array<number> = []
  for (let round = 0; round < 15; round++) times.push(await millis(run))
  return times.toSorted((a, b) => a - b)[7] ?? 0
}

const report = (what: string, value: number, unit: string) =>
  process.stdout.write(`${what.padEnd(32)}${value.toFixed(1).padStart(10)} ${unit}\n`)

const memory = () => Number(execFileSync("ps", ["-o", "rss=", "-p", String(server.pid)]).toString()) / 1024

report("memory at the start", memory(), "MiB")
const ids: Array<string> = []
const creating = await millis(() => all(Array.from({ length: count }), async () => ids.push((await create()).trim())))
report("a create", creating / count, "ms")
while ((await send("GET", "?status=Pending")) !== "[]" || (await send("GET", "?status=Running")) !== "[]");
report("memory with all", memory(), "MiB")
report("a list of all", await median(() => send("GET", "")), "ms")
report("a public list of all", await median(() => send("GET", "?view=all")), "ms")
report("a list of none", await median(() => send("GET", "?status=nothing")), "ms")
report("statistics", await median(() => send("GET", "?view=stats")), "ms")
report("one of them", await median(() => send("GET", `/${ids[0]}`)), "ms")
report(
  "a create and a list of none",
  await median(async () => {
    await create()
    await send("GET", "?status=nothing")
  }),
  "ms"
)
report("memory after these", memory(), "MiB")
const destroying = await millis(() => all(ids, (id) => send("DELETE", `/${id}`)))
report("a destroy", destroying / count, "ms")
report("memory at the end", memory(), "MiB")
process.exit()
