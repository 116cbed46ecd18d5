import type { Finding, FindingOf, Grant, Grantee, GrantedCommand } from '@rollcall/contract'
import { rootThroughSudo, type SudoAccount, type SudoPath } from '@rollcall/contract/sudo'
import type { DirectoryEntry } from '../../directory.ts'
import { clippedDn } from './dn.ts'
import { clipped, LONGEST_NAME, weaknessOf, type Subject } from './subject.ts'

type Setting = FindingOf<'setting'>

/** A rule of sudo that a directory keeps (sudoers.ldap(5)), before it is known where in the order it stands. */
export interface SudoRule {
  readonly subject: Subject
  /** Of several that match, the one with the highest number decides. */
  readonly order: number
  readonly users: readonly Grantee[]
  readonly hosts: readonly string[]
  readonly runAs: Grant['runAs']
  readonly commands: readonly GrantedCommand[]
  readonly tags: Grant['tags']
  readonly options: Grant['options']
  readonly disabled?: boolean
}

export const SUDO_ATTRIBUTES: readonly string[] = (
  'objectclass cn description sudouser sudohost sudocommand sudorunas sudorunasuser sudorunasgroup sudooption ' +
  'sudonotbefore sudonotafter sudoorder'
).split(' ')

const MOST_USERS = 4096
const MOST_RUN_AS = 1024
const MOST_COMMANDS = 4096
const LONGEST = 4096

/** Reads an entry of class sudoRole. `cn=defaults` is no rule: its options hold for all. */
export const readSudoRole = (entry: DirectoryEntry, subject: Subject): SudoRule | Setting[] => {
  const options = entry.texts('sudooption')
  if (/^defaults$/i.test(subject.name)) return settingsOf(options, subject)
  const runAsUsers = entry.texts('sudorunasuser').concat(entry.texts('sudorunas'))
  const runAsGroups = entry.texts('sudorunasgroup')
  return {
    subject,
    order: orderOf(entry.text('sudoorder')),
    users: entry.texts('sudouser').slice(0, MOST_USERS).map(granteeOf),
    hosts: entry
      .texts('sudohost')
      .slice(0, MOST_USERS)
      .map((host) => clipped(host, 512)),
    runAs: {
      ...(runAsUsers.length === 0
        ? {}
        : {
            users: runAsUsers
              .filter((user) => user !== '')
              .slice(0, MOST_RUN_AS)
              .map(granteeOf),
          }),
      ...(runAsGroups.length === 0 ? {} : { groups: runAsGroups.slice(0, MOST_RUN_AS).map(groupOf) }),
    },
    commands: entry.texts('sudocommand').slice(0, MOST_COMMANDS).map(commandOf),
    ...optionsOf(options, entry.text('sudonotbefore'), entry.text('sudonotafter')),
  }
}

/**
 * The findings of all rules of a directory, in the order in which they apply. `defaults`: what `cn=defaults` says. `unjudged`: how many rules are told
 * without what they are worth, since there is too much in them.
 */
export const sudoFindings = (
  rules: readonly SudoRule[],
  defaults: readonly Setting[],
  now: string,
): { readonly findings: readonly Finding[]; readonly unjudged: number } => {
  const findings: Finding[] = []
  let [left, unjudged] = [MOST_COMPARED, 0]
  for (const [order, rule] of rules.toSorted((one, other) => one.order - other.order).entries()) {
    const { subject, users, hosts, runAs, commands, tags, options } = rule
    if (users.length === 0 || commands.length === 0) continue
    const grant: Grant = {
      kind: 'grant',
      mechanism: 'sudo',
      hosts: [...hosts],
      order,
      grantees: [...users],
      here: hosts.includes('ALL') && !hosts.some((host) => host.startsWith('!')) ? 'yes' : 'unknown',
      runAs,
      // Where several are about the same, sudo lets those that deny decide, wherever they stand.
      commands: [...commands].sort((one, other) => Number(one.negated ?? false) - Number(other.negated ?? false)),
      tags,
      options: { ...options, 'directory-role': clipped(subject.name, 256) },
      place: { path: clippedDn(subject.dn) },
    }
    findings.push(grant)
    if (rule.disabled === true) continue
    left -= commands.length ** 2 + (1 + defaults.length) * commands.length
    if (left < 0) unjudged++
    else findings.push(...weaknessesOf(rule, grant, defaults, now))
  }
  return { findings, unjudged }
}

