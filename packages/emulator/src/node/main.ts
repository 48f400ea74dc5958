#!/usr/bin/env node
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Cause from "effect/Cause"
import * as CliOutput from "effect/cli/CliOutput"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Runtime from "effect/Runtime"
import { Emulator } from "../Emulator.ts"
import type { EmulatorOptions } from "../EmulatorOptions.ts"
import { EmulatorServer } from "./EmulatorServer.ts"
import { ServerOptionsError, type ServerTls } from "./ServerOptions.ts"

const atLeastZero = (flag: Flag.Flag<number>) =>
  Flag.filter(
    flag,
    (value) => value >= 0,
    (value) => `Expected a number that is not negative, got ${value}`
  )

const flags = {
  port: Flag.Int("port").pipe(
    Flag.withDescription("Port to listen on; 0 means any free one"),
    Flag.filter(
      (port) => port >= 0 && port <= 65_535,
      (port) => `Expected a port between 0 and 65535, got ${port}`
    ),
    Flag.withDefault(8080)
  ),
  host: Flag.String("host").pipe(
    Flag.withDescription("Address to listen on. Sessions run commands on this machine: think before leaving loopback"),
    Flag.withDefault("127.0.0.1")
  ),
  token: Flag.Redacted("token").pipe(
    Flag.withDescription("The bearer token to accept; without it one is made"),
    Flag.optional
  ),
  profile: Flag.Literals("profile", ["1.4", "1.4-limit-range", "1.0", "0.29"]).pipe(
    Flag.withDescription("Which server to be: today's, today's with a limit range, or an old one (0.29 speaks /v0)"),
    Flag.withDefault("1.4")
  ),
  user: Flag.String("user").pipe(Flag.withDescription("Whose token it is"), Flag.withDefault("alice")),
  latency: Flag.Finite("latency").pipe(
    Flag.withDescription("Milliseconds that every request waits"),
    atLeastZero,
    Flag.withDefault(0)
  ),
  pending: Flag.Finite("pending").pipe(
    Flag.withDescription("Seconds that a new session stays pending"),
    atLeastZero,
    Flag.withDefault(2)
  ),
  allowedHosts: Flag.String("allow-host").pipe(
    Flag.withDescription("Another name by which clients reach the server; may be given again"),
    Flag.atLeast(0)
  ),
  allowedOrigins: Flag.String("allow-origin").pipe(
    Flag.withDescription("An origin whose pages may call, such as http://localhost:3000, or *; may be given again"),
    Flag.atLeast(0)
  ),
  tlsKey: Flag.FileText("tls-key").pipe(
    Flag.withDescription("Makes it HTTPS: a file with the private key (PEM)"),
    Flag.optional
  ),
  tlsCert: Flag.FileText("tls-cert").pipe(
    Flag.withDescription("A file with the server's certificate, for --tls-key"),
    Flag.optional
  ),
  clientCa: Flag.FileText("client-ca").pipe(
    Flag.withDescription("A file with the authorities whose client certificates count beside the token"),
    Flag.optional
  ),
  subject: Flag.String("subject").pipe(
    Flag.withDescription("The subject of the user's client certificate, such as CN=alice,O=Example; for --client-ca"),
    Flag.optional
  ),
  cors: Flag.Boolean("cors").pipe(
    Flag.withDescription("Extension: lets pages of the allowed origins read replies (CORS)"),
    Flag.withDefault(false)
  ),
  http2: Flag.Boolean("http2").pipe(
    Flag.withDescription("Extension: HTTP/2 beside HTTP/1.1; needs --tls-key"),
    Flag.withDefault(false)
  )
}

/** What the three flags mean together. */
const tlsOf = (
  tlsKey: Option.Option<string>,
  tlsCert: Option.Option<string>,
  clientCa: Option.Option<string>
): Effect.Effect<ServerTls | undefined, ServerOptionsError> => {
  if (Option.isSome(tlsKey) && Option.isSome(tlsCert)) {
    return Effect.succeed({ key: tlsKey.value, cert: tlsCert.value, clientCa: Option.getOrUndefined(clientCa) })
  }
  return [tlsKey, tlsCert, clientCa].some(Option.isSome)
    ? Effect.fail(new ServerOptionsError({ option: "tls", reason: "it needs --tls-key and --tls-cert" }))
    : Effect.undefined
}

/** The first line is for whoever waits for the server, the others are for people. A token that was given is known. */
const announce = (url: string, token: Redacted.Redacted, made: boolean) => {
  const shown = made ? Redacted.value(token) : "<your token>"
  return Console.log(
    `listening on ${url}\ntoken: ${made ? shown : "as given"}\n` +
      `use it with: export SKAHA_URL=${url} SKAHA_TOKEN=${shown}\nend it with: Ctrl-C`
  )
}

const serve = (made: boolean) =>
  Effect.gen(function* () {
    const emulator = yield* Emulator
    const server = yield* EmulatorServer
    yield* announce(server.url, emulator.token, made)
    return yield* Effect.never
  })

/** Without `--client-ca` the platform is one that knows tokens alone. */
const certificatesOf = (
  user: string,
  subject: Option.Option<string>,
  clientCa: Option.Option<string>
): EmulatorOptions => ({
  identityManager: Option.isSome(clientCa) ? "ac" : "oidc",
  // The same person, by another credential.
  users: Option.toArray(subject).map((subject) => ({ name: user, uid: 1001, subject }))
})

const command = Command.make("skaha-emulator", flags, ({ clientCa, subject, tlsCert, tlsKey, token, ...options }) =>
  Effect.flatMap(tlsOf(tlsKey, tlsCert, clientCa), (tls) =>
    Effect.provide(
      serve(Option.isNone(token)),
      EmulatorServer.layerProcess({
        ...options,
        ...certificatesOf(options.user, subject, clientCa),
        tls,
        token: Option.getOrUndefined(token)
      })
    )
  )
).pipe(Command.withDescription("The Skaha platform on this machine: headless sessions run as processes"))

const complain = (message: string) => Console.error(`skaha-emulator: ${message}`)

/** A mistake in the flags is one line and not a page of help. */
const presenter = CliOutput.layerPresenter({
  present: (event) =>
    event._tag === "InvalidInvocation"
      ? complain(event.errors.map((error) => error.message).join("; "))
      : CliOutput.defaultPresenter.present(event)
})

Command.run(command, { version: "0.1.0" }).pipe(
  Effect.tapErrorTag(["ListenError", "ServerOptionsError"], (error) => complain(error.message)),
  Effect.provide(Layer.merge(NodeServices.layer, presenter)),
  NodeRuntime.runMain({
    disableErrorReporting: true,
    // A signal is the ordinary way to end a server.
    teardown: (exit, onExit) =>
      Exit.isFailure(exit) && Cause.hasInterruptsOnly(exit.cause) ? onExit(0) : Runtime.defaultTeardown(exit, onExit)
  })
)
