import { colonFields, nameList, readEntries, type ParsedEntries } from './account-file.ts'

/** One entry of gshadow(5). `password` may be a secret: it stays with whoever parsed it. */
export interface GshadowEntry {
  readonly name: string
  readonly password: string
  readonly administrators: () => Iterable<string>
  readonly line: number
}

/** Reads gshadow(5) as glibc's getsgent does: missing fields are empty. */
export const parseGshadow = (text: string, path: string): ParsedEntries<GshadowEntry> =>
  readEntries(text, path, 'a group', (raw, line) => {
    const [name = '', password = '', administrators = ''] = colonFields(raw, 4)
    return { name, password, administrators: () => nameList(administrators), line }
  })
