/**
 * What a session is to be, and every rule that can be told without asking the platform.
 */
import type { Problem } from "@skaha/core"
import * as Predicate from "effect/Predicate"
import { completeImage } from "./ImageReference.ts"
import { kinds, type Kind } from "./Session.ts"

/** What to create. */
export interface SessionSpec {
  /**
   * Letters, digits and `-`, neither first nor last; at most 63 characters, with the number that replicas get. The
   * server stores it in lower case. Names need not be unique.
   */
  readonly name: string
  /** The container image; short forms are completed, see {@link completeImage}. */
  readonly image: string
  /** Default `headless`. */
  readonly kind?: Kind | undefined
  /** CPU cores: a whole number from 1 to 256 that the platform offers. Default flexible. */
  readonly cores?: number | undefined
  /** RAM in GB: a whole number from 1 to 512 that the platform offers. Default flexible. */
  readonly ram?: number | undefined
  /** GPUs: a whole number from 1 to 28 that the platform offers. Default none. */
  readonly gpus?: number | undefined
  /** The program to run; headless only. Default the image's own. */
  readonly cmd?: string | undefined
  /** Its arguments, parted by single blanks; the platform knows no quoting. Headless only. */
  readonly args?: string | undefined
  /** Environment variables; headless only. */
  readonly env?: Readonly<Record<string, string | number | boolean>> | undefined
  /** How many: a whole number from 1 to 512. Default 1. A desktop or firefly can only be 1. */
  readonly replicas?: number | undefined
  /** Whether names get the replica's number (`name-1`): only if there are several, or always. Default `several`. */
  readonly numbered?: "several" | "always" | undefined
  /**
   * Sends what the platform is known to lose or break: `$`, `\` and `"` in `cmd`, `args` and `env`, double blanks in
   * `args`, empty variables and ones that hold `=`. Default `false`: they are errors.
   */
  readonly allowUnsafe?: boolean | undefined
  /**
   * Takes the name for a key: sessions of this name, kind and image that are listed already are taken up, also those
   * that have ended, and only missing replicas are created. The name has to be the caller's own. The platform forgets
   * headless sessions an hour after their end: they would be created again. Default `false`: nothing that was there
   * before is ever taken for a replica.
   */
  readonly resume?: boolean | undefined
  /**
   * What to do with a session that a create made too late, when the replica had been created again: `report` it, or
   * `destroy` it; only do that where nobody else uses the name. Default `report`.
   */
  readonly twins?: "report" | "destroy" | undefined
}

const twinsModes: ReadonlyArray<string> = ["report", "destroy"]

/** A spec that is complete and without a known mistake. */
export interface CheckedSpec extends SessionSpec {
  readonly kind: Kind
  readonly replicas: number
  /** The names of the replicas, in order. */
  readonly names: ReadonlyArray<string>
}

/** Notes one thing that is wrong. */
export type Report = (field: string, message: string) => void

const whole = (value: number, least: number, most: number): boolean =>
  Number.isInteger(value) && value >= least && value <= most

/** Reports a number that is given and is none of 1 to `most`. */
export const checkNumber = (report: Report, field: string, value: number | undefined, most: number): void => {
  if (value !== undefined && !whole(value, 1, most)) report(field, `${value} is not a whole number from 1 to ${most}`)
}

