/**
 * Sessions with async/await: the `AsyncSession` of the Python client.
 */
import { InvalidInput, type SkahaError, type WirePublicSession, type WireSession } from "@skaha/core"
import {
  Sessions,
  type Each,
  type Outcome,
  type PublicFilter,
  type Session,
  type SessionFilter,
  type SessionSpec
} from "@skaha/session"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import { flags, list, record, settle, type ErrorsMode, type Gather } from "./internal/bulk.ts"
import { Client, type CallDetails, type CallOptions } from "./internal/Client.ts"
import { checkTexts, idsProblem } from "./internal/input.ts"
import type { SkahaPromise } from "./SkahaPromise.ts"

/** What can be said of a call about several sessions. */
export interface BulkOptions extends CallOptions {
  /**
   * `ignore` (default): what failed is left out of the result and logged. `raise`: the promise rejects with a
   * `SessionRequestError`, which holds the result and every failure. Failed credentials are always raised.
   */
  readonly errors?: ErrorsMode | undefined
}

/** What can be said of a call that reads texts. */
export interface TextOptions extends BulkOptions {
  /** Prints everything to stdout, and gives `undefined`. Default `false`. */
  readonly verbose?: boolean | undefined
}

/** What to create: a session's spec, with Python's defaults. */
export interface CreateOptions extends BulkOptions, Omit<SessionSpec, "cores" | "ram"> {
  /** CPU cores: 1 to 256. Default 2; `null` for flexible. */
  readonly cores?: number | null | undefined
  /** RAM in GB: 1 to 512. Default 4; `null` for flexible. */
  readonly ram?: number | null | undefined
  /** The same as `gpus`, as Python calls it; not together with it. */
  readonly gpu?: number | undefined
  /** Whether names get the replica's number (`name-1`): `always` (default), or only if there are `several`. */
  readonly numbered?: SessionSpec["numbered"]
}

const createOptions = [
  "name",
  "image",
  "kind",
  "cores",
  "ram",
  "gpu",
  "gpus",
  "cmd",
  "args",
  "env",
  "replicas",
  "numbered",
  "allowUnsafe",
  "errors"
] satisfies ReadonlyArray<keyof CreateOptions>

/** Which sessions to destroy. */
export interface DestroyWithOptions extends BulkOptions {
  /** Default `headless`; empty for any. */
  readonly kind?: string | undefined
  /** Default `Succeeded`, which is the same as `Completed`; empty for any. */
  readonly status?: string | undefined
}

/** One id or several. */
export type Ids = string | ReadonlyArray<string>

const rows = list(({ wire }: Session) => wire)
const texts = record((text: string) => text)
const tables = list((table: string, id): Record<string, string> => ({ [id]: table }))
const values = list((id: string) => id)
const addresses = record((url: Redacted.Redacted) => Redacted.value(url))

const bulkDetails = { accepts: ["errors"] }
const textDetails = { accepts: ["errors", "verbose"] }

/** Prints texts to stdout, each under its id. */
const print = (outcomes: ReadonlyArray<Outcome.Outcome<string>>): Effect.Effect<void> =>
  Effect.forEach(
    outcomes,
    ({ input, result }) => (Result.isSuccess(result) ? Console.log(`--- ${input}\n${result.success}`) : Effect.void),
    { discard: true }
  )

/**
 * Sessions on a Skaha platform, method for method as in Python.
 *
 * @example
 * ```ts
 * import { AsyncSession } from "skaha"
 *
 * await using sessions = new AsyncSession({ token: "…" })
 * const ids = await sessions.create({ name: "fit", image: "skaha/astroml", cmd: "fit.py", replicas: 100 })
 * const logs = await sessions.logs(ids) // { [id]: text }
 * await sessions.destroy(ids)
 * ```
 */
