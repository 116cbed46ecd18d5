import { hash } from 'node:crypto'
import type { TargetScan } from '@rollcall/agent'
import type { Finding, Outcome, OutcomeStatus, ReasonCode, Rights } from '@rollcall/contract'
import { signalsOf, targetOf } from '../bench/fleet/estate.ts'
import { account } from '../crash/looks.ts'

/* The hosts of a simulated fleet: what is true of each in every round, and what a look then sees of it. Told by numbers alone, so that all processes agree. */

/** How large a fleet is and how long it lives. */
export interface Size {
  readonly hosts: number
  readonly agents: number
  /** Rounds in which things fail; two quiet ones follow. */
  readonly rounds: number
}

const QUIET_ROUNDS = 2
/** Agents that share the hosts of one segment. */
const AGENTS_OF_A_SEGMENT = 2

export const lastRound = ({ rounds }: Size): number => rounds + QUIET_ROUNDS

export const segmentsOf = ({ agents }: Size): number => Math.ceil(agents / AGENTS_OF_A_SEGMENT)

export const segmentOf = (agent: number): string => `s${Math.floor(agent / AGENTS_OF_A_SEGMENT)}`

/** The hosts that an agent looks at in a round: most the same as ever, some instead of the other agent of its segment. */
export const hostsOf = (agent: number, round: number, size: Size): number[] => {
  const segments = segmentsOf(size)
  const segment = Math.floor(agent / AGENTS_OF_A_SEGMENT)
  const others = Math.min(AGENTS_OF_A_SEGMENT, size.agents - segment * AGENTS_OF_A_SEGMENT)
  const mine: number[] = []
  for (let host = segment; host < size.hosts; host += segments) {
    const isHandedOver = chance(host, round, 1, 20) ? 1 : 0
    const owner = (Math.floor(host / segments) + isHandedOver) % others
    if (owner === agent % AGENTS_OF_A_SEGMENT && isThere(host, round, size)) mine.push(host)
  }
  return mine
}

/** One host in fifty comes into being later than the others. */
export const isThere = (host: number, round: number, size: Size): boolean =>
  !chance(host, 0, 2, 50) || round > 1 + (number(host, 0, 3) % Math.max(1, size.rounds))

/** The accounts of a host: one in thirty hosts changes in a round, and of a few nearly all accounts vanish at once. */
export const accountsOf = (host: number, round: number, size: Size): string[] => {
  const count = chance(host, 0, 4, 100) ? 30 : 3 + (host % 4)
  const there = new Set(Array.from({ length: count }, (_, index) => index))
  for (let past = 2; past <= Math.min(round, size.rounds); past++) {
    if (!chance(host, past, 5, 30)) continue
    if (count === 30 && chance(host, past, 6, 2)) {
      for (const index of there) if (index > 3) there.delete(index)
      continue
    }
    const toggled = 1 + (number(host, past, 7) % (count + 3))
    if (!there.delete(toggled)) there.add(toggled)
  }
  return [...there].sort((one, other) => one - other).map((index) => `user${index}`)
}

/** How a look at a host goes: all but one in twenty see all of it. In the quiet rounds every one does. */
export const fateOf = (host: number, round: number, size: Size): Fate => {
  if (round > size.rounds || !chance(host, round, 8, 20)) return FULL
  return FATES[number(host, round, 9) % FATES.length]!
}

export interface Fate {
  readonly status: OutcomeStatus | 'unreached'
  readonly rights: Rights
  readonly sees: 'all' | 'some' | 'nothing'
}

const FULL: Fate = { status: 'complete', rights: 'root', sees: 'all' }
const FATES: readonly Fate[] = [
  { status: 'unreached', rights: 'root', sees: 'nothing' },
  { status: 'partial', rights: 'root', sees: 'some' },
  { status: 'truncated', rights: 'root', sees: 'some' },
  { status: 'denied', rights: 'user', sees: 'nothing' },
  { status: 'failed', rights: 'root', sees: 'nothing' },
  // The most treacherous one: it claims to be complete, and those who know that it had fewer rights must not believe it.
  { status: 'complete', rights: 'user', sees: 'some' },
]

/** What a look at a host finds in a round. */
export const lookAt = (host: number, round: number, size: Size, now: () => Date): TargetScan => {
  const startedAt = now().toISOString()
  const { status, rights, sees } = fateOf(host, round, size)
  const ended = { target: targetOf(host), startedAt, finishedAt: now().toISOString() }
  if (status === 'unreached')
    return { ...ended, reached: { status: 'failed', reasons: [{ code: 'unreachable' }] }, sections: [] }
  const there = accountsOf(host, round, size)
  const seen = sees === 'all' ? there : sees === 'some' ? there.filter((_, index) => index % 2 === 0) : []
  const section = (probe: string, findings: Finding[], outcome: Outcome) => ({
    probe,
    outcome,
    privilege: rights,
    digest: hash('sha256', JSON.stringify(findings), 'hex'),
    findings,
  })
  return {
    ...ended,
    reached: { status: 'complete', reasons: [] },
    host: signalsOf(host),
    sections: [
      section('local-accounts', seen.map(account), {
        status,
        reasons: status === 'complete' ? [] : [{ code: REASONS[status] ?? 'io-error' }],
      }),
      section('sudo-rules', [], { status: 'complete', reasons: [] }),
    ],
  }
}

const REASONS: Partial<Record<OutcomeStatus, ReasonCode>> = { denied: 'not-permitted', truncated: 'too-large' }

/** The same number for the same question, whoever asks. */
const number = (host: number, round: number, about: number): number => {
  let mixed = Math.imul(host + 1, 0x9e3779b1) ^ Math.imul(round + 1, 0x85ebca6b) ^ Math.imul(about + 1, 0xc2b2ae35)
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x2c1b3c6d)
  mixed = Math.imul(mixed ^ (mixed >>> 12), 0x297a2d39)
  return (mixed ^ (mixed >>> 15)) >>> 0
}

const chance = (host: number, round: number, about: number, oneIn: number) => number(host, round, about) % oneIn === 0
