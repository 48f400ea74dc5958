import * as Result from "effect/Result"
import { badRequest, type Checked, refuse } from "../http/replies.ts"
import { javaSplit } from "./template.ts"

/** What a path below `/v1/session` speaks of. A second segment means apps, whatever it says. */
export type SessionPath =
  | { readonly _tag: "Sessions" }
  | { readonly _tag: "Session"; readonly id: string }
  | { readonly _tag: "Apps"; readonly id: string }
  | { readonly _tag: "App"; readonly id: string; readonly appId: string }

export const parseSessionPath = (path: string | undefined): Checked<SessionPath> => {
  if (path === undefined) return Result.succeed({ _tag: "Sessions" })
  const [id = "", second, appId, ...more] = javaSplit(path, "/")
  if (more.length > 0) return refuse(badRequest(`Invalid request: ${path}`))
  if (second === undefined) return Result.succeed({ _tag: "Session", id })
  return Result.succeed(appId === undefined ? { _tag: "Apps", id } : { _tag: "App", id, appId })
}
