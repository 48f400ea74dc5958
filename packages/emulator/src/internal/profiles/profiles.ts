import { offsetDateTime } from "../http/json.ts"
import { badRequest, unauthorizedAnonymous } from "../http/replies.ts"
import { expiresAt, phaseOf } from "../lifecycle/session.ts"
import { fileContext, limitRangeReply, verbatimContext } from "../resources/context.ts"
import { limitRangeContext } from "../resources/limitRange.ts"
import { measuredStatistics, nodeStatistics } from "../resources/stats.ts"
import { connectUrl, earlyConnectUrl } from "../sessions/connect.ts"
import { podRow, podStartTime } from "../sessions/podRow.ts"
import { jobRow } from "../sessions/row.ts"
import type { Profile, ProfileName } from "./Profile.ts"

const legacySessions = ["vos://cadc.nrc.ca~vospace/CADC/std/Proc#sessions-1.0", "v0"] as const

const platformEndpoints = ["session", "context", "image", "repository"].map(
  (name) => [`http://www.opencadc.org/std/platform#${name}-1`, `v1/${name}`] as const
)

const jobStatus: Profile["status"] = (session, now) => phaseOf(session, now).status

/** Today's server. */
const current: Profile = {
  version: "v1",
  anonymous: badRequest("cannot get group memberships for anonymous"),
  // The entry for `/v0`, which is gone, is in the platform's own document.
  capabilities: [legacySessions, ...platformEndpoints],
  creates: {
    enforcesImageLabels: false,
    acceptsFractions: true,
    acceptsBlankType: false,
    acceptsBlankGpus: true,
    blankName: "Missing parameter 'name'",
    countsFinished: false
  },
  checksLabels: true,
  lists: { showsApps: false, hasInteractiveView: true },
  destroys: { refusesOthers: false, takesApps: true },
  status: jobStatus,
  row: jobRow(jobStatus, connectUrl),
  startTime: (session) => offsetDateTime(session.startedAt),
  resources: ({ context }) => context,
  context: fileContext,
  statistics: measuredStatistics(({ context }) => ({
    cores: context.cores.defaultLimit,
    ram: `${context.memoryGB.defaultLimit}Gi`
  }))
}

/** Today's server on a cluster with a limit range: it takes the place of the file with the choices of resources. */
const withLimitRange: Profile = {
  ...current,
  resources: ({ limitRange }) => limitRangeContext(limitRange),
  context: (settings) => limitRangeReply(limitRangeContext(settings.limitRange), settings),
  // gibibytes, whatever the letter says
  statistics: measuredStatistics(({ limitRange: { max } }) => ({ cores: max.cores, ram: `${max.ram}G` }))
}

/** A failed job is known by the reason for which it failed. */
const conditionStatus: Profile["status"] = (session, now) => {
  const phase = phaseOf(session, now)
  if (phase.status !== "Failed") return phase.status
  return phase.finishedAt < expiresAt(session) ? "Failed (BackoffLimitExceeded)" : "Failed (DeadlineExceeded)"
}

/** The first servers that read sessions from jobs, as of 1.0.3. */
const first: Profile = {
  ...current,
  anonymous: unauthorizedAnonymous,
  creates: { ...current.creates, acceptsFractions: false, acceptsBlankType: true, countsFinished: true },
  checksLabels: false,
  lists: { showsApps: true, hasInteractiveView: false },
  status: conditionStatus,
  row: jobRow(conditionStatus, earlyConnectUrl),
  context: verbatimContext(false),
  statistics: nodeStatistics
}

/** A pod calls its success by another name. */
const podStatus: Profile["status"] = (session, now) => {
  const { status } = phaseOf(session, now)
  return status === "Completed" ? "Succeeded" : status
}

/** The last servers of `/v0`, which read sessions from pods, as of 0.29.2. */
const legacy: Profile = {
  ...first,
  version: "v0",
  capabilities: [legacySessions],
  creates: {
    ...first.creates,
    enforcesImageLabels: true,
    acceptsBlankGpus: false,
    blankName: "name must have a value"
  },
  destroys: { refusesOthers: true, takesApps: false },
  status: podStatus,
  row: podRow(podStatus),
  startTime: podStartTime,
  context: verbatimContext(true)
}

export const profiles: Readonly<Record<ProfileName, Profile>> = {
  "1.4": current,
  "1.4-limit-range": withLimitRange,
  "1.0": first,
  "0.29": legacy
}
