/**
 * What the environment says in place of the configuration file.
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { ConfigurationInvalid, type Problem } from "../SkahaError.ts"
import type { Configuration } from "./Configuration.ts"
import { readConfiguration, shownPath, writeConfiguration, type Misfit } from "./internal/configurationRules.ts"
import { edited, isMapping, mappingAt, type Mapping, type Path } from "./internal/plain.ts"

/** Variables by name, such as `process.env`. */
export type Environment = { readonly [name: string]: string | undefined }

/** A variable that says something, and where that would stand in the file. */
interface Override {
  readonly variable: string
  readonly path: Path
  readonly text: string
}

/** The old client's first. */
const prefixes = ["skaha_", "canfar_"]
const sections: ReadonlySet<string> = new Set(["active", "authentication", "servers", "registry", "console"])

/** Where more than one value stands, which a variable gives as JSON. */
const manyValues =
  /^(?:[a-z]+|active\.servers|authentication\.[^.]+(?:\.(?:endpoints|client|token|expiry))?|servers\.[^.]+(?:\.(?:auths|(?:storage|resources).*))?)$/

const overridesOf = (environment: Environment): ReadonlyArray<Override> =>
  prefixes
    .flatMap((prefix) =>
      Object.entries(environment).flatMap(([variable, text]) => {
        const name = variable.toLowerCase()
        const path = name.startsWith(prefix) ? name.slice(prefix.length).split("__") : []
        return text !== undefined && sections.has(path[0] ?? "") && !path.includes("") ? [{ variable, path, text }] : []
      })
    )
    // What is said of a part comes after what is said of the whole.
    .toSorted((one, other) => one.path.length - other.path.length)

/** The names of records are found whatever their case, which a variable's name may have lost. */
const resolved = (data: Mapping, path: Path): Path => {
  let here: Mapping = data
  return path.map((segment) => {
    const key = Object.keys(here).find((known) => known.toLowerCase() === segment) ?? segment
    here = mappingAt(here, key)
    return key
  })
}

const merged = (below: unknown, above: unknown): unknown =>
  isMapping(below) && isMapping(above)
    ? Object.entries(above).reduce<Mapping>((all, [key, value]) => ({ ...all, [key]: merged(all[key], value) }), below)
    : above

const valueAt = (data: Mapping, path: Path): unknown =>
  path.reduce<unknown>((value, key) => (isMapping(value) && Object.hasOwn(value, key) ? value[key] : undefined), data)

const parsed = ({ path, text }: Override): Result.Result<unknown, string> =>
  manyValues.test(path.join(".")) && /^\s*[[{]/.test(text)
    ? Result.try({ try: (): unknown => JSON.parse(text), catch: () => "is not JSON" })
    : Result.succeed(text)

const isWithin = (inner: Path, outer: Path): boolean => outer.every((key, index) => inner[index]?.toLowerCase() === key)

/**
 * The configuration as the environment has it, by the Python client's names: `CANFAR_REGISTRY__USERNAME`,
 * `CANFAR_ACTIVE__SERVER`, `CANFAR_SERVERS__CANFAR__URL`, …, and a section or record as JSON
 * (`CANFAR_ACTIVE='{"server": "canfar"}'`). What the older `SKAHA_…` variables of this form say counts less. Nothing of
 * it ever gets into the file.
 *
 * Unlike in Python, a name that lost its case (`CANFAR_SERVERS__CANSRC__URL`) means the record that there is
 * (`canSRC`), and the file's own version cannot be overridden.
 *
 * Fails with every variable that breaks the file's rules.
 *
 * @example
 * ```ts
 * import { ConfigurationFile, withEnvironment } from "@skaha/core/node"
 * import * as Effect from "effect/Effect"
 *
 * const configuration = ConfigurationFile.use((file) => file.read).pipe(
 *   Effect.flatMap((said) => withEnvironment(said, process.env))
 * )
 * ```
 */
export const withEnvironment = (
  configuration: Configuration,
  environment: Environment
): Effect.Effect<Configuration, ConfigurationInvalid> =>
  Effect.suspend(() => {
    const overrides = overridesOf(environment)
    if (overrides.length === 0) return Effect.succeed(configuration)
    const invalid = (problems: ReadonlyArray<Problem>) =>
      Effect.fail(new ConfigurationInvalid({ operation: "withEnvironment", problems }))
    const misfit = ({ message, path }: Misfit): Problem => {
      const culprit = overrides.findLast((override) => isWithin(path, override.path))
      return { field: culprit?.variable ?? shownPath(path), message }
    }
    const data = writeConfiguration(configuration)
    if (Result.isFailure(data)) return invalid(data.failure.map(misfit))
    let all = data.success
    const problems: Array<Problem> = []
    for (const override of overrides) {
      const { path, text, variable } = override
      // Once this variable held a name, which is not looked at any more.
      if (path.length === 1 && path[0] === "active" && !/^\s*[[{]/.test(text)) continue
      const value = parsed(override)
      if (Result.isFailure(value)) problems.push({ field: variable, message: value.failure })
      else {
        const where = resolved(all, path)
        all = edited(all, { _tag: "Set", path: where, value: merged(valueAt(all, where), value.success) })
      }
    }
    if (problems.length > 0) return invalid(problems)
    const read = readConfiguration(all, "/")
    return Result.isFailure(read) ? invalid(read.failure.map(misfit)) : Effect.succeed(read.success)
  })
