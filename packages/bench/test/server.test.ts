import { assert, describe, it } from "@effect/vitest"
import { connect } from "node:net"
import { gzipSync } from "node:zlib"
import { afterAll, beforeAll } from "vitest"
import { buildPrograms, type Programs } from "../src/child/build.ts"
import { idOf } from "../src/server/replies.ts"
import { Server } from "../src/server/Server.ts"

/** What came over a connection of its own on which text is written in pieces, until it has so many bytes. */
const exchange = (url: string, pieces: ReadonlyArray<string>, isWhole: (text: string) => boolean): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(url).port), "127.0.0.1")
    let text = ""
    socket.on("error", reject)
    socket.on("data", (chunk: Buffer) => {
      text += chunk.toString("latin1")
      if (!isWhole(text)) return
      socket.destroy()
      resolve(text)
    })
    const write = ([first, ...others]: ReadonlyArray<string>): void => {
      if (first === undefined) return
      socket.write(first, () => setTimeout(() => write(others), 5))
    }
    write(pieces)
  })

describe("The server", () => {
  let programs: Programs
  let server: Server

  beforeAll(async () => {
    programs = await buildPrograms()
    server = await Server.start(programs)
  })

  afterAll(async () => {
    await server.stop()
    programs.remove()
  })

  it("knows every session that is asked for, and lists as many as are chosen", async () => {
    const one: unknown = await (await fetch(`${server.url()}/v1/session/${idOf(42)}`)).json()
    assert.deepInclude(one, { id: "s0000042", name: "fit-s0000042", status: "Running" })
    const all = (await (await fetch(`${server.url({ rows: 1000 })}/v1/session`)).json()) as ReadonlyArray<object>
    assert.strictEqual(all.length, 1000)
    assert.deepInclude(all[999], { id: "s0000999" })
  })

  it("tells events, and logs of the size that is chosen", async () => {
    const events = await (await fetch(`${server.url()}/v1/session/${idOf(1)}?view=events`)).text()
    assert.match(events, /^TYPE {3,}REASON/)
    const log = await (await fetch(`${server.url({ log: 2 ** 20 })}/v1/session/${idOf(1)}?view=logs`)).text()
    assert.strictEqual(log.length, 2 ** 20)
  })

  it("compresses logs where it is chosen, and for who accepts it", async () => {
    const path = `/v1/session/${idOf(1)}?view=logs`
    const compressed = await fetch(server.url({ gzip: 1, log: 100_000 }) + path)
    assert.strictEqual(compressed.headers.get("content-encoding"), "gzip")
    const text = await compressed.text()
    assert.strictEqual(text, await (await fetch(server.url({ log: 100_000 }) + path)).text())
    const plain = await fetch(server.url({ gzip: 1 }) + path, { headers: { "accept-encoding": "identity" } })
    assert.isNull(plain.headers.get("content-encoding"))
    assert.closeTo(text.length / gzipSync(text).length, 5, 1)
  })

  it("destroys", async () => {
    const reply = await fetch(`${server.url()}/v1/session/${idOf(1)}`, { method: "DELETE" })
    assert.deepStrictEqual([reply.status, await reply.text()], [200, ""])
  })

  it("reads requests in pieces, with bodies, and several at once", async () => {
    const path = new URL(server.url()).pathname
    const get = `GET ${path}/v1/session/${idOf(1)}?view=events HTTP/1.1\r\nHost: x\r\n\r\n`
    const remove = `DELETE ${path}/v1/session/${idOf(1)} HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nGET /`
    const all = get + remove + get
    const pieces = [
      all.slice(0, 10),
      all.slice(10, get.length + remove.length - 3),
      all.slice(get.length + remove.length - 3)
    ]
    const isWhole = (text: string) => text.split("HTTP/1.1 200").length === 4 && text.endsWith("\n")
    const text = await exchange(server.url(), pieces, isWhole)
    assert.strictEqual(text.split("TYPE").length, 3)
  })

  it("waits as long as is chosen, and counts connections and requests in flight, its control's left out", async () => {
    await server.reset()
    const start = performance.now()
    const url = `${server.url({ latency: 40 })}/v1/session/${idOf(1)}`
    await Promise.all(Array.from({ length: 5 }, async () => (await fetch(url)).text()))
    assert.isAtLeast(performance.now() - start, 39)
    const { connections, mostInFlight, requests } = await server.counts()
    assert.deepStrictEqual([requests, mostInFlight], [5, 5])
    assert.isAtMost(connections, 5)
  })
})
