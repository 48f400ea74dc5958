import { Effect, Layer, Redacted } from "effect"
import { readFileSync } from "node:fs"
import { request as requestHttp } from "node:http"
import { type RequestOptions, request as requestHttps } from "node:https"
import { join } from "node:path"
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
  /** For HTTPS: whom to trust, what to show. */
  readonly tls?: Pick<RequestOptions, "agent" | "ca" | "cert" | "ciphers" | "key" | "maxVersion" | "minVersion">
}

/** One request over a real connection, which is closed when the caller is interrupted. */
export const fetchRaw = (url: string, { body, headers = {}, method = "GET", tls }: HttpSending = {}) =>
  Effect.callback<HttpAnswer, Error>((resume) => {
    const request = url.startsWith("https:") ? requestHttps : requestHttp
    const sent = request(url, { method, headers, ...tls }, (response) => {
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

/** An emulator that answers every request with the request. */
export const echo: Layer.Layer<Emulator> = Layer.effect(
  Emulator,
  Effect.map(Emulator, (emulator) =>
    Emulator.of({
      ...emulator,
      handle: ({ body, ...request }) =>
        Effect.succeed({
          status: 200,
          headers: { "Content-Type": "application/json" },
          body: new TextEncoder().encode(JSON.stringify({ ...request, bytes: body.length }))
        })
    })
  )
).pipe(Layer.provide(Emulator.layer()))

/** A file in PEM of `fixtures/tls`, which says what each one is. */
export const pem = (name: string): string =>
  readFileSync(join(import.meta.dirname, "fixtures/tls", `${name}.pem`), "utf8")

/** The server's side of HTTPS. */
export const tls = { key: pem("server"), cert: pem("server") }
