import * as Flag from "effect/cli/Flag"
import * as Redacted from "effect/Redacted"
import { profileNames } from "../internal/profiles/Profile.ts"
import { defaultCapacity } from "../internal/resources/capacity.ts"

const atLeastZero = (flag: Flag.Flag<number>) =>
  Flag.filter(
    flag,
    (value) => value >= 0,
    (value) => `Expected a number that is not negative, got ${value}`
  )

const notEmpty = () => "Expected a text that is not empty"

/** The help shows a default only where it stands in the description. */
const defaultsTo =
  <B extends string | number>(value: B, description: string) =>
  <A>(flag: Flag.Flag<A>): Flag.Flag<A | B> =>
    flag.pipe(Flag.withDescription(`${description} (default ${value})`), Flag.withDefault(value))

/** As browsers send it: nothing stands behind the host and port, not even a slash. */
const isOrigin = (text: string) => /^([a-z][a-z0-9+.-]*:\/\/[^\s/?#]+|null|\*)$/i.test(text)

/** What the emulator can be told on its command line. */
export const flags = {
  port: Flag.Int("port").pipe(
    Flag.filter(
      (port) => port >= 0 && port <= 65_535,
      (port) => `Expected a port between 0 and 65535, got ${port}`
    ),
    defaultsTo(8080, "Port to listen on; 0 means any free one")
  ),
  host: Flag.String("host").pipe(
    defaultsTo(
      "127.0.0.1",
      "Address to listen on. Sessions run commands on this machine: think before leaving loopback"
    )
  ),
  token: Flag.Redacted("token").pipe(
    Flag.filter((token) => Redacted.value(token) !== "", notEmpty),
    Flag.withDescription("The bearer token to accept; without it one is made"),
    Flag.optional
  ),
  profile: Flag.Literals("profile", profileNames).pipe(
    defaultsTo("1.4", "Which server to be: today's, today's with a limit range, or an old one (0.29 speaks /v0)")
  ),
  user: Flag.String("user").pipe(
    Flag.filter((user) => user !== "", notEmpty),
    defaultsTo("alice", "Whose token it is")
  ),
  users: Flag.String("users").pipe(
    Flag.withDescription('A file with further users, such as [{ "name": "bob", "token": "…" }]'),
    Flag.optional
  ),
  latency: Flag.Finite("latency").pipe(atLeastZero, defaultsTo(0, "Milliseconds that every request waits")),
  faults: Flag.String("faults").pipe(
    Flag.withDescription("A file with a JSON list of what should go wrong; PUT /emulator/faults replaces it"),
    Flag.optional
  ),
  pending: Flag.Finite("pending").pipe(
    atLeastZero,
    defaultsTo(2, "Seconds that a session stays pending once there is room for it")
  ),
  capacityCores: Flag.Finite("capacity-cores").pipe(
    atLeastZero,
    defaultsTo(defaultCapacity.cores, "Cores of the cluster: sessions that do not fit in stay pending")
  ),
  capacityRam: Flag.Finite("capacity-ram").pipe(
    atLeastZero,
    defaultsTo(defaultCapacity.ram, "Memory of the cluster in GiB")
  ),
  state: Flag.String("state").pipe(
    Flag.withDescription("A folder for the sessions, which then outlive the emulator"),
    Flag.optional
  ),
  allowedHosts: Flag.String("allow-host").pipe(
    Flag.withDescription("Another name by which clients reach the server; may be given again"),
    Flag.atLeast(0)
  ),
  allowedOrigins: Flag.String("allow-origin").pipe(
    Flag.withDescription("An origin whose pages may call, such as http://localhost:3000, or *; may be given again"),
    Flag.filter(isOrigin, () => "Expected an origin such as http://localhost:3000, or *"),
    Flag.atLeast(0)
  ),
  tlsKey: Flag.FileText("tls-key").pipe(
    Flag.withDescription("Makes it HTTPS: a file with the private key (PEM)"),
    Flag.optional
  ),
  tlsCert: Flag.FileText("tls-cert").pipe(
    Flag.withDescription("A file with the server's certificate, for --tls-key"),
    Flag.optional
  ),
  clientCa: Flag.FileText("client-ca").pipe(
    Flag.withDescription("A file with the authorities whose client certificates count beside the token"),
    Flag.optional
  ),
  subject: Flag.String("subject").pipe(
    Flag.withDescription("The subject of the user's client certificate, such as CN=alice,O=Example; for --client-ca"),
    Flag.optional
  ),
  cors: Flag.Boolean("cors").pipe(
    Flag.withDescription("Extension: lets pages of the allowed origins read replies (CORS); see --allow-origin"),
    Flag.withDefault(false)
  ),
  http2: Flag.Boolean("http2").pipe(
    Flag.withDescription("Extension: HTTP/2 beside HTTP/1.1; needs --tls-key"),
    Flag.withDefault(false)
  )
}
