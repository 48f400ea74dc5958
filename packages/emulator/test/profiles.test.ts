import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { Emulator, type ProfileName } from "../src/index.ts"
import { send, type Sending, terminal } from "./support.ts"

type Row = Readonly<Record<string, unknown>>

const version = (profile: ProfileName) => (profile === "0.29" ? "v0" : "v1")
const carta = "images.canfar.net/skaha/carta:4.1.0"
const images = [
  { id: terminal, types: ["headless", "notebook", "desktop", "desktop-app", "carta"], digest: "sha256:1" },
  { id: carta, types: ["carta"], digest: "sha256:2" },
  { id: "images.canfar.net/skaha/carta:1.4", types: ["carta"], digest: "sha256:3" }
]

/** A platform of a profile, and ways to speak to it. */
const on = (profile: ProfileName) => {
  const path = `/${version(profile)}/session`
  const post = (fields: Record<string, string>, sending: Sending = {}) =>
    send("POST", path, { ...sending, form: { name: "x", image: terminal, ...fields } })
  return {
    path,
    layer: Emulator.layer({ profile, images, users: [{ name: "bob", token: "bob" }] }),
    post,
    create: (fields: Record<string, string> = {}) => Effect.map(post(fields), ({ text }) => text.trim()),
    rows: (query = "") => Effect.map(send("GET", `${path}${query}`), (answer) => answer.json() as ReadonlyArray<Row>),
    row: (id: string) => Effect.map(send("GET", `${path}/${id}`), (answer) => answer.json() as Row)
  }
}

const names: ReadonlyArray<ProfileName> = ["1.4", "1.4-limit-range", "1.0", "0.29"]

describe("every profile", () => {
  it.effect.each(names)("%s speaks one version, and refuses nobodies in its own words", (profile) => {
    const { layer } = on(profile)
    return Effect.gen(function* () {
      const other = profile === "0.29" ? "v1" : "v0"
      for (const endpoint of ["session", "image", "context", "repository"]) {
        assert.strictEqual((yield* send("GET", `/${version(profile)}/${endpoint}`)).status, 200)
        assert.strictEqual((yield* send("GET", `/${other}/${endpoint}`)).status, 404)
      }
      const nobody = yield* send("GET", `/${version(profile)}/context`, { authorization: null })
      assert.deepStrictEqual(
        [nobody.status, nobody.text, nobody.reply.headers["WWW-Authenticate"]],
        profile.startsWith("1.4")
          ? [400, "cannot get group memberships for anonymous\n", "Bearer"]
          : [401, "Unauthorized\n", "Bearer"]
      )
    }).pipe(Effect.provide(layer))
  })

  it.effect.each([
    ["1.4", ["/v0", "/v1/session", "/v1/context", "/v1/image", "/v1/repository"]],
    ["1.0", ["/v0", "/v1/session", "/v1/context", "/v1/image", "/v1/repository"]],
    ["0.29", ["/v0"]]
  ] as const)("%s has the capabilities of its time", ([profile, paths]) =>
    Effect.gen(function* () {
      const { text } = yield* send("GET", "/capabilities", { authorization: null })
      const found = [...text.matchAll(/<accessURL use="base">http:\/\/emulator.invalid\/skaha(\/v[^<]*)</g)]
      assert.deepStrictEqual(
        found.map((match) => match[1]),
        [...paths]
      )
    }).pipe(Effect.provide(on(profile).layer))
  )

  it.effect.each([
    ["1.4", "Completed", "Failed", "Failed"],
    ["1.0", "Completed", "Failed (BackoffLimitExceeded)", "Failed (DeadlineExceeded)"],
    ["0.29", "Succeeded", "Failed", "Failed"]
  ] as const)("%s has words of its own for the end of sessions", ([profile, completed, failed, overdue]) => {
    const { create, layer, row, rows } = on(profile)
    return Effect.gen(function* () {
      const good = yield* create({ cmd: "true" })
      const bad = yield* create({ cmd: "false" })
      const long = yield* create({ cmd: "sleep", args: "99d" })
      assert.strictEqual((yield* row(good))["status"], "Pending")
      yield* TestClock.adjust("3 seconds")
      assert.deepStrictEqual(
        [(yield* row(good))["status"], (yield* row(bad))["status"], (yield* row(long))["status"]],
        [completed, failed, "Running"]
      )
      assert.lengthOf(yield* rows(`?status=${encodeURIComponent(failed.toUpperCase())}`), 1)
      assert.lengthOf(yield* rows("?view=all&status=running"), 1)
      yield* TestClock.adjust("14 days")
      assert.strictEqual((yield* row(long))["status"], overdue)
    }).pipe(Effect.provide(layer))
  })
})

