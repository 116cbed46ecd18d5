import type { AgentGap, AgentItem } from '@rollcall/contract/api'
import { count, counted } from '../format/count.ts'
import { duration } from '../format/time.ts'
import type { Tone } from '../format/tone.ts'

const TONES: Record<AgentItem['state'], Tone> = {
  active: 'good',
  waiting: 'unknown',
  'never-heard': 'unknown',
  silent: 'bad',
  quarantined: 'bad',
  revoked: 'plain',
}

export const stateTone = ({ state, stopped }: AgentItem): Tone =>
  state === 'active' && stopped === true ? 'unknown' : TONES[state]

export const stateWord = ({ state, stopped }: AgentItem): string =>
  state === 'active' && stopped === true ? 'stopped by hand' : state.replaceAll('-', ' ')

/** Beyond it, signatures and expiry begin to mean something else on the two sides. */
const CLOCK_MS = 120_000

export const isOff = (offsetMs: number): boolean => Math.abs(offsetMs) > CLOCK_MS

export const clockText = (offsetMs: number): string =>
  Math.abs(offsetMs) < 2000 ? 'right' : `${duration(Math.abs(offsetMs))} ${offsetMs > 0 ? 'ahead' : 'behind'}`

export const missingOf = (gaps: readonly AgentGap[]): number =>
  gaps.reduce((sum, { missing, forgotten }) => sum + missing + forgotten, 0)

/** What somebody should know of an agent before anything else, in sentences. */
export const concernsOf = (agent: AgentItem): readonly string[] => {
  if (agent.state === 'revoked') return []
  const { spool, gaps, reports } = agent
  const missing = gaps.reduce((sum, gap) => sum + gap.missing, 0)
  const forgotten = gaps.reduce((sum, gap) => sum + gap.forgotten, 0)
  return [
    agent.state === 'quarantined' && 'Nothing it says is believed; open it to see why and what to do.',
    agent.state === 'waiting' && 'Somebody has to compare its fingerprint and approve it.',
    agent.state === 'silent' && 'It is not heard: it is off, cut off from the broker, or its machine is.',
    agent.stopped === true && 'A file on its machine stops all that it does.',
    isOff(agent.clockOffsetMs) && `Its clock is ${clockText(agent.clockOffsetMs)}; check NTP there.`,
    spool?.full === true && 'Its spool is full: it begins no scan until the collector takes some of it.',
    missing > 0 &&
      `${counted(missing, 'report')} of it ${missing === 1 ? 'is' : 'are'} missing, and later ones are here.`,
    forgotten > 0 &&
      `${counted(forgotten, 'report')} that it was told to be kept ${forgotten === 1 ? 'is' : 'are'} not: the database was set back.`,
    reports.delaySeconds !== null &&
      reports.delaySeconds > DELAYED_SECONDS &&
      `What it saw last came ${duration(reports.delaySeconds * 1000)} after it saw it.`,
  ].filter((sentence) => sentence !== false)
}

/** A sentence that begins as one, and whose end is left to who shows it. */
export const capital = (sentence: string): string =>
  `${sentence.slice(0, 1).toUpperCase()}${sentence.slice(1)}`.replace(/\.$/, '')

const DELAYED_SECONDS = 600

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const

export const bytesText = (bytes: number): string => {
  const step = Math.min(UNITS.length - 1, bytes < 1 ? 0 : Math.floor(Math.log2(bytes) / 10))
  const value = bytes / 1024 ** step
  return `${count(value < 10 && step > 0 ? Math.round(value * 10) / 10 : Math.round(value))} ${UNITS[step]}`
}
