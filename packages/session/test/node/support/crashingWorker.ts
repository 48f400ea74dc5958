/**
 * Crashes a worker where a request tells it to: one for session `exit2x…` ends its thread, until two have ended. It may
 * also `throw`, be gone `late`, when its request is on its way, or `spin` for ever.
 */
import { closeSync, openSync } from "node:fs"
import { join } from "node:path"
import { parentPort } from "node:worker_threads"
import * as Predicate from "effect/Predicate"

/** Where threads leave word that they have crashed. */
const folder = process.env["CRASHES"] ?? ""

const crashes: Readonly<Record<string, () => void>> = {
  exit: () => process.exit(3),
  throw: () => {
    throw new Error("out of order")
  },
  spin: () => {
    for (;;);
  },
  late: () => {
    setTimeout(() => process.exit(4), 20)
  }
}

/** Whether this is one of these times, in whatever thread: from the first, which is 0, to before the last. */
export const isDue = (id: string, first: number, last: number): boolean => {
  for (let time = first; time < last; time++) {
    try {
      closeSync(openSync(join(folder, `${id}.${time}`), "wx"))
      return true
    } catch {
      // Somebody has crashed this time.
    }
  }
  return false
}

const pathOf = (message: unknown): string => {
  let value: unknown = message
  for (const key of [1, "payload", "request", "path"]) {
    value = Predicate.isObjectOrArray(value) ? Reflect.get(value, key) : undefined
  }
  return String(value)
}

parentPort?.on("message", (message: unknown) => {
  const [, id = "", kind = "", times] = /\/session\/((exit|throw|late|spin)(\d+)x[^/]*)$/.exec(pathOf(message)) ?? []
  if (isDue(id, 0, Number(times ?? 0))) crashes[kind]?.()
})
