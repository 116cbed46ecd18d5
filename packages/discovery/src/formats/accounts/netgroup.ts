/** Who belongs to a netgroup: names, or everybody where a triple leaves the field empty. */
export interface NetgroupMembers {
  readonly everybody: boolean
  readonly names: ReadonlySet<string>
}

export interface Netgroups {
  /** Users or hosts of a netgroup and of all it includes; undefined where it is larger than may be looked at. */
  members(name: string, of: 'users' | 'hosts'): NetgroupMembers | undefined
}

const MAX_NAMES = 4000
const MAX_TEXT = 4 * 1024 * 1024

/** Reads netgroup(5): `name (host,user,domain) other …`, lines joined by `\`. Of several lines of one name the first counts. */
export const parseNetgroups = (text: string): Netgroups => {
  const lines = new Map<string, string>()
  for (const line of text
    .slice(0, MAX_TEXT)
    .replaceAll(/\\\r?\n/g, ' ')
    .split('\n')) {
    const [, name, rest = ''] = /^[ \t]*([^\s#(]+)([^#]*)/.exec(line) ?? []
    if (name !== undefined && !lines.has(name)) lines.set(name, rest)
  }
  const known = new Map<string, NetgroupMembers | undefined>()
  return {
    members(name, of) {
      const key = `${of} ${name}`
      if (!known.has(key)) known.set(key, gathered(lines, name, of))
      return known.get(key)
    },
  }
}

const gathered = (
  lines: ReadonlyMap<string, string>,
  start: string,
  of: 'users' | 'hosts',
): NetgroupMembers | undefined => {
  const names = new Set<string>()
  const seen = new Set([start])
  let everybody = false
  for (const name of seen) {
    for (const [, host, user, other] of (lines.get(name) ?? '').matchAll(
      /\(([^,()]*),([^,()]*),[^()]*\)|([^\s(),]+)/g,
    )) {
      if (other !== undefined) seen.add(other)
      else {
        const member = (of === 'users' ? user : host)?.trim() ?? ''
        // `-` stands for nobody.
        if (member === '') everybody = true
        else if (member !== '-') names.add(member)
      }
    }
    if (names.size > MAX_NAMES || seen.size > MAX_NAMES) return undefined
  }
  return { everybody, names }
}
