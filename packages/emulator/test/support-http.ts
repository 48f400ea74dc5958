import { Effect, Redacted } from "effect"
import { request } from "node:http"
import { Emulator } from "../src/index.ts"
import { EmulatorServer } from "../src/node/index.ts"

export interface HttpAnswer {
  readonly status: number
  readonly headers: ReadonlyArray<string>
  readonly text: string
}

export interface HttpSending {
  readonly method?: string
  readonly headers?: Record<string, string>
  readonly body?: string
}

/** One request over a real connection, which is closed when the caller is interrupted. */
export const fetchRaw = (url: string, { body, headers = {}, method = "GET" }: HttpSending = {}) =>
  Effect.callback<HttpAnswer, Error>((resume) => {
    const sent = request(url, { method, headers }, (response) => {
      const chunks: Array<Buffer> = []
      response.on("data", (chunk: Buffer) => chunks.push(chunk))
      response.on("error", (error) => resume(Effect.fail(error)))
      response.on("end", () =>
        resume(
          Effect.succeed({
            status: response.statusCode ?? 0,
            headers: response.rawHeaders,
            text: Buffer.concat(chunks).toString()
          })
        )
      )
    })
    sent.on("error", (error) => resume(Effect.fail(error)))
    sent.end(body)
    return Effect.sync(() => sent.destroy())
  })

/** The same with the valid token, to a path after `/skaha`. */
export const fetchSkaha = Effect.fnUntraced(function* (path: string, sending: HttpSending = {}) {
  const { token } = yield* Emulator
  const { url } = yield* EmulatorServer
  const authorization = `Bearer ${Redacted.value(token)}`
  return yield* fetchRaw(`${url}${path}`, { ...sending, headers: { authorization, ...sending.headers } })
})

export const headerOf = (answer: HttpAnswer, name: string): string | undefined => {
  const at = answer.headers.findIndex((text, index) => index % 2 === 0 && text.toLowerCase() === name.toLowerCase())
  return at < 0 ? undefined : answer.headers[at + 1]
}
