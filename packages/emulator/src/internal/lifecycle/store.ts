import { isGone, phaseOf, type Session } from "./session.ts"

interface Entry {
  readonly session: Session
  /** By app id, in use for desktops only. */
  readonly apps: Map<string, Session>
}

const byJobName = (a: Session, b: Session) => (a.jobName < b.jobName ? -1 : a.jobName > b.jobName ? 1 : 0)

/** All jobs of the platform: sessions by id, and each desktop's apps beneath it. */
export class SessionStore {
  readonly #entries = new Map<string, Entry>()
  /** In the order of lists, as of the last time it was asked for; since then some were added and some removed. */
  #ordered: ReadonlyArray<Session> = []
  #added: Array<Session> = []
  #removed = new Set<Session>()

  /** An app whose desktop is not there is not added. */
  add(session: Session): void {
    if (session.appId === undefined) this.#entries.set(session.id, { session, apps: new Map() })
    else this.#entries.get(session.id)?.apps.set(session.appId, session)
    if (this.holds(session)) this.#added.push(session)
  }

  /** Whether it was added and not removed. */
  holds({ appId, id, number }: Session): boolean {
    const entry = this.#entries.get(id)
    const session = appId === undefined ? entry?.session : entry?.apps.get(appId)
    return session?.number === number
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
    const removed = this.#take(id, appId)
    for (const session of removed) this.#removed.add(session)
    return removed
  }

  #take(id: string, appId: string | undefined): ReadonlyArray<Session> {
    const entry = this.#entries.get(id)
    if (entry === undefined) return []
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
    if (this.#added.length > 0 || this.#removed.size > 0) {
      // Sorting what is nearly sorted takes hardly more than one look at each.
      const all = [...this.#ordered, ...this.#added].filter((session) => !this.#removed.has(session))
      this.#ordered = this.#added.length > 0 ? all.toSorted(byJobName) : all
      this.#added = []
      this.#removed = new Set()
    }
    return this.#ordered
  }
}

const present = (session: Session | undefined, now: number): Session | undefined =>
  session !== undefined && !isGone(session, phaseOf(session, now), now) ? session : undefined
