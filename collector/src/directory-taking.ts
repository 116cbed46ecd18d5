import { setImmediate } from 'node:timers/promises'
import type { DirectorySignals, HostSignals } from '@rollcall/contract'
import type { ReportAck, ScanReport } from '@rollcall/contract/bus'
import {
  directoryName,
  identifyDirectory,
  nothingNew,
  type IdentityEvidence,
  type ScopeState,
} from '@rollcall/inventory'
import { newId, SHARES, type DirectoryCounts, type Repositories, type Store } from '@rollcall/store'
import { HALF_DONE, lookAt, type Live, type Looked, type Taking } from './directory-scope.ts'
import { bringStandingsUpToDate } from './directory-standings.ts'
import { admit, cameBefore } from './fleet/admission.ts'
import { accepted, ending, liveSections, look, sightingDigest } from './report-look.ts'
import { inSlices, range, type Pace } from './slices.ts'

/** Takes a report about a directory in, and says what it lacks, if it does. */
export const takeDirectory = async (
  taking: Taking,
  now: Date,
  report: ScanReport,
  signals: DirectorySignals,
): Promise<ReportAck> => {
  const { store, pace } = taking
  const seen = look(report, now)
  if (await cameBefore(store, report)) return accepted(report)
  if (await isSeenAgain(taking, report, seen)) return accepted(report)

  const { directory, evidence } = identifyDirectory(
    { signals, target: report.target, at: seen.at },
    await store.directories.candidates(signals, report.target),
  )
  const scopes = directory === undefined ? [] : await store.scopes.of(directory.id)
  const identity = signals.identity ?? ANYBODY
  const live = liveSections(report.sections, scopes, seen.at).map(({ section, scope }) => ({
    section: { ...section, identity },
    scope: scope === undefined ? undefined : handedOver(scope, seen.at, directory?.signals.identity ?? ANYBODY),
  }))
  const kept = await store.reportParts.kept(report.id)
  const need = live.filter((one) => isLacking(one, kept)).map(({ section }) => section.probe)
  if (need.length > 0) return { report: report.id, need }

  const id = directory?.id ?? newId(now)
  const latest = directory === undefined || seen.at >= directory.lastSeen
  const save = (
    tx: Repositories,
    told: readonly IdentityEvidence[],
    states: readonly ScopeState[],
    sighting: string | undefined,
  ) =>
    tx.hosts.save({
      id,
      name: latest ? directoryName(signals, report.target) : directory.name,
      kind: 'directory',
      signals: asHost(signals),
      target: report.target,
      at: seen.at,
      evidence: told,
      ...endingOf(report, states),
      sighting: sighting === undefined ? undefined : { digest: sighting, until: null },
    })
  // What is written below belongs to it, and must not be left behind by a process that ends.
  if (directory === undefined) await store.atomically((tx) => save(tx, evidence, [], undefined))

  const looked: Looked[] = []
  for (const one of live) looked.push(await lookAt(taking, { id, report, at: seen.at }, one))
  const states = [
    ...scopes.filter(({ probe }) => !looked.some(({ scope }) => scope.probe === probe)),
    ...looked.map(({ scope }) => scope),
  ]
  const told = looked.some(({ moved }) => moved)
    ? await bringStandingsUpToDate(taking, id, latest ? signals : directory.signals, states)
    : await store.directories.told(id)

  const counts = looked.some(({ moved, recount }) => moved || recount) ? await countAnew(store, id) : undefined
  const whole =
    latest &&
    live.length === report.sections.length &&
    report.sections.every(({ changed = [] }) => changed.length === 0)
  await store.atomically(async (tx) => {
    if (!(await admit(tx, report, seen.received))) return
    await save(
      tx,
      directory === undefined ? [] : evidence,
      looked.map(({ scope }) => scope),
      whole ? sightingDigest(report) : undefined,
    )
    await tx.directories.save(id, latest ? signals : directory.signals, told, counts)
    await tx.scopes.save(
      id,
      looked.map(({ scope }) => scope),
    )
    await finish(
      tx,
      report,
      id,
      seen.finished,
      looked.map(({ scope }) => scope),
    )
  })
  await forgetParts(store, pace, report)
  return accepted(report)
}

