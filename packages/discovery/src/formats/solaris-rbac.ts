import type { FindingOf, Grant, GrantedCommand, Grantee, Place } from '@rollcall/contract'
import { clipped, MAX_NAME } from './accounts/account-file.ts'

/** One file of the databases, in the order in which the first entry of a name counts. */
export interface RbacFile {
  readonly path: string
  readonly text: string
}

export interface RbacFiles {
  readonly users: readonly RbacFile[]
  readonly profiles: readonly RbacFile[]
  readonly commands: readonly RbacFile[]
  readonly policy: readonly RbacFile[]
}

export interface Rbac {
  readonly grants: readonly Grant[]
  /** Authorizations of accounts, their own and those of their profiles; none of an account: of everybody. */
  readonly authorizations: readonly FindingOf<'setting'>[]
  /** Something was cut. */
  readonly cut: boolean
}

/**
 * What roles and rights profiles of Solaris and illumos give to whom (user_attr(5), prof_attr(5), exec_attr(5), policy.conf(5)). Of the
 * profiles of an account the first that has a command says as whom pfexec(1) runs it; so the rules are numbered from the end, that the
 * last decides as it does everywhere else.
 */
export const readRbac = (files: RbacFiles): Rbac => {
  const users = firstByName(files.users, 5)
  const profiles = firstByName(files.profiles, 5)
  const commands = commandsOf(files.commands)
  const policy = policyOf(files.policy)
  const known = { profiles, commands }
  const given: Given[] = []
  const authorizations: FindingOf<'setting'>[] = []
  const spared: string[] = []
  for (const [name, entry] of users.entries) {
    const grantees: Grantee[] = [{ type: 'user', name: clipped(name, MAX_NAME) }]
    const keys = keysOf(entry.fields[4])
    const [asked, own] = [words(keys.get('auth_profiles')), words(keys.get('profiles'))]
    const wide = [
      ...asked.map((profile) => ({ profile, passwd: true })),
      ...own.map((profile) => ({ profile, passwd: false })),
    ]
    const walked = walk(wide, known)
    if (walked.ended) spared.push(name)
    given.push(...walked.steps.map((step) => ({ ...step, grantees, place: entry.place })))
    for (const role of words(keys.get('roles')).slice(0, MOST_OF_ONE)) {
      const of = users.entries.get(role)
      given.push({
        grantees,
        runAs: { users: [{ type: 'user', name: clipped(role, MAX_NAME) }] },
        commands: [{ command: 'ALL' }],
        options: {
          role: clipped(role, LONGEST_OPTION),
          roleauth: of !== undefined && keysOf(of.fields[4]).get('roleauth') === 'user' ? 'user' : 'role',
        },
        passwd: true,
        place: entry.place,
      })
    }
    const auths = [...words(keys.get('auths')), ...walked.authorizations]
    if (auths.length > 0) authorizations.push(authorized(auths, entry.place, name))
  }
  const defaults = walk(
    [
      ...words(policy.get('AUTH_PROFS_GRANTED')?.value).map((profile) => ({ profile, passwd: true })),
      ...words(policy.get('PROFS_GRANTED')?.value).map((profile) => ({ profile, passwd: false })),
    ],
    known,
  )
  const place = policy.get('PROFS_GRANTED')?.place ?? policy.get('AUTH_PROFS_GRANTED')?.place
  const everyone: Grantee[] = [
    { type: 'all', name: 'ALL' },
    ...spared
      .slice(0, MOST_SPARED)
      .map((name): Grantee => ({ type: 'user', name: clipped(name, MAX_NAME), negated: true })),
  ]
  if (place !== undefined) given.push(...defaults.steps.map((step) => ({ ...step, grantees: everyone, place })))
  const auths = [...words(policy.get('AUTHS_GRANTED')?.value), ...defaults.authorizations]
  const authPlace = policy.get('AUTHS_GRANTED')?.place ?? place
  if (auths.length > 0 && authPlace !== undefined) authorizations.push(authorized(auths, authPlace))
  const kept = given.slice(0, MOST_GRANTS)
  return {
    grants: kept.map((one, index) => grantOf(one, kept.length - 1 - index)),
    authorizations,
    cut: kept.length < given.length || users.cut || profiles.cut || commands.cut || spared.length > MOST_SPARED,
  }
}

const MOST_ENTRIES = 20_000
const MOST_GRANTS = 20_000
const MOST_COMMANDS = 4096
const MOST_PROFILES = 1000
const MOST_OF_ONE = 256
const MOST_SPARED = 4000
const LONGEST_OPTION = 256

