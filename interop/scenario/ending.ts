import type { Chapter, Given, Step } from "./Step.ts"

const destroy = (
  name: string,
  args: NonNullable<Step["with"]>,
  more: Omit<Step, "name" | "call" | "with"> = {}
): Step => ({
  name: `destroy: ${name}`,
  call: "sessions.destroy",
  with: args,
  ...more
})

const destroying: Chapter = {
  title: "destroy",
  given: ["a", "b", "c", "d", "e"].map((name) => ({ name, cmd: "stay" })),
  steps: [
    destroy("one", { ids: "@a" }),
    destroy("it again", { ids: "@a" }),
    destroy("an unknown one", { ids: "nosuch01" }),
    destroy("known and unknown ones", { ids: ["@b", "nosuch01", "@c"] }),
    destroy("the same twice", { ids: ["@d", "@d"] }),
    destroy("none", { ids: [] }),
    destroy("what is no id", { ids: "not an id" }),
    destroy("an unknown argument", { ids: "@e", colour: "red" })
  ]
}

const withPrefix = (
  name: string,
  args: NonNullable<Step["with"]>,
  more: Omit<Step, "name" | "call" | "with"> = {}
): Step => ({ name: `destroy_with: ${name}`, call: "sessions.destroy_with", with: args, ...more })

const batch: ReadonlyArray<Given> = [
  { name: "fit-a" },
  { name: "fit-b" },
  { name: "fit-c", cmd: "fail" },
  { name: "fit-d", cmd: "stay" },
  { name: "plot-1" },
  { name: "plot-2" },
  { name: "xplot-3" },
  { name: "fit-lab", kind: "notebook" },
  { name: "other-lab", kind: "notebook" },
  { name: "a-b" }
]

const destroyingWith: Chapter = {
  title: "destroy_with",
  given: batch,
  steps: [
    withPrefix("a prefix while all are pending", { prefix: "fit" }),
    withPrefix("a prefix", { prefix: "fit" }, { after: 60 }),
    withPrefix("no match", { prefix: "nothing" }),
    withPrefix("a prefix in capitals", { prefix: "PLOT" }),
    withPrefix("the end of a name", { prefix: "lab" }),
    withPrefix("running notebooks", { prefix: "fit", kind: "notebook", status: "Running" }),
    withPrefix("failed ones", { prefix: "fit", status: "Failed" }),
    withPrefix("a prefix with a dot", { prefix: "a.b" }),
    withPrefix("completed ones by name", { prefix: "plot-1", status: "Completed" }),
    withPrefix("succeeded ones by name", { prefix: "plot-2", status: "Succeeded" }),
    withPrefix("a broken pattern", { prefix: "fit(" }),
    withPrefix("an empty prefix", { prefix: "" }),
    withPrefix("an unknown argument", { prefix: "xplot", colour: "red" })
  ]
}

const renew = (name: string, args: NonNullable<Step["with"]>, after = 0): Step => ({
  name: `renew: ${name}`,
  call: "sessions.renew",
  with: args,
  only: "canfar",
  after
})

const connect = (name: string, args: NonNullable<Step["with"]>, after = 0): Step => ({
  name: `connect: ${name}`,
  call: "sessions.connect",
  with: args,
  only: "canfar",
  after
})

const open: ReadonlyArray<Given> = [
  { name: "lab", kind: "notebook" },
  { name: "desk", kind: "desktop" },
  { name: "chart", kind: "carta" },
  { name: "done" },
  { name: "busy", cmd: "stay" }
]

const renewing: Chapter = {
  title: "renew and connect",
  given: open,
  steps: [
    connect("a pending one", { ids: "@lab" }),
    renew("a pending one", { ids: "@lab" }),
    renew("one", { ids: "@lab" }, 86_400),
    renew("several", { ids: ["@lab", "@desk", "@busy"] }),
    renew("one that is done", { ids: "@done" }),
    renew("an unknown one", { ids: "nosuch01" }),
    renew("known and unknown ones", { ids: ["@chart", "nosuch01"] }),
    renew("known and unknown ones, raising", { ids: ["@chart", "nosuch01"], errors: "raise" }),
    renew("none", { ids: [] }),
    { name: "info: renewed ones", call: "sessions.info", with: { ids: ["@lab", "@desk"] }, only: "canfar" },
    connect("one", { ids: "@lab" }),
    connect("several", { ids: ["@lab", "@desk", "@chart"] }),
    connect("a headless one", { ids: ["@busy"] }),
    connect("an unknown one", { ids: "nosuch01" }),
    connect("none", { ids: [] })
  ]
}

export const ending: ReadonlyArray<Chapter> = [destroying, destroyingWith, renewing]
