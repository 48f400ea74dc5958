// Removes what the compiler made: it would not remove the output of a deleted module, nor notice a deleted output.

import { readdirSync, rmSync } from "node:fs"

for (const name of readdirSync("packages")) rmSync(`packages/${name}/dist`, { recursive: true, force: true })
