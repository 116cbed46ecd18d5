import type { Connection } from './dialect.ts'
import type { Inbox } from './face.ts'
import { prepared } from './portable.ts'

export const inbox = (connection: Connection): Inbox => {
  const insert = prepared<{ report: string; at: string }>(connection, (db, { report, at }) =>
    db
      .insertInto('inbox')
      .values({ report, at })
      .onConflict((conflict) => conflict.doNothing()),
  )
  return {
    admit: async (report, at) => (await insert.run({ report, at })) === 1,
    async admitted(report) {
      return (
        (await connection.db.selectFrom('inbox').select('report').where('report', '=', report).executeTakeFirst()) !==
        undefined
      )
    },
    async forget(before) {
      const { numDeletedRows } = await connection.db.deleteFrom('inbox').where('at', '<', before).executeTakeFirst()
      return Number(numDeletedRows)
    },
  }
}
