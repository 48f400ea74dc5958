import { assert, describe, it } from "@effect/vitest"
import { Credentials, PlatformClient, RetryPolicy, SkahaError, type PlatformCall } from "@skaha/core"
import { SignIn } from "@skaha/core/node"
import * as Arbitrary from "effect/Arbitrary"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { showing } from "../support/observed.ts"
import { folder } from "../support/pems.ts"
import { below, pick, seeded } from "../support/properties.ts"
import { assertHides } from "../support/secrets.ts"

/** All that is secret in a configuration, and shows nowhere else: in each run with another beginning. */
const names = ["s3cret-access", "s3cret-refresh", "s3cret-client", "s3cret-registry", "s3cret-option"]

/** The same with the secrets of a run. */
const salted = <A>(value: A, salt: string): A => JSON.parse(JSON.stringify(value).replaceAll("s3cret-", `${salt}-`))

/** A platform that repeats whatever it was sent, with any status. */
const echo = (status: number) =>
  Effect.acquireRelease(
    Effect.callback<{ readonly url: string; readonly close: () => void }>((resume) => {
      const server = createServer((request, response) => {
        const sent = JSON.stringify(request.headers)
        response.writeHead(status, { "content-type": "text/plain", "www-authenticate": `Bearer error="${status}"` })
        response.end(`${request.headers.authorization ?? ""} ${sent}`)
      }).listen(0, "127.0.0.1", () => {
        const { port } = server.address() as AddressInfo
        resume(Effect.succeed({ url: `http://127.0.0.1:${port}/skaha`, close: () => server.close() }))
      })
    }),
    ({ close }) => Effect.sync(close)
  )

/** What may be wrong with a configuration, each time beside a secret. */
const mistakes = {
  none: (text: string) => text,
  "a section that is none": (text: string) => text.replace("registry:", "registries:"),
  "a secret of the wrong type": (text: string) => text.replace('"s3cret-client"', '["s3cret-client"]'),
  "a bad version": (text: string) => text.replace("version: 1", "version: s3cret-access"),
  "a secret as a time": (text: string) => text.replace("4102444800.0", '"s3cret-access"'),
  "broken text": (text: string) => text.replace("client:", "client: }"),
  "nobody of that name": (text: string) => text.replace("authentication: srcnet,", "authentication: s3cret-option,")
} as const

const configuration = (url: string, expires: number) => `version: 1
active: { authentication: srcnet, server: here, servers: {} }
authentication:
  srcnet:
    { idp: srcnet, mode: oidc, token: { access: "s3cret-access", refresh: "s3cret-refresh", token_type: Bearer },
      expiry: { access: ${expires.toFixed(1)} }, endpoints: { discovery: "https://iam.example/d",
      device: "https://iam.example/c", token: "https://iam.example/token" },
      client: { identity: "client", secret: "s3cret-client" } }
servers:
  here: { name: here, idp: srcnet, url: "${url}", version: v1, auths: [oidc] }
registry: { username: robot, secret: s3cret-registry }
`

const runs = Arbitrary.all({
  salt: Arbitrary.map(
    Arbitrary.all([below(2 ** 31), below(2 ** 31), pick("", ".", "~", "+/", "==", "é")]),
    ([one, other, mark]) => `S${one.toString(36)}${mark}${other.toString(36)}`
  ),
  mistake: pick(...(Object.keys(mistakes) as Array<keyof typeof mistakes>)),
  status: pick(200, 302, 400, 401, 403, 404, 500, 503),
  expires: pick(1000, 4_102_444_800),
  elsewhere: pick(false, true),
  call: pick<PlatformCall>(
    { operation: "test", method: "GET", path: "session" },
    { operation: "test", method: "POST", path: "session", creates: true, form: [["env", "A=s3cret-option"]] }
  ),
  options: pick<SignIn.SignInOptions>(
    {},
    { token: "s3cret-option" },
    { token: "s3cret-option beyond" },
    { idp: "srcnet" },
    { env: { SKAHA_TOKEN: "s3cret-option" } },
    { env: { CANFAR_AUTHENTICATION: "s3cret-option" } },
    { env: { CANFAR_REGISTRY__SECRET: "s3cret-option", CANFAR_REGISTRY__USERNAME: "" } },
    { proxy: "http://user:s3cret-option@127.0.0.1:1" }
  )
})

/** All files below a folder, but the configuration file itself. */
const filesBelow = (root: string): ReadonlyArray<string> =>
  readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name !== "config.yaml")
    .map((entry) => join(entry.parentPath, entry.name))

const encoded = Schema.encodeSync(SkahaError)

describe("nothing secret", () => {
  it.effect.prop(
    "shows in any line, span, error or other file",
    [runs],
    ([{ elsewhere, expires, mistake, salt, status, ...run }]) =>
      Effect.gen(function* () {
        const { url } = yield* echo(status)
        const { call, options } = salted({ call: run.call, options: run.options }, salt)
        const secrets = salted(names, salt)
        const home = yield* folder
        mkdirSync(join(home, ".canfar"))
        writeFileSync(
          join(home, ".canfar/config.yaml"),
          mistakes[mistake](configuration(url, expires)).replaceAll("s3cret-", `${salt}-`)
        )
        const address = elsewhere ? { url: "http://127.0.0.1:1/skaha" } : options.token === undefined ? {} : { url }
        const program = Effect.gen(function* () {
          const { describe } = yield* Credentials
          const described = yield* describe
          const client = yield* PlatformClient
          const reply = yield* Effect.result(client.call(call))
          yield* Effect.logDebug("asked", { described, credentials: yield* Credentials, client })
          return reply._tag === "Failure" ? yield* reply.failure : described
        }).pipe(
          Effect.provide(
            PlatformClient.layer.pipe(
              Layer.provideMerge(SignIn.layer({ home, env: {}, timeout: 2, ...address, ...options }))
            )
          )
        )
        const { exit, shown } = yield* showing(program, Effect.exit).pipe(
          Effect.provideService(RetryPolicy, RetryPolicy.make({ times: 1, delay: 0 }))
        )
        assertHides(shown, ...secrets)
        assertHides(exit, ...secrets)
        if (Exit.isFailure(exit)) {
          assertHides(Cause.pretty(exit.cause), ...secrets)
          const error = Cause.findErrorOption(exit.cause)
          assert.strictEqual(error._tag, "Some", "a defect")
          if (error._tag === "Some") assertHides(encoded(error.value), ...secrets)
        }
        for (const file of filesBelow(home)) assertHides(readFileSync(file, "utf8"), ...secrets)
      }).pipe(Effect.scoped),
    seeded(150)
  )
})
