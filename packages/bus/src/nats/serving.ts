import { createInbox, type Msg, type NatsConnection, type Subscription } from '@nats-io/transport-node'
import type { BrokerConnection } from './connection.ts'
import { assembly, PART_HEADER } from './parts.ts'
import { takenFrom, type Taken } from './taken.ts'

/** One message as it is handed over, whichever way it came. */
export interface Delivery {
  readonly subject: string
  readonly bytes: Uint8Array
  readonly deliveries: number
  done(): void
  again(delayMs: number): void
}

/** Why a long message is refused whose other parts may yet come. */
export const MISSING = 'parts of it are missing'

export interface ServingOptions {
  readonly stream: string
  readonly consumer: string
  /** Where the broker is asked for messages, in the order in which they are tried. */
  readonly apis: readonly string[]
  /** Deliveries at work at the same time. */
  readonly concurrency: number
  /** Messages taken before there is somebody to deal with them. */
  readonly ahead: number
  readonly ackWaitMs: number
  readonly retryDelay: (delivery: number) => number
  /** Deals with a delivery, and has said what became of it when it resolves. Never rejects. */
  readonly take: (delivery: Delivery) => Promise<void>
  /** Puts aside what fits nowhere. Never rejects. */
  readonly refuse: (delivery: Delivery, why: string) => Promise<void>
  /** The consumer may be gone. */
  readonly onGone: () => void
}

/**
 * A server keeps what was asked for in mind for so long; then it is asked again. Short at first: where there is no consumer yet, nobody
 * answers at all.
 */
const ASKED_FOR_MS = { first: 1000, most: 20_000 }
const LATE_MS = 1000
const AFTER_TROUBLE_MS = 1000

export interface Serving extends AsyncDisposable {
  /** Asks anew: there may be a consumer now that was not there before. */
  again(): void
}

/** Takes messages from a consumer, no more than can be dealt with, until it is disposed. What others do not take is left to them. */
export const serveConsumer = (connection: BrokerConnection, options: ServingOptions): Serving => {
  const queue: Delivery[] = []
  const held = new Set<Taken>()
  const atWork = new Set<Promise<void>>()
  let link: { nats: NatsConnection; inbox: string; subscription: Subscription } | undefined
  let asked = 0
  let askedAt = 0
  let askedFor = ASKED_FOR_MS.first
  let stopped = false
  let api = 0

  const parts = assembly((evicted) => giveBack(evicted))

  const giveBack = (taken: readonly Taken[]) => {
    for (const one of taken) {
      held.delete(one)
      one.again(options.retryDelay(one.deliveries))
    }
  }

  const ask = () => {
    const wanted = options.concurrency + options.ahead - atWork.size - queue.length - asked
    if (wanted <= 0 || stopped || link === undefined) return
    asked += wanted
    askedAt = performance.now()
    const request = { batch: wanted, expires: askedFor * 1_000_000 }
    link.nats.publish(
      `${options.apis[api]}.CONSUMER.MSG.NEXT.${options.stream}.${options.consumer}`,
      JSON.stringify(request),
      {
        reply: link.inbox,
      },
    )
  }

  /** The way that was tried does not lead to a consumer; not now, at least. */
  const askElsewhere = () => void (api = (api + 1) % options.apis.length)

  const askLater = () => {
    const timer = setTimeout(ask, AFTER_TROUBLE_MS)
    timer.unref()
  }

  const work = () => {
    while (atWork.size < options.concurrency) {
      const delivery = stopped ? undefined : queue.shift()
      if (delivery === undefined) return
      const done: Promise<void> = options.take(delivery).finally(() => {
        atWork.delete(done)
        work()
        ask()
      })
      atWork.add(done)
    }
  }

  /** How asking went, when it did not bring a message: it was too long ago, or nobody is there to ask. */
  const heardStatus = (message: Msg) => {
    const code = message.headers?.code ?? 0
    const left = Number(message.headers?.get('Nats-Pending-Messages') ?? '')
    asked = Math.max(0, asked - (Number.isSafeInteger(left) && left > 0 ? left : asked))
    if (code === 404 || code === 408) {
      askedFor = Math.min(askedFor * 2, ASKED_FOR_MS.most)
      return ask()
    }
    if (code === 503) askElsewhere()
    if (code === 503 || code === 409) options.onGone()
    askLater()
  }

  const heard = (error: Error | null, message: Msg) => {
    if (error !== null || stopped) return
    const taken = takenFrom(message)
    if (taken === undefined) return heardStatus(message)
    asked = Math.max(0, asked - 1)
    held.add(taken)
    if (taken.header(PART_HEADER) === '') enqueue(deliveryOf(taken.subject, taken.bytes, [taken]))
    else fit(taken)
    work()
    ask()
  }

  const fit = (part: Taken) => {
    const fitted = parts.add(part)
    if (fitted.fit === 'whole') enqueue(deliveryOf(part.subject, fitted.whole.bytes, fitted.whole.taken))
    if (fitted.fit === 'refused') void options.refuse(deliveryOf(part.subject, new Uint8Array(), [part]), fitted.why)
  }

  const enqueue = (delivery: Delivery) => void queue.push(delivery)

  const deliveryOf = (subject: string, bytes: Uint8Array, taken: readonly Taken[]): Delivery => ({
    subject,
    bytes,
    deliveries: Math.max(...taken.map(({ deliveries }) => deliveries)),
    done() {
      for (const one of taken) {
        held.delete(one)
        one.done()
      }
    },
    again(delayMs) {
      for (const one of taken) {
        held.delete(one)
        one.again(delayMs)
      }
    },
  })

  const again = () => {
    asked = 0
    askedFor = ASKED_FOR_MS.first
    ask()
  }

  const forget = connection.onConnected((nats, fresh) => {
    if (fresh) {
      const inbox = createInbox(connection.inboxPrefix)
      link = { nats, inbox, subscription: nats.subscribe(inbox, { callback: heard }) }
    }
    // Who asked by a connection that is gone is not answered.
    again()
  })

  const beat = setInterval(() => {
    for (const one of held) one.working()
  }, options.ackWaitMs / 3)

  const watch = setInterval(() => {
    for (const late of parts.overdue()) {
      const delivery = deliveryOf(late.subject, late.bytes, late.taken)
      void options.refuse(delivery, MISSING)
    }
    if (asked === 0 || performance.now() - askedAt < askedFor + LATE_MS) return
    askElsewhere()
    options.onGone()
    again()
  }, LATE_MS)

  return {
    again,
    async [Symbol.asyncDispose]() {
      if (stopped) return
      stopped = true
      forget()
      clearInterval(watch)
      if (link?.nats.isClosed() === false) link.subscription.unsubscribe()
      // Others may begin with them at once.
      for (const delivery of queue.splice(0)) delivery.again(0)
      for (const one of parts.clear()) {
        held.delete(one)
        one.again(0)
      }
      await Promise.all(atWork)
      clearInterval(beat)
    },
  }
}
