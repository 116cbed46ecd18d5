import type { CompiledQuery, Expression, ExpressionBuilder, Kysely, SelectQueryBuilder, SqlBool } from 'kysely'
import { folded, listItems } from './cells.ts'
import type { Connection } from './dialect.ts'
import { idsWithin } from './id.ts'
import type { Condition, Position, RelationName, RelationQuery, RelationRow, Relations, Test } from './face.ts'
import { asText, countDistinct, countWhere, itemLike, like, never, onlyOne, rowCount } from './portable.ts'
import { reachRows } from './reach-rows.ts'
import { relationShapes, type Derived, type RelationColumn, type RelationShape } from './relation-columns.ts'
import { StoreError } from './store-error.ts'

/** Tables and columns are named by `relationShapes` here, so the builder takes any of theirs. */
type Any = Record<string, Record<string, string | number | null>>
type Builder = ExpressionBuilder<Any, string>
type Select = SelectQueryBuilder<Any, string, object>

/** A read may take a connection for as long as it lasts. */
export type Reading = <T>(work: (connection: Connection) => Promise<T>) => Promise<T>

export const relations = (reading: Reading, snapshot: () => Promise<Connection>): Relations => ({
  page: (query) => reading((connection) => page(connection, query)),

  async *stream(query) {
    const shape = relationShapes[query.relation]
    const connection = await snapshot()
    try {
      // Cells that are known come first, in order; then those that are not, by id.
      for (const part of parts(shape, query)) {
        if (isIndexed(shape, part)) {
          const wide = selectAll(
            ordered(connection, query, part, [...shape.columns.keys()]),
            shape,
          ).compile() as CompiledQuery
          for await (const row of connection.rows(wide)) yield relationRow(shape, row)
        } else {
          const narrow = selectIds(ordered(connection, query, part, [])).compile() as CompiledQuery
          for await (const ids of chunked(connection.rows(narrow), STREAMED_AT_ONCE))
            yield* await rowsOf(connection, query.relation, ids)
        }
      }
    } finally {
      await connection.close()
    }
  },

  count: (relation, where) =>
    reading(async ({ db }) => {
      const query = source(db, relation, where, []).select(rowCount().as('count')) as SelectQueryBuilder<
        Any,
        string,
        { count: number }
      >
      return (await query.executeTakeFirstOrThrow()).count
    }),

  counts: (relation, where, each) =>
    reading(async ({ db }) => {
      const shape = relationShapes[relation]
      const columns = each.flatMap((conditions) => conditions.flatMap(({ anyOf }) => anyOf.map(({ column }) => column)))
      const row = (await source(db, relation, where, columns)
        .select((eb) =>
          each.map((conditions, at) =>
            countWhere(eb.and(conditions.map((condition) => holds(eb, shape, condition)))).as(`count${at}`),
          ),
        )
        .executeTakeFirstOrThrow()) as Record<string, number>
      return each.map((_, at) => row[`count${at}`] ?? 0)
    }),

  keyTotals: () =>
    reading(async ({ db }) => {
      const keys = db
        .selectFrom('key_place')
        .select(['fingerprint', countDistinct('host_id').as('hosts')])
        .where('role', 'in', ['authorized', 'authority'])
        .where('gone_since', 'is', null)
        .where('probe', '!=', DIRECTORY_KEYS)
        .groupBy('fingerprint')
      return db
        .selectFrom(keys.as('key'))
        .select((eb) => [rowCount().as('distinct'), countWhere(eb('hosts', '>', 1)).as('sharedAcrossHosts')])
        .executeTakeFirstOrThrow()
    }),

  async *reachRows(host) {
    const connection = await snapshot()
    try {
      yield* reachRows(connection, host)
    } finally {
      await connection.close()
    }
  },
})

const page = async (
  connection: Connection,
  query: RelationQuery,
): Promise<{ rows: RelationRow[]; next: Position | null }> => {
  const shape = relationShapes[query.relation]
  const rows: RelationRow[] = []
  for (const part of parts(shape, query)) {
    // One more than asked for tells whether there is a next page.
    const left = query.limit + 1 - rows.length
    if (left <= 0) break
    if (isIndexed(shape, part)) {
      const found = await selectAll(ordered(connection, query, part, [...shape.columns.keys()]), shape)
        .limit(left)
        .execute()
      rows.push(...found.map((row) => relationRow(shape, row)))
    } else {
      const ids = await selectIds(ordered(connection, query, part, []))
        .limit(left)
        .execute()
      rows.push(...(await rowsOf(connection, query.relation, ids as { id: string }[])))
    }
  }
  if (rows.length <= query.limit) return { rows, next: null }
  rows.pop()
  const last = rows.at(-1)!
  return { rows, next: { value: last[query.sort.column] as string | number | null, id: last.id } }
}

