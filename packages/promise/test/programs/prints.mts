/** Prints the logs of sessions, and logs what fails. */
import { AsyncSession } from "skaha"

const [server = "", ...ids] = process.argv.slice(2)
await using sessions = new AsyncSession({ server, token: "token-of-alice", loglevel: "warning" })
await sessions.logs(ids, { verbose: true })
await sessions.events(ids, { verbose: true })
