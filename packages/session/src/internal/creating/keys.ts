/**
 * Who may create a session of which name, kind and image: one at a time.
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import * as Semaphore from "effect/Semaphore"

/** What sessions that cannot be told apart have in common. The server stores names in lower case. */
export const keyOf = (name: string, kind: string, image: string): string =>
  `${name.toLowerCase()} ${kind.toLowerCase()} ${image}`

/** Those who have to do with one key. Nothing is left of it when they have gone. */
interface Queue {
  readonly semaphore: Semaphore.Semaphore
  /** How many have a place. */
  places: number
  /** How many turns have ended. */
  turns: number
  /** Who has the turn now. */
  holder: Place | undefined
}

/** The place of one replica among all of this runtime with its key. */
export interface Place {
  readonly key: string
  /**
   * Does something while nobody else with the key does. When it is interrupted, or dies, the turn goes on until the
   * place is left: what it has begun is not over.
   */
  readonly hold: <A, E, R>(act: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
  /** Whether nobody else has, or had, a turn since the place was taken, or since its own last turn. */
  readonly wasAlone: () => boolean
  readonly leave: Effect.Effect<void>
}

/** The keys of a runtime. */
export interface Keys {
  /** Takes a place, which is to be left. */
  readonly join: (key: string) => Place
  /** Notes, at the time `now`, that a create with this key was given up, and may be carried out until then. */
  readonly leaveOpen: (key: string, until: number, now: number) => void
  /** Until when one that was given up may be carried out; long ago where there is none. */
  readonly openUntil: (key: string) => number
}

/** Milliseconds for which an end is remembered: a list that is on its way may be older than it. */
const remembered = 600_000

/** Makes the keys of a runtime. */
export const makeKeys = (): Keys => {
  const queues = new Map<string, Queue>()
  const open = new Map<string, number>()

  const queueOf = (key: string): Queue => {
    const queue = queues.get(key) ?? { semaphore: Semaphore.makeUnsafe(1), places: 0, turns: 0, holder: undefined }
    queues.set(key, queue)
    return queue
  }

  const join = (key: string): Place => {
    const queue = queueOf(key)
    queue.places++
    let seen = queue.turns

    let turn = Scope.makeUnsafe()

    const release = Effect.suspend(() => {
      if (queue.holder !== place) return Effect.void
      queue.holder = undefined
      queue.turns++
      seen = queue.turns
      return Scope.close(turn, Exit.void)
    })

    const place: Place = {
      key,
      hold: (act) =>
        Effect.uninterruptibleMask((restore) => {
          turn = Scope.makeUnsafe()
          const taken = Scope.provide(restore(queue.semaphore.takeScoped(1)), turn)
          return Effect.flatMap(
            Effect.onError(taken, () => Scope.close(turn, Exit.void)),
            () => {
              queue.holder = place
              return Effect.onExit(restore(act), (exit) =>
                Exit.isSuccess(exit) || Exit.hasFails(exit) ? release : Effect.void
              )
            }
          )
        }),
      wasAlone: () => queue.turns === seen && (queue.holder === undefined || queue.holder === place),
      leave: Effect.andThen(
        release,
        Effect.sync(() => {
          queue.places--
          if (queue.places === 0) queues.delete(key)
        })
      )
    }
    return place
  }

  return {
    join,
    leaveOpen: (key, until, now) => {
      for (const [other, end] of open) if (end <= now - remembered) open.delete(other)
      open.set(key, Math.max(until, open.get(key) ?? until))
    },
    openUntil: (key) => open.get(key) ?? Number.NEGATIVE_INFINITY
  }
}
