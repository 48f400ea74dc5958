/**
 * What an id costs in a bulk call, by how many there are.
 */
import { Outcome } from "@skaha/session"
import { serve } from "../child/serve.ts"
import { eventsReply } from "../server/replies.ts"
import { settled, type Cost } from "./cost.ts"
import { idsTo, openSessions, openSessionsWithout, type Opened } from "./platform.ts"
import type { Target } from "./senders/Sender.ts"

let opened: Opened | undefined

const body = eventsReply.toString("latin1").split("\r\n\r\n")[1] ?? ""

const tasks = {
  open: async (target: Target, isMock: boolean): Promise<void> => {
    opened = await (isMock ? openSessionsWithout(target, body) : openSessions(target))
  },
  /** Calls with so many ids each, one after the other, until so many ids were asked about. */
  calls: async (each: number, total: number): Promise<Cost> => {
    const ids = [...idsTo(each)]
    return settled(async () => {
      for (let done = 0; done < total; done += each) {
        if (opened === undefined) throw new Error("it is not open")
        const outcomes = await opened.runtime.runPromise(opened.sessions.events(ids))
        if (Outcome.values(outcomes).length !== each) throw new Error("some failed")
      }
    })
  }
}

export type FlatnessTasks = typeof tasks

serve(tasks)
