/**
 * From what the services tell of the life of sessions to plain objects.
 */
import { isAboutCredentials, type SessionEvent, type SkahaError } from "@skaha/core"
import type { Diagnosis as Diagnosed, LogEvent as Followed, SessionChange as Changed } from "@skaha/session"
import * as DateTime from "effect/DateTime"
import type { DiagnosedEvent, Diagnosis, LogEvent, SessionChange } from "../LifeOptions.ts"

/** Whether an error is about the call itself and not about one of its sessions: it is always raised. */
export const isRaised = (error: SkahaError): boolean => isAboutCredentials(error) || error._tag === "InvalidInput"

/** What has happened to a session. */
export const changeOf = (change: Changed): SessionChange => {
  switch (change._tag) {
    case "Created":
      return { type: "created", session: change.session.wire }
    case "StatusChanged":
      return { type: "statusChanged", session: change.session.wire, from: change.from, to: change.session.status }
    case "ExpiringSoon":
      return { type: "expiringSoon", session: change.session.wire, timeLeft: change.timeLeft }
    case "Gone":
      return { type: "gone", session: change.last.wire }
    case "LookFailed":
      return { type: "lookFailed", error: change.error }
    case "LookRecovered":
      return { type: "lookRecovered" }
  }
}

/** What has come of a log. */
export const eventOf = (event: Followed): LogEvent => {
  const { id, index } = event
  switch (event._tag) {
    case "Line":
      return { type: "line", id, index, text: event.text, ended: event.ended }
    case "Restarted":
      return { type: "restarted", id, index }
    case "Ended":
      return { type: "ended", id, index, status: event.status }
    case "Failed":
      return { type: "failed", id, index, error: event.error }
  }
}

const datedOf = ({ type, reason, message, firstTime, lastTime }: SessionEvent): DiagnosedEvent => ({
  type,
  reason,
  message,
  ...(firstTime === undefined ? {} : { firstTime: DateTime.toDate(firstTime) }),
  ...(lastTime === undefined ? {} : { lastTime: DateTime.toDate(lastTime) })
})

/** What is known of a session. */
export const diagnosisOf = ({ session, events, logTail, requested, available, cause }: Diagnosed): Diagnosis => ({
  session: session.wire,
  events: events.map(datedOf),
  logTail,
  requested,
  available,
  cause
})
