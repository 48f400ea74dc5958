/**
 * The ids of sessions and apps.
 */

// A Kubernetes label value, which every id is; anything else could leave the path it is put in.
const label = /^[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/

/**
 * What keeps something from being the id of a session or app; `undefined` when it may be one.
 *
 * @example
 * ```ts
 * import { idProblem } from "@skaha/session"
 *
 * idProblem("abcd1234") // undefined
 * idProblem("../image") // "\"../image\" is not an id such as \"abcd1234\""
 * ```
 */
export const idProblem = (id: unknown): string | undefined => {
  if (typeof id !== "string") return `an id is a text, not ${String(id)}`
  if (id === "") return "is empty"
  return label.test(id) ? undefined : `${JSON.stringify(id)} is not an id such as "abcd1234"`
}
