import type { Finding, Outcome, Rights } from '@rollcall/contract'
import { findingKeys } from './finding-key.ts'
import type { FindingChange, KnownFinding, ScopeState } from './known-scope.ts'

/** What one probe saw, with its findings at hand. */
export interface SeenSection {
  readonly outcome: Outcome
  readonly privilege: Rights
  readonly findings: readonly Finding[]
}

/** What follows from a look: the changes, and how many findings are current after it. */
export interface Reconciled {
  readonly changes: readonly FindingChange[]
  readonly findings: number
  /** Of these, how many the look did not mention and was not allowed to retire. */
  readonly kept: number
}

/**
 * Whether a look may declare what it does not mention gone: only a complete one may, and none with fewer rights than what is
 * held was seen with.
 */
export const mayRetire = (
  scope: Pick<ScopeState, 'strongest'> | undefined,
  look: Pick<SeenSection, 'outcome' | 'privilege'>,
): boolean =>
  look.outcome.status === 'complete' && (scope === undefined || !fewerRights(look.privilege, scope.strongest))

/** Whether some rights see less than others. Two lists of commands may differ; what each lets be seen, its outcome says. */
export const fewerRights = (some: Rights, others: Rights): boolean => RANK[some] < RANK[others]

const RANK: Record<Rights, number> = { user: 0, listed: 1, root: 2 }

/** Whether a look that found the same as the last one, by digest, leaves nothing to reconcile. */
export const nothingNew = (
  scope: ScopeState | undefined,
  look: Pick<SeenSection, 'outcome' | 'privilege'> & { readonly digest: string },
): boolean => scope !== undefined && scope.digest === look.digest && (scope.kept === 0 || !mayRetire(scope, look))

/**
 * Compares what is known of a scope with a look at it. A complete look with enough rights retires what it does not mention;
 * any other only adds and changes. What comes back keeps its first day. `scope` is undefined at the first look.
 */
export const reconcile = (
  scope: ScopeState | undefined,
  known: readonly KnownFinding[],
  look: SeenSection,
): Reconciled => {
  const byKey = new Map(known.map((finding) => [finding.key, finding]))
  const changes: FindingChange[] = []
  const keys = findingKeys(look.findings)
  for (const [index, key] of keys.entries()) {
    const change = changeOf(key, look.findings[index]!, byKey.get(key), scope === undefined)
    if (change !== undefined) changes.push(change)
  }
  const mentioned = new Set(keys)
  const unmentioned = known.filter(({ key, goneSince }) => goneSince === null && !mentioned.has(key))
  if (!mayRetire(scope, look)) return { changes, findings: keys.length + unmentioned.length, kept: unmentioned.length }
  for (const { key, finding } of unmentioned) changes.push({ type: 'vanished', key, finding })
  return { changes, findings: keys.length, kept: 0 }
}

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
