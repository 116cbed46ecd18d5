import type { Bus } from '@rollcall/bus'
import { MAX_TRUST, seenKey, subjects, trustSeen, type Envelope, type SeenKey } from '@rollcall/contract/bus'
import type { Logger } from 'pino'

/** Tells the collector by which keys targets are known. What cannot be told now is told later; after a start all of it is. */
export interface TrustTelling extends AsyncDisposable {
  see(key: SeenKey): void
  /** After all that was seen before, what is vouched for, as a digest. */
  vouched(digest: string): void
  /** The same way, in order. Of several with one name only the last is told. */
  tell(name: string, message: Envelope): void
}

export interface TellingOptions {
  readonly agent: string
  readonly bus: Bus
  readonly log: Logger
  /** Milliseconds that keys are gathered before they are told. */
  readonly gatherMs?: number
  readonly againMs?: number
}

/** Beyond so many that wait, the oldest are left to the next start. */
const MOST_WAITING = 100_000

export const trustTelling = ({ agent, bus, log, gatherMs = 500, againMs = 30_000 }: TellingOptions): TrustTelling => {
  let waiting = new Map<string, SeenKey>()
  let messages = new Map<string, Envelope>()
  let digest: string | undefined
  let timer: NodeJS.Timeout | undefined
  let last: Promise<void> = Promise.resolve()

  const flush = async () => {
    const [keys, others, vouched] = [waiting, messages, digest]
    ;[waiting, messages, digest] = [new Map(), new Map(), undefined]
    try {
      const all = [...keys.values()]
      for (let from = 0; from < all.length; from += MAX_TRUST)
        await publish(trustSeen.write({ agent, keys: all.slice(from, from + MAX_TRUST) }))
      if (vouched !== undefined) await publish(trustSeen.write({ agent, keys: [], vouched }))
      for (const message of others.values()) await publish(message)
    } catch (error) {
      log.warn({ err: error, keys: keys.size }, 'the collector could not be told of keys; it is told later')
      waiting = new Map([...keys, ...waiting])
      messages = new Map([...others, ...messages])
      digest ??= vouched
      later(againMs)
    }
  }
  const publish = (message: Envelope) => bus.publish(subjects.progress(agent), message)
  const later = (milliseconds: number) => {
    timer ??= setTimeout(() => {
      timer = undefined
      last = last.then(flush)
    }, milliseconds).unref()
  }

  return {
    see(key) {
      // A line that was damaged, or a name that nobody has: one of them would have all that travels with it refused.
      if (!seenKey.safeParse(key).success) return
      const name = `${key.kind} ${key.name} ${key.key.fingerprint}`
      waiting.delete(name)
      waiting.set(name, key)
      if (waiting.size > MOST_WAITING) waiting.delete(waiting.keys().next().value!)
      later(gatherMs)
    },
    vouched(now) {
      digest = now
      later(gatherMs)
    },
    tell(name, message) {
      messages.set(name, message)
      later(gatherMs)
    },
    async [Symbol.asyncDispose]() {
      clearTimeout(timer)
      if (timer !== undefined) last = last.then(flush)
      timer = undefined
      await last
      clearTimeout(timer)
    },
  }
}
