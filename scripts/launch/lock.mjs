// One launcher prepares at a time. The lock is a file that names the processes at work: the launcher and, while one
// runs, its npm or pnpm, which outlives a launcher that was killed. A lock that nobody stands behind is taken over.

import { mkdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs"
import { hostname } from "node:os"
import { join } from "node:path"
import { toolchainHome } from "./paths.mjs"

const file = join(toolchainHome, "lock")
const pollMillis = 200
const beatMillis = 1_000
/** A holder that has not touched its lock for this many looks (30 s) is gone, even if its process number lives on. */
const patience = 150

const write = (pids, flag) => writeFileSync(file, JSON.stringify({ host: hostname(), pids }), { flag })

const read = () => {
  try {
    return { text: readFileSync(file, "utf8"), beat: statSync(file).mtimeMs }
  } catch {
    return undefined
  }
}

const isAlive = (pid) => {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code === "EPERM"
  }
}

const isAbandoned = (text) => {
  try {
    const { host, pids } = JSON.parse(text)
    return host === hostname() && !pids.some(isAlive)
  } catch {
    // Its holder is about to write it, or was killed before it could: only patience tells.
    return false
  }
}

/** Moves a dead lock aside. If another launcher was quicker and this is already its lock, that one is put back. */
const remove = (text) => {
  const aside = `${file}-${process.pid}`
  try {
    renameSync(file, aside)
    if (readFileSync(aside, "utf8") === text) rmSync(aside)
    else renameSync(aside, file)
  } catch (error) {
    if (error.code !== "ENOENT") throw error
  }
}

const acquire = async () => {
  mkdirSync(toolchainHome, { recursive: true })
  let seen
  let looks = 0
  for (;;) {
    try {
      return write([process.pid], "wx")
    } catch (error) {
      if (error.code !== "EEXIST") throw error
    }
    const now = read()
    looks = now !== undefined && now.beat === seen?.beat ? looks + 1 : 0
    if (now !== undefined && (isAbandoned(now.text) || looks > patience)) {
      remove(now.text)
      continue
    }
    if (seen === undefined) console.error("Waiting for another launcher to finish …")
    seen = now ?? { beat: 0 }
    await new Promise((resolve) => setTimeout(resolve, pollMillis))
  }
}

const touch = () => {
  try {
    const now = new Date()
    utimesSync(file, now, now)
  } catch {
    // Someone deleted the folder: the step at work will tell.
  }
}

/** Runs `work` alone. It is given a function that names a child process which must end before the lock is free. */
export const withLock = async (work) => {
  await acquire()
  const beat = setInterval(touch, beatMillis)
  try {
    return await work((child) => write([process.pid, child], "w"))
  } finally {
    clearInterval(beat)
    rmSync(file, { force: true })
  }
}
