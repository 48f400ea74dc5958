/** The way to the network where there is no Node: `fetch`. */
import { Transport } from "@skaha/core"

export const transport = Transport.layer