/** Commands compared with commands and with what holds for them, in less than a second: ten thousand rules as people write them are far from it. */
const MOST_COMPARED = 2_000_000

/** Whether a rule makes root of whoever it names, judged as a rule of sudoers is. */
const weaknessesOf = (
  { subject, users, hosts, options }: SudoRule,
  grant: Grant,
  defaults: readonly Setting[],
  now: string,
): Finding[] => {
  if (!users.some(({ negated }) => negated !== true)) return []
  const rule: Grant = { ...grant, grantees: [EVERYBODY], here: 'yes' }
  const { paths } = rootThroughSudo(SOMEBODY, [rule], [...defaults, ...ownDefaults(options)], new Date(now))
  const roots = paths.filter(({ effect, applies }) => effect === 'root' && applies === 'yes')
  const [first] = roots
  if (first === undefined) return []
  const everybody = users.some(({ type, negated }) => type === 'all' && negated !== true)
  const severity = everybody ? 'critical' : 'high'
  const what = ({ command }: SudoPath) => [
    `sudoCommand ${command.split(' ', 1)[0]}`,
    everybody ? 'sudoUser ALL' : `${users.length} named`,
  ]
  const open = roots.find(({ password }) => password === 'not-needed')
  return [
    ...(hosts.includes('ALL')
      ? [weaknessOf(subject, 'sudo-allows-all', severity, ...what(first), 'sudoHost ALL')]
      : []),
    ...(open === undefined
      ? []
      : [weaknessOf(subject, 'sudo-without-password', severity, '!authenticate', ...what(open))]),
  ]
}

const EVERYBODY: Grantee = { type: 'all', name: '' }
const SOMEBODY: SudoAccount = { name: '', uid: -1, groups: [] }

/** What a rule says of itself holds for it as what `cn=defaults` says does for all. */
const ownDefaults = (options: Grant['options']): Setting[] =>
  Object.entries(options).map(([name, value]) => {
    const [, operator, rest = value] = /^([-+]?)=([^]*)$/.exec(value) ?? []
    const values = operator === undefined ? [value] : operator === '' ? [rest] : signed(operator, rest)
    return { kind: 'setting', subject: 'sudo', name, values, place: { path: '' } }
  })

const signed = (operator: string, words: string) => words.split(/[ \t]+/).map((word) => operator + word)

const orderOf = (text: string | undefined): number => {
  const order = Number(text ?? 0)
  return Number.isFinite(order) ? order : 0
}

