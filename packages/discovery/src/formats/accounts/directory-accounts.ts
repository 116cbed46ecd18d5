import type { Reason } from '@rollcall/contract'
import type { CommandResult, FindResult, HostFile } from '../../host.ts'
import { outputOf, textOf, type Gathering } from '../../probe.ts'
import { MAX_NAME } from './account-file.ts'
import { groupsOf, parseGroup, type GroupEntry } from './group.ts'
import { parsePasswd, passwdOf, type PasswdEntry } from './passwd.ts'
import { parseSudoers, type SudoersFile } from '../sudoers/index.ts'
import { parseUtmp } from '../logins/utmp.ts'

/** A service of nsswitch.conf(5) that knows accounts of a directory. */
export type DirectoryService = 'sss' | 'winbind' | 'ldap' | 'nis' | 'systemd'

/** What a host said of the directory's accounts that it mentions itself. */
export interface DirectoryGathered {
  readonly nsswitch?: HostFile | undefined
  readonly passwd?: HostFile | undefined
  readonly group?: HostFile | undefined
  /** Only the lines that are asked for: the rest of these files holds secrets. */
  readonly sssd: readonly HostFile[]
  readonly userdb: FindResult
  /** Absent where no directory is in use. */
  readonly mentions?: Mentions | undefined
  readonly answers: readonly Answer[]
}

/** Where a host mentions accounts that it does not list. */
export interface Mentions {
  readonly sudoers: readonly HostFile[]
  readonly sshd: readonly HostFile[]
  readonly access: readonly HostFile[]
  readonly homes: FindResult
  readonly wtmp: readonly HostFile[]
  readonly realm: CommandResult
  readonly samba: readonly HostFile[]
  readonly nslcd: readonly HostFile[]
}

/** What getent(1) printed. `service`: which one was asked; absent for all of the host's. */
export interface Answer {
  readonly database: 'passwd' | 'group' | 'initgroups'
  readonly service?: DirectoryService
  readonly keys: readonly string[]
  readonly result: CommandResult
}

export const SWITCH = '/etc/nsswitch.conf'
export const SSSD_FILES = ['/etc/sssd/sssd.conf', '/etc/sssd/conf.d/*.conf'] as const

/** Names of settings that are read from sssd.conf(5). Those that hold secrets, such as ldap_default_authtok, never are. */
export const SSSD_KEYS = [
  'access_provider',
  'id_provider',
  'simple_allow_users',
  'simple_allow_groups',
  'simple_deny_users',
  'simple_deny_groups',
  'ad_access_filter',
  'ldap_access_filter',
  'ad_domain',
  'ipa_domain',
  'krb5_realm',
] as const
const SSSD_LINES = { matching: ['[domain/', ...SSSD_KEYS] } as const

/** Accounts that systemd keeps by itself: those of homed, and records that were put down as files (userdb(7)). Only their names are read. */
const USERDB = ['/var/lib/systemd/home', '/etc/userdb', '/run/userdb', '/usr/lib/userdb'] as const

const SUDOERS = ['/etc/sudoers', '/usr/etc/sudoers', '/etc/sudoers.d/*', '/usr/etc/sudoers.d/*'] as const
const SSHD = [
  '/etc/ssh/sshd_config',
  '/usr/etc/ssh/sshd_config',
  '/etc/ssh/sshd_config.d/*',
  '/usr/etc/ssh/sshd_config.d/*',
] as const
const ACCESS = ['/etc/security/access.conf', '/etc/security/access.d/*.conf'] as const

/** Names asked for at most: a host mentions few, and each may cost its directory a search. */
const MOST_NAMES = 500
const MOST_GROUPS = 200

/**
 * Asks who of a directory is mentioned on the host, and what its own name service says of them. Nothing is ever listed: a directory
 * may hold millions. One round trip where no directory is in use, four at most where one is.
 */
