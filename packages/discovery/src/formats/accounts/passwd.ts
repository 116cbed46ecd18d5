import type { Reason } from '@rollcall/contract'
import { accountLines, accountNumber, colonFields, isCompatLine, MAX_NAME, reasonList } from './account-file.ts'

/** One entry of passwd(5). `password` may be a secret: it stays with whoever parsed it. */
export interface PasswdEntry {
  readonly name: string
  readonly password: string
  readonly uid: number
  readonly gid: number
  readonly gecos: string
  readonly home: string
  readonly shell: string
  readonly line: number
}

export interface ParsedEntries<Entry> {
  readonly entries: readonly Entry[]
  /** Lines of NIS compatibility; what they stand for is kept elsewhere. */
  readonly compatLines: readonly number[]
  /** Lines that hide an entry from us, though the host sees it. */
  readonly reasons: readonly Reason[]
  /** Lines that the host ignores as well, or reads in an unexpected way. */
  readonly notes: readonly Reason[]
}

/** Reads passwd(5) as glibc's getpwent does: what that skips is skipped and told, duplicates stay. */
export const parsePasswd = (text: string, path: string): ParsedEntries<PasswdEntry> => {
  const entries: PasswdEntry[] = []
  const compatLines: number[] = []
  const reasons = reasonList(path)
  const notes = reasonList(path)
  for (const { number: line, text: raw, oddity } of accountLines(text)) {
    if (isCompatLine(raw)) {
      compatLines.push(line)
      continue
    }
    const [name = '', password, uidField, gidField, gecos = '', home = '', shell = ''] = colonFields(raw, 7)
    const [uid, gid] = [accountNumber(uidField), accountNumber(gidField)]
    if (password === undefined || uid === undefined || gid === undefined) {
      notes.add({
        code: 'unparsable',
        line,
        detail: gidField === undefined ? 'fewer than four fields' : 'uid or gid is not a number',
      })
    } else if (name.length > MAX_NAME) {
      reasons.add({ code: 'too-large', line, detail: `an account name of more than ${MAX_NAME} characters` })
    } else {
      entries.push({ name, password, uid, gid, gecos, home, shell, line })
      if (oddity !== undefined) notes.add({ code: 'unparsable', line, detail: oddity })
    }
  }
  return { entries, compatLines, reasons: reasons.all(), notes: notes.all() }
}
