/**
 * Sessions with async/await: the `AsyncSession` of the Python client.
 */
import { saveList } from "#platform"
import type { SkahaError, WirePublicSession, WireSession } from "@skaha/core"
import { Sessions, type Each, type Outcome, type PublicFilter, type SessionFilter } from "@skaha/session"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import { flags, list, record, rows, settle, values, type Gather } from "./internal/bulk.ts"
import { createOptions, destroyWithDetails, saveDetails, textDetails } from "./internal/accepted.ts"
import { callOptions, type CallOptions } from "./internal/callOptions.ts"
import { orFailed, specOf } from "./internal/creating.ts"
import { checkTexts, idsProblem } from "./internal/input.ts"
import { SessionLife } from "./SessionLife.ts"
import type {
  BulkOptions,
  CreateOptions,
  DestroyWithOptions,
  Ids,
  SaveLogsOptions,
  StreamedEvents,
  StreamedLog,
  StreamOptions,
  TextOptions
} from "./SessionOptions.ts"
import type { SkahaPromise } from "./SkahaPromise.ts"

const texts = record((text: string) => text)
const tables = list((table: string, id): Record<string, string> => ({ [id]: table }))
const files = record(({ file }: { readonly file: string }) => file)
const addresses = record((url: Redacted.Redacted) => Redacted.value(url))

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
export class AsyncSession extends SessionLife {
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
      { accepts: [...callOptions, "kind", "status", "view"] }
    )
  }

  /** How much of the platform is in use, in the server's own words. */
  stats(options?: CallOptions): SkahaPromise<Readonly<Record<string, unknown>>> {
    return this.run("stats", Sessions, (sessions) => Effect.map(sessions.stats, ({ wire }) => wire), options)
  }

  /** Sessions by id, in order, as the server reports them. */
  info(ids: Ids, options?: BulkOptions): SkahaPromise<Array<WireSession>> {
    return this.each("info", (sessions) => sessions.info, ids, options, rows)
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
    if (options?.verbose !== true) return this.each(method, operation, ids, options, gather, textDetails)
    const conclude = (outcomes: ReadonlyArray<Outcome.Outcome<string>>) =>
      Effect.andThen(print(outcomes), Effect.as(settle(method, options, outcomes, gather), undefined))
    return this.several(method, (sessions, list) => operation(sessions)(list), ids, options, conclude, textDetails)
  }

  /**
   * Saves what sessions have written so far, each in a file of its own in a directory, which is made where it is
   * missing; gives the paths of the files, by id. A file is there when it is whole, so what fails or is aborted can be
   * done again, with `resume` only for what is missing. On Node only.
   *
   * @example
   * ```ts
   * import { AsyncSession } from "skaha"
   *
   * await using sessions = new AsyncSession({ token: "…", workers: 2 })
   * const files = await sessions.saveLogs(["abcd1234", "bcde2345"], "logs", {
   *   resume: true,
   *   onProgress: ({ done, total, remaining }) => console.error(`${done} of ${total}, ${remaining ?? "?"} s left`)
   * }) // { abcd1234: "/home/…/logs/abcd1234.log", … }
   * ```
   */
  saveLogs(ids: Ids, directory: string, options?: SaveLogsOptions): SkahaPromise<Record<string, string>> {
    const method = "saveLogs"
    const problem = idsProblem(method, ids)
    const save = () =>
      problem === undefined
        ? checkTexts(method, { directory }).pipe(
            Effect.andThen(
              saveList(method, typeof ids === "string" ? [ids] : ids, directory, { resume: options?.resume })
            ),
            Effect.flatMap((outcomes) => settle(method, options, outcomes, files))
          )
        : Effect.fail(problem)
    return this.run(method, Sessions, save, options, saveDetails)
  }

  /**
   * What sessions have written, one by one as it comes, and not in order. Each id has its outcome: the log, or the error
   * that stands in its place. Ids are asked for when their turn has come, and memory does not grow with them: take
   * them from wherever they are.
   *
   * It begins when the first outcome is asked for, waits for who takes them slowly, and stops what is in flight on
   * `break`. Failed credentials are raised and end it, as does the `signal`; no other failure does. It can be gone
   * through once.
   *
   * @example
   * ```ts
   * import { AsyncSession } from "skaha"
   *
   * await using sessions = new AsyncSession({ token: "…" })
   * for await (const { id, log, error } of sessions.streamLogs(["abcd1234", "bcde2345"])) {
   *   if (error) console.error(id, error.message)
   *   else console.log(id, log.length)
   * }
   * ```
   */
  streamLogs(ids: Iterable<string>, options?: StreamOptions): AsyncIterable<StreamedLog> {
    return this.stream(
      "streamLogs",
      (sessions) => sessions.logs,
      ids,
      options,
      (id, index, log) => ({ id, index, log })
    )
  }

  /** What the cluster did with sessions: a table for each, one by one as it comes. The rest is as in `streamLogs`. */
  streamEvents(ids: Iterable<string>, options?: StreamOptions): AsyncIterable<StreamedEvents> {
    return this.stream(
      "streamEvents",
      (sessions) => sessions.eventsText,
      ids,
      options,
      (id, index, events) => ({ id, index, events })
    )
  }

  /**
   * Creates the replicas of a session; gives their ids, in order. Wrong options reject with `InvalidInput` before
   * anything is created. Each is made once, also where an answer is lost.
   *
   * With `resume` the name is a key: sessions of this name, kind and image that are there already are taken up, and only
   * missing replicas are created. When it is aborted, `Cancelled` says in `created` which were made by then, and in
   * `unresolved` of which names there may be one, too.
   */
  create(options: CreateOptions): SkahaPromise<Array<string>> {
    const method = "create"
    const created: Array<string> = []
    const unresolved: Array<string> = []
    const note = ({ result }: Outcome.Outcome<string>) => {
      if (Result.isSuccess(result)) created.push(result.success)
    }
    return this.run(
      method,
      Sessions,
      (sessions) =>
        specOf(method, options).pipe(
          Effect.flatMap((spec) => sessions.create(spec, note, (name) => unresolved.push(name))),
          orFailed(options.name),
          Effect.flatMap((outcomes) => settle(method, options, outcomes, values))
        ),
      options,
      { accepts: createOptions, left: { created, unresolved } }
    )
  }

  /** Moves the expiry of sessions; whether it could be done, by id. */
  renew(ids: Ids, options?: BulkOptions): SkahaPromise<Record<string, boolean>> {
    return this.each("renew", (sessions) => sessions.renew, ids, options, flags)
  }

  /**
   * Destroys sessions; whether it could be done, by id. Today's servers say so of unknown ids, too; those of `v0` do
   * not.
   */
  destroy(ids: Ids, options?: BulkOptions): SkahaPromise<Record<string, boolean>> {
    return this.each("destroy", (sessions) => sessions.destroy, ids, options, flags)
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
      destroyWithDetails
    )
  }

  /** The same as `destroyWith`. */
  destroy_with(prefix: string | RegExp, options: DestroyWithOptions = {}): SkahaPromise<Record<string, boolean>> {
    return this.destroyWith(prefix, options)
  }

  /** Where to open running sessions in a browser, by id. The addresses hold passwords. */
  connect(ids: Ids, options?: BulkOptions): SkahaPromise<Record<string, string>> {
    return this.each("connect", (sessions) => sessions.connectUrl, ids, options, addresses)
  }
}
