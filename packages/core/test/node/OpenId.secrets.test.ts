import { Transport, type TransportReply } from "@skaha/core"
import { DeviceLogin, Login, OpenId, OpenIdCredentials } from "@skaha/core/node"
import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/testing/TestClock"
import { inspect } from "node:util"
import { client, device, endpoints, mockProvider, origin, registered, settle, tokens } from "../support/mockProvider.ts"
import { reply } from "../support/platform.ts"
import { below, oneOf, pick } from "../support/properties.ts"
import { showing } from "../support/observed.ts"
import { assertHides } from "../support/secrets.ts"

const saved: Login.Login = {
  endpoints,
  client,
  tokens: {
    access: Redacted.make("secret-access-0"),
    accessExpires: DateTime.makeUnsafe(0),
    refresh: Redacted.make("secret-refresh-0")
  }
}

/** Everything that a provider knows, and repeats wherever it can. */
const everything = {
  ...device,
  ...tokens(),
  ...registered,
  id_token: "secret-identity",
  sub: "secret-access-0"
}

/** What is no secret: it is for the user to see. */
const shownKeys = ["user_code", "client_id", "scope"]

const challenge = {
  "content-type": "application/json",
  "www-authenticate": 'Bearer error="secret-access-0"',
  location: "https://elsewhere.example/?token=secret-access-0"
}

/** What a provider may answer, be it right, wrong or malicious: always with all its secrets. */
const answers: Arbitrary.Arbitrary<TransportReply> = Arbitrary.map(
  Arbitrary.all([
    pick(200, 201, 204, 302, 400, 401, 403, 404, 429, 500, 503),
    pick("application/json", "text/html", "application/jwt", ""),
    oneOf<string>(
      Arbitrary.map(
        Arbitrary.all([
          pick("invalid_grant", "invalid_client", "access_denied", "expired_token", "secret-refresh-0", "Secret"),
          pick(...Object.keys(everything).filter((key) => !shownKeys.includes(key)), "nothing"),
          pick<unknown>("secret-value", -1, null, { secret: "secret-value" }, undefined)
        ]),
        ([error, key, value]) =>
          JSON.stringify({ ...everything, error, error_description: "secret-refresh-0", [key]: value })
      ),
      pick("secret-text", '{"secret-json', "<h1>secret-page</h1>", "")
    )
  ]),
  ([status, type, body]) => reply(body, status, { ...challenge, "content-type": type })
)

/** What a program shows of itself while an effect runs under a clock that goes on by a day. */
const observed = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  showing(effect, (running) =>
    Effect.gen(function* () {
      const fiber = yield* Effect.forkChild(running)
      yield* settle
      // Whatever still waits to be confirmed is too late now.
      yield* TestClock.adjust("1 day")
      return yield* Fiber.await(fiber)
    })
  )

const login = DeviceLogin.login({ provider: origin, client, onPrompt: () => Effect.void })

const renewing = Effect.gen(function* () {
  const credentials = yield* OpenIdCredentials.make(yield* Login.memory(saved))
  const authorization = yield* credentials.authorize
  return [credentials, authorization, yield* credentials.renew(authorization), yield* credentials.describe]
}).pipe(Effect.scoped)

const device0 = Redacted.make("secret-device-code")

const uses = [
  ["a lookup", OpenId.discover({ provider: origin })],
  ["a registration", OpenId.register(endpoints)],
  ["a begun login", OpenId.authorizeDevice(endpoints, client)],
  ["a confirmed login", OpenId.redeemDeviceCode(endpoints, client, device0)],
  ["a refresh", OpenId.refresh(endpoints, client, { ...saved.tokens, refresh: device0 })],
  ["a user", OpenId.userinfo(endpoints, client, saved.tokens)],
  ["a login", login],
  ["credentials", renewing]
] as const satisfies ReadonlyArray<readonly [string, Effect.Effect<unknown, unknown, Transport>]>

/** Answers everything with one reply, but for the document, which must be right for anything else to happen. */
const answering = (answer: TransportReply, path: string) => {
  const always = { "/register": answer, "/devicecode": answer, "/token": answer, "/userinfo": answer }
  return mockProvider(path === "all" ? always : { [path]: answer }).layer
}

describe("no secret shows", () => {
  it.effect.prop(
    "in an error, a log line, a span, or what is inspected, whatever a provider answers",
    {
      answer: answers,
      path: pick("all", "/token", "/userinfo", endpoints.discovery.slice(origin.length)),
      use: below(8)
    },
    ({ answer, path, use }) =>
      Effect.gen(function* () {
        const [name, effect] = uses[use] ?? uses[0]
        const { exit, shown } = yield* observed(
          Effect.provide(effect as Effect.Effect<unknown, unknown, Transport>, answering(answer, path))
        )
        for (const secret of ["secret-", btoa("client-1:secret-client")]) assertHides([name, exit, shown], secret)
      }),
    { arbitrary: { runs: 400 } }
  )

  it.effect("though all of it is there", () =>
    Effect.gen(function* () {
      const { exit, lines, shown, spans } = yield* observed(Effect.provide(renewing, mockProvider().layer))
      assert.isTrue(Exit.isSuccess(exit))
      assert.isAbove(spans.length, 1)
      assert.isAbove(lines.length, 0)
      assertHides([exit, shown], "secret-", btoa("client-1:secret-client"))
    })
  )

  it.effect("when the network breaks", () =>
    Effect.gen(function* () {
      const broken = Layer.succeed(Transport, { send: (request) => Effect.die(new Error(`lost ${request.path}`)) })
      const { exit, shown } = yield* observed(Effect.provide(renewing, broken))
      assert.include(inspect(exit, { depth: null }), "lost /token")
      assertHides([exit, shown], "secret-")
    })
  )
})
