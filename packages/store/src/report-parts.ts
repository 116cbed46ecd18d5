import type { Finding } from '@rollcall/contract'
import type { Connection } from './dialect.ts'
import type { ReportParts } from './face.ts'
import { prepared } from './portable.ts'
import type { Tables } from './tables.ts'

type PartRow = Tables['report_part']

export const reportParts = (connection: Connection): ReportParts => {
  const keep = prepared<PartRow>(connection, (db, row) =>
    db
      .insertInto('report_part')
      .values({
        report: row.report,
        probe: row.probe,
        part: row.part,
        agent: row.agent,
        target: row.target,
        at: row.at,
        body: row.body,
      })
      .onConflict((conflict) => conflict.doNothing()),
  )
  const kept = prepared<{ report: string }, Pick<PartRow, 'probe' | 'part'>>(connection, (db, { report }) =>
    db.selectFrom('report_part').select(['probe', 'part']).where('report', '=', report),
  )
  const one = prepared<Pick<PartRow, 'report' | 'probe' | 'part'>, Pick<PartRow, 'body'>>(
    connection,
    (db, { report, probe, part }) =>
      db
        .selectFrom('report_part')
        .select('body')
        .where('report', '=', report)
        .where('probe', '=', probe)
        .where('part', '=', part),
  )
  const forget = prepared<{ report: string }>(connection, (db, { report }) =>
    db.deleteFrom('report_part').where('report', '=', report),
  )
  return {
    async keep({ report, agent, target, probe, index, findings }, at) {
      await keep.run({ report, probe, part: index, agent, target, at, body: JSON.stringify(findings) })
    },
    async kept(report) {
      const byProbe = new Map<string, Set<number>>()
      for (const { probe, part } of await kept.all({ report }))
        byProbe.set(probe, (byProbe.get(probe) ?? new Set()).add(part))
      return byProbe
    },
    async findings(report, probe, index) {
      const row = await one.first({ report, probe, part: index })
      return row === undefined ? [] : (JSON.parse(row.body) as Finding[])
    },
    async forget(report) {
      await forget.run({ report })
    },
    async forgetBefore(at) {
      const { numDeletedRows } = await connection.db.deleteFrom('report_part').where('at', '<', at).executeTakeFirst()
      return Number(numDeletedRows)
    },
  }
}
