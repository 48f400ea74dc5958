/**
 * Asking a server what it is: the version of its API and how to sign in, from its public capabilities.
 */
import * as Effect from "effect/Effect"
import { ConfigurationInvalid, ReplyUndecodable, type SkahaError } from "../SkahaError.ts"
import type { Transport } from "../Transport.ts"
import { sessionEndpoints, type SessionEndpoint } from "../wire/SessionEndpoint.ts"
import { parseAvailability, parseCapabilities, type Availability } from "../wire/Vosi.ts"
import { isWebAddress, readPublicDocument } from "./publicDocument.ts"

interface Probe {
  /** The public operation; errors carry it. */
  readonly operation: string
  /** The server's address without a version. */
  readonly url: string
  /** Seconds that each request may take. */
  readonly timeout: number
  /** Whether to ask for its availability as well. */
  readonly availability: boolean
}

/** What a server says of itself. */
export interface ProbedServer extends SessionEndpoint {
  /** Absent where it was not asked for, or is not told. */
  readonly availability?: Availability
}

const document = <A>(probe: Probe, name: string, read: (xml: string) => A | undefined) =>
  readPublicDocument({
    operation: probe.operation,
    url: new URL(`${probe.url.replace(/\/+$/, "")}/${name}`),
    accept: "application/xml, text/xml",
    timeout: probe.timeout,
    // Another place is another server: who asked this one must not end up there.
    follows: (to, from) => to.origin === from.origin,
    read,
    expected: `a VOSI ${name} document`
  })

/**
 * The newest version that one can sign in to. A server speaks for itself and for no other origin: what it says of
 * another is taken as said of the address at which it was asked, as servers behind a proxy often know neither their
 * scheme nor their port.
 */
const ownEndpoint = (endpoints: ReadonlyArray<SessionEndpoint>, asked: string): SessionEndpoint | undefined => {
  const usable = endpoints.filter(({ auths }) => auths.length > 0)
  const { origin } = new URL(asked)
  const own = usable.find(({ url }) => new URL(url).origin === origin)
  if (own !== undefined) return own
  const [newest] = usable
  return newest === undefined ? undefined : { ...newest, url: asked.replace(/\/+$/, "") }
}

/** Asks a server what it is. */
export const probeServer = Effect.fnUntraced(function* (
  probe: Probe
): Effect.fn.Return<ProbedServer, SkahaError, Transport> {
  if (!isWebAddress(probe.url) || /[?#]/.test(probe.url)) {
    const problems = [{ field: "url", message: "not an http or https address without a user, a password and a query" }]
    return yield* new ConfigurationInvalid({ operation: probe.operation, problems })
  }
  const capabilities = yield* document(probe, "capabilities", parseCapabilities)
  const endpoint = ownEndpoint(sessionEndpoints(capabilities), probe.url)
  if (endpoint === undefined) {
    return yield* new ReplyUndecodable({
      operation: probe.operation,
      reason: "its capabilities have no sessions that one can sign in to"
    })
  }
  const availability = probe.availability
    ? yield* Effect.orElseSucceed(document(probe, "availability", parseAvailability), () => undefined)
    : undefined
  return { ...endpoint, ...(availability === undefined ? {} : { availability }) }
})
