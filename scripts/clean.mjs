// Removes what the compiler made: it would leave the output of a deleted module there, to be packed.

import { readdirSync, rmSync } from "node:fs"

for (const name of readdirSync("packages")) rmSync(`packages/${name}/dist`, { recursive: true, force: true })
