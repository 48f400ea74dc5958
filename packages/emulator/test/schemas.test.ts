import { assert, describe, it } from "@effect/vitest"
import { Effect, Random } from "effect"
import { TestClock } from "effect/testing"
import { Emulator, type ScriptedOptions } from "../src/index.ts"
import { type Row, send } from "./support.ts"
import { assertDocument, compile, type DocumentKind, type Form, problemsOf, schemaNames } from "./support-schemas.ts"
import { anyOptions, nothingKnown, step } from "./support-states.ts"

// Every JSON document of every profile, in thousands of states, beside its schema in `docs/schemas`.

interface Profile {
  readonly name: string
  readonly options: ScriptedOptions
  readonly version: "v0" | "v1"
  /** The schemas of this profile's own. */
  readonly session: string
  readonly publicSession: string
  readonly stats: string
  readonly context: string
  readonly contextForm: Form
  readonly statuses: ReadonlyArray<string>
  /** Keys that not every session has. All must have been seen, like every status, or the states were too tame. */
  readonly keys: ReadonlyArray<string>
}

const jobKeys = ["appid", "requestedRAM", "requestedCPUCores", "ramInUse", "cpuCoresInUse"]

const profiles: ReadonlyArray<Profile> = [
  {
    name: "1.4",
    options: { profile: "1.4" },
    version: "v1",
    session: "session.1.4",
    publicSession: "public-session.1.4",
    stats: "stats.1.4",
    context: "context.1.4",
    contextForm: "compact",
    statuses: ["Pending", "Running", "Completed", "Failed"],
    keys: jobKeys
  },
  {
    name: "1.4-limit-range",
    options: { profile: "1.4-limit-range" },
    version: "v1",
    session: "session.1.4",
    publicSession: "public-session.1.4",
    stats: "stats.1.4-limit-range",
    context: "context.1.4-limit-range",
    contextForm: "compact",
    statuses: ["Pending", "Running", "Completed", "Failed"],
    keys: jobKeys
  },
  {
    name: "1.0",
    options: { profile: "1.0" },
    version: "v1",
    session: "session.1.0",
    publicSession: "public-session.1.0",
    stats: "stats.1.0",
    context: "context.1.0",
    contextForm: "any",
    statuses: ["Pending", "Running", "Completed", "Failed (BackoffLimitExceeded)", "Failed (DeadlineExceeded)"],
    keys: jobKeys
  },
  {
    name: "0.29",
    options: { profile: "0.29" },
    version: "v0",
    session: "session.0.29",
    publicSession: "public-session.0.29",
    stats: "stats.1.0",
    context: "context.1.0",
    contextForm: "any",
    statuses: ["Pending", "Running", "Succeeded", "Failed"],
    keys: []
  }
]

const sequences = 20
const stepsEach = 40

const allTypes = ["carta", "contributed", "desktop", "notebook", "headless", "desktop-app", "firefly"] as const

/** Where a document is read, and what it is to be. */
type Reading = readonly [path: string, kind: DocumentKind]

const readingsOf = (profile: Profile): ReadonlyArray<Reading> => {
  const session = `/${profile.version}/session`
  const rows: DocumentKind = { schema: profile.session, list: true, form: "pretty" }
  const publicRows: DocumentKind = { schema: profile.publicSession, list: true, form: "pretty" }
  const images: DocumentKind = { schema: "images", form: "pretty" }
  return [
    [session, rows],
    ...allTypes.map((type): Reading => [`${session}?type=${type}`, rows]),
    ...profile.statuses.map((status): Reading => [`${session}?status=${encodeURIComponent(status)}`, rows]),
    [`${session}?view=interactive`, rows],
    [`${session}?view=interactive&status=running`, rows],
    [`${session}?view=all`, publicRows],
    [`${session}?view=all&type=desktop-app`, publicRows],
    [`${session}/any/app`, rows],
    [`${session}/any/app?status=running`, rows],
    [`${session}/any/app?view=all`, publicRows],
    [`${session}?view=stats`, { schema: profile.stats, form: "prettyDoubles" }],
    [`/${profile.version}/image`, images],
    [`/${profile.version}/image?type=headless`, images],
    [`/${profile.version}/context`, { schema: profile.context, form: profile.contextForm }],
    [`/${profile.version}/repository`, { schema: "repository", form: "compact" }]
  ]
}

const read = Effect.fnUntraced(function* (path: string, kind: DocumentKind) {
  const answer = yield* send("GET", path)
  assert.strictEqual(answer.status, 200, `${path}: ${answer.text}`)
  assert.strictEqual(answer.reply.headers["Content-Type"], "application/json")
  assertDocument(answer.text, kind, path)
  return answer
})