export const gatherDirectory = async (host: Gathering): Promise<DirectoryGathered> => {
  const [[nsswitch], [passwd], [group], sssd, userdb] = await Promise.all([
    host.read(SWITCH),
    host.read('/etc/passwd'),
    host.read('/etc/group'),
    host.readWith(SSSD_LINES, ...SSSD_FILES),
    host.find({ under: USERDB, maxDepth: 1, where: { names: ['*.identity', '*.user'] }, maxEntries: 1000 }),
  ])
  const begun: DirectoryGathered = { nsswitch, passwd, group, sssd, userdb, answers: [] }
  const services = directoryServices(begun)
  if (services.length === 0) return begun

  const mentions = await gatherMentions(host)
  const known = localNames(begun)
  const { names, groups } = mentioned({ ...begun, mentions })
  const wanted = [...names].filter((name) => !known.names.has(name))
  if (wanted.length > MOST_NAMES)
    host.missed({ code: 'too-many', detail: 'accounts mentioned on the host', count: wanted.length - MOST_NAMES })
  const wantedGroups = [...groups].filter((name) => !known.groups.has(name))
  if (wantedGroups.length > MOST_GROUPS)
    host.missed({ code: 'too-many', detail: 'groups mentioned on the host', count: wantedGroups.length - MOST_GROUPS })
  const ask = asking(host)
  const first = (
    await Promise.all([
      ...services.map((service) => ask('passwd', wanted.slice(0, MOST_NAMES), service)),
      ...services.map((service) => ask('group', wantedGroups.slice(0, MOST_GROUPS), service)),
    ])
  ).flat()

  const gathered = { ...begun, mentions, answers: first }
  const found = readDirectory(gathered)
  const members = found.groups.flatMap(({ entry }) => [...firstNames(entry, MOST_NAMES)])
  const asked = new Set([...wanted, ...known.names])
  const further = [...new Set(members)].filter((name) => !asked.has(name) && isAskable(name))
  if (further.length > MOST_NAMES)
    host.missed({
      code: 'too-many',
      detail: 'members of groups mentioned on the host',
      count: further.length - MOST_NAMES,
    })
  const people = found.accounts.map(({ entry }) => entry)
  const named = [...people.map(({ name }) => name), ...further].slice(0, MOST_NAMES)
  const primary = [...new Set(people.map(({ gid }) => String(gid)))].filter((gid) => !known.gids.has(Number(gid)))
  const second = (
    await Promise.all([
      ...services.map((service) => ask('passwd', further.slice(0, MOST_NAMES), service)),
      ask('initgroups', named),
      ...services.map((service) => ask('group', primary.slice(0, MOST_GROUPS), service)),
    ])
  ).flat()

  const later = { ...gathered, answers: [...first, ...second] }
  const gids = unnamedGroups(later)
  const third = (await Promise.all(services.map((service) => ask('group', gids.slice(0, MOST_GROUPS), service)))).flat()
  return { ...later, answers: [...later.answers, ...third] }
}

/** An account or group of the directory, and the service that knows it. */
export interface Known<Entry> {
  readonly service: DirectoryService
  readonly entry: Entry
}

export interface Directory {
  readonly accounts: readonly Known<PasswdEntry>[]
  readonly groups: readonly Known<GroupEntry>[]
  /** The numbers of the groups that each account belongs to, so far as the host says. */
  readonly memberships: ReadonlyMap<string, readonly number[]>
  readonly reasons: readonly Reason[]
}

