import type * as Random from "effect/Random"
import type { SessionType } from "../lifecycle/session.ts"

const letters = "abcdefghijklmnopqrstuvwxyz"
const alphabet = `${letters}0123456789`

const randomId = (random: Random.Random, length: number): string => {
  const pick = (from: string) => from.charAt(Math.floor(random.nextDoubleUnsafe() * from.length))
  let id = pick(letters)
  while (id.length < length) id += pick(alphabet)
  return id
}

const unusedId = (random: Random.Random, length: number, inUse: (id: string) => boolean): string => {
  for (;;) {
    const id = randomId(random, length)
    if (!inUse(id)) return id
  }
}

/** Eight characters. The platform does not look whether an id is in use already; here no two sessions share one. */
export const newSessionId = (random: Random.Random, inUse: (id: string) => boolean): string =>
  unusedId(random, 8, inUse)

/** Three characters. */
export const newAppId = (random: Random.Random, inUse: (id: string) => boolean): string => unusedId(random, 3, inUse)

const asHostname = (user: string) => user.replace(/[^0-9a-zA-Z-]/g, "-")

export const sessionJobName = (type: SessionType, user: string, id: string): string =>
  `skaha-${type}-${asHostname(user)}-${id}`.toLowerCase()

export const appJobName = (id: string, appId: string, user: string, app: string): string =>
  `${id}-${appId}-${asHostname(user)}-${app}`.toLowerCase().slice(0, 57)
