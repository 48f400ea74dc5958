/**
 * The child's side: tasks that the parent asks for, one after the other.
 */

/** Asynchronous functions by name, whose arguments and results are JSON. */
export interface Tasks {
  readonly [name: string]: (...args: Array<never>) => Promise<unknown>
}

/** A task to do. */
export interface Question {
  readonly name: string
  readonly args: Array<never>
}

/** What came of it. */
export type Answer = { readonly value: unknown } | { readonly error: string }

const textOf = (error: unknown): string => (error instanceof Error ? (error.stack ?? error.message) : String(error))

/** Does what the parent asks for, and ends when it is gone. */
export const serve = (tasks: Tasks): void => {
  const answer = (message: Answer) => process.send?.(message)
  process.on("message", ({ name, args }: Question) => {
    const task = tasks[name]
    if (task === undefined) answer({ error: `there is no task ${name}` })
    else {
      task(...args).then(
        (value) => answer({ value }),
        (error: unknown) => answer({ error: textOf(error) })
      )
    }
  })
  process.on("disconnect", () => process.exit())
}
