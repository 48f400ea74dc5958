import { assert, describe, it } from "@effect/vitest"
import type { SessionSpec } from "@skaha/session"
import * as Arbitrary from "effect/Arbitrary"
import * as Schema from "effect/Schema"
import { checkSpec } from "../src/SessionSpec.ts"
import { between, pick, seeded, textOf } from "./support/properties.ts"

const good: SessionSpec = { name: "fit", image: "skaha/astroml:1" }

const check = (spec: Partial<SessionSpec>) => checkSpec({ ...good, ...spec }, "images.canfar.net")

/** The fields that are reported, in order. */
const problems = (spec: Partial<SessionSpec>): ReadonlyArray<string> => {
  const checked = check(spec)
  return "problems" in checked ? checked.problems.map(({ field }) => field) : []
}

/** What is said about them. */
const messages = (spec: Partial<SessionSpec>): string => {
  const checked = check(spec)
  return "problems" in checked ? checked.problems.map(({ message }) => message).join("\n") : ""
}

const letters = (length: number) => "a".repeat(length)

describe("SessionSpec", () => {
  it("is complete with a name and an image", () => {
    assert.deepStrictEqual(check({}), {
      spec: { name: "fit", image: "images.canfar.net/skaha/astroml:1", kind: "headless", replicas: 1, names: ["fit"] }
    })
  })

  it("keeps what is not asked for absent: flexible cores and RAM, no GPU", () => {
    const checked = check({ cores: undefined })
    assert.isUndefined("spec" in checked ? checked.spec.cores : 0)
  })

  describe("numbers", () => {
    const bounds = [
      ["cores", 256],
      ["ram", 512],
      ["gpus", 28],
      ["replicas", 512]
    ] as const
    const wrong = [0, -1, 0.5, 1.5, NaN, Infinity, -Infinity, 1e300, Number.MIN_VALUE]

    it.each(bounds)("%s from 1 to %d", (field, most) => {
      for (const value of [1, 2, most - 1, most])
        assert.deepStrictEqual(problems({ [field]: value }), [], String(value))
      for (const value of [...wrong, most + 1, most + 0.5]) {
        assert.deepStrictEqual(problems({ [field]: value }), [field], String(value))
        assert.strictEqual(messages({ [field]: value }), `${value} is not a whole number from 1 to ${most}`)
      }
    })

    it.prop(
      "are whole and within their bounds, or reported",
      [
        pick<readonly [field: "cores" | "ram" | "gpus" | "replicas", most: number]>(...bounds),
        Arbitrary.schema(Schema.Finite),
        between(-600, 600)
      ],
      ([[field, most], anything, near]) => {
        const offered = new Set(Array.from({ length: most }, (_, index) => index + 1))
        for (const value of [anything, near, near + 0.5]) {
          assert.deepStrictEqual(problems({ [field]: value }), offered.has(value) ? [] : [field])
        }
      },
      seeded(300)
    )
  })

  describe("names", () => {
    it.each(["a", "A", "7", "a-b", "a--b", "Fit-2", "0-9", letters(63)])("%s", (name) => {
      assert.deepStrictEqual(problems({ name }), [])
    })

    it.each(["", "-", "-a", "a-", "a b", "a_b", "a.b", "a/b", "é", "a\n", " a", letters(64), "名前"])(
      "not %j",
      (name) => {
        assert.deepStrictEqual(problems({ name }), ["name"])
      }
    )

    it("have at most 63 characters, with the number that replicas get", () => {
      assert.deepStrictEqual(problems({ name: letters(61), replicas: 9 }), [])
      assert.deepStrictEqual(problems({ name: letters(61), replicas: 10 }), ["name"])
      assert.deepStrictEqual(problems({ name: letters(60), replicas: 99 }), [])
      assert.deepStrictEqual(problems({ name: letters(59), replicas: 512 }), [])
      assert.deepStrictEqual(problems({ name: letters(60), replicas: 100 }), ["name"])
      assert.deepStrictEqual(problems({ name: letters(61), numbered: "always" }), [])
      assert.deepStrictEqual(problems({ name: letters(62), numbered: "always" }), ["name"])
    })

    it("are numbered from 1 when there are several, or always", () => {
      const namesOf = (spec: Partial<SessionSpec>) => {
        const checked = check(spec)
        return "spec" in checked ? checked.spec.names : []
      }
      assert.deepStrictEqual(namesOf({}), ["fit"])
      assert.deepStrictEqual(namesOf({ numbered: "several" }), ["fit"])
      assert.deepStrictEqual(namesOf({ numbered: "always" }), ["fit-1"])
      assert.deepStrictEqual(namesOf({ replicas: 3 }), ["fit-1", "fit-2", "fit-3"])
      assert.strictEqual(namesOf({ replicas: 512 })[511], "fit-512")
    })

    const isLetter = (character: string) => /[a-z0-9]/i.test(character)

    it.prop(
      "are letters and digits, with hyphens only within",
      [textOf("abzAZ09----_. é\n", 8)],
      ([name]) => {
        const characters = Array.from(name)
        const allowed =
          characters.every((character) => character === "-" || isLetter(character)) &&
          [characters.at(0), characters.at(-1)].every((end) => end !== undefined && isLetter(end))
        assert.deepStrictEqual(problems({ name }), allowed ? [] : ["name"])
      },
      seeded(500)
    )
  })

  it.each(["ubuntu", "a/b/c/d", "a//b", " a/b", ""])("reports the image %j", (image) => {
    assert.deepStrictEqual(problems({ image }), ["image"])
  })

  describe("kinds", () => {
    it.each(["carta", "contributed", "desktop", "firefly", "headless", "notebook"] as const)("%s", (kind) => {
      assert.deepStrictEqual(problems({ kind }), [])
    })

    it.each(["desktop-app", "Notebook", "", "jupyter"])("not %j", (kind) => {
      // What a program in JavaScript might say.
      assert.deepStrictEqual(problems({ kind: kind as "notebook" }), ["kind"])
    })

    it.each(["desktop", "firefly"] as const)("one %s only", (kind) => {
      assert.deepStrictEqual(problems({ kind, replicas: 2 }), ["replicas"])
      assert.deepStrictEqual(problems({ kind, replicas: 1 }), [])
    })

    it.each(["carta", "contributed", "desktop", "firefly", "notebook"] as const)("no program for a %s", (kind) => {
      assert.deepStrictEqual(problems({ kind, cmd: "x", args: "y", env: { A: 1 } }), ["cmd", "args", "env"])
      assert.deepStrictEqual(problems({ kind, cmd: "", args: "", env: {} }), [])
      assert.strictEqual(messages({ kind, cmd: "x" }), "only headless sessions have it")
    })
  })

  describe("variables", () => {
    it.each(["A", "a", "_", "_x9", "A.B", "A-B", "-", ".x"])("named %s", (name) => {
      assert.deepStrictEqual(problems({ env: { [name]: 1 } }), [])
    })

    it.each(["", "1A", "A B", "A=B", "é", "A$", "A\n"])("not named %j", (name) => {
      assert.deepStrictEqual(problems({ env: { [name]: 1 } }), [`env.${name}`])
      assert.deepStrictEqual(problems({ env: { [name]: 1 }, allowUnsafe: true }), [`env.${name}`])
    })

    it("may be numbers and truth values", () => {
      assert.deepStrictEqual(problems({ env: { A: 0, B: -1.5, C: true, D: false } }), [])
    })
  })

  describe("what the platform would lose or break", () => {
    const unsafe: ReadonlyArray<readonly [string, Partial<SessionSpec>]> = [
      ...["$HOME", "a$", "${x}", "$1", "a\\b", 'say "x"', "a\nb", "a\rb"].flatMap((text) => [
        ["cmd", { cmd: text }] as const,
        ["args", { args: text }] as const,
        ["env.A", { env: { A: text } }] as const
      ]),
      ["args", { args: "" }],
      ["args", { args: " a" }],
      ["args", { args: "a " }],
      ["args", { args: "a  b" }],
      ["args", { args: " " }],
      ["env.A", { env: { A: "" } }],
      ["env.A", { env: { A: "b=c" } }],
      ["env.A", { env: { A: "Zm9v==" } }],
      ["env.A", { env: { A: "=" } }]
    ]

    it.each(unsafe)("%s of %j is an error, unless it is asked for", (field, spec) => {
      assert.deepStrictEqual(problems(spec), [field])
      assert.include(messages(spec), "allowUnsafe")
      assert.deepStrictEqual(problems({ ...spec, allowUnsafe: true }), [])
    })

    it.each(["", " ", "\t"])("a cmd of %j is an error in any case", (cmd) => {
      assert.deepStrictEqual(problems({ cmd, allowUnsafe: true }), ["cmd"])
      assert.deepStrictEqual(problems({ cmd }), ["cmd"])
    })

    it("leaves alone what is harmless", () => {
      assert.deepStrictEqual(
        problems({
          cmd: "python3",
          args: "/arc/home/alice/fit.py --seed=7 *.fits ~/out 'a' #x {y} é✨",
          env: { PATHS: "/a:/b", NOTE: "a  b ", TEXT: "it's #1 & more; 100%", X: "星" }
        }),
        []
      )
    })
  })

  it("reports everything at once", () => {
    assert.deepStrictEqual(
      problems({
        name: "a_b",
        image: "ubuntu",
        cores: 0,
        ram: NaN,
        gpus: 29,
        replicas: 513,
        cmd: "$x",
        args: "a  b",
        env: { "1": "x", A: "" }
      }),
      ["name", "image", "cores", "ram", "gpus", "replicas", "env.1", "cmd", "args", "env.A"]
    )
  })

  const choices = {
    name: [["fit"], ["a_b", "", "-"]],
    image: [
      ["a/b", "h.example/a/b/c:1"],
      ["ubuntu", "a//b"]
    ],
    cores: [
      [1, 256, undefined],
      [0, 257, NaN]
    ],
    ram: [
      [1, 512, undefined],
      [0, 513, 2.5]
    ],
    gpus: [
      [1, 28, undefined],
      [29, -1, Infinity]
    ],
    replicas: [
      [1, 512, undefined],
      [0, 513, 1.5]
    ],
    cmd: [
      ["run", undefined],
      ["$x", " "]
    ],
    args: [
      ["a b", undefined],
      [" a", "a\\"]
    ]
  } as const

  const fields = Object.keys(choices) as ReadonlyArray<keyof typeof choices>

  it.prop(
    "reports each wrong field once, and no right one",
    [Arbitrary.array(between(0, 5), { minLength: fields.length, maxLength: fields.length })],
    ([draws]) => {
      const wrong: Array<string> = []
      const spec: Partial<Record<string, unknown>> = {}
      fields.forEach((field, index) => {
        const draw = draws[index] ?? 0
        const isWrong = draw >= 3
        const values = choices[field][isWrong ? 1 : 0]
        spec[field] = values[draw % values.length]
        if (isWrong) wrong.push(field)
      })
      assert.deepStrictEqual([...problems(spec)].toSorted(), wrong.toSorted())
    },
    seeded(500)
  )
})