/** What the host's name service said. Accounts and groups that its own files list too are theirs, and left out. */
export const readDirectory = (gathered: DirectoryGathered): Directory => {
  if (gathered.answers.length === 0) return { accounts: [], groups: [], memberships: new Map(), reasons: [] }
  const known = localNames(gathered)
  const accounts = new Map<string, Known<PasswdEntry>>()
  const groups = new Map<number, Known<GroupEntry>>()
  const memberships = new Map<string, readonly number[]>()
  const reasons: Reason[] = []
  for (const { database, service, keys, result } of gathered.answers) {
    // 2: some of what was asked for is not known (getent(1)), which is the ordinary case.
    if (result.state === 'ran' && result.exit !== 0 && result.exit !== 2)
      reasons.push({ code: 'tool-failed', detail: `getent ${database}` })
    const text = outputOf(result)
    if (database === 'initgroups') {
      for (const [name, gids] of initgroups(text, keys)) memberships.set(name, gids)
    } else if (service === undefined) continue
    else if (database === 'passwd') {
      for (const entry of parsePasswd(text, SWITCH).entries)
        if (!known.names.has(entry.name) && !accounts.has(entry.name)) accounts.set(entry.name, { service, entry })
    } else {
      for (const entry of parseGroup(text, SWITCH).entries)
        if (!known.groups.has(entry.name) && !groups.has(entry.gid)) groups.set(entry.gid, { service, entry })
    }
  }
  return { accounts: [...accounts.values()], groups: [...groups.values()], memberships, reasons }
}

