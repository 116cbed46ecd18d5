import { createHash, randomBytes } from 'node:crypto'

/** Something that took its time: how long, of which trace, and how it ended. */
export interface Span {
  readonly name: string
  /** The run of a scan: all of it is one trace. Absent: a trace of its own. */
  readonly run?: string | undefined
  /** Whether it is the run itself. */
  readonly isRun?: boolean
  readonly kind: 'server' | 'consumer' | 'internal'
  readonly startedAt: number
  readonly endedAt: number
  /** Never names of targets, accounts or people: whoever keeps traces need not know them. */
  readonly attributes: Readonly<Record<string, string | number>>
  readonly failed?: boolean
}

/** Sends spans to an OpenTelemetry collector, as OTLP in JSON over HTTP, now and then and never in anybody's way. */
export interface Traces extends AsyncDisposable {
  add(span: Span): void
  /** Spans that were not sent, since there were too many or nobody took them. */
  readonly dropped: number
}

export interface TracesOptions {
  /** Where it is, such as `http://127.0.0.1:4318`; `/v1/traces` is put behind it. */
  readonly endpoint: string
  readonly version: string
  readonly failed: (error: unknown) => void
  readonly everyMs?: number
  readonly send?: typeof fetch
}

const MOST_WAITING = 4096
const MOST_AT_ONCE = 512
const ANSWER_MS = 10_000

export const openTraces = ({ endpoint, version, failed, everyMs = 5000, send = fetch }: TracesOptions): Traces => {
  const address = `${endpoint.replace(/\/+$/, '')}/v1/traces`
  let waiting: Span[] = []
  let dropped = 0
  let toldOff = false
  let sending: Promise<void> = Promise.resolve()

  const sendSome = async () => {
    const batch = waiting.slice(0, MOST_AT_ONCE)
    waiting = waiting.slice(batch.length)
    if (batch.length === 0) return
    try {
      const response = await send(address, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(otlp(batch, version)),
        signal: AbortSignal.timeout(ANSWER_MS),
        redirect: 'error',
      })
      await response.body?.cancel()
      if (!response.ok) throw new Error(`it answers ${response.status}`)
      toldOff = false
    } catch (error) {
      dropped += batch.length
      if (!toldOff) failed(error)
      toldOff = true
    }
  }
  const timer = setInterval(() => void (sending = sending.then(sendSome)), everyMs)
  timer.unref()

  return {
    add(span) {
      if (waiting.length < MOST_WAITING) waiting.push(span)
      else dropped++
    },
    get dropped() {
      return dropped
    },
    async [Symbol.asyncDispose]() {
      clearInterval(timer)
      await sending
      await sendSome()
    },
  }
}

const KINDS = { internal: 1, server: 2, consumer: 5 } as const

/** As `ExportTraceServiceRequest` is written in JSON: ids in hexadecimal, nanoseconds as text. */
const otlp = (spans: readonly Span[], version: string) => ({
  resourceSpans: [
    {
      resource: { attributes: attributes({ 'service.name': 'rollcall-collector', 'service.version': version }) },
      scopeSpans: [
        {
          scope: { name: 'rollcall', version },
          spans: spans.map(({ name, run, isRun, kind, startedAt, endedAt, attributes: told, failed }) => ({
            traceId: run === undefined ? randomBytes(16).toString('hex') : traceOf(run),
            spanId: isRun === true && run !== undefined ? rootOf(run) : randomBytes(8).toString('hex'),
            ...(run === undefined || isRun === true ? {} : { parentSpanId: rootOf(run) }),
            name,
            kind: KINDS[kind],
            startTimeUnixNano: nanoseconds(startedAt),
            endTimeUnixNano: nanoseconds(Math.max(startedAt, endedAt)),
            attributes: attributes(told),
            status: failed === true ? { code: 2 } : {},
          })),
        },
      ],
    },
  ],
})

const attributes = (told: Readonly<Record<string, string | number>>) =>
  Object.entries(told).map(([key, value]) => ({
    key,
    value:
      typeof value === 'string'
        ? { stringValue: value.slice(0, 256) }
        : Number.isInteger(value)
          ? { intValue: String(value) }
          : { doubleValue: value },
  }))

/** Whoever takes in a report knows its run, and so its trace, without having been told. */
const traceOf = (run: string) => createHash('sha256').update(`trace ${run}`).digest('hex').slice(0, 32)
const rootOf = (run: string) => createHash('sha256').update(`span ${run}`).digest('hex').slice(0, 16)

const nanoseconds = (milliseconds: number) => `${Math.round(milliseconds)}000000`
