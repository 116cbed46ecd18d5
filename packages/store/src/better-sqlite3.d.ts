/** The part of better-sqlite3 that `dialect.ts` uses; the package has no types of its own. */
declare module 'better-sqlite3' {
  type Bindable = string | number | bigint | null | Uint8Array

  interface Statement {
    readonly reader: boolean
    all(parameters: readonly unknown[]): unknown[]
    get(parameters: readonly unknown[]): unknown
    run(parameters: readonly unknown[]): { changes: number; lastInsertRowid: number | bigint }
    iterate(parameters: readonly unknown[]): IterableIterator<unknown>
  }

  class Database {
    constructor(file: string | Uint8Array, options?: { readonly?: boolean; fileMustExist?: boolean; timeout?: number })
    readonly open: boolean
    readonly inTransaction: boolean
    prepare(sql: string): Statement
    exec(sql: string): this
    pragma(text: string, options?: { simple?: boolean }): unknown
    function(name: string, options: { deterministic?: boolean }, body: (...values: Bindable[]) => Bindable): this
    serialize(): Buffer
    close(): this
  }

  namespace Database {
    export { Statement, Bindable, SqliteError }
    class SqliteError extends Error {
      constructor(message: string, code: string)
      readonly code: string
    }
  }

  export = Database
}
