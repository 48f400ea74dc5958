import { assert } from "@effect/vitest"
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js"
import addFormats from "ajv-formats"
import { readdirSync, readFileSync } from "node:fs"

// Documents beside their schemas, by a validator that knows nothing of the emulator; and beside what a schema cannot
// say: the order of keys, and the bytes.

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>
  readonly items?: Schema
  readonly $defs?: Readonly<Record<string, Schema>>
}

type Writer = (document: unknown) => string

/** Two separators are escaped that need not be. */
const pretty: Writer = (document) =>
  JSON.stringify(document, null, 2).replaceAll("\u2028", "\\u2028").replaceAll("\u2029", "\\u2029")

/** The same, and amounts of cores are doubles: they have decimals. */
const prettyDoubles: Writer = (document) => pretty(document).replaceAll(/(cores\w*": \d+)(?=,?$)/gim, "$1.0")

const compact: Writer = (document) => JSON.stringify(document)

const writers = { pretty, prettyDoubles, compact }

/** How a document is written; one that comes from a file may be anyhow. */
export type Form = keyof typeof writers | "any"

export interface DocumentKind {
  /** A file of `docs/schemas`, without `.json`. */
  readonly schema: string
  /** The document is a list of what the schema is about. */
  readonly list?: boolean
  readonly form: Form
}

const ajv = new Ajv2020({ strict: true, strictTypes: false, strictRequired: false, allErrors: true })
addFormats.default(ajv)

const folder = new URL("../../../docs/schemas/", import.meta.url)

const load = (name: string): Schema => JSON.parse(readFileSync(new URL(`${name}.json`, folder), "utf8"))

export const schemaNames = (): ReadonlyArray<string> =>
  readdirSync(folder).map((file) => file.slice(0, -".json".length))

interface Compiled {
  readonly root: Schema
  readonly validate: ValidateFunction
  readonly validateList: ValidateFunction | undefined
}

const compiled = new Map<string, Compiled>()

/** Throws when the schema itself is not right. */
export const compile = (name: string): Compiled => {
  const known = compiled.get(name)
  if (known !== undefined) return known
  const root = load(name)
  const made: Compiled = {
    root,
    validate: ajv.compile(root),
    validateList: root.$defs?.["list"] === undefined ? undefined : ajv.getSchema(`${name}.json#/$defs/list`)
  }
  compiled.set(name, made)
  return made
}

/** Where keys are not in the order of the schema's properties, or not among them. */
const disorder = (document: unknown, schema: Schema, at = ""): ReadonlyArray<string> => {
  if (Array.isArray(document)) {
    const items = schema.items ?? {}
    return document.flatMap((item, index) => disorder(item, items, `${at}/${index}`))
  }
  if (typeof document !== "object" || document === null) return []
  const { properties = {} } = schema
  const order = Object.keys(properties)
  const places = Object.keys(document).map((key) => order.indexOf(key))
  const misplaced = places.some((place, index) => place < 0 || place <= (places[index - 1] ?? -1))
  const below = Object.entries(document).flatMap(([key, value]) =>
    disorder(value, properties[key] ?? {}, `${at}/${key}`)
  )
  return misplaced ? [`the keys of "${at}" are out of order`, ...below] : below
}

/** What is wrong with a document; empty if nothing is. */
export const problemsOf = (text: string, { form, list = false, schema }: DocumentKind): ReadonlyArray<string> => {
  const { root, validate, validateList } = compile(schema)
  const document: unknown = JSON.parse(text)
  const check = list ? validateList : validate
  if (check === undefined) return [`${schema} has no list`]
  const problems = check(document)
    ? []
    : (check.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message ?? ""}`)
  if (form === "any") return problems
  // A list refers to the schema itself for its items.
  problems.push(...disorder(document, list ? { items: root } : root))
  if (writers[form](document) !== text) problems.push(`is not written ${form}`)
  return problems
}

export const assertDocument = (text: string, kind: DocumentKind, what: string): void => {
  const problems = problemsOf(text, kind)
  if (problems.length > 0) assert.fail(`${what}: ${problems.join("; ")}\n${text}`)
}
