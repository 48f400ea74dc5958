/**
 * What sessions may have on a server, from its context. What it does not say stays unknown.
 */
import type { Range, ResourceRanges, ServerRecord, ServerResources } from "../ServerRecord.ts"
import type { ContextReply } from "../wire/ContextReply.ts"

type Context = typeof ContextReply.Type
type Options = Context["cores"]

/** A whole number that is at least `least`; a fraction of one cannot be had. */
const whole = (value: number | undefined, least: number): number | undefined => {
  const rounded = value === undefined ? undefined : Math.floor(value)
  return rounded === undefined || rounded < least ? undefined : rounded
}

const rangeOf = (min: number | undefined, max: number | undefined): Range | undefined =>
  min === undefined || max === undefined || min > max ? undefined : { min, max }

const flexible = ({ defaultRequest, defaultLimit }: Options) =>
  rangeOf(whole(defaultRequest, 0), whole(defaultLimit, 0))

const choices = (options: ReadonlyArray<number> = []): Range | undefined =>
  options.length === 0 ? undefined : rangeOf(whole(Math.min(...options), 0), whole(Math.max(...options), 0))

const both = (context: Context, read: (options: Options) => Range | undefined): ResourceRanges | undefined => {
  const [cores, ram] = [read(context.cores), read(context.memoryGB)]
  return cores === undefined && ram === undefined ? undefined : { cores, ram }
}

/** What sessions may have, as ranges. */
const resourcesOf = (context: Context): ServerResources => ({
  flexible: both(context, flexible),
  fixed: both(context, ({ options }) => choices(options)),
  gpus: choices(context.gpus?.options),
  sessions: whole(context.maxInteractiveSessions, 1)
})

/** What a server's record says of its resources. */
export const recordedResources = (
  context: Context
): Pick<ServerRecord, "cores" | "ram" | "gpus"> & { readonly resources: ServerResources } => ({
  cores: whole(context.cores.defaultLimit, 1),
  ram: whole(context.memoryGB.defaultLimit, 1),
  gpus: choices(context.gpus?.options)?.max,
  resources: resourcesOf(context)
})
