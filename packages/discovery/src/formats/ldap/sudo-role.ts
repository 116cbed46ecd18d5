import type { Finding, FindingOf, Grant, Grantee, GrantedCommand } from '@rollcall/contract'
import type { DirectoryEntry } from '../../directory.ts'
import { clippedDn } from './dn.ts'
import { clipped, LONGEST_NAME, weaknessOf, type Subject } from './subject.ts'

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
export const readSudoRole = (entry: DirectoryEntry, subject: Subject): SudoRule | FindingOf<'setting'>[] => {
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

/** The findings of all rules of a directory, in the order in which they apply. */
export const sudoFindings = (rules: readonly SudoRule[], now: string): Finding[] => {
  const findings: Finding[] = []
  for (const [order, rule] of rules.toSorted((one, other) => one.order - other.order).entries()) {
    const { subject, users, hosts, runAs, commands, tags, options } = rule
    if (users.length === 0 || commands.length === 0) continue
    findings.push({
      kind: 'grant',
      mechanism: 'sudo',
      hosts: [...hosts],
      order,
      grantees: [...users],
      here: hosts.includes('ALL') && !hosts.some((host) => host.startsWith('!')) ? 'yes' : 'unknown',
      runAs,
      commands: [...commands],
      tags,
      options: { ...options, 'directory-role': clipped(subject.name, 256) },
      place: { path: clippedDn(subject.dn) },
    })
    if (rule.disabled !== true) findings.push(...weaknessesOf(rule, now))
  }
  return findings
}

const weaknessesOf = (rule: SudoRule, now: string): Finding[] => {
  const { subject, users, hosts, commands, tags, options } = rule
  const over = options['notafter']
  if (over !== undefined && /^\d{14}Z$/.test(over) && over < now.replaceAll(/[-:T]|\.\d+/g, '')) return []
  if (!asRoot(rule.runAs) || !users.some(({ negated }) => negated !== true)) return []
  // What a rule takes away again by its name is had by another name: sudoers(5) warns of it.
  const all = commands
    .filter(({ negated }) => negated !== true)
    .find(({ command }) => command === 'ALL' || SHELLS.test(command))
  if (all === undefined) return []
  const everybody = users.some(({ type, negated }) => type === 'all' && negated !== true)
  const what = [`sudoCommand ${all.command}`, everybody ? 'sudoUser ALL' : `${users.length} named`]
  const found: Finding[] = []
  if (hosts.includes('ALL') && all.digests === undefined)
    found.push(weaknessOf(subject, 'sudo-allows-all', everybody ? 'critical' : 'high', ...what, 'sudoHost ALL'))
  if (tags['passwd'] === false)
    found.push(weaknessOf(subject, 'sudo-without-password', everybody ? 'critical' : 'high', '!authenticate', ...what))
  return found
}

/** Programs that run whatever they are told. */
const SHELLS =
  /\/(?:(?:ba|da|k|mk|z|c|tc|fi)?sh|su|env|vi|vim|view|nano|emacs|less|more|man|find|awk|gawk|perl[\d.]*|python[\d.]*|ruby[\d.]*|lua[\d.]*|node|php[\d.]*|tclsh|expect|gdb|strace|nmap|tee|cp|mv|dd|chmod|chown|visudo|docker|podman|systemd-run|nsenter|unshare|xargs|tar|rsync|ssh|screen|tmux)$/

const asRoot = ({ users, groups }: Grant['runAs']): boolean => {
  if (users === undefined) return groups === undefined
  return users.some(
    ({ type, name, negated }) =>
      negated !== true && (type === 'all' || name === 'root' || (type === 'uid' && name === '0')),
  )
}

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

const settingsOf = (options: readonly string[], { dn, object }: Subject): FindingOf<'setting'>[] =>
  options.slice(0, 256).flatMap((option) => {
    const { name, operator, value } = parameterOf(option)
    if (name === '') return []
    const values =
      operator === ''
        ? [String(!value.startsWith('!'))]
        : operator === '='
          ? [value]
          : value.split(/[ \t]+/).map((word) => operator[0]! + word)
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
