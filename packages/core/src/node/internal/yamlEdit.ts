/**
 * Changes of a YAML file in its text: comments, order, quotes and layout of all else stay to the letter.
 */
import { isDeepStrictEqual } from "node:util"
import * as Result from "effect/Result"
import { isCollection, isMap, isNode, isPair, type Pair, type YAMLMap } from "yaml"
import { edited, type Edit, type Path } from "./plain.ts"
import { pairOf, readYaml } from "./yamlDocument.ts"
import { inline, inlinePairs, isBlock, pairLines } from "./yamlText.ts"

/** A file's text, and how its lines end. */
interface Source {
  readonly text: string
  readonly newline: string
}

const replaced = ({ text }: Source, from: number, to: number, by: string): string =>
  text.slice(0, from) + by + text.slice(to)

const lineStart = ({ text }: Source, offset: number): number => text.lastIndexOf("\n", offset - 1) + 1

const lineEnd = ({ text }: Source, offset: number): number => {
  const end = text.indexOf("\n", offset)
  return end < 0 ? text.length : end + 1
}

const startOf = (node: unknown): number | undefined => (isNode(node) ? node.range?.[0] : undefined)

const isEmpty = (value: unknown): boolean => isNode(value) && value.range?.[0] === value.range?.[1]

/** Where a value, or an entry, ends: without the comments and line breaks after it. */
const endOf = (source: Source, value: unknown): number | undefined => {
  if (isPair(value)) {
    if (!isNode(value.value)) return endOf(source, value.key)
    if (!isEmpty(value.value)) return endOf(source, value.value)
    // Of nothing, the place may be behind a comment.
    const end = endOf(source, value.key)
    const colon = end === undefined ? -1 : source.text.indexOf(":", end)
    return colon < 0 ? end : colon + 1
  }
  if (!isNode(value) || !value.range) return undefined
  if (isCollection(value) && value.flow !== true) return endOf(source, value.items.at(-1))
  const [start, end] = value.range
  return start + source.text.slice(start, end).trimEnd().length
}

/** A comment that is indented like an entry belongs to it, or to its map. */
const skipComments = (source: Source, from: number, indent: number): number => {
  let offset = from
  for (;;) {
    const line = source.text.slice(offset, lineEnd(source, offset))
    const comment = line.search(/#/)
    if (comment < indent || line.slice(0, comment).trim() !== "") return offset
    offset += line.length
  }
}

const columnOf = (source: Source, pair: Pair): number | undefined => {
  const start = startOf(pair.key)
  if (start === undefined) return undefined
  const column = start - lineStart(source, start)
  const before = source.text.slice(start - column, start)
  // A byte order mark is no column.
  return before.trim() === "" ? before.replace("\ufeff", "").length : undefined
}

const insert = (source: Source, map: YAMLMap, key: string, value: unknown): string | undefined => {
  const last = map.items.at(-1)
  if (map.flow === true) {
    const entry = inlinePairs({ [key]: value })
    const open = startOf(map)
    const end = last === undefined ? open : endOf(source, last)
    if (end === undefined) return undefined
    return last === undefined ? replaced(source, end + 1, end + 1, entry) : replaced(source, end, end, `, ${entry}`)
  }
  const end = last === undefined ? undefined : endOf(source, last)
  const indent = last === undefined ? undefined : columnOf(source, last)
  if (end === undefined || indent === undefined) return undefined
  const at = skipComments(source, lineEnd(source, end), indent)
  const lines = pairLines(key, value, indent).join(source.newline)
  const begin = source.text.slice(0, at).endsWith("\n") ? "" : source.newline
  return replaced(source, at, at, begin + " ".repeat(indent) + lines + source.newline)
}

const replace = (source: Source, map: YAMLMap, pair: Pair, key: string, value: unknown): string | undefined => {
  const old = pair.value
  const end = endOf(source, pair)
  if (end === undefined) return undefined
  if (map.flow !== true && (isBlock(value) || (isCollection(old) && old.flow !== true))) {
    const [from, indent] = [startOf(pair.key), columnOf(source, pair)]
    if (from === undefined || indent === undefined) return undefined
    return replaced(source, from, end, pairLines(key, value, indent).join(source.newline))
  }
  if (isEmpty(old)) return replaced(source, end, end, ` ${inline(value)}`)
  const start = startOf(old)
  return start === undefined ? undefined : replaced(source, start, end, inline(value))
}

const remove = (source: Source, map: YAMLMap, pair: Pair): string | undefined => {
  const [start, end] = [startOf(pair.key), endOf(source, pair)]
  if (start === undefined || end === undefined) return undefined
  if (map.flow !== true) {
    return columnOf(source, pair) === undefined
      ? undefined
      : replaced(source, lineStart(source, start), lineEnd(source, end), "")
  }
  const index = map.items.indexOf(pair)
  const [before, after] = [map.items[index - 1], map.items[index + 1]]
  if (before !== undefined) return replaced(source, endOf(source, before) ?? start, end, "")
  return replaced(source, start, startOf(after?.key) ?? end, "")
}

const mapAt = (root: YAMLMap, path: Path): YAMLMap | undefined => {
  let map: YAMLMap = root
  for (const key of path) {
    const inner = pairOf(map, key)?.value
    if (!isMap(inner)) return undefined
    map = inner
  }
  return map
}

const applied = (source: Source, root: YAMLMap, edit: Edit): string | undefined => {
  const parents = edit.path.slice(0, -1)
  const map = mapAt(root, parents)
  const key = edit.path.at(-1)
  if (map === undefined || key === undefined) return undefined
  const pair = pairOf(map, key)
  const isInner = parents.length > 0
  if (edit._tag === "Set") {
    // A mapping without entries stands in brackets, which it then no longer needs.
    if (isInner && map.items.length === 0) {
      return applied(source, root, { _tag: "Set", path: parents, value: { [key]: edit.value } })
    }
    return pair === undefined ? insert(source, map, key, edit.value) : replace(source, map, pair, key, edit.value)
  }
  if (pair === undefined) return undefined
  return isInner && map.items.length === 1 && map.flow !== true
    ? applied(source, root, { _tag: "Set", path: parents, value: {} })
    : remove(source, map, pair)
}

/**
 * The text after some changes, or nothing where it is laid out in a way that they cannot be made in: where a mapping
 * is shared (`*alias`, `<<`), or has keys in lines of their own (`? key`).
 */
export const editYaml = (text: string, edits: ReadonlyArray<Edit>): string | undefined => {
  const before = readYaml(text)
  if (Result.isFailure(before)) return undefined
  const newline = text.includes("\r\n") ? "\r\n" : "\n"
  let now = text
  for (const edit of edits) {
    const document = readYaml(now)
    const next = Result.isFailure(document) ? undefined : applied({ text: now, newline }, document.success.root, edit)
    if (next === undefined) return undefined
    now = next
  }
  // Whatever the layout, this is what must have come out.
  const after = readYaml(now)
  return Result.isSuccess(after) && isDeepStrictEqual(after.success.data, edits.reduce(edited, before.success.data))
    ? now
    : undefined
}
