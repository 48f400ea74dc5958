import { assert, describe, it } from "@effect/vitest"
import type { Configuration } from "@skaha/core/node"
import * as Arbitrary from "effect/Arbitrary"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { handwrittenFile, home, pythonFile } from "../support/configurations.ts"
import { oneOf, pick, seeded, wellFormed } from "../support/properties.ts"
import { anyConfiguration, revealed } from "../support/randomConfigurations.ts"
import { assertHides } from "../support/secrets.ts"

const ownFile = `{"version": 1, "servers": {"canfar": {"auths": ["x509"]}}, "console": {"colour": false, "width": 3}}`

/** One value that stands on a line of its own in {@link pythonFile}, and the line. */
const oneValue: ReadonlyArray<readonly [line: string, change: (now: Configuration, text: string) => Configuration]> = [
  [
    "      token_type: ",
    (now, tokenType) => {
      const { srcnet } = now.authentication
      return srcnet?.mode === "oidc"
        ? {
            ...now,
            authentication: { ...now.authentication, srcnet: { ...srcnet, token: { ...srcnet.token, tokenType } } }
          }
        : now
    }
  ],
  [
    "      secret: ",
    (now, secret) => {
      const { srcnet } = now.authentication
      const client = { identity: "0a1b2c3d", secret: Redacted.make(secret) }
      return srcnet?.mode === "oidc"
        ? { ...now, authentication: { ...now.authentication, srcnet: { ...srcnet, client } } }
        : now
    }
  ],
  [
    "    path: ",
    (now, path) => ({
      ...now,
      authentication: { ...now.authentication, cadc: { idp: "cadc", mode: "x509", path, expiry: 1767225600.5 } }
    })
  ],
  ["  width: ", (now, text) => ({ ...now, console: { ...now.console, width: text.length + 1 } })]
]

describe("ConfigurationFile, whatever is written", () => {
  it.live.prop(
    "says afterwards what it was told, whatever it said before",
    [
      oneOf(pick(undefined, pythonFile, handwrittenFile, ownFile), Arbitrary.Constant(undefined)),
      Arbitrary.array(anyConfiguration, { minLength: 1, maxLength: 3 })
    ],
    ([before, all]) =>
      Effect.gen(function* () {
        const { file, text } = yield* home(before)
        for (const next of all) {
          const said = yield* file.update(() => next)
          assert.deepStrictEqual(revealed(said), revealed(next), text())
          assert.deepStrictEqual(revealed(yield* file.read), revealed(next), text())
        }
        // What others have written is there as long as what it belongs to.
        if (before === handwrittenFile) assert.include(text(), "# my platforms\nversion: 1\n")
        if (before === handwrittenFile || before === ownFile) assert.match(text(), /"?colour"?: false/)
      }).pipe(Effect.scoped),
    seeded(80)
  )

  it.live.prop(
    "changes one line for one value",
    [pick(...oneValue), wellFormed],
    ([[line, change], value]) =>
      Effect.gen(function* () {
        const { file, text } = yield* home(pythonFile)
        yield* file.update((now) => change(now, value))
        const [before, after] = [pythonFile.split("\n"), text().split("\n")]
        assert.strictEqual(after.length, before.length)
        const others = before.map((old, index) => (after[index] === old ? "" : old)).filter((old) => old !== "")
        assert.isAtMost(others.length, 1)
        for (const other of others) assert.isTrue(other.startsWith(line))
      }).pipe(Effect.scoped),
    seeded(80)
  )

  it.live.prop(
    "shows nothing of a file that is broken anywhere",
    [pick(pythonFile, handwrittenFile), wellFormed, wellFormed],
    ([good, junk, more]) =>
      Effect.gen(function* () {
        const lines = good.split("\n")
        const at = junk.length % lines.length
        const broken = [...lines.slice(0, at), `${junk} hunter2${more}`, ...lines.slice(at)].join("\n")
        const { file, text } = yield* home(broken)
        const exit = yield* Effect.exit(file.update((now) => ({ ...now, console: { width: 1, banner: false } })))
        assertHides(exit, "hunter2")
        if (exit._tag === "Failure") assert.strictEqual(text(), broken)
      }).pipe(Effect.scoped),
    seeded(80)
  )
})
