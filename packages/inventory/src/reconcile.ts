import type { Finding, Outcome, Rights } from '@rollcall/contract'
import { findingKeys, objectOf } from './finding-key.ts'
import type { FindingChange, KnownFinding, ScopeState } from './known-scope.ts'

/** What one probe saw, with its findings at hand. */
export interface SeenSection {
  readonly outcome: Outcome
  readonly privilege: Rights
  /** As whom a directory was read. */
  readonly identity?: string
  readonly findings: readonly Finding[]
}

type Look = Pick<SeenSection, 'outcome' | 'privilege' | 'identity'>
type Held = Pick<ScopeState, 'strongest' | 'seenAs'>

/** What follows from a look: the changes, and how many findings are current after it. */
export interface Reconciled {
  readonly changes: readonly FindingChange[]
  readonly findings: number
  /** Of these, how many the look did not mention and was not allowed to retire. */
  readonly kept: number
  /** Of these, how many a second complete look has to confirm to be gone. */
  readonly suspected: number
}

/**
 * Whether a look may declare what it does not mention gone: only a complete one may, and none with fewer rights than what is
 * held was seen with, or as somebody else than who saw it.
 */
export const mayRetire = (scope: Held | undefined, look: Look): boolean =>
  look.outcome.status === 'complete' &&
  (scope === undefined ||
    (!fewerRights(look.privilege, scope.strongest) &&
      (scope.seenAs === undefined || scope.seenAs.identity === look.identity)))

/** Whether some rights see less than others. Two lists of commands may differ; what each lets be seen, its outcome says. */
export const fewerRights = (some: Rights, others: Rights): boolean => RANK[some] < RANK[others]

const RANK: Record<Rights, number> = { user: 0, listed: 1, root: 2 }

/** Whether a look that found the same as the last one, by digest, leaves nothing to reconcile. */
export const nothingNew = (scope: ScopeState | undefined, look: Look & { readonly digest: string }): boolean =>
  scope !== undefined && scope.digest === look.digest && (scope.kept === 0 || !mayRetire(scope, look))

/**
 * Compares what is known of a scope with a look at it. A complete look with enough rights retires what it does not mention;
 * any other only adds and changes. What comes back keeps its first day. `scope` is undefined at the first look.
 */
export const reconcile = (
  scope: ScopeState | undefined,
  known: readonly KnownFinding[],
  look: SeenSection,
): Reconciled => {
  const keys = findingKeys(look.findings)
  const seen = new Map(keys.map((key, index) => [key, look.findings[index]!]))
  const { changes, unmentioned } = compared(scope === undefined, known, seen)
  if (!mayRetire(scope, look) || !isMassVanishing(known, unmentioned)) return reconcileSome(scope, known, look, seen)
  const isSuspect = ({ suspectedSince }: KnownFinding) => suspectedSince !== undefined
  const fresh = unmentioned.filter((finding) => !isSuspect(finding))
  return {
    changes: [...changes, ...unmentioned.filter(isSuspect).map(vanished), ...fresh.map(suspected)],
    findings: seen.size + fresh.length,
    kept: fresh.length,
    suspected: fresh.length,
  }
}

/** So many accounts may vanish at once before it is more likely that the look was wrong: a file half written, a service half up. */
const MANY_ACCOUNTS = 10
const MANY_OF_ALL = 0.2

/** Whether so many accounts are missing for the first time that a second complete look has to confirm it. */
const isMassVanishing = (known: readonly KnownFinding[], unmentioned: readonly KnownFinding[]): boolean => {
  const missing = unmentioned.filter(
    ({ finding, suspectedSince }) => finding.kind === 'account' && suspectedSince === undefined,
  ).length
  if (missing <= MANY_ACCOUNTS) return false
  const all = known.filter(({ finding, goneSince }) => finding.kind === 'account' && goneSince === null).length
  return missing > all * MANY_OF_ALL
}

/** The same of a part of a scope: of the findings known that lie in it, and those seen, by their keys within the whole scope. */
export const reconcileSome = (
  scope: Held | undefined,
  known: readonly KnownFinding[],
  look: Look,
  seen: ReadonlyMap<string, Finding>,
): Reconciled => {
  const { changes, unmentioned } = compared(scope === undefined, known, seen)
  if (!mayRetire(scope, look)) {
    const suspected = unmentioned.filter(({ suspectedSince }) => suspectedSince !== undefined).length
    return { changes, findings: seen.size + unmentioned.length, kept: unmentioned.length, suspected }
  }
  return { changes: [...changes, ...unmentioned.map(vanished)], findings: seen.size, kept: 0, suspected: 0 }
}

