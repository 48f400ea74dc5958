import { instant } from "../http/json.ts"
import { expiresAt, phaseOf } from "../lifecycle/session.ts"
import type { Profile } from "../profiles/Profile.ts"
import { earlyConnectUrl } from "./connect.ts"
import { isMeasured, rowHead } from "./row.ts"

const none = "<none>"

/** A pod has started when its container has, unlike a job. */
export const podStartTime: Profile["startTime"] = (session, now) =>
  phaseOf(session, now).status === "Pending" ? none : instant(session.startedAt)

/** A session as its owner sees it, read from the table that `kubectl` prints of its pod: no cell is ever empty. */
export const podRow =
  (status: Profile["status"]): Profile["row"] =>
  (session, now, origin) => {
    const { cores, gpus, ram } = session.resources
    const phase = phaseOf(session, now)
    const measured = isMeasured(phase, now)
    return {
      ...rowHead(session, session.appId ?? none, status(session, now)),
      startTime: podStartTime(session, now),
      expiryTime: phase.status === "Pending" ? none : instant(expiresAt(session)),
      connectURL: earlyConnectUrl(origin, session) ?? "not-applicable",
      // as Kubernetes has it, without the `i` of `Gi`
      requestedRAM: `${ram.request}G`,
      requestedCPUCores: String(cores.request),
      requestedGPUCores: gpus === 0 ? none : String(gpus),
      ramInUse: measured ? "48M" : none,
      gpuRAMInUse: measured && gpus > 0 ? "1M / 16160M" : none,
      cpuCoresInUse: measured ? "0.001" : none,
      gpuUtilization: measured && gpus > 0 ? "0%" : none
    }
  }
