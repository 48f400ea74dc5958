import { expiresAt, isGone, phaseOf, type Session } from "./session.ts"

interface Entry {
  readonly session: Session
  /** By app id, in use for desktops only. */
  readonly apps: Map<string, Session>
}

/** All jobs of the platform: sessions by id, and each desktop's apps beneath it. */
export class SessionStore {
  readonly #entries = new Map<string, Entry>()
  /** All jobs in the order of their names, until the next change. */
  #ordered: ReadonlyArray<Session> | undefined

  add(session: Session): void {
    this.#entries.set(session.id, { session, apps: new Map() })
    this.#ordered = undefined
  }

  addApp(appId: string, app: Session): void {
    this.#entries.get(app.id)?.apps.set(appId, app)
    this.#ordered = undefined
  }

  has(id: string): boolean {
    return this.#entries.has(id)
  }

  /** The session, if it is listed at `now`. */
  find(id: string, now: number): Session | undefined {
    return present(this.#entries.get(id)?.session, now)
  }

  findApp(id: string, appId: string, now: number): Session | undefined {
    return present(this.#entries.get(id)?.apps.get(appId), now)
  }

  /** The session first, then its apps: everything that carries the id. */
  findAll(id: string, now: number): ReadonlyArray<Session> {
    const entry = this.#entries.get(id)
    if (entry === undefined) return []
    return [entry.session, ...entry.apps.values()].filter((session) => present(session, now) !== undefined)
  }

  /** Removes a session with its apps, or one app. Gives what was removed. */
  remove(id: string, appId?: string): ReadonlyArray<Session> {
    const entry = this.#entries.get(id)
    if (entry === undefined) return []
    this.#ordered = undefined
    if (appId === undefined) {
      this.#entries.delete(id)
      return [entry.session, ...entry.apps.values()]
    }
    const app = entry.apps.get(appId)
    entry.apps.delete(appId)
    return app === undefined ? [] : [app]
  }

  /** Everything that was ever added and not removed, in the order of lists. */
  ordered(): ReadonlyArray<Session> {
    this.#ordered ??= [...this.#entries.values()]
      .flatMap((entry) => (entry.apps.size === 0 ? entry.session : [entry.session, ...entry.apps.values()]))
      .toSorted((a, b) => (a.jobName < b.jobName ? -1 : a.jobName > b.jobName ? 1 : 0))
    return this.#ordered
  }

  /** Forgets what is gone at `now`. Gives every job whose time is over, for its runner to end it. */
  sweep(now: number): ReadonlyArray<Session> {
    const overdue: Array<Session> = []
    for (const session of this.ordered()) {
      if (now >= expiresAt(session)) overdue.push(session)
      if (isGone(session, phaseOf(session, now), now)) this.remove(session.id, session.appId)
    }
    return overdue
  }
}

const present = (session: Session | undefined, now: number): Session | undefined =>
  session !== undefined && !isGone(session, phaseOf(session, now), now) ? session : undefined
