/**
 * Work that would hold up everything else in this thread if it were done at once.
 */

/** How many milliseconds of a turn may pass before the next piece of work waits for the next turn. */
const share = 2

let waiting: Array<() => void> = []

const turn = (): void => {
  const end = performance.now() + share
  let done = 0
  // What is added meanwhile stands behind.
  for (const work of waiting) {
    done++
    work()
    if (performance.now() >= end) break
  }
  waiting = waiting.slice(done)
  if (waiting.length > 0) setImmediate(turn)
}

/**
 * Does a piece of work when those before it are done: a few milliseconds' worth in a turn of the event loop, so that
 * sockets and timers are attended to in between, however much there is to do. The work must not throw.
 */
export const inTurn = (work: () => void): void => {
  if (waiting.push(work) === 1) setImmediate(turn)
}
