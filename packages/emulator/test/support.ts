import { assert } from "@effect/vitest"
import { Effect, Redacted } from "effect"
import { Emulator, type EmulatorReply } from "../src/index.ts"

/** An image of the public cache. */
export const terminal = "images.canfar.net/skaha/terminal:1.1.2"

/** Parameters by name, or in order and with repetitions. */
export type Fields = Record<string, string> | ReadonlyArray<readonly [name: string, value: string]>

const entries = (fields: Fields): Array<[string, string]> =>
  (Symbol.iterator in fields ? [...fields] : Object.entries(fields)).map(([name, value]) => [name, value])

export interface Sending {
  /** `null` sends no credential. Default: the valid bearer token. */
  readonly authorization?: string | null
  readonly headers?: Record<string, string>
  /** Sent as a form. */
  readonly form?: Fields
  /** Sent as it is. */
  readonly body?: string | Uint8Array
}

export interface Answer {
  readonly status: number
  readonly text: string
  readonly reply: EmulatorReply
  readonly json: () => unknown
}

const utf8 = new TextEncoder()
export const formType = "application/x-www-form-urlencoded;charset=UTF-8"

/** One request straight to the emulator: what it answers, byte for byte. */
export const send = Effect.fnUntraced(function* (method: string, path: string, sending: Sending = {}) {
  const emulator = yield* Emulator
  const { authorization = `Bearer ${Redacted.value(emulator.token)}`, form } = sending
  const body = form === undefined ? (sending.body ?? "") : new URLSearchParams(entries(form)).toString()
  const reply = yield* emulator.handle({
    method,
    target: `/skaha${path}`,
    headers: {
      host: "emulator.invalid",
      ...(authorization === null ? {} : { authorization }),
      ...(form === undefined ? {} : { "content-type": formType }),
      ...sending.headers
    },
    body: typeof body === "string" ? utf8.encode(body) : body
  })
  const text = new TextDecoder().decode(reply.body)
  const answer: Answer = { status: reply.status, text, reply, json: () => JSON.parse(text) }
  return answer
})

export const create = Effect.fnUntraced(function* (fields: Fields = {}) {
  const given = entries(fields)
  const defaults = entries({ name: "test", image: terminal }).filter(
    ([name]) => !given.some((field) => field[0] === name)
  )
  const answer = yield* send("POST", "/v1/session", { form: [...defaults, ...given] })
  assert.strictEqual(answer.status, 200, answer.text)
  assert.match(answer.text, /^[a-z][a-z0-9]{7}\n$/)
  return answer.text.trim()
})

export interface Row {
  readonly id: string
  readonly type: string
  readonly status: string
  readonly [key: string]: unknown
}

export const list = Effect.fnUntraced(function* (query = "") {
  const answer = yield* send("GET", `/v1/session${query}`)
  assert.strictEqual(answer.status, 200, answer.text)
  return answer.json() as Array<Row>
})

export const info = Effect.fnUntraced(function* (id: string) {
  const answer = yield* send("GET", `/v1/session/${id}`)
  assert.strictEqual(answer.status, 200, answer.text)
  return answer.json() as Row
})

export const statusOf = (id: string) => Effect.map(info(id), (row) => row.status)

export const logOf = (id: string) => Effect.map(send("GET", `/v1/session/${id}?view=logs`), (answer) => answer.text)
