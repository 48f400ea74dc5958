/**
 * The command line of canfar, at a platform of its own.
 */
import { spawn } from "node:child_process"
import { join } from "node:path"
import type { Environment } from "./environments.ts"
import { makeHome } from "./home.ts"

export interface Ended {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

/** Runs a command to its end, in a home that is new each time. */
export const runCanfar = async (
  { programs }: Environment,
  url: string,
  token: string,
  args: ReadonlyArray<string>
): Promise<Ended> => {
  const home = makeHome(url, token)
  try {
    return await new Promise<Ended>((resolve, reject) => {
      const child = spawn(join(programs, "canfar"), args, {
        env: home.env,
        cwd: home.folder,
        stdio: ["ignore", "pipe", "pipe"]
      })
      let out = ""
      let err = ""
      child.stdout.setEncoding("utf8").on("data", (chunk: string) => (out += chunk))
      child.stderr.setEncoding("utf8").on("data", (chunk: string) => (err += chunk))
      child.once("error", reject)
      child.once("close", (code) => resolve({ code, out, err }))
    })
  } finally {
    home.remove()
  }
}
