/**
 * A page of another origin than the platform's, with the package `skaha` as a bundler makes it for browsers.
 */
import { build } from "esbuild"
import { once } from "node:events"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { type Browser, chromium as playwright, type Page } from "playwright-core"
import type * as library from "skaha"
import { chromium } from "./chromium.ts"

declare global {
  /** What the page has loaded. */
  var skaha: typeof library
}

const html = '<!doctype html><title>page</title><script type="module" src="/page.js"></script>'

const bundle = () =>
  build({
    stdin: {
      contents: 'import * as skaha from "skaha"; globalThis.skaha = skaha',
      resolveDir: import.meta.dirname,
      loader: "ts"
    },
    bundle: true,
    format: "esm",
    write: false,
    logLevel: "silent",
    platform: "browser",
    conditions: ["browser"]
  })

/** Where the platform is, and as whom to call it. */
export interface Calling {
  readonly url: string
  readonly token?: string
  readonly cookies?: boolean
}

/** What became of a call in the page. */
export type Outcome<A> =
  | { readonly _tag: "Success"; readonly value: A }
  | { readonly _tag: "Failure"; readonly error: string; readonly retryAfter?: number | undefined }

type Use<A> = (sessions: library.AsyncSession) => Promise<A>

/** A call and its end, as they are in the page. */
const callInPage = async <A>(calling: Calling, use: Use<A>): Promise<Outcome<A>> => {
  const sessions = new globalThis.skaha.AsyncSession({ ...calling, loglevel: "critical", retry: false })
  const outcome = await use(sessions).then(
    (value): Outcome<A> => ({ _tag: "Success", value }),
    (error): Outcome<A> => ({ _tag: "Failure", error: error._tag ?? String(error), retryAfter: error.retryAfter })
  )
  await sessions.close()
  return outcome
}

/** An open page, and the server it comes from. */
export class OpenPage implements AsyncDisposable {
  readonly #page: Page
  readonly #browser: Browser
  readonly #close: () => void
  /** The page's origin. */
  readonly origin: string

  private constructor(page: Page, browser: Browser, origin: string, close: () => void) {
    this.#page = page
    this.#browser = browser
    this.#close = close
    this.origin = origin
  }

  static async open(): Promise<OpenPage> {
    const [script] = (await bundle()).outputFiles
    const server = createServer(({ url }, response) => {
      const isScript = url === "/page.js"
      response.setHeader("Content-Type", isScript ? "text/javascript" : "text/html")
      response.end(isScript ? script?.text : html)
    }).listen(0, "localhost")
    await once(server, "listening")
    const { port } = server.address() as AddressInfo
    const origin = `http://localhost:${port}`
    const browser = await playwright.launch({
      ...(chromium === undefined ? {} : { executablePath: chromium }),
      args: ["--no-sandbox", "--disable-quic", "--disable-background-networking", "--disable-component-update"]
    })
    const page = await browser.newPage()
    await page.goto(origin)
    await page.waitForFunction(() => globalThis.skaha !== undefined)
    return new OpenPage(page, browser, origin, () => server.close())
  }

  /** Runs in the page. `use` is sent there as text, so it can reach nothing but what it is given. */
  call<A>(calling: Calling, use: Use<A>): Promise<Outcome<A>> {
    return this.#page.evaluate(`(${String(callInPage)})(${JSON.stringify(calling)}, ${String(use)})`)
  }

  /** Gives the browser a cookie for a place, as signing in there would. */
  async remember(url: string, name: string, value: string): Promise<void> {
    await this.#page.context().addCookies([{ name, value, url }])
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#browser.close()
    this.#close()
  }
}
