/**
 * `GET session?view=stats`: what the platform has, and what of it is asked for.
 */
import * as Schema from "effect/Schema"
import { Count, Gibibytes, Gigabytes } from "./Tolerant.ts"

const optional = <S extends Schema.Top>(schema: S) => Schema.optionalKey(Schema.NullOr(schema))

const cores = optional(
  Schema.Struct({
    requestedCPUCores: Count,
    cpuCoresAvailable: Count,
    coresAvailable: Count,
    maxCPUCores: optional(Schema.Struct({ cpuCores: Count, withRam: Gibibytes })),
    maxCores: optional(Schema.Struct({ cores: Count, withRam: Gibibytes }))
  })
)

/** What one session may have is in GiB on every server, whether it is written as `32Gi` or as `32G`. */
const maxRAM = optional(Schema.Struct({ ram: Gibibytes, withCPUCores: Count, withCores: Count }))

/**
 * The stats. Servers of 2022 wrote `coresAvailable`, `maxCores` and `maxRAM.withCores`. Servers before 1.1.5 counted
 * `instances`, and wrote GiB as `G` everywhere.
 */
export const StatsReply = Schema.Union([
  Schema.Struct({
    instances: Schema.Struct({ session: Count, desktopApp: Count, headless: Count, total: Count }),
    cores,
    ram: optional(Schema.Struct({ requestedRAM: Gibibytes, ramAvailable: Gibibytes, maxRAM }))
  }),
  Schema.Struct({
    instances: Schema.optionalKey(Schema.Null),
    cores,
    ram: optional(Schema.Struct({ requestedRAM: Gigabytes, ramAvailable: Gigabytes, maxRAM }))
  })
])
