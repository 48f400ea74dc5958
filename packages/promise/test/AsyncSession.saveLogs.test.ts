import { assert, describe, it } from "@effect/vitest"
import { FileUnwritable, InvalidInput, ServerFailure, SessionRequestError } from "skaha"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { filesIn, folder } from "./support/folders.ts"
import { captured } from "./support/output.ts"
import { logOf, usePlatform } from "./support/platform.ts"
import { rejectionOf } from "./support/rejection.ts"
import { root } from "./support/server.ts"

const platform = usePlatform()

const two = async () => [await platform.given({ name: "one" }), await platform.given({ name: "two" })] as const

describe("AsyncSession.saveLogs", () => {
  it("saves each log, byte for byte, in a directory that it makes; gives the paths by id", async () => {
    const [one, other] = await two()
    using parent = folder()
    const directory = join(parent.path, "a", "b")
    assert.deepStrictEqual(await platform.sessions().saveLogs([one, other], directory), {
      [one]: join(directory, `${one}.log`),
      [other]: join(directory, `${other}.log`)
    })
    assert.deepStrictEqual(filesIn(directory), { [`${one}.log`]: logOf("one-1"), [`${other}.log`]: logOf("two-1") })
    assert.sameMembers(
      [...platform.sent],
      [one, other].map((id) => `GET ${root}/session/${id}?view=logs`)
    )
  })

  it("takes one id as a list of one, and nothing of an empty list", async () => {
    const [one] = await two()
    using directory = folder()
    const sessions = platform.sessions()
    assert.deepStrictEqual(await sessions.saveLogs(one, directory.path), { [one]: join(directory.path, `${one}.log`) })
    assert.deepStrictEqual(await sessions.saveLogs([], directory.path), {})
  })

  it("asks for what is there already only unless it resumes", async () => {
    const [one, other] = await two()
    using directory = folder()
    const path = join(directory.path, `${one}.log`)
    writeFileSync(path, "what was there")
    const sessions = platform.sessions()
    const paths = await sessions.saveLogs([one, other], directory.path, { resume: true })
    assert.deepStrictEqual(Object.keys(paths), [one, other])
    assert.deepStrictEqual([platform.sent.length, filesIn(directory.path)[`${one}.log`]], [1, "what was there"])
    await sessions.saveLogs(one, directory.path)
    assert.strictEqual(filesIn(directory.path)[`${one}.log`], logOf("one-1"))
  })

  it("leaves out what failed and logs why, or raises it with what was saved", async () => {
    const [one, bad] = await two()
    await platform.fail({ match: { ids: [bad] }, action: { _tag: "Reply", status: 500 } })
    using directory = folder()
    const expected = { [one]: join(directory.path, `${one}.log`) }
    const sessions = platform.sessions({ loglevel: "warning" })
    const { value, stderr } = await captured(() => sessions.saveLogs([one, bad], directory.path))
    assert.deepStrictEqual(value, expected)
    assert.strictEqual(stderr.length, 1)
    assert.include(stderr[0], `saveLogs: ${bad}: the server failed with 500`)
    const call = sessions.saveLogs([one, bad], directory.path, { errors: "raise" })
    const error = await rejectionOf(SessionRequestError, call)
    assert.deepStrictEqual(error.results, expected)
    assert.instanceOf(error.errors.get(bad), ServerFailure)
    assert.deepStrictEqual(Object.keys(filesIn(directory.path)), [`${one}.log`])
  })

  it("rejects before anything is sent when there can be no directory", async () => {
    using parent = folder()
    const file = join(parent.path, "file")
    writeFileSync(file, "")
    await rejectionOf(FileUnwritable, platform.sessions().saveLogs("abc", join(file, "logs")))
    assert.deepStrictEqual(platform.sent, [])
  })

  it("refuses ids and directories that are none before anything is sent", async () => {
    using directory = folder()
    const sessions = platform.sessions()
    const ids = await rejectionOf(InvalidInput, sessions.saveLogs(["abc", "../x"], directory.path))
    assert.include(ids.message, 'saveLogs: ids[1]: "../x" is not an id')
    const nowhere: unknown = undefined
    const path = await rejectionOf(InvalidInput, sessions.saveLogs("abc", nowhere as string))
    assert.include(path.message, "saveLogs: directory: a text is needed, not undefined")
    const options: object = { resumed: true }
    const option = await rejectionOf(InvalidInput, sessions.saveLogs("abc", directory.path, options))
    assert.include(option.message, "saveLogs: resumed: is no option")
    assert.deepStrictEqual([platform.sent, filesIn(directory.path)], [[], {}])
  })
})
