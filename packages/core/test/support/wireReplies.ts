/**
 * Replies of the platform as the contract has them, of today's servers and of older ones, and what they mean.
 */
import * as Arbitrary from "effect/Arbitrary"
import { below, oneOf, pick, wellFormed } from "./properties.ts"

/** A value as it comes over the wire, and what it means; no `wire` is a key that does not come. */
export interface Pair {
  readonly wire?: unknown
  readonly means: unknown
}

const absentWords = pick<Pair>(
  { means: undefined },
  { wire: "", means: undefined },
  { wire: "<none>", means: undefined },
  { wire: "not-applicable", means: undefined },
  { wire: null, means: undefined }
)

/** A value that may be absent in all the ways there are. */
const maybe = (present: Arbitrary.Arbitrary<Pair>): Arbitrary.Arbitrary<Pair> => oneOf(present, present, absentWords)

const verbatim = (text: Arbitrary.Arbitrary<string>) => Arbitrary.map(text, (wire): Pair => ({ wire, means: wire }))

const letters = "abcdefghijklmnopqrstuvwxyz0123456789"
const word = (length: number) =>
  Arbitrary.map(
    Arbitrary.all([below(26), Arbitrary.array(below(36), { minLength: length - 1, maxLength: length - 1 })]),
    ([first, others]) => [first, ...others].map((index) => letters[index]).join("")
  )

/** A text that is one: not one of the words for nothing, and without blanks around it. */
const text = Arbitrary.map(wellFormed, (given) => {
  const trimmed = given.trim()
  return ["", "<none>", "not-applicable"].includes(trimmed) ? "x" : trimmed
})

const units: ReadonlyArray<readonly [letter: string, decimal: number, binary: number]> = [
  ["", 1, 1],
  ["K", 1e-6, 2 ** 10 / 1e9],
  ["M", 1e-3, 2 ** 20 / 1e9],
  ["G", 1, 2 ** 30 / 1e9],
  ["T", 1e3, 2 ** 40 / 1e9],
  ["P", 1e6, 2 ** 50 / 1e9],
  ["E", 1e9, 2 ** 60 / 1e9]
]

/** `"8.59"`, `"137.439G"`, `"32Gi"`: as the schema of the server's own tests allows them. */
const memory = (letterMeans: "decimal" | "binary") =>
  Arbitrary.map(
    Arbitrary.all([below(1_000_000), below(1000), pick(0, 2, 3), pick(...units), pick("", "i")]),
    ([whole, thousandths, digits, [letter, decimal, binary], i]): Pair => {
      const number = digits === 0 ? String(whole) : (whole + thousandths / 1000).toFixed(digits)
      const unit = letter === "" ? "" : letter + i
      return { wire: number + unit, means: Number(number) * (i === "i" || letterMeans === "binary" ? binary : decimal) }
    }
  )

const gigabytes = memory("decimal")
/** Where the platform writes `4G` and means 4 GiB. */
const gibibytes = memory("binary")

const cores = oneOf<Pair>(
  Arbitrary.map(below(257), (count) => ({ wire: String(count), means: count })),
  Arbitrary.map(below(20_000), (thousandths) => ({
    wire: (thousandths / 1000).toFixed(3),
    means: Number((thousandths / 1000).toFixed(3))
  })),
  Arbitrary.map(below(20_000), (count) => ({ wire: `${count}m`, means: count * 1e-3 })),
  Arbitrary.map(below(20_000), (count) => ({ wire: `${count}n`, means: count * 1e-9 })),
  Arbitrary.map(below(20_000), (count) => ({ wire: `${count}u`, means: count * 1e-6 }))
)

const numberOrText = Arbitrary.map(Arbitrary.all([below(10_000), pick(true, false)]), ([count, asText]): Pair => ({
  wire: asText ? String(count) : count,
  means: count
}))

const moment = Arbitrary.map(below(2 ** 31), (seconds) => seconds * 1000)

/** With seconds left out where they are zero, as `startTime` has them, or with fractions. */
const time = Arbitrary.map(Arbitrary.all([moment, pick("whole", "minute", "fraction")]), ([at, shape]): Pair => {
  const whole = shape === "minute" ? at - (at % 60_000) : shape === "fraction" ? at + 123 : at
  const iso = new Date(whole).toISOString()
  const wire = shape === "minute" ? iso.replace(":00.000Z", "Z") : iso.replace(".000Z", "Z")
  return { wire, means: whole }
})

const truth = oneOf<Pair>(
  pick<Pair>({ wire: true, means: true }, { wire: false, means: false }),
  pick<Pair>({ wire: "true", means: true }, { wire: "false", means: false })
)