/**
 * What follows from a look that tells only of the entries that changed, of each of them all. Of these, what is not told again is gone, if
 * the look may retire anything; all others stay as they are. A finding that names no entry is only ever added or changed: it takes a look
 * at everything to retire it.
 */
export const reconcileChanges = (
  scope: Held,
  known: readonly KnownFinding[],
  look: Look,
  seen: ReadonlyMap<string, Finding>,
  changed: ReadonlySet<string>,
): Reconciled => {
  const { changes, unmentioned } = compared(false, known, seen)
  const open = unmentioned.filter(({ finding }) => changed.has(objectOf(finding) ?? ''))
  const findings = seen.size + unmentioned.length
  if (!mayRetire(scope, look)) return { changes, findings, kept: open.length, suspected: 0 }
  return { changes: [...changes, ...open.map(vanished)], findings: findings - open.length, kept: 0, suspected: 0 }
}

const compared = (first: boolean, known: readonly KnownFinding[], seen: ReadonlyMap<string, Finding>) => {
  const byKey = new Map(known.map((finding) => [finding.key, finding]))
  const changes: FindingChange[] = []
  for (const [key, finding] of seen) {
    const change = changeOf(key, finding, byKey.get(key), first)
    if (change !== undefined) changes.push(change)
  }
  return { changes, unmentioned: known.filter(({ key, goneSince }) => goneSince === null && !seen.has(key)) }
}

const vanished = ({ key, finding }: KnownFinding): FindingChange => ({ type: 'vanished', key, finding })

const suspected = ({ key, finding }: KnownFinding): FindingChange => ({ type: 'suspected', key, finding })

/**
 * How a scope fared after a look at changes: never better than before it, since of what did not change it says nothing.
 */
export const outcomeAfterChanges = (before: Outcome, now: Outcome): Outcome =>
  before.status === 'complete' || now.status !== 'complete' ? now : before

/** The findings of a scope after changes: those that are current, with their new dates. */
export const afterChanges = (
  known: readonly KnownFinding[],
  changes: readonly FindingChange[],
  at: string,
): KnownFinding[] => {
  const current = new Map(known.filter(({ goneSince }) => goneSince === null).map((finding) => [finding.key, finding]))
  const firstSeen = new Map(known.map((finding) => [finding.key, finding.firstSeen]))
  for (const { type, key, finding } of changes) {
    if (type === 'vanished') current.delete(key)
    else if (type === 'suspected') current.set(key, { ...current.get(key)!, suspectedSince: at })
    else
      current.set(key, {
        key,
        finding,
        firstSeen: firstSeen.get(key) ?? at,
        changedAt: type === 'moved' ? (current.get(key)?.changedAt ?? at) : at,
        goneSince: null,
      })
  }
  return [...current.values()]
}

const changeOf = (
  key: string,
  finding: Finding,
  known: KnownFinding | undefined,
  first: boolean,
): FindingChange | undefined => {
  if (known === undefined) return { type: first ? 'found' : 'appeared', key, finding, before: null }
  if (known.goneSince !== null) return { type: 'reappeared', key, finding, before: known.finding }
  if (known.suspectedSince !== undefined && canonical(known.finding) === canonical(finding))
    return { type: 'moved', key, finding, before: null }
  // Nearly always the fields come in the same order, and nothing has changed.
  if (JSON.stringify(known.finding) === JSON.stringify(finding)) return undefined
  if (canonical(known.finding) === canonical(finding)) return undefined
  return canonical(unplaced(known.finding)) === canonical(unplaced(finding))
    ? { type: 'moved', key, finding, before: null }
    : { type: 'changed', key, finding, before: known.finding }
}

/**
 * A finding without its line and its turn among its neighbours, and without the time at which the file of a key last changed: that
 * is what its neighbours did.
 */
const unplaced = (finding: Finding): unknown => {
  const { place, ...facts } = finding
  const { order: _, ...rest } = { order: undefined, ...facts }
  const { modified: __, ...file } = { modified: undefined, ...(finding.kind === 'key' ? finding.file : undefined) }
  return { ...rest, ...(finding.kind === 'key' ? { file } : {}), path: place?.path }
}

/** JSON with the fields of each object in order, so that equal facts give equal text. */
const canonical = (value: unknown): string =>
  JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([one], [other]) => (one < other ? -1 : 1)))
      : part,
  )
