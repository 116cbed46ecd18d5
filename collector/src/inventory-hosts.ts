/** A host of an Ansible inventory with the variables that hold for it, as text. */
export interface InventoryHost {
  readonly name: string
  /** Where it is first named. */
  readonly line: number
  readonly variables: ReadonlyMap<string, string>
}

export interface ReadInventory {
  readonly hosts: readonly InventoryHost[]
  readonly problems: readonly { line: number; entry: string; problem: string }[]
}

/** Only what tells how a host is reached is kept: everything else, passwords included, is passed over as it is read. */
const KEPT = new Set([
  'ansible_host',
  'ansible_ssh_host',
  'ansible_port',
  'ansible_ssh_port',
  'ansible_user',
  'ansible_ssh_user',
  'ansible_connection',
  'ansible_group_priority',
])
export const isKept = (variable: string): boolean => KEPT.has(variable)

const MAX_HOSTS = 100_000
const MAX_GROUPS = 20_000

/** An inventory while it is read: groups, who is in them, and what they set. */
export interface InventoryDraft {
  group(name: string): void
  has(name: string): boolean
  /** Puts hosts into a group, with variables of their own. */
  hosts(group: string, names: readonly string[], variables: ReadonlyMap<string, string>, line: number): void
  child(parent: string, child: string, line: number): void
  variable(group: string, name: string, value: string): void
  problem(line: number, entry: string, problem: string): void
  done(): ReadInventory
}

export const inventoryDraft = (): InventoryDraft => {
  const hosts = new Map<string, { line: number; own: Map<string, string>; groups: Set<string> }>()
  const groups = new Map<string, { parents: Set<string>; variables: Map<string, string> }>()
  const problems: { line: number; entry: string; problem: string }[] = []
  let full = false

  const group = (name: string) => {
    const known = groups.get(name)
    if (known) return known
    const fresh = { parents: new Set<string>(), variables: new Map<string, string>() }
    // Past the limit a group is read and forgotten; the problem says so.
    if (groups.size < MAX_GROUPS) groups.set(name, fresh)
    else if (!full) {
      full = true
      problems.push({ line: 1, entry: '', problem: `there are more than ${MAX_GROUPS} groups` })
    }
    return fresh
  }

  const isAncestor = (of: string, name: string): boolean => {
    const seen = new Set<string>()
    const open = [of]
    while (open.length > 0) {
      const at = open.pop()!
      if (at === name) return true
      if (seen.has(at)) continue
      seen.add(at)
      open.push(...(groups.get(at)?.parents ?? []))
    }
    return false
  }

  /** The groups of a host from the outermost in, as Ansible lets the later ones win: by depth, priority and name. */
  const depths = new Map<string, number>()
  const depth = (name: string): number => {
    const known = depths.get(name)
    if (known !== undefined) return known
    depths.set(name, 1)
    let deepest = name === 'all' ? 0 : 1
    for (const parent of groups.get(name)?.parents ?? []) deepest = Math.max(deepest, depth(parent) + 1)
    depths.set(name, deepest)
    return deepest
  }

  const effective = new Map<string, readonly (readonly [string, string])[]>()
  /** What a set of groups sets together: computed once for all hosts that are in just these. */
  const fromGroups = (own: ReadonlySet<string>) => {
    const key = JSON.stringify([...own].sort())
    const known = effective.get(key)
    if (known) return known
    const all = new Set<string>(['all'])
    const open = [...own]
    while (open.length > 0) {
      const at = open.pop()!
      if (all.has(at)) continue
      all.add(at)
      open.push(...(groups.get(at)?.parents ?? []))
    }
    const priority = (name: string) =>
      Number.parseInt(groups.get(name)?.variables.get('ansible_group_priority') ?? '1', 10) || 1
    const ordered = [...all].sort((a, b) => depth(a) - depth(b) || priority(a) - priority(b) || (a < b ? -1 : 1))
    const merged = [...new Map(ordered.flatMap((name) => Array.from(groups.get(name)?.variables ?? [])))]
    effective.set(key, merged)
    return merged
  }

  return {
    group: (name) => void group(name),
    has: (name) => groups.has(name),

    hosts(name, names, variables, line) {
      group(name)
      for (const host of names) {
        let known = hosts.get(host)
        if (known === undefined) {
          if (hosts.size >= MAX_HOSTS) {
            problems.push({ line, entry: host, problem: `there are more than ${MAX_HOSTS} hosts` })
            return
          }
          known = { line, own: new Map(), groups: new Set() }
          hosts.set(host, known)
        }
        known.groups.add(name)
        for (const [variable, value] of variables) known.own.set(variable, value)
      }
    },

    child(parent, child, line) {
      group(parent)
      group(child)
      if (isAncestor(parent, child)) problems.push({ line, entry: child, problem: 'the group is a child of itself' })
      else groups.get(child)?.parents.add(parent)
    },

    variable: (name, variable, value) => void (isKept(variable) && group(name).variables.set(variable, value)),
    problem: (line, entry, problem) => void problems.push({ line, entry, problem }),

    done: () => ({
      hosts: [...hosts].map(([name, { line, own, groups }]) => ({
        name,
        line,
        variables: new Map([...fromGroups(groups), ...own]),
      })),
      problems,
    }),
  }
}

