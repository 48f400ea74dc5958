/**
 * A sender in a process of its own: none has its code optimized for the way in which another uses it.
 */
import { serve } from "../child/serve.ts"
import { idOf } from "../server/replies.ts"
import { settled, type Cost } from "./cost.ts"
import { openDispatch, openFetch, openUndici } from "./senders/byHand.ts"
import { openEffect } from "./senders/effect.ts"
import { openPromise } from "./senders/promise.ts"
import type { OpenSender, Operation, Sender, Target } from "./senders/Sender.ts"

const senders = {
  effect: openEffect,
  promise: openPromise,
  undici: openUndici,
  dispatch: openDispatch,
  fetch: openFetch
} satisfies { readonly [name: string]: OpenSender }

export type SenderName = keyof typeof senders

/** Many requests about one session each. */
export interface Load {
  readonly mix: ReadonlyArray<Operation>
  readonly requests: number
  readonly concurrency: number
}

let sender: Sender | undefined

const opened = (): Sender => {
  if (sender === undefined) throw new Error("it is not open")
  return sender
}

const idsOf = (count: number) => Array.from({ length: count }, (_, index) => idOf(index))

const tasks = {
  open: async (name: SenderName, target: Target): Promise<void> => {
    sender = await senders[name](target)
  },
  many: async ({ concurrency, mix, requests }: Load): Promise<Cost> => {
    const ids = idsOf(requests)
    return settled(() => opened().many(mix, ids, concurrency))
  },
  bulk: async (operation: Operation, count: number): Promise<Cost> => {
    const ids = idsOf(count)
    return settled(async () => {
      const answers = await opened().bulk?.(operation, ids)
      if (answers !== count) throw new Error(`${answers} answers of ${count}`)
    })
  }
}

export type SenderTasks = typeof tasks

serve(tasks)
