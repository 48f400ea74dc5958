import { instant, offsetDateTime } from "../http/json.ts"
import { expiresAt, type Phase, phaseOf, type Session } from "../lifecycle/session.ts"
import type { Profile } from "../profiles/Profile.ts"
import { formatCores, formatGigabytes, isFixed } from "../resources/resources.ts"
import type { connectUrl } from "./connect.ts"

/** Pod metrics come from a service that looks at a pod only some time after its start. */
const metricsAfter = 15_000

/** Whether there are measurements of a session: an idle one, as far as anybody here can tell. */
export const isMeasured = (phase: Phase, now: number): boolean =>
  phase.status === "Running" && now >= phase.since + metricsAfter

/** What a session's document begins with on every server. */
export const rowHead = (session: Session, appid: string | undefined, status: string) => {
  const uid = String(session.owner.uid)
  return {
    id: session.id,
    userid: session.owner.name,
    runAsUID: uid,
    runAsGID: uid,
    supplementalGroups: [],
    appid,
    image: session.image,
    type: session.type,
    status,
    name: session.name
  }
}

/** A session as its owner sees it, read from its job. */
export const jobRow =
  (status: Profile["status"], connect: typeof connectUrl): Profile["row"] =>
  (session, now, origin) => {
    const fixed = isFixed(session.resources)
    const measured = isMeasured(phaseOf(session, now), now)
    return {
      ...rowHead(session, session.appId, status(session, now)),
      startTime: offsetDateTime(session.startedAt),
      expiryTime: instant(expiresAt(session)),
      connectURL: connect(origin, session) ?? "",
      requestedRAM: fixed ? formatGigabytes(session.resources.ram.request) : undefined,
      requestedCPUCores: fixed ? formatCores(session.resources.cores.request) : undefined,
      requestedGPUCores: String(session.resources.gpus),
      ramInUse: measured ? "0.05" : undefined,
      cpuCoresInUse: measured ? "0.001" : undefined,
      isFixedResources: fixed
    }
  }

/** A session as everybody sees it. */
export const publicRow = (profile: Profile, session: Session, now: number) => ({
  userid: session.owner.name,
  type: session.type,
  status: profile.status(session, now),
  startTime: profile.startTime(session, now)
})