export class AsyncSession extends Client {
  /** A call about ids. One goes by itself, without what several need. */
  #each<A, Results>(
    method: string,
    operation: (sessions: Sessions["Service"]) => Each<A>,
    ids: Ids,
    options: BulkOptions | undefined,
    gather: Gather<A, Results>,
    details: CallDetails = bulkDetails
  ): SkahaPromise<Results> {
    if (typeof ids !== "string" || idsProblem(method, ids) !== undefined) {
      const conclude = (outcomes: ReadonlyArray<Outcome.Outcome<A>>) => settle(method, options, outcomes, gather)
      return this.#several(method, operation, ids, options, conclude, details)
    }
    return this.runOne(
      method,
      Sessions,
      (sessions) => operation(sessions)(ids),
      {
        success: (value) => {
          const results = gather.start()
          gather.value(results, value, ids)
          return results
        },
        failure: (error) => settle(method, options, [{ input: ids, index: 0, result: Result.fail(error) }], gather)
      },
      options,
      details
    )
  }

  #several<A, Results, E extends Error>(
    method: string,
    operation: (sessions: Sessions["Service"]) => Each<A>,
    ids: Ids,
    options: BulkOptions | undefined,
    conclude: (outcomes: ReadonlyArray<Outcome.Outcome<A>>) => Effect.Effect<Results, E>,
    details: CallDetails
  ): SkahaPromise<Results> {
    const problem = idsProblem(method, ids)
    return this.run(
      method,
      Sessions,
      (sessions): Effect.Effect<Results, E | InvalidInput> =>
        problem === undefined
          ? Effect.flatMap(operation(sessions)(typeof ids === "string" ? [ids] : ids), conclude)
          : Effect.fail(problem),
      options,
      details
    )
  }

  /** The caller's sessions, as the server lists them, or with `view: "all"` what everybody may see of all sessions. */
  fetch(options: PublicFilter & CallOptions): SkahaPromise<Array<WirePublicSession>>
  fetch(options?: SessionFilter & CallOptions): SkahaPromise<Array<WireSession>>
  fetch(options: (SessionFilter | PublicFilter) & CallOptions): SkahaPromise<Array<WireSession | WirePublicSession>>
  fetch(
    options: (SessionFilter | PublicFilter) & CallOptions = {}
  ): SkahaPromise<Array<WireSession | WirePublicSession>> {
    return this.run(
      "fetch",
      Sessions,
      (sessions): Effect.Effect<Array<WireSession | WirePublicSession>, SkahaError> =>
        options.view === "all"
          ? Effect.map(sessions.fetch({ ...options, view: "all" }), (rows) => rows.map(({ wire }) => wire))
          : Effect.map(sessions.fetch({ ...options, view: options.view }), (rows) => rows.map(({ wire }) => wire)),
      options,
      { accepts: ["kind", "status", "view"] }
    )
  }

  /** How much of the platform is in use, in the server's own words. */
  stats(options?: CallOptions): SkahaPromise<Readonly<Record<string, unknown>>> {
    return this.run("stats", Sessions, (sessions) => Effect.map(sessions.stats, ({ wire }) => wire), options)
  }

  /** Sessions by id, in order, as the server reports them. */
  info(ids: Ids, options?: BulkOptions): SkahaPromise<Array<WireSession>> {
    return this.#each("info", (sessions) => sessions.info, ids, options, rows)
  }

  /** What sessions have written, by id. With `verbose` it is printed instead. */
  logs(ids: Ids, options: TextOptions & { readonly verbose: true }): SkahaPromise<undefined>
  logs(ids: Ids, options?: TextOptions & { readonly verbose?: false | undefined }): SkahaPromise<Record<string, string>>
  logs(ids: Ids, options: TextOptions): SkahaPromise<Record<string, string> | undefined>
  logs(ids: Ids, options?: TextOptions): SkahaPromise<Record<string, string> | undefined> {
    return this.#texts("logs", (sessions) => sessions.logs, ids, options, texts)
  }

  /** What the cluster did with sessions: a table for each, by id. With `verbose` they are printed instead. */
  events(ids: Ids, options: TextOptions & { readonly verbose: true }): SkahaPromise<undefined>
  events(
    ids: Ids,
    options?: TextOptions & { readonly verbose?: false | undefined }
  ): SkahaPromise<Array<Record<string, string>>>
  events(ids: Ids, options: TextOptions): SkahaPromise<Array<Record<string, string>> | undefined>
  events(ids: Ids, options?: TextOptions): SkahaPromise<Array<Record<string, string>> | undefined> {
    return this.#texts("events", (sessions) => sessions.eventsText, ids, options, tables)
  }

  #texts<Results>(
    method: string,
    operation: (sessions: Sessions["Service"]) => Each<string>,
    ids: Ids,
    options: TextOptions | undefined,
    gather: Gather<string, Results>
  ): SkahaPromise<Results | undefined> {
    if (options?.verbose !== true) return this.#each(method, operation, ids, options, gather, textDetails)
    const conclude = (outcomes: ReadonlyArray<Outcome.Outcome<string>>) =>
      Effect.andThen(print(outcomes), Effect.as(settle(method, options, outcomes, gather), undefined))
    return this.#several(method, operation, ids, options, conclude, textDetails)
  }

  /**
   * Creates the replicas of a session; gives their ids, in order. Wrong options reject with `InvalidInput` before
   * anything is sent. When it is aborted, `Cancelled` says in `created` what was made by then.
   */
  create(options: CreateOptions): SkahaPromise<Array<string>> {
    const { cores = 2, ram = 4, gpu, gpus, errors, numbered = "always", ...spec } = options
    const method = "create"
    const created: Array<string> = []
    const create = Effect.fnUntraced(function* (sessions: Sessions["Service"]) {
      if (gpu !== undefined && gpus !== undefined) {
        return yield* new InvalidInput({
          operation: method,
          problems: [{ field: "gpu", message: "give gpu or gpus, not both" }]
        })
      }
      const outcomes = yield* sessions
        .create(
          {
            ...spec,
            numbered,
            cores: cores ?? undefined,
            ram: ram ?? undefined,
            gpus: gpu ?? gpus,
            // Who comes from Python may well write null for None.
            cmd: spec.cmd ?? undefined,
            args: spec.args ?? undefined,
            env: spec.env ?? undefined
          },
          ({ result }) => {
            if (Result.isSuccess(result)) created.push(result.success)
          }
        )
        .pipe(
          // That nothing was made is an outcome too, except where the caller must change something first.
          Effect.catchIf(
            (error) => error._tag !== "InvalidInput",
            (error) => Effect.succeed([{ input: spec.name, index: 0, result: Result.fail(error) }])
          )
        )
      return yield* settle(method, { errors }, outcomes, values)
    })
    return this.run(method, Sessions, create, options, { accepts: createOptions, created })
  }

  /** Moves the expiry of sessions; whether it could be done, by id. */
  renew(ids: Ids, options?: BulkOptions): SkahaPromise<Record<string, boolean>> {
    return this.#each("renew", (sessions) => sessions.renew, ids, options, flags)
  }

  /**
   * Destroys sessions; whether it could be done, by id. Today's servers say so of unknown ids, too; those of `v0` do
   * not.
   */
  destroy(ids: Ids, options?: BulkOptions): SkahaPromise<Record<string, boolean>> {
    return this.#each("destroy", (sessions) => sessions.destroy, ids, options, flags)
  }

  /**
   * Destroys the sessions of one kind and status whose names start with a text, or in which a regular expression
   * finds something. The server stores names in lower case. An empty selector is refused.
   */
  destroyWith(prefix: string | RegExp, options: DestroyWithOptions = {}): SkahaPromise<Record<string, boolean>> {
    const { kind = "headless", status = "Succeeded" } = options
    const method = "destroyWith"
    return this.run(
      method,
      Sessions,
      (sessions) =>
        Effect.andThen(
          prefix instanceof RegExp ? Effect.void : checkTexts(method, { prefix }),
          sessions.destroyWith(prefix instanceof RegExp ? { pattern: prefix } : { prefix }, { kind, status })
        ).pipe(Effect.flatMap(({ outcomes }) => settle(method, options, outcomes, flags))),
      options,
      { accepts: ["errors", "kind", "status"] }
    )
  }

  /** The same as `destroyWith`. */
  destroy_with(prefix: string | RegExp, options: DestroyWithOptions = {}): SkahaPromise<Record<string, boolean>> {
    return this.destroyWith(prefix, options)
  }

  /** Where to open running sessions in a browser, by id. The addresses hold passwords. */
  connect(ids: Ids, options?: BulkOptions): SkahaPromise<Record<string, string>> {
    return this.#each("connect", (sessions) => sessions.connectUrl, ids, options, addresses)
  }
}
