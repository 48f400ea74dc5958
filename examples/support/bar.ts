/**
 * A bar that follows a call: on a terminal it changes in place, elsewhere one line says how it ended.
 */
import cliProgress from "cli-progress"
import type { Progress } from "skaha"

export interface Bar extends Disposable {
  /** What a call takes as its `onProgress`. */
  readonly onProgress: (progress: Progress) => void
}

/** What is told beside the number, where there is something to tell. */
const detailsOf = ({ bytes, failed, remaining = 0 }: Progress): string =>
  [
    // Ids are bytes, too.
    bytes > 50_000 ? `, ${(bytes / 1e6).toFixed(1)} MB` : "",
    failed > 0 ? `, ${failed} failed` : "",
    remaining > 0 ? `, ${Math.ceil(remaining)} s left` : ""
  ].join("")

const onTerminal = (title: string): Bar => {
  const bar = new cliProgress.SingleBar(
    { format: `${title} {bar} {value} of {total}{details}`, hideCursor: true, gracefulExit: false },
    cliProgress.Presets.shades_classic
  )
  return {
    onProgress: (progress) => {
      const { done, total = done } = progress
      // Nothing has begun yet.
      if (total === 0) return
      const details = detailsOf(progress)
      if (!bar.isActive) bar.start(total, done, { details })
      bar.setTotal(total)
      bar.update(done, { details })
    },
    [Symbol.dispose]: () => bar.stop()
  }
}

const asLine = (title: string): Bar => {
  let last: Progress | undefined
  return {
    onProgress: (progress) => (last = progress),
    [Symbol.dispose]: () => {
      if (last !== undefined) console.log(`${title}: ${last.done} of ${last.total ?? "?"}${detailsOf(last)}`)
    }
  }
}

/** Opens a bar; it ends with its block. */
export const openBar = (title: string): Bar => (process.stderr.isTTY ? onTerminal(title) : asLine(title))
