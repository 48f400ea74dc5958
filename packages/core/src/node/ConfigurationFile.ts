/**
 * The configuration file that this project shares with the Python client, `~/.canfar/config.yaml`.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Result from "effect/Result"
import type { ConfigurationFileBusy, ConfigurationFileInvalid, ConfigurationFileUnusable } from "../FileError.ts"
import { ConfigurationInvalid } from "../SkahaError.ts"
import type { Configuration } from "./Configuration.ts"
import {
  defaults,
  readConfiguration,
  shownPath,
  writeConfiguration,
  type Misfit
} from "./internal/configurationRules.ts"
import { exclusively, invalid, placeOf, rewrite, textAt, type Place } from "./internal/place.ts"
import { differences, type Mapping } from "./internal/plain.ts"
import { readYaml } from "./internal/yamlDocument.ts"
import { editYaml } from "./internal/yamlEdit.ts"
import { blockLines } from "./internal/yamlText.ts"

/** Where the configuration file is. */
export interface ConfigurationFileOptions {
  /** The file; `~/` is the user's home. Default `~/.canfar/config.yaml`. */
  readonly path?: string | undefined
  /** The user's home. Default: what the system says, at the time of each call. */
  readonly home?: string | undefined
}

/** Why the file cannot be read. */
export type ConfigurationReadError = ConfigurationFileInvalid | ConfigurationFileUnusable

/** Why the file cannot be changed. */
export type ConfigurationUpdateError = ConfigurationReadError | ConfigurationFileBusy | ConfigurationInvalid

/** The file as it was read. */
interface Reading {
  readonly configuration: Configuration
  /** All that stands in the file, also what is not known here. */
  readonly data: Mapping
  readonly text: string
}

const misfit = ({ message, path }: Misfit) => ({ field: shownPath(path), message })

/** Reads what stands in a file; nothing is known of a file that is not right. */
const understand = (place: Place, text: string): Result.Result<Reading, ConfigurationFileInvalid> => {
  const document = readYaml(text)
  if (Result.isFailure(document)) {
    const { line, message } = document.failure
    return Result.fail(invalid(place, [{ field: "", message, ...(line === undefined ? {} : { line }) }]))
  }
  const { data, lineOf } = document.success
  return readConfiguration(data, place.home).pipe(
    Result.map((configuration) => ({ configuration, data, text })),
    Result.mapError((misfits) => {
      const problems = misfits.map((one) => {
        const line = lineOf(one.path)
        return { ...misfit(one), ...(line === undefined ? {} : { line }) }
      })
      return invalid(place, problems)
    })
  )
}

/** What holds without a file. */
const initial = (home: string): Configuration => Result.getOrThrow(readConfiguration(defaults(home), home))

/** The text of a file where there is none yet; what is as it would be without does not stand there. */
const newText = (configuration: Mapping, before: Mapping): string => {
  const { console, registry, ...needed } = configuration
  const optional = Object.entries({ registry, console }).filter(
    ([key, value]) => JSON.stringify(value) !== JSON.stringify(before[key])
  )
  return `${blockLines({ ...needed, ...Object.fromEntries(optional) }).join("\n")}\n`
}

/** What would be read from a file that this is written to, and the data of that file; or the rules that it breaks. */
const checked = (place: Place, given: Configuration) =>
  writeConfiguration(given).pipe(
    Result.flatMap((data) => readConfiguration(data, place.home)),
    Result.flatMap((configuration) =>
      Result.map(writeConfiguration(configuration), (data) => ({ configuration, data }))
    ),
    Result.mapError(
      (misfits) => new ConfigurationInvalid({ operation: place.operation, problems: misfits.map(misfit) })
    )
  )

type Change = (now: Configuration) => Configuration

/** The text of a file after a change, and what it says then. */
const changed = Effect.fnUntraced(function* (place: Place, change: Change, text: string | undefined) {
  const reading = text === undefined ? undefined : yield* Effect.fromResult(understand(place, text))
  const now = reading?.configuration ?? initial(place.home)
  const before = yield* Effect.fromResult(checked(place, now))
  const after = yield* Effect.fromResult(checked(place, { ...change(now), version: now.version }))
  const value = after.configuration
  if (reading === undefined) return { text: newText(after.data, before.data), value }
  const edits = differences(before.data, after.data, reading.data)
  if (edits.length === 0) return { text: undefined, value }
  const next = editYaml(reading.text, edits)
  if (next !== undefined) return { text: next, value }
  const message = "shares parts between entries (& * <<) or has an unusual layout, so it must be changed by hand"
  return yield* invalid(place, [{ field: "", message }])
})

