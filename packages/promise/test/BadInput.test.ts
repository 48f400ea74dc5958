import { assert, describe, it } from "@effect/vitest"
import { ConfigurationInvalid, InvalidInput, SessionRequestError, type AsyncSession, type CreateOptions } from "skaha"
import { image, usePlatform } from "./support/platform.ts"
import { rejectionOf } from "./support/rejection.ts"

const platform = usePlatform()

/** What someone may write who has no type checker. */
const untyped = (options: object): CreateOptions => ({ name: "fit", image, ...options })

describe("AsyncSession.create refuses before anything is sent", () => {
  it.each<[string, object, string]>([
    [
      "an unknown kind",
      { kind: "jupyter" },
      'kind: "jupyter" is none of carta, contributed, desktop, firefly, headless, notebook'
    ],
    ["a kind in capitals", { kind: "Headless" }, 'kind: "Headless" is none of'],
    ["an app as a session", { kind: "desktop-app" }, 'kind: "desktop-app" is none of'],
    ["an empty name", { name: "" }, "name: is empty"],
    ["a name with blanks", { name: "my job" }, 'name: "my job" may only have letters, digits and, within, "-"'],
    ["a name with _", { name: "my_job" }, 'name: "my_job" may only have'],
    ["a name that begins with -", { name: "-job" }, 'name: "-job" may only have'],
    ["a name that is too long", { name: "a".repeat(62) }, "has more than 63 characters"],
    ["a name that is too long for its numbers", { name: "a".repeat(61), replicas: 10 }, "has more than 63 characters"],
    ["no name", { name: undefined }, "name: a text is needed, not undefined"],
    ["a number as a name", { name: 7 }, "name: a text is needed, not 7"],
    ["no image", { image: undefined }, "image: a text is needed, not undefined"],
    ["an image without a project", { image: "ubuntu:latest" }, 'image: "ubuntu:latest" is not an image'],
    ["an image with an empty part", { image: "skaha//x" }, 'image: "skaha//x" is not an image'],
    ["an image of four parts without a host", { image: "a/b/c/d" }, 'image: "a/b/c/d" is not an image'],
    ["no replicas", { replicas: 0 }, "replicas: 0 is not a whole number from 1 to 512"],
    ["too many replicas", { replicas: 513 }, "replicas: 513 is not a whole number from 1 to 512"],
    ["half a replica", { replicas: 1.5 }, "replicas: 1.5 is not"],
    ["several desktops", { kind: "desktop", replicas: 2 }, "replicas: there can only be 1 desktop"],
    ["several fireflies", { kind: "firefly", replicas: 2 }, "replicas: there can only be 1 firefly"],
    ["cmd for a notebook", { kind: "notebook", cmd: "bash" }, "cmd: only headless sessions have it"],
    ["args for a notebook", { kind: "notebook", args: "-c" }, "args: only headless sessions have it"],
    ["env for a notebook", { kind: "notebook", env: { A: "1" } }, "env: only headless sessions have it"],
    ["NaN cores", { cores: Number.NaN }, "cores: NaN is not a whole number from 1 to 256"],
    ["no cores", { cores: 0 }, "cores: 0 is not a whole number from 1 to 256"],
    ["half a core", { cores: 0.5 }, "cores: 0.5 is not"],
    ["too many cores", { cores: 257 }, "cores: 257 is not"],
    ["cores as text", { cores: "2" }, "cores: 2 is not a whole number"],
    ["too much RAM", { ram: 513 }, "ram: 513 is not a whole number from 1 to 512"],
    ["endless RAM", { ram: Infinity }, "ram: Infinity is not"],
    ["no GPU but the option", { gpu: 0 }, "gpus: 0 is not a whole number from 1 to 28"],
    ["too many GPUs", { gpus: 29 }, "gpus: 29 is not"],
    ["an empty cmd", { cmd: " " }, "cmd: is empty"],
    ["a variable without a name", { env: { "": "1" } }, "env.: is not a name for a variable"],
    ["a variable the platform would drop", { env: { A: "b=c" } }, 'env.A: the platform drops or cuts values with "="'],
    ["what the platform would break", { args: "$HOME" }, "args: the platform breaks on $"],
    ["what to do with twins that cannot be", { twins: "kill" }, 'twins: "kill" is none of report, destroy'],
    ["both words for GPUs", { gpu: 1, gpus: 1 }, "gpu: give gpu or gpus, not both"]
  ])("%s", async (_, options, message) => {
    for (const errors of ["ignore", "raise"] as const) {
      const error = await rejectionOf(InvalidInput, platform.sessions().create({ ...untyped(options), errors }))
      assert.deepStrictEqual([error.name, error.code, error.isRetryable], ["InvalidInput", "input.invalid", false])
      assert.match(error.message, /^(Sessions\.)?create: /)
      assert.include(error.message, message)
      assert.strictEqual(error.problems.length, 1)
      assert.isUndefined(error.cause)
    }
    assert.deepStrictEqual(platform.sent, [])
  })

  it("everything at once, and says all of it", async () => {
    const options = untyped({ name: "", kind: "x", cores: 0, ram: 0, gpu: 0, replicas: 0 })
    const { problems } = await rejectionOf(InvalidInput, platform.sessions().create(options))
    assert.deepStrictEqual(
      problems.map(({ field }) => field),
      ["name", "kind", "cores", "ram", "gpus", "replicas"]
    )
  })

  it("no values of variables are in what it says", async () => {
    const error = await rejectionOf(
      InvalidInput,
      platform.sessions().create(untyped({ env: { TOKEN: "very=secret", "A B": "very-secret" } }))
    )
    assert.notInclude(error.message, "secret")
  })

  it("takes null as Python takes None", async () => {
    await platform.sessions().create(untyped({ cmd: null, args: null, env: null }))
    assert.deepStrictEqual(
      platform.forms.map((form) => form.map(([name]) => name)),
      [["name", "image", "cores", "ram", "type", "env", "env"]]
    )
  })
})

