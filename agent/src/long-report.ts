import type { Finding, TargetId } from '@rollcall/contract'
import { MAX_PART, reportPart, type ReportAck, type ReportPart } from '@rollcall/contract/bus'
import { findingsDigest } from './findings-digest.ts'

/**
 * A report whose findings travel before it, in parts, since neither side could hold all of a great directory at once. At most
 * `MOST_OUT` parts are on their way; whoever tells more waits.
 */
export interface LongReport {
  readonly id: string
  /**
   * Sends findings of a probe; resolves when more may be told. Rejects when the collector keeps nothing for `patience`, or the agent
   * stops.
   */
  tell(probe: string, findings: readonly Finding[]): Promise<void>
  /** What was told of a probe so far. */
  told(probe: string): { readonly parts: number; readonly digest: string }
  /** Resolves when the collector keeps every part. */
  kept(): Promise<void>
}

export interface LongReportOptions {
  readonly id: string
  readonly agent: string
  readonly target: TargetId
  /** Keeps those who make entries from steering digests: see `findingsDigest`. */
  readonly digestKey: string
  readonly publish: (part: ReturnType<typeof reportPart.write>) => Promise<void>
  /** Milliseconds without an answer after which parts are sent again. */
  readonly resendAfter: number
  /** Milliseconds without any answer after which it is given up. */
  readonly patience: number
  readonly signal: AbortSignal
}

/** Parts on their way at the same time: enough that sending and keeping overlap, few enough to hold. */
const MOST_OUT = 6

/** A part ends where its JSON would be longer, in UTF-16 units: well under what the bus takes, whatever the text is written in. */
const MOST_TEXT = 1024 * 1024

/** The same with what only delivery needs: acknowledgements in, and the end of resending. */
export interface OpenLongReport extends LongReport, Disposable {
  /** Hears the collector's word on a part. */
  heard(part: NonNullable<ReportAck['part']>): void
}

export const openLongReport = (options: LongReportOptions): OpenLongReport => {
  const { id, agent, target, publish, resendAfter, patience, signal } = options
  const probes = new Map<string, { parts: number; digest: ReturnType<typeof findingsDigest> }>()
  const out = new Map<string, ReportPart>()
  let waiting: { room: number; resolve: () => void; reject: (error: unknown) => void }[] = []
  let failure: unknown

  const settle = () => {
    const [free, still] = [[] as typeof waiting, [] as typeof waiting]
    for (const one of waiting) (failure !== undefined || out.size <= one.room ? free : still).push(one)
    waiting = still
    for (const { resolve, reject } of free) {
      if (failure === undefined) resolve()
      else reject(failure)
    }
  }
  const fail = (error: unknown) => {
    failure ??= error
    settle()
  }
  /** Waits until at most so many parts are on their way. */
  const room = (most: number) =>
    new Promise<void>((resolve, reject) => {
      waiting.push({ room: most, resolve, reject })
      settle()
    })

  const send = (part: ReportPart) => publish(reportPart.write(part)).catch(fail)
  const resend = setInterval(() => {
    for (const part of out.values()) void send(part)
  }, resendAfter)
  const giveUp = setTimeout(() => {
    if (out.size > 0) fail(new Error('the collector keeps no findings'))
  }, patience)
  const abort = () => fail(signal.reason)
  signal.addEventListener('abort', abort, { once: true })
  if (signal.aborted) abort()

  const probeOf = (probe: string) => {
    const known = probes.get(probe) ?? { parts: 0, digest: findingsDigest(options.digestKey) }
    probes.set(probe, known)
    return known
  }

  return {
    id,
    async tell(probe, findings) {
      const about = probeOf(probe)
      const lines = findings.map((finding) => JSON.stringify(finding))
      for (const line of lines) about.digest.add(line)
      for (const [from, end] of cutIntoParts(lines)) {
        await room(MOST_OUT - 1)
        const part = { report: id, agent, target, probe, index: about.parts++, findings: findings.slice(from, end) }
        if (out.size === 0) giveUp.refresh()
        out.set(keyOf(part), part)
        await send(part)
      }
      await room(MOST_OUT - 1)
    },
    told(probe) {
      const { parts, digest } = probeOf(probe)
      return { parts, digest: digest.hex() }
    },
    kept: () => room(0),
    heard(part) {
      if (!out.delete(keyOf(part))) return
      giveUp.refresh()
      settle()
    },
    [Symbol.dispose]() {
      clearInterval(resend)
      clearTimeout(giveUp)
      signal.removeEventListener('abort', abort)
    },
  }
}

const keyOf = ({ probe, index }: { probe: string; index: number }) => `${index} ${probe}`

/** Where parts begin and end. A finding by itself is never too long: its fields have limits. */
export function* cutIntoParts(lines: readonly string[]): Generator<[from: number, end: number]> {
  let [from, length] = [0, 0]
  for (const [index, line] of lines.entries()) {
    if (index > from && (index - from >= MAX_PART || length + line.length > MOST_TEXT)) {
      yield [from, index]
      ;[from, length] = [index, 0]
    }
    length += line.length
  }
  if (from < lines.length) yield [from, lines.length]
}
