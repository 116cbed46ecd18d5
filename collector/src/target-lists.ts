import { formatComputersOf, formatTarget, ipv4Text, parseTargetPart, type TargetPart } from '@rollcall/contract'
import { readIniInventory } from './ini-inventory.ts'
import type { InventoryHost, ReadInventory } from './inventory-hosts.ts'
import { expandHosts } from './inventory-hosts.ts'
import { readYamlInventory } from './yaml-inventory.ts'

/** What cannot be read, and where. `entry` never holds a variable's value: inventories have passwords in them. */
export interface ListProblem {
  readonly line: number
  readonly entry: string
  readonly problem: string
}

export interface TargetList {
  readonly format: 'list' | 'ini' | 'yaml'
  /** Canonical targets and ranges, each once, in the order of the file. */
  readonly include: readonly string[]
  readonly exclude: readonly string[]
  /** Every entry that is not in the lists, with its line. Whoever uses the lists all the same has to say so. */
  readonly problems: readonly ListProblem[]
}

const MAX_TEXT = 5 * 1024 * 1024
const MAX_LINE = 8192
const MAX_PROBLEMS = 1000

/**
 * Reads a file of targets: one per line (`#` begins a comment, `!` leaves a target out), an Ansible inventory in INI form, or
 * one in YAML form. Which it is, name and content tell. Total: any text gives targets or problems. Nothing in it is run:
 * templates and dynamic inventories are problems.
 */
export const readTargetList = (fileName: string, text: string): TargetList => {
  const format = formatOf(fileName, text)
  if (text.length > MAX_TEXT)
    return refused(format, { line: 1, entry: '', problem: `the file has more than ${MAX_TEXT / 1024 / 1024} MiB` })
  const lines = text.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/)
  const long = lines.findIndex((line) => line.length > MAX_LINE)
  if (long >= 0 && format !== 'yaml')
    return refused(format, { line: long + 1, entry: '', problem: `the line has more than ${MAX_LINE} characters` })
  if (format === 'list') return readLines(lines)
  return fromInventory(
    format,
    format === 'ini' ? readIniInventory(lines) : readYamlInventory(text.replace(/^\uFEFF/, '')),
  )
}

const refused = (format: TargetList['format'], problem: ListProblem): TargetList => ({
  format,
  include: [],
  exclude: [],
  problems: [problem],
})

