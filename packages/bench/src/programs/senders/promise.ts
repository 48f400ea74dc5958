/**
 * `AsyncSession`, for async/await.
 */
import { AsyncSession } from "skaha"
import { inLoops, type OpenSender, type Operation, type Sender } from "./Sender.ts"

const errors = "raise"

const ask = async (
  session: AsyncSession,
  operation: Operation,
  ids: string | ReadonlyArray<string>
): Promise<number> => {
  switch (operation) {
    case "info":
      return (await session.info(ids, { errors })).length
    // Its events are texts.
    case "events":
    case "eventsText":
      return (await session.events(ids, { errors })).length
    case "logs":
      return Object.keys(await session.logs(ids, { errors })).length
    case "destroy":
      return Object.keys(await session.destroy(ids, { errors })).length
  }
}

export const openPromise: OpenSender = async (target) => {
  const session = new AsyncSession({ ...target, configuration: false, loglevel: "critical" })
  const single: Sender["single"] = (operation, id) => ask(session, operation, id)
  return {
    single,
    many: inLoops(single),
    bulk: (operation, ids) => ask(session, operation, ids),
    close: () => session.close()
  }
}
