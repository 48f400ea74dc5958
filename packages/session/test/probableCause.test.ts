import { assert, describe, it } from "@effect/vitest"
import { parseEvents, type SessionEvent } from "@skaha/core"
import * as Arbitrary from "effect/Arbitrary"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { probableCause, type Signs } from "../src/internal/diagnosing/probableCause.ts"
import { pick, seeded, textOf } from "./support/properties.ts"

/** Events as Kubernetes writes them: their reasons and messages. */
const events = (...rows: ReadonlyArray<readonly [reason: string, message: string]>): ReadonlyArray<SessionEvent> =>
  parseEvents(
    [
      "TYPE      REASON      MESSAGE      FIRST-TIME      LAST-TIME",
      ...rows.map(([reason, message]) => `Warning   ${reason}   ${message}   <none>   <none>`)
    ].join("\n")
  )

const scheduled = ["Scheduled", "Successfully assigned skaha-workload/skaha-headless-alice-x to node-7"] as const
const pulled = ["Pulled", 'Container image "images.canfar.net/skaha/astroml:24.07" already present on machine'] as const
const pulling = ["Pulling", 'Pulling image "images.canfar.net/me/large:1"'] as const
const created = ["Created", "Created container: skaha-headless-alice-x"] as const
const started = ["Started", "Started container skaha-headless-alice-x"] as const
const running = [scheduled, pulled, created, started] as const
const backOff = ["BackOff", 'Back-off pulling image "images.canfar.net/me/fit:1"'] as const

/** The name of a case, its signs, and the cause: its code, and what its message says. */
type Case = [name: string, signs: Partial<Signs>, code: string, message?: RegExp]

