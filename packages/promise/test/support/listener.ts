/**
 * A server of any kind on this machine, where the platform's will not do.
 */
import { createServer, type RequestListener } from "node:http"
import { createServer as createTlsServer } from "node:https"
import type { Socket } from "node:net"
import { certificate } from "./certificate.ts"

/** A server that listens; it closes with its connections. */
export interface Listening extends AsyncDisposable {
  readonly origin: string
  /** The connections that are open. */
  readonly sockets: ReadonlySet<Socket>
  readonly close: () => Promise<void>
}

export const listener = async (
  answer: RequestListener,
  { tls = false }: { readonly tls?: boolean } = {}
): Promise<Listening> => {
  const server = tls ? createTlsServer(certificate, answer) : createServer(answer)
  const sockets = new Set<Socket>()
  server.on("connection", (socket: Socket) => {
    sockets.add(socket)
    socket.on("error", () => {})
    socket.on("close", () => sockets.delete(socket))
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const address = server.address()
  const port = address === null || typeof address === "string" ? 0 : address.port
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve())
      for (const socket of sockets) socket.destroy()
    })
  return { origin: `${tls ? "https" : "http"}://127.0.0.1:${port}`, sockets, close, [Symbol.asyncDispose]: close }
}
