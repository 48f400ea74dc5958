import { assert } from "@effect/vitest"
import { Effect, Random } from "effect"
import { TestClock } from "effect/testing"
import type { ScriptedOptions } from "../src/index.ts"
import { send } from "./support.ts"

// States of the platform that nobody thought of: steps at random, by the `Random` service, and so under a seed the same
// in every run.

/** One of the values; what is likelier stands there more often. */
const choice = <A>(...values: readonly [A, ...Array<A>]): Effect.Effect<A> => Random.choice(values)

const sometimes = <A>(chance: number, effect: Effect.Effect<A>): Effect.Effect<A | undefined> =>
  Effect.flatMap(Random.next, (roll) => (roll < chance ? effect : Effect.succeed(undefined)))

const host = "images.canfar.net"
const images: Record<string, string> = {
  notebook: "astroml:latest",
  desktop: "desktop:1.2.1",
  carta: "carta:5.1.0",
  contributed: "marimo:latest",
  firefly: "firefly:2025.2"
}
const words = [
  "x",
  "fit.py --fast",
  "été 星",
  "a\u2028b",
  "'q'",
  "5 s",
  "100",
  "",
  " ",
  "$HOME",
  '"',
  "\\t",
  "a\\"
] as const
const oddNames = ["a_b", "-x", "x-", "a".repeat(64), "", "é"] as const

/** Whatever a form may say. Each field is right more often than not, so that most sessions come to be. */
const anyForm = Effect.gen(function* () {
  const form: Array<readonly [string, string]> = []
  const add = (name: string, value: string | undefined) => {
    if (value !== undefined) form.push([name, value])
  }
  const type = yield* Random.next.pipe(
    Effect.flatMap((roll) =>
      roll < 0.9
        ? choice(undefined, "headless", "headless", "headless", ...Object.keys(images))
        : choice(" Desktop ", "desktop-app", "spark", "")
    )
  )
  add("type", type)
  add(
    "image",
    (yield* Random.next) < 0.8
      ? `${host}/skaha/${images[type ?? ""] ?? "terminal:1.1.2"}`
      : yield* choice(
          `${host}/skaha/desktop:1.2.1`,
          `${host}/privé/星:1`,
          `${host}/a\u2028b&<=>:1`,
          `${host}.evil/x:1`,
          "docker.io/x:1",
          undefined
        )
  )
  const odd = yield* choice(...words)
  add("name", (yield* sometimes(0.8, choice("x", "Fit-1", "0", "a".repeat(63)))) ?? (yield* choice(...oddNames)))
  add("cores", yield* sometimes(0.4, choice("1", "2", "16", "2.5", "1.25", " 2 ", "2d", "1e0", "0.5", "17", "two", "")))
  add("ram", yield* sometimes(0.4, choice("1", "4", "4", "8", "192", "4.5", "1.001", "3", "-1", "")))
  add("gpus", yield* sometimes(0.3, choice("1", "28", "", "+2", "0", "1.0")))
  add("cmd", yield* sometimes(0.8, choice("echo", "sleep", "sleep", "false", "false", "no-such", odd)))
  add("args", yield* sometimes(0.7, choice("10", "1h", "20d", "hello  world ", odd)))
  if ((yield* Random.next) < 0.3) add("env", yield* choice("A=b", "A=b=c", "A=Zm9v==", "A", "=b", "é=", `A=${odd}`))
  return form
})

const anyAuth: Effect.Effect<Record<string, string>> = Effect.map(
  choice(undefined, btoa("alice:secret"), btoa("alice:secret"), btoa("alice"), "abc"),
  (secret) => (secret === undefined ? {} : { "x-skaha-registry-auth": secret })
)

interface Known {
  /** Of sessions and apps there were, so that some are gone by now. */
  readonly ids: Array<string>
  readonly apps: Array<readonly [id: string, appId: string]>
}

export const nothingKnown = (): Known => ({ ids: [], apps: [] })

const anyId = (known: Known): Effect.Effect<string> =>
  Effect.flatMap(Random.next, (roll) => {
    const [first, ...others] = known.ids
    return roll < 0.1 || first === undefined ? choice("nosuch01", "A-b", "a%20b") : choice(first, ...others)
  })

/** Somebody else, of whose sessions the first user sees little. */
const stranger = { name: "carol", token: "carol" }