describe("a call without a type checker", () => {
  const lists = { info: [], logs: {}, events: [], destroy: {}, renew: {}, connect: {} } as const
  const methods = Object.keys(lists) as Array<keyof typeof lists>
  const call = (sessions: AsyncSession, method: keyof typeof lists, ids: unknown): Promise<unknown> =>
    sessions[method](ids as string)

  it.each(methods)("%s needs ids", async (method) => {
    for (const ids of [undefined, null, 7, {}]) {
      const error = await rejectionOf(InvalidInput, call(platform.sessions(), method, ids))
      assert.strictEqual(error.message, `${method}: ids: an id or a list of ids is needed`)
    }
    const error = await rejectionOf(InvalidInput, call(platform.sessions(), method, ["abc", 7]))
    assert.strictEqual(error.message, `${method}: ids[1]: an id is a text, not 7`)
    assert.deepStrictEqual(platform.sent, [])
  })

  it("destroy_with needs a text or a pattern", async () => {
    const selector: unknown = undefined
    const error = await rejectionOf(InvalidInput, platform.sessions().destroy_with(selector as string))
    assert.strictEqual(error.message, "destroyWith: prefix: a text is needed, not undefined")
    assert.deepStrictEqual(platform.sent, [])
  })

  it.each(["Raise", "strict"])("a misspelt errors hides no failure: %o", async (errors) => {
    await platform.fail({ match: {}, action: { _tag: "Reply", status: 500 } })
    const call = platform.sessions().info("abcdefgh", { errors: errors as "raise" })
    assert.deepStrictEqual([...(await rejectionOf(SessionRequestError, call)).errors.keys()], ["abcdefgh"])
  })

  it.each([0, -1, Number.NaN, Infinity])("a timeout of %d s is refused", async (timeout) => {
    const sessions = platform.sessions()
    for (const call of [sessions.fetch({ timeout }), sessions.info("abcdefgh", { timeout })]) {
      const error = await rejectionOf(ConfigurationInvalid, call)
      assert.deepStrictEqual([error.name, error.code], ["ConfigurationInvalid", "configuration.invalid"])
      assert.strictEqual(error.message, "configuration: timeout: seconds, more than 0")
    }
    assert.deepStrictEqual(platform.sent, [])
  })
})