/** The services of nsswitch.conf(5) through which the host takes accounts from a directory, in their order, each once. */
export const directoryServices = ({
  nsswitch,
  sssd,
  userdb,
}: Pick<DirectoryGathered, 'nsswitch' | 'sssd' | 'userdb'>): DirectoryService[] => {
  const named = /^[ \t]*passwd:([^\n#]{0,1000})/m.exec(textOf(nsswitch))?.[1]?.toLowerCase() ?? ''
  const words = new Set(named.replaceAll(/\[[^\]]*\]/g, ' ').split(/[ \t\r]+/))
  // Many distributions name `sss` where no SSSD is set up; then there is nothing to miss.
  const anySssd = sssd.some((file) => file.state === 'read' || file.why !== 'no-such-file')
  const inUse = { sss: anySssd, winbind: true, ldap: true, nis: true, systemd: kept(userdb).length > 0 }
  return SERVICES.filter((service) => words.has(service) && inUse[service])
}

const SERVICES: readonly DirectoryService[] = ['sss', 'winbind', 'ldap', 'nis', 'systemd']

/** The names of the accounts that systemd keeps. */
const kept = (userdb: FindResult): string[] =>
  userdb.state === 'found'
    ? userdb.entries.map(({ path }) => path.replace(/^.*\//, '').replace(/\.(?:identity|user)$/, ''))
    : []

const gatherMentions = async (host: Gathering): Promise<Mentions> => {
  const [sudoers, sshd, access, homes, wtmp, realm, samba, nslcd] = await Promise.all([
    host.read(...SUDOERS),
    host.read(...SSHD),
    host.read(...ACCESS),
    // Homes of a directory's accounts lie in /home, or below a folder of their domain there.
    host.find({
      under: ['/home', '/home/*[.]*', '/home/[A-Z]*'],
      maxDepth: 1,
      where: { types: ['folder'] },
      maxEntries: 5000,
    }),
    host.readWith({ tail: true, maxBytes: 256 * 1024 }, '/var/log/wtmp'),
    host.run('realm', 'list'),
    host.readWith({ matching: ['workgroup', 'realm'] }, '/etc/samba/smb.conf'),
    host.readWith({ matching: ['base dc=', 'base DC='] }, '/etc/nslcd.conf'),
  ])
  return { sudoers, sshd, access, homes, wtmp, realm, samba, nslcd }
}

const asking =
  (host: Gathering) =>
  async (database: Answer['database'], keys: readonly string[], service?: DirectoryService): Promise<Answer[]> => {
    if (keys.length === 0) return []
    const only = service === undefined ? [] : ['-s', service]
    const result = await host.runWith({ maxBytes: 4 * 1024 * 1024 }, 'getent', ...only, database, ...keys)
    return [{ database, ...(service === undefined ? {} : { service }), keys, result }]
  }

/** Names that could be asked for on a command line: no pattern, no option, nothing that no account is called. */
const isAskable = (name: string) => name !== '' && name.length <= MAX_NAME && !/^[-+!*]|[\0-\x1f\x7f:*?,/]/.test(name)

/** Every account and group that the host mentions, in whatever spelling. */
const mentioned = ({
  passwd,
  group,
  sssd,
  userdb,
  mentions,
}: DirectoryGathered): { names: Set<string>; groups: Set<string> } => {
  const [names, groups] = [new Set<string>(), new Set<string>()]
  const add = (set: Set<string>, name: string) => void (isAskable(name) && set.add(name))
  if (mentions === undefined) return { names, groups }

  for (const { members } of groupsOf(group).entries) for (const name of members()) add(names, name)
  for (const file of mentions.sudoers) {
    for (const entry of parseSudoers(textOf(file), file.path).entries) {
      const members = entry.kind === 'user-spec' ? entry.users : entry.kind === 'aliases' ? userAliases(entry) : []
      for (const { type, name } of members) {
        if (type === 'user') add(names, name)
        else if (type === 'group') add(groups, name)
        else if (type === 'uid') add(names, name)
        else if (type === 'gid') add(groups, name)
      }
    }
  }
  for (const file of mentions.sshd) {
    for (const [, which, list = ''] of textOf(file).matchAll(
      /^[ \t]*(?:allow|deny)(users|groups)[ \t=]+(.{1,4096})$/gim,
    )) {
      for (const word of words(list)) {
        if (which?.toLowerCase() === 'groups') add(groups, word)
        // `user@host`: what follows the last sign is where from. A name may hold one itself.
        else for (const name of [word, word.replace(/@[^@]*$/, '')]) add(names, name)
      }
    }
  }
  for (const file of mentions.access) {
    for (const [, list = ''] of textOf(file).matchAll(/^[ \t]*[+-][ \t]*:([^:\n]{1,4096}):/gm)) {
      for (const word of words(list)) {
        const inParentheses = /^\((.*)\)$/.exec(word)?.[1]
        if (inParentheses !== undefined) add(groups, inParentheses)
        else if (!/^(?:ALL|EXCEPT)$|^@/.test(word)) for (const set of [names, groups]) add(set, word)
      }
    }
  }
  for (const { key, values } of sssdSettings(sssd)) {
    if (/^simple_(?:allow|deny)_users$/.test(key)) for (const name of values) add(names, name)
    if (/^simple_(?:allow|deny)_groups$/.test(key)) for (const name of values) add(groups, name)
  }
  for (const { logins, groups: permitted } of realms(outputOf(mentions.realm))) {
    for (const name of logins) add(names, name)
    for (const name of permitted) add(groups, name)
  }
  const uids = new Set(passwdOf(passwd).entries.map(({ uid }) => uid))
  if (mentions.homes.state === 'found')
    for (const { uid } of mentions.homes.entries) if (!uids.has(uid) && uid !== 65_534) add(names, String(uid))
  for (const name of kept(userdb)) add(names, name)
  for (const file of mentions.wtmp)
    if (file.state === 'read') for (const { user } of parseUtmp(file.bytes).logins) add(names, user)
  return { names, groups }
}

const userAliases = ({ aliases }: Extract<SudoersFile['entries'][number], { kind: 'aliases' }>) =>
  aliases.flatMap((alias) => (alias.of === 'user' ? alias.members : []))

/** Words between blanks, in quotation marks where they hold blanks themselves. */
const words = (list: string) =>
  [...list.matchAll(/"([^"\n]{0,256})"|([^\s"]{1,256})/g)].map(([, quoted, plain]) => quoted ?? plain ?? '')

/** A setting of sssd.conf(5), one of those that are read. */
export interface SssdSetting {
  readonly domain: string
  readonly key: (typeof SSSD_KEYS)[number]
  readonly values: readonly string[]
  readonly path: string
}

