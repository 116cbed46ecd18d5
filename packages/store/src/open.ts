import { openSqlite } from './dialect.ts'
import type { AtomicOptions, Repositories, Store } from './face.ts'
import { migrate } from './migrate.ts'
import type { Reading } from './relations.ts'
import { committed, repositoriesOf } from './repositories.ts'
import { StoreError } from './store-error.ts'

export interface StoreOptions {
  /** The database file, created when missing; `:memory:` for one that ends with the process. */
  readonly file: string
  /** Version of the program, told to an older one that meets this database. */
  readonly version?: string
}

/**
 * Opens the store and brings its schema up to date. One process at a time. Throws StoreError: `in-use`, `newer-database`,
 * `other-database`, `corrupt`, `unwritable`, `disk-full`.
 */
export const openStore = async ({ file, version = '0.1.0' }: StoreOptions): Promise<Store> => {
  const engine = openSqlite(file)
  try {
    await migrate(engine.writer, version, new Date())
  } catch (error) {
    await engine.close()
    throw error
  }
  const turn = inTurn()
  const tx = repositoriesOf(engine.writer, engine)
  let closed = false

  const atomically = <T>(work: (tx: Repositories) => Promise<T>, { loose }: AtomicOptions = {}): Promise<T> =>
    turn(async () => {
      if (closed) throw new StoreError('closed')
      await engine.ready()
      await engine.writer.begin(loose === true ? 'write-loosely' : 'write')
      try {
        const result = await work(tx)
        await engine.writer.commit()
        return result
      } catch (error) {
        await engine.writer.rollback()
        throw error
      }
    })

  const reading: Reading = async (work) => {
    if (closed) throw new StoreError('closed')
    const reader = engine.reader()
    return reader === undefined ? turn(() => work(engine.writer)) : work(reader)
  }

  return {
    ...committed(engine, atomically, reading),
    atomically,
    [Symbol.asyncDispose]: () =>
      turn(async () => {
        if (closed) return
        closed = true
        await engine.close()
      }),
  }
}

/** Runs work one after the other, in the order of asking. */
const inTurn = () => {
  let last: Promise<unknown> = Promise.resolve()
  return <T>(work: () => Promise<T>): Promise<T> => {
    const mine = last.then(work)
    last = mine.catch(() => {})
    return mine
  }
}
