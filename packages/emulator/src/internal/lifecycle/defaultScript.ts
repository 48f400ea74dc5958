import type { Job, Script } from "../../Runner.ts"

const unitSeconds: Record<string, number> = { "": 1, s: 1, m: 60, h: 3600, d: 86_400 }

const sleepSeconds = (argument: string): number | undefined => {
  const parts = /^(\d+(?:\.\d*)?|\.\d+)([smhd]?)$/.exec(argument)
  const unit = unitSeconds[parts?.[2] ?? ""]
  return parts === null || unit === undefined ? undefined : Number(parts[1]) * unit
}

const failure = (exitCode: number, log: string): Script => ({ seconds: 0, exitCode, log })
const success = (seconds: number, log = ""): Script => ({ seconds, exitCode: 0, log })

/** What a few well-known commands would do, so that examples read like real ones. */
export const defaultScript = (job: Job): Script => {
  const [first = ""] = job.args
  switch (job.cmd) {
    case "echo":
      return success(0, `${job.args.join(" ")}\n`)
    case "sleep": {
      const times = job.args.map(sleepSeconds)
      const known = times.filter((time) => time !== undefined)
      return times.length > 0 && known.length === times.length
        ? success(known.reduce((sum, time) => sum + time, 0))
        : failure(1, `sleep: invalid time interval '${job.args.join(" ")}'\n`)
    }
    case "true":
      return success(0)
    case "false":
      return failure(1, "")
    case "exit":
      return failure(/^\d{1,3}$/.test(first) ? Number(first) % 256 : 0, "")
    case "env":
      return success(0, job.env.map(([name, value]) => `${name}=${value}\n`).join(""))
    case "printenv": {
      const found = job.env.findLast(([name]) => name === first)
      return found === undefined ? failure(1, "") : success(0, `${found[1]}\n`)
    }
    default:
      return success(1)
  }
}
