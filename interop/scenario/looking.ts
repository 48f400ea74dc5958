import type { Chapter, Given, Step } from "./Step.ts"

const given: ReadonlyArray<Given> = [
  { name: "done" },
  { name: "broken", cmd: "fail" },
  { name: "busy", cmd: "stay" },
  { name: "lab", kind: "notebook" },
  { name: "desk", kind: "desktop" }
]

const fetch = (
  name: string,
  args: NonNullable<Step["with"]>,
  more: Omit<Step, "name" | "call" | "with"> = {}
): Step => ({
  name: `fetch: ${name}`,
  call: "sessions.fetch",
  with: args,
  ...more
})

const listing: Chapter = {
  title: "lists",
  given,
  steps: [
    fetch("all while they are pending", {}),
    fetch("all", {}, { after: 60 }),
    fetch("measured", {}, { after: 60 }),
    fetch("one kind", { kind: "headless" }),
    fetch("a kind of which there is none", { kind: "carta" }),
    fetch("a kind that does not exist", { kind: "spark" }),
    fetch("an empty kind", { kind: "" }),
    fetch("contributed ones", { kind: "contributed" }),
    fetch("desktop apps", { kind: "desktop-app" }),
    fetch("running ones", { status: "Running" }),
    fetch("running ones in lower case", { status: "running" }),
    fetch("pending ones", { status: "Pending" }),
    fetch("terminating ones", { status: "Terminating" }),
    fetch("succeeded ones", { status: "Succeeded" }),
    fetch("completed ones", { status: "Completed" }),
    fetch("failed ones", { status: "Failed" }),
    fetch("ones with an error", { status: "Error" }),
    fetch("an empty status", { status: "" }),
    fetch("kind and status", { kind: "notebook", status: "Running" }),
    fetch("what everybody may see", { view: "all" }),
    fetch("what everybody may see of a kind", { view: "all", kind: "headless" }),
    fetch("interactive ones", { view: "interactive" }),
    fetch("an unknown argument", { colour: "red" }),
    { name: "stats: the platform", call: "sessions.stats" }
  ]
}

const empty: Chapter = {
  title: "a platform without sessions",
  steps: [fetch("nothing", {}), { name: "stats: nothing", call: "sessions.stats" }]
}

const each = (
  call: "info" | "logs" | "events",
  name: string,
  args: NonNullable<Step["with"]>,
  more: Omit<Step, "name" | "call" | "with"> = {}
): Step => ({ name: `${call}: ${name}`, call: `sessions.${call}`, with: args, ...more })

const detailsOf = (call: "info" | "logs" | "events"): ReadonlyArray<Step> => [
  each(call, "a pending one", { ids: "@busy" }),
  each(call, "one", { ids: "@done" }, { after: 60 }),
  each(call, "several", { ids: ["@done", "@broken", "@busy", "@lab"] }),
  each(call, "a list of one", { ids: ["@lab"] }),
  each(call, "none", { ids: [] }),
  each(call, "the same twice", { ids: ["@done", "@done"] }),
  each(call, "an unknown one", { ids: "nosuch01" }),
  each(call, "known and unknown ones", { ids: ["@done", "nosuch01", "@lab"] }),
  each(call, "known and unknown ones, raising", { ids: ["@done", "nosuch01"], errors: "raise" }, { only: "canfar" }),
  each(call, "several, raising", { ids: ["@done", "@lab"], errors: "raise" }, { only: "canfar" }),
  each(call, "an id that leaves the path", { ids: "../repository" }),
  each(call, "an empty id", { ids: "" }),
  each(call, "an unknown argument", { ids: "@done", colour: "red" })
]

const verbose = (call: "logs" | "events"): ReadonlyArray<Step> => [
  each(call, "one, verbose", { ids: "@done", verbose: true }),
  each(call, "two, verbose", { ids: ["@done", "@busy"], verbose: true }),
  each(call, "an unknown one, verbose", { ids: "nosuch01", verbose: true }),
  each(call, "none, verbose", { ids: [], verbose: true })
]

export const looking: ReadonlyArray<Chapter> = [
  listing,
  empty,
  { title: "info", given, steps: detailsOf("info") },
  { title: "logs", given, steps: [...detailsOf("logs"), ...verbose("logs")] },
  { title: "events", given, steps: [...detailsOf("events"), ...verbose("events")] }
]
