/** Paths below a user's home. */
import { homedir } from "node:os"
import { join, resolve } from "node:path"

/** The absolute path, where `~` stands for the user's home. */
export const homePath = (path: string, home: string = homedir()): string =>
  path === "~" ? home : path.startsWith("~/") ? join(home, path.slice(2)) : resolve(path)