const checkName = (report: Report, names: ReadonlyArray<string>, name: string): void => {
  if (name === "") report("name", "is empty")
  else if (!/^[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?$/.test(name)) {
    report("name", `${JSON.stringify(name)} may only have letters, digits and, within, "-"`)
  } else if ((names.at(-1) ?? name).length > 63) {
    report("name", `${JSON.stringify(names.at(-1))} has more than 63 characters`)
  }
}

/** What the platform reads as something else: it would lose the character, or fail. */
const fragile = /[$\\"]/

/** Whether all of the program is of the types it should be; a caller without types may have sent anything. */
const checkTypes = (report: Report, { cmd, args, env }: SessionSpec): boolean => {
  const wrong = [
    ...Object.entries({ cmd, args }).filter(([, value]) => value !== undefined && !Predicate.isString(value)),
    ...Object.entries(env ?? {})
      .filter(([, value]) => !Predicate.isString(value) && !Predicate.isBoolean(value) && !Number.isFinite(value))
      .map(([name, value]) => [`env.${name}`, value] as const)
  ]
  for (const [field] of wrong) report(field, "is no text")
  return wrong.length === 0
}

const checkProgram = (report: Report, spec: SessionSpec): void => {
  if (!checkTypes(report, spec)) return
  const { cmd, args, env, allowUnsafe } = spec
  if (cmd?.trim() === "") report("cmd", "is empty: leave it out for the image's own")
  for (const name of Object.keys(env ?? {})) {
    if (!/^[A-Za-z_.-][A-Za-z0-9_.-]*$/.test(name)) report(`env.${name}`, "is not a name for a variable")
  }
  if (allowUnsafe === true) return
  const unsafe = "; allowUnsafe sends it nevertheless"
  for (const [field, text] of [
    ["cmd", cmd],
    ["args", args],
    ...Object.entries(env ?? {}).map(([name, value]) => [`env.${name}`, String(value)] as const)
  ] as const) {
    if (text !== undefined && fragile.test(text)) report(field, `the platform breaks on $, \\ and "${unsafe}`)
    // A line break would end the line of the template that the platform writes the text into.
    if (text?.trim() && /\p{Cc}/u.test(text))
      report(field, `the platform breaks on line breaks and other control characters${unsafe}`)
  }
  if (args !== undefined && /^ | {2}| $/.test(args)) {
    report(
      "args",
      `the platform makes empty arguments of blanks that are first or double, and drops last ones${unsafe}`
    )
  }
  if (args === "") report("args", `the platform makes one empty argument of it: leave it out${unsafe}`)
  for (const [name, value] of Object.entries(env ?? {})) {
    const text = String(value)
    if (text === "") report(`env.${name}`, `the platform drops empty variables${unsafe}`)
    else if (text.includes("=")) report(`env.${name}`, `the platform drops or cuts values with "="${unsafe}`)
  }
}

/** The names of the replicas, in order: numbered from 1 when there are several, or always if asked for. */
const replicaNames = (name: string, replicas: number, numbered: SessionSpec["numbered"]): ReadonlyArray<string> =>
  replicas === 1 && numbered !== "always"
    ? [name]
    : Array.from({ length: replicas }, (_, index) => `${name}-${index + 1}`)

/** Checks a spec against every rule at once: the complete spec, or all that is wrong with it. */
export const checkSpec = (
  spec: SessionSpec,
  registry: string
): { readonly spec: CheckedSpec } | { readonly problems: ReadonlyArray<Problem> } => {
  const problems: Array<Problem> = []
  const report: Report = (field, message) => problems.push({ field, message })
  const kind = spec.kind ?? "headless"
  const replicas = spec.replicas ?? 1
  const many = whole(replicas, 1, 512)
  const names = replicaNames(spec.name, many ? replicas : 1, spec.numbered)

  if (Predicate.isString(spec.name)) checkName(report, names, spec.name)
  else report("name", `a text is needed, not ${String(spec.name)}`)
  const completed = Predicate.isString(spec.image)
    ? completeImage(spec.image, registry)
    : { problem: `a text is needed, not ${String(spec.image)}` }
  if ("problem" in completed) report("image", completed.problem)
  if (!kinds.includes(kind)) report("kind", `${JSON.stringify(kind)} is none of ${kinds.join(", ")}`)
  checkNumber(report, "cores", spec.cores, 256)
  checkNumber(report, "ram", spec.ram, 512)
  checkNumber(report, "gpus", spec.gpus, 28)
  if (!many) report("replicas", `${replicas} is not a whole number from 1 to 512`)
  if (!twinsModes.includes(spec.twins ?? "report")) {
    report("twins", `${JSON.stringify(spec.twins)} is none of ${twinsModes.join(", ")}`)
  }
  if (replicas > 1 && (kind === "desktop" || kind === "firefly")) report("replicas", `there can only be 1 ${kind}`)
  if (kind !== "headless") {
    for (const field of ["cmd", "args", "env"] as const) {
      const value = spec[field]
      if (value !== undefined && value !== "" && (typeof value === "string" || Object.keys(value).length > 0)) {
        report(field, "only headless sessions have it")
      }
    }
  } else {
    checkProgram(report, spec)
  }
  return problems.length > 0 || "problem" in completed
    ? { problems }
    : { spec: { ...spec, image: completed.image, kind, replicas, names } }
}
