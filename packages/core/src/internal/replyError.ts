/**
 * What a reply that is not a success means. The only place that reads the server's words.
 */
import {
  CredentialsExpired,
  CredentialsMissing,
  CredentialsRefused,
  Forbidden,
  ImageNotPublic,
  ImageNotTrusted,
  QuotaReached,
  RequestRefused,
  ResourceUnavailable,
  ServerBusy,
  ServerFailure,
  SessionNotFound,
  SessionNotReady,
  type SkahaError
} from "../SkahaError.ts"
import type { TransportReply, TransportRequest } from "../Transport.ts"

/** What is known about the call beside its request. */
interface Call {
  /** The session it is about. */
  readonly id?: string | undefined
  /** Whether it carried credentials. */
  readonly anonymous: boolean
  /** Now, in milliseconds, to read a `Retry-After` that is a date. */
  readonly now: number
}

/** What of a request is secret: the server repeats an `Authorization` that it does not like, or a variable. */
const secretsOf = ({ headers, body }: TransportRequest): ReadonlyArray<string> => {
  const credentials = [headers["authorization"]?.replace(/^\S+ /, ""), headers["x-skaha-registry-auth"]].filter(
    (secret): secret is string => secret !== undefined && secret !== ""
  )
  if (body === undefined) return credentials
  const variables = new URLSearchParams(body)
    .getAll("env")
    .filter((variable) => !variable.startsWith("REPLICA_"))
    .map((variable) => variable.slice(variable.indexOf("=") + 1))
    // Shorter ones are parts of any word.
    .filter((value) => value.length > 2)
  return [...credentials, ...variables]
}

/** A page is for a browser, not for a message; and a line is enough. */
const serverText = (request: TransportRequest, { headers, body }: TransportReply): string | undefined => {
  const text = secretsOf(request).reduce((words, secret) => words.replaceAll(secret, "<redacted>"), body.trim())
  if (text === "" || text.startsWith("<") || (headers["content-type"] ?? "").includes("html")) return undefined
  return text.length > 500 ? `${text.slice(0, 500)}…` : text
}

/** The seconds of a `Retry-After`, be it a number or a date. */
export const retryAfter = (value: string | undefined, now: number): number | undefined => {
  if (value === undefined) return undefined
  // Not just any text: a date can be read from almost everything.
  const date = value.endsWith("GMT") ? Date.parse(value) : NaN
  const seconds = /^\d+$/.test(value) ? Number(value) : (date - now) / 1000
  return Number.isFinite(seconds) ? Math.max(0, seconds) : undefined
}

/** An address without what may be secret in it: user, query and fragment. */
const withoutSecrets = (address: string): string => address.replace(/[?#].*$/s, "").replace(/^([^/]*\/\/)[^/]*@/, "$1")

type Place = ReturnType<typeof placeOf>

const placeOf = (request: TransportRequest, reply: TransportReply) => {
  const text = serverText(request, reply)
  return {
    operation: request.operation,
    method: request.method,
    path: request.path,
    status: reply.status,
    ...(text === undefined ? {} : { serverText: text })
  }
}

/** The 400s that have a meaning, by what the server says. */
const badRequests: ReadonlyArray<
  readonly [pattern: RegExp, meaning: (match: RegExpExecArray, place: Place, call: Call) => SkahaError]
> = [
  [/group memberships for anonymous/, (_, place) => new CredentialsMissing(place)],
  [
    /reached the maximum of (\d+) active sessions/,
    (match, place) => new QuotaReached({ ...place, limit: Number(match[1]) })
  ],
  [
    /^Invalid value for '(cores|ram|gpus)': ?(.*)/s,
    (match, place) =>
      new ResourceUnavailable({
        ...place,
        option: match[1] === "ram" || match[1] === "gpus" ? match[1] : "cores",
        value: match[2] ?? ""
      })
  ],
  [
    /^session image '(.*)' must come from one of/s,
    (match, place) => new ImageNotTrusted({ ...place, image: match[1] ?? "" })
  ],
  [/not in a trusted repository/, (_, place) => new ImageNotTrusted(place)],
  [
    /unknown or private image|Base64|username:secret|^username is required|secret value cannot be empty/,
    (_, place) => new ImageNotPublic(place)
  ],
  [
    /^No active job for user/,
    (_, { status: _status, serverText: _serverText, ...place }, { id = "" }) =>
      new SessionNotReady({
        ...place,
        id,
        sessionStatus: "unknown or not active",
        reason: "only a pending or running session can be renewed"
      })
  ]
]

const canLeaveOutStacks = Object.getOwnPropertyDescriptor(Error, "stackTraceLimit")?.writable === true

/**
 * Makes errors without a stack. That of a reply's would show how replies come in, nothing of the program; and many ids
 * can fail at once, when a stack takes longer than all the rest.
 */
const withoutStack = <A>(make: () => A): A => {
  if (!canLeaveOutStacks) return make()
  const limit = Error.stackTraceLimit
  Error.stackTraceLimit = 0
  try {
    return make()
  } finally {
    Error.stackTraceLimit = limit
  }
}

/** What the platform itself says with a 503. A proxy in front of it that says so may have passed the request on. */
const ownBusy = "temporarily unavailable:"

/** The error that a reply stands for, when its status is not a success. It has no stack. */
export const replyError = (request: TransportRequest, reply: TransportReply, call: Call): SkahaError =>
  withoutStack(() => meaningOf(request, reply, call))

const meaningOf = (request: TransportRequest, reply: TransportReply, call: Call): SkahaError => {
  const place = placeOf(request, reply)
  const { status } = reply
  const text = place.serverText ?? ""
  if (status === 400) {
    for (const [pattern, meaning] of badRequests) {
      const match = pattern.exec(text)
      if (match !== null) return meaning(match, place, call)
    }
  }
  if (status === 401) {
    if (call.anonymous) return new CredentialsMissing(place)
    return /expired/i.test(text) ? new CredentialsExpired(place) : new CredentialsRefused(place)
  }
  if (status === 403) {
    // The server's own spelling is "certficate".
    return /credential|certi?f|auth token/i.test(text) ? new CredentialsRefused(place) : new Forbidden(place)
  }
  // A page says that this is no Skaha server, not that there is no such session.
  const isPage = place.serverText === undefined && reply.body.trim() !== ""
  if (status === 404 && call.id !== undefined && !isPage) return new SessionNotFound({ ...place, id: call.id })
  if (status === 429 || status === 503) {
    const seconds = retryAfter(reply.headers["retry-after"], call.now)
    return new ServerBusy({
      ...place,
      ...(seconds === undefined ? {} : { retryAfter: seconds }),
      ...((status === 429 ? !isPage : text.startsWith(ownBusy)) ? { refused: true } : {})
    })
  }
  if (status >= 500) return new ServerFailure(place)
  // A browser hides redirects that are not followed: their status is 0.
  if (status < 400) {
    return new RequestRefused({
      ...place,
      location: withoutSecrets(reply.headers["location"] ?? "") || "another place"
    })
  }
  return new RequestRefused(place)
}
