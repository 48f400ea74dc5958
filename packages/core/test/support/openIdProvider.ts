/**
 * A certified OpenID provider on this machine, and a browser for its pages.
 */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { generateKeyPairSync } from "node:crypto"
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import { Provider, type Adapter, type AdapterPayload } from "oidc-provider"

/** A provider, and what it was asked. */
export interface RealProvider {
  readonly issuer: string
  /** Method and path of each request, such as `POST /token`. */
  readonly asked: ReadonlyArray<string>
  /** The grant types for which it gave tokens. */
  readonly grants: ReadonlyArray<string>
  /** Forgets a client. */
  readonly forget: (clientId: string) => void
  /** Whether an access token counts. */
  readonly accepts: (token: string) => Effect.Effect<boolean>
  /** Revokes all tokens of a login, by one of its refresh tokens. */
  readonly revoke: (refreshToken: string) => Effect.Effect<void>
}

/** What a provider remembers, by kind and id. */
class Memory implements Adapter {
  readonly #rows: Map<string, AdapterPayload>
  readonly #kind: string

  constructor(rows: Map<string, AdapterPayload>, kind: string) {
    this.#rows = rows
    this.#kind = kind
  }

  async upsert(id: string, payload: AdapterPayload): Promise<void> {
    this.#rows.set(`${this.#kind}:${id}`, payload)
  }

  async find(id: string): Promise<AdapterPayload | undefined> {
    return this.#rows.get(`${this.#kind}:${id}`)
  }

  async findByUid(uid: string): Promise<AdapterPayload | undefined> {
    return this.#where((payload) => payload.uid === uid)
  }

  async findByUserCode(userCode: string): Promise<AdapterPayload | undefined> {
    return this.#where((payload) => payload.userCode === userCode)
  }

  async consume(id: string): Promise<void> {
    const payload = await this.find(id)
    if (payload !== undefined) payload["consumed"] = Math.floor(Date.now() / 1000)
  }

  async destroy(id: string): Promise<void> {
    this.#rows.delete(`${this.#kind}:${id}`)
  }

  async revokeByGrantId(grantId: string): Promise<void> {
    for (const [key, { grantId: of }] of this.#rows) {
      if (key.startsWith(`${this.#kind}:`) && of === grantId) this.#rows.delete(key)
    }
  }

  #where(condition: (payload: AdapterPayload) => boolean): AdapterPayload | undefined {
    for (const [key, payload] of this.#rows) {
      if (key.startsWith(`${this.#kind}:`) && condition(payload)) return payload
    }
    return undefined
  }
}

const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 })

const page = (body: string) => `<!doctype html><title>A provider</title>${body}`

interface RealProviderOptions {
  /** How long access tokens live, in seconds. */
  readonly access?: number
  /** How long a login may wait to be confirmed, in seconds. */
  readonly device?: number
  /** How long a question for a token waits, in milliseconds. */
  readonly slowness?: number
}

/** A provider for as long as the scope is open. */
export const realProvider = ({ access = 3600, device = 600, slowness = 0 }: RealProviderOptions = {}): Effect.Effect<
  RealProvider,
  never,
  Scope.Scope