const integers = Arbitrary.map(Arbitrary.array(below(100_000), { maxLength: 5 }), (list): Pair => ({
  wire: list,
  means: list
}))

const percent = Arbitrary.map(below(101), (count): Pair => ({ wire: `${count}%`, means: count }))

const rowOf = (columns: Readonly<Record<string, Arbitrary.Arbitrary<Pair>>>) =>
  Arbitrary.map(Arbitrary.all(columns), (row) => ({
    wire: Object.fromEntries(Object.entries(row).flatMap(([key, pair]) => ("wire" in pair ? [[key, pair.wire]] : []))),
    means: Object.fromEntries(
      Object.entries(row).flatMap(([key, { means }]) => (means === undefined ? [] : [[key, means]]))
    )
  }))

const types = pick("headless", "notebook", "desktop", "carta", "contributed", "firefly", "desktop-app", "novelty")
const statuses = pick(
  "Pending",
  "Running",
  "Completed",
  "Failed",
  "Terminating",
  "Succeeded",
  "Error",
  "Unknown",
  "Failed (DeadlineExceeded)"
)

/** A session, and what it means: times as milliseconds, what is absent left out. */
export const session = rowOf({
  id: verbatim(word(8)),
  userid: verbatim(word(5)),
  type: verbatim(types),
  status: verbatim(statuses),
  runAsUID: maybe(numberOrText),
  runAsGID: maybe(numberOrText),
  supplementalGroups: integers,
  appid: maybe(verbatim(word(3))),
  image: maybe(verbatim(text)),
  name: maybe(verbatim(text)),
  startTime: maybe(time),
  expiryTime: maybe(time),
  connectURL: maybe(
    Arbitrary.map(word(8), (id): Pair => {
      const wire = `https://H/session/notebook/${id}/lab/tree/arc/home/alice?token=${id}`
      return { wire, means: wire }
    })
  ),
  requestedRAM: maybe(gibibytes),
  requestedCPUCores: maybe(cores),
  requestedGPUCores: maybe(numberOrText),
  ramInUse: maybe(gibibytes),
  cpuCoresInUse: maybe(cores),
  gpuRAMInUse: maybe(pick<Pair>({ wire: "1M / 16160M", means: "1M / 16160M" })),
  gpuUtilization: maybe(percent),
  isFixedResources: maybe(truth)
})

/** A row of `view=all`. */
export const publicSession = rowOf({
  userid: verbatim(word(5)),
  type: verbatim(types),
  status: verbatim(statuses),
  startTime: maybe(time)
})

/** An image; labels of its registry come in any order, and may be missing. */
export const image = rowOf({
  id: verbatim(text),
  types: oneOf<Pair>(
    Arbitrary.map(Arbitrary.array(oneOf(types, text), { maxLength: 4 }), (list) => ({ wire: list, means: list })),
    pick<Pair>({ means: undefined })
  ),
  digest: maybe(verbatim(text))
})

/** The block of cores or of memory in a context. */
const options = rowOf({
  default: maybe(numberOrText),
  defaultRequest: maybe(numberOrText),
  defaultLimit: maybe(numberOrText),
  defaultHeadless: maybe(numberOrText),
  options: integers
})

/** A context. */
export const context = rowOf({
  cores: options,
  memoryGB: options,
  gpus: oneOf<Pair>(rowOf({ options: integers }), pick<Pair>({ means: undefined })),
  maxInteractiveSessions: maybe(numberOrText)
})

const number = Arbitrary.map(below(100_000), (count): Pair => ({ wire: count / 8, means: count / 8 }))

/** The stats, of today and of 2022. */
export const stats = oneOf(
  rowOf({
    cores: rowOf({
      requestedCPUCores: number,
      cpuCoresAvailable: number,
      maxCPUCores: rowOf({ cpuCores: number, withRam: gibibytes })
    }),
    ram: rowOf({
      requestedRAM: gigabytes,
      ramAvailable: gigabytes,
      maxRAM: rowOf({ ram: gibibytes, withCPUCores: number })
    })
  }),
  rowOf({
    instances: rowOf({ session: numberOrText, desktopApp: numberOrText, headless: numberOrText, total: numberOrText }),
    cores: rowOf({
      requestedCPUCores: number,
      coresAvailable: number,
      maxCores: rowOf({ cores: number, withRam: gibibytes })
    }),
    ram: rowOf({
      requestedRAM: gibibytes,
      ramAvailable: gibibytes,
      maxRAM: rowOf({ ram: gibibytes, withCores: number })
    })
  })
)
