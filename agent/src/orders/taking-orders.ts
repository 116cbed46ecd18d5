import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Bus, Handler, Line } from '@rollcall/bus'
import {
  cancelOrder,
  describeOrderRefusal,
  hostKeysOrder,
  hostKeysProgress,
  orderRefused,
  policyOrder,
  resyncOrder,
  scanOrder,
  scanProgress,
  signedOrder,
  subjects,
  type Envelope,
} from '@rollcall/contract/bus'
import type { Logger } from 'pino'
import type { AgentTrust } from '../identity/trust.ts'
import { inTurn } from '../in-turn.ts'
import { checkOrder, type Checked, type Refused } from './check.ts'

/** Lies in an agent's data folder to stop everything it does, whoever orders it. */
export const STOP_FILE = 'stop'

export interface TakingOrders extends AsyncDisposable {
  /** The bus as the rest of the agent knows it: what comes on its own order subject was judged. */
  readonly bus: Bus
  /** Runs that were begun and are not known to have ended. */
  runs(): number
  /** Whether the file that stops everything is there. */
  stopped(): boolean
  /** Ends all runs, and takes no orders, until `goOn`. */
  halt(reason: string): void
  goOn(): void
}

export interface TakingOrdersOptions {
  readonly trust: AgentTrust
  readonly bus: Bus
  readonly line: Line
  /** Asks the collector for what is newer, such as the policy. */
  readonly catchUp: () => Promise<void>
  /** What was not acknowledged is to be said again. */
  readonly resync?: () => void
  readonly log: Logger
  /** Milliseconds between two looks for the file that stops everything. */
  readonly lookMs?: number
}

/** An order under a policy that is on its way waits so long for it. */
const CATCH_UP_MS = 20_000

