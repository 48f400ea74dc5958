import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as SchemaIssue from "effect/SchemaIssue"

/** Not the JSON that was asked for: in one line, what is wrong and where. */
export class InvalidJson extends Data.TaggedError("InvalidJson")<{ readonly reason: string }> {
  override get message() {
    return this.reason
  }
}

const oneLine = (text: string) => text.replaceAll(/\s+/g, " ")

/** As one would write it in JavaScript: `faults[0].action.bytes`. */
const showPath = (root: string, path: ReadonlyArray<PropertyKey>): string =>
  `${root}${path.map((key) => (typeof key === "number" ? `[${key}]` : `.${String(key)}`)).join("")}`

const toStandard = SchemaIssue.makeFormatterStandardSchemaV1()

/** What does not fit any of several alternatives is said once, with all of them. */
const explain = (root: string, issue: SchemaIssue.Issue): string => {
  const reasons = new Map<string, Set<string>>()
  for (const { message, path = [] } of toStandard(issue).issues) {
    const where = showPath(
      root,
      path.map((part) => (typeof part === "object" ? part.key : part))
    )
    const known = reasons.get(where)
    if (known === undefined) reasons.set(where, new Set([message]))
    else known.add(message)
  }
  return [...reasons].map(([where, messages]) => `${where}: ${oneLine([...messages].join(" or "))}`).join("; ")
}

/** The parser's own words, or only where it stopped: they may show what stands there. */
const explainSyntax = (cause: unknown, reportInput: boolean): string => {
  const said = String(cause)
  if (reportInput) return `no JSON: ${oneLine(said)}`
  const where = / at position \d+(?: \(line \d+ column \d+\))?$/.exec(said)
  return `no JSON${where?.[0] ?? ""}`
}

/** Every mistake is told. A key that is none is a mistake too. */
const strict = { onExcessProperty: "error", errors: "all" } as const

/**
 * Reads a value from JSON; `root` is what it is called where something is wrong with it. With `reportInput` it is told
 * what stands in the place of a mistake, which must not be a secret.
 */
export const decodeJson =
  <A>(schema: Schema.ConstraintDecoder<A>, root: string, { reportInput }: { readonly reportInput: boolean }) =>
  (json: string): Effect.Effect<A, InvalidJson> =>
    Effect.try({
      try: (): unknown => JSON.parse(json),
      catch: (cause) => new InvalidJson({ reason: explainSyntax(cause, reportInput) })
    }).pipe(
      Effect.flatMap((value) =>
        Effect.mapError(
          Schema.decodeUnknownEffect(schema, { ...strict, reportInput })(value),
          (error) => new InvalidJson({ reason: explain(root, error.issue) })
        )
      )
    )

/** The value as JSON. A value that the schema does not allow is a defect. */
export const encodeJson =
  <A, I>(schema: Schema.Codec<A, I>, root: string) =>
  (value: A): Effect.Effect<I> =>
    Schema.encodeEffect(schema, { ...strict, reportInput: true })(value).pipe(
      Effect.mapError((error) => new InvalidJson({ reason: explain(root, error.issue) })),
      Effect.orDie
    )