const make = (options: ConfigurationFileOptions = {}): ConfigurationFile["Service"] => {
  const saved = Effect.fnUntraced(function* (operation: string) {
    const place = yield* placeOf(operation, options)
    const text = yield* textAt(place)
    const reading = text === undefined ? undefined : yield* Effect.fromResult(understand(place, text))
    return { place, configuration: reading?.configuration }
  })
  return ConfigurationFile.of({
    path: Effect.map(placeOf("ConfigurationFile.path", options), ({ path }) => path),
    saved: Effect.map(saved("ConfigurationFile.saved"), ({ configuration }) => configuration).pipe(
      Effect.withSpan("ConfigurationFile.saved")
    ),
    read: Effect.map(
      saved("ConfigurationFile.read"),
      ({ configuration, place }) => configuration ?? initial(place.home)
    ).pipe(Effect.withSpan("ConfigurationFile.read")),
    update: Effect.fn("ConfigurationFile.update")(function* (change) {
      const place = yield* placeOf("ConfigurationFile.update", options)
      return yield* rewrite(place, (text) => changed(place, change, text))
    }),
    exclusively: (what, effect) =>
      Effect.flatMap(placeOf("ConfigurationFile.exclusively", options), (place) =>
        exclusively(place, `${encodeURIComponent(what)}.lock`, () => effect)
      ).pipe(Effect.withSpan("ConfigurationFile.exclusively"))
  })
}

/**
 * The configuration file that this project shares with the Python client: who is signed in, and with which server.
 * Files of the schema's versions 1 and 2 are read and changed, each as it is. Nothing is read until it is asked for.
 *
 * What others have written stays to the letter, comments and unknown keys too: a change touches only what it changes,
 * is on the disk as a whole or not at all, and only its owner can read the file then (mode 0600). Processes of this
 * project wait for each other; of the Python client, which waits for nobody, no change is lost that was there a moment
 * before ours.
 *
 * @example
 * ```ts
 * import { ConfigurationFile } from "@skaha/core/node"
 * import * as Effect from "effect/Effect"
 *
 * const useServer = (name: string) =>
 *   ConfigurationFile.use((file) =>
 *     file.update((now) => ({ ...now, active: { ...now.active, server: name } }))
 *   ).pipe(Effect.provide(ConfigurationFile.layer()))
 * ```
 */
export class ConfigurationFile extends Context.Service<
  ConfigurationFile,
  {
    /** Where the file is, or would be. Fails where the user has no home. */
    readonly path: Effect.Effect<string, ConfigurationFileUnusable>
    /**
     * What the file says, with defaults for the sections that it lacks. Without a file: the login with CADC's
     * certificate (`~/.ssl/cadcproxy.pem`) and the CANFAR server, which is what the Python client assumes.
     */
    readonly read: Effect.Effect<Configuration, ConfigurationReadError>
    /** The same, and nothing where there is no file. */
    readonly saved: Effect.Effect<Configuration | undefined, ConfigurationReadError>
    /**
     * Changes the file, or makes it, and gives what it says then. The change is a function of what the file says at
     * that moment, which may be called more than once; what it leaves out is removed. A result that breaks the file's
     * rules is `ConfigurationInvalid`, and changes nothing.
     */
    readonly update: (
      change: (now: Configuration) => Configuration
    ) => Effect.Effect<Configuration, ConfigurationUpdateError>
    /**
     * Runs an effect while no other process runs one of this name, such as the renewal of a token that can be used
     * only once. It may use `update`. Waits for up to 60 s, then fails with `ConfigurationFileBusy`.
     */
    readonly exclusively: <A, E, R>(
      what: string,
      effect: Effect.Effect<A, E, R>
    ) => Effect.Effect<A, E | ConfigurationFileUnusable | ConfigurationFileBusy, R>
  }
>()("@skaha/core/node/ConfigurationFile") {
  /** The file of these options. Nothing is read. */
  static readonly make = make

  /** The file of these options. Nothing is read. */
  static readonly layer = (options: ConfigurationFileOptions = {}): Layer.Layer<ConfigurationFile> =>
    Layer.sync(ConfigurationFile, () => make(options))
}