describe("today's server with a limit range", () => {
  const { create, layer, path, post, row } = on("1.4-limit-range")
  const limitRange = {
    defaultRequest: { cores: 1, ram: 2.5 },
    default: { cores: 4, ram: 16 },
    max: { cores: 3, ram: 5, gpus: 0 }
  }

  it.effect("has its choices from it, and a number for the session limit", () =>
    Effect.gen(function* () {
      const { text } = yield* send("GET", "/v1/context")
      assert.strictEqual(
        text,
        '{"cores":{"default":1,"defaultLimit":4,"options":[1,2,3],"defaultRequest":1},"gpus":{"options":[]},' +
          '"memoryGB":{"default":2,"defaultLimit":16,"options":[1,2,3,4,5],"defaultRequest":2},' +
          '"maxInteractiveSessions":5}'
      )
      assert.strictEqual((yield* post({ ram: "6" })).text, "Invalid value for 'ram': 6\n")
      assert.strictEqual((yield* post({ gpus: "1" })).text, "Invalid value for 'gpus': 1\n")
      assert.include(yield* row(yield* create({ cores: "3", ram: "5" })), {
        requestedCPUCores: "3",
        requestedRAM: "5.37"
      })
      const stats = (yield* send("GET", `${path}?view=stats`)).text
      assert.include(stats, '"cpuCores": 3.0,\n      "withRam": "5G"')
      assert.include(stats, '"ramAvailable": "549.756G"')
    }).pipe(Effect.provide(Emulator.layer({ profile: "1.4-limit-range", limitRange })))
  )

  it.effect("otherwise offers much the same", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* post({ cores: "16", ram: "192", gpus: "28" })).status, 200)
    }).pipe(Effect.provide(layer))
  )
})

