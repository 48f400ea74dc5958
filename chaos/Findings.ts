/**
 * What came of a run.
 */

/** What is counted. All but the last are added up over scenarios and seeds; of that the greatest counts. */
export const figureNames = [
  "created",
  "duplicates",
  "lost",
  "leftover",
  "adopted",
  "woken",
  "watched",
  "followed",
  "maxListRequestsPerTick"
] as const
export type FigureName = (typeof figureNames)[number]
export type Figures = Readonly<Record<FigureName, number>>

export const noFigures: Figures = {
  created: 0,
  duplicates: 0,
  lost: 0,
  leftover: 0,
  adopted: 0,
  woken: 0,
  watched: 0,
  followed: 0,
  maxListRequestsPerTick: 0
}

/** The figures of several runs, as one. */
export const together = (all: ReadonlyArray<Figures>): Figures =>
  all.reduce((sum, figures) => {
    const added = { ...sum }
    for (const name of figureNames) added[name] += figures[name]
    added.maxListRequestsPerTick = Math.max(sum.maxListRequestsPerTick, figures.maxListRequestsPerTick)
    return added
  }, noFigures)

/** What a scenario finds: figures, and what does not hold. */
export class Findings {
  readonly figures: Record<FigureName, number> = { ...noFigures }
  readonly problems: Array<string> = []

  /** Notes what should hold and does not. */
  expect(holds: boolean, problem: string): void {
    if (!holds) this.problems.push(problem)
  }

  /** Notes what there should be none of. */
  listed(which: ReadonlyArray<string>, what: string): void {
    const some = which.length > 3 ? [...which.slice(0, 3), "…"] : which
    this.expect(which.length === 0, `${which.length} ${what}: ${some.join(", ")}`)
  }

  /** The same, and counts it. */
  counted(figure: FigureName, which: ReadonlyArray<string>, what: string): void {
    this.figures[figure] += which.length
    this.listed(which, what)
  }
}
