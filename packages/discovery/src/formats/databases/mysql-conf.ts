import type { Place } from '@rollcall/contract'

/** An option of a server in a file of options, its name with underscores. */
export interface MysqlOption {
  readonly name: string
  /** Empty where it has none, which turns it on. */
  readonly value: string
  readonly place: Required<Place>
}

/** Sections that servers read; those of clients hold passwords and are passed over. */
const SERVER_SECTION = /^(?:server|mysqld|mariadb|mariadbd|mysqld_safe|safe_mysqld|galera)(?:[-\d.]+)?$/

/** The options of servers in one file. */
export const parseMysqlConf = (text: string, path: string): readonly MysqlOption[] => {
  const options: MysqlOption[] = []
  let wanted = false
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.slice(0, 4096).trim()
    const header = /^\[([^\]]*)\]/.exec(line)
    if (header !== null) wanted = SERVER_SECTION.test(header[1]!.trim())
    const found = /^([A-Za-z][\w-]{0,100})\s*(?:=(.*))?$/.exec(line)
    if (!wanted || found === null || options.length >= 10_000) continue
    const value = (found[2] ?? '').replace(/\s#.*$/, '').trim()
    options.push({
      name: found[1]!.replaceAll('-', '_').toLowerCase(),
      value: /^(["'])(.*)\1$/.exec(value)?.[2] ?? value,
      place: { path, line: index + 1 },
    })
  }
  return options
}
