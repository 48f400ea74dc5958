import { assert, describe } from "@effect/vitest"
import { Outcome, Sessions } from "@skaha/session"
import { Emulator, type Fault } from "@skaha/emulator"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { failedAt, inOrder, valuesOrTags } from "./support/outcomes.ts"
import { ways } from "./support/platforms.ts"
import { api, server } from "./support/server.ts"
import { createAll, createOne, desktop, headless, notebook } from "./support/sessions.ts"
import { inItsTime } from "./support/time.ts"
import { sent, sentForms, Wire } from "./support/wire.ts"

const posts = Effect.map(sent, (requests) => requests.filter((request) => request.startsWith("POST")).length)

/** Every n-th create gets this reply. */
const failing = (status: number, rest: Partial<Fault["match"]> = {}, body = "no\n"): Fault => ({
  match: { method: "POST", path: `${api}/session`, ...rest },
  action: { _tag: "Reply", status, headers: { "Content-Type": "text/plain" }, body }
})

const platformFails: Fault = {
  match: { method: "GET", path: /^\/v[01]\/(context|repository)$/ },
  action: { _tag: "Reply", status: 500, body: "unexpected exception: java.lang.IllegalStateException" }
}

const setFaults = (...faults: ReadonlyArray<Fault>) => Emulator.use((emulator) => emulator.setFaults(faults))

const imagesOf = (id: string) => ({ images: [{ id, types: ["headless"], digest: "sha256:0" }] })

/** What is not known to be undone is given up soon. */
const hasty = { sdk: { settle: 0.1 } }

