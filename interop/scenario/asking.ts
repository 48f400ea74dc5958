import type { Fault } from "@skaha/emulator"
import type { Call, Chapter, Step } from "./Step.ts"

const image = "images.canfar.net/skaha/terminal:1.1.2"

const step = (name: string, call: Call, more: Omit<Step, "name" | "call"> = {}): Step => ({ name, call, ...more })

/** Another answer than the platform's own. */
const instead = (path: string, body: string, contentType: string): ReadonlyArray<Fault> => [
  { match: { path }, action: { _tag: "Reply", status: 200, headers: { "Content-Type": contentType }, body } }
]

const availability = (content: string) =>
  instead(
    "/availability",
    `<vosi:availability xmlns:vosi="http://www.ivoa.net/xml/VOSIAvailability/v1.0">${content}</vosi:availability>`,
    "text/xml"
  )

const busy: ReadonlyArray<Fault> = [{ match: {}, action: { _tag: "Reply", status: 503, body: "busy\n" } }]

const withoutDigest = JSON.stringify([
  { id: image, types: ["headless"], digest: "sha256:1" },
  { id: "images.canfar.net/skaha/bare:1", types: [] }
])

const platform: Chapter = {
  title: "the platform",
  steps: [
    step("images: all", "images.fetch"),
    step("images: one kind", "images.fetch", { with: { kind: "headless" } }),
    step("images: an empty kind", "images.fetch", { with: { kind: "" } }),
    step("images: an unknown kind", "images.fetch", { with: { kind: "spark" } }),
    step("images: a busy server", "images.fetch", { faults: busy }),
    step("images: details", "images.details", { only: "canfar" }),
    step("images: one without digest", "images.details", {
      only: "canfar",
      faults: instead("/v1/image", withoutDigest, "application/json")
    }),
    step("context: resources", "context.resources"),
    step("context: a busy server", "context.resources", { faults: busy }),
    step("overview: available", "overview.availability"),
    step("overview: not available", "overview.availability", {
      faults: availability("<vosi:available>false</vosi:available><vosi:note>down</vosi:note>")
    }),
    step("overview: without a note", "overview.availability", {
      faults: availability("<vosi:available>true</vosi:available>")
    }),
    step("overview: without a word", "overview.availability", { faults: availability("") }),
    step("overview: an empty reply", "overview.availability", { faults: instead("/availability", "", "text/xml") }),
    step("overview: a busy server", "overview.availability", { faults: busy })
  ]
}

const wrong = { client: { token: "token-of-nobody" } }

const credentials: Chapter = {
  title: "credentials",
  given: [{ name: "one", cmd: "stay" }],
  steps: [
    step("wrong token: fetch", "sessions.fetch", wrong),
    step("wrong token: stats", "sessions.stats", wrong),
    step("wrong token: info", "sessions.info", { ...wrong, with: { ids: "@one" } }),
    step("wrong token: logs", "sessions.logs", { ...wrong, with: { ids: ["@one", "nosuch01"] } }),
    step("wrong token: events", "sessions.events", { ...wrong, with: { ids: "@one" } }),
    step("wrong token: create", "sessions.create", { ...wrong, with: { name: "two", image } }),
    step("wrong token: three creates", "sessions.create", { ...wrong, with: { name: "two", image, replicas: 3 } }),
    step("wrong token: destroy", "sessions.destroy", { ...wrong, with: { ids: "@one" } }),
    step("wrong token: destroy_with", "sessions.destroy_with", { ...wrong, with: { prefix: "one" } }),
    step("wrong token: renew", "sessions.renew", { ...wrong, with: { ids: "@one" }, only: "canfar" }),
    step("wrong token: info, raising", "sessions.info", {
      ...wrong,
      with: { ids: "@one", errors: "raise" },
      only: "canfar"
    }),
    step("wrong token: images", "images.fetch", wrong),
    step("wrong token: context", "context.resources", wrong),
    step("no token: fetch", "sessions.fetch", { client: { token: null } }),
    step("no token: info", "sessions.info", { client: { token: null }, with: { ids: "@one" } })
  ]
}

const settings: Chapter = {
  title: "settings",
  steps: [
    step("settings: an unknown option", "sessions.fetch", { client: { colour: "red" } }),
    step("settings: 128 requests at once", "sessions.fetch", { client: { concurrency: 128 } }),
    step("settings: 256 requests at once", "sessions.fetch", { client: { concurrency: 256 } }),
    step("settings: 257 requests at once", "sessions.fetch", { client: { concurrency: 257 } })
  ]
}

export const asking: ReadonlyArray<Chapter> = [platform, credentials, settings]