describe.each(["1.0", "0.29"] as const)("an old server: %s", (profile) => {
  const { create, layer, path, post, row, rows } = on(profile)

  it.effect("takes whole amounts only, and a blank type for none", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* post({ cores: "2.5" })).text, "Invalid value for 'cores': 2.5\n")
      assert.strictEqual((yield* post({ ram: "4.0" })).text, "Invalid value for 'ram': 4.0\n")
      assert.strictEqual((yield* row(yield* create({ type: " " })))["type"], "headless")
    }).pipe(Effect.provide(layer))
  )

  it.effect("asks Kubernetes about names and ids", () =>
    Effect.gen(function* () {
      const name = yield* post({ name: "-x" })
      assert.strictEqual(name.status, 500)
      assert.match(name.text, /jobs\.batch ".*" not found$/)
      assert.strictEqual((yield* send("GET", `${path}/a%20b`)).text, "session a b not found\n")
    }).pipe(Effect.provide(layer))
  )

  it.effect("gives an id for an app that Kubernetes does not take", () =>
    Effect.gen(function* () {
      const desktop = yield* create({ type: "desktop" })
      const answer = yield* send("POST", `${path}/${desktop}/app`, { form: { image: "h/p/tool@sha256:ab" } })
      assert.strictEqual(answer.status, 200)
      assert.lengthOf(yield* rows(), 1)
    }).pipe(Effect.provide(layer))
  )

  it.effect("lists desktop-apps among the sessions, and has no interactive view", () =>
    Effect.gen(function* () {
      const desktop = yield* create({ type: "desktop" })
      yield* create({ cmd: "true" })
      yield* send("POST", `${path}/${desktop}/app`, { form: { image: terminal } })
      const types = (yield* rows()).map((session) => session["type"])
      assert.sameMembers(types, ["desktop", "desktop-app", "headless"])
      assert.lengthOf(yield* rows("?view=interactive"), 3)
      assert.lengthOf(yield* rows("?type=desktop"), 1)
    }).pipe(Effect.provide(layer))
  )

  it.effect("counts running instances, and calls GiB G", () =>
    Effect.gen(function* () {
      const desktop = yield* create({ type: "desktop" })
      yield* send("POST", `${path}/${desktop}/app`, { form: { image: terminal, cores: "1", ram: "2" } })
      yield* create({ cmd: "sleep", args: "60", cores: "2", ram: "4" })
      yield* TestClock.adjust("3 seconds")
      yield* create({ cmd: "sleep", args: "60" })
      assert.strictEqual(
        (yield* send("GET", `${path}?view=stats`)).text,
        `{
  "instances": {
    "session": 1,
    "desktopApp": 1,
    "headless": 1,
    "total": 3
  },
  "cores": {
    "requestedCPUCores": 3.25,
    "cpuCoresAvailable": 64.0,
    "maxCPUCores": {
      "cpuCores": 64.0,
      "withRam": "512G"
    }
  },
  "ram": {
    "requestedRAM": "7G",
    "ramAvailable": "512G",
    "maxRAM": {
      "ram": "512G",
      "withCPUCores": 64.0
    }
  }
}`
      )
    }).pipe(Effect.provide(layer))
  )

  it.effect("counts finished sessions toward the limit as long as they are listed", () =>
    Effect.gen(function* () {
      for (let count = 0; count < 5; count++) yield* create({ type: "notebook" })
      yield* TestClock.adjust("4 days")
      assert.match(String((yield* rows())[0]?.["status"]), /^Failed/)
      assert.match((yield* post({ type: "notebook" })).text, /has reached the maximum of 5/)
      yield* TestClock.adjust("1 days")
      assert.strictEqual((yield* post({ type: "notebook" })).status, 200)
    }).pipe(Effect.provide(layer))
  )

  it.effect("finds CARTA before version 5 elsewhere", () =>
    Effect.gen(function* () {
      const urlOf = (image: string) =>
        Effect.gen(function* () {
          const session = yield* row(yield* create({ type: "carta", image }))
          return String(session["connectURL"]).replaceAll(String(session["id"]), "ID")
        })
      const origin = "http://emulator.invalid/session/carta"
      assert.strictEqual(yield* urlOf(carta), `${origin}/http/ID/`)
      assert.strictEqual(
        yield* urlOf("images.canfar.net/skaha/carta:1.4"),
        `${origin}/http/ID/?socketUrl=ws://emulator.invalid/session/carta/ws/ID/`
      )
    }).pipe(Effect.provide(layer))
  )

  it.effect("gives its file of choices as it is", () =>
    Effect.gen(function* () {
      const { reply, text } = yield* send("GET", `/${version(profile)}/context`)
      assert.match(text, /^\{\n {2}"cores": \{\n {4}"default": 2,/)
      assert.notInclude(text, "maxInteractiveSessions")
      assert.strictEqual(text.includes("defaultHeadless"), profile === "0.29")
      assert.isUndefined(reply.chunked)
    }).pipe(Effect.provide(layer))
  )
})

describe("a server that reads jobs: 1.0", () => {
  const { create, layer, path, row } = on("1.0")

  it.effect("destroys what is unknown, and tells whether resources are fixed", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* send("DELETE", `${path}/nosuch01`)).status, 200)
      const session = yield* row(yield* create({ cores: "2", ram: "4" }))
      assert.include(session, { isFixedResources: true, requestedRAM: "4.29", connectURL: "" })
      assert.notProperty(session, "appid")
    }).pipe(Effect.provide(layer))
  )
})

