/**
 * The apps of a desktop session: programs, each in a container of its own, on its screen.
 */
import {
  InvalidInput,
  SessionReply,
  type PlatformClient,
  type Problem,
  type Settings,
  type SkahaError
} from "@skaha/core"
import * as Effect from "effect/Effect"
import { checkId, readId } from "./internal/each.ts"
import { toSession } from "./internal/lists/listing.ts"
import { parameter } from "./internal/creating/sessionForm.ts"
import { completeImage } from "./ImageReference.ts"
import type { Session } from "./Session.ts"
import { checkNumber, type Report } from "./SessionSpec.ts"

/** What app to start. */
export interface DesktopAppSpec {
  /** The container image; short forms are completed as for a session. */
  readonly image: string
  /** CPU cores: a whole number from 1 to 256 that the platform offers. Default flexible. */
  readonly cores?: number | undefined
  /** RAM in GB: a whole number from 1 to 512 that the platform offers. Default flexible. */
  readonly ram?: number | undefined
}

/** The apps of a desktop session. */
export interface DesktopApps {
  /** The caller's desktop apps. Today's server lists those of all the caller's desktops, whatever the id. */
  readonly list: (desktopId: string) => Effect.Effect<ReadonlyArray<Session>, SkahaError>
  /** Starts an app in a running desktop; gives the app's id. */
  readonly create: (desktopId: string, spec: DesktopAppSpec) => Effect.Effect<string, SkahaError>
  /** One app. */
  readonly info: (desktopId: string, appId: string) => Effect.Effect<Session, SkahaError>
  /** Ends an app; the desktop stays. An unknown app is no error. */
  readonly destroy: (desktopId: string, appId: string) => Effect.Effect<void, SkahaError>
}

/** Makes the operations on desktop apps. */
export const makeDesktopApps = (client: PlatformClient["Service"], settings: Settings["Service"]): DesktopApps => ({
  list: Effect.fn("Sessions.apps.list")(function* (desktopId: string) {
    const operation = "Sessions.apps.list"
    yield* checkId(operation, desktopId)
    return yield* client.rows(
      { operation, method: "GET", path: `session/${desktopId}/app`, id: desktopId },
      SessionReply,
      toSession
    )
  }),

  create: Effect.fn("Sessions.apps.create")(function* (desktopId: string, { image, cores, ram }: DesktopAppSpec) {
    const operation = "Sessions.apps.create"
    yield* checkId(operation, desktopId)
    const problems: Array<Problem> = []
    const report: Report = (field, message) => problems.push({ field, message })
    const completed = completeImage(image, settings.imageRegistry)
    if ("problem" in completed) report("image", completed.problem)
    checkNumber(report, "cores", cores, 256)
    checkNumber(report, "ram", ram, 512)
    if ("problem" in completed || problems.length > 0) return yield* new InvalidInput({ operation, problems })
    return yield* client.text(
      {
        operation,
        method: "POST",
        path: `session/${desktopId}/app`,
        id: desktopId,
        creates: true,
        form: [["image", completed.image], ...parameter("cores", cores), ...parameter("ram", ram)]
      },
      readId,
      "the id of an app"
    )
  }),

  info: Effect.fn("Sessions.apps.info")(function* (desktopId: string, appId: string) {
    const operation = "Sessions.apps.info"
    yield* checkId(operation, desktopId)
    yield* checkId(operation, appId, "appId")
    return yield* client.decode(
      { operation, method: "GET", path: `session/${desktopId}/app/${appId}`, id: appId },
      SessionReply,
      toSession
    )
  }),

  destroy: Effect.fn("Sessions.apps.destroy")(function* (desktopId: string, appId: string) {
    const operation = "Sessions.apps.destroy"
    yield* checkId(operation, desktopId)
    yield* checkId(operation, appId, "appId")
    yield* client.call({ operation, method: "DELETE", path: `session/${desktopId}/app/${appId}`, id: appId })
  })
})

const unimplemented = (name: string) => () => Effect.die(new Error(`the mock has no Sessions.apps.${name}`))

/** Stands in where a mock has no apps. */
export const mockDesktopApps: DesktopApps = {
  list: unimplemented("list"),
  create: unimplemented("create"),
  info: unimplemented("info"),
  destroy: unimplemented("destroy")
}
