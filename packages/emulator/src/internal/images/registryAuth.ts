import * as Base64 from "effect/encoding/Base64"
import * as Result from "effect/Result"
import { badRequest, type Checked, refuse } from "../http/replies.ts"
import { javaSplit } from "../sessions/template.ts"

export const registryAuthHeader = "x-skaha-registry-auth"

const bad = (message: string) => refuse(badRequest(message))
const utf8 = new TextDecoder()

/** The header is only looked at for an image that is not in the public cache; its secret is never checked. */
export const checkRegistryAuth = (header: string | undefined): Checked<void> => {
  if (header === undefined || header.trim() === "") {
    return bad(
      "No authentication provided for unknown or private image.  " +
        `Use ${registryAuthHeader} request header with base64Encode(username:secret).`
    )
  }
  if (header.length % 4 !== 0) return bad("Length of Base64 encoded input string is not a multiple of 4.")
  const decoded = /^[A-Za-z0-9+/]+={0,2}$/.test(header) ? Base64.decode(header) : undefined
  if (decoded === undefined || Result.isFailure(decoded)) return bad("Illegal character in Base64 encoded data.")
  const [username, secret, ...more] = javaSplit(utf8.decode(decoded.success), ":")
  if (username === undefined || secret === undefined || more.length > 0) {
    return bad("Invalid input.  Must be in form of username:secret")
  }
  if (username.trim() === "") return bad("username is required.")
  return secret.trim() === "" ? bad("secret value cannot be empty.") : Result.succeed(undefined)
}
