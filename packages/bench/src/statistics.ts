/**
 * Medians, of numbers and of rounds in turn.
 */

export const median = (values: ReadonlyArray<number>): number => {
  const sorted = values.toSorted((one, other) => one - other)
  const middle = Math.floor(sorted.length / 2)
  const upper = sorted[middle] ?? NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? NaN) + upper) / 2
}

/** The median of what one is of the other, round by round: both had the machine in the same state. */
export const medianRatio = (ones: ReadonlyArray<number>, others: ReadonlyArray<number>): number =>
  median(ones.map((one, index) => one / (others[index] ?? NaN)))

/** How many rounds to make. */
export interface Rounds {
  /** That are not counted: connections are made, and code is compiled. */
  readonly warmUp: number
  readonly counted: number
}

/** After so long no round begins any more, where there are {@link fewest} already. */
const patienceMillis = 60_000
const fewest = 3

/** What the rounds of one party gave. */
export interface Series<A> {
  /** The very first, in a fresh process. */
  readonly cold: A
  readonly warm: ReadonlyArray<A>
}

/**
 * Lets the parties take turns, so that what else the machine does meets all of them; who begins changes with each
 * round.
 */
export const inTurns = async <K extends string, A>(
  parties: { readonly [name in K]: () => Promise<A> },
  { counted, warmUp }: Rounds
): Promise<{ readonly [name in K]: Series<A> }> => {
  const names = Object.keys(parties) as Array<K>
  const all = {} as Record<K, Array<A>>
  for (const name of names) all[name] = []
  const end = performance.now() + patienceMillis
  for (let round = 0; round < warmUp + counted; round++) {
    if (round >= warmUp + fewest && performance.now() > end) break
    const first = round % names.length
    for (const name of [...names.slice(first), ...names.slice(0, first)]) all[name].push(await parties[name]())
  }
  const series = {} as Record<K, Series<A>>
  for (const name of names) series[name] = { cold: all[name][0] as A, warm: all[name].slice(warmUp) }
  return series
}
