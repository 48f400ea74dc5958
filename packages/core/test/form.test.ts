import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Effect from "effect/Effect"
import { spawnSync } from "node:child_process"
import { urlencode, type Parameters } from "../src/internal/form.ts"
import { anyText, seeded, wellFormed } from "./support/properties.ts"
import { recordedVectors } from "./support/recordedVectors.ts"

/** The same by its definition, byte for byte. */
const defined = (parameters: Parameters): string => {
  const unreserved = /^[A-Za-z0-9_.\-~]$/
  const encode = (text: string) =>
    Array.from(new TextEncoder().encode(text), (byte) => {
      const character = String.fromCharCode(byte)
      if (byte === 0x20) return "+"
      return unreserved.test(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`
    }).join("")
  return parameters.map(([name, value]) => `${encode(name)}=${encode(value)}`).join("&")
}

const parametersOf = (text: Arbitrary.Arbitrary<string>) =>
  Arbitrary.array(Arbitrary.all([text, text]), { maxLength: 4 })

const script = `
import json, sys
from urllib.parse import urlencode
json.dump([urlencode([tuple(pair) for pair in pairs]) for pairs in json.load(sys.stdin)], sys.stdout)
`

const python = (batch: ReadonlyArray<Parameters>) =>
  spawnSync("python3", ["-c", script], { input: JSON.stringify(batch), encoding: "utf8" })

const hasPython = spawnSync("python3", ["--version"]).status === 0

describe("urlencode", () => {
  it.each(recordedVectors.map(({ parameters, encoded }) => [parameters, encoded] as const))(
    "writes %j as Python did",
    (parameters, encoded) => {
      assert.strictEqual(urlencode(parameters), encoded)
    }
  )

  it("writes the create of the Python client byte for byte", () => {
    assert.strictEqual(
      urlencode([
        ["name", "my job"],
        ["image", "images.canfar.net/a/b:latest"],
        ["cores", "2"],
        ["type", "headless"],
        ["args", '-c "x y"'],
        ["env", "X=a b&c=d/é+"],
        ["env", "REPLICA_ID=1"],
        ["env", "REPLICA_COUNT=1"]
      ]),
      "name=my+job&image=images.canfar.net%2Fa%2Fb%3Alatest&cores=2&type=headless&args=-c+%22x+y%22" +
        "&env=X%3Da+b%26c%3Dd%2F%C3%A9%2B&env=REPLICA_ID%3D1&env=REPLICA_COUNT%3D1"
    )
  })

  it("encodes the asterisk and leaves the tilde, unlike URLSearchParams", () => {
    assert.strictEqual(urlencode([["~*", "*~"]]), "~%2A=%2A~")
    assert.notStrictEqual(urlencode([["~*", "*~"]]), new URLSearchParams([["~*", "*~"]]).toString())
  })

  it("sends U+FFFD for half a surrogate pair", () => {
    assert.strictEqual(urlencode([["x", "a\ud83db\ude80"]]), "x=a%EF%BF%BDb%EF%BF%BD")
  })

  it.prop(
    "is what its definition says",
    [parametersOf(anyText)],
    ([parameters]) => {
      assert.strictEqual(urlencode(parameters), defined(parameters))
    },
    seeded(300)
  )

  it.prop(
    "can be read back",
    [parametersOf(wellFormed)],
    ([parameters]) => {
      assert.deepStrictEqual(Array.from(new URLSearchParams(urlencode(parameters))), parameters)
    },
    seeded(300)
  )

  it.effect(
    hasPython ? "agrees with python3 on many texts" : "agrees with python3 as recorded (there is none here)",
    () =>
      Effect.gen(function* () {
        const random = yield* Arbitrary.sampleEffect(parametersOf(wellFormed), { count: 500, seed: 20260117 })
        const batch = [...recordedVectors.map(({ parameters }) => parameters), ...random]
        const { stdout } = python(batch)
        const expected: ReadonlyArray<string> = hasPython
          ? JSON.parse(stdout)
          : recordedVectors.map(({ encoded }) => encoded)
        assert.deepStrictEqual(batch.slice(0, expected.length).map(urlencode), [...expected])
        assert.isAtLeast(expected.length, recordedVectors.length)
      })
  )
})
