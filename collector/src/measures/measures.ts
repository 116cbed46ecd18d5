import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { Store } from '@rollcall/store'
import type { Fleet } from '../fleet/fleet.ts'
import type { SeenAgent } from '../fleet/agents.ts'
import type { ReportPace } from '../fleet/pace.ts'
import type { QueueWatch } from '../fleet/queue-watch.ts'
import { gapsOf } from '../fleet/spool-gaps.ts'
import type { LoginBook } from '../logins/login-book.ts'
import { beatOf } from '../fleet/beat.ts'
import { counter, exposition, histogram, type Metric, type Sample } from './exposition.ts'

/** What the collector measures of itself and of its fleet, for Prometheus. */
export interface Measures extends Disposable {
  answered(request: { method: string; route: string; status: number; seconds: number }): void
  /** A report was taken in, or was not. */
  tookIn(outcome: 'committed' | 'incomplete' | 'failed', seconds: number): void
  text(): Promise<string>
}

export interface MeasuresTools {
  readonly store: Store
  readonly fleet: Fleet | undefined
  /** The agent in this process. */
  readonly agent: string
  readonly pace: ReportPace
  readonly queue: QueueWatch
  readonly logins: LoginBook
  /** Spans that could not be sent. */
  readonly droppedSpans: () => number
  readonly version: string
  readonly now: () => Date
}

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

