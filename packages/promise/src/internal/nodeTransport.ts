/** The way to the network on Node: a pool of kept connections. */
import { UndiciTransport } from "@skaha/core/node"

export const transport = UndiciTransport.layer
