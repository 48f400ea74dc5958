import * as Result from "effect/Result"
import { badRequest, type Checked, refuse } from "../http/replies.ts"
import type { Platform } from "../platform.ts"

const syntax = /^[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?$/

/**
 * What becomes of a name as a label: its beginning, as far as it is a label value. On servers that do not look there is
 * none where it would not fit.
 */
export const nameLabel = (platform: Platform, name: string): Checked<string | undefined> => {
  if (!platform.settings.profile.checksLabels) {
    return Result.succeed(name.length <= 63 && syntax.test(name) ? name : undefined)
  }
  let label = name.slice(0, 63)
  while (label !== "" && !syntax.test(label)) label = label.slice(0, -1)
  return label === "" ? refuse(badRequest("canfar.net/name label value cannot be blank")) : Result.succeed(label)
}

/** What is put into a Kubernetes label selector must be a label value: not every server looks whether it is. */
export const checkLabel = (platform: Platform, label: "id" | "app-id", value: string): Checked<string> => {
  if (!platform.settings.profile.checksLabels) return Result.succeed(value)
  const problem = (text: string) => refuse(badRequest(`canfar.net/${label} label value ${text}`))
  if (value.trim() === "") return problem("cannot be blank")
  if (value.length > 63) return problem("exceeds 63 characters")
  return syntax.test(value) ? Result.succeed(value) : problem("must match Kubernetes label value syntax")
}
