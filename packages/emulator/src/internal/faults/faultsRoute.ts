import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type { EmulatorReply, EmulatorRequest } from "../../Exchange.ts"
import type { Fault } from "../../Fault.ts"
import { badRequest, json, methodNotAllowed, unauthorized } from "../http/replies.ts"
import { decodeFaults, encodeFaults } from "./json.ts"

/** Outside `/skaha`: it belongs to the emulator and not to the platform. */
const path = "/emulator/faults"

const methods = "GET, PUT, DELETE"

const isFrom = (request: EmulatorRequest, token: Redacted.Redacted): boolean =>
  /^bearer +(.+)$/i.exec(request.headers["authorization"] ?? "")?.[1] === Redacted.value(token)

/** Where the faults of a running emulator are. */
export interface FaultsHolder {
  readonly get: Effect.Effect<ReadonlyArray<Fault>>
  readonly set: (faults: ReadonlyArray<Fault>) => Effect.Effect<void>
}

/** Reads and replaces the faults over HTTP. Each success tells the list that is now in force. */
export const makeFaultsRoute = (token: Redacted.Redacted, holder: FaultsHolder) => {
  const show = Effect.flatMap(holder.get, encodeFaults).pipe(Effect.map((faults) => json(JSON.stringify(faults))))
  const replace = (faults: ReadonlyArray<Fault>) => Effect.andThen(holder.set(faults), show)

  const reply = (request: EmulatorRequest): Effect.Effect<EmulatorReply> => {
    if (!isFrom(request, token)) return Effect.succeed(unauthorized("the emulator's token is needed\n", "Bearer"))
    switch (request.method) {
      case "GET":
        return show
      case "PUT":
        return decodeFaults(new TextDecoder().decode(request.body)).pipe(
          Effect.matchEffect({
            onFailure: ({ reason }) => Effect.succeed(badRequest(reason)),
            onSuccess: replace
          })
        )
      case "DELETE":
        return replace([])
      default:
        return Effect.succeed(methodNotAllowed(request.method, methods))
    }
  }

  /** The reply, if the request is for this route. */
  return (request: EmulatorRequest): Effect.Effect<EmulatorReply> | undefined =>
    request.target.split("?", 1)[0] === path ? reply(request) : undefined
}
