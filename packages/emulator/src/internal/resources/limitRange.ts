import { type ResourceContext, upTo } from "./resources.ts"

/** A limit range of the cluster, where the platform takes the choices of resources from it and not from a file. */
export interface LimitRange {
  /** Requested when a session asks for nothing: cores, and memory in GiB. */
  readonly defaultRequest: { readonly cores: number; readonly ram: number }
  /** The most that a session which asks for nothing may use. */
  readonly default: { readonly cores: number; readonly ram: number }
  /** The most that a session may ask for. Without GPUs none are on offer. */
  readonly max: { readonly cores: number; readonly ram: number; readonly gpus?: number | undefined }
}

/** Like the file that the platform is shipped with, as far as a limit range can say it. */
export const shippedLimitRange: LimitRange = {
  defaultRequest: { cores: 1, ram: 4 },
  default: { cores: 8, ram: 32 },
  max: { cores: 16, ram: 192, gpus: 28 }
}

/** Every whole number up to the maximum is on offer; what is requested by default is the default, too. */
export const limitRangeContext = ({ default: limit, defaultRequest, max }: LimitRange): ResourceContext => ({
  cores: {
    default: defaultRequest.cores,
    defaultRequest: defaultRequest.cores,
    defaultLimit: limit.cores,
    options: upTo(max.cores)
  },
  memoryGB: {
    default: Math.floor(defaultRequest.ram),
    defaultRequest: Math.floor(defaultRequest.ram),
    defaultLimit: Math.floor(limit.ram),
    options: upTo(max.ram)
  },
  gpus: { options: upTo(max.gpus ?? 0) }
})