const LETTERS = Array.from('abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ')

/**
 * The names of a host pattern, ranges such as `web[01:20]`, `db-[a:f]`, `[1:9:2]` written out, and its port. Problems: ranges
 * that cannot be read, and more than 100,000 names.
 */
export const expandHosts = (pattern: string): { hosts: string[]; port?: number } | { problem: string } => {
  const { name, port } = splitPort(pattern)
  let heads = ['']
  let rest = name
  while (true) {
    const open = rest.indexOf('[')
    if (open < 0) break
    const close = rest.indexOf(']', open)
    if (close < 0) return { problem: 'a range has no closing bracket' }
    const values = rangeValues(rest.slice(open + 1, close))
    if ('problem' in values) return values
    if (heads.length * values.values.length > MAX_HOSTS)
      return { problem: `it stands for more than ${MAX_HOSTS} hosts` }
    const before = rest.slice(0, open)
    heads = heads.flatMap((head) => values.values.map((value) => `${head}${before}${value}`))
    rest = rest.slice(close + 1)
  }
  const hosts = heads.map((head) => `${head}${rest}`)
  return { hosts, ...(port === undefined ? {} : { port }) }
}

/** `host:port` and `[address]:port`; an address with several colons has no port outside brackets. */
const splitPort = (pattern: string): { name: string; port?: number } => {
  const bracketed = /^\[([^\]]*:[^\]]*:[^\]]*|[^\][:]+)\](?::(\d{1,5}))?$/.exec(pattern)
  if (bracketed && !/^\d+:\d+:\d+$/.test(bracketed[1]!))
    return { name: bracketed[1]!, ...(bracketed[2] === undefined ? {} : { port: Number(bracketed[2]) }) }
  const plain = /^((?:[^:[\]]|\[[^\]]*\])+):(\d{1,5})$/.exec(pattern)
  return plain ? { name: plain[1]!, port: Number(plain[2]) } : { name: pattern }
}

const rangeValues = (text: string): { values: string[] } | { problem: string } => {
  const parts = text.split(':')
  const [from = '', to = '', stepText = '1'] = parts
  const step = Number(stepText)
  if (parts.length < 2 || parts.length > 3) return { problem: 'a range is written [first:last] or [first:last:step]' }
  if (!/^[1-9]\d{0,5}$/.test(stepText)) return { problem: 'the step of a range is a positive number' }
  const [first, last] = [LETTERS.indexOf(from), LETTERS.indexOf(to)]
  if (from.length === 1 && to.length === 1 && first >= 0 && last >= 0) {
    if (first > last) return { problem: 'the range ends before it begins' }
    return { values: LETTERS.slice(first, last + 1).filter((_, index) => index % step === 0) }
  }
  const begin = from === '' ? '0' : from
  if (!/^\d{1,9}$/.test(begin) || !/^\d{1,9}$/.test(to))
    return { problem: 'a range goes from number to number or from letter to letter' }
  const padded = begin.length > 1 && begin.startsWith('0')
  if (padded && begin.length !== to.length)
    return { problem: 'both ends of a range with leading zeros have the same length' }
  const [low, high] = [Number(begin), Number(to)]
  if (low > high) return { problem: 'the range ends before it begins' }
  if ((high - low) / step >= MAX_HOSTS) return { problem: `it stands for more than ${MAX_HOSTS} hosts` }
  const values: string[] = []
  for (let value = low; value <= high; value += step)
    values.push(padded ? String(value).padStart(begin.length, '0') : String(value))
  return { values }
}
