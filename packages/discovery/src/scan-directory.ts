import type { DirectorySignals, Finding, Outcome, OutcomeStatus, Reason } from '@rollcall/contract'
import { boundedReasons } from './bounded-reasons.ts'
import type { DirectoryGathering, DirectoryMake, DirectoryMemory, DirectoryProbe } from './directory-make.ts'
import type { Directory } from './directory.ts'
import type { KeyedDigest, Sha256 } from './probe.ts'

export interface DirectoryTools {
  readonly sha256: Sha256
  readonly keyedDigest: KeyedDigest
  readonly now: Date
  readonly signal: AbortSignal
  /** Takes findings as they come, at most 2,000 at a time; nothing more is read until it is done. Where it rejects, the look ends. */
  readonly take: (probe: DirectoryProbe, findings: readonly Finding[]) => void | Promise<void>
  readonly remembered?: DirectoryMemory | undefined
}

export interface ScannedDirectory {
  readonly signals: DirectorySignals
  readonly sections: readonly ScannedDirectorySection[]
  /** To be remembered once all that was told is kept. Absent where the look was broken off. */
  readonly memory?: DirectoryMemory
}

export interface ScannedDirectorySection {
  readonly probe: DirectoryProbe
  readonly outcome: Outcome
  /** How many findings were told. */
  readonly findings: number
  /** Absent: the look was at everything. */
  readonly changed?: readonly string[]
}

/** Findings travel in parts of so many. */
const PART = 1000

/**
 * Looks at a directory with the make that recognises it. Findings go to `take` while the look goes on. Each outcome is decided here and
 * nowhere else; a fault of ours in a make is an outcome of all its scopes that says so. Undefined where no make recognises it.
 */
export const scanDirectory = async (
  directory: Directory,
  makes: readonly DirectoryMake[],
  tools: DirectoryTools,
): Promise<ScannedDirectory | undefined> => {
  const make = [...makes].sort((one, other) => other.rank - one.rank).find((one) => one.recognises(directory.root))
  if (make === undefined) return undefined
  const scopes = new Map(make.sections.map(({ probe }) => [probe, newScope()]))
  const scopeOf = (probe: DirectoryProbe) => {
    const scope = scopes.get(probe)
    if (scope === undefined) throw new TypeError(`${make.id} does not declare ${probe}`)
    return scope
  }
  let broken: unknown
  let memory: DirectoryMemory | undefined

  const flush = async (least: number) => {
    for (const [probe, scope] of scopes)
      while (scope.waiting.length >= least && scope.waiting.length > 0) {
        const part = scope.waiting.splice(0, PART)
        try {
          await tools.take(probe, part)
        } catch (error) {
          broken = error
          throw error
        }
      }
  }

  const gathering: DirectoryGathering = {
    directory,
    now: tools.now,
    sha256: tools.sha256,
    keyedDigest: tools.keyedDigest,
    async search(probes, request, take) {
      const end = await directory.search(
        request,
        async (entries) => {
          await take(entries)
          await flush(PART)
        },
        tools.signal,
      )
      for (const probe of probes) {
        const scope = scopeOf(probe)
        scope.entries += end.entries
        scope.answered ||= end.result === 0
        if (end.reason !== undefined) scope.lowering.push(end.reason)
        if (end.referrals.length > 0) scope.lowering.push({ code: 'referral', count: end.referrals.length })
      }
      return end
    },
    tell(probe, ...findings) {
      const scope = scopeOf(probe)
      scope.told += findings.length
      for (const finding of findings) scope.waiting.push(finding)
    },
    flush: () => flush(PART),
    missed: (probe, reason) => void scopeOf(probe).lowering.push(reason),
    note: (probe, reason) => void scopeOf(probe).notes.push(reason),
    changesOnly(probe) {
      const changed = (scopeOf(probe).changed ??= new Set())
      return { changed: (object) => void changed.add(object) }
    },
    leaveOut: (probe) => void scopes.delete(probe),
    remembered: tools.remembered,
    remember: (kept) => {
      memory = kept
    },
  }

  let signals: DirectorySignals = { make: make.id, suffix: '', server: directory.server }
  let fault: Reason | undefined
  try {
    signals = await make.look(gathering)
    await flush(1)
  } catch (error) {
    if (broken !== undefined) throw broken
    // Only the kind of a fault is told: its message may quote what the directory sent.
    fault = { code: 'probe-fault', detail: error instanceof Error ? error.name : 'unknown' }
    await flush(1)
  }
  return {
    signals,
    sections: [...scopes].map(([probe, scope]) => ({
      probe,
      outcome: decide(scope, fault),
      findings: scope.told,
      ...(scope.changed === undefined ? {} : { changed: [...scope.changed] }),
    })),
    ...(memory === undefined || fault !== undefined || tools.signal.aborted ? {} : { memory }),
  }
}

interface Scope {
  readonly waiting: Finding[]
  readonly lowering: Reason[]
  readonly notes: Reason[]
  told: number
  entries: number
  /** Whether any of its searches was carried out, whatever it found. */
  answered: boolean
  changed?: Set<string>
}

const newScope = (): Scope => ({ waiting: [], lowering: [], notes: [], told: 0, entries: 0, answered: false })

const decide = ({ lowering, notes, told, entries, answered }: Scope, fault: Reason | undefined): Outcome => {
  const all = fault === undefined ? lowering : [...lowering, fault]
  return { status: statusOf(all, told > 0 || entries > 0 || answered), reasons: boundedReasons([...all, ...notes]) }
}

const statusOf = (lowering: readonly Reason[], gotSomething: boolean): OutcomeStatus => {
  if (lowering.length === 0) return 'complete'
  const codes = lowering.map(({ code }) => code)
  if (!gotSomething) {
    if (codes.some((code) => code === 'timed-out' || code === 'time-limit')) return 'timed-out'
    if (codes.some((code) => DENIED.has(code))) return 'denied'
    return codes.every((code) => code === 'not-over-ldap') ? 'absent' : 'failed'
  }
  return codes.every((code) => LIMITS.has(code)) ? 'truncated' : 'partial'
}

const DENIED: ReadonlySet<string> = new Set(['not-permitted', 'attribute-denied', 'no-such-entry'])
const LIMITS: ReadonlySet<string> = new Set(['size-limit', 'admin-limit', 'too-many', 'too-large', 'too-deep'])