describe.each(ways)("Sessions.create $way", ({ live, test }) => {
  /** Lets the time pass that it takes. */
  const inTime = <A, E, R>(effect: Effect.Effect<A, E, R>) => (live ? effect : inItsTime(effect))

  test(
    "sends the form byte for byte, in the body, with its character set",
    { ...hasty, ...imagesOf("images.canfar.net/a/b:latest") },
    () =>
      Effect.gen(function* () {
        // The vector of the Python client, but for the name, in which the platform takes no blank.
        yield* createOne({
          name: "my-job",
          image: "a/b",
          cores: 2,
          args: '-c "x y"',
          env: { X: "a b&c=d/é+" },
          allowUnsafe: true
        }).pipe(Effect.result, inTime)
        assert.deepStrictEqual(yield* sentForms, [
          "name=my-job&image=images.canfar.net%2Fa%2Fb%3Alatest&cores=2&type=headless&args=-c+%22x+y%22" +
            "&env=X%3Da+b%26c%3Dd%2F%C3%A9%2B&env=REPLICA_ID%3D1&env=REPLICA_COUNT%3D1"
        ])
        const { requests } = yield* Wire
        const post = requests.find(({ method }) => method === "POST")
        assert.deepInclude(post, { method: "POST", path: `/skaha${api}/session`, query: "" })
        assert.strictEqual(post?.headers["content-type"], "application/x-www-form-urlencoded; charset=UTF-8")
      })
  )

  test("sends every field in its order", imagesOf("images.canfar.net/a/b@sha256:ff"), () =>
    Effect.gen(function* () {
      yield* createOne({
        env: { B: 1, A: true, C: "x" },
        args: "x y",
        cmd: "run",
        gpus: 1,
        kind: "headless",
        ram: 4,
        cores: 2,
        image: "a/b@sha256:ff",
        name: "Job"
      })
      assert.deepStrictEqual(yield* sentForms, [
        "name=Job&image=images.canfar.net%2Fa%2Fb%40sha256%3Aff&cores=2&ram=4&type=headless&gpus=1&cmd=run&args=x+y" +
          "&env=B%3D1&env=A%3Dtrue&env=C%3Dx&env=REPLICA_ID%3D1&env=REPLICA_COUNT%3D1"
      ])
    })
  )

  test("the text arrives as it was written", {}, () =>
    Effect.gen(function* () {
      const { logs } = yield* Sessions
      const id = yield* createOne(headless({ cmd: "printenv", args: "X", env: { X: "a b&c/é+ 星 %41 *~" } }))
      assert.strictEqual(yield* logs(id), "a b&c/é+ 星 %41 *~\n")
    })
  )

  test("overlays the replica's own variables, which keep the place they were given", {}, () =>
    Effect.gen(function* () {
      yield* createAll(headless({ replicas: 2, env: { A: 1, REPLICA_COUNT: 9, B: 2, REPLICA_ID: 8, C: 3 } }))
      const variables = (yield* sentForms).map((form) => new URLSearchParams(form).getAll("env"))
      assert.deepStrictEqual(variables, [
        ["A=1", "REPLICA_COUNT=2", "B=2", "REPLICA_ID=1", "C=3"],
        ["A=1", "REPLICA_COUNT=2", "B=2", "REPLICA_ID=2", "C=3"]
      ])
    })
  )

  test("tells every kind its replica, and an interactive one nothing else", {}, () =>
    Effect.gen(function* () {
      yield* createOne(notebook({ cmd: "", args: "", env: {} }))
      assert.deepStrictEqual(yield* sentForms, [
        "name=book&image=images.canfar.net%2Fskaha%2Fastroml%3Alatest&type=notebook" +
          "&env=REPLICA_ID%3D1&env=REPLICA_COUNT%3D1"
      ])
    })
  )

  test("numbers the names of replicas, or always if asked to", {}, () =>
    Effect.gen(function* () {
      const { create, fetch } = yield* Sessions
      const cmd = { cmd: "sleep", args: "60" }
      const three = yield* create(headless({ name: "three", replicas: 3, ...cmd }))
      assert.isTrue(inOrder(three, ["three-1", "three-2", "three-3"]))
      assert.isTrue(inOrder(yield* create(headless({ name: "one", ...cmd })), ["one"]))
      assert.isTrue(inOrder(yield* create(headless({ name: "always", numbered: "always", ...cmd })), ["always-1"]))
      const named = new Map((yield* fetch()).map(({ id, name = "" }) => [id, name]))
      assert.deepStrictEqual([...named.values()].toSorted(), ["always-1", "one", "three-1", "three-2", "three-3"])
      assert.deepStrictEqual(
        Outcome.values(three).map((id) => named.get(id)),
        ["three-1", "three-2", "three-3"]
      )
    })
  )

  test("a refusal of the first replica is the call's, and the others are not sent", {}, () =>
    Effect.gen(function* () {
      const { create } = yield* Sessions
      for (const [status, tag] of [
        [400, "RequestRefused"],
        [401, "CredentialsRefused"],
        [403, "Forbidden"]
      ] as const) {
        yield* setFaults(failing(status))
        const before = yield* posts
        assert.strictEqual((yield* Effect.flip(create(headless({ replicas: 20 }))))._tag, tag)
        assert.strictEqual((yield* posts) - before, 1)
      }
    })
  )

  test("a server's failure at the first replica is its own, and the others are sent", hasty, () =>
    Effect.gen(function* () {
      const { create } = yield* Sessions
      yield* setFaults(failing(500, { times: 1 }))
      const outcomes = yield* inTime(create(headless({ replicas: 5 })))
      assert.isTrue(inOrder(outcomes, ["job-1", "job-2", "job-3", "job-4", "job-5"]))
      assert.deepStrictEqual(failedAt(outcomes), [0])
      assert.strictEqual(Outcome.failures(outcomes)[0]?.error._tag, "ServerFailure")
      assert.strictEqual(yield* posts, 5)
    })
  )

  test("a later refusal is one outcome among the others", {}, () =>
    Effect.gen(function* () {
      const { create, fetch } = yield* Sessions
      yield* setFaults(failing(400, { every: 3 }))
      const outcomes = yield* create(headless({ replicas: 8, cmd: "sleep", args: "60" }))
      assert.strictEqual(outcomes.length, 8)
      assert.strictEqual(failedAt(outcomes).length, 2)
      assert.strictEqual((yield* fetch()).length, 6)
    })
  )

  test("a failure of a single replica is the call's", hasty, () =>
    Effect.gen(function* () {
      const { create } = yield* Sessions
      yield* setFaults(failing(500, {}, "unexpected exception: boom"))
      const error = yield* inTime(Effect.flip(create(headless())))
      assert.deepInclude(error, { _tag: "ServerFailure", status: 500, serverText: "unexpected exception: boom" })
      assert.strictEqual(yield* posts, 1)
    })
  )

  test("no id in a reply is no success", hasty, () =>
    Effect.gen(function* () {
      const { create } = yield* Sessions
      for (const body of ["", "\n", "<html>signed out</html>", "two words", "abcd123\n", "1bcd1234\n"]) {
        yield* setFaults(failing(200, {}, body))
        assert.strictEqual((yield* inTime(Effect.flip(create(headless()))))._tag, "ReplyUndecodable")
      }
    })
  )

  test("asks once what the platform offers before many replicas, and not for one", {}, () =>
    Effect.gen(function* () {
      const { create } = yield* Sessions
      yield* create(headless())
      assert.deepStrictEqual(yield* sent, [`GET ${api}/session`, `POST ${api}/session`])
      yield* create(headless({ replicas: 3 }))
      yield* create(headless({ replicas: 2 }))
      const asked = (yield* sent).filter((request) => request.startsWith("GET")).toSorted()
      const lists = Array.from({ length: 3 }, () => `GET ${api}/session`)
      assert.deepStrictEqual(asked, [`GET ${api}/context`, `GET ${api}/repository`, ...lists])
      assert.strictEqual(yield* posts, 6)
    })
  )

  test("many replicas of what the platform does not offer are not sent", {}, () =>
    Effect.gen(function* () {
      const { create, check } = yield* Sessions
      const spec = headless({ replicas: 3, cores: 17, ram: server.ramNotOffered, image: "registry.example.org/a/b:1" })
      const error = yield* Effect.flip(create(spec))
      assert.strictEqual(error._tag, "InvalidInput")
      const problems = error._tag === "InvalidInput" ? error.problems : []
      assert.deepStrictEqual(
        problems.map(({ field }) => field),
        ["cores", "ram", "image"]
      )
      assert.deepStrictEqual(yield* check(spec), problems)
      // The platform itself would take a host that only starts like one it trusts.
      const disguised = yield* check(headless({ image: "images.canfar.net.evil.example/a/b:1" }))
      assert.deepStrictEqual(
        disguised.map(({ field }) => field),
        ["image"]
      )
      assert.strictEqual(yield* posts, 0)
    })
  )

  test("a platform that does not tell what it offers is no obstacle", {}, () =>
    Effect.gen(function* () {
      const { create, check } = yield* Sessions
      yield* setFaults(platformFails)
      assert.deepStrictEqual(failedAt(yield* create(headless({ replicas: 4 }))), [])
      assert.strictEqual(yield* posts, 4)
      assert.strictEqual((yield* Effect.flip(check(headless())))._tag, "ServerFailure")
      // A failure is not remembered.
      yield* setFaults()
      assert.deepStrictEqual(yield* check(headless()), [])
    })
  )

  test("check says what is wrong with a spec by its own rules before asking anybody", {}, () =>
    Effect.gen(function* () {
      const { check } = yield* Sessions
      const problems = yield* check(headless({ name: "-", cores: 0 }))
      assert.deepStrictEqual(
        problems.map(({ field }) => field),
        ["name", "cores"]
      )
      assert.deepStrictEqual(yield* sent, [])
      assert.deepStrictEqual(yield* check(headless({ cores: 16, ram: 192, gpus: 28 })), [])
    })
  )

  test("only one desktop or firefly", {}, () =>
    Effect.gen(function* () {
      const { create } = yield* Sessions
      for (const spec of [
        desktop({ replicas: 2 }),
        { name: "f", image: "a/b", kind: "firefly", replicas: 2 } as const
      ]) {
        const error = yield* Effect.flip(create(spec))
        assert.deepInclude(error, {
          _tag: "InvalidInput",
          problems: [{ field: "replicas", message: `there can only be 1 ${spec.kind}` }]
        })
      }
      assert.deepStrictEqual(yield* sent, [])
      assert.match(yield* createOne(desktop()), /^[a-z][a-z0-9]{7}$/)
    })
  )

  test("too many interactive sessions", { maxInteractiveSessions: 2 }, () =>
    Effect.gen(function* () {
      const { create } = yield* Sessions
      assert.deepStrictEqual(valuesOrTags(yield* create(notebook({ replicas: 3 }))).slice(2), ["QuotaReached"])
      assert.deepInclude(yield* Effect.flip(create(notebook())), { _tag: "QuotaReached", limit: 2 })
    })
  )

  test(
    "registry credentials go out with creates and with nothing else",
    {
      sdk: { registry: { username: "alice", secret: Redacted.make("s3cr3t") } }
    },
    () =>
      Effect.gen(function* () {
        const { create, apps, renew, info, logs, destroy, fetch, check } = yield* Sessions
        const header = btoa("alice:s3cr3t")
        const [id = ""] = Outcome.values(
          yield* create({ name: "mine", image: "private/image:1", cmd: "sleep", args: "60" })
        )
        const desk = yield* createOne(desktop())
        yield* apps.create(desk, { image: "private/app:1" })
        yield* Effect.all([renew(desk), info(id), logs(id), fetch(), check(headless()), destroy(id)])
        const { requests } = yield* Wire
        const carriers = requests.filter(({ headers }) => headers["x-skaha-registry-auth"] === header)
        assert.deepStrictEqual(
          carriers.map(({ method, path }) => `${method} ${path}`),
          [`POST /skaha${api}/session`, `POST /skaha${api}/session`, `POST /skaha${api}/session/${desk}/app`]
        )
        assert.strictEqual(requests.filter(({ headers }) => "x-skaha-registry-auth" in headers).length, carriers.length)
      })
  )

  test("a private image without registry credentials", {}, () =>
    Effect.gen(function* () {
      const { create } = yield* Sessions
      const error = yield* Effect.flip(create({ name: "mine", image: "private/image:1" }))
      assert.strictEqual(error._tag, "ImageNotPublic")
      const untrusted = yield* Effect.flip(create({ name: "mine", image: "evil.example/a/b:1" }))
      assert.deepInclude(untrusted, { _tag: "ImageNotTrusted", image: "evil.example/a/b:1" })
      assert.deepInclude(yield* Effect.flip(create(headless({ cores: 200 }))), {
        _tag: "ResourceUnavailable",
        option: "cores",
        value: "200"
      })
    })
  )
})
