import { isGone, phaseOf, type Session } from "./session.ts"

interface Entry {
  /** `undefined` once only the apps are left. */
  session: Session | undefined
  /** By app id, in use for desktops only. */
  readonly apps: Map<string, Session>
}

const jobsOf = ({ apps, session }: Entry): ReadonlyArray<Session> =>
  session === undefined ? [...apps.values()] : [session, ...apps.values()]

const byJobName = (a: Session, b: Session) => (a.jobName < b.jobName ? -1 : a.jobName > b.jobName ? 1 : 0)

/** All jobs of the platform: sessions by id, and each desktop's apps beneath it. */
export class SessionStore {
  readonly #entries = new Map<string, Entry>()
  /** In the order of lists, as of the last time it was asked for; since then some were added and some removed. */
  #ordered: ReadonlyArray<Session> = []
  #added: Array<Session> = []
  #removed = new Set<Session>()
  readonly #desktopsTakeApps: boolean

  /** Whether a desktop takes its apps with it when it is removed. */
  constructor(desktopsTakeApps: boolean) {
    this.#desktopsTakeApps = desktopsTakeApps
  }

  /** An app whose desktop is not there is only added where apps may be left without one. */
  add(session: Session): void {
    const { appId, id } = session
    const entry = this.#entries.get(id)
    if (appId === undefined) this.#entries.set(id, { session, apps: new Map() })
    else if (entry !== undefined) entry.apps.set(appId, session)
    else if (!this.#desktopsTakeApps) this.#entries.set(id, { session: undefined, apps: new Map([[appId, session]]) })
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
    return entry === undefined ? [] : jobsOf(entry).filter((session) => present(session, now) !== undefined)
  }

  /** Removes a session, with its apps where it takes them with it, or one app. Gives what was removed. */
  remove(id: string, appId?: string): ReadonlyArray<Session> {
    const removed = this.#take(id, appId)
    for (const session of removed) this.#removed.add(session)
    return removed
  }

  #take(id: string, appId: string | undefined): ReadonlyArray<Session> {
    const entry = this.#entries.get(id)
    if (entry === undefined) return []
    if (appId === undefined && this.#desktopsTakeApps) {
      this.#entries.delete(id)
      return jobsOf(entry)
    }
    const taken = appId === undefined ? entry.session : entry.apps.get(appId)
    if (appId === undefined) entry.session = undefined
    else entry.apps.delete(appId)
    if (jobsOf(entry).length === 0) this.#entries.delete(id)
    return taken === undefined ? [] : [taken]
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