/** `user`, `#uid`, `%group`, `%#gid`, `%:group`, `+netgroup`, `ALL`, each behind `!` the other way round. */
export const granteeOf = (written: string): Grantee => {
  const [, signs = '', rest = ''] = /^(!*)([^]*)$/.exec(written.trim()) ?? []
  const negated = signs.length % 2 === 1 ? { negated: true as const } : {}
  const of = (type: Grantee['type'], name: string): Grantee => ({ type, name: clipped(name, LONGEST_NAME), ...negated })
  if (rest === 'ALL') return of('all', '')
  if (rest.startsWith('%:')) return of('external-group', rest.slice(2))
  if (rest.startsWith('%#')) return of('gid', rest.slice(2))
  if (rest.startsWith('%')) return of('group', rest.slice(1))
  if (rest.startsWith('+')) return of('netgroup', rest.slice(1))
  if (/^#\d+$/.test(rest)) return of('uid', rest.slice(1))
  return of('user', rest)
}

const groupOf = (written: string): Grantee => {
  const grantee = granteeOf(written)
  return grantee.type === 'user'
    ? { ...grantee, type: 'group' }
    : grantee.type === 'uid'
      ? { ...grantee, type: 'gid' }
      : grantee
}

/** `ALL`, a path with its arguments, `!` before either, digests before the path. */
export const commandOf = (written: string): GrantedCommand => {
  let rest = written.trim()
  let negated = false
  for (; rest.startsWith('!'); rest = rest.slice(1).trimStart()) negated = !negated
  const digests: string[] = []
  for (let match; (match = DIGEST.exec(rest)) !== null; rest = rest.slice(match[0].length))
    if (digests.length < 16) digests.push(match[1]!.replaceAll(/\s/g, '').slice(0, 200))
  const blank = rest.search(/\s/)
  const [command, args] = blank < 0 ? [rest, undefined] : [rest.slice(0, blank), rest.slice(blank).trim()]
  return {
    command: clipped(command, LONGEST),
    ...(args === undefined ? {} : { arguments: args === '""' ? '' : clipped(args, LONGEST) }),
    ...(negated ? { negated: true as const } : {}),
    ...(digests.length === 0 ? {} : { digests }),
  }
}

const DIGEST = /^(sha(?:224|256|384|512)\s{0,4}:\s{0,4}[\w+/=]{1,160})(?:\s{0,4},\s{0,4}|\s{1,8})/

/** Options that are written as tags in sudoers(5). */
const TAGS: Readonly<Record<string, readonly [tag: string, whenOn: boolean]>> = {
  authenticate: ['passwd', true],
  setenv: ['setenv', true],
  noexec: ['exec', false],
  intercept: ['intercept', true],
  log_input: ['log_input', true],
  log_output: ['log_output', true],
  sudoedit_follow: ['follow', true],
}

export const optionsOf = (
  written: readonly string[],
  notBefore?: string,
  notAfter?: string,
): Pick<SudoRule, 'tags' | 'options'> => {
  const tags: Record<string, boolean> = {}
  const options: Record<string, string> = {}
  for (const option of written.slice(0, 256)) {
    const { name, operator, value } = parameterOf(option)
    if (name === '') continue
    const tag = Object.hasOwn(TAGS, name) ? TAGS[name] : undefined
    if (tag !== undefined && operator === '') tags[tag[0]] = !value.startsWith('!') === tag[1]
    else if (name.length <= 32)
      options[name] = clipped(operator === '' ? String(!value.startsWith('!')) : operator + value, 256)
  }
  if (notBefore !== undefined) options['notbefore'] = clipped(notBefore, 256)
  if (notAfter !== undefined) options['notafter'] = clipped(notAfter, 256)
  return { tags, options }
}

/** `name`, `!name`, `name=value`, `name+=value`, `name-=value`. A flag's value is itself, with its `!`. */
const parameterOf = (written: string) => {
  const [, flag, name = '', operator = '', rest = ''] =
    /^\s*(!*)([\w-]{1,64})\s*(?:([-+]?=)\s*([^]*))?$/.exec(written) ?? []
  const value = rest.trim().replace(/^"([^]*)"$/, '$1')
  return {
    name: name.toLowerCase(),
    operator,
    value: operator === '' ? (flag ?? '').slice(0, (flag ?? '').length % 2) + name : value,
  }
}

const settingsOf = (options: readonly string[], { dn, object }: Subject): Setting[] =>
  options.slice(0, 256).flatMap((option) => {
    const { name, operator, value } = parameterOf(option)
    if (name === '') return []
    const values =
      operator === '' ? [String(!value.startsWith('!'))] : operator === '=' ? [value] : signed(operator[0]!, value)
    return [
      {
        kind: 'setting' as const,
        subject: 'sudo' as const,
        object,
        name: clipped(name, 128),
        values: values.slice(0, 1024).map((one) => clipped(one, LONGEST)),
        place: { path: clippedDn(dn) },
      },
    ]
  })
