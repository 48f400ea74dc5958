import { assert, describe, it } from "@effect/vitest"
import { image, usePlatform, user } from "./support/platform.ts"
import { captured } from "./support/output.ts"
import { itWhere, root, server } from "./support/server.ts"

const platform = usePlatform()

/** One session of each fate. */
const givenAll = async () => ({
  running: await platform.given({ name: "running", cmd: "stay" }),
  completed: await platform.given({ name: "completed" }),
  failed: await platform.given({ name: "failed", cmd: "fail" }),
  notebook: await platform.given({ name: "notebook", kind: "notebook", image: "skaha/astroml" })
})

const names = (rows: ReadonlyArray<{ readonly [key: string]: unknown }>) => new Set(rows.map((row) => row["name"]))

/** A row as old servers send it. */
const oldRow = {
  id: "abcdefgh",
  userid: user,
  type: "headless",
  status: "Succeeded",
  name: "old",
  startTime: "<none>",
  ramInUse: "<none>",
  gpuUtilization: "none at all",
  something: { new: [1, null] }
}

const answering = (rows: unknown) =>
  platform.fail({
    match: { path: `${root}/session` },
    action: {
      _tag: "Reply",
      status: 200,
      headers: { "content-type": "application/json" },
      body: typeof rows === "string" ? rows : JSON.stringify(rows)
    }
  })

describe("AsyncSession.fetch", () => {
  it("lists the caller's sessions, keys and values as the server sends them", async () => {
    const id = await platform.given({ name: "Fit", cmd: "stay", cores: 1, ram: 4 })
    const [row, ...others] = await platform.sessions().fetch()
    assert.deepStrictEqual(others, [])
    assert.match(String(row?.["startTime"]), /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?Z$/)
    assert.match(String(row?.["expiryTime"]), /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/)
    assert.deepStrictEqual(
      { ...row, startTime: "", expiryTime: "" },
      {
        id,
        userid: user,
        runAsUID: "1001",
        runAsGID: "1001",
        supplementalGroups: [],
        image,
        type: "headless",
        status: "Running",
        name: "fit-1",
        startTime: "",
        expiryTime: "",
        ...server.row
      }
    )
  })

  it("leaves every value as it came, also what it does not know or cannot read", async () => {
    await answering([oldRow])
    assert.deepStrictEqual(await platform.sessions().fetch(), [oldRow])
  })

  it("gives an empty list where there are no sessions", async () => {
    assert.deepStrictEqual(await platform.sessions().fetch(), [])
  })

  it("keeps the server's order", async () => {
    const rows = ["z", "a", "m"].map((name) => ({ ...oldRow, name }))
    await answering(rows)
    assert.deepStrictEqual(await platform.sessions().fetch(), rows)
  })

  it("leaves out a row that makes no sense, and says so", async () => {
    await answering([{ id: 7 }, oldRow])
    const { value, stderr } = await captured(() => platform.sessions({ loglevel: "warning" }).fetch())
    assert.deepStrictEqual(value, [oldRow])
    assert.strictEqual(stderr.length, 1)
    assert.match(stderr[0] ?? "", /left out rows/)
  })

  it.each([
    [{}, `GET ${root}/session`],
    [{ kind: "", status: "" }, `GET ${root}/session`],
    [{ kind: undefined, status: undefined, view: undefined }, `GET ${root}/session`],
    [{ kind: "notebook" }, `GET ${root}/session?type=notebook`],
    [{ kind: "headless", status: "Running" }, `GET ${root}/session?type=headless&status=Running`],
    [{ status: "Terminating" }, `GET ${root}/session?status=Terminating`],
    [{ view: "interactive" as const }, `GET ${root}/session?view=interactive`],
    [{ kind: "a&b=c d" }, `GET ${root}/session?type=a%26b%3Dc+d`]
  ])("sends %o as %s", async (filter, sent) => {
    await platform.sessions().fetch(filter)
    assert.deepStrictEqual(platform.sent, [sent])
  })

  it("sends no falsy filter with view: all either", async () => {
    await platform.sessions().fetch({ view: "all", kind: "", status: "" })
    assert.deepStrictEqual(platform.sent, [`GET ${root}/session?view=all`])
  })

  it("filters by kind and status", async () => {
    await givenAll()
    const sessions = platform.sessions()
    assert.deepStrictEqual(
      names(await sessions.fetch()),
      new Set(["completed-1", "failed-1", "notebook-1", "running-1"])
    )
    assert.deepStrictEqual(names(await sessions.fetch({ kind: "notebook" })), new Set(["notebook-1"]))
    assert.deepStrictEqual(names(await sessions.fetch({ status: "Running" })), new Set(["notebook-1", "running-1"]))
    assert.deepStrictEqual(names(await sessions.fetch({ kind: "headless", status: "running" })), new Set(["running-1"]))
    assert.deepStrictEqual(await sessions.fetch({ kind: "carta" }), [])
  })

  it.each([
    ["Succeeded", "completed-1"],
    ["succeeded", "completed-1"],
    ["Completed", "completed-1"],
    ["Error", "failed-1"],
    ["Failed", "failed-1"],
    ["failed", "failed-1"]
  ])("asks without the status %s, and filters here", async (status, name) => {
    await givenAll()
    const rows = await platform.sessions().fetch({ status })
    assert.deepStrictEqual(names(rows), new Set([name]))
    assert.deepStrictEqual(
      rows.map((row) => row.status),
      [name === "failed-1" ? server.failed : server.completed]
    )
    assert.deepStrictEqual(platform.sent, [`GET ${root}/session`])
  })

  it("finds old and new words alike, and leaves them in the rows", async () => {
    const completed = ["Succeeded", "Completed"]
    const failed = ["Error", "Failed", "Failed (DeadlineExceeded)"]
    const rows = [...completed, ...failed, "Running"].map((status) => ({ ...oldRow, status }))
    await answering(rows)
    const statuses = async (status: string) => (await platform.sessions().fetch({ status })).map((row) => row.status)
    assert.deepStrictEqual(await statuses("Succeeded"), completed)
    assert.deepStrictEqual(await statuses("Completed"), completed)
    assert.deepStrictEqual(await statuses("Error"), failed)
    assert.deepStrictEqual(await statuses("Failed"), failed)
  })

  it("shows of all users' sessions what everybody may see", async () => {
    await givenAll()
    const rows = await platform.sessions().fetch({ view: "all", kind: "headless", status: "Succeeded" })
    assert.deepStrictEqual(platform.sent, [`GET ${root}/session?type=headless&view=all`])
    assert.deepStrictEqual(
      rows.map((row) => Object.keys(row)),
      [["userid", "type", "status", "startTime"]]
    )
    assert.deepStrictEqual(
      rows.map((row) => [row.userid, row.type, row.status]),
      [[user, "headless", server.completed]]
    )
  })

  itWhere(server.hasInteractiveView)("leaves headless sessions out of the interactive view", async () => {
    await givenAll()
    assert.deepStrictEqual(names(await platform.sessions().fetch({ view: "interactive" })), new Set(["notebook-1"]))
  })
})

