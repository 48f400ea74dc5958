/**
 * Sharing work among replicas: inside a headless session, which part of a list is mine?
 *
 * Both helpers take the replica (from 1) and the number of replicas from `REPLICA_ID` and `REPLICA_COUNT`, which
 * every session made with `create` has in its environment.
 */
import { InvalidInput, type Problem } from "@skaha/core"

const fromEnvironment = (name: string): number => {
  const { process } = globalThis as { readonly process?: { readonly env?: Record<string, string | undefined> } }
  const text = process?.env?.[name] ?? "1"
  const number = /^\d+$/.test(text) ? Number(text) : NaN
  if (Number.isNaN(number)) {
    throw new InvalidInput({ operation: "distributed", problems: [{ field: name, message: "is no whole number" }] })
  }
  return number
}

const refuse = (operation: string, problems: ReadonlyArray<Problem>): void => {
  if (problems.length > 0) throw new InvalidInput({ operation, problems })
}

const totalProblems = (total: number): ReadonlyArray<Problem> =>
  Number.isInteger(total) && total >= 1 ? [] : [{ field: "total", message: "a whole number from 1 on" }]

const replicaProblems = (replica: number, total: number): ReadonlyArray<Problem> =>
  Number.isInteger(replica) && replica >= 1 && replica <= total
    ? []
    : [{ field: "replica", message: `a whole number from 1 to the total, ${total}` }]

/**
 * Every `total`-th item, starting with the `replica`-th: good when neighbours cost about the same. A replica that is
 * not among 1 to `total` gets nothing.
 *
 * @param replica - which replica this is, from 1; default `REPLICA_ID`, else 1
 * @param total - how many there are; default `REPLICA_COUNT`, else 1
 * @throws InvalidInput when `total` is not a whole number from 1 on
 *
 * @example
 * ```ts
 * import { distributed } from "@skaha/session"
 *
 * distributed.stripe([0, 1, 2, 3, 4, 5, 6, 7, 8, 9], 2, 3) // [1, 4, 7]
 * ```
 */
export const stripe = <A>(
  items: Iterable<A>,
  replica: number = fromEnvironment("REPLICA_ID"),
  total: number = fromEnvironment("REPLICA_COUNT")
): Array<A> => {
  refuse("distributed.stripe", totalProblems(total))
  return Array.from(items).filter((_, index) => index % total === replica - 1)
}

/**
 * A run of neighbouring items; the last replica also gets the remainder. With fewer items than replicas, the first
 * replicas get one each.
 *
 * @param replica - which replica this is, from 1; default `REPLICA_ID`, else 1
 * @param total - how many there are; default `REPLICA_COUNT`, else 1
 * @throws InvalidInput when `replica` or `total` is not a whole number from 1 on, or `replica` is more than `total`
 *
 * @example
 * ```ts
 * import { distributed } from "@skaha/session"
 *
 * distributed.chunk([0, 1, 2, 3, 4, 5, 6, 7, 8, 9], 4, 4) // [6, 7, 8, 9]
 * ```
 */
export const chunk = <A>(
  items: Iterable<A>,
  replica: number = fromEnvironment("REPLICA_ID"),
  total: number = fromEnvironment("REPLICA_COUNT")
): Array<A> => {
  refuse("distributed.chunk", [...totalProblems(total), ...replicaProblems(replica, total)])
  const all = Array.from(items)
  if (all.length < total) return all.slice(replica - 1, replica)
  const size = Math.floor(all.length / total)
  return all.slice((replica - 1) * size, replica === total ? all.length : replica * size)
}