/** One run of an order: either the rows whose sort cell is known, in its order, or those whose is not. */
interface Part {
  readonly column: string
  readonly descending: boolean
  readonly known: boolean
  readonly after: Position | undefined
}

/** Unknown cells come last in either direction, so an order is two runs; a position tells in which of them it lies. */
const parts = (shape: RelationShape, { sort, after }: Pick<RelationQuery, 'sort' | 'after'>): Part[] => {
  const column = columnOf(shape, sort.column)
  if (column.kind === 'list') throw new StoreError('not-comparable', `${sort.column} is a list`)
  const part = (known: boolean, after?: Position): Part => ({
    column: sort.column,
    descending: sort.descending,
    known,
    after,
  })
  if (after === undefined) return [part(true), part(false)]
  return after.value === null ? [part(false, after)] : [part(true, after), part(false)]
}

/** Keys in attributes of a directory are on no host. */
const DIRECTORY_KEYS = 'directory-keys'

/** Where the order is that of an index, rows are read as they come; else only ids are sorted, and the rows of those few are read after. */
const isIndexed = ({ table }: RelationShape, { column, known }: Part) =>
  !known || column === 'id' || INDEXED[table].has(column)

/** The columns whose order an index has, by table: the migrations made them. */
const INDEXED: Record<RelationShape['table'], ReadonlySet<string>> = {
  account: new Set(['account', 'host', 'last_login']),
  host: new Set(['host']),
  key_place: new Set(['fingerprint', 'host']),
  grant_rule: new Set(['host']),
  service: new Set(['host']),
  service_account: new Set(['host']),
  file_place: new Set(['host']),
  stored_credential: new Set(['rank', 'host']),
  scope: new Set([]),
  history: new Set(['at']),
  scan_target: new Set(['finished_at']),
  directory_account: new Set(['account', 'directory']),
  directory_group: new Set(['group']),
  directory_member: new Set(['group']),
  directory_right: new Set([]),
  directory_weakness: new Set(['rank']),
  trusted_key: new Set(['name']),
}

const STREAMED_AT_ONCE = 500

const ordered = (
  { db }: Connection,
  { relation, where }: Pick<RelationQuery, 'relation' | 'where'>,
  { column, descending, known, after }: Part,
  columns: readonly string[],
): Select => {
  const sorted = columnOf(relationShapes[relation], column)
  const direction = descending ? 'desc' : 'asc'
  const beyond = descending ? '<' : '>'
  return source(db, relation, where, [...columns, column])
    .where((eb) => eb(read(eb, sorted), known ? 'is not' : 'is', null))
    .$if(after !== undefined, (query) =>
      query.where((eb) =>
        known && column !== 'id'
          ? eb(
              eb.tuple(read(eb, sorted) as never, eb.ref('t.id') as never),
              beyond,
              eb.tuple(after!.value as never, after!.id as never),
            )
          : eb('t.id', beyond, after!.id),
      ),
    )
    .$if(known && column !== 'id', (query) => query.orderBy((eb) => read(eb, sorted), direction))
    .orderBy('t.id', direction)
}

const selectAll = (query: Select, shape: RelationShape): Select =>
  query.select((eb) => [...shape.columns].map(([name, from]) => read(eb, from).as(name)))

const selectIds = (query: Select): Select => query.select('t.id as id')

/** The rows of some ids, in their order. */
const rowsOf = async (
  { db }: Connection,
  relation: RelationName,
  ids: readonly { readonly id: string }[],
): Promise<RelationRow[]> => {
  if (ids.length === 0) return []
  const shape = relationShapes[relation]
  const found = await selectAll(source(db, relation, [], [...shape.columns.keys()]), shape)
    .where(
      't.id',
      'in',
      ids.map(({ id }) => id),
    )
    .execute()
  const byId = new Map(found.map((row) => [(row as { id: string }).id, row]))
  return ids.flatMap(({ id }) => (byId.has(id) ? [relationRow(shape, byId.get(id))] : []))
}

async function* chunked(rows: AsyncIterable<unknown>, size: number): AsyncIterable<{ id: string }[]> {
  let chunk: { id: string }[] = []
  for await (const row of rows) {
    chunk.push(row as { id: string })
    if (chunk.length < size) continue
    yield chunk
    chunk = []
  }
  if (chunk.length > 0) yield chunk
}