const formatOf = (fileName: string, text: string): TargetList['format'] => {
  if (/\.(ya?ml|json)$/i.test(fileName)) return 'yaml'
  if (/\.(ini|cfg)$/i.test(fileName)) return 'ini'
  // A long line is no sign of anything, and looking for one in it takes time.
  const lines = text
    .slice(0, 1024 * 1024)
    .split(/\r\n|\n|\r/, 10_000)
    .map((line) => line.trim().slice(0, 300))
    .filter((line) => line !== '' && !/^[#;]/.test(line))
  const [first = ''] = lines
  if (first === '---' || first.startsWith('{') || /^["']?[\w.-]+["']?:(\s*[#&!].*)?$/.test(first)) return 'yaml'
  return lines.some(
    (line) => /^\[[^:\]\s]+(:\w+)?\]/.test(line) && !/^\[[0-9a-f:.]*:[0-9a-f:.]*\](:\d+)?$/i.test(line),
  ) || lines.some((line) => /^\S+\s+[a-z]\w*=/i.test(line))
    ? 'ini'
    : 'list'
}

const readLines = (lines: readonly string[]): TargetList => {
  const list = collector('list')
  for (const [index, raw] of lines.entries()) {
    const entry = raw.replace(/(^|\s)#.*$/, '').trim()
    if (entry === '') continue
    const out = entry.startsWith('!')
    const written = out ? entry.slice(1).trim() : entry
    const part = parseTargetPart(written)
    if (!('problem' in part)) list.add(part, out)
    else if (!/\[[^\]]*:[^\]]*\]/.test(written)) list.problem(index + 1, written, part.problem)
    else
      for (const host of expanded(written)) {
        const each = typeof host === 'string' ? parseTargetPart(host) : host
        if ('problem' in each) list.problem(index + 1, written, each.problem)
        else list.add(each, out)
      }
  }
  return list.done()
}

/** The names of a pattern such as `web[01:20]`, or what is wrong with it. */
const expanded = (pattern: string): (string | { problem: string })[] => {
  const names = expandHosts(pattern)
  if ('problem' in names) return [names]
  return names.port === undefined ? names.hosts : names.hosts.map((host) => `${host}:${names.port}`)
}

const fromInventory = (format: 'ini' | 'yaml', { hosts, problems }: ReadInventory): TargetList => {
  const list = collector(format)
  for (const { line, entry, problem } of problems) list.problem(line, entry, problem)
  for (const host of hosts) {
    const part = partOf(host)
    if ('problem' in part) list.problem(host.line, host.name, part.problem)
    else list.add(part, false)
  }
  return list.done()
}

/** How Ansible would reach a host, as a target. */
const partOf = ({ name, variables }: InventoryHost): TargetPart | { problem: string } => {
  const value = (...names: string[]) => {
    const text = names.map((name) => variables.get(name)).findLast((value) => value !== undefined)
    return text === undefined || text === '' ? undefined : text
  }
  const connection = value('ansible_connection') ?? 'ssh'
  // The later names are the older ones, which Ansible lets win.
  const host = value('ansible_host', 'ansible_ssh_host') ?? name
  const port = value('ansible_port', 'ansible_ssh_port')
  const user = value('ansible_user', 'ansible_ssh_user')
  for (const [what, text] of Object.entries({
    ansible_connection: connection,
    ansible_host: host,
    ansible_port: port,
    ansible_user: user,
  }))
    if (text?.includes('{{') || text?.includes('{%'))
      return { problem: `${what} is a template, which only Ansible can fill in` }
  if (
    connection === 'local' ||
    (variables.get('ansible_connection') === undefined &&
      IMPLICIT_LOCAL.has(name) &&
      host === name &&
      port === undefined)
  )
    return { kind: 'host', target: { kind: 'local' } }
  if (!/^(ansible\.builtin\.)?(ssh|smart|paramiko|paramiko_ssh)$/.test(connection))
    return { problem: 'it is not reached over SSH' }
  if (port !== undefined && !/^\d{1,5}$/.test(port)) return { problem: 'its port is not a number' }
  const bracketed = host.includes(':') && !host.startsWith('[') ? `[${host}]` : host
  const part = parseTargetPart(
    `ssh://${user === undefined ? '' : `${user}@`}${bracketed}${port === undefined ? '' : `:${port}`}`,
  )
  if ('problem' in part || part.kind !== 'host')
    return {
      problem:
        user === undefined
          ? 'expected a host name or an address'
          : 'expected a host name or an address, and a user name',
    }
  return part
}

/** Ansible takes these for this machine itself. Only `localhost` is so here: an address may be another's after a tunnel. */
const IMPLICIT_LOCAL = new Set(['localhost'])

const collector = (format: TargetList['format']) => {
  const [include, exclude] = [new Set<string>(), new Set<string>()]
  const problems: ListProblem[] = []
  let untold = 0
  return {
    add(part: TargetPart, out: boolean) {
      const into = out ? exclude : include
      into.add(textOf(part))
    },
    problem(line: number, entry: string, problem: string) {
      if (problems.length < MAX_PROBLEMS) problems.push({ line, entry: printable(entry), problem })
      else untold++
    },
    done: (): TargetList => ({
      format,
      include: [...include],
      exclude: [...exclude],
      problems:
        untold === 0
          ? problems
          : [...problems, { line: problems.at(-1)!.line, entry: '', problem: `and ${untold} more` }],
    }),
  }
}

const textOf = (part: TargetPart) => {
  if (part.kind === 'host') return formatTarget(part.target)
  return part.kind === 'computers' ? formatComputersOf(part) : textOfRange(part)
}

const textOfRange = ({ first, last, port, user }: Extract<TargetPart, { kind: 'range' }>) =>
  `${user === undefined ? '' : `${user}@`}${ipv4Text(first)}-${ipv4Text(last)}:${port}`

/** Cut short and without what would act on a terminal. */
const printable = (entry: string) => entry.replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, '?').slice(0, 120)
