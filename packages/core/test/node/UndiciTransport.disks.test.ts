import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { spawn } from "node:child_process"
import { join } from "node:path"
import { serve } from "../support/loopback.ts"
import { folder } from "../support/pems.ts"

const program = `
  import { Settings, Transport } from "@skaha/core"
  import { UndiciTransport } from "@skaha/core/node"
  import * as Effect from "effect/Effect"
  import * as Layer from "effect/Layer"
  const limits = { connect: 5, headers: 5, body: 5 }
  const [, , server, saveAs] = process.argv
  const request = { operation: "o", method: "GET", path: "/", query: "", headers: {}, limits, saveAs }
  const transport = Layer.provide(UndiciTransport.layer, Settings.layer({ server }))
  const reply = Effect.provide(Transport.use(({ send }) => send(request)), transport)
  const told = Effect.match(reply, { onSuccess: ({ saved }) => saved, onFailure: ({ _tag, reason }) => _tag + ": " + reason })
  console.log(await Effect.runPromise(told))`

/** Saves a file in a process whose folder is a small disk; tells what it said, and how much of the file is there. */
const saving = (path: string, size: string, server: string) =>
  Effect.callback<string>((resume) => {
    const script = `mount -t tmpfs -o size=${size} tmpfs "$0"; "$1" --input-type=module -e "$2" -- x "$3" "$0/log"; cd "$0"; wc -c *`
    const own = ["--user", "--map-root-user", "--mount", "sh", "-c", script, path, process.execPath, program, server]
    const child = spawn("unshare", own, {
      cwd: join(import.meta.dirname, "../.."),
      stdio: ["ignore", "pipe", "inherit"]
    })
    let output = ""
    child.stdout.on("data", (piece) => (output += piece))
    child.on("close", () => resume(Effect.succeed(output.trim())))
  })

/** Only Linux gives a process disks of its own. */
const onLinux = process.platform === "linux" ? it.live.each : () => () => undefined

describe("UndiciTransport", () => {
  onLinux([
    ["large enough", "4m", 1_000_000, /^1000000\n1000000 log$/],
    ["too small", "100k", 1_000_000, /^FileUnwritable: the disk is full\n102400 log\.partial$/],
    // The disk takes a part of what it is given, and says nothing before it is given the rest.
    ["too small for the last bytes", "100k", 102_410, /^FileUnwritable: the disk is full\n102400 log\.partial$/]
  ] as const)("saves to a disk that is %s", ([, size, bytes, expected]) =>
    Effect.gen(function* () {
      const server = yield* serve((response) => response.end("x".repeat(bytes)))
      assert.match(yield* saving(yield* folder, size, server.origin), expected)
    })
  )
})
