/**
 * The server, in a process of its own: it says where it listens, and ends when its parent is gone.
 */
import { createServer } from "node:net"
import { serve } from "../child/serve.ts"
import { Connection } from "./Connection.ts"
import { Counts } from "./Counts.ts"

const counts = new Counts()
const server = createServer((socket) => new Connection(socket, counts))

const tasks = {
  /** Starts to listen; the port. */
  listen: () =>
    new Promise<number>((resolve, reject) => {
      server.on("error", reject)
      server.listen(0, "127.0.0.1", () => {
        const address = server.address()
        resolve(typeof address === "object" && address !== null ? address.port : 0)
      })
    })
}

export type ServerTasks = typeof tasks

serve(tasks)