/** The table with what its columns are derived from, as far as they are asked for, and the conditions. */
const source = (
  typed: Connection['db'],
  relation: RelationName,
  where: readonly Condition[],
  columns: readonly string[],
): Select => {
  const db = typed as unknown as Kysely<Any>
  const shape = relationShapes[relation]
  const used = new Set([...columns, ...where.flatMap(({ anyOf }) => anyOf.map(({ column }) => column))])
  const from = [...used].map((name) => columnOf(shape, name))
  const needs = (name: string) =>
    from.some(
      (column) =>
        column.from.startsWith(`${name}.`) || (column.derived !== undefined && JOINS[column.derived].includes(name)),
    )
  let query = db.selectFrom(`${shape.table} as t`) as unknown as Select
  const { only } = shape
  if (only !== undefined) query = query.where(only.column, '=', only.is)
  if (needs('dir')) query = query.innerJoin('directory as dir', 'dir.host_id', 't.id')
  if (needs('grouped')) query = query.leftJoin('directory_group as grouped', 'grouped.id', 't.group_id')
  if (needs('owner')) query = query.innerJoin('host as owner', 'owner.id', 't.host_id')
  if (needs('look'))
    query = query.innerJoin('host_look as look', 'look.host_id', shape.table === 'host' ? 't.id' : 't.host_id')
  if (needs('scope')) {
    query = query.leftJoin('scope', (join) =>
      join.onRef('scope.host_id', '=', 't.host_id').onRef('scope.probe', '=', 't.probe'),
    )
  }
  if (needs('times')) query = query.leftJoin('key_count as times', 'times.fingerprint', 't.fingerprint')
  if (needs('hash')) query = query.leftJoin('password_count as hash', 'hash.digest', 't.password_digest')
  if (needs('secrets')) query = query.leftJoin('secret_count as secrets', 'secrets.digest', 't.digest')
  if (needs('who')) query = query.leftJoin('account as who', 'who.id', 't.account_id')
  if (needs('seer')) query = query.leftJoin('agent as seer', 'seer.id', 't.agent')
  if (needs('shower')) query = query.leftJoin('agent as shower', 'shower.id', 't.shown_agent')
  if (needs('used')) {
    query = query.leftJoin('key_use as used', (join) =>
      join
        .onRef('used.host_id', '=', 't.host_id')
        .onRef('used.account', '=', 't.account')
        .onRef('used.fingerprint', '=', 't.fingerprint'),
    )
  }
  for (const condition of where) query = query.where((eb) => holds(eb, shape, condition))
  return query
}

const JOINS: Record<Derived, readonly string[]> = {
  lastSeen: ['look', 'scope'],
  lastLook: ['look'],
  lastComplete: ['look'],
  places: ['times'],
  opens: ['times'],
  opensRoots: ['times'],
  privatePlaces: ['times'],
  knownBy: ['times'],
  samePassword: ['hash'],
  sameSecret: ['secrets'],
  lastUsed: ['used'],
  lastUsedFrom: ['used'],
  givesRoot: ['who'],
  seenBy: ['seer'],
  shownTo: ['shower'],
  directoryAccount: [],
  onHosts: [],
  rootOnHosts: [],
  weaknesses: [],
}