const create = Effect.fnUntraced(function* (sessions: string, known: Known) {
  const authorization = (yield* Random.next) < 0.15 ? { authorization: `Bearer ${stranger.token}` } : {}
  const answer = yield* send("POST", sessions, { form: yield* anyForm, headers: yield* anyAuth, ...authorization })
  if (answer.status === 200) known.ids.push(answer.text.trim())
  return answer
})

const createApp = Effect.fnUntraced(function* (sessions: string, known: Known) {
  const id = yield* anyId(known)
  const form: Array<[string, string]> = [
    ["image", yield* choice(`${host}/skaha/Terminal_x:1.1.2`, "elsewhere/é&=/x:1", "x", "")]
  ]
  const cores = yield* sometimes(0.5, choice("1", "2.5", "0"))
  const ram = yield* sometimes(0.5, choice("4", "1.5", "3"))
  if (cores !== undefined) form.push(["cores", cores])
  if (ram !== undefined) form.push(["ram", ram])
  const answer = yield* send("POST", `${sessions}/${id}/app`, { form })
  if (answer.status === 200) known.apps.push([id, answer.text.trim()])
  return answer
})

const renew = Effect.fnUntraced(function* (sessions: string, known: Known) {
  const action = yield* choice("renew", "renew", "Renew", "stop", "")
  return yield* send("POST", `${sessions}/${yield* anyId(known)}`, { form: { action } })
})

const destroy = Effect.fnUntraced(function* (sessions: string, known: Known) {
  return yield* send("DELETE", `${sessions}/${yield* anyId(known)}`)
})

const destroyApp = Effect.fnUntraced(function* (sessions: string, known: Known) {
  const [id, appId] = yield* Random.choice([...known.apps, ["nosuch01", "a1b"] as const])
  return yield* send("DELETE", `${sessions}/${id}/app/${appId}`)
})

const second = 1000
const day = 86_400 * second

/** From a millisecond to weeks, as likely short as long. */
const wait = Effect.flatMap(
  Random.choice([1, 999, second, 14 * second, 60 * second, 3600 * second, day, 5 * day]),
  (most) => Effect.flatMap(Random.nextIntBetween(1, 3 * most), (millis) => TestClock.adjust(millis))
)

const operations = [create, create, create, create, createApp, createApp, renew, destroy, destroyApp] as const

/** One step: a request that may change something, or time that passes. What is refused has changed nothing. */
export const step = Effect.fnUntraced(function* (sessions: string, known: Known) {
  if ((yield* Random.next) < 0.3) return yield* wait
  const everything = Effect.all([send("GET", sessions), send("GET", `${sessions}?type=desktop-app`)])
  const before = yield* everything
  const operation = yield* Random.choice(operations)
  const { reply, status, text } = yield* operation(sessions, known)
  if (status === 200) return
  assert.include([400, 403, 404, 500], status, text)
  assert.strictEqual(reply.headers["Content-Type"], "text/plain")
  assert.strictEqual(text.endsWith("\n"), status !== 500, text)
  assert.deepStrictEqual(
    (yield* everything).map((answer) => answer.text),
    before.map((answer) => answer.text)
  )
})

const digest = `sha256:${"0123456789abcdef".repeat(4)}`

const oddImages = [
  { id: `${host}/skaha/terminal:1.1.2`, types: ["headless", "étoile", "a\u2029b", ""], digest },
  { id: `${host}/nothing:1`, types: [], digest }
]

/** How an installation may be set up. */
export const anyOptions: Effect.Effect<ScriptedOptions> = Effect.gen(function* () {
  return {
    seed: yield* Random.nextIntBetween(0, 1_000_000),
    user: yield* choice("alice", "bob_o.neill", "A-b"),
    users: [stranger],
    pending: yield* choice(0, 2, 90),
    maxInteractiveSessions: yield* choice(2, 5, 1000),
    hosts: yield* choice([host], [host, "", "docker.io"], [host, "registry.example.org"]),
    images: yield* choice(undefined, undefined, undefined, oddImages),
    capacity: yield* choice(undefined, { cores: 12.5, ram: 100.1 }),
    limitRange: yield* choice(undefined, {
      defaultRequest: { cores: 2, ram: 2.5 },
      default: { cores: 2, ram: 2.5 },
      max: { cores: 16, ram: 9.75 }
    })
  }
})
