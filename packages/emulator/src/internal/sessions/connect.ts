import type { EmulatorReply } from "../../Exchange.ts"
import { phaseOf, type Session } from "../lifecycle/session.ts"
import { utf8 } from "../http/replies.ts"
import type { SessionStore } from "../lifecycle/store.ts"
import { notFoundPage } from "../http/tomcat.ts"

/** Where a browser finds the session; present from its creation on. */
export const connectUrl = (origin: string, session: Session): string => {
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
      return ""
  }
}

/** Stands in for what runs in an interactive session: a page to be reached, once the session is running. */
export const connectPage = (store: SessionStore, path: string, now: number): EmulatorReply => {
  const id = /^\/session\/(?:desktop|notebook|carta|contrib|firefly)\/([a-z0-9]+)\//.exec(path)?.[1]
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
