import { randomUUID } from 'node:crypto'
import { setImmediate, setTimeout as sleep } from 'node:timers/promises'
import type { AddException, ExceptionItem } from '@rollcall/contract/api'
import type { ExceptionRow, Store } from '@rollcall/store'
import { Refusal } from './refusal.ts'

/** Stored credentials that people decided to leave as they are. */
export interface Exceptions extends Disposable {
  all(): Promise<ExceptionItem[]>
  /** Refusal `invalid-exception` says what is wrong with it; nothing is added then. */
  add(exception: AddException, by: string): Promise<ExceptionItem>
  /** Refusal `not-found`. */
  remove(id: string, by: string): Promise<void>
}

export interface ExceptionTools {
  readonly store: Store
  readonly now: () => Date
  /** What is known changed. */
  readonly learned: () => void
  readonly failed: (error: unknown) => void
}

const LOOKED_AFTER = 60_000
const WAITED_FOR = 2000

/** Exceptions end by themselves: looked after every minute, and before they are listed. What they change, they change in steps. */
export const openExceptions = ({ store, now, learned, failed }: ExceptionTools): Exceptions => {
  const ended = new AbortController()
  let asked = 0
  let settling: Promise<void> | undefined
  const settle = () => {
    asked++
    return (settling ??= settleAll())
  }
  const settleAll = async () => {
    let changed = 0
    try {
      for (let open = true; open && !ended.signal.aborted;) {
        const seen = asked
        const step = await store.exceptions.settle(now().toISOString())
        changed += step.changed
        // Lets other work through between steps.
        await setImmediate()
        open = step.open || asked !== seen
      }
    } finally {
      settling = undefined
    }
    if (changed > 0) learned()
  }
  const settleSoon = () => void settle().catch((error: unknown) => ended.signal.aborted || failed(error))
  /** Many take longer than anybody waits: the rest is done behind the answer. */
  const settleAWhile = async () => {
    const settling = settle()
    settling.catch((error: unknown) => ended.signal.aborted || failed(error))
    await Promise.race([settling, sleep(WAITED_FOR, undefined, { ref: false })])
  }
  settleSoon()
  const timer = setInterval(settleSoon, LOOKED_AFTER).unref()

  return {
    async all() {
      await settleAWhile()
      return (await store.exceptions.all()).map(item)
    },

    async add({ match, reason, expires }, by) {
      const at = now().toISOString()
      const wrong = (detail: string) => new Refusal(422, 'invalid-exception', detail)
      if (match.by === 'pattern' && !BOUNDED.some((field) => /[^*?]/.test(match[field] ?? '')))
        throw wrong('a pattern that matches everything would hide everything: name a path, a name or an account')
      if (expires !== null && expires <= at) throw wrong('it would be over already')
      const id = randomUUID()
      const row = { id, match, reason, expires, addedAt: at, addedBy: by }
      const held = await store.atomically(async (tx) => {
        const { credentials, open } = await tx.exceptions.add(row)
        // A pattern may be meant for what is still to come; a secret or a place that nobody knows is a mistake.
        if (credentials === 0 && !open && match.by !== 'pattern')
          throw wrong('no current credential is there, or another exception holds for it longer')
        await tx.audit.append({ at, actor: by, action: 'exception-added', object: id, detail: reason })
        return open ? undefined : credentials
      })
      learned()
      if (held !== undefined) return item({ ...row, credentials: held })
      await settleAWhile()
      return item((await store.exceptions.byId(id)) ?? { ...row, credentials: 0 })
    },

    async remove(id, by) {
      const at = now().toISOString()
      await store.atomically(async (tx) => {
        const row = await tx.exceptions.byId(id)
        if (row === undefined || !(await tx.exceptions.remove(id, at)))
          throw new Refusal(404, 'not-found', 'there is no such exception')
        await tx.audit.append({ at, actor: by, action: 'exception-removed', object: id, detail: row.reason })
      })
      await settleAWhile()
      learned()
    },

    [Symbol.dispose]: () => {
      ended.abort()
      clearInterval(timer)
    },
  }
}

const BOUNDED = ['path', 'name', 'account'] as const

const item = ({ id, match, reason, expires, addedAt, addedBy, credentials }: ExceptionRow): ExceptionItem => ({
  id,
  match: { ...match },
  reason,
  expires,
  addedAt,
  addedBy,
  credentials,
})
