import type { EmulatorReply } from "../../Exchange.ts"
import { utf8 } from "../http/replies.ts"
import { notFoundPage } from "../http/tomcat.ts"
import { phaseOf, type Session } from "../lifecycle/session.ts"
import type { SessionStore } from "../lifecycle/store.ts"

/** Where a browser finds the session; present from its creation on. `undefined` where there is nothing to be found. */
export const connectUrl = (origin: string, session: Session): string | undefined => {
  const { id } = session
  switch (session.type) {
    case "desktop":
      return `${origin}/session/desktop/${id}/?password=${id}&path=session/desktop/${id}/`
    case "notebook":
      return `${origin}/session/notebook/${id}/lab/tree/cavern/home/${session.owner.name}?token=${id}`
    case "carta":
      return `${origin}/session/carta/${id}/`
    case "contributed":
      return `${origin}/session/contrib/${id}/`
    case "firefly":
      return `${origin}/session/firefly/${id}/firefly/`
    default:
      return undefined
  }
}

/** The same on servers up to 1.1.7, where CARTA before version 5 was elsewhere. */
export const earlyConnectUrl = (origin: string, session: Session): string | undefined => {
  if (session.type !== "carta") return connectUrl(origin, session)
  const { id, image } = session
  const tag = image.slice(image.lastIndexOf(":") + 1)
  if (Number.parseInt(tag) >= 5) return connectUrl(origin, session)
  const path = `session/carta/http/${id}/`
  const socket = `${origin.replace(/^http/, "ws")}/session/carta/ws/${id}/`
  return tag === "1.4" ? `${origin}/${path}?socketUrl=${socket}` : `${origin}/${path}`
}

/** Stands in for what runs in an interactive session: a page to be reached, once the session is running. */
export const connectPage = (store: SessionStore, path: string, now: number): EmulatorReply => {
  const id = /^\/session\/(?:desktop|notebook|carta(?:\/http)?|contrib|firefly)\/([a-z0-9]+)\//.exec(path)?.[1]
  const session = id === undefined ? undefined : store.find(id, now)
  if (session === undefined || phaseOf(session, now).status !== "Running") return notFoundPage(path)
  return {
    status: 200,
    headers: { "Content-Type": "text/html;charset=utf-8" },
    body: utf8(
      `<!doctype html><title>${session.type} ${session.id}</title><p>This ${session.type} session is running.\n`
    )
  }
}