describe("documents have the form of their schemas", () => {
  for (const profile of profiles) {
    it.effect(`of ${profile.name}, in states at random`, () =>
      Effect.gen(function* () {
        const session = `/${profile.version}/session`
        const readings = readingsOf(profile)
        const row: DocumentKind = { schema: profile.session, form: "pretty" }
        const seen = new Set<string>()
        const users = new Set<string>()
        let documents = 0

        const readAll = Effect.gen(function* () {
          for (const [path, kind] of readings) yield* read(path, kind)
          const sessions: ReadonlyArray<Row> = (yield* send("GET", session)).json() as Array<Row>
          const apps = (yield* send("GET", `${session}/any/app`)).json() as Array<Row>
          for (const one of [...sessions, ...apps]) {
            const below = one["type"] === "desktop-app" ? `/app/${String(one["appid"])}` : ""
            const { text } = yield* read(`${session}/${one.id}${below}`, row)
            assert.deepStrictEqual(JSON.parse(text), one)
            seen.add(one.status).add(one.type)
            users.add(String(one["userid"]))
            for (const key of Object.keys(one)) seen.add(key)
          }
          documents += readings.length + sessions.length + apps.length
        })
        const sequence = Effect.gen(function* () {
          const known = nothingKnown()
          yield* readAll
          for (let count = 0; count < stepsEach; count++) {
            yield* step(session, known)
            yield* readAll
          }
        })

        yield* TestClock.setTime(Date.parse("2026-02-28T23:59:58.500Z"))
        for (let count = 0; count < sequences; count++) {
          const options = { ...(yield* anyOptions), ...profile.options }
          yield* Effect.provide(sequence, Emulator.layer(options))
        }
        assert.isAtLeast(documents, 3000)
        assert.notInclude([...users], "carol")
        const expected = [...profile.statuses, ...profile.keys, ...allTypes]
        assert.deepStrictEqual(
          expected.filter((word) => !seen.has(word)),
          []
        )
      }).pipe(Random.withSeed(profile.name))
    )
  }
})

describe("schemas refuse what no server sends", () => {
  const row = {
    id: "abcd1234",
    userid: "alice",
    runAsUID: "1001",
    runAsGID: "1001",
    supplementalGroups: [],
    image: "images.canfar.net/skaha/terminal:1.1.2",
    type: "notebook",
    status: "Running",
    name: "x",
    startTime: "2026-01-02T03:04Z",
    expiryTime: "2026-01-06T03:04:00Z",
    connectURL: "https://h/session/notebook/abcd1234/lab/tree/cavern/home/alice?token=abcd1234",
    requestedRAM: "4.29",
    requestedCPUCores: "1",
    requestedGPUCores: "0",
    isFixedResources: true
  }
  const kind: DocumentKind = { schema: "session.1.4", form: "any" }
  const flexible = { isFixedResources: false, requestedRAM: undefined, requestedCPUCores: undefined }
  const firefly = { type: "firefly", connectURL: "https://h/session/firefly/abcd1234/firefly/" }
  const refused: ReadonlyArray<readonly [what: string, change: Record<string, unknown>]> = [
    ["an id with a capital", { id: "Abcd1234" }],
    ["an app's id of what is no app", { appid: "a1b" }],
    ["an app without an id of its own", { type: "desktop-app", connectURL: "" }],
    ["a key too many", { gpuUtilization: "0%" }],
    ["null for what is unknown", { expiryTime: null }],
    ["a text for what is unknown", { startTime: "<none>" }],
    ["seconds of zero in a start", { startTime: "2026-01-02T03:04:00Z" }],
    ["no seconds in an expiry", { expiryTime: "2026-01-06T03:04Z" }],
    ["a day that is none", { expiryTime: "2026-02-30T03:04:00Z" }],
    ["an expiry without a start", { status: "Pending", startTime: undefined }],
    ["a word of old servers", { status: "Succeeded" }],
    ["memory with a unit", { requestedRAM: "4.29G" }],
    ["a number for a numeric text", { requestedGPUCores: 0 }],
    ["requests of a flexible session", { isFixedResources: false }],
    ["a fixed session without its requests", { requestedRAM: undefined }],
    ["a flexible session of a type that is always fixed", { ...flexible, ...firefly }],
    ["the connect URL of another type", { type: "carta" }],
    ["a connect URL of a headless session", { type: "headless" }]
  ]

  it("but not the row they are made of", () => {
    assert.deepStrictEqual(problemsOf(JSON.stringify(row), kind), [])
    for (const [what, change] of refused) {
      assert.isNotEmpty(problemsOf(JSON.stringify({ ...row, ...change }), kind), what)
    }
  })

  it("and all are schemas", () => {
    for (const name of schemaNames()) assert.doesNotThrow(() => compile(name), name)
  })

  it("keys in another order, and other blanks", () => {
    const { status, ...others } = row
    const pretty: DocumentKind = { ...kind, form: "pretty" }
    assert.deepStrictEqual(problemsOf(JSON.stringify(row, null, 2), pretty), [])
    assert.isNotEmpty(problemsOf(JSON.stringify({ ...others, status }, null, 2), pretty))
    assert.isNotEmpty(problemsOf(`${JSON.stringify(row, null, 2)}\n`, pretty))
    assert.isNotEmpty(problemsOf(JSON.stringify(row), pretty))
  })
})
