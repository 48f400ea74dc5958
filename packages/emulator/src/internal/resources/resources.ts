import * as Result from "effect/Result"
import type { Parameters } from "../http/parameters.ts"
import { badRequest, type Checked, refuse } from "../http/replies.ts"

/** The choices for one kind of resource, as in the platform's context document. */
export interface ResourceOptions {
  readonly default: number
  /** Requested when a session asks for nothing. */
  readonly defaultRequest: number
  /** The most that a session which asks for nothing may use. */
  readonly defaultLimit: number
  readonly options: ReadonlyArray<number>
}

/** What sessions may ask for: the platform's context document without the session limit. */
export interface ResourceContext {
  readonly cores: ResourceOptions
  /** In GiB. */
  readonly memoryGB: ResourceOptions
  readonly gpus: { readonly options: ReadonlyArray<number> }
}

/** Every whole number from 1 on. */
export const upTo = (last: number): ReadonlyArray<number> =>
  Array.from({ length: Math.floor(last) }, (_, index) => index + 1)

/** The context that the platform is shipped with. */
export const shippedContext: ResourceContext = {
  cores: { default: 2, defaultRequest: 1, defaultLimit: 8, options: upTo(16) },
  memoryGB: {
    default: 8,
    defaultRequest: 4,
    defaultLimit: 32,
    options: [
      1, 2, 4, 6, 8, 10, 12, 14, 16, 20, 24, 26, 28, 30, 32, 36, 40, 44, 48, 56, 64, 80, 92, 112, 128, 140, 170, 192
    ]
  },
  gpus: { options: upTo(28) }
}

const invalid = (name: string, value: string) => refuse(badRequest(`Invalid value for '${name}': ${value}`))

// What Java reads as a double: blanks around it are fine, a type suffix too. (Left out are `Infinity`, which is never on
// offer, and hexadecimal floats, which nobody writes.)
const javaDouble = /^[\0- ]*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)[fFdD]?[\0- ]*$/

const parseJavaDouble = (text: string): number | undefined => {
  const digits = javaDouble.exec(text)?.[1]
  return digits === undefined ? undefined : Number(digits)
}

const parseJavaInteger = (text: string): number | undefined => (/^[+-]?\d+$/.test(text) ? Number(text) : undefined)

/** `cores` or `ram`. Of a fraction only the whole part must be on offer: `2.5` passes where `2` does, not so `0.5`. */
export const checkAmount = (
  parameters: Parameters,
  name: "cores" | "ram",
  options: ReadonlyArray<number>,
  acceptsFractions: boolean
): Checked<number | undefined> => {
  const text = parameters.first(name)
  if (text === undefined) return Result.succeed(undefined)
  const amount = acceptsFractions ? parseJavaDouble(text) : parseJavaInteger(text)
  return amount !== undefined && options.includes(Math.trunc(amount)) ? Result.succeed(amount) : invalid(name, text)
}

export const checkGpus = (
  parameters: Parameters,
  options: ReadonlyArray<number>,
  acceptsBlank: boolean
): Checked<number | undefined> => {
  const text = parameters.first("gpus")
  if (text === undefined || (acceptsBlank && text.trim() === "")) return Result.succeed(undefined)
  const count = parseJavaInteger(text)
  return count !== undefined && options.includes(count) ? Result.succeed(count) : invalid("gpus", text)
}

/** What a session's container is given. */
export interface Resources {
  readonly cores: { readonly request: number; readonly limit: number }
  /** In GiB. */
  readonly ram: { readonly request: number; readonly limit: number }
  readonly gpus: number
}

const desktop = { cores: { request: 0.25, limit: 1 }, ram: { request: 1, limit: 4 } }
const firefly = { cores: { request: 0.1, limit: 1 }, ram: { request: 4, limit: 4 } }

const choose = (wanted: number | undefined, options: ResourceOptions) => ({
  request: wanted ?? options.defaultRequest,
  limit: wanted ?? options.defaultLimit
})

/** Two session types have their resources in their template, whatever was asked for. */
export const allot = (
  type: string,
  wanted: { readonly cores: number | undefined; readonly ram: number | undefined; readonly gpus: number | undefined },
  context: ResourceContext
): Resources => {
  const gpus = wanted.gpus ?? 0
  if (type === "desktop") return { ...desktop, gpus }
  if (type === "firefly") return { ...firefly, gpus }
  return { cores: choose(wanted.cores, context.cores), ram: choose(wanted.ram, context.memoryGB), gpus }
}

/** Memory alone decides whether a session counts as one of fixed resources. */
export const isFixed = (resources: Resources): boolean => resources.ram.request === resources.ram.limit

/** Whole cores without decimals, fractions with three. */
export const formatCores = (cores: number): string => (Number.isInteger(cores) ? String(cores) : cores.toFixed(3))

/** GiB as decimal GB. */
export const formatGigabytes = (gibibytes: number): string => ((gibibytes * 1024 ** 3) / 1e9).toFixed(2)
