/**
 * Waiting for what other processes and servers do.
 */

/** Waits until something is so; the test's own time limit ends the wait. */
export const until = async (condition: () => boolean | Promise<boolean>): Promise<void> => {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 2))
}
