import { assert, describe, it } from "@effect/vitest"
import { Cancelled, InvalidInput, QuotaReached, RequestRefused, SessionRequestError, type CreateOptions } from "skaha"
import { captured } from "./support/output.ts"
import { image, usePlatform } from "./support/platform.ts"
import { rejectionOf } from "./support/rejection.ts"
import { itWhere, root, server } from "./support/server.ts"
import { until } from "./support/until.ts"

/** Old servers only make sessions of kinds that an image is labelled with. */
const types = ["desktop", "notebook", "carta", "firefly", "contributed", "headless"] as const
const job = "images.canfar.net/skaha/job:1"
const digest = `sha256:${"7".repeat(64)}`

const platform = usePlatform({
  maxInteractiveSessions: 20,
  images: [
    { id: image, types, digest },
    { id: job, types: ["headless"], digest }
  ]
})

const sent = async (options: Partial<CreateOptions>) => {
  await platform.sessions().create({ name: "fit", image, ...options })
  return platform.arrived.filter(({ method }) => method === "POST").map(({ body }) => body)
}

/** The values of one field in the forms of all creates. */
const field = (name: string) =>
  platform.forms.map((form) => form.filter(([key]) => key === name).map(([, value]) => value))

const replica = "env=REPLICA_ID%3D1&env=REPLICA_COUNT%3D1"
const encoded = "images.canfar.net%2Fskaha%2Fterminal%3A1.1.2"

describe("AsyncSession.create", () => {
  it("sends Python's defaults, in a form", async () => {
    assert.deepStrictEqual(await sent({}), [`name=fit-1&image=${encoded}&cores=2&ram=4&type=headless&${replica}`])
    const post = platform.arrived.find(({ method }) => method === "POST")
    assert.strictEqual(post?.target, `${root}/session`)
    assert.strictEqual(post?.headers["content-type"], "application/x-www-form-urlencoded; charset=UTF-8")
    assert.deepStrictEqual(platform.sent, [`GET ${root}/session`, `POST ${root}/session`])
  })

  it("sends everything in Python's order and writing", async () => {
    const options = { cores: 1, ram: 8, gpu: 1, cmd: "bash", args: "-c x~y*é", env: { X: "a b&cd/é+", N: 2, B: true } }
    assert.deepStrictEqual(await sent({ ...options, name: "Fit" }), [
      `name=Fit-1&image=${encoded}&cores=1&ram=8&type=headless&gpus=1&cmd=bash&args=-c+x~y%2A%C3%A9` +
        `&env=X%3Da+b%26cd%2F%C3%A9%2B&env=N%3D2&env=B%3Dtrue&${replica}`
    ])
  })

  it("gives the id of the session", async () => {
    const sessions = platform.sessions()
    const ids = await sessions.create({ name: "Fit", image })
    const rows = await sessions.fetch()
    assert.deepStrictEqual(
      ids,
      rows.map(({ id }) => id)
    )
    assert.deepStrictEqual(
      rows.map((row) => row["name"]),
      ["fit-1"]
    )
  })

  it.each<[Partial<CreateOptions>, string]>([
    [{ cores: null }, "ram=4&"],
    [{ ram: null }, "cores=2&"],
    [{ cores: null, ram: null }, ""],
    [{ cores: undefined, ram: undefined }, "cores=2&ram=4&"]
  ])("takes null for flexible: %o", async (options, resources) => {
    assert.deepStrictEqual(await sent(options), [`name=fit-1&image=${encoded}&${resources}type=headless&${replica}`])
  })

  it("makes a flexible session of null", async () => {
    const [id = ""] = await platform.sessions().create({ name: "fit", image, ram: null })
    const [row] = await platform.sessions().info(id)
    const { isFixedResources, requestedRAM } = row ?? {}
    assert.deepStrictEqual({ isFixedResources, requestedRAM }, server.flexible)
  })

  it.each([{ gpu: 3 }, { gpus: 3 }])("sends %o as gpus", async (options) => {
    await sent(options)
    assert.deepStrictEqual(field("gpus"), [["3"]])
  })

  it("refuses gpu with gpus", async () => {
    const error = await rejectionOf(InvalidInput, platform.sessions().create({ name: "fit", image, gpu: 1, gpus: 1 }))
    assert.strictEqual(error.message, "create: gpu: give gpu or gpus, not both")
    assert.deepStrictEqual(platform.sent, [])
  })

  it.each<[CreateOptions["numbered"], number, ReadonlyArray<string>]>([
    [undefined, 1, ["fit-1"]],
    ["always", 1, ["fit-1"]],
    ["always", 2, ["fit-1", "fit-2"]],
    ["several", 1, ["fit"]],
    ["several", 2, ["fit-1", "fit-2"]]
  ])("numbers names %s of %i replicas: %o", async (numbered, replicas, names) => {
    await platform.sessions().create({ name: "fit", image, numbered, replicas })
    assert.sameMembers(field("name").flat(), [...names])
  })

  it("makes replicas, each of which knows its number; their ids are in order", async () => {
    const sessions = platform.sessions()
    const ids = await sessions.create({ name: "fit", image, replicas: 20, env: { REPLICA_ID: "mine", A: "1" } })
    const rows = await sessions.info(ids)
    assert.deepStrictEqual(
      rows.map((row) => row["name"]),
      Array.from({ length: 20 }, (_, index) => `fit-${index + 1}`)
    )
    assert.sameDeepMembers(
      field("env"),
      Array.from({ length: 20 }, (_, index) => [`REPLICA_ID=${index + 1}`, "A=1", "REPLICA_COUNT=20"])
    )
  })

  it.each<[string, string]>([
    ["skaha/terminal:1.1.2", image],
    ["skaha/terminal", "images.canfar.net/skaha/terminal:latest"],
    ["skaha/terminal@sha256:ff", "images.canfar.net/skaha/terminal@sha256:ff"],
    ["images.canfar.net/skaha/terminal", "images.canfar.net/skaha/terminal:latest"],
    ["images.canfar.net/terminal:1", "images.canfar.net/terminal:1"],
    ["localhost:5000/a/b/c/d", "localhost:5000/a/b/c/d:latest"],
    [image, image]
  ])("completes the image %s", async (short, complete) => {
    await sent({ image: short })
    assert.deepStrictEqual(field("image"), [[complete]])
  })

  it.each(types)("makes sessions of the kind %s", async (kind) => {
    const [id = ""] = await platform.sessions().create({ name: "mine", image, kind })
    assert.deepStrictEqual(
      (await platform.sessions().info(id)).map(({ type }) => type),
      [kind]
    )
    assert.deepStrictEqual(field("env"), [["REPLICA_ID=1", "REPLICA_COUNT=1"]])
  })

  it("sends what the platform breaks only if told to", async () => {
    await sent({ cmd: "echo", args: "a\\b", allowUnsafe: true })
    assert.deepStrictEqual(field("args"), [["a\\b"]])
  })
})

