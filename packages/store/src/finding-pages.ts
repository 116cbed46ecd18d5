import type { Finding } from '@rollcall/contract'
import type { FindingChange, KnownFinding } from '@rollcall/inventory'
import type { Tables } from './tables.ts'

export type PageRow = Tables['finding_page']

/** How a page holds a finding: when it changed only where that was later than when it was first seen. */
export type PageEntry = readonly [
  key: string,
  finding: Finding,
  firstSeen: string,
  changedAt?: string | null,
  goneSince?: string | null,
  suspectedSince?: string,
]

export const entry = ({ key, finding, firstSeen, changedAt, goneSince, suspectedSince }: KnownFinding): PageEntry => {
  if (suspectedSince !== undefined) return [key, finding, firstSeen, changedAt, null, suspectedSince]
  if (goneSince !== null) return [key, finding, firstSeen, changedAt, goneSince]
  return changedAt === firstSeen ? [key, finding, firstSeen] : [key, finding, firstSeen, changedAt]
}

export const pageFindings = ({ body }: Pick<PageRow, 'body'>): KnownFinding[] =>
  (JSON.parse(body) as PageEntry[]).map(([key, finding, firstSeen, changedAt, goneSince, suspectedSince]) => ({
    key,
    finding,
    firstSeen,
    changedAt: changedAt ?? firstSeen,
    goneSince: goneSince ?? null,
    ...(suspectedSince === undefined ? {} : { suspectedSince }),
  }))

/** The findings that a page tells as current. */
export const currentOnPage = (text: string): Finding[] =>
  (JSON.parse(text) as PageEntry[]).flatMap(([, finding, , , goneSince]) => (goneSince === undefined ? [finding] : []))

/** A finding after a change of it. */
export const changed = (
  before: KnownFinding | undefined,
  { type, key, finding }: FindingChange,
  at: string,
): KnownFinding => {
  const firstSeen = before?.firstSeen ?? at
  switch (type) {
    case 'vanished':
      return { key, finding, firstSeen, changedAt: before?.changedAt ?? at, goneSince: at }
    case 'suspected':
      return { key, finding, firstSeen, changedAt: before?.changedAt ?? at, goneSince: null, suspectedSince: at }
    case 'moved':
      return { key, finding, firstSeen, changedAt: before?.changedAt ?? at, goneSince: before?.goneSince ?? null }
    default:
      return { key, finding, firstSeen, changedAt: at, goneSince: null }
  }
}
