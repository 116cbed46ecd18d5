import type { HostFile } from '../../host.ts'
import { textOf } from '../../probe.ts'
import { accountNumber, colonFields, readEntries, type ParsedEntries } from './account-file.ts'

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

/** The accounts of /etc/passwd from the file itself. Probes that share it share them. */
export const passwdOf = (file: HostFile | undefined): ParsedEntries<PasswdEntry> => {
  const known = file && PARSED.get(file)
  if (known !== undefined) return known
  const parsed = parsePasswd(textOf(file), '/etc/passwd')
  if (file !== undefined) PARSED.set(file, parsed)
  return parsed
}

const PARSED = new WeakMap<HostFile, ParsedEntries<PasswdEntry>>()

/** Reads passwd(5) as glibc's getpwent does: what that skips is skipped and told. */
export const parsePasswd = (text: string, path: string): ParsedEntries<PasswdEntry> =>
  readEntries(text, path, 'an account', (raw, line) => {
    const [name = '', password, uidField, gidField, gecos = '', home = '', shell = ''] = colonFields(raw, 7)
    if (gidField === undefined) return 'fewer than four fields'
    const [uid, gid] = [accountNumber(uidField), accountNumber(gidField)]
    if (password === undefined || uid === undefined || gid === undefined) return 'uid or gid is not a number'
    return { name, password, uid, gid, gecos, home, shell, line }
  })
