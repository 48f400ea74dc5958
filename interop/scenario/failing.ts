import type { Fault } from "@skaha/emulator"
import type { Call, Chapter, Given, Step } from "./Step.ts"

const given: ReadonlyArray<Given> = [
  { name: "one", cmd: "stay" },
  { name: "two", cmd: "stay" },
  { name: "three", kind: "notebook" }
]

const everybody = ["@one", "@two", "@three"]
const image = "images.canfar.net/skaha/terminal:1.1.2"

const busy: Fault = { match: {}, action: { _tag: "Reply", status: 503, body: "temporarily unavailable: null\n" } }
const broken: Fault = { match: {}, action: { _tag: "Reply", status: 500, body: "unexpected exception: null" } }
const reset: Fault = { match: {}, action: { _tag: "Reset" } }
const silent: Fault = { match: {}, action: { _tag: "Never" } }
const moved: Fault = { match: {}, action: { _tag: "Reply", status: 302, headers: { Location: "http://127.0.0.1:9/" } } }
const cut: Fault = { match: {}, action: { _tag: "Truncate", bytes: 20 } }
const page: Fault = {
  match: {},
  action: { _tag: "Reply", status: 200, headers: { "Content-Type": "text/html" }, body: "<html>Sign in</html>" }
}

const bareRow: Fault = {
  match: {},
  action: {
    _tag: "Reply",
    status: 200,
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify([
      { userid: "alice", type: "headless", status: "Running" },
      { id: "abcd1234", userid: "alice", type: "headless", status: "Running" }
    ])
  }
}

const step = (
  name: string,
  call: Call,
  faults: ReadonlyArray<Fault>,
  args: NonNullable<Step["with"]> = {},
  more: Omit<Step, "name" | "call" | "with" | "faults"> = {}
): Step => ({ name: `failure: ${name}`, call, with: args, faults, ...more })

const raising = { ids: everybody, errors: "raise" }

const failures: Chapter = {
  title: "failures",
  given,
  steps: [
    step("a busy server when listing", "sessions.fetch", [busy]),
    step("a broken server when listing", "sessions.fetch", [broken]),
    step("a reset when listing", "sessions.fetch", [reset]),
    step("a redirect when listing", "sessions.fetch", [moved]),
    step("a cut list", "sessions.fetch", [cut]),
    step("a page instead of a list", "sessions.fetch", [page]),
    step("a row without an id", "sessions.fetch", [bareRow]),
    step("no answer", "sessions.fetch", [silent], {}, { client: { timeout: 1 } }),
    step("a busy server, stats", "sessions.stats", [busy]),
    step("a busy server, info", "sessions.info", [busy], { ids: everybody }),
    step("a reset, info", "sessions.info", [reset], { ids: everybody }),
    step("a page, info", "sessions.info", [page], { ids: "@one" }),
    step("a cut reply, info", "sessions.info", [cut], { ids: ["@one"] }),
    step("a busy server, logs", "sessions.logs", [busy], { ids: everybody }),
    step("a busy server, events", "sessions.events", [busy], { ids: everybody }),
    step("a busy server, destroy", "sessions.destroy", [busy], { ids: everybody }),
    step("a reset, destroy", "sessions.destroy", [reset], { ids: everybody }),
    step("a busy server, destroy_with", "sessions.destroy_with", [busy], { prefix: "one", status: "Pending" }),
    step("a broken server, one create", "sessions.create", [broken], { name: "lost", image }),
    step("a reset, one create", "sessions.create", [reset], { name: "lost", image }),
    step("a busy server, three creates", "sessions.create", [busy], { name: "lost", image, replicas: 3 }),
    step("a busy server, info, raising", "sessions.info", [busy], raising, { only: "canfar" }),
    step("a busy server, logs, raising", "sessions.logs", [busy], raising, { only: "canfar" }),
    step("a busy server, events, raising", "sessions.events", [busy], raising, { only: "canfar" }),
    step("a reset, destroy, raising", "sessions.destroy", [reset], raising, { only: "canfar" }),
    step("a busy server, renew", "sessions.renew", [busy], { ids: everybody }, { only: "canfar" }),
    step("a busy server, connect", "sessions.connect", [busy], { ids: everybody }, { only: "canfar" }),
    step(
      "a broken server, two creates, raising",
      "sessions.create",
      [{ ...broken, match: { method: "POST" } }],
      { name: "lost", image, replicas: 2, errors: "raise" },
      { only: "canfar" }
    ),
    step(
      "one of three creates is broken",
      "sessions.create",
      [{ match: { method: "POST", every: 2 }, action: broken.action }],
      { name: "partly", image, replicas: 3 },
      { byChance: "which" }
    )
  ]
}

const atTwo: Fault = { match: { ids: ["@two"] }, action: broken.action }

const oneOfSeveral = (call: "info" | "logs" | "events" | "destroy", more: Partial<Step> = {}): Step => ({
  name: `failure: one of several is broken, ${call}${more.only === undefined ? "" : ", raising"}`,
  call: `sessions.${call}`,
  with: more.only === undefined ? { ids: everybody } : raising,
  faults: [atTwo],
  ...more
})

const partial: Chapter = {
  title: "failures of one of several",
  given,
  steps: (["info", "logs", "events", "destroy"] as const).flatMap((call) => [
    oneOfSeveral(call, { only: "canfar" }),
    oneOfSeveral(call)
  ])
}

export const failing: ReadonlyArray<Chapter> = [failures, partial]
