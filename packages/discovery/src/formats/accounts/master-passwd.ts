import { accountLines, accountNumber, colonFields, isCompatLine, MAX_NAME, reasonList } from './account-file.ts'
import type { ParsedEntries } from './passwd.ts'

/** One entry of master.passwd(5) of the BSDs, of which passwd(5) there is a copy without the password. `password` stays with whoever parsed it. */
export interface MasterPasswdEntry {
  readonly name: string
  readonly password: string
  /** Seconds since 1970 at which the account expires; absent for never. */
  readonly expires?: number
  readonly line: number
}

/** Reads master.passwd(5): ten fields, the last ones as in passwd(5). */
export const parseMasterPasswd = (text: string, path: string): ParsedEntries<MasterPasswdEntry> => {
  const entries: MasterPasswdEntry[] = []
  const compatLines: number[] = []
  const reasons = reasonList(path)
  const notes = reasonList(path)
  for (const { number: line, text: raw } of accountLines(text)) {
    if (isCompatLine(raw)) {
      compatLines.push(line)
      continue
    }
    const fields = colonFields(raw, 10)
    const [name = '', password = '', uid] = fields
    if (fields.length !== 10 || accountNumber(uid) === undefined)
      notes.add({ code: 'unparsable', line, detail: 'not ten fields' })
    else if (name.length > MAX_NAME)
      reasons.add({ code: 'too-large', line, detail: `an account name of more than ${MAX_NAME} characters` })
    else {
      const expires = /^\d{1,12}$/.test(fields[6] ?? '') ? Number(fields[6]) : 0
      entries.push({ name, password, line, ...(expires === 0 ? {} : { expires }) })
    }
  }
  return { entries, compatLines, reasons: reasons.all(), notes: notes.all() }
}