> =>
  Effect.gen(function* () {
    const asked: Array<string> = []
    const grants: Array<string> = []
    const rows = new Map<string, AdapterPayload>()
    const server = createServer()
    const port = yield* Effect.acquireRelease(
      Effect.callback<number>((resume) => {
        server.listen(0, "127.0.0.1", () => {
          const address = server.address()
          resume(Effect.succeed(typeof address === "object" && address !== null ? address.port : 0))
        })
      }),
      () =>
        Effect.callback<void>((resume) => {
          server.close(() => resume(Effect.void))
          server.closeAllConnections()
        })
    )
    const issuer = `http://127.0.0.1:${port}`
    const provider = new Provider(issuer, {
      adapter: (kind) => new Memory(rows, kind),
      jwks: { keys: [{ ...privateKey.export({ format: "jwk" }), kty: "RSA", alg: "RS256", use: "sig" }] },
      features: {
        deviceFlow: {
          enabled: true,
          userCodeInputSource: (context, form) => {
            context.body = page(form)
          },
          userCodeConfirmSource: (context, form) => {
            context.body = page(form)
          },
          successSource: (context) => {
            context.body = page("You are signed in.")
          }
        },
        registration: { enabled: true },
        revocation: { enabled: true },
        devInteractions: { enabled: false }
      },
      interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
      claims: { profile: ["preferred_username"], email: ["email"] },
      cookies: { keys: ["a key for tests"] },
      ttl: {
        AccessToken: access,
        DeviceCode: device,
        Grant: 86_400,
        IdToken: 3600,
        Interaction: 3600,
        RefreshToken: 86_400,
        Session: 3600
      },
      rotateRefreshToken: true,
      findAccount: (_, sub) => ({ accountId: sub, claims: () => ({ sub, preferred_username: sub }) })
    })
    const answer = provider.callback()

    /** The provider's own pages: one to sign in, and one to agree. */
    const interact = async (request: IncomingMessage, response: ServerResponse) => {
      const { prompt, params, session } = await provider.interactionDetails(request, response)
      if (request.method === "GET") {
        response.setHeader("content-type", "text/html")
        const field = prompt.name === "login" ? '<input name="login">' : ""
        response.end(page(`<form method="post" action="${request.url}">${field}</form>`))
        return
      }
      if (prompt.name === "login") {
        let body = ""
        for await (const chunk of request) body += String(chunk)
        const accountId = new URLSearchParams(body).get("login") ?? ""
        await provider.interactionFinished(request, response, { login: { accountId } })
        return
      }
      const grant = new provider.Grant({ accountId: session?.accountId ?? "", clientId: String(params["client_id"]) })
      grant.addOIDCScope(String(params["scope"]))
      await provider.interactionFinished(request, response, { consent: { grantId: await grant.save() } })
    }

    server.on("request", (request: IncomingMessage, response: ServerResponse) => {
      asked.push(`${request.method} ${new URL(request.url ?? "", issuer).pathname}`)
      if (request.url?.startsWith("/interaction/") === true) void interact(request, response)
      else if (request.url === "/token") setTimeout(() => void answer(request, response), slowness)
      else void answer(request, response)
    })
    provider.on("grant.success", (context) => grants.push(String(context.oidc.params?.["grant_type"])))
    return {
      issuer,
      asked,
      grants,
      forget: (clientId) => rows.delete(`Client:${clientId}`),
      accepts: (token) =>
        Effect.promise(async () => (await provider.AccessToken.find(token).catch(() => undefined)) !== undefined),
      revoke: (refreshToken) =>
        Effect.promise(async () => {
          const grantId = (await provider.RefreshToken.find(refreshToken))?.grantId
          for (const [key, payload] of rows) if (payload.grantId === grantId) rows.delete(key)
        })
    }
  })

const attribute = (tag: string, name: string): string | undefined => new RegExp(`${name}="([^"]*)"`).exec(tag)?.[1]

/** The first form of a page: where it goes, and what is in it. */
const formOf = (page: string, at: string) => {
  const form = /<form[^>]*>/.exec(page)?.[0]
  if (form === undefined) return undefined
  const fields = new URLSearchParams()
  for (const [input] of page.matchAll(/<input[^>]*>/g)) {
    const name = attribute(input, "name")
    if (name !== undefined) fields.set(name, attribute(input, "value") ?? "")
  }
  return { action: new URL((attribute(form, "action") ?? "").replaceAll("&amp;", "&"), at).href, fields }
}

/**
 * Goes through the pages behind a link as a user does, who signs in and agrees, or who does not. The last page's text.
 */
export const visit = (link: string, { user = "alice", agree = true } = {}): Effect.Effect<string> =>
  Effect.promise(async () => {
    const cookies = new Map<string, string>()
    const open = async (url: string, body?: URLSearchParams): Promise<{ page: string; at: string }> => {
      const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join("; ")
      const sent = body === undefined ? {} : { method: "POST", body }
      const response = await fetch(url, { ...sent, redirect: "manual", headers: { cookie } })
      for (const header of response.headers.getSetCookie()) {
        const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(header) ?? []
        cookies.set(name, value)
      }
      const location = response.headers.get("location")
      return location === null ? { page: await response.text(), at: url } : open(new URL(location, url).href)
    }
    let { page, at } = await open(link)
    for (let form = formOf(page, at); form !== undefined; form = formOf(page, at)) {
      if (form.fields.has("login")) form.fields.set("login", user)
      if (form.fields.has("confirm") && !agree) {
        form.fields.delete("confirm")
        form.fields.set("abort", "yes")
        return (await open(form.action, form.fields)).page
      }
      const next = await open(form.action, form.fields)
      page = next.page
      at = next.at
    }
    return page
  })
