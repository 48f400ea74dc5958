/**
 * What the process writes.
 */
import { vi } from "@effect/vitest"

/** The lines that went to each stream, in order. */
export interface Output {
  readonly stdout: ReadonlyArray<string>
  readonly stderr: ReadonlyArray<string>
}

/** Runs something and collects what it prints: `console.log` is stdout, `console.error` is stderr. */
export const captured = async <A>(run: () => Promise<A>): Promise<Output & { readonly value: A }> => {
  const stdout: Array<string> = []
  const stderr: Array<string> = []
  const to = (lines: Array<string>) => (text: unknown) => {
    lines.push(String(text))
  }
  const spies = [
    vi.spyOn(console, "log").mockImplementation(to(stdout)),
    vi.spyOn(console, "info").mockImplementation(to(stdout)),
    vi.spyOn(console, "debug").mockImplementation(to(stdout)),
    vi.spyOn(console, "error").mockImplementation(to(stderr)),
    vi.spyOn(console, "warn").mockImplementation(to(stderr))
  ]
  try {
    return { value: await run(), stdout, stderr }
  } finally {
    for (const spy of spies) spy.mockRestore()
  }
}
