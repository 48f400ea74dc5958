/**
 * A small server that answers as it is told, and tells what it has been asked.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import * as Effect from "effect/Effect"

/** What a server was asked. */
export interface Served {
  readonly url: string
  /** `METHOD /path`, in order. */
  readonly asked: Array<string>
  /** How many requests were given up by who had asked. */
  readonly aborted: () => number
}

/** Serves until the scope ends. */
export const serve = (answer: (request: IncomingMessage, response: ServerResponse) => void) =>
  Effect.map(
    Effect.acquireRelease(
      Effect.callback<{ readonly served: Served; readonly stop: () => void }>((resume) => {
        const asked: Array<string> = []
        let aborted = 0
        const server = createServer((request, response) => {
          asked.push(`${request.method} ${request.url}`)
          response.on("close", () => {
            if (!response.writableFinished) aborted++
          })
          answer(request, response)
        })
        server.listen(0, "127.0.0.1", () => {
          const address = server.address()
          const port = address === null || typeof address === "string" ? 0 : address.port
          resume(
            Effect.succeed({
              served: { url: `http://127.0.0.1:${port}/skaha`, asked, aborted: () => aborted },
              stop: () => {
                server.close()
                server.closeAllConnections()
              }
            })
          )
        })
      }),
      ({ stop }) => Effect.sync(stop)
    ),
    ({ served }) => served
  )

/** Answers with the id that was asked for. */
export const echo = ({ url = "" }: IncomingMessage, response: ServerResponse): void => {
  response.setHeader("content-type", "text/plain")
  response.end(/session\/([^?/]*)/.exec(url)?.[1] ?? "")
}

/** Waits until something is so. */
export const until = (done: () => boolean) =>
  Effect.sleep("5 millis").pipe(Effect.repeat({ until: done }), Effect.timeout("10 seconds"), Effect.asVoid)
