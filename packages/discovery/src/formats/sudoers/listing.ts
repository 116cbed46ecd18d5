import type { Grant, Place } from '@rollcall/contract'
import { expansion } from './expansion.ts'
import { parseSudoers } from './grammar.ts'
import { grantsOf } from './grants.ts'
import type { DefaultsParameter, UserSpec } from './syntax.ts'

/** What `sudo -ll -U NAME` says of one account (sudo(8)). */
export interface Listing {
  /** `nothing`: sudo answered that the account may run nothing. `unread`: what it printed is no listing. */
  readonly state: 'listed' | 'nothing' | 'unread'
  /** What rules of a directory let it do, in the order in which they apply. Those of sudoers files are left out. */
  readonly rules: readonly ListedRule[]
  /** Defaults that hold for it on this host, wherever they come from. */
  readonly defaults: readonly DefaultsParameter[]
  /** Entries of a directory, and lists of Defaults, that could not be read. */
  readonly skipped: number
}

/** One entry of a directory's role (sudoers.ldap(5)). */
export type ListedRule = Pick<Grant, 'runAs' | 'commands' | 'tags' | 'options'> & { readonly role: string }

const MAX_ENTRIES = 500
const MAX_ROLE = 256

/** What an option of a role is called where it is written as a tag. */
const TAGS: Readonly<Record<string, readonly [tag: string, whenOn: boolean]>> = {
  authenticate: ['passwd', true],
  setenv: ['setenv', true],
  noexec: ['exec', false],
  intercept: ['intercept', true],
  log_input: ['log_input', true],
  log_output: ['log_output', true],
  sudoedit_follow: ['follow', true],
}

/** Fields of an entry that are told as options of a rule. */
const OPTIONS: Readonly<Record<string, string>> = {
  ApparmorProfile: 'apparmor_profile',
  Privs: 'privs',
  Limitprivs: 'limitprivs',
  Role: 'role',
  Type: 'type',
  Chroot: 'chroot',
  Cwd: 'cwd',
  Timeout: 'timeout',
  NotBefore: 'notbefore',
  NotAfter: 'notafter',
}

/**
 * Reads the long listing of one account, which sudo prints in its own spelling of sudoers(5). Strict: an entry with a line that does
 * not belong there is skipped and counted. Total, and linear in the length of the text.
 */
export const parseSudoListing = (text: string, at: Place): Listing => {
  const head = /^User [^\n]{1,600} may run the following commands on [^\n]{1,600}:$/m.exec(text)
  if (head === null) {
    const nothing = /^User [^\n]{1,600} is not allowed to run sudo on [^\n]{1,600}\.$/m.test(text)
    return { state: nothing ? 'nothing' : 'unread', rules: [], defaults: [], skipped: 0 }
  }
  const defaults = matchingDefaults(text.slice(0, head.index), at)
  const rules: ListedRule[] = []
  let skipped = defaults === undefined ? 1 : 0
  let count = 0
  for (const { role, lines } of blocks(text.slice(head.index + head[0].length))) {
    const rule = ++count > MAX_ENTRIES ? undefined : ruleOf(role, lines, at)
    if (rule === undefined) skipped++
    else rules.push(rule)
  }
  return { state: 'listed', rules, defaults: defaults ?? [], skipped }
}

/** The entries of roles with their lines. */
function* blocks(text: string): Generator<{ role: string; lines: string[] }> {
  let open: { role: string; lines: string[] } | undefined
  for (const line of text.split('\n')) {
    const [, kind, name = ''] = /^(Sudoers entry|LDAP Role|SSSD Role): ?(.*)$/.exec(line) ?? []
    if (kind === undefined) {
      if (line !== '') open?.lines.push(line)
      continue
    }
    if (open !== undefined) yield open
    open = kind === 'Sudoers entry' ? undefined : { role: name, lines: [] }
  }
  if (open !== undefined) yield open
}