/** What is in a directory, a share at a time. */
const countAnew = async (store: Store, id: string): Promise<DirectoryCounts> => {
  const shares: DirectoryCounts[] = []
  for (const share of range(0, SHARES)) {
    shares.push(await store.directories.counts(id, share))
    await setImmediate()
  }
  const [first, ...others] = shares as [DirectoryCounts, ...DirectoryCounts[]]
  const sum = { ...first }
  for (const one of others) for (const name of Object.keys(sum) as (keyof DirectoryCounts)[]) sum[name] += one[name]
  return sum
}

/** What came before a report, when it is taken in. Where this is broken off, the rest is forgotten after a day. */
const forgetParts = async (store: Store, pace: Pace, { id, sections }: ScanReport): Promise<void> => {
  const shares = sections.flatMap(({ probe, parts = 0 }) =>
    range(0, parts === 0 ? 0 : SHARES).map((share) => ({ probe, share })),
  )
  await inSlices(store, pace, shares, (tx, only) => tx.reportParts.forget(id, only))
  await store.reportParts.forget(id)
}

type Seen = ReturnType<typeof look>

/** Nobody is called so who logged in: names are not empty. */
const ANYBODY = ''

/** After so long without a complete look as the one who saw what is held, the next is taken for what there is. */
const HANDED_OVER = 30 * 86_400_000

/**
 * A scope, forgetting as whom it was read where that one does not come any more. `latest`: as whom the directory was read last, for while
 * nothing is new only the directory says when that was.
 */
const handedOver = ({ seenAs, ...scope }: ScopeState, at: string, latest: string | undefined): ScopeState => {
  if (seenAs === undefined) return scope
  const last = latest === seenAs.identity && scope.lastLook > seenAs.at ? scope.lastLook : seenAs.at
  return Date.parse(at) - Date.parse(last) > HANDED_OVER ? scope : { ...scope, seenAs: { ...seenAs, at: last } }
}

/** Whether everything is as at the last look; then says so. */
const isSeenAgain = async ({ store, pace }: Taking, report: ScanReport, seen: Seen): Promise<boolean> => {
  const before = await store.hosts.lastSighting(report.target)
  if (before?.digest !== sightingDigest(report) || seen.at < before.at) return false
  if (report.sections.some(({ changed = [] }) => changed.length > 0)) return false
  const overdue = ({ kept, seenAs }: ScopeState) =>
    kept > 0 && seenAs !== undefined && Date.parse(seen.at) - Date.parse(seenAs.at) > HANDED_OVER
  if ((await store.scopes.of(before.host)).some(overdue)) return false
  await store.atomically(async (tx) => {
    if (!(await admit(tx, report, seen.received))) return
    await tx.hosts.seenAgain(before, seen.at)
    await finish(tx, report, before.host, seen.finished, [])
  })
  await forgetParts(store, pace, report)
  return true
}

const finish = async (
  tx: Repositories,
  report: ScanReport,
  host: string,
  at: string,
  states: readonly ScopeState[],
): Promise<void> => {
  if (report.run === undefined) return
  await tx.scans.done(report.run, { target: report.target, host, at, ...endingOf(report, states) })
}

/** How it fared as a whole: by what is known of each scope after it, where a look at changes alone says less. */
const endingOf = (report: ScanReport, states: readonly ScopeState[]) => {
  const outcomes = new Map(states.map(({ probe, outcome }) => [probe, outcome]))
  const { status, reason } = ending({
    reached: report.reached,
    sections: report.sections.map((section) => ({
      ...section,
      outcome: outcomes.get(section.probe) ?? section.outcome,
    })),
  })
  return { outcome: status, reason }
}

/** What a section lacks to be taken in: findings that did not come, or something that its changes build on. */
const isLacking = ({ section, scope }: Live, kept: ReadonlyMap<string, ReadonlySet<number>>): boolean => {
  const { probe, findings, parts, basis } = section
  if (basis === 'changes' && (scope === undefined || scope.digest === HALF_DONE)) return true
  if (basis === undefined && nothingNew(scope, section)) return false
  if (parts === undefined) return findings === undefined
  const here = kept.get(probe) ?? new Set()
  return here.size < parts || Array.from({ length: parts }, (_, index) => index).some((index) => !here.has(index))
}

/** What a directory has in common with a host. */
const asHost = ({ make, version }: DirectorySignals): HostSignals => ({
  hostKeys: [],
  addresses: [],
  macs: [],
  os: { name: version ?? make },
})