interface Entry {
  readonly fields: readonly string[]
  readonly place: Place
}

/** The entries of a file: fields between colons, `\` joins lines and takes the meaning of what follows it. */
const entriesIn = ({ path, text }: RbacFile, fields: number): Entry[] => {
  const entries: Entry[] = []
  const lines = text.split('\n', MOST_LINES)
  for (let at = 0; at < lines.length; at++) {
    const line = at + 1
    let whole = lines[at]!
    while (whole.endsWith('\\') && at + 1 < lines.length && whole.length < LONGEST_ENTRY)
      whole = whole.slice(0, -1) + lines[++at]!.trimStart()
    if (whole.trim() === '' || whole.startsWith('#')) continue
    const split = separated(whole, ':')
    if (split.length < fields) continue
    entries.push({ fields: [...split.slice(0, fields - 1), split.slice(fields - 1).join(':')], place: { path, line } })
  }
  return entries
}

const MOST_LINES = 50_000
const LONGEST_ENTRY = 65_536

/** Splits at a character that has no `\` in front. */
const separated = (text: string, by: string): string[] => {
  const parts: string[] = []
  let start = 0
  for (let at = 0; at < text.length; at++)
    if (text[at] === '\\') at++
    else if (text[at] === by) {
      parts.push(text.slice(start, at))
      start = at + 1
    }
  parts.push(text.slice(start))
  return parts
}

const plain = (text: string) => text.trim().replaceAll(/\\([=;:,\\])/g, '$1')

const firstByName = (files: readonly RbacFile[], fields: number) => {
  const entries = new Map<string, Entry>()
  let cut = false
  for (const file of files)
    for (const entry of entriesIn(file, fields)) {
      const name = plain(entry.fields[0] ?? '')
      if (name === '' || entries.has(name)) continue
      if (entries.size === MOST_ENTRIES) cut = true
      else entries.set(name, entry)
    }
  return { entries, cut }
}

/** `key=value;key=value`; of a key that comes again the first counts. */
const keysOf = (field = ''): ReadonlyMap<string, string> => {
  const keys = new Map<string, string>()
  for (const pair of separated(field, ';').slice(0, MOST_OF_ONE)) {
    const [key = '', ...rest] = separated(pair, '=')
    if (rest.length > 0 && !keys.has(key.trim())) keys.set(key.trim(), rest.join('=').trim())
  }
  return keys
}

const words = (list: string | undefined): string[] =>
  separated(list ?? '', ',')
    .map(plain)
    .filter((word) => word !== '')
    .slice(0, MOST_PROFILES)

