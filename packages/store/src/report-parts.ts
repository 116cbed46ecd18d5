import type { Finding } from '@rollcall/contract'
import { findingKeyer } from '@rollcall/inventory'
import type { Connection } from './dialect.ts'
import type { ReportParts } from './face.ts'
import { spotOfFinding } from './finding-rows.ts'
import { SPOTS } from './id.ts'
import { columnsOf, prepared } from './portable.ts'
import type { Tables } from './tables.ts'

type PartRow = Tables['report_part']

/** So many shares a scope has: of a million findings one is some ten thousands. */
export const SHARES = 16

export const reportParts = (connection: Connection): ReportParts => {
  const keep = prepared<PartRow>(connection, (db, row) =>
    db
      .insertInto('report_part')
      .values(columnsOf(row, ['report', 'probe', 'share', 'part', 'agent', 'target', 'at', 'findings', 'body']))
      .onConflict((conflict) => conflict.doNothing()),
  )
  const kept = prepared<{ report: string }, Pick<PartRow, 'probe' | 'part'>>(connection, (db, { report }) =>
    db.selectFrom('report_part').select(['probe', 'part']).where('report', '=', report),
  )
  const counts = prepared<Pick<PartRow, 'report' | 'probe'>, Pick<PartRow, 'findings'>>(
    connection,
    (db, { report, probe }) =>
      db.selectFrom('report_part').select('findings').where('report', '=', report).where('probe', '=', probe),
  )
  const one = prepared<Pick<PartRow, 'report' | 'probe' | 'share' | 'part'>, Pick<PartRow, 'body'>>(
    connection,
    (db, { report, probe, share, part }) =>
      db
        .selectFrom('report_part')
        .select('body')
        .where('report', '=', report)
        .where('probe', '=', probe)
        .where('share', '=', share)
        .where('part', '=', part),
  )
  const old = prepared<{ at: string }, Pick<PartRow, 'report' | 'agent' | 'target'>>(connection, (db, { at }) =>
    db.selectFrom('report_part').select(['report', 'agent', 'target']).distinct().where('at', '<', at),
  )
  const forget = prepared<{ report: string }>(connection, (db, { report }) =>
    db.deleteFrom('report_part').where('report', '=', report),
  )
  const forgetShare = prepared<Pick<PartRow, 'report' | 'probe' | 'share'>>(
    connection,
    (db, { report, probe, share }) =>
      db.deleteFrom('report_part').where('report', '=', report).where('probe', '=', probe).where('share', '=', share),
  )
  return {
    async keep({ report, agent, target, probe, index, findings }, at) {
      const shares = Map.groupBy(findings, shareOf(probe))
      await keep.each(
        [...shares].map(([share, own]) => ({
          report,
          probe,
          share,
          part: index,
          agent,
          target,
          at,
          findings: own.length,
          body: JSON.stringify(own),
        })),
      )
    },
    async kept(report) {
      const byProbe = new Map<string, Set<number>>()
      for (const { probe, part } of await kept.all({ report }))
        byProbe.set(probe, (byProbe.get(probe) ?? new Set()).add(part))
      return byProbe
    },
    async count(report, probe) {
      return (await counts.all({ report, probe })).reduce((sum, { findings }) => sum + findings, 0)
    },
    async findings(report, probe, index, share) {
      const row = await one.first({ report, probe, share, part: index })
      return row === undefined ? [] : (JSON.parse(row.body) as Finding[])
    },
    async forget(report, only) {
      if (only === undefined) await forget.run({ report })
      else await forgetShare.run({ report, ...only })
    },
    async forgetBefore(at) {
      const reports = await old.all({ at })
      if (reports.length > 0) await connection.db.deleteFrom('report_part').where('at', '<', at).execute()
      return reports
    },
  }
}

/** In which share findings of a probe lie. */
export const shareOf = (probe: string): ((finding: Finding) => number) => {
  const keyOf = findingKeyer()
  return (finding) => Math.floor((spotOfFinding(probe, keyOf(finding), finding) * SHARES) / SPOTS)
}
