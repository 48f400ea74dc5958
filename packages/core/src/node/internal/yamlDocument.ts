/**
 * YAML as the Python client reads it: version 1.1, with PyYAML's own idea of what is text.
 */
import * as Result from "effect/Result"
import { isCollection, isMap, isNode, isScalar, LineCounter, parseDocument, type ScalarTag, type YAMLMap } from "yaml"
import { isMapping, type Mapping, type Path } from "./plain.ts"

/** What is wrong with a file that is not YAML. The file is never quoted: it may hold secrets. */
export interface NotYaml {
  /** From 1. */
  readonly line: number | undefined
  readonly message: string
}

/** A file's mapping, as data and as it is laid out in the text. */
export interface YamlDocument {
  readonly root: YAMLMap
  readonly data: Mapping
  /** The line, from 1, on which something stands; where it is missing, that of what it is missing in. */
  readonly lineOf: (path: Path) => number | undefined
}

/** What others take for numbers and truth values, and PyYAML for text. */
const textInPython: ScalarTag = {
  tag: "tag:yaml.org,2002:str",
  default: true,
  test: /^(?:[yYnN]|[-+]?(?:0[\d_]*[89][\d_]*|\d[\d_]*[eE][-+]?\d+|[\d_]*\.[\d_]*[eE]\d+|\._*|0[\d_]*(?::[0-5]?\d)+))$/,
  resolve: (text) => text
}

const reasons: Readonly<Record<string, string>> = {
  BAD_ALIAS: "an alias to nothing",
  BAD_DQ_ESCAPE: "an escape that YAML does not know",
  BAD_INDENT: "the indentation is wrong, or a bracket is not closed",
  BAD_SCALAR_START: "text that begins with this character must be quoted",
  BLOCK_AS_IMPLICIT_KEY: "a value where there can be none: is a text with a colon not quoted?",
  MISSING_CHAR: "something is missing: a quote, a bracket, a comma, a space or a colon",
  MULTILINE_IMPLICIT_KEY: "a key without a colon",
  MULTIPLE_DOCS: "a second document begins",
  RESOURCE_EXHAUSTION: "it is nested too deeply",
  TAB_AS_INDENT: "tabs cannot indent",
  TAG_RESOLVE_FAILED: "a tag that is unknown or does not fit"
}

/** The last of several, as in Python. */
export const pairOf = (map: YAMLMap, key: string) =>
  map.items.findLast((pair) => isScalar(pair.key) && pair.key.value === key)

/** A key that is no text is no key of ours. */
const nameOf = (key: unknown): string => (typeof key === "string" ? key : `(${String(key)})`)

const plainOf = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(plainOf)
  return value instanceof Map
    ? Object.fromEntries([...value].map(([key, inner]) => [nameOf(key), plainOf(inner)]))
    : value
}

const lineIn =
  (root: YAMLMap, lines: LineCounter): YamlDocument["lineOf"] =>
  (path) => {
    let map: unknown = root
    let offset = root.range?.[0]
    for (const key of path) {
      const pair = isMap(map) ? pairOf(map, key) : undefined
      if (pair === undefined) break
      offset = isNode(pair.key) ? (pair.key.range?.[0] ?? offset) : offset
      map = pair.value
    }
    return offset === undefined ? undefined : lines.linePos(offset).line
  }

/** Reads a file that must hold a mapping. */
export const readYaml = (text: string): Result.Result<YamlDocument, NotYaml> => {
  const lines = new LineCounter()
  const document = parseDocument(text, {
    version: "1.1",
    customTags: (tags) => [textInPython, ...tags],
    lineCounter: lines,
    // Silence would hide a second document, too.
    logLevel: "error",
    prettyErrors: false,
    uniqueKeys: false
  })
  const [problem] = [...document.errors, ...document.warnings]
  if (problem !== undefined) {
    return Result.fail({
      line: lines.linePos(problem.pos[0]).line,
      message: `is not YAML: ${reasons[problem.code] ?? "this makes no sense"}`
    })
  }
  const root = document.contents
  if (!isMap(root)) {
    const isEmpty = root === null || (isScalar(root) && root.value === null)
    const line = isCollection(root) || !isEmpty ? lines.linePos(root?.range?.[0] ?? 0).line : undefined
    return Result.fail({ line, message: isEmpty ? "is empty" : "is not a mapping" })
  }
  return Result.try({
    try: () => {
      const data = plainOf(document.toJS({ mapAsMap: true, maxAliasCount: 100 }))
      return { root, data: isMapping(data) ? data : {}, lineOf: lineIn(root, lines) }
    },
    catch: (): NotYaml => ({ line: undefined, message: "is not YAML: its aliases make no sense" })
  })
}