describe("a server that reads pods: 0.29", () => {
  const { create, layer, path, post, row, rows } = on("0.29")

  it.effect("has a word for everything that is not there", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(Date.parse("2025-04-10T15:45:00Z"))
      const id = yield* create({ cmd: "sleep", args: "9999", cores: "2", ram: "4", gpus: "1" })
      const early = yield* row(id)
      assert.deepStrictEqual(early, {
        id,
        userid: "alice",
        runAsUID: "1001",
        runAsGID: "1001",
        supplementalGroups: [],
        appid: "<none>",
        image: terminal,
        type: "headless",
        status: "Pending",
        name: "x",
        startTime: "<none>",
        expiryTime: "<none>",
        connectURL: "not-applicable",
        requestedRAM: "4G",
        requestedCPUCores: "2",
        requestedGPUCores: "1",
        ramInUse: "<none>",
        gpuRAMInUse: "<none>",
        cpuCoresInUse: "<none>",
        gpuUtilization: "<none>"
      })
      assert.deepStrictEqual(yield* rows("?view=all"), [
        { userid: "alice", type: "headless", status: "Pending", startTime: "<none>" }
      ])
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual(yield* row(id), {
        ...early,
        status: "Running",
        // the seconds are always there
        startTime: "2025-04-10T15:45:00Z",
        expiryTime: "2025-04-24T15:45:00Z",
        ramInUse: "48M",
        gpuRAMInUse: "1M / 16160M",
        cpuCoresInUse: "0.001",
        gpuUtilization: "0%"
      })
      assert.include(yield* row(yield* create()), { requestedRAM: "4G", requestedGPUCores: "<none>" })
      assert.include(yield* row(yield* create({ type: "desktop" })), { requestedRAM: "1G", requestedCPUCores: "0.25" })
    }).pipe(Effect.provide(layer))
  )

  it.effect("looks at the labels of images, and asks for credentials before anything else", () =>
    Effect.gen(function* () {
      const mismatch = yield* post({ type: "firefly", cores: "x" })
      assert.deepStrictEqual([mismatch.status, mismatch.text], [400, `image/type mismatch: ${terminal}/firefly\n`])
      assert.strictEqual((yield* post({ type: "Notebook" })).text, `image/type mismatch: ${terminal}/Notebook\n`)
      const unknown = yield* post({ image: "images.canfar.net/a/b:1", type: "no", cores: "x" })
      assert.match(unknown.text, /^No authentication provided for unknown or private image\./)
      const headers = { "x-skaha-registry-auth": btoa("user:secret") }
      const credible = yield* post({ image: "images.canfar.net/a/b:1", type: "no" }, { headers })
      assert.strictEqual(credible.text, "Invalid session type: no\n")
    }).pipe(Effect.provide(layer))
  )

  it.effect("has words of its own for a blank name and blank gpus", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* post({ name: " " })).text, "name must have a value\n")
      assert.strictEqual((yield* post({ gpus: "" })).text, "Invalid value for 'gpus': \n")
    }).pipe(Effect.provide(layer))
  )

  it.effect("destroys only what is there and one's own, and leaves the apps of a desktop", () =>
    Effect.gen(function* () {
      const unknown = yield* send("DELETE", `${path}/nosuch01`)
      assert.deepStrictEqual([unknown.status, unknown.text], [404, "nosuch01\n"])
      const desktop = yield* create({ type: "desktop" })
      const foreign = yield* send("DELETE", `${path}/${desktop}`, { authorization: "Bearer bob" })
      assert.deepStrictEqual([foreign.status, foreign.text], [403, "forbidden\n"])
      const image = `h/p/${"tool-".repeat(9)}x:1.0`
      const app = (yield* send("POST", `${path}/${desktop}/app`, { form: { image } })).text.trim()
      assert.strictEqual((yield* send("DELETE", `${path}/${desktop}`)).status, 200)
      assert.strictEqual((yield* send("GET", `${path}/${desktop}`)).status, 404)
      assert.deepStrictEqual(
        (yield* rows()).map((session) => [session["id"], session["appid"], session["type"]]),
        [[desktop, app, "desktop-app"]]
      )
      const events = yield* send("GET", `${path}/${desktop}?view=events`)
      const jobName = `${desktop}-${app}-alice-${"tool-".repeat(9)}`.slice(0, 57)
      assert.include(events.text, ` skaha-workload/${jobName} `)
      assert.strictEqual((yield* send("DELETE", `${path}/${desktop}/app/${app}`)).status, 200)
      assert.deepStrictEqual(yield* rows(), [])
    }).pipe(Effect.provide(layer))
  )

  it.effect("may have people who start no headless sessions", () =>
    Effect.gen(function* () {
      const bearer = { authorization: "Bearer x" }
      const refused = yield* post({}, bearer)
      assert.deepStrictEqual([refused.status, refused.text], [403, "Not authorized to create a headless session\n"])
      assert.strictEqual((yield* post({ type: "notebook" }, bearer)).status, 200)
    }).pipe(
      Effect.provide(
        Emulator.layer({ profile: "0.29", images, users: [{ name: "eve", token: "x", refusal: "no-headless" }] })
      )
    )
  )
})
