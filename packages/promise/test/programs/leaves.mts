/**
 * A program that works with a client and comes to its end in the way it is told: the process must then end by itself.
 */
import { AsyncSession } from "skaha"

const [url = "", way = ""] = process.argv.slice(2)
const sessions = new AsyncSession({ url, token: "token-of-alice", loglevel: "critical" })
const name = (error: unknown) => (error instanceof Error ? error.name : "no error")

switch (way) {
  case "in flight": {
    const calls = [sessions.fetch(), sessions.info("abcdefgh"), sessions.stats()]
    setTimeout(() => void sessions.close(), 50)
    const settled = await Promise.allSettled(calls)
    process.stdout.write(
      `${settled.map((result) => (result.status === "rejected" ? name(result.reason) : "?")).join()}\n`
    )
    break
  }
  case "withResponse":
    // Only this promise is looked at: the call's own, which fails too, must not crash the process.
    sessions
      .fetch()
      .withResponse()
      .catch((error: unknown) => process.stdout.write(`${name(error)}\n`))
    setTimeout(() => void sessions.close(), 50)
    break
  case "workers": {
    const busy = new AsyncSession({ url, token: "token-of-alice", loglevel: "critical", workers: 2 })
    process.stdout.write(`${Object.keys(await busy.logs(["abcdefgh", "bcdefghi"])).length}\n`)
    break
  }
  case "stream": {
    // Left in the middle, and never asked again.
    const logs = sessions.streamLogs(Array.from({ length: 100 }, (_, index) => `id${index}`))[Symbol.asyncIterator]()
    process.stdout.write(`${(await logs.next()).done}\n`)
    break
  }
  default:
    process.stdout.write(`${(await sessions.fetch()).length}\n`)
}
