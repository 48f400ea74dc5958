import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { defaultScript } from "./internal/lifecycle/defaultScript.ts"
import { makeScriptedRun } from "./internal/lifecycle/scriptedRun.ts"

/** What a headless session asks to run. */
export interface Job {
  /** The session's id. */
  readonly id: string
  readonly user: string
  /** In lower case, as the platform stores it. */
  readonly name: string
  readonly image: string
  /** The command, one word whatever it contains; `undefined` means the image's own entry point. */
  readonly cmd: string | undefined
  readonly args: ReadonlyArray<string>
  /** In the order given; of equal names the last one counts. */
  readonly env: ReadonlyArray<readonly [name: string, value: string]>
  /** How many cores the container may use. */
  readonly cores: number
  /** How much memory it may use, in GiB. */
  readonly ram: number
  /** How many GPUs it has. */
  readonly gpus: number
  /** When the container may start, in milliseconds since the epoch: a session is `Pending` until then. */
  readonly startsAt: number
}

/** Where a job stands. All times are milliseconds since the epoch. */
export type JobState =
  | { readonly _tag: "Waiting" }
  | { readonly _tag: "Running"; readonly since: number }
  | { readonly _tag: "Exited"; readonly since: number; readonly at: number; readonly exitCode: number }

/** A job that has been handed to a runner. */
export interface JobRun {
  /**
   * When the container exits if nobody ends it, in milliseconds since the epoch, of a job whose `state` and `log` are
   * known beforehand for all times (`Infinity`: never). `undefined` if that will turn out: then the runner reports.
   */
  readonly endsAt: number | undefined
  /** Where the job stands at `now`. Called for every row of every list: it must be cheap. */
  readonly state: (now: number) => JobState
  /** What the container has written by `now`, stdout and stderr together. */
  readonly log: (now: number) => Effect.Effect<Uint8Array>
  /** Ends the job without waiting for its end. May be called more than once, and after the job's own end. */
  readonly destroy: Effect.Effect<void>
}

/**
 * What a runner tells the platform of a job whose end it does not know beforehand. Both wait for the platform, so they
 * are not to be waited for within `start`.
 */
export interface JobReport {
  /** The container runs: `state` says so already. */
  readonly started: Effect.Effect<void>
  /** The container is gone, whether it exited or was destroyed: its place in the cluster is free. */
  readonly ended: Effect.Effect<void>
}

/** What a scripted job does. */
export interface Script {
  /** How long it runs, in seconds. Less than 0 is 0; `Infinity` is until its session is ended. */
  readonly seconds: number
  /** 0 means `Completed`, anything else `Failed`. */
  readonly exitCode: number
  /** All it writes; it can be read as soon as the job runs. */
  readonly log: string
}

/** How headless sessions run: scripted (below), or as real processes (`ProcessRunner` of `@skaha/emulator/node`). */
export class Runner extends Context.Service<
  Runner,
  {
    /**
     * Accepts a job for which there is room in the cluster. Never fails: a job that cannot run is one that exits with
     * an error and says so in its log.
     */
    readonly start: (job: Job, report: JobReport) => Effect.Effect<JobRun>
  }
>()("@skaha/emulator/Runner") {
  /**
   * Runs nothing: what a job does is looked up in `script` and is then a function of the clock's time alone.
   *
   * The default script knows `echo …`, `sleep <n>[smhd]`, `true`, `false`, `exit <n>`, `env` and `printenv <name>`;
   * anything else succeeds after one second and writes nothing.
   */
  static layer(script: (job: Job) => Script = defaultScript): Layer.Layer<Runner> {
    return Layer.succeed(Runner, { start: (job) => Effect.sync(() => makeScriptedRun(job.startsAt, script(job))) })
  }
}
