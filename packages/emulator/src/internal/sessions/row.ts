import { connectUrl } from "./connect.ts"
import { expiresAt, type Phase, phaseOf, type Session } from "../lifecycle/session.ts"
import { formatCores, formatGigabytes, isFixed } from "../resources/resources.ts"

/** Two blanks of indent and no newline at the end. Two separators are escaped which JSON itself does not care about. */
export const prettyJson = (value: unknown): string =>
  JSON.stringify(value, null, 2).replaceAll("\u2028", "\\u2028").replaceAll("\u2029", "\\u2029")

/** `Instant.toString`: the seconds are always there. */
export const instant = (millis: number): string => new Date(millis).toISOString().replace(".000Z", "Z")

/** `OffsetDateTime.toString`: seconds of zero are left out. */
export const offsetDateTime = (millis: number): string => instant(millis).replace(/:00Z$/, "Z")

/** Pod metrics come from a service that looks at a pod only some time after its start. */
const metricsAfter = 15_000

const isMeasured = (phase: Phase, now: number): boolean =>
  phase.status === "Running" && now >= phase.since + metricsAfter

/** A session as its owner sees it. What is undefined is left out of the document. */
export const wireSession = (session: Session, now: number, origin: string) => {
  const phase = phaseOf(session, now)
  const fixed = isFixed(session.resources)
  const measured = isMeasured(phase, now)
  const uid = String(session.owner.uid)
  return {
    id: session.id,
    userid: session.owner.name,
    runAsUID: uid,
    runAsGID: uid,
    supplementalGroups: [],
    appid: session.appId,
    image: session.image,
    type: session.type,
    status: phase.status,
    name: session.name,
    startTime: offsetDateTime(session.startedAt),
    expiryTime: instant(expiresAt(session)),
    connectURL: connectUrl(origin, session),
    requestedRAM: fixed ? formatGigabytes(session.resources.ram.request) : undefined,
    requestedCPUCores: fixed ? formatCores(session.resources.cores.request) : undefined,
    requestedGPUCores: String(session.resources.gpus),
    // an idle container
    ramInUse: measured ? "0.05" : undefined,
    cpuCoresInUse: measured ? "0.001" : undefined,
    isFixedResources: fixed
  }
}

/** A session as everybody sees it. */
export const wirePublicSession = (session: Session, now: number) => ({
  userid: session.owner.name,
  type: session.type,
  status: phaseOf(session, now).status,
  startTime: offsetDateTime(session.startedAt)
})