export const openMeasures = (tools: MeasuresTools): Measures => {
  const { store, fleet, agent, pace, queue, logins, version, now } = tools
  const requests = histogram(SECONDS)
  const intake = histogram(SECONDS)
  const reports = counter()
  const loop = monitorEventLoopDelay({ resolution: 20 })
  loop.enable()

  const ofFleet = async (): Promise<Metric[]> => {
    const agents = fleet?.agents.all() ?? []
    const spools = Map.groupBy(await store.spools.all(), (one) => one.agent)
    const waiting = await queue.look()
    const told = await logins.all()
    const refused = fleet === undefined ? [] : await fleet.agents.refusals()
    const each = (value: (agent: SeenAgent) => number | undefined): Sample[] =>
      agents.flatMap((one) => {
        const found = value(one)
        return found === undefined
          ? []
          : [{ labels: { agent: one.id, name: one.name, segment: one.segment }, value: found }]
      })
    const looks = [...agents.map(({ id }) => id), agent]
    return [
      gauge(
        'rollcall_agents',
        'Agents by segment and state.',
        [...Map.groupBy(agents, ({ segment, seen }) => `${segment} ${seen}`).values()].map((group) => ({
          labels: { segment: group[0]!.segment, state: group[0]!.seen },
          value: group.length,
        })),
      ),
      gauge(
        'rollcall_agent_last_heartbeat_timestamp_seconds',
        'When an agent was heard last.',
        each(({ lastHeartbeat }) => (lastHeartbeat === null ? undefined : Date.parse(lastHeartbeat) / 1000)),
      ),
      gauge(
        'rollcall_agent_clock_offset_seconds',
        'How far the clock of an agent is ahead of the collector’s.',
        each(({ clockOffsetMs }) => clockOffsetMs / 1000),
      ),
      gauge(
        'rollcall_agent_spool_rows',
        'Rows that wait in the spool of an agent, as it said last.',
        each((one) => beatOf(one)?.spool?.rows),
      ),
      gauge(
        'rollcall_agent_spool_bytes',
        'What they take.',
        each((one) => beatOf(one)?.spool?.bytes),
      ),
      gauge(
        'rollcall_agent_spool_limit_bytes',
        'What they may take before the agent begins no scan.',
        each((one) => beatOf(one)?.spool?.mostBytes),
      ),
      gauge(
        'rollcall_agent_scanning_targets',
        'Targets that an agent scans at this moment, as it said last.',
        each((one) => beatOf(one)?.load?.scanning),
      ),
      gauge(
        'rollcall_agent_resident_memory_bytes',
        'Memory of an agent, as it said last.',
        each((one) => beatOf(one)?.load?.residentBytes),
      ),
      gauge(
        'rollcall_agent_reports_missing',
        'Reports of an agent that did not come while later ones did, or that a restored database lacks.',
        looks.map((id) => ({ labels: { agent: id }, value: missingReports(gapsOf(spools.get(id) ?? [], now())) })),
      ),
      count(
        'rollcall_agent_targets_total',
        'Looks at targets that were taken in.',
        looks.map((id) => ({ labels: { agent: id }, value: pace.of(id).total })),
      ),
      gauge('rollcall_broker_up', 'Whether the broker answers.', [{ value: waiting === undefined ? 0 : 1 }]),
      gauge(
        'rollcall_queue_messages',
        'Messages with reports that wait to be taken in.',
        waiting === undefined ? [] : [{ value: waiting.messages }],
      ),
      gauge('rollcall_queue_bytes', 'What they take.', waiting === undefined ? [] : [{ value: waiting.bytes }]),
      gauge(
        'rollcall_queue_oldest_seconds',
        'How long the oldest of them has waited.',
        waiting === undefined ? [] : [{ value: waiting.oldestMs / 1000 }],
      ),
      count(
        'rollcall_messages_refused_total',
        'Messages that were not believed, by why.',
        [...Map.groupBy(refused, ({ code }) => code)].map(([code, group]) => ({
          labels: { code },
          value: group.reduce((sum, one) => sum + one.count, 0),
        })),
      ),
      gauge(
        'rollcall_logins',
        'Passwords that log in to targets, by how they stand.',
        [...Map.groupBy(told, ({ state }) => state)].map(([state, group]) => ({
          labels: { state },
          value: group.length,
        })),
      ),
    ]
  }

  return {
    answered({ method, route, status, seconds }) {
      requests.observe({ method, route, status: String(status) }, seconds)
    },
    tookIn(outcome, seconds) {
      reports.add({ outcome })
      intake.observe({}, seconds)
    },
    async text() {
      const { user, system } = process.cpuUsage()
      return exposition([
        gauge('rollcall_build_info', 'The version that runs.', [{ labels: { version }, value: 1 }]),
        ...(await ofFleet()),
        count('rollcall_reports_total', 'Reports by what came of them.', reports.samples()),
        times('rollcall_report_intake_seconds', 'How long taking in a report took.', intake.samples()),
        times('rollcall_http_request_duration_seconds', 'How long answering took, by route.', requests.samples()),
        count('rollcall_spans_dropped_total', 'Spans that could not be sent.', [{ value: tools.droppedSpans() }]),
        gauge('rollcall_event_loop_delay_seconds', 'How long the process was held up, at the 99th percentile.', [
          { value: loop.percentile(99) / 1e9 },
        ]),
        count('process_cpu_seconds_total', 'Processor time of the collector.', [{ value: (user + system) / 1e6 }]),
        gauge('process_resident_memory_bytes', 'Memory of the collector.', [{ value: process.memoryUsage.rss() }]),
        gauge('process_start_time_seconds', 'When the collector started.', [
          { value: Math.round(Date.now() / 1000 - process.uptime()) },
        ]),
      ])
    },
    [Symbol.dispose]: () => void loop.disable(),
  }
}

const gauge = (name: string, help: string, samples: readonly Sample[]): Metric => ({
  name,
  help,
  type: 'gauge',
  samples,
})
const count = (name: string, help: string, samples: readonly Sample[]): Metric => ({
  name,
  help,
  type: 'counter',
  samples,
})
const times = (name: string, help: string, samples: readonly Sample[]): Metric => ({
  name,
  help,
  type: 'histogram',
  samples,
})

const missingReports = (gaps: ReturnType<typeof gapsOf>) =>
  gaps.reduce((sum, { missing, forgotten }) => sum + missing + forgotten, 0)
