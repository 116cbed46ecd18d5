import { chmodSync, closeSync, existsSync, openSync, statSync } from 'node:fs'
import SqliteDatabase, { type Statement } from 'better-sqlite3'
import type { CompiledQuery } from 'kysely'
import {
  Kysely,
  SelectQueryNode,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
  type DatabaseConnection,
  type Driver,
  type QueryResult,
} from 'kysely'
import { itemMatches } from './cells.ts'
import { checkpoints } from './checkpoints.ts'
import { StoreError } from './store-error.ts'
import type { Tables } from './tables.ts'

/**
 * One connection to the database: the only place that knows which engine it is. Statements are prepared once per text and
 * kept. What reads and writes promise is the same for an engine on the other side of a network, hence the promises.
 */
export interface Connection {
  readonly db: Kysely<Tables>
  /** Runs one statement for each list of values, all in one go; how many rows were written. */
  runEach(sql: string, values: Iterable<readonly unknown[]>): Promise<number>
  all(sql: string, values: readonly unknown[]): Promise<unknown[]>
  /** The first row for each list of values, all in one go. */
  firstOfEach(sql: string, values: Iterable<readonly unknown[]>): Promise<unknown[]>
  /** Rows one at a time, in constant memory. The connection answers nothing else until the iteration has ended. */
  rows(query: CompiledQuery): AsyncIterable<unknown>
  /** `write-loosely`: what is committed is durable with the next commit that is, and not before. */
  begin(mode: 'read' | 'write' | 'write-loosely'): Promise<void>
  commit(): Promise<void>
  /** Undoes what is open, if anything is. */
  rollback(): Promise<void>
  close(): Promise<void>
}

/** An opened database: one connection that writes, and others that read a snapshot each. */
export interface Engine {
  readonly writer: Connection
  /** Resolves when the writer may begin: nearly always at once. */
  ready(): Promise<void>
  /** A connection that sees what is committed and cannot write. Undefined where only the writer can see the database. */
  reader(): Connection | undefined
  /** A connection that sees the database as it is now, however long it is used, and waits for nobody. Close it after use. */
  snapshot(): Promise<Connection>
  /** To be called when somebody else committed something. */
  committed(): void
  close(): Promise<void>
}

/** Waits at most this long for another process that reads the file, such as a backup. */
const BUSY_MS = 5_000
/** Pages of 8 KiB in the log of changes at which the writer itself takes them into the file, where nobody else did: 512 MiB. */
const MOST_LOGGED = 65_536
/** Statements kept per connection; views make new ones as people filter. */
const MAX_STATEMENTS = 500

/**
 * Opens a SQLite file, or a database in memory for `:memory:`. The file is created with mode 0600. Throws StoreError:
 * `in-use`, `corrupt`, `unwritable`.
 */
export const openSqlite = (file: string): Engine => (file === ':memory:' ? openInMemory() : openFile(file))

const openFile = (file: string): Engine => {
  refuseOpenHere(file)
  restrict(file)
  const lock = holdLock(`${file}.lock`)
  const here = identityOf(file)
  openHere.add(here)
  try {
    const aside = checkpoints(file, BUSY_MS)
    const connections = connectionsTo(file, () => aside.committed())
    return {
      ...connections,
      ready: () => aside.room(),
      committed: () => aside.committed(),
      async close() {
        await aside.close()
        await connections.close()
        openHere.delete(here)
        lock.close()
      },
    }
  } catch (error) {
    openHere.delete(here)
    lock.close()
    throw error
  }
}

/** A file that another thread of this process has open, and keeps open meanwhile. That one lets this one write, and takes the log into the file. */
export const openSqliteAgain = (file: string): Engine => ({
  ...connectionsTo(file),
  ready: async () => {},
  committed: () => {},
})

const connectionsTo = (
  file: string,
  committed?: () => void,
): Pick<Engine, 'writer' | 'reader' | 'snapshot' | 'close'> => {
  const database = translated(() => open(file))
  translated(() => {
    database.pragma('journal_mode = WAL')
    database.pragma('synchronous = FULL')
    database.pragma(`wal_autocheckpoint = ${MOST_LOGGED}`)
    // The length of the log then tells how much is in it.
    database.pragma('journal_size_limit = 0')
  })
  const readOnly = () => connection(translated(() => open(file, { readonly: true })))
  const writer = connection(database, committed)
  let reader: Connection | undefined
  return {
    writer,
    reader: () => (reader ??= readOnly()),
    async snapshot() {
      const snapshot = readOnly()
      await snapshot.begin('read')
      return snapshot
    },
    async close() {
      await reader?.close()
      await writer.close()
    },
  }
}

/** Files that this process has open. POSIX drops a process's locks on a file when it closes any handle of it, so none is opened to find out. */
const openHere = new Set<string>()

const refuseOpenHere = (file: string) => {
  if (existsSync(file) && openHere.has(identityOf(file))) throw new StoreError('in-use')
}

const identityOf = (file: string) => {
  const { dev, ino } = statSync(file)
  return `${dev}:${ino}`
}

const openInMemory = (): Engine => {
  const database = open(':memory:')
  const writer = connection(database)
  return {
    writer,
    ready: async () => {},
    committed: () => {},
    reader: () => undefined,
    snapshot: () => Promise.resolve(connection(prepareConnection(new SqliteDatabase(database.serialize())))),
    close: () => writer.close(),
  }
}

const open = (file: string, options: { readonly?: boolean } = {}) =>
  prepareConnection(new SqliteDatabase(file, { ...options, timeout: BUSY_MS }), options)

/** Whoever writes comes back to the same pages; what is read the system caches as well, and is in memory once. */
const CACHED_KB = { writing: 64_000, reading: 16_000 }

