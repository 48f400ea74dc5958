/**
 * The headers of a call to the platform.
 */
import * as Redacted from "effect/Redacted"
import type { Authorization } from "../Credentials.ts"
import type { Settings } from "../Settings.ts"
import type { TransportRequest } from "../Transport.ts"
import { version } from "./version.ts"

type Headers = TransportRequest["headers"]

/** What of a call its headers depend on. */
interface Call {
  readonly method: string
  readonly accept?: string
  readonly creates?: boolean
}

const formType = "application/x-www-form-urlencoded"

/** Base64 of the UTF-8 bytes, without anything of Node. */
const toBase64 = (text: string): string => btoa(String.fromCodePoint(...new TextEncoder().encode(text)))

/**
 * Makes the headers of calls. Most calls of one second have the same ones, and share one object: it must not be
 * changed.
 */
export const makeHeaders = (
  registry: Settings["Service"]["registry"]
): ((call: Call, authorization: Authorization, now: number) => Headers) => {
  const registryAuthorization =
    registry === undefined
      ? undefined
      : Redacted.make(toBase64(`${registry.username}:${Redacted.value(registry.secret)}`))

  let second = NaN
  let of: Authorization | undefined
  let common: Headers = {}

  /** Those of a call that has nothing special. */
  const commonHeaders = (authorization: Authorization, now: number): Headers => {
    const { header, type } = authorization
    if (Math.floor(now / 1000) !== second || authorization !== of) {
      second = Math.floor(now / 1000)
      of = authorization
      common = {
        accept: "application/json",
        "content-type": formType,
        date: new Date(now).toUTCString(),
        "user-agent": `skaha-typescript/${version}`,
        ...(type === undefined ? {} : { "x-skaha-authentication-type": type }),
        ...(header === undefined ? {} : { authorization: Redacted.value(header) })
      }
    }
    return common
  }

  return ({ accept, creates = false, method }, authorization, now) => {
    const headers = commonHeaders(authorization, now)
    if (accept === undefined && method !== "POST" && !creates) return headers
    return {
      ...headers,
      ...(accept === undefined ? {} : { accept }),
      ...(method === "POST" ? { "content-type": `${formType}; charset=UTF-8` } : {}),
      ...(creates && registryAuthorization !== undefined
        ? { "x-skaha-registry-auth": Redacted.value(registryAuthorization) }
        : {})
    }
  }
}