const causes: Array<Case> = [
  ["runs", { status: "Running", events: events(...running) }, "fine"],
  ["has run", { status: "Completed", events: events(...running), isOverdue: true }, "fine"],
  ["has run, on old servers", { status: "Succeeded" }, "fine"],
  ["had no place at first", { status: "Running", events: events(["FailedScheduling", "1 Insufficient cpu."]) }, "fine"],
  ["is being ended", { status: "Terminating", events: events(...running) }, "fine"],
  ["has no events yet", { status: "Pending" }, "waiting"],
  ["is placed", { status: "Pending", events: events(scheduled) }, "waiting", /about to start/],
  [
    "fits on no machine for other reasons",
    {
      status: "Pending",
      events: events(["FailedScheduling", "0/9 nodes are available: 9 node(s) had untolerated taint {gpu: true}."])
    },
    "waiting",
    /no place/
  ],
  [
    "wants too many cores",
    {
      status: "Pending",
      requested: { cores: 16, ram: 4, gpus: 0 },
      available: { cores: 3.5, ram: 100 },
      events: events([
        "FailedScheduling",
        "0/12 nodes are available: 12 Insufficient cpu. preemption: 0/12 nodes are available: 12 No preemption victims"
      ])
    },
    "too-large",
    /not enough cores left; it asked for 16 cores \(3.5 free\): wait/
  ],
  [
    "wants too much of everything",
    {
      status: "Pending",
      requested: { cores: 16, ram: 512.5, gpus: 2 },
      events: events([
        "FailedScheduling",
        "0/9 nodes are available: 1 Insufficient nvidia.com/gpu, 3 Insufficient memory, 5 Insufficient cpu."
      ])
    },
    "too-large",
    /not enough cores and RAM and GPUs left; it asked for 16 cores and 512.5 GB of RAM and 2 GPUs: /
  ],
  [
    "wants more than there is, of which no events tell",
    { status: "Pending", requested: { cores: 4, ram: 300 }, available: { cores: 4, ram: 299.9 } },
    "too-large",
    /300 GB of RAM \(299.9 free\)/
  ],
  [
    "wants more than there is now, but has run",
    { status: "Failed", requested: { cores: 4 }, available: { cores: 1 } },
    "program"
  ],
  [
    "its users have used up their share",
    { status: "Pending", events: events(["FailedCreate", 'pods "x" is forbidden: exceeded quota: compute']) },
    "too-large"
  ],
  [
    "has found a place since",
    { status: "Pending", events: events(["FailedScheduling", "0/1: 1 Insufficient cpu."], scheduled, pulling) },
    "image",
    /being fetched/
  ],
  [
    "fetches a second image",
    { status: "Pending", events: events(scheduled, pulled, created, started, pulling) },
    "image",
    /being fetched/
  ],
  [
    "its image is private",
    {
      status: "Pending",
      events: events(scheduled, pulling, [
        "Failed",
        'Failed to pull image "images.canfar.net/me/fit:1": rpc error: code = Unknown desc = failed to pull and unpack ' +
          "image: failed to authorize: failed to fetch anonymous token: unexpected status: 401 Unauthorized"
      ])
    },
    "image",
    /registry credentials/
  ],
  [
    "its image may be private",
    {
      status: "Pending",
      events: events(backOff, [
        "Failed",
        'Failed to pull image "x": pull access denied, repository does not exist or may require authorization'
      ])
    },
    "image",
    /private or unknown/
  ],
  [
    "its image is unknown",
    {
      status: "Pending",
      events: events(
        scheduled,
        pulling,
        [
          "Failed",
          'Failed to pull image "images.canfar.net/skaha/no:1": rpc error: code = NotFound desc = failed to resolve ' +
            'reference "images.canfar.net/skaha/no:1": images.canfar.net/skaha/no:1: not found'
        ],
        ["Failed", "Error: ErrImagePull"]
      )
    },
    "image",
    /no such image/
  ],
  [
    "its tag is unknown",
    { status: "Pending", events: events(["Failed", "ErrImagePull: manifest unknown"]) },
    "image",
    /tag/
  ],
  [
    "its image is no name",
    { status: "Pending", events: events(["InspectFailed", "Error: InvalidImageName"]) },
    "image"
  ],
  [
    "its image was not fetched",
    { status: "Pending", events: events(scheduled, backOff) },
    "image",
    /cannot be fetched/
  ],
  ["fetching has ended it", { status: "Failed", events: events(["Failed", "Error: ImagePullBackOff"]) }, "image"],
  [
    "the image came in the end, and the program failed",
    { status: "Failed", events: events(["Failed", "Error: ErrImagePull"], ...running), logTail: "no such file" },
    "program",
    /log/
  ],
  ["had too little memory", { status: "Failed (OOMKilled)", events: events(...running) }, "out-of-memory", /more GB/],
  [
    "a process of it had too little memory",
    {
      status: "Running",
      events: events(...running, ["OOMKilling", "Memory cgroup out of memory: Killed process 17 (python)"])
    },
    "out-of-memory"
  ],
  [
    "the machine had too little memory",
    {
      status: "Failed",
      events: events(["Evicted", "The node was low on resource: memory. Container x was using 31Gi, request is 4Gi."])
    },
    "out-of-memory"
  ],
  ["Python had too little memory", { status: "Failed", logTail: "Traceback\nMemoryError: Unable" }, "out-of-memory"],
  ["the shell says so", { status: "Failed", logTail: "start\nKilled\n" }, "out-of-memory"],
  ["its time was over", { status: "Failed (DeadlineExceeded)" }, "expired", /renew/],
  [
    "its time was over, as its events say",
    { status: "Failed", events: events(["DeadlineExceeded", "Job was active longer than specified deadline"]) },
    "expired"
  ],
  ["its time was over, as the clock says", { status: "Failed", isOverdue: true, logTail: "x" }, "expired"],
  [
    "its time was over before there was a place",
    { status: "Failed", isOverdue: true, events: events(["FailedScheduling", "0/1: 1 Insufficient cpu."]) },
    "too-large"
  ],
  [
    "the program failed",
    { status: "Error", events: events(...running), logTail: "segmentation fault" },
    "program",
    /end of its/
  ],
  ["the program failed and said nothing", { status: "Failed (BackoffLimitExceeded)" }, "program", /no log/],
  [
    "no program of that name",
    {
      status: "Pending",
      events: events(scheduled, pulled, created, [
        "Failed",
        'Error: failed to start container "x": exec: "fit.py": executable file not found in $PATH: unknown'
      ])
    },
    "container",
    /program/
  ],
  ["a secret is missing", { status: "Pending", events: events(["Failed", "CreateContainerConfigError"]) }, "container"],
  [
    "its storage is missing",
    { status: "Pending", events: events(scheduled, ["FailedMount", 'MountVolume.SetUp failed for volume "cavern"']) },
    "container",
    /storage/
  ],
  [
    "its storage was missing at first",
    { status: "Failed", events: events(scheduled, ["FailedMount", "timed out"], pulled, created, started) },
    "program"
  ],
  [
    "the machine is broken",
    { status: "Pending", events: events(["FailedCreatePodSandBox", "cni"]) },
    "container",
    /machine/
  ],
  [
    "starts again and again",
    { status: "Running", events: events(...running, ["BackOff", "Back-off restarting failed container x in pod y"]) },
    "container",
    /again and again/
  ],
  ["loops", { status: "CrashLoopBackOff" }, "container"],
  [
    "does not answer",
    { status: "Running", events: events(...running, ["Unhealthy", "Readiness probe failed"]) },
    "container"
  ],
  [
    "was ended for the disk",
    { status: "Failed", events: events(["Evicted", "The node was low on resource: ephemeral-storage."]) },
    "container",
    /disk/
  ],
  [
    "was put off",
    { status: "Failed", events: events(...running, ["Preempted", "by pod z on node n"]) },
    "container",
    /urgent/
  ],
  ["nothing is known", {}, "unknown"],
  ["a status of tomorrow", { status: "Suspended" }, "unknown"]
]