const prepareConnection = (database: SqliteDatabase, options: { readonly?: boolean } = {}) => {
  database.pragma('page_size = 8192')
  database.pragma('foreign_keys = ON')
  database.pragma(`cache_size = -${CACHED_KB[options.readonly === true ? 'reading' : 'writing']}`)
  database.pragma('trusted_schema = OFF')
  database.function('item_matches', { deterministic: true }, (list, pattern) =>
    itemMatches(String(list), String(pattern)) ? 1 : 0,
  )
  return database
}

/** The files beside it, which hold the same facts, take over its mode. */
const restrict = (file: string) => {
  try {
    closeSync(openSync(file, 'a', 0o600))
    chmodSync(file, 0o600)
  } catch (error) {
    throw new StoreError('unwritable', file, { cause: error })
  }
}

/** A lock that ends with the process, however it ends: a transaction held open on a file of its own. */
const holdLock = (file: string) => {
  restrict(file)
  const lock = new SqliteDatabase(file, { timeout: 0 })
  try {
    lock.pragma('journal_mode = DELETE')
    lock.exec('BEGIN EXCLUSIVE')
    return lock
  } catch (error) {
    lock.close()
    if (error instanceof SqliteDatabase.SqliteError && error.code.startsWith('SQLITE_BUSY'))
      throw new StoreError('in-use', undefined, { cause: error })
    throw storeError(error)
  }
}

const connection = (database: SqliteDatabase, committed = () => {}): Connection => {
  const statements = new Map<string, Statement>()
  let loosely = false
  const prepare = (sql: string): Statement => {
    let statement = statements.get(sql)
    if (statement === undefined) {
      if (statements.size >= MAX_STATEMENTS) statements.clear()
      statement = database.prepare(sql)
      statements.set(sql, statement)
    }
    return statement
  }

  const kyselyConnection: DatabaseConnection = {
    async executeQuery<R>({ sql, parameters }: CompiledQuery): Promise<QueryResult<R>> {
      return translated(() => {
        const statement = prepare(sql)
        if (statement.reader) return { rows: statement.all(parameters) as R[] }
        const { changes } = statement.run(parameters)
        return { numAffectedRows: BigInt(changes), rows: [] }
      })
    },
    streamQuery: () => {
      throw new Error('rows() streams')
    },
  }
  // Transactions are begun and ended by their owner, never by the builder.
  const noTransactions = () => Promise.reject(new Error('atomically() begins transactions'))
  const driver: Driver = {
    init: async () => {},
    acquireConnection: () => Promise.resolve(kyselyConnection),
    beginTransaction: noTransactions,
    commitTransaction: noTransactions,
    rollbackTransaction: noTransactions,
    releaseConnection: async () => {},
    destroy: async () => {},
  }
  const db = new Kysely<Tables>({
    dialect: {
      createAdapter: () => new SqliteAdapter(),
      createDriver: () => driver,
      createIntrospector: (kysely) => new SqliteIntrospector(kysely),
      createQueryCompiler: () => new SqliteQueryCompiler(),
    },
  })

  return {
    db,
    async runEach(sql, values) {
      return translated(() => {
        const statement = prepare(sql)
        let changes = 0
        for (const row of values) changes += statement.run(row).changes
        return changes
      })
    },
    async all(sql, values) {
      return translated(() => prepare(sql).all(values))
    },
    async firstOfEach(sql, values) {
      return translated(() => {
        const statement = prepare(sql)
        const rows: unknown[] = []
        for (const row of values) rows.push(statement.get(row))
        return rows
      })
    },
    async *rows({ sql, parameters, query }) {
      if (!SelectQueryNode.is(query)) throw new Error('only a select has rows')
      const iteration = translated(() => database.prepare(sql).iterate(parameters))
      try {
        while (true) {
          const step = translated(() => iteration.next())
          if (step.done === true) return
          yield step.value
        }
      } finally {
        // Whoever leaves early frees the connection too.
        iteration.return?.()
      }
    },
    async begin(mode) {
      translated(() => {
        // A log that is synchronised for one commit holds all before it.
        if (mode !== 'read' && (mode === 'write-loosely') !== loosely) {
          loosely = !loosely
          database.pragma(`synchronous = ${loosely ? 'NORMAL' : 'FULL'}`)
        }
        database.exec(mode === 'read' ? 'BEGIN' : 'BEGIN IMMEDIATE')
      })
    },
    async commit() {
      translated(() => database.exec('COMMIT'))
      committed()
    },
    async rollback() {
      // Some failures, such as a full disk, have rolled back already.
      if (database.open && database.inTransaction) database.exec('ROLLBACK')
    },
    async close() {
      statements.clear()
      if (database.open) database.close()
    },
  }
}

/** Runs work of the engine; what it throws becomes a StoreError. */
const translated = <T>(work: () => T): T => {
  try {
    return work()
  } catch (error) {
    throw storeError(error)
  }
}

const storeError = (error: unknown): unknown => {
  if (!(error instanceof SqliteDatabase.SqliteError)) return error
  const { code } = error
  if (code === 'SQLITE_NOTADB' || code.startsWith('SQLITE_CORRUPT'))
    return new StoreError('corrupt', undefined, { cause: error })
  if (code === 'SQLITE_FULL') return new StoreError('disk-full', undefined, { cause: error })
  if (code.startsWith('SQLITE_BUSY') || code === 'SQLITE_LOCKED')
    return new StoreError('busy', undefined, { cause: error })
  if (code.startsWith('SQLITE_CANTOPEN') || code.startsWith('SQLITE_READONLY'))
    return new StoreError('unwritable', undefined, { cause: error })
  return new StoreError('failed', code, { cause: error })
}
