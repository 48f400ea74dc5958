import { readFileSync } from "node:fs"
import { join } from "node:path"

const document = join(import.meta.dirname, "../../docs/compatibility.md")

/** The first column of every row of the tables in docs/compatibility.md. */
export const documentedRows = (): ReadonlyArray<string> =>
  [...readFileSync(document, "utf8").matchAll(/^\| (.+?) \| .* \|$/gm)].map(([, first = ""]) => first)
