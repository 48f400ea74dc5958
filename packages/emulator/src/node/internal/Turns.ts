import type { ServerResponse } from "node:http"
import type { Socket } from "node:net"

/** As in Tomcat, a connection's requests are handled one after the other, also when its client does not wait. */
export class Turns {
  readonly #last = new WeakMap<Socket, ServerResponse>()

  /** The reply that a connection waits for, the newest if it has sent several requests. */
  readonly pending = (socket: Socket): ServerResponse | undefined => {
    const last = this.#last.get(socket)
    return last === undefined || last.closed ? undefined : last
  }

  /** Calls `start` as soon as all replies before this one are sent, and never if the client leaves before. */
  take(socket: Socket, response: ServerResponse, start: () => void): void {
    const before = this.pending(socket)
    this.#last.set(socket, response)
    if (before === undefined) return start()
    before.once("close", () => {
      if (!socket.destroyed) start()
    })
  }
}
