/**
 * A process of its own that changes a configuration file again and again: `home name rounds [crash]`.
 */
import { ConfigurationFile } from "@skaha/core/node"
import * as Effect from "effect/Effect"

const [home = "", name = "", rounds = "0", crash] = process.argv.slice(2)

const round = (index: number) =>
  ConfigurationFile.make({ home }).update((now) => {
    // In the middle of a change, with the lock in hand.
    if (crash !== undefined) process.kill(process.pid, "SIGKILL")
    return {
      ...now,
      console: { ...now.console, width: now.console.width + 1 },
      servers: { ...now.servers, [`${name}${index}`]: { url: `https://${name}${index}.example/skaha`, idp: "cadc" } }
    }
  })

await Effect.runPromise(
  Effect.forEach(
    Array.from({ length: Number(rounds) }, (_, index) => index),
    round
  )
)
