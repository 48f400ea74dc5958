/**
 * Makes so many calls after one another, all with one signal, and prints by how many bytes the memory that is in use
 * has grown for each, rounded. A tenth of them goes before, for what is kept once.
 */
import { createServer } from "node:http"
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import { AsyncSession } from "skaha"

const calls = Number(process.argv[2])

setFlagsFromString("--expose-gc")
const collect: () => void = runInNewContext("gc")

const used = () => {
  collect()
  return process.memoryUsage().heapUsed
}

const server = createServer((_, response) => response.setHeader("content-type", "application/json").end("[]"))
await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
const address = server.address()
const port = typeof address === "object" ? address?.port : undefined

{
  await using sessions = new AsyncSession({ server: `http://127.0.0.1:${port}/skaha`, token: "token-of-alice" })
  const { signal } = new AbortController()
  const call = async (count: number) => {
    let begun = 0
    const lane = async () => {
      while (begun++ < count) await sessions.fetch({ signal })
    }
    await Promise.all(Array.from({ length: 16 }, lane))
  }
  await call(calls / 10)
  const before = used()
  await call(calls)
  process.stdout.write(`${Math.round((used() - before) / calls)}\n`)
}
server.close()