/** The cell of a column. */
const read = (
  eb: Builder,
  { from, derived }: RelationColumn,
): Expression<string | number | null> & { as: (name: string) => never } => {
  const look = (scope: string) => eb.fn.coalesce(eb.ref(`${scope}.last_look`), eb.ref('look.last_seen'))
  const complete = (scope: string) =>
    eb
      .case()
      .when(`${scope}.status`, '=', 'complete')
      .then(look(scope))
      .else(eb.ref(`${scope}.last_complete`))
      .end()
  if (derived === undefined) return eb.ref(from) as never
  switch (derived) {
    case 'lastSeen':
      return eb.fn.coalesce(eb.ref('t.last_seen'), complete('scope'), eb.ref('t.first_seen')) as never
    case 'lastLook':
      return look('t') as never
    case 'lastComplete':
      return complete('t') as never
    // Of a key without a fingerprint no other place can be told.
    case 'places':
      return eb(eb('times.opens', '+', eb.ref('times.private')), '+', eb.ref('times.host')) as never
    case 'opens':
      return eb.ref('times.opens') as never
    case 'opensRoots':
      return eb.ref('times.roots') as never
    case 'privatePlaces':
      return eb.ref('times.private') as never
    case 'knownBy':
      return eb.ref('times.known') as never
    case 'samePassword':
      return eb('hash.places', '-', eb.lit(1)) as never
    case 'sameSecret':
      return eb('secrets.places', '-', eb.lit(1)) as never
    case 'lastUsed':
    case 'lastUsedFrom':
      return eb
        .case()
        .when('t.role', 'in', ['authorized', 'authority'])
        .then(eb.ref(derived === 'lastUsed' ? 'used.last_used' : 'used.last_used_from'))
        .end() as never
    case 'givesRoot':
      return eb.fn.coalesce(eb.ref('t.gives_root'), eb.ref('who.privileged'), eb.val('unknown')) as never
    case 'seenBy':
      return eb.fn.coalesce(eb.ref('seer.name'), eb.ref('t.agent')) as never
    case 'shownTo':
      return eb.fn.coalesce(eb.ref('shower.name'), eb.ref('t.shown_agent')) as never
    case 'directoryAccount':
      return directoryAccount(eb) as never
    case 'onHosts':
      return onHosts(eb)
        .where((local) => local('local.login_allowed', '!=', 'no'))
        .$asScalar() as never
    case 'rootOnHosts':
      return onHosts(eb)
        .where((local) => local('local.privileged', '=', 'yes'))
        .$asScalar() as never
    case 'weaknesses':
      return eb
        .selectFrom('directory_weakness as weak')
        .select(rowCount().as('count'))
        .whereRef('weak.object_id', '=', 't.id')
        .where('weak.gone_since', 'is', null)
        .$asScalar() as never
  }
}

/**
 * The account of a directory that an account of a host is: by its SID, by its id there, or by name and uid, the uid being that of its
 * entry or what SSSD makes of its SID. None where several would be it.
 */
const directoryAccount = (eb: Builder) => {
  const only = eb
    .selectFrom('directory_account as entry')
    .select(onlyOne('entry.id').as('id'))
    .where('entry.gone_since', 'is', null)
  const named = only.whereRef('entry.login', '=', 't.directory_name')
  return eb.fn.coalesce(
    only.whereRef('entry.sid', '=', 't.directory_sid').$asScalar(),
    only.whereRef('entry.object', '=', 't.directory_object').$asScalar(),
    named.whereRef('entry.uid', '=', 't.uid').$asScalar(),
    named.whereRef('entry.mapped_uid', '=', 't.uid').$asScalar(),
  )
}

/** On how many hosts an account of a directory is known, seen from its side. */
const onHosts = (eb: Builder) =>
  eb
    .selectFrom('account as local')
    .select(countDistinct('local.host_id').as('count'))
    .where('local.gone_since', 'is', null)
    .where((local) =>
      local.or([
        local('local.directory_sid', '=', local.ref('t.sid')),
        local('local.directory_object', '=', local.ref('t.object')),
        local.and([
          local('local.directory_name', '=', local.ref('t.login')),
          local('local.directory_sid', 'is', null),
          local('local.directory_object', 'is', null),
          local.or([local('local.uid', '=', local.ref('t.uid')), local('local.uid', '=', local.ref('t.mapped_uid'))]),
        ]),
      ]),
    )

const columnOf = (shape: RelationShape, name: string): RelationColumn => {
  const column = shape.columns.get(name)
  if (column === undefined) throw new StoreError('unknown-column', name.slice(0, 64))
  return column
}

const holds = (eb: Builder, shape: RelationShape, { anyOf, negated }: Condition): Expression<SqlBool> => {
  const any = anyOfThem(
    eb,
    anyOf.map((test) => passes(eb, shape, test)),
  )
  return negated ? eb.not(any) : any
}

/** A tree rather than a chain, since engines limit how deep an expression may be. */
const anyOfThem = (eb: Builder, tests: readonly Expression<SqlBool>[]): Expression<SqlBool> => {
  if (tests.length <= 1) return tests[0] ?? never()
  const half = Math.ceil(tests.length / 2)
  return eb.parens(eb.or([anyOfThem(eb, tests.slice(0, half)), anyOfThem(eb, tests.slice(half))]))
}

/** True or false for every row, never unknown, so that a negation is its exact opposite. */
const passes = (eb: Builder, shape: RelationShape, test: Test): Expression<SqlBool> => {
  const column = columnOf(shape, test.column)
  const cell = read(eb, column)
  switch (test.is) {
    case 'unknown':
      return eb(cell, 'is', null)
    case 'equal':
    case 'pattern':
      return matches(eb, shape, column, cell, test)
    case '=':
    case '<':
    case '<=':
    case '>':
    case '>=':
      return compares(eb, column, cell, test)
  }
}

