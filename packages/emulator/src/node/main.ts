#!/usr/bin/env node
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Cause from "effect/Cause"
import * as CliOutput from "effect/cli/CliOutput"
import * as Command from "effect/cli/Command"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Runtime from "effect/Runtime"
import { setFlagsFromString } from "node:v8"
import { Emulator } from "../Emulator.ts"
import { decodeUsers } from "../internal/callers/json.ts"
import { makeAccounts } from "../internal/callers/users.ts"
import { decodeFaults } from "../internal/faults/json.ts"
import { usersOf } from "../internal/makePlatform.ts"
import { EmulatorServer } from "./EmulatorServer.ts"
import { flags } from "./flags.ts"
import { readList } from "./internal/readList.ts"
import { ServerOptionsError, type ServerTls } from "./ServerOptions.ts"

// The room for young objects stays as it is: Node would take 80 MB more for what a burst of creates leaves behind, and
// be no faster.
setFlagsFromString("--semi-space-growth-factor=1")

// Without this a terminal that is closed would end the program at once, and nothing would end its sessions.
process.on("SIGHUP", () => process.kill(process.pid, "SIGTERM"))

const notTls = (reason: string) => Effect.fail(new ServerOptionsError({ option: "tls", reason }))

/** What the four flags mean together. */
const tlsOf = (
  tlsKey: Option.Option<string>,
  tlsCert: Option.Option<string>,
  clientCa: Option.Option<string>,
  subject: Option.Option<string>
): Effect.Effect<ServerTls | undefined, ServerOptionsError> => {
  if (Option.isSome(subject) && Option.isNone(clientCa)) return notTls("--subject needs --client-ca")
  if (Option.isSome(tlsKey) && Option.isSome(tlsCert)) {
    return Effect.succeed({ key: tlsKey.value, cert: tlsCert.value, clientCa: Option.getOrUndefined(clientCa) })
  }
  return [tlsKey, tlsCert, clientCa].some(Option.isSome)
    ? notTls("it needs --tls-key and --tls-cert")
    : Effect.undefined
}

/** The first line is for whoever waits for the server, the others are for people. A token that was given is known. */
const announce = (url: string, token: Redacted.Redacted, made: boolean) =>
  Console.log(
    `listening on ${url}\n` +
      (made
        ? `token: ${Redacted.value(token)}\nuse it with: export SKAHA_URL=${url} SKAHA_TOKEN=${Redacted.value(token)}\n`
        : `token: as given, for SKAHA_TOKEN\nuse it with: export SKAHA_URL=${url}\n`) +
      "end it with: Ctrl-C"
  )

const serve = (made: boolean) =>
  Effect.gen(function* () {
    const emulator = yield* Emulator
    const server = yield* EmulatorServer
    yield* announce(server.url, emulator.token, made)
    return yield* Effect.never
  })

const command = Command.make(
  "skaha-emulator",
  flags,
  ({ capacityCores, capacityRam, clientCa, faults, state, tlsCert, tlsKey, token, users, subject, ...options }) =>
    Effect.gen(function* () {
      const given = {
        ...options,
        subject: Option.getOrUndefined(subject),
        users: yield* readList(users, decodeUsers),
        token: Option.getOrUndefined(token)
      }
      yield* Effect.fromResult(makeAccounts(usersOf(given, given.token)))
      const layer = EmulatorServer.layerProcess({
        ...given,
        capacity: { cores: capacityCores, ram: capacityRam },
        state: Option.getOrUndefined(state),
        // Without authorities for client certificates the platform is one that knows tokens alone.
        identityManager: Option.isSome(clientCa) ? "ac" : "oidc",
        tls: yield* tlsOf(tlsKey, tlsCert, clientCa, subject),
        faults: yield* readList(faults, decodeFaults)
      })
      return yield* Effect.provide(serve(Option.isNone(token)), layer)
    })
).pipe(Command.withDescription("The Skaha platform on this machine: headless sessions run as processes"))

const complain = (message: string) => Console.error(`skaha-emulator: ${message}`)

/** A mistake in the flags is one line and not a page of help. */
const presenter = CliOutput.layerPresenter({
  present: (event) =>
    event._tag === "InvalidInvocation"
      ? complain(event.errors.map(({ message }) => message.trim().replaceAll(/\s*\n\s*/g, " ")).join("; "))
      : CliOutput.defaultPresenter.present(event)
})

Command.run(command, { version: "0.1.0" }).pipe(
  Effect.tapErrorTag(["ListenError", "ServerOptionsError", "FileError", "StateError", "UsersClash"], (error) =>
    complain(error.message)
  ),
  Effect.provide(Layer.mergeAll(NodeServices.layer, presenter, Layer.succeed(Logger.LogToStderr, true))),
  NodeRuntime.runMain({
    disableErrorReporting: true,
    // A signal is the ordinary way to end a server.
    teardown: (exit, onExit) =>
      Exit.isFailure(exit) && Cause.hasInterruptsOnly(exit.cause) ? onExit(0) : Runtime.defaultTeardown(exit, onExit)
  })
)
