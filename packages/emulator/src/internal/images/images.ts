import type { EmulatorReply } from "../../Exchange.ts"
import { prettyJson } from "../http/json.ts"
import type { Parameters } from "../http/parameters.ts"
import { badRequest, json, unexpected } from "../http/replies.ts"
import { sessionTypes } from "../lifecycle/session.ts"

/** A public image as the platform's cache knows it. */
export interface Image {
  /** The full reference: host, project, name and tag. */
  readonly id: string
  /** The image's labels: session types, and whatever else the registry has. */
  readonly types: ReadonlyArray<string>
  readonly digest: string
}

const image = (id: string, type: string, digit: string): Image => ({
  id: `images.canfar.net/skaha/${id}`,
  types: [type],
  digest: `sha256:${digit.repeat(64)}`
})

/** Enough to start a session of every type. */
export const publicImages: ReadonlyArray<Image> = [
  image("astroml:latest", "notebook", "1"),
  image("base-notebook:latest", "notebook", "2"),
  image("carta:5.1.0", "carta", "3"),
  image("desktop:1.2.1", "desktop", "4"),
  image("firefly:2025.2", "firefly", "5"),
  image("marimo:latest", "contributed", "6"),
  { ...image("terminal:1.1.2", "headless", "7"), types: ["desktop-app", "headless"] }
]

/** The cache does not answer. */
export const cacheDown = unexpected(
  "redis.clients.jedis.exceptions.JedisConnectionException: Failed to connect to any host resolved for DNS name."
)

/** The filter is exact, unlike that of sessions, and an unknown type is an error. */
export const listImages = (images: ReadonlyArray<Image>, parameters: Parameters): EmulatorReply => {
  const type = parameters.first("type")
  if (type !== undefined && !sessionTypes.some((known) => known === type)) return badRequest(`unknown type: ${type}`)
  const chosen = type === undefined ? images : images.filter(({ types }) => types.includes(type))
  return json(prettyJson(chosen.map(({ id, types, digest }) => ({ id, types, digest }))))
}
