/**
 * Names of container images: `host/project/name:tag`.
 */

/** What of an image name can be told without asking anyone. */
const isHost = (part: string): boolean => part.includes(".") || part.includes(":") || part === "localhost"

/**
 * Completes the short forms: `project/name` gets the registry, and a name without tag or digest gets `:latest`. What
 * starts with a host keeps it, however many parts it has.
 *
 * @param image - such as `skaha/astroml:24.07` or `images.canfar.net/skaha/astroml:24.07`
 * @param registry - the host for names without one, such as `images.canfar.net`
 * @returns the complete name, or what is wrong with it
 *
 * @example
 * ```ts
 * import { completeImage } from "@skaha/session"
 *
 * completeImage("skaha/astroml", "images.canfar.net") // { image: "images.canfar.net/skaha/astroml:latest" }
 * completeImage("ubuntu:latest", "images.canfar.net") // { problem: "…" }
 * ```
 */
export const completeImage = (
  image: string,
  registry: string
): { readonly image: string } | { readonly problem: string } => {
  const parts = image.split("/")
  const host = isHost(parts[0] ?? "")
  if (!/^[\w.:/@+-]+$/.test(image) || /[:@]$/.test(image) || parts.includes("")) {
    return { problem: `${JSON.stringify(image)} is not an image: letters, digits and ._-/:@, no empty parts` }
  }
  if (parts.length < 2 || (parts.length > 3 && !host)) {
    return {
      problem: `${JSON.stringify(image)} is not an image such as "skaha/astroml:24.07", with or without its registry`
    }
  }
  const full = parts.length === 2 && !host ? `${registry}/${image}` : image
  // Also the `:` of a digest, as in name@sha256:…
  return { image: parts.at(-1)?.includes(":") ? full : `${full}:latest` }
}