describe("a failed AsyncSession.create", () => {
  /** The fault that every third create meets. */
  const everyThird = {
    match: { method: "POST", path: `${root}/session`, every: 3 },
    action: { _tag: "Reply", status: 409, body: "busy\n" }
  } as const
  const six: CreateOptions = { name: "fit", image, replicas: 6 }

  it("leaves out the replicas that failed, and logs them without their contents", async () => {
    await platform.fail(everyThird)
    const sessions = platform.sessions({ loglevel: "warning", concurrency: 1 })
    const { value, stderr, stdout } = await captured(() => sessions.create({ ...six, env: { A: "very-secret" } }))
    assert.deepStrictEqual(stdout, [])
    assert.deepStrictEqual(
      (await sessions.info(value)).map((row) => row["name"]),
      ["fit-1", "fit-2", "fit-4", "fit-5"]
    )
    assert.strictEqual(stderr.length, 2)
    assert.match(stderr[0] ?? "", /level=WARN.*create: fit-3: the server refused the request with 409: busy/)
    assert.match(stderr[1] ?? "", /create: fit-6: /)
    assert.notInclude(stderr.join(), "very-secret")
  })

  it("raises one error that holds the ids and the failures", async () => {
    await platform.fail(everyThird)
    const sessions = platform.sessions({ concurrency: 1 })
    const error = await rejectionOf(SessionRequestError<Array<string>>, sessions.create({ ...six, errors: "raise" }))
    assert.strictEqual(error.operation, "create")
    assert.strictEqual(error.code, "request.refused")
    assert.deepStrictEqual([...error.errors.keys()], ["fit-3", "fit-6"])
    assert.strictEqual(error.errors.get("fit-3"), error.cause)
    assert.instanceOf(error.cause, RequestRefused)
    assert.match(error.message, /^create failed for 2: fit-3: the server refused.*; fit-6: /)
    assert.sameMembers(
      [...error.results],
      (await sessions.fetch()).map(({ id }) => id)
    )
  })

  it("gives no id, or raises, when the only replica is refused", async () => {
    const foreign = { name: "fit", image: "elsewhere.org/a/b" }
    assert.deepStrictEqual(await platform.sessions().create(foreign), [])
    const error = await rejectionOf(SessionRequestError, platform.sessions().create({ ...foreign, errors: "raise" }))
    assert.deepStrictEqual([error.code, error.results], ["image.not_trusted", []])
    assert.deepStrictEqual([...error.errors.keys()], ["fit"])
  })

  itWhere(server.checksLabels)("says that the image is not made for the kind", async () => {
    const create = platform.sessions().create({ name: "fit", image: job, kind: "notebook", errors: "raise" })
    const error = await rejectionOf(SessionRequestError, create)
    assert.strictEqual(error.code, "request.refused")
    assert.include(error.message, `image/type mismatch: ${job}/notebook`)
  })

  it("refuses what the platform does not offer before it makes the first of several replicas", async () => {
    const error = await rejectionOf(InvalidInput, platform.sessions().create({ ...six, cores: 17 }))
    assert.deepStrictEqual(
      error.problems.map(({ field }) => field),
      ["cores"]
    )
    assert.deepStrictEqual(platform.forms, [])
  })

  it("stops after the first of several replicas that is refused", async () => {
    await platform.fail({
      match: { method: "POST" },
      action: { _tag: "Reply", status: 400, body: "User alice has reached the maximum of 3 active sessions.\n" }
    })
    const error = await rejectionOf(SessionRequestError, platform.sessions().create({ ...six, errors: "raise" }))
    assert.instanceOf(error.cause, QuotaReached)
    assert.strictEqual(platform.forms.length, 1)
  })

  it("does not send a create again while it may still be carried out", async () => {
    await platform.fail({ match: { method: "POST" }, action: { _tag: "Reset" } })
    const abort = new AbortController()
    const create = platform.sessions().create({ name: "fit", image, signal: abort.signal })
    const rejected = rejectionOf(Cancelled, create)
    // What is there before, and twice what has come of it.
    await until(() => platform.arrived.filter(({ method }) => method === "GET").length === 3)
    abort.abort()
    await rejected
    assert.strictEqual(platform.forms.length, 1)
  })
})