/** The settings of domains. Lists are taken apart at commas; a filter is one value. */
export const sssdSettings = (files: readonly HostFile[]): SssdSetting[] =>
  files.flatMap((file) => {
    let domain = ''
    return textOf(file)
      .split('\n')
      .slice(0, 10_000)
      .flatMap((line): SssdSetting[] => {
        const section = /^\s*\[domain\/([^\]]{1,256})\]\s*$/.exec(line)
        if (section !== null) domain = section[1] ?? ''
        const [, written = '', value = ''] = /^\s*([a-z0-9_]{1,64})\s*=\s*(.{0,4096}?)\s*$/.exec(line) ?? []
        const key = SSSD_KEYS.find((known) => known === written)
        if (key === undefined || domain === '') return []
        const list = key.startsWith('simple_') ? value.split(/\s*,\s*/).filter((one) => one !== '') : [value]
        return [{ domain, key, values: list.slice(0, 1024), path: file.path.slice(0, 4096) }]
      })
  })

/** A realm as `realm list` tells of it. */
export interface Realm {
  readonly name: string
  readonly policy: string
  readonly logins: readonly string[]
  readonly groups: readonly string[]
}

export const realms = (text: string): Realm[] => {
  const found: { name: string; policy: string; logins: string[]; groups: string[] }[] = []
  for (const line of text.split('\n').slice(0, 10_000)) {
    const [, name] = /^(\S{1,256})\s*$/.exec(line) ?? []
    if (name !== undefined) found.push({ name, policy: '', logins: [], groups: [] })
    const [, key, value = ''] =
      /^ {1,8}(login-policy|permitted-logins|permitted-groups): ?(.{0,4096})$/.exec(line) ?? []
    const last = found.at(-1)
    if (last === undefined) continue
    const list = value.split(/\s*,\s*/).filter((one) => one !== '')
    if (key === 'login-policy') last.policy = value
    else if (key === 'permitted-logins') last.logins.push(...list)
    else if (key === 'permitted-groups') last.groups.push(...list)
  }
  return found.slice(0, 64)
}

const LOCAL = new WeakMap<HostFile, ReturnType<typeof readLocal>>()

const localNames = ({ passwd, group }: DirectoryGathered) => {
  const known = passwd && LOCAL.get(passwd)
  if (known !== undefined) return known
  const local = readLocal(passwd, group)
  if (passwd !== undefined) LOCAL.set(passwd, local)
  return local
}

const readLocal = (passwd: HostFile | undefined, group: HostFile | undefined) => {
  const groups = groupsOf(group).entries
  return {
    names: new Set(passwdOf(passwd).entries.map(({ name }) => name)),
    groups: new Set(groups.map(({ name }) => name)),
    /** The name of each number, by its first line. */
    gids: new Map(groups.toReversed().map(({ gid, name }) => [gid, name])),
  }
}

/** What the host's own files call a group. */
export const localGroupName = (gathered: DirectoryGathered, gid: number): string | undefined =>
  localNames(gathered).gids.get(gid)

/** Each line begins with a name as it was asked for, padded; numbers follow. */
function* initgroups(text: string, keys: readonly string[]): Generator<[string, number[]]> {
  const asked = new Set(keys)
  for (const line of text.split('\n')) {
    const [, name = '', numbers = ''] = /^(.{1,300}?) {1,30}((?:\d{1,10} ?)*)$/.exec(line) ?? []
    if (asked.has(name.trimEnd()))
      yield [
        name.trimEnd(),
        numbers
          .split(' ')
          .filter((one) => one !== '')
          .map(Number),
      ]
  }
}

/** Members of a group, some of them if there are very many. */
function* firstNames({ members }: GroupEntry, most: number): Generator<string> {
  let count = 0
  for (const name of members()) {
    if (count++ >= most) return
    yield name
  }
}

/** Numbers of groups that somebody belongs to and nobody named yet. */
const unnamedGroups = (gathered: DirectoryGathered): string[] => {
  const { groups, memberships, accounts } = readDirectory(gathered)
  const named = new Set(groups.map(({ entry }) => entry.gid))
  const theirs = new Set(accounts.map(({ entry }) => entry.name))
  const all = [...memberships].flatMap(([name, gids]) => (theirs.has(name) ? gids : []))
  return [...new Set(all)].filter((gid) => !named.has(gid) && localGroupName(gathered, gid) === undefined).map(String)
}
