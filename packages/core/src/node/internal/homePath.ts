/** Paths below a user's home. */
import { homedir } from "node:os"
import { isAbsolute, join, resolve } from "node:path"

/** The home that the system says, where it is one. A user of a container may have none. */
export const homeFolder = (): string | undefined => {
  try {
    const folder = homedir()
    return isAbsolute(folder) ? folder : undefined
  } catch {
    return undefined
  }
}

/** The absolute path, where `~` stands for the user's home. Without a home it is a name like any other. */
export const homePath = (path: string, home: string | undefined = homeFolder()): string =>
  home === undefined || (path !== "~" && !path.startsWith("~/")) ? resolve(path) : join(home, path.slice(2))
