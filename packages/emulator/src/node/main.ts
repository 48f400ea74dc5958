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
import { EmulatorServer } from "./EmulatorServer.ts"
import { readFaults } from "./internal/faultsFile.ts"

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
  faults: Flag.String("faults").pipe(
    Flag.withDescription("A file with a JSON list of what should go wrong; PUT /emulator/faults replaces it"),
    Flag.optional
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
    Flag.withDescription("An origin whose pages may call, such as http://localhost:3000; may be given again"),
    Flag.atLeast(0)
  )
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

const command = Command.make("skaha-emulator", flags, ({ faults: file, token, ...options }) =>
  Effect.gen(function* () {
    const faults = Option.isSome(file) ? yield* readFaults(file.value) : []
    const layer = EmulatorServer.layerProcess({ ...options, faults, token: Option.getOrUndefined(token) })
    return yield* Effect.provide(serve(Option.isNone(token)), layer)
  })
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
  Effect.tapErrorTag(["ListenError", "FaultsFileError"], (error) => complain(error.message)),
  Effect.provide(Layer.merge(NodeServices.layer, presenter)),
  NodeRuntime.runMain({
    disableErrorReporting: true,
    // A signal is the ordinary way to end a server.
    teardown: (exit, onExit) =>
      Exit.isFailure(exit) && Cause.hasInterruptsOnly(exit.cause) ? onExit(0) : Runtime.defaultTeardown(exit, onExit)
  })
)
