import { asking } from "./asking.ts"
import { creating } from "./creating.ts"
import { ending } from "./ending.ts"
import { failing } from "./failing.ts"
import { looking } from "./looking.ts"
import type { Chapter } from "./Step.ts"

/** Everything that clients do, in order. */
export const scenario: ReadonlyArray<Chapter> = [...creating, ...looking, ...ending, ...failing, ...asking]
