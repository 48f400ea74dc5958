import type { EmulatorReply } from "../../Exchange.ts"
import { prettyJson } from "../http/json.ts"
import { flushedJson, json, unexpected } from "../http/replies.ts"
import type { ResourceContext, ResourceOptions } from "./resources.ts"
import type { ResourceSettings } from "./settings.ts"

/** The operator's file cannot be read. */
export const noContext = unexpected("java.lang.IllegalStateException: Failed reading Resources as JSON")

// The documents that another library writes: compact, and in the key order of its hash maps.

const amounts = (resource: ResourceOptions) => ({
  default: resource.default,
  defaultLimit: resource.defaultLimit,
  options: resource.options,
  defaultRequest: resource.defaultRequest
})

const contextReply = ({ cores, gpus, memoryGB }: ResourceContext, maxInteractiveSessions: number | string) =>
  flushedJson(
    JSON.stringify({
      cores: amounts(cores),
      gpus: { options: gpus.options },
      memoryGB: amounts(memoryGB),
      maxInteractiveSessions
    })
  )

/** From the operator's file, in which the session limit is a string. */
export const fileContext = ({ context, maxInteractiveSessions }: ResourceSettings): EmulatorReply =>
  contextReply(context, String(maxInteractiveSessions))

/** From the cluster's limit range, where the session limit is a number. */
export const limitRangeReply = (
  context: ResourceContext,
  { maxInteractiveSessions }: ResourceSettings
): EmulatorReply => contextReply(context, maxInteractiveSessions)

const earlyAmounts = (resource: ResourceOptions, withHeadless: boolean) => ({
  default: resource.default,
  defaultRequest: resource.defaultRequest,
  defaultLimit: resource.defaultLimit,
  ...(withHeadless ? { defaultHeadless: resource.default } : undefined),
  options: resource.options
})

/** The operator's file as it is: no session limit in it, and in the oldest a default for headless sessions. */
export const verbatimContext =
  (withHeadless: boolean) =>
  ({ context }: ResourceSettings): EmulatorReply =>
    json(
      `${prettyJson({
        cores: earlyAmounts(context.cores, withHeadless),
        memoryGB: earlyAmounts(context.memoryGB, withHeadless),
        gpus: { options: context.gpus.options }
      })}\n`
    )

export const repositoryReply = (hosts: ReadonlyArray<string>): EmulatorReply => flushedJson(JSON.stringify(hosts))
