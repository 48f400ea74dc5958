import type { Fault } from "@skaha/emulator"
import type { Chapter, Step } from "./Step.ts"

const image = "images.canfar.net/skaha/terminal:1.1.2"
const notebook = "images.canfar.net/skaha/base-notebook:latest"

const create = (
  name: string,
  args: NonNullable<Step["with"]>,
  more: Omit<Step, "name" | "call" | "with"> = {}
): Step => ({
  name: `create: ${name}`,
  call: "sessions.create",
  with: { image, ...args },
  ...more
})

const refused = (message: string): ReadonlyArray<Fault> => [
  { match: { method: "POST" }, action: { _tag: "Reply", status: 400, body: `${message}\n` } }
]

const registry: Pick<Step, "client"> = { client: { registry: { username: "alice", secret: "s3cret" } } }

const headless: Chapter = {
  title: "headless sessions",
  steps: [
    create("one", { name: "one", cores: 2, ram: 4 }),
    create("with its own defaults", { name: "defaults" }, { ownDefaults: true }),
    create("with cores alone", { name: "cores", cores: 8 }),
    create("with GPUs", { name: "gpus", cores: 4, ram: 16, gpu: 2 }),
    create("a program", { name: "program", cmd: "fit.py", args: "-n 3 a/b" }),
    create("variables", { name: "variables", env: { TEXT: "x y é+&", NUMBER: 5, REPLICA_ID: "mine" } }),
    create("a variable that is a boolean", { name: "boolean", env: { FLAG: true } }),
    create("three", { name: "three", replicas: 3, cmd: "fit.py", env: { A: "b" } }, { byChance: "order" }),
    create("a short image", { name: "short", image: "skaha/terminal:1.1.2" }),
    create("a short image without tag", { name: "untagged", kind: "notebook", image: "skaha/base-notebook" }),
    create("a name in capitals", { name: "Capitals" }),
    create("a private image", { name: "private", image: "images.canfar.net/private/thing:1" }, registry),
    {
      name: "fetch: with registry credentials",
      call: "sessions.fetch",
      with: { kind: "carta" },
      ...registry
    }
  ]
}

const kinds: Chapter = {
  title: "kinds",
  steps: [
    create("a notebook", { name: "notebook", kind: "notebook", image: notebook, cores: 2, ram: 8 }),
    create("a flexible notebook", { name: "flexible", kind: "notebook", image: notebook, cores: null, ram: null }),
    create("a desktop", { name: "desktop", kind: "desktop", image: "images.canfar.net/skaha/desktop:1.2.1" }),
    create("a carta", { name: "carta", kind: "carta", image: "images.canfar.net/skaha/carta:5.1.0" }),
    create("a firefly", { name: "firefly", kind: "firefly", image: "images.canfar.net/skaha/firefly:2025.2" }),
    create("beyond the limit", { name: "beyond", kind: "contributed", image: "images.canfar.net/skaha/marimo:latest" }),
    create("a desktop app by itself", { name: "app", kind: "desktop-app" }),
    create("an unknown kind", { name: "unknown", kind: "spark" }),
    create("a program in a notebook", { name: "program", kind: "notebook", image: notebook, cmd: "fit.py" }),
    create("variables in a notebook", { name: "variables", kind: "notebook", image: notebook, env: { A: "b" } }),
    create("two desktops", { name: "two", kind: "desktop", replicas: 2 })
  ]
}

const contributed: Chapter = {
  title: "contributed sessions",
  steps: [
    create("a contributed", { name: "marimo", kind: "contributed", image: "images.canfar.net/skaha/marimo:latest" })
  ]
}

const limit: Chapter = {
  title: "the limit of sessions",
  platform: { maxInteractiveSessions: 1 },
  given: [{ name: "first", kind: "notebook" }],
  steps: [
    create("one notebook too many", { name: "second", kind: "notebook", image: notebook }),
    create("a headless one beside it", { name: "batch" }),
    create("three notebooks too many", { name: "third", kind: "notebook", image: notebook, replicas: 3 })
  ]
}

const refusals: Chapter = {
  title: "what is refused",
  steps: [
    create("a name with an underscore", { name: "under_score" }),
    create("a name that ends in a hyphen", { name: "hyphen-" }),
    create("an empty name", { name: "" }),
    create("an untrusted image", { name: "untrusted", image: "docker.io/library/ubuntu:24.04" }),
    create("two of an untrusted image", { name: "untrusted", image: "docker.io/library/ubuntu:24.04", replicas: 2 }),
    create("an unknown image", { name: "private", image: "images.canfar.net/private/thing:1" }),
    create("an image with a host but no project", { name: "host", image: "docker.io/ubuntu" }),
    create("an image of one part", { name: "part", image: "ubuntu:24.04" }),
    create("an image with an empty part", { name: "empty", image: "skaha//terminal:1.1.2" }),
    create("cores not on offer", { name: "seventeen", cores: 17, ram: 4 }),
    create("two with cores not on offer", { name: "seventeen", cores: 17, ram: 4, replicas: 2 }),
    create("ram not on offer", { name: "three", cores: 2, ram: 3 }),
    create("no cores", { name: "none", cores: 0, ram: 4 }),
    create("too many cores", { name: "many", cores: 257, ram: 4 }),
    create("too much ram", { name: "many", cores: 2, ram: 513 }),
    create("half a core", { name: "half", cores: 0.5, ram: 4 }),
    create("too many GPUs", { name: "many", cores: 2, ram: 4, gpu: 29 }),
    create("no replicas", { name: "none", replicas: 0 }),
    create("300 replicas", { name: "many", replicas: 300 }, { faults: refused("not now") }),
    create("513 replicas", { name: "many", replicas: 513 }),
    create("three of which the first is refused", { name: "three", replicas: 3 }, { faults: refused("not now") }),
    create("arguments that the platform breaks on", { name: "dollar", cmd: "echo", args: "$HOME" }),
    create("a variable that the platform drops", { name: "equals", env: { QUERY: "a=b" } }),
    create("a variable without a name", { name: "nameless", env: { "": "b" } }),
    create("an unknown argument", { name: "unknown", colour: "red" }),
    { name: "create: without an image", call: "sessions.create", with: { name: "imageless" } }
  ]
}

export const creating: ReadonlyArray<Chapter> = [headless, kinds, contributed, limit, refusals]
