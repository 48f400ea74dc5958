/**
 * Programs of their own, in processes of their own.
 */
import { execFile } from "node:child_process"
import { fileURLToPath } from "node:url"

/** How a program ended: by itself, with this code, and what it wrote. */
export interface Ended {
  readonly code: number | string | undefined
  readonly stdout: string
  readonly stderr: string
}

/** The file of a program. */
export const programPath = (name: string): string => fileURLToPath(new URL(`../programs/${name}`, import.meta.url))

/** Runs a program until it ends by itself; one that does not is killed, and its code is `undefined`. */
export const runProgram = (name: string, ...args: ReadonlyArray<string>): Promise<Ended> =>
  new Promise((resolve) => {
    execFile(process.execPath, [programPath(name), ...args], { timeout: 20_000 }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : (error.code ?? undefined), stdout, stderr })
    })
  })