/** Takes the orders of the agent's segment, judges each, and hands on what may be carried out. What is refused is told, with why. */
export const takeOrders = async (options: TakingOrdersOptions): Promise<TakingOrders> => {
  const { trust, bus, line, catchUp, resync = () => {}, log, lookMs = 2000 } = options
  const { agent, segment } = trust.identity
  const own = subjects.order(agent)
  const stopFile = join(trust.folder, STOP_FILE)
  const begun = new Map<string, string>()
  let handler: Handler | undefined
  let halted: string | undefined
  let wasStopped = existsSync(stopFile)
  await using opening = new AsyncDisposableStack()

  /** Whether an order came before must not change between asking and writing it down. */
  const turn = inTurn()

  const judge = (message: Envelope): Promise<Checked> =>
    turn(() =>
      checkOrder(message, {
        agent,
        segment,
        policy: () => trust.held(),
        ledger: trust.ledger,
        time: trust.time,
        stopped: () => existsSync(stopFile),
      }),
    )

  const caughtUp = async (version: number) => {
    const until = performance.now() + CATCH_UP_MS
    while ((trust.held()?.version ?? 0) < version && performance.now() < until) {
      await catchUp().catch((error: unknown) => log.warn({ err: error }, 'the newer policy could not be asked for'))
      await new Promise((resolve) => setTimeout(resolve, 250).unref())
    }
  }

  const tellRefusal = async ({ code, detail, statement }: Refused) => {
    const at = trust.time.now().toISOString()
    log.error(
      { code, detail, order: statement?.id, kind: statement?.kind },
      `an order is not carried out: ${describeOrderRefusal(code)}`,
    )
    // Of what nobody signed it is not known which order it is; whoever made it up must not end a run by it.
    if (statement === undefined) return
    const run = runOf(statement.order)
    await bus.publish(
      subjects.progress(agent),
      orderRefused.write({
        order: statement.id,
        kind: statement.kind,
        at,
        code,
        ...(run === undefined ? {} : { run }),
        ...(detail === undefined ? {} : { detail }),
      }),
    )
    if (run === undefined || statement.kind !== 'scan') return
    const sentence = `${describeOrderRefusal(code)}${detail === undefined ? '' : `: ${detail}`}`.slice(0, 500)
    await bus.publish(
      subjects.progress(agent),
      scanProgress.write({
        event: 'finished',
        run,
        at,
        outcome: { status: 'failed', reasons: [{ code: 'order-refused', detail: sentence }] },
      }),
    )
  }

  const take = async (message: Envelope): Promise<void> => {
    if (message.type !== signedOrder.type) {
      log.error({ type: message.type.slice(0, 64) }, 'what came in place of an order is none, and is left alone')
      return
    }
    // Left to another agent of the segment, or until somebody lets this one go on.
    if (halted !== undefined || handler === undefined) throw new Error(halted ?? 'the agent is not ready for orders')
    let checked = await judge(message)
    if (checked.verdict === 'refused' && checked.code === 'stale-policy') {
      const wanted = checked.statement?.policy ?? 0
      if (wanted > (trust.held()?.version ?? 0)) {
        await caughtUp(wanted)
        checked = await judge(message)
      }
    }
    if (checked.verdict === 'known') return
    if (checked.verdict === 'refused') return tellRefusal(checked)
    await carryOut(checked.statement.kind, checked.order, checked.statement.expires)
  }

  const carryOut = async (kind: string, order: Envelope, expires: string): Promise<void> => {
    switch (kind) {
      case 'scan':
        begun.set(scanOrder.read(order).run, expires)
        return handler!(order, own)
      case 'cancel':
        begun.delete(cancelOrder.read(order).run)
        return handler!(order, own)
      case 'collect-host-keys':
        begun.set(hostKeysOrder.read(order).run, expires)
        return handler!(order, own)
      case 'decide-trust':
        return handler!(order, own)
      case 'resync':
        resyncOrder.read(order)
        return resync()
      case 'update-policy': {
        const used = await trust.usePolicy(Buffer.from(policyOrder.read(order).policy, 'base64url'))
        if (used === 'used') log.info({ version: trust.held()?.version }, 'another policy holds from now on')
        else if (used === 'not-signed') log.error('a policy that the root key did not sign is left alone')
      }
    }
  }

  const endAll = (why: string) => {
    if (handler === undefined || begun.size === 0) return
    log.warn({ runs: begun.size }, `all runs end: ${why}`)
    for (const run of begun.keys()) void handler(cancelOrder.write({ run }), own)
    begun.clear()
  }

  const timer = setInterval(() => {
    const is = existsSync(stopFile)
    if (is && !wasStopped) endAll(`the file ${stopFile} is there`)
    if (!is && wasStopped) log.info(`the file ${stopFile} is gone; orders are taken again`)
    wasStopped = is
  }, lookMs)
  timer.unref()
  opening.defer(() => clearInterval(timer))

  /** While it is halted, the queues are left to the other agents of the segment. */
  const queues = standby(async () => {
    const serving = new AsyncDisposableStack()
    for (const queue of ['urgent', 'routine'] as const)
      serving.use(await bus.serve(subjects.segmentOrder(segment, queue), take))
    return serving
  })
  opening.use(queues)
  await queues.set(true)
  opening.use(
    await line.hear(subjects.control(agent), async (message) => {
      await take(message).catch((error: unknown) =>
        log.warn({ err: error }, 'what was told could not be carried out now'),
      )
    }),
  )
  const open = opening.move()
  return {
    runs: () => begun.size,
    stopped: () => existsSync(stopFile),
    halt(reason) {
      if (halted === reason) return
      halted = reason
      endAll(reason)
      queues.set(false).catch((error: unknown) => log.error({ err: error }, 'the queues of orders could not be left'))
    },
    goOn: () => {
      if (halted === undefined) return
      halted = undefined
      queues.set(true).catch((error: unknown) => log.error({ err: error }, 'orders could not be taken again'))
    },
    bus: {
      publish(subject, message) {
        if (message.type === scanProgress.type) {
          const progress = scanProgress.read(message)
          if (progress.event === 'finished') begun.delete(progress.run)
        } else if (message.type === hostKeysProgress.type) {
          const progress = hostKeysProgress.read(message)
          if (progress.over) begun.delete(progress.run)
        }
        return bus.publish(subject, message)
      },
      async serve(pattern, given, serving) {
        if (pattern !== own) return bus.serve(pattern, given, serving)
        handler = given
        return {
          async [Symbol.asyncDispose]() {
            handler = undefined
            // What is being judged goes to it yet.
            await turn(() => Promise.resolve())
          },
        }
      },
      backlog: (pattern) => bus.backlog(pattern),
      [Symbol.asyncDispose]: () => bus[Symbol.asyncDispose](),
    },
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  }
}

/** Something that is open or not, as was wished last. */
const standby = (start: () => Promise<AsyncDisposable>) => {
  let open: AsyncDisposable | undefined
  const turn = inTurn()
  const set = (wanted: boolean): Promise<void> =>
    turn(async () => {
      if (wanted && open === undefined) open = await start()
      if (wanted || open === undefined) return
      const closing = open
      open = undefined
      await closing[Symbol.asyncDispose]()
    })
  return { set, [Symbol.asyncDispose]: () => set(false) }
}

const runOf = (order: Envelope): string | undefined => {
  const run = (order.body as { run?: unknown } | null)?.run
  return typeof run === 'string' && /^[0-9a-f-]{36}$/.test(run) ? run : undefined
}
