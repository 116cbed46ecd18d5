import { accountNumber, colonFields, readEntries, type ParsedEntries } from './account-file.ts'

/** One entry of master.passwd(5) of the BSDs, of which passwd(5) there is a copy without the password. `password` stays with whoever parsed it. */
export interface MasterPasswdEntry {
  readonly name: string
  readonly password: string
  /** Seconds since 1970 at which the account expires; absent for never. */
  readonly expires?: number
  readonly line: number
}

/** Reads master.passwd(5): ten fields, the last ones as in passwd(5). */
export const parseMasterPasswd = (text: string, path: string): ParsedEntries<MasterPasswdEntry> =>
  readEntries(text, path, 'an account', (raw, line) => {
    const fields = colonFields(raw, 10)
    const [name = '', password = '', uid] = fields
    if (fields.length !== 10 || accountNumber(uid) === undefined) return 'not ten fields'
    const expires = /^\d{1,12}$/.test(fields[6] ?? '') ? Number(fields[6]) : 0
    return { name, password, line, ...(expires === 0 ? {} : { expires }) }
  })
