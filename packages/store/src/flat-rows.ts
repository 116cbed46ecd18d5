import type { Connection } from './dialect.ts'
import { byId } from './id.ts'
import { columnsOf, excluded, prepared } from './portable.ts'
import type {
  DirectoryAccountTable,
  DirectoryGroupTable,
  DirectoryMemberTable,
  DirectoryRightTable,
  DirectoryWeaknessTable,
  FileTable,
  GrantRuleTable,
  KeyPlaceTable,
  ServiceAccountTable,
  ServiceTable,
  StoredCredentialTable,
} from './tables.ts'

/** Tables with one row for each finding of a kind: what views are drawn from. */
interface FlatTables {
  key_place: KeyPlaceTable
  grant_rule: GrantRuleTable
  service: ServiceTable
  service_account: ServiceAccountTable
  file_place: FileTable
  stored_credential: StoredCredentialTable
  directory_account: DirectoryAccountTable
  directory_group: DirectoryGroupTable
  directory_member: DirectoryMemberTable
  directory_right: DirectoryRightTable
  directory_weakness: DirectoryWeaknessTable
}

/** What vanished: from when on, and when it was last seen. */
export interface Retired {
  readonly id: string
  readonly at: string
  readonly last_seen: string | null
}

export interface FlatRows<Row> {
  /** Inserts or replaces rows; what was there before keeps the day on which it was first seen. */
  save(rows: readonly Row[]): Promise<void>
  retire(gone: readonly Retired[]): Promise<void>
}

/**
 * `columns` names every column of the table. `goneAs` is what a row of something gone says besides; `kept` are columns that what is found
 * does not decide, and that a row keeps when it is replaced.
 */
export const flatRows = <Name extends keyof FlatTables>(
  connection: Connection,
  name: Name,
  columns: readonly (keyof FlatTables[Name] & string)[],
  goneAs: Partial<FlatTables[Name]> = {},
  kept: readonly (keyof FlatTables[Name] & string)[] = [],
): FlatRows<FlatTables[Name]> => {
  // All these tables have what this one has, and the builder writes names as they are given.
  const table = name as 'grant_rule'
  const names = columns as unknown as readonly (keyof GrantRuleTable)[]
  const left = new Set<string>(['id', 'first_seen', ...kept])
  const overwritten = names.filter((column) => !left.has(column))
  const upsert = prepared<GrantRuleTable>(connection, (db, row) =>
    db
      .insertInto(table)
      .values(columnsOf(row, names))
      .onConflict((conflict) => conflict.column('id').doUpdateSet(excluded(overwritten))),
  )
  const retire = prepared<Retired>(connection, (db, { id, at, last_seen }) =>
    db
      .updateTable(table)
      .set({ gone_since: at, last_seen, ...goneAs })
      .where('id', '=', id),
  )
  return {
    async save(rows) {
      if (rows.length > 0) await upsert.each((rows as readonly GrantRuleTable[]).toSorted(byId))
    },
    async retire(gone) {
      if (gone.length > 0) await retire.each(gone)
    },
  }
}