const ruleOf = (role: string, lines: readonly string[], at: Place): ListedRule | undefined => {
  const fields = new Map<string, string>()
  const commands: string[] = []
  for (const line of lines) {
    if (line.startsWith('\t')) {
      if (!fields.has('Commands')) return undefined
      commands.push(line.slice(1))
      continue
    }
    const [, name = '', value = ''] = /^ {4}([A-Za-z]{1,32}):(?: (.*))?$/.exec(line) ?? []
    if (name === '' || fields.has(name) || fields.has('Commands')) return undefined
    fields.set(name, value)
  }
  const known = [...fields.keys()].every(
    (name) => name in OPTIONS || ['RunAsUsers', 'RunAsGroups', 'Options', 'Commands'].includes(name),
  )
  const granted = known ? written(fields.get('RunAsUsers') ?? '', fields.get('RunAsGroups'), commands, at) : undefined
  const parameters = defaultsOf(fields.get('Options') ?? '', at)
  if (granted === undefined || parameters === undefined) return undefined
  const tags: Record<string, boolean> = {}
  const options: Record<string, string> = {}
  for (const [name, option] of Object.entries(OPTIONS)) {
    const value = fields.get(name)
    if (value !== undefined) options[option] = value
  }
  for (const { name, operator, value = '' } of parameters) {
    const tag = TAGS[name]
    if (tag !== undefined && (operator === 'on' || operator === 'off')) tags[tag[0]] = (operator === 'on') === tag[1]
    else options[name] = operator === 'on' || operator === 'off' ? String(operator === 'on') : operator + value
  }
  if (role.length > MAX_ROLE || Object.entries(options).some(([name, value]) => name.length > 32 || value.length > 256))
    return undefined
  return { role, ...granted, tags, options }
}

/** What an entry grants, read as the line of a sudoers file that says the same. Nothing where it says more than the listing. */
const written = (
  users: string,
  groups: string | undefined,
  commands: readonly string[],
  at: Place,
): Pick<Grant, 'runAs' | 'commands'> | undefined => {
  const specs = commands.map((command) => specOf(`x ALL = ${command}`, at))
  // Some versions print the sign of a group before its negation.
  const runAs = specOf(
    `x ALL = (${users.replaceAll(/(^|, )%!/g, '$1!%')}${groups === undefined ? '' : ` : ${groups}`}) ALL`,
    at,
  )
  if (runAs === undefined || specs.length === 0 || specs.includes(undefined)) return undefined
  const all = specs.flatMap((spec) => spec?.privileges[0]?.commands ?? [])
  const who = runAs.privileges[0]!.commands[0]!.runAs
  const spec: UserSpec = {
    ...runAs,
    privileges: [{ ...runAs.privileges[0]!, commands: all.map((one) => ({ ...one, runAs: who })) }],
  }
  const policy = { userSpecs: [spec], defaults: [], aliases: new Map(), problems: [], cut: [], wanted: [] }
  const { findings, reasons } = grantsOf(policy, expansion(policy.aliases), { addresses: [], usesFqdn: false }, 0)
  const [grant, ...more] = findings
  if (grant === undefined || more.length > 0 || reasons.length > 0 || grant.commands.length !== commands.length)
    return undefined
  return { runAs: grant.runAs, commands: grant.commands }
}

/** A rule with one command and nothing else, if the line is that. */
const specOf = (line: string, at: Place): UserSpec | undefined => {
  const { entries, problems } = parseSudoers(line, at.path)
  const [entry, ...more] = entries
  if (problems.length > 0 || more.length > 0 || entry?.kind !== 'user-spec' || entry.privileges.length !== 1)
    return undefined
  const commands = entry.privileges[0]!.commands
  if (commands.length !== 1 || Object.keys(commands[0]!.tags).length > 0) return undefined
  return Object.keys(commands[0]!.options).length > 0 || entry.users.length !== 1 ? undefined : entry
}

/** The Defaults before the rules: those of runs as somebody, or of one command, follow them and stand in files alone. */
const matchingDefaults = (text: string, at: Place): DefaultsParameter[] | undefined => {
  const [, list] = /^Matching Defaults entries for [^\n]{1,1200}:\n((?: {4}[^\n]*\n)+)/m.exec(text) ?? []
  return list === undefined ? [] : defaultsOf(list.replaceAll('\n', ' ').trim(), at)
}

const defaultsOf = (list: string, at: Place): DefaultsParameter[] | undefined => {
  if (list === '') return []
  const { entries, problems } = parseSudoers(`Defaults ${list}`, at.path)
  const [entry, ...more] = entries
  if (problems.length > 0 || more.length > 0 || entry?.kind !== 'defaults' || entry.binding.type !== 'everyone')
    return undefined
  return entry.parameters.map((parameter) => ({ ...parameter, at }))
}
