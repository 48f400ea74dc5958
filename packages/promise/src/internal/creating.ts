/**
 * From the options of a create to what is to be created, and from a refusal to an outcome.
 */
import { InvalidInput, type SkahaError } from "@skaha/core"
import type { Outcome, SessionSpec } from "@skaha/session"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { SpecOptions } from "../SessionOptions.ts"

/** A spec, with Python's defaults. Who comes from Python may well write null for None. */
export const specOf = (operation: string, options: SpecOptions): Effect.Effect<SessionSpec, InvalidInput> => {
  const { cores = 2, ram = 4, gpu, gpus, numbered = "always" } = options
  if (gpu !== undefined && gpus !== undefined) {
    return Effect.fail(
      new InvalidInput({ operation, problems: [{ field: "gpu", message: "give gpu or gpus, not both" }] })
    )
  }
  return Effect.succeed({
    name: options.name,
    image: options.image,
    kind: options.kind,
    cores: cores ?? undefined,
    ram: ram ?? undefined,
    gpus: gpu ?? gpus,
    cmd: options.cmd ?? undefined,
    args: options.args ?? undefined,
    env: options.env ?? undefined,
    replicas: options.replicas,
    numbered,
    allowUnsafe: options.allowUnsafe,
    resume: options.resume,
    twins: options.twins
  })
}

/** That nothing was made is an outcome too, except where the caller must change something first. */
export const orFailed =
  (name: string) =>
  <O extends Outcome.Outcome<string>, R>(
    creating: Effect.Effect<ReadonlyArray<O>, SkahaError, R>
  ): Effect.Effect<ReadonlyArray<Outcome.Outcome<string>>, SkahaError, R> =>
    Effect.catchIf(
      creating,
      (error) => error._tag !== "InvalidInput",
      (error) => Effect.succeed([{ input: name, index: 0, result: Result.fail(error) }])
    )
