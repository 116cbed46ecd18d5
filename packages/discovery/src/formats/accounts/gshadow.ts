import { accountLines, colonFields, isCompatLine, MAX_NAME, nameList, reasonList } from './account-file.ts'
import type { ParsedEntries } from './passwd.ts'

/** One entry of gshadow(5). `password` may be a secret: it stays with whoever parsed it. */
export interface GshadowEntry {
  readonly name: string
  readonly password: string
  readonly administrators: () => Iterable<string>
  readonly line: number
}

/** Reads gshadow(5) as glibc's getsgent does: missing fields are empty. */
export const parseGshadow = (text: string, path: string): ParsedEntries<GshadowEntry> => {
  const entries: GshadowEntry[] = []
  const compatLines: number[] = []
  const reasons = reasonList(path)
  const notes = reasonList(path)
  for (const { number: line, text: raw, oddity } of accountLines(text)) {
    if (isCompatLine(raw)) {
      compatLines.push(line)
      continue
    }
    const [name = '', password = '', administrators = ''] = colonFields(raw, 4)
    if (name.length > MAX_NAME) {
      reasons.add({ code: 'too-large', line, detail: `a group name of more than ${MAX_NAME} characters` })
    } else {
      entries.push({ name, password, administrators: () => nameList(administrators), line })
      if (oddity !== undefined) notes.add({ code: 'unparsable', line, detail: oddity })
    }
  }
  return { entries, compatLines, reasons: reasons.all(), notes: notes.all() }
}
