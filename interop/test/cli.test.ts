import { afterAll, assert, beforeAll, beforeEach, describe, inject, test } from "vitest"
import { token } from "../scenario/Step.ts"
import { runCanfar, type Ended } from "../support/cli.ts"
import { Platform } from "../support/Platform.ts"

const environment = inject("environments").canfar

describe.skipIf(environment === undefined)("the command line of canfar", () => {
  let platform: Platform
  beforeAll(async () => {
    platform = await Platform.start()
  })
  afterAll(() => platform.stop())
  beforeEach(async () => {
    await platform.begin({
      given: [
        { name: "done" },
        { name: "broken", cmd: "fail" },
        { name: "busy", cmd: "stay" },
        { name: "lab", kind: "notebook" }
      ]
    })
    await platform.pass(120)
    await platform.mark()
  })

  const canfarAs = (bearer: string, args: ReadonlyArray<string>): Promise<Ended> =>
    environment === undefined
      ? assert.fail("canfar is not installed")
      : runCanfar(environment, platform.url, bearer, args)

  /** Runs a command that must succeed, and gives what it prints. */
  const canfar = async (...args: ReadonlyArray<string>): Promise<string> => {
    const { code, out, err } = await canfarAs(token, args)
    assert.strictEqual(code, 0, `canfar ${args.join(" ")}\n${out}${err}`)
    return out
  }

  const idsOf = (...names: ReadonlyArray<string>) => names.map((name) => platform.idOf(name))

  /** The texts that are not in an output; with it, for whoever has to find out why. */
  const missing = (out: string, ...texts: ReadonlyArray<string>) =>
    texts.filter((text) => !out.includes(text)).map((text) => `${text} is not in:\n${out}`)

  test("create makes a session and prints its id", async () => {
    const out = await canfar(
      "create",
      "headless",
      "skaha/terminal:1.1.2",
      "-n",
      "fit",
      "-e",
      "A=b",
      "--",
      "fit.py",
      "-n",
      "3"
    )
    assert.deepStrictEqual(missing(out, ...idsOf("fit")), [])
    assert.deepStrictEqual(await platform.made(), [
      {
        name: "fit",
        type: "headless",
        image: "images.canfar.net/skaha/terminal:1.1.2",
        ram: "flexible",
        cores: "flexible",
        gpus: "0",
        cmd: "fit.py",
        args: ["-n", "3"],
        env: ["A=b", "REPLICA_ID=1", "REPLICA_COUNT=1"]
      }
    ])
  })

  test("create with cores and memory makes a fixed session", async () => {
    await canfar("create", "notebook", "skaha/base-notebook", "-n", "big", "--cpu", "2", "--memory", "8")
    const [made] = await platform.made()
    assert.deepInclude(made, { name: "big", type: "notebook", cores: "2", ram: "8.59" })
  })

  test("create prints the ids of replicas as JSON, in order", async () => {
    const out = await canfar("create", "headless", "skaha/terminal:1.1.2", "-n", "fit", "-r", "3", "-o", "json")
    assert.deepStrictEqual(JSON.parse(out), idsOf("fit-1", "fit-2", "fit-3"))
  })

  test("create that is only rehearsed asks nothing", async () => {
    assert.deepStrictEqual(
      missing(await canfar("create", "headless", "skaha/terminal:1.1.2", "-n", "fit", "--dry-run"), "fit"),
      []
    )
    assert.deepStrictEqual(platform.asked, [])
  })

  test("create fails when the platform refuses", async () => {
    const { code, err } = await canfarAs(token, ["create", "headless", "docker.io/library/ubuntu:24.04", "-n", "fit"])
    assert.strictEqual(code, 1)
    assert.deepStrictEqual(missing(err, "Failed to create session(s)."), [])
    assert.deepStrictEqual(await platform.made(), [])
  })

  test("ps lists what is pending or running", async () => {
    const out = await canfar("ps")
    assert.deepStrictEqual(missing(out, ...idsOf("busy", "lab"), "Running", "headless", "notebook"), [])
    assert.lengthOf(missing(out, ...idsOf("done", "broken")), 2)
  })

  test("ps --all lists everything, with its status", async () => {
    assert.deepStrictEqual(
      missing(await canfar("ps", "--all"), ...idsOf("done", "broken", "busy", "lab"), "Completed", "Failed", "Running"),
      []
    )
  })

  test("ps --quiet prints ids", async () => {
    const lines = (await canfar("ps", "--quiet")).split("\n")
    assert.includeMembers(lines, [...idsOf("busy", "lab")])
  })

  test("ps prints what the platform says as JSON", async () => {
    const rows: ReadonlyArray<{ readonly id: string; readonly status: string }> = JSON.parse(
      await canfar("ps", "--all", "--kind", "headless", "-o", "json")
    )
    assert.sameDeepMembers(
      rows.map(({ id, status }) => [id, status]),
      [
        [platform.idOf("done"), "Completed"],
        [platform.idOf("broken"), "Failed"],
        [platform.idOf("busy"), "Running"]
      ]
    )
  })

  test("ps fails with a wrong token", async () => {
    const { code } = await canfarAs("token-of-nobody", ["ps"])
    assert.strictEqual(code, 1)
  })

  test("info shows a session", async () => {
    const out = await canfar("info", ...idsOf("busy"))
    assert.deepStrictEqual(
      missing(out, ...idsOf("busy"), "Running", "alice", "images.canfar.net/skaha/terminal:1.1.2", "0.05 GB"),
      []
    )
  })

  test("info says that there is no such session", async () => {
    const { code, err } = await canfarAs(token, ["info", "nosuch01"])
    assert.strictEqual(code, 0)
    assert.deepStrictEqual(missing(err, "No information found"), [])
  })

  test("logs shows what a session has written", async () => {
    assert.deepStrictEqual(
      missing(await canfar("logs", ...idsOf("done")), ...idsOf("done"), "\u{1f52d} done wrote this", "naïve"),
      []
    )
  })

  test("events shows every row of the platform's table", async () => {
    const out = await canfar("events", ...idsOf("lab"))
    assert.deepStrictEqual(
      missing(out, ...idsOf("lab"), "Scheduled", "Pulled", "Created", "Started", "2026-04-10T15:46:30Z"),
      []
    )
  })

  test("stats shows what is in use", async () => {
    assert.deepStrictEqual(missing(await canfar("stats"), "64", "549.756G"), [])
  })

  test("image ls shows images with their kinds", async () => {
    assert.deepStrictEqual(
      missing(await canfar("image", "ls"), "skaha/terminal:1.1.2", "777777777777", "desktop-app", "images.canfar.net"),
      []
    )
  })

  test("image ls of one kind shows only those", async () => {
    const out = await canfar("image", "ls", "--kind", "notebook")
    assert.deepStrictEqual(missing(out, "skaha/base-notebook:latest"), [])
    assert.notInclude(out, "skaha/terminal:1.1.2")
  })

  test("renew moves an expiry", async () => {
    assert.deepStrictEqual(missing(await canfar("renew", ...idsOf("lab")), "renewed 1 session(s)"), [])
    assert.deepStrictEqual(
      platform.asked.map(({ method, path, query }) => [method, path, query]),
      [["POST", `/v1/session/${platform.idOf("lab")}`, [["action", "renew"]]]]
    )
  })

  test("delete ends sessions", async () => {
    assert.deepStrictEqual(
      missing(await canfar("delete", "--force", ...idsOf("busy", "lab")), ...idsOf("busy", "lab"), "True"),
      []
    )
    assert.sameMembers([...(await platform.gone())], idsOf("busy", "lab"))
  })

  test("delete asks first, and without an answer ends nothing", async () => {
    const { code } = await canfarAs(token, ["delete", ...idsOf("busy")])
    assert.strictEqual(code, 1)
    assert.deepStrictEqual(await platform.gone(), [])
  })

  test("prune ends what is completed", async () => {
    assert.deepStrictEqual(missing(await canfar("prune", "do", "headless", "Completed"), "Deleted 1 sessions"), [])
    assert.deepStrictEqual(await platform.gone(), idsOf("done"))
  })

  test("prune by itself looks for a status that the platform does not have", async () => {
    assert.deepStrictEqual(missing(await canfar("prune", "do"), "Deleted 0 sessions"), [])
    assert.deepStrictEqual(await platform.gone(), [])
  })
})
