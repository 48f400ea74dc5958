import * as Effect from "effect/Effect"
import { connect, createServer, type Socket } from "node:net"

export interface OutputPipe {
  readonly read: Socket
  readonly write: Socket
}

/**
 * One pipe that a child can have as its stdout and its stderr. Two pipes, which is all that `spawn` makes, would lose
 * the order in which the child writes to them.
 */
export const outputPipe = (path: string): Effect.Effect<OutputPipe, Error> =>
  Effect.callback((resume) => {
    const failed = (error: Error) => {
      server.close()
      resume(Effect.fail(error))
    }
    const server = createServer((read) => {
      // Closing also removes the socket's file.
      server.close()
      if (write.connecting) write.once("connect", () => resume(Effect.succeed({ read, write })))
      else resume(Effect.succeed({ read, write }))
    })
    let write: Socket
    server.once("error", failed)
    server.listen(path, () => {
      write = connect(path).once("error", failed)
    })
  })
