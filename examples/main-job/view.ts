/**
 * What the program shows: on a terminal a progress bar and a table that change in place, elsewhere plain lines.
 */
import cliProgress from "cli-progress"
import Table from "cli-table3"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import logUpdate from "log-update"
import { styleText } from "node:util"

/** One session in the table. */
export interface Row {
  readonly name: string
  readonly id: string
  readonly status: string
}

/** Something that is counted while it happens. Plain functions, so that any callback may call them. */
export interface Progress {
  readonly advance: () => void
}

export class View extends Context.Service<
  View,
  {
    /** A line that stays. */
    readonly line: (text: string) => Effect.Effect<void>
    /** Shows how much of a total is done, until the scope closes. */
    readonly progress: (title: string, total: number) => Effect.Effect<Progress, never, Scope.Scope>
    /** Shows the sessions as they are now, after so many seconds. */
    readonly sessions: (rows: ReadonlyArray<Row>, seconds: number) => Effect.Effect<void>
  }
>()("skaha-examples/main-job/View") {
  static readonly layer = Layer.suspend(() => (process.stdout.isTTY ? onTerminal : asLines))
}

const write = (text: string) => Effect.sync(() => void process.stdout.write(`${text}\n`))

// ---- where nothing can be overwritten: a file, a pipe, a log ----

const asLines = Layer.sync(View, () => {
  let shown: ReadonlyMap<string, string> = new Map()
  return View.of({
    line: write,
    progress: (title, total) =>
      Effect.sync(() => {
        let done = 0
        return {
          advance: () => {
            const quarters = Math.floor((done * 4) / total)
            done += 1
            // At most four lines, however many there are.
            if (Math.floor((done * 4) / total) > quarters) process.stdout.write(`${title}: ${done} of ${total}\n`)
          }
        }
      }),
    sessions: (rows, seconds) => {
      const changed = rows.filter(({ id, status }) => shown.get(id) !== status)
      shown = new Map(rows.map(({ id, status }) => [id, status]))
      return Effect.forEach(changed, ({ name, id, status }) => write(`${seconds} s: ${name} (${id}) is ${status}`), {
        discard: true
      })
    }
  })
})

// ---- a terminal ----

const colours = { Pending: "yellow", Running: "blue", Completed: "green", Failed: "red" } as const

const isColoured = (status: string): status is keyof typeof colours => Object.hasOwn(colours, status)

/** Of one width, so that the table does not change its size. */
const coloured = (status: string): string =>
  styleText(isColoured(status) ? colours[status] : "dim", status.padEnd("Completed".length))

const tableOf = (rows: ReadonlyArray<Row>, seconds: number): string => {
  const head = ["session", "id", "status"].map((title) => styleText("bold", title))
  // Colours are ours (they respect NO_COLOR), and no line stands between two rows.
  const table = new Table({
    head,
    style: { head: [], border: [] },
    chars: { mid: "", "left-mid": "", "mid-mid": "", "right-mid": "" }
  })
  table.push(...rows.map(({ name, id, status }) => [name, id, coloured(status)]))
  const over = rows.filter(({ status }) => status !== "Pending" && status !== "Running").length
  return `${table.toString()}\n${styleText("dim", `${over} of ${rows.length} over after ${seconds} s`)}`
}

const onTerminal = Layer.effect(
  View,
  Effect.gen(function* () {
    // Whatever happens, the last table stays and the cursor comes back.
    yield* Effect.addFinalizer(() => Effect.sync(() => logUpdate.done()))
    return View.of({
      line: (text) =>
        Effect.andThen(
          Effect.sync(() => logUpdate.done()),
          write(text)
        ),
      progress: (title, total) =>
        Effect.acquireRelease(
          Effect.sync(() => {
            const bar = new cliProgress.SingleBar(
              {
                format: `${title} {bar} {value} of {total}`,
                stream: process.stdout,
                hideCursor: true,
                gracefulExit: false
              },
              cliProgress.Presets.shades_classic
            )
            bar.start(total, 0)
            return { bar, advance: () => bar.increment() }
          }),
          ({ bar }) => Effect.sync(() => bar.stop())
        ),
      sessions: (rows, seconds) => Effect.sync(() => logUpdate(tableOf(rows, seconds)))
    })
  })
)
