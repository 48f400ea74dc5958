/**
 * An OpenID provider within this process: a transport that answers as a test says, and writes down what it was sent.
 */
import { Transport, type TransportFailure, type TransportReply, type TransportRequest } from "@skaha/core"
import type { Login } from "@skaha/core/node"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { reply } from "./platform.ts"

export const origin = "https://iam.example"

export const endpoints: Login.Endpoints = {
  discovery: `${origin}/.well-known/openid-configuration`,
  device: `${origin}/devicecode`,
  token: `${origin}/token`,
  registration: `${origin}/register`,
  userinfo: `${origin}/userinfo`
}

/** Its discovery document. */
export const metadata = {
  issuer: `${origin}/`,
  device_authorization_endpoint: endpoints.device,
  token_endpoint: endpoints.token,
  registration_endpoint: endpoints.registration,
  userinfo_endpoint: endpoints.userinfo
}

/** What it says of a login that has begun. */
export const device = {
  device_code: "secret-device-code",
  user_code: "WDJB-MJHT",
  verification_uri: `${origin}/device`,
  verification_uri_complete: `${origin}/device?user_code=WDJB-MJHT`,
  expires_in: 600,
  interval: 5
}

/** Its tokens, the nth of them. */
export const tokens = (n = 1) => ({
  access_token: `secret-access-${n}`,
  refresh_token: `secret-refresh-${n}`,
  token_type: "Bearer",
  expires_in: 3600,
  scope: "openid profile"
})

/** What it says of a client. */
export const registered = { client_id: "client-1", client_secret: "secret-client", client_secret_expires_at: 0 }

/** All that is secret of it, however it is encoded. */
export const secrets = ["secret-", btoa("client-1:secret-client")]

export const client: Login.Client = { id: "client-1", secret: Redacted.make("secret-client") }

/** A refusal, in OAuth's words. Some providers repeat what they were sent. */
export const refusal = (error: string, status = 400): TransportReply =>
  reply({ error, error_description: "Invalid refresh token: secret-refresh-1" }, status)

/** A login whose access token ends after some seconds on the clock of tests, which begins at 0. */
export const login = (seconds?: number, given: Partial<Login.Tokens> = {}): Login.Login => ({
  endpoints,
  client,
  tokens: {
    access: Redacted.make("secret-access-0"),
    accessExpires: seconds === undefined ? undefined : DateTime.makeUnsafe(seconds * 1000),
    refresh: Redacted.make("secret-refresh-0"),
    ...given
  }
})

type Answer = TransportReply | TransportFailure | Effect.Effect<TransportReply, TransportFailure>

const isReply = (answer: Answer): answer is TransportReply => "headers" in answer && "body" in answer

/** What a provider answers, by path; a list of answers is given out one by one, its last again and again. */
export type Answers = Readonly<Record<string, Answer | ReadonlyArray<Answer> | ((request: TransportRequest) => Answer)>>

const everything: Answers = {
  "/.well-known/openid-configuration": reply(metadata),
  "/register": reply(registered, 201),
  "/devicecode": reply(device),
  "/token": reply(tokens()),
  "/userinfo": reply({ sub: "1", preferred_username: "alice" })
}

/** A provider that lets everybody in, but for what a test says. */
export const mockProvider = (answers: Answers = {}) => {
  const sent: Array<TransportRequest> = []
  const counts = new Map<string, number>()
  const answer = (request: TransportRequest): Answer => {
    const given = { ...everything, ...answers }[request.path] ?? reply("", 404)
    if (typeof given === "function") return given(request)
    if (!Array.isArray(given)) return given as Answer
    const count = counts.get(request.path) ?? 0
    counts.set(request.path, count + 1)
    return given[Math.min(count, given.length - 1)] as Answer
  }
  const layer = Layer.succeed(Transport, {
    send: (request) =>
      Effect.suspend(() => {
        sent.push(request)
        const given = answer(request)
        if (Effect.isEffect(given)) return given
        return isReply(given) ? Effect.succeed(given) : Effect.fail(given)
      })
  })
  /** How often a path was asked. */
  const times = (path: string): number => sent.filter((request) => request.path === path).length
  return { layer, sent, times }
}

/** Lets everything that does not wait for the clock come to its end: promises have no clock. */
export const settle: Effect.Effect<void> = Effect.promise(async () => {
  for (let turn = 0; turn < 20; turn++) await new Promise((resume) => setImmediate(resume))
})

/** Waits until something is so, whatever the clock of the test says. */
export const eventually = (condition: () => boolean): Effect.Effect<void> =>
  Effect.promise(async () => {
    while (!condition()) await new Promise((resume) => setImmediate(resume))
  })
