import {
  accountLines,
  accountNumber,
  colonFields,
  isCompatLine,
  MAX_NAME,
  nameList,
  reasonList,
} from './account-file.ts'
import type { ParsedEntries } from './passwd.ts'

/** One entry of group(5). `password` may be a secret: it stays with whoever parsed it. */
export interface GroupEntry {
  readonly name: string
  readonly password: string
  readonly gid: number
  /** The names of its members, read as they are asked for: a line may hold very many. */
  readonly members: () => Iterable<string>
  readonly line: number
}

/** Reads group(5) as glibc's getgrent does: what that skips is skipped and told, duplicates stay. */
export const parseGroup = (text: string, path: string): ParsedEntries<GroupEntry> => {
  const entries: GroupEntry[] = []
  const compatLines: number[] = []
  const reasons = reasonList(path)
  const notes = reasonList(path)
  for (const { number: line, text: raw, oddity } of accountLines(text)) {
    if (isCompatLine(raw)) {
      compatLines.push(line)
      continue
    }
    const [name = '', password, gidField, members = ''] = colonFields(raw, 4)
    const gid = accountNumber(gidField)
    if (password === undefined || gid === undefined) {
      notes.add({
        code: 'unparsable',
        line,
        detail: gidField === undefined ? 'fewer than three fields' : 'gid is not a number',
      })
    } else if (name.length > MAX_NAME) {
      reasons.add({ code: 'too-large', line, detail: `a group name of more than ${MAX_NAME} characters` })
    } else {
      entries.push({ name, password, gid, members: () => nameList(members), line })
      if (oddity !== undefined) notes.add({ code: 'unparsable', line, detail: oddity })
    }
  }
  return { entries, compatLines, reasons: reasons.all(), notes: notes.all() }
}
