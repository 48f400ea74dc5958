/**
 * How a call failed.
 */
import { assert } from "@effect/vitest"

/** The reason of a rejection; a promise that is kept fails the test. */
export const rejection = async (promise: Promise<unknown>): Promise<Error> => {
  let value: unknown
  try {
    value = await promise
  } catch (error) {
    assert.instanceOf(error, Error)
    return error
  }
  return assert.fail(`a rejection was expected, not ${JSON.stringify(value)}`)
}

type Constructor<A> = abstract new (...args: never) => A

/** The reason of a rejection, of one class. */
export const rejectionOf = async <A extends Error>(
  constructor: Constructor<A>,
  promise: Promise<unknown>
): Promise<A> => {
  const error = await rejection(promise)
  if (!(error instanceof constructor))
    throw new Error(`another error was expected than ${error.name}`, { cause: error })
  return error
}

/** What a constructor throws. */
export const thrown = (make: () => unknown): Error => {
  try {
    make()
  } catch (error) {
    assert.instanceOf(error, Error)
    return error
  }
  return assert.fail("an error was expected")
}
