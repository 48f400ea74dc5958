/** Prints the logs of sessions, and logs what fails. */
import { AsyncSession } from "skaha"

const [url = "", ...ids] = process.argv.slice(2)
await using sessions = new AsyncSession({ url, token: "token-of-alice", loglevel: "warning" })
await sessions.logs(ids, { verbose: true })
await sessions.events(ids, { verbose: true })
