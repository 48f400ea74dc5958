import type { EmulatorReply } from "../../Exchange.ts"
import type { Settings } from "../platform.ts"
import { flushedJson } from "../http/replies.ts"
import type { ResourceOptions } from "./resources.ts"

// The two documents that another library writes: compact, and in the key order of its hash maps.

const amounts = (resource: ResourceOptions) => ({
  default: resource.default,
  defaultLimit: resource.defaultLimit,
  options: resource.options,
  defaultRequest: resource.defaultRequest
})

/** The session limit is a string: the document comes from a file in which it is one. */
export const contextReply = ({ context, maxInteractiveSessions }: Settings): EmulatorReply =>
  flushedJson(
    JSON.stringify({
      cores: amounts(context.cores),
      gpus: { options: context.gpus.options },
      memoryGB: amounts(context.memoryGB),
      maxInteractiveSessions: String(maxInteractiveSessions)
    })
  )

export const repositoryReply = (hosts: ReadonlyArray<string>): EmulatorReply => flushedJson(JSON.stringify(hosts))
