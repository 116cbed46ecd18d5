import type { HostFile } from '../../host.ts'
import { textOf } from '../../probe.ts'
import { accountNumber, colonFields, nameList, readEntries, type ParsedEntries } from './account-file.ts'

/** One entry of group(5). `password` may be a secret: it stays with whoever parsed it. */
export interface GroupEntry {
  readonly name: string
  readonly password: string
  readonly gid: number
  /** The names of its members, read as they are asked for: a line may hold very many. */
  readonly members: () => Iterable<string>
  readonly line: number
}

/** The groups of /etc/group from the file itself. Probes that share it share them. */
export const groupsOf = (file: HostFile | undefined): ParsedEntries<GroupEntry> => {
  const known = file && PARSED.get(file)
  if (known !== undefined) return known
  const parsed = parseGroup(textOf(file), '/etc/group')
  if (file !== undefined) PARSED.set(file, parsed)
  return parsed
}

const PARSED = new WeakMap<HostFile, ParsedEntries<GroupEntry>>()

/** Reads group(5) as glibc's getgrent does: what that skips is skipped and told. */
export const parseGroup = (text: string, path: string): ParsedEntries<GroupEntry> =>
  readEntries(text, path, 'a group', (raw, line) => {
    const [name = '', password, gidField, members = ''] = colonFields(raw, 4)
    if (gidField === undefined) return 'fewer than three fields'
    const gid = accountNumber(gidField)
    if (password === undefined || gid === undefined) return 'gid is not a number'
    return { name, password, gid, members: () => nameList(members), line }
  })