const policyOf = (files: readonly RbacFile[]) => {
  const settings = new Map<string, { value: string; place: Place }>()
  for (const { path, text } of files)
    for (const [index, line] of text.split('\n', MOST_LINES).entries()) {
      const [, key, value] = /^([A-Z_]{1,64})=([^#\r]*)/.exec(line) ?? []
      if (key !== undefined && value !== undefined && !settings.has(key))
        settings.set(key, { value: value.trim().slice(0, LONGEST_ENTRY), place: { path, line: index + 1 } })
    }
  return settings
}

type RunAs = Grant['runAs']

/** A command of a profile, with what it runs as; nothing where the profile only lets it run as it would anyhow. */
interface Command {
  readonly id: string
  readonly runAs: RunAs | undefined
  readonly privileges: string | undefined
}

const commandsOf = (files: readonly RbacFile[]) => {
  const byProfile = new Map<string, Map<string, Command & { readonly policy: string }>>()
  let count = 0
  for (const file of files)
    for (const { fields } of entriesIn(file, 7)) {
      const [name = '', policy = '', type = '', , , id = '', attributes = ''] = fields
      if (plain(type) !== 'cmd' || plain(id) === '' || ++count > MOST_ENTRIES) continue
      const profile = byProfile.get(plain(name)) ?? new Map<string, Command & { readonly policy: string }>()
      byProfile.set(plain(name), profile)
      const before = profile.get(plain(id))
      // Where both policies speak of a command, that with privileges counts.
      if (before === undefined || (before.policy !== 'solaris' && plain(policy) === 'solaris'))
        profile.set(plain(id), { id: plain(id), policy: plain(policy), ...identityOf(keysOf(attributes)) })
    }
  return { byProfile, cut: count > MOST_ENTRIES }
}

/** Privileges (privileges(7)) by which one writes or reads any file, or takes any identity: as good as root for a program that can be told what to do. */
const AS_ROOT =
  /(?:^|,)\s*(?:all|zone|file_dac_write|file_dac_read|file_chown|file_owner|proc_setid|dtrace_kernel|sys_suser_compat)\s*(?:,|$)/

const identityOf = (keys: ReadonlyMap<string, string>): Pick<Command, 'runAs' | 'privileges'> => {
  const user = keys.get('uid') ?? keys.get('euid')
  const group = keys.get('gid') ?? keys.get('egid')
  const privileges = keys.get('privs')
  if (user !== undefined) return { runAs: { users: [granteeOf('user', user)] }, privileges }
  if (privileges !== undefined && AS_ROOT.test(privileges))
    return { runAs: { users: [{ type: 'user', name: 'root' }] }, privileges }
  if (group !== undefined) return { runAs: { users: [], groups: [granteeOf('group', group)] }, privileges }
  return { runAs: privileges === undefined ? undefined : { users: [] }, privileges }
}

const granteeOf = (type: 'user' | 'group', name: string): Grantee =>
  /^\d+$/.test(name)
    ? { type: type === 'user' ? 'uid' : 'gid', name: clipped(name, MAX_NAME) }
    : { type, name: clipped(name, MAX_NAME) }

interface Step extends Pick<Grant, 'runAs' | 'commands' | 'options'> {
  readonly passwd: boolean
}

interface Given extends Step {
  readonly grantees: Grantee[]
  readonly place: Place
}

interface Known {
  readonly profiles: ReturnType<typeof firstByName>
  readonly commands: ReturnType<typeof commandsOf>
}

/**
 * Goes through profiles in order, each with those within it behind it, once. What an earlier one has is not had again from a later; a
 * profile that lets everything run as it is, such as `All`, leaves nothing to those behind it, and neither does `Stop`.
 */
const walk = (
  wanted: readonly { readonly profile: string; readonly passwd: boolean }[],
  { profiles, commands }: Known,
) => {
  const steps: Step[] = []
  const authorizations: string[] = []
  const seen = new Set<string>()
  const told = new Set<string>()
  const waiting = wanted.toReversed()
  let ended = false
  while (waiting.length > 0 && !ended && seen.size < MOST_PROFILES) {
    const { profile, passwd } = waiting.pop()!
    if (seen.has(profile)) continue
    seen.add(profile)
    if (profile === 'Stop') {
      ended = true
      break
    }
    const keys = keysOf(profiles.entries.get(profile)?.fields[4])
    authorizations.push(...words(keys.get('auths')))
    for (const inner of words(keys.get('profiles')).toReversed()) waiting.push({ profile: inner, passwd })
    const groups = new Map<string, { runAs: RunAs; privileges: string | undefined; commands: GrantedCommand[] }>()
    for (const { id, runAs, privileges } of commands.byProfile.get(profile)?.values() ?? []) {
      if (told.has(id)) continue
      told.add(id)
      if (id === '*' && runAs === undefined) ended = true
      if (runAs === undefined) continue
      const key = JSON.stringify([runAs, privileges])
      const group = groups.get(key) ?? { runAs, privileges, commands: [] }
      groups.set(key, group)
      if (group.commands.length < MOST_COMMANDS)
        group.commands.push({ command: id === '*' ? 'ALL' : clipped(id, 4096) })
    }
    for (const { runAs, privileges, commands } of groups.values())
      steps.push({
        runAs,
        commands,
        options: {
          profile: clipped(profile, LONGEST_OPTION),
          ...(privileges === undefined ? {} : { privs: clipped(privileges, LONGEST_OPTION) }),
        },
        passwd,
      })
  }
  return { steps, authorizations: authorizations.slice(0, MOST_PROFILES), ended }
}

const grantOf = ({ grantees, runAs, commands, options, passwd, place }: Given, order: number): Grant => ({
  kind: 'grant',
  mechanism: 'rbac',
  order,
  grantees,
  here: 'yes',
  runAs,
  commands,
  tags: passwd ? {} : { passwd: false },
  options,
  place,
})

const authorized = (auths: readonly string[], place: Place, account?: string): FindingOf<'setting'> => ({
  kind: 'setting',
  subject: 'rbac',
  name: 'auths',
  values: [...new Set(auths)].slice(0, 1024).map((one) => clipped(one, 4096)),
  ...(account === undefined ? {} : { account: clipped(account, MAX_NAME) }),
  place,
})
