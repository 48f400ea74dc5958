/** What the cluster has: one node, as far as the platform can tell. */
export interface Capacity {
  readonly cores: number
  /** In GiB. */
  readonly ram: number
  /** Default: there are always enough. */
  readonly gpus?: number | undefined
}

export const defaultCapacity: Capacity = { cores: 64, ram: 512 }
