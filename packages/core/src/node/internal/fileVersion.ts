/** Whether a file is still the one that was read. */
import type { BigIntStats } from "node:fs"

/** What changes when a file is written or replaced. */
export const fileVersion = ({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string =>
  [dev, ino, size, mtimeNs, ctimeNs].join(" ")
