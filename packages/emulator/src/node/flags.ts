import * as Flag from "effect/cli/Flag"
import { profileNames } from "../internal/profiles/Profile.ts"
import { defaultCapacity } from "../internal/resources/capacity.ts"

const atLeastZero = (flag: Flag.Flag<number>) =>
  Flag.filter(
    flag,
    (value) => value >= 0,
    (value) => `Expected a number that is not negative, got ${value}`
  )

/** What the emulator can be told on its command line. */
export const flags = {
  port: Flag.Int("port").pipe(
    Flag.withDescription("Port to listen on; 0 means any free one"),
    Flag.filter(
      (port) => port >= 0 && port <= 65_535,
      (port) => `Expected a port between 0 and 65535, got ${port}`
    ),
    Flag.withDefault(8080)
  ),
  host: Flag.String("host").pipe(
    Flag.withDescription("Address to listen on. Sessions run commands on this machine: think before leaving loopback"),
    Flag.withDefault("127.0.0.1")
  ),
  token: Flag.Redacted("token").pipe(
    Flag.withDescription("The bearer token to accept; without it one is made"),
    Flag.optional
  ),
  profile: Flag.Literals("profile", profileNames).pipe(
    Flag.withDescription("Which server to be: today's, today's with a limit range, or an old one (0.29 speaks /v0)"),
    Flag.withDefault("1.4")
  ),
  user: Flag.String("user").pipe(Flag.withDescription("Whose token it is"), Flag.withDefault("alice")),
  users: Flag.String("users").pipe(
    Flag.withDescription('A file with further users, such as [{ "name": "bob", "token": "…" }]'),
    Flag.optional
  ),
  latency: Flag.Finite("latency").pipe(
    Flag.withDescription("Milliseconds that every request waits"),
    atLeastZero,
    Flag.withDefault(0)
  ),
  faults: Flag.String("faults").pipe(
    Flag.withDescription("A file with a JSON list of what should go wrong; PUT /emulator/faults replaces it"),
    Flag.optional
  ),
  pending: Flag.Finite("pending").pipe(
    Flag.withDescription("Seconds that a session stays pending once there is room for it"),
    atLeastZero,
    Flag.withDefault(2)
  ),
  capacityCores: Flag.Finite("capacity-cores").pipe(
    Flag.withDescription("Cores of the cluster: sessions that do not fit in stay pending"),
    atLeastZero,
    Flag.withDefault(defaultCapacity.cores)
  ),
  capacityRam: Flag.Finite("capacity-ram").pipe(
    Flag.withDescription("Memory of the cluster in GiB"),
    atLeastZero,
    Flag.withDefault(defaultCapacity.ram)
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
    Flag.withDescription("Extension: lets pages of the allowed origins read replies (CORS)"),
    Flag.withDefault(false)
  ),
  http2: Flag.Boolean("http2").pipe(
    Flag.withDescription("Extension: HTTP/2 beside HTTP/1.1; needs --tls-key"),
    Flag.withDefault(false)
  )
}