describe("probableCause", () => {
  it.each(causes)("%s", (_, signs, code, message = /./) => {
    const cause = probableCause({ events: [], logTail: "", ...signs })
    assert.strictEqual(cause.code, code, cause.message)
    assert.match(cause.message, message)
    assert.notMatch(cause.message, /undefined|NaN|\n/)
  })

  const words = pick(
    "Failed",
    "BackOff",
    "FailedScheduling",
    "Insufficient ",
    "Pulling image",
    '"',
    "(",
    "OOMKilled",
    "Evicted",
    "   ",
    "\n",
    "\u0000",
    "星"
  )
  const text = Arbitrary.map(Arbitrary.array(words, { maxLength: 12 }), (parts) => parts.join(""))
  const signs = Arbitrary.all({
    status: pick(undefined, "", "Pending", "Running", "Failed", "Failed (", "Completed", "constructor", "__proto__"),
    events: Arbitrary.array(Arbitrary.all({ type: text, reason: text, message: text })),
    logTail: Arbitrary.schema(Schema.String),
    isOverdue: Arbitrary.schema(Schema.Boolean)
  })

  it.effect.prop(
    "finds something, whatever the signs",
    [signs],
    ([signs]) => Effect.sync(() => assert.notStrictEqual(probableCause(signs).message, "")),
    seeded(300)
  )

  it.effect.prop(
    "finds something in whatever a server gives for events",
    [textOf("TYPE REASON MSG<>\n-", 200), text],
    ([table, rest]) =>
      Effect.sync(() => {
        const header = "TYPE   REASON   MESSAGE   FIRST-TIME   LAST-TIME\n"
        const found = probableCause({
          status: "Failed",
          events: parseEvents(`${header}${table}\n${rest}`),
          logTail: ""
        })
        assert.notStrictEqual(found.code, "fine")
      }),
    seeded(200)
  )
})