describe("a pending session", () => {
  const platform = usePlatform({ pending: 3600 })

  it("is listed in the server's words, and as what it is", async () => {
    const id = await platform.given({ name: "page", kind: "notebook", image: "skaha/astroml" })
    const sessions = platform.sessions()
    const [row, ...others] = await sessions.fetch({ status: "Pending" })
    assert.deepStrictEqual(others, [])
    const { startTime = "", expiryTime = "", status } = row ?? {}
    assert.match(startTime, server.pendingStart)
    assert.match(expiryTime, server.pendingStart)
    assert.deepStrictEqual([row?.id, status], [id, "Pending"])
    const [shown] = await sessions.fetch({ view: "all" })
    assert.deepStrictEqual(shown, { userid: user, type: "notebook", status: "Pending", startTime })
    assert.deepStrictEqual(await sessions.connect(id), {})
  })
})

describe("AsyncSession.stats", () => {
  it("gives the server's own keys and values", async () => {
    await platform.given({ cmd: "stay", cores: 4, ram: 8 })
    assert.deepStrictEqual(await platform.sessions().stats(), server.stats)
    assert.deepStrictEqual(platform.sent, [`GET ${root}/session?view=stats`])
  })

  it("passes on what servers of 2022 say", async () => {
    const stats = {
      instances: { session: 1, desktopApp: 2, headless: 3, total: 6 },
      cores: { requestedCPUCores: 1.5, coresAvailable: 10, maxCores: { cores: 4, withRam: "27Gi" } },
      ram: { maxRAM: { ram: "226Gi", withCores: 4 } }
    }
    await answering(stats)
    assert.deepStrictEqual(await platform.sessions().stats(), stats)
  })
})
