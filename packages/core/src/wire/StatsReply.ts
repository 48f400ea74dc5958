/**
 * `GET session?view=stats`: what the platform has, and what of it is asked for.
 */
import * as Schema from "effect/Schema"
import { Count, Gigabytes } from "./Tolerant.ts"

const optional = <S extends Schema.Top>(schema: S) => Schema.optionalKey(Schema.NullOr(schema))

/**
 * The stats. Servers of 2022 wrote `coresAvailable`, `maxCores` and `maxRAM.withCores`; servers before 1.1.5 counted
 * `instances`.
 */
export const StatsReply = Schema.Struct({
  instances: optional(Schema.Struct({ session: Count, desktopApp: Count, headless: Count, total: Count })),
  cores: optional(
    Schema.Struct({
      requestedCPUCores: Count,
      cpuCoresAvailable: Count,
      coresAvailable: Count,
      maxCPUCores: optional(Schema.Struct({ cpuCores: Count, withRam: Gigabytes })),
      maxCores: optional(Schema.Struct({ cores: Count, withRam: Gigabytes }))
    })
  ),
  ram: optional(
    Schema.Struct({
      requestedRAM: Gigabytes,
      ramAvailable: Gigabytes,
      maxRAM: optional(Schema.Struct({ ram: Gigabytes, withCPUCores: Count, withCores: Count }))
    })
  )
})
