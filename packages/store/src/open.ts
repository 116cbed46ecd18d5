import { openSqlite, openSqliteAgain, type Engine } from './dialect.ts'
import type { AtomicOptions, Lent, Repositories, Store } from './face.ts'
import { borrowed, lend, type Alone } from './lending.ts'
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
  let isClosed = false
  const alone: Alone = (work) =>
    turn(async () => {
      if (isClosed) throw new StoreError('closed')
      await engine.ready()
      return work()
    })
  return {
    ...storeOn(engine, alone, () => isClosed),
    lend: () => (engine.reader() === undefined ? undefined : lend(file, alone, () => engine.committed())),
    [Symbol.asyncDispose]: () =>
      turn(async () => {
        if (isClosed) return
        isClosed = true
        await engine.close()
      }),
  }
}

/**
 * The same database in another thread of the process that has it open. It writes when it is its turn among all writers, and ends with the store
 * that lent it.
 */
export const openLent = ({ file, port }: Lent): Store => {
  const engine = openSqliteAgain(file)
  const turn = inTurn()
  const ask = borrowed(port)
  let isClosed = false
  return {
    ...storeOn(
      engine,
      (work) => turn(() => ask(work)),
      () => isClosed,
    ),
    lend: () => undefined,
    async [Symbol.asyncDispose]() {
      if (isClosed) return
      isClosed = true
      await engine.close()
      port.close()
    },
  }
}

const storeOn = (
  engine: Engine,
  alone: Alone,
  isClosed: () => boolean,
): Omit<Store, 'lend' | keyof AsyncDisposable> => {
  const tx = repositoriesOf(engine.writer, engine)
  const atomically = <T>(work: (tx: Repositories) => Promise<T>, { loose }: AtomicOptions = {}): Promise<T> =>
    alone(async () => {
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
    if (isClosed()) throw new StoreError('closed')
    const reader = engine.reader()
    return reader === undefined ? alone(() => work(engine.writer)) : work(reader)
  }
  return { ...committed(engine, atomically, reading), atomically }
}

/** Runs work one after the other, in the order of asking. */
const inTurn = () => {
  let last: Promise<unknown> = Promise.resolve()
  return <T>(work: () => Promise<T>): Promise<T> => {
    const mine = last.then(work)
    // Whoever asked hears of it; the next in turn must not.
    last = mine.catch(() => {})
    return mine
  }
}
