import { assert, describe, it } from "@effect/vitest"
import { EmulatorServer } from "@skaha/emulator/node"
import * as ManagedRuntime from "effect/ManagedRuntime"
import { AsyncSession } from "skaha"
import { image, logOf, token, usePlatform } from "./support/platform.ts"
import { programPath, runProgram } from "./support/program.ts"
import { profile, root, server } from "./support/server.ts"
import { until } from "./support/until.ts"

const platform = usePlatform()

/** The address of a platform in one piece. */
const versioned = (url: string) => `${url}${root}`

describe("a process", () => {
  it("ends by itself when the client is closed with calls under way", async () => {
    await platform.fail({ match: {}, action: { _tag: "Never" } })
    const ended = await Promise.all(
      ["in flight", "withResponse"].map((way) => runProgram("leaves.mts", versioned(platform.url), way))
    )
    assert.deepStrictEqual(
      ended,
      ["Cancelled,Cancelled,Cancelled\n", "Cancelled\n"].map((stdout) => ({ code: 0, stdout, stderr: "" }))
    )
  })

  it.each([
    ["its client is never closed", "open", "0\n"],
    ["its client with workers is never closed", "workers", "2\n"],
    ["a stream is left in the middle", "stream", "false\n"]
  ])("ends by itself when %s", async (_, way, stdout) => {
    const ended = await runProgram("leaves.mts", versioned(platform.url), way)
    assert.deepStrictEqual(ended, { code: 0, stdout, stderr: "" })
  })

  it("is kept alive by no call that has ended, nor by one that was aborted", async () => {
    const { code, stdout, stderr } = await runProgram("rests.mts", versioned(platform.url), image)
    assert.deepStrictEqual({ code, stderr }, { code: 0, stderr: "" })
    const calls = ["fetch", "info", "logs", "streamLogs", "waitRunning", "waitCompleted", "waitGone", "watch"].concat([
      "followLogs",
      "timeLeft",
      "diagnose",
      "keepAlive",
      "scoped",
      "runBatch"
    ])
    assert.deepStrictEqual(stdout.trim().split("\n"), [
      ...calls.map((name) => `${name} done`),
      ...calls.map((name) => `${name} aborted Cancelled`)
    ])
  })

  it("needs no more memory for more calls", { timeout: 30_000 }, async () => {
    const { code, stdout, stderr } = await runProgram("lasts.mts", "10000")
    assert.deepStrictEqual({ code, stderr }, { code: 0, stderr: "" })
    // A call that left anything behind would need hundreds of bytes.
    assert.isBelow(Number(stdout), 60)
  })

  it("prints on stdout what is verbose, and logs on stderr", async () => {
    const id = await platform.given({ name: "fit" })
    const { code, stdout, stderr } = await runProgram("prints.mts", versioned(platform.url), id, "unknown")
    assert.strictEqual(code, 0)
    assert.isTrue(stdout.startsWith(`--- ${id}\n${logOf("fit-1")}`), stdout)
    assert.include(stdout, `--- ${id}\nTYPE `)
    const lines = stderr.trim().split("\n")
    assert.strictEqual(lines.length, 1)
    assert.match(lines[0] ?? "", /level=WARN.*events: unknown: no session unknown/)
  })
})

describe("a main job", () => {
  it("runs as a session, launches others, collects what they write, and cleans up", async () => {
    const platform = ManagedRuntime.make(
      EmulatorServer.layerProcess({ token, pending: 0, grace: "100 millis", profile })
    )
    try {
      const { url } = await platform.runPromise(EmulatorServer)
      await using sessions = new AsyncSession({ url: versioned(url), token })
      const [id = ""] = await sessions.create({
        name: "main",
        image,
        cmd: process.execPath,
        args: `${programPath("main.mts")} ${programPath("worker.mjs")}`,
        env: { SKAHA_URL: versioned(url), SKAHA_TOKEN: token, PARTS: 3 },
        errors: "raise"
      })
      const status = async () => (await sessions.info(id, { errors: "raise" }))[0]?.status
      // Looked at once a round: between two looks a session may go from one of these to the other.
      await until(async () => !["Pending", "Running"].includes((await status()) ?? ""))
      assert.deepStrictEqual(await sessions.logs(id), {
        [id]: "parts 10,20,30 sum 60\ndestroyed 2 completed, 1 failed\n"
      })
      assert.strictEqual(await status(), server.completed)
      assert.deepStrictEqual(await sessions.destroy_with("main"), { [id]: true })
      assert.deepStrictEqual(await sessions.fetch(), [])
    } finally {
      await platform.dispose()
    }
  })
})