const compares = (
  eb: Builder,
  column: RelationColumn,
  cell: Expression<unknown>,
  test: Extract<Test, { is: '=' | '<' | '<=' | '>' | '>=' }>,
): Expression<SqlBool> => {
  if (column.kind === 'list') throw new StoreError('not-comparable', `${test.column} is a list`)
  const value = column.kind === 'integer' ? Number(test.value) : String(test.value)
  if (column.kind === 'integer' && !Number.isSafeInteger(value))
    throw new StoreError('not-comparable', `${test.column} holds whole numbers`)
  const compared = eb(cell as never, test.is, value as never) as Expression<SqlBool>
  const known = eb(cell as never, 'is not', null) as Expression<SqlBool>
  // Words such as `never` stand in such columns too; they are no time, and sort after every digit.
  const aTime =
    column.kind === 'instant' && test.is !== '=' ? [eb(cell as never, '<', ':' as never) as Expression<SqlBool>] : []
  return eb.parens(eb.and([known, compared, ...aTime]))
}

const matches = (
  eb: Builder,
  shape: RelationShape,
  column: RelationColumn,
  cell: Expression<unknown>,
  { is, value }: Extract<Test, { is: 'equal' | 'pattern' }>,
): Expression<SqlBool> => {
  // No cell holds U+0000, and text search would stop reading there.
  if (value.includes('\u0000')) return never()
  const pattern = is === 'pattern' ? value.replaceAll(/\*+/g, '*') : undefined
  if (column.kind === 'id' && pattern === undefined) {
    if (column.from !== 't.host_id' || !CLUSTERED_BY_HOST.has(shape.table))
      return eb.parens(eb.and([eb(cell as never, 'is not', null), eb(cell as never, '=', value as never)]) as never)
    const { from, to } = idsWithin(value)
    return eb.parens(eb.and([eb('t.id', '>=', from), eb('t.id', '<', to)]))
  }
  if (column.kind === 'integer') {
    if (pattern !== undefined) return like(asText(cell), likePattern(pattern))
    const number = /^-?\d{1,15}$/.test(value) ? Number(value) : undefined
    return number === undefined
      ? never()
      : eb.parens(eb.and([eb(cell as never, 'is not', null), eb(cell as never, '=', number as never)]) as never)
  }
  if (column.kind === 'word' && pattern === undefined)
    return eb.parens(
      eb.and([eb(cell as never, 'is not', null), eb(cell as never, '=', folded(value) as never)]) as never,
    )
  if (column.kind !== 'list') return like(cell, pattern === undefined ? escaped(value) : likePattern(pattern))
  // Items lie between line ends; only a star inside a pattern could run across one.
  if (value.includes('\n')) return never()
  if (pattern === undefined) return like(cell, `%\n${escaped(value)}\n%`)
  if (pattern === '*')
    return eb.parens(eb.and([eb(cell as never, 'is not', null), eb(cell as never, '!=', '\n' as never)]) as never)
  const inside = pattern.slice(1, -1).includes('*')
  if (inside) return itemLike(cell, pattern)
  return like(
    cell,
    `%${pattern.startsWith('*') ? '' : '\n'}${escaped(pattern.replaceAll('*', ''))}${pattern.endsWith('*') ? '' : '\n'}%`,
  )
}

/** Tables whose ids begin with that of the host, so that its rows are a range of them. */
const CLUSTERED_BY_HOST: ReadonlySet<RelationShape['table']> = new Set([
  'account',
  'key_place',
  'grant_rule',
  'service',
  'service_account',
  'file_place',
  'stored_credential',
  'directory_account',
  'directory_group',
  'directory_member',
  'directory_right',
  'directory_weakness',
])

const escaped = (text: string) => text.replaceAll(/[\\%_]/g, (sign) => `\\${sign}`)

const likePattern = (pattern: string) => pattern.split('*').map(escaped).join('%')

const relationRow = (shape: RelationShape, row: unknown): RelationRow => {
  const cells = row as Record<string, string | number | null>
  const read: Record<string, string | number | null | string[]> = {}
  for (const [name, { kind }] of shape.columns) {
    const cell = cells[name] ?? null
    read[name] = kind === 'list' && typeof cell === 'string' ? listItems(cell) : cell
  }
  return read as RelationRow
}
