import { creating } from "./creating.ts"
import { destroying } from "./destroying.ts"
import { following } from "./following.ts"
import { interrupted, killed } from "./resuming.ts"
import type { Scenario } from "./Scenario.ts"
import { waiting } from "./waiting.ts"
import { watching } from "./watching.ts"

export const scenarios: ReadonlyArray<Scenario> = [
  creating,
  destroying,
  interrupted,
  killed,
  waiting,
  watching,
  following
]
