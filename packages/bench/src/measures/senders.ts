/**
 * Senders in processes of their own, side by side.
 */
import { Child } from "../child/Child.ts"
import type { Bench } from "../Measure.ts"
import type { Cost } from "../programs/cost.ts"
import type { Load, SenderName, SenderTasks } from "../programs/sender.ts"
import type { Operation } from "../programs/senders/Sender.ts"
import type { Choice } from "../server/Behaviour.ts"
import { token } from "../server/Server.ts"
import { inTurns, median, medianRatio, type Rounds, type Series } from "../statistics.ts"

/** How the server behaves, and how many requests are sent at once. */
export interface Setting {
  readonly choice?: Choice
  readonly concurrency: number
}

export type SenderChild = Child<SenderTasks>

/** Starts a sender. */
export const startSender = async (
  { programs, server, signal }: Bench,
  name: SenderName,
  { choice, concurrency }: Setting
): Promise<SenderChild> => {
  const child = new Child<SenderTasks>(programs, "sender", { label: name, signal })
  await child.ask("open", name, { server: server.url(choice), token, concurrency })
  return child
}

/** Lets senders take turns with the same load. */
export const sendInTurns = async <K extends string>(
  bench: Bench,
  loads: { readonly [name in K]: { readonly sender: SenderName; readonly mix: ReadonlyArray<Operation> } },
  setting: Setting & { readonly requests: number },
  rounds: Rounds
): Promise<{ readonly [name in K]: Series<Cost> }> => {
  await using children = new AsyncDisposableStack()
  const parties = new Map<string, () => Promise<Cost>>()
  for (const [name, { mix, sender }] of Object.entries<{ sender: SenderName; mix: ReadonlyArray<Operation> }>(loads)) {
    const child = children.use(await startSender(bench, sender, setting))
    const load: Load = { mix, requests: setting.requests, concurrency: setting.concurrency }
    parties.set(name, () => child.ask("many", load))
  }
  // Awaited: the children must live until it is done.
  return await inTurns(Object.fromEntries(parties) as { readonly [name in K]: () => Promise<Cost> }, rounds)
}

/** The mix of the single-request path, in which texts are read. */
export const readMix = ["info", "events", "destroy"] as const

/** What one series is of another in requests a second, as the median of the rounds. */
export const speed = (one: Series<Cost>, other: Series<Cost>): number =>
  medianRatio(
    other.warm.map(({ millis }) => millis),
    one.warm.map(({ millis }) => millis)
  )

/** Requests a second. */
export const rate = ({ millis }: Cost, requests: number): number => (requests / millis) * 1000

/** `name 31,400/s, 31 µs of CPU each (cold 12,000/s)`. */
export const rateText = (name: string, { cold, warm }: Series<Cost>, requests: number): string => {
  const text = (perSecond: number) => `${Math.round(perSecond).toLocaleString("en")}/s`
  const cpu = (median(warm.map(({ cpuMillis }) => cpuMillis)) / requests) * 1000
  const usual = median(warm.map((cost) => rate(cost, requests)))
  return `${name} ${text(usual)}, ${cpu.toFixed(1)} µs of CPU each (cold ${text(rate(cold, requests))})`
}
