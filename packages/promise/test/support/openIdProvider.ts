/**
 * An OpenID provider in few words: a login is confirmed as soon as it has begun, unless its user says no.
 */
import { listener } from "./listener.ts"

/** What it gives and must never be shown. */
export const secrets = ["hunter2"]

export const openIdProvider = async (access: string, { denied = false }: { readonly denied?: boolean } = {}) => {
  const asked: Array<string> = []
  const server = await listener(({ headers, method, url }, response) => {
    asked.push(`${method} ${url}`)
    const origin = `http://${headers.host}`
    const replies: Readonly<Record<string, unknown>> = {
      "/.well-known/openid-configuration": {
        issuer: origin,
        device_authorization_endpoint: `${origin}/device`,
        token_endpoint: `${origin}/token`,
        registration_endpoint: `${origin}/register`,
        userinfo_endpoint: `${origin}/userinfo`
      },
      "/register": { client_id: "client", client_secret: "hunter2-client", client_secret_expires_at: 0 },
      "/device": {
        device_code: "hunter2-device",
        user_code: "WDJB-MJHT",
        verification_uri: `${origin}/confirm`,
        verification_uri_complete: `${origin}/confirm?user_code=WDJB-MJHT`,
        expires_in: 600
      },
      "/token": denied
        ? { error: "access_denied" }
        : { access_token: access, refresh_token: "hunter2-refresh", token_type: "Bearer", expires_in: 3600 },
      "/userinfo": { sub: "1", preferred_username: "alice" }
    }
    const isRefused = denied && url === "/token"
    response.writeHead(isRefused ? 400 : url === "/register" ? 201 : 200, { "content-type": "application/json" })
    response.end(JSON.stringify(replies[url ?? ""] ?? {}))
  })
  return { origin: server.origin, asked, [Symbol.asyncDispose]: server.close }
}
