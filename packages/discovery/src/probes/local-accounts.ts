import type { Finding, FindingOf, Reason } from '@rollcall/contract'
import {
  accountNumber,
  clipped,
  MAX_NAME,
  MAX_PATH,
  reasonList,
  type ParsedEntries,
} from '../formats/accounts/account-file.ts'
import { passwordField, type PasswordField } from '../formats/accounts/crypt-hash.ts'
import { parseDscl, type DirectoryRecord } from '../formats/accounts/dscl.ts'
import { groupsOf, parseGroup, type GroupEntry } from '../formats/accounts/group.ts'
import { effectiveShell, isInteractiveShell } from '../formats/accounts/login-shell.ts'
import { parsePasswd, passwdOf, type PasswdEntry } from '../formats/accounts/passwd.ts'
import type { CommandResult, HostFile } from '../host.ts'
import { exampleFile, exampleOutput, hostProbe, outputOf, textOf, type KeyedDigest } from '../probe.ts'

const PASSWD = '/etc/passwd'
const GROUP = '/etc/group'
const SWITCH = '/etc/nsswitch.conf'

/** Files of further services of nsswitch.conf(5): of image-based systems, of SUSE's and of Ubuntu Core. */
const FURTHER = [
  { service: 'altfiles', passwd: '/usr/lib/passwd', group: '/usr/lib/group' },
  { service: 'usrfiles', passwd: '/usr/etc/passwd', group: '/usr/etc/group' },
  { service: 'extrausers', passwd: '/var/lib/extrausers/passwd', group: '/var/lib/extrausers/group' },
] as const

/** Where macOS keeps what dscl(1) tells; /etc/passwd there is for when nothing else runs. */
const DSLOCAL = '/var/db/dslocal/nodes/Default'
const DSCL_USERS = [
  'dscl',
  '.',
  '-readall',
  '/Users',
  'RecordName',
  'UniqueID',
  'PrimaryGroupID',
  'RealName',
  'NFSHomeDirectory',
  'UserShell',
  'AuthenticationAuthority',
] as const
const DSCL_GROUPS = ['dscl', '.', '-readall', '/Groups', 'RecordName', 'PrimaryGroupID', 'GroupMembership'] as const

/** Together with the accounts and groups themselves, at most as many facts as a report carries for one probe. */
const MAX_FACTS = 100_000

interface Gathered {
  readonly passwd?: HostFile | undefined
  readonly group?: HostFile | undefined
  readonly nsswitch?: HostFile | undefined
  /** In the order of `FURTHER`, passwd before group. */
  readonly further?: readonly HostFile[] | undefined
  readonly macos?: { readonly users: CommandResult; readonly groups: CommandResult } | undefined
}

export default hostProbe<Gathered>({
  id: 'local-accounts',
  title: 'Local accounts and the groups they belong to',
  needs: [
    { reads: PASSWD, right: 'any-account', hides: 'every local account' },
    { reads: GROUP, right: 'any-account', hides: 'which groups local accounts belong to' },
    { reads: SWITCH, right: 'any-account', hides: 'whether the host takes accounts from elsewhere as well' },
    {
      reads: `${FURTHER.map(({ passwd, service }) => `${passwd} (${service})`).join(', ')}, and the groups beside them`,
      right: 'any-account',
      hides: 'accounts of systems that keep theirs there as well',
    },
    { reads: 'dscl . -readall, on macOS', right: 'any-account', hides: 'accounts and groups of macOS' },
  ],

  async gather(host) {
    const [[passwd], [group], [nsswitch], further, users, groups] = await Promise.all([
      host.read(PASSWD),
      host.read(GROUP),
      host.read(SWITCH),
      host.read(...FURTHER.flatMap((files) => [files.passwd, files.group])),
      host.run(...DSCL_USERS),
      host.run(...DSCL_GROUPS),
    ])
    if ([users, groups].some((result) => result.state === 'ran' && result.exit !== 0))
      host.missed({ code: 'tool-failed', detail: 'dscl' })
    return { passwd, group, nsswitch, further, macos: { users, groups } }
  },

  parse({ passwd, group, nsswitch, further = [], macos }, { keyedDigest, host }) {
    const accounts = passwdOf(passwd)
    const groups = groupsOf(group)
    const sources = switchSources(nsswitch)
    const notes = [...accounts.notes, ...groups.notes, ...foreignSources(sources)]
    const reasons = [...accounts.reasons, ...groups.reasons]
    for (const [database, path, { compatLines }] of [
      ['passwd', PASSWD, accounts],
      ['group', GROUP, groups],
    ] as const) {
      const told = compatReasons(path, compatLines)
      if (sources[database] === undefined || sources[database].names.includes('compat')) reasons.push(...told)
      else notes.push(...told)
    }
    const [cut, overlong] = [reasonList(PASSWD), reasonList(GROUP)]
    const facts: Finding[] = []
    let unsaid = 0
    const others = furtherFiles(further, sources)
    for (const file of others) {
      notes.push(...file.accounts.notes, ...file.groups.notes)
      reasons.push(...file.accounts.reasons, ...file.groups.reasons)
    }
    const own = { paths: { passwd: PASSWD, group: GROUP }, accounts, groups }
    // Elsewhere a star or mark in passwd says no more than that the password is kept in another file.
    const shadowed = host.os.kernel !== undefined && host.os.kernel !== 'Linux'
    for (const fact of chained(
      // macOS tells of those in /etc/passwd too, which is for when nothing else runs.
      ...(macos?.users.state === 'ran'
        ? [macosFacts(outputOf(macos.users), outputOf(macos.groups))]
        : [everyFact([own, ...others], { keyedDigest, shadowed }, cut, overlong)]),
    )) {
      if (facts.length < MAX_FACTS) facts.push(fact)
      else unsaid++
    }
    if (unsaid > 0) reasons.push({ code: 'too-many', path: GROUP, count: unsaid })
    return { findings: facts, reasons: [...reasons, ...overlong.all()], notes: [...notes, ...cut.all()] }
  },

  examples: [
    {
      title: 'An account, its own group, and a group it was added to',
      gathered: {
        passwd: exampleFile(PASSWD, 'alice:x:1000:1000:Alice Doe,,,:/home/alice:/bin/bash\n'),
        group: exampleFile(GROUP, 'docker:x:998:alice,bob\nalice:x:1000:\n'),
      },
      finds: [
        {
          kind: 'account',
          name: 'alice',
          uid: 1000,
          gid: 1000,
          description: 'Alice Doe,,,',
          home: '/home/alice',
          shell: '/bin/bash',
          interactiveShell: true,
          place: { path: PASSWD, line: 1 },
        },
        {
          kind: 'membership',
          account: 'alice',
          group: 'alice',
          gid: 1000,
          role: 'primary',
          place: { path: PASSWD, line: 1 },
        },
        {
          kind: 'membership',
          account: 'alice',
          group: 'docker',
          gid: 998,
          role: 'member',
          place: { path: GROUP, line: 1 },
        },
        {
          kind: 'membership',
          account: 'bob',
          group: 'docker',
          gid: 998,
          role: 'member',
          place: { path: GROUP, line: 1 },
        },
      ],
    },
    {
      title: 'A second name for root, without a shell of its own',
      gathered: {
        passwd: exampleFile(PASSWD, 'root:x:0:0:root:/root:/bin/bash\ntoor:x:0:0::/root:\n'),
        group: exampleFile(GROUP, 'root:x:0:\n'),
      },
      finds: [
        {
          kind: 'account',
          name: 'root',
          uid: 0,
          gid: 0,
          description: 'root',
          home: '/root',
          shell: '/bin/bash',
          interactiveShell: true,
          sharesUid: ['toor'],
          place: { path: PASSWD, line: 1 },
        },
        {
          kind: 'account',
          name: 'toor',
          uid: 0,
          gid: 0,
          home: '/root',
          shell: '/bin/sh',
          interactiveShell: true,
          sharesUid: ['root'],
          place: { path: PASSWD, line: 2 },
        },
        {
          kind: 'membership',
          account: 'root',
          group: 'root',
          gid: 0,
          role: 'primary',
          place: { path: PASSWD, line: 1 },
        },
        {
          kind: 'membership',
          account: 'toor',
          group: 'root',
          gid: 0,
          role: 'primary',
          place: { path: PASSWD, line: 2 },
        },
      ],
    },
    {
      title: 'A service account whose primary group has no name',
      gathered: { passwd: exampleFile(PASSWD, 'ftp:x:107:65534::/srv/ftp:/usr/sbin/nologin\n') },
      finds: [
        {
          kind: 'account',
          name: 'ftp',
          uid: 107,
          gid: 65_534,
          home: '/srv/ftp',
          shell: '/usr/sbin/nologin',
          interactiveShell: false,
          place: { path: PASSWD, line: 1 },
        },
        {
          kind: 'membership',
          account: 'ftp',
          group: '65534',
          gid: 65_534,
          role: 'primary',
          place: { path: PASSWD, line: 1 },
        },
      ],
    },
    {
      title: 'A password that anybody on the host can read or leave out, since it is not in shadow(5)',
      gathered: { passwd: exampleFile(PASSWD, 'old:$1$saltsalt$qjXMvbEw8oaL.CzflDtaK/:900:0::/:/bin/sh\n') },
      context: { keyedDigest: (hash) => `keyed-digest-of-${hash.length}-characters` },
      finds: [
        {
          kind: 'account',
          name: 'old',
          uid: 900,
          gid: 0,
          home: '/',
          shell: '/bin/sh',
          interactiveShell: true,
          place: { path: PASSWD, line: 1 },
        },
        {
          kind: 'credential',
          class: 'login-password',
          account: 'old',
          state: 'usable',
          scheme: 'md5crypt',
          strength: 'weak',
          digest: 'keyed-digest-of-34-characters',
          place: { path: PASSWD, line: 1 },
        },
        { kind: 'membership', account: 'old', group: '0', gid: 0, role: 'primary', place: { path: PASSWD, line: 1 } },
      ],
    },
    {
      title: 'Lines that the host itself ignores are noted, and no more',
      gathered: {
        passwd: exampleFile(PASSWD, '# local accounts\n\nbroken:x:12\nworse:x:-1:0:::\n+::::::\n'),
        group: exampleFile(GROUP, 'wheel:x:ten:alice\n'),
        nsswitch: exampleFile(SWITCH, 'passwd: files\ngroup: files\n'),
      },
      finds: [],
      notes: [
        { code: 'unparsable', path: PASSWD, line: 3, detail: 'fewer than four fields' },
        { code: 'unparsable', path: PASSWD, line: 4, detail: 'uid or gid is not a number' },
        { code: 'unparsable', path: GROUP, line: 1, detail: 'gid is not a number' },
        { code: 'unsupported', path: PASSWD, line: 5, detail: 'an entry of NIS compatibility' },
      ],
    },
    {
      title: 'Accounts that NIS adds are kept elsewhere, so the list is not complete',
      gathered: {
        passwd: exampleFile(PASSWD, '+@admins::::::\n'),
        nsswitch: exampleFile(SWITCH, 'passwd: compat\n'),
      },
      finds: [],
      reasons: [{ code: 'unsupported', path: PASSWD, line: 1, detail: 'an entry of NIS compatibility' }],
    },
    {
      title: 'An image-based system keeps the accounts of its packages below /usr; those of /etc go before them',
      gathered: {
        passwd: exampleFile(PASSWD, 'core:x:1000:1000::/home/core:/bin/bash\n'),
        group: exampleFile(GROUP, 'core:x:1000:\n'),
        nsswitch: exampleFile(SWITCH, 'passwd: files altfiles\ngroup: files altfiles\n'),
        further: [
          exampleFile('/usr/lib/passwd', 'core:x:9:9::/:/bin/sh\nchrony:x:994:994::/var/lib/chrony:/sbin/nologin\n'),
          exampleFile('/usr/lib/group', 'chrony:x:994:\n'),
        ],
      },
      finds: [
        {
          kind: 'account',
          name: 'core',
          uid: 1000,
          gid: 1000,
          home: '/home/core',
          shell: '/bin/bash',
          interactiveShell: true,
          place: { path: PASSWD, line: 1 },
        },
        {
          kind: 'account',
          name: 'chrony',
          uid: 994,
          gid: 994,
          home: '/var/lib/chrony',
          shell: '/sbin/nologin',
          interactiveShell: false,
          place: { path: '/usr/lib/passwd', line: 2 },
        },
        {
          kind: 'membership',
          account: 'core',
          group: 'core',
          gid: 1000,
          role: 'primary',
          place: { path: PASSWD, line: 1 },
        },
        {
          kind: 'membership',
          account: 'chrony',
          group: 'chrony',
          gid: 994,
          role: 'primary',
          place: { path: '/usr/lib/passwd', line: 2 },
        },
      ],
    },
    {
      title: 'macOS tells of its accounts by dscl; the star in its /etc/passwd says nothing',
      context: { host: { addresses: [], os: { kernel: 'Darwin' } } },
      gathered: {
        passwd: exampleFile(PASSWD, 'root:*:0:0::/var/root:/bin/sh\n'),
        macos: {
          users: exampleOutput(
            'AuthenticationAuthority:\n ;ShadowHash;HASHLIST:<SALTED-SHA512-PBKDF2>\n ;SecureToken;\nNFSHomeDirectory: /Users/bob\nPrimaryGroupID: 20\nRealName:\n Bob Smith\nRecordName: bob com.apple.idms.appleid.prd.000\nUniqueID: 501\nUserShell: /bin/zsh\n-\n',
          ),
          groups: exampleOutput(
            'GroupMembership: root bob\nPrimaryGroupID: 80\nRecordName: admin BUILTIN\\Administrators\n-\nNo such key: GroupMembership\nPrimaryGroupID: 20\nRecordName: staff\n-\n',
          ),
        },
      },
      finds: [
        {
          kind: 'account',
          name: 'bob',
          uid: 501,
          gid: 20,
          description: 'Bob Smith',
          home: '/Users/bob',
          shell: '/bin/zsh',
          interactiveShell: true,
          place: { path: `${DSLOCAL}/users` },
        },
        {
          kind: 'credential',
          class: 'login-password',
          account: 'bob',
          state: 'usable',
          scheme: 'salted-sha512-pbkdf2',
          strength: 'acceptable',
          place: { path: `${DSLOCAL}/users` },
        },
        {
          kind: 'membership',
          account: 'bob',
          group: 'staff',
          gid: 20,
          role: 'primary',
          place: { path: `${DSLOCAL}/users` },
        },
        ...['root', 'bob'].map((account) => ({
          kind: 'membership' as const,
          account,
          group: 'admin',
          gid: 80,
          role: 'member' as const,
          place: { path: `${DSLOCAL}/groups` },
        })),
      ],
    },
    {
      title: 'A host that takes accounts from a directory as well',
      gathered: { nsswitch: exampleFile(SWITCH, 'passwd:\tfiles systemd sss\n') },
      finds: [],
      notes: [
        {
          code: 'unsupported',
          path: SWITCH,
          line: 1,
          detail: 'accounts are also taken from sss, which this probe does not read',
        },
      ],
    },
  ],
})

interface AccountFiles {
  readonly paths: { readonly passwd: string; readonly group: string }
  readonly accounts: ParsedEntries<PasswdEntry>
  readonly groups: ParsedEntries<GroupEntry>
}

interface PasswordReading {
  readonly keyedDigest: KeyedDigest
  readonly shadowed: boolean
}

/** The files of services that nsswitch.conf(5) names besides `files`. Of a name that an earlier one knows, later ones are not asked. */
const furtherFiles = (files: readonly HostFile[], sources: Sources): AccountFiles[] =>
  FURTHER.flatMap(({ service, passwd, group }, index) => {
    const used = (['passwd', 'group'] as const).some((database) => sources[database]?.names.includes(service))
    if (!used) return []
    const [accounts, groups] = [files[index * 2], files[index * 2 + 1]]
    return [
      {
        paths: { passwd, group },
        accounts: parsePasswd(textOf(accounts), passwd),
        groups: parseGroup(textOf(groups), group),
      },
    ]
  })

function* chained(...parts: readonly Iterable<Finding>[]): Generator<Finding> {
  for (const part of parts) yield* part
}

function* everyFact(
  files: readonly AccountFiles[],
  reading: PasswordReading,
  cut: ReasonList,
  overlong: ReasonList,
): Generator<Finding> {
  const [known, told] = [new Set<string>(), new Set<string>()]
  const own = files.map(({ paths, accounts, groups }, index) => {
    const entries = index === 0 ? accounts.entries : accounts.entries.filter(({ name }) => !known.has(name))
    for (const { name } of entries) known.add(name)
    return { paths, entries, groups: groups.entries }
  })
  const sharing = namesByUid(own.flatMap(({ entries }) => entries))
  for (const { paths, entries } of own) {
    for (const entry of entries) {
      yield account(entry, paths.passwd, sharing.get(entry.uid) ?? [], cut)
      const credential = unshadowed(entry, paths.passwd, reading)
      if (credential !== undefined) yield credential
    }
  }
  const names = new Map<number, string>()
  for (const { groups } of own) for (const { name, gid } of groups) if (!names.has(gid)) names.set(gid, name)
  for (const { paths, entries } of own) {
    for (const { name, gid, line } of entries) {
      const group = names.get(gid) ?? String(gid)
      const place = { path: paths.passwd, line }
      yield { kind: 'membership', account: name, group, gid, role: 'primary', place }
    }
  }
  for (const [index, { paths, groups }] of own.entries()) {
    // Groups are merged in many places (nsswitch.conf(5), SUCCESS=merge); each member is told once.
    for (const entry of groups) yield* groupFacts(entry, paths.group, reading, index === 0 ? new Set() : told, overlong)
  }
}

function* groupFacts(
  { name: group, gid, password, members, line }: GroupEntry,
  path: string,
  { keyedDigest, shadowed }: PasswordReading,
  told: Set<string>,
  overlong: ReasonList,
): Generator<Finding> {
  const place = { path, line }
  const field = passwordField(password, keyedDigest)
  if ((field.state === 'usable' || field.state === 'locked') && !shadowed)
    yield { kind: 'credential', class: 'group-password', account: group, ...field, place }
  for (const member of members()) {
    const key = `${gid}:${member}`
    if (told.has(key)) continue
    told.add(key)
    if (member.length > MAX_NAME) {
      overlong.add({ code: 'too-large', line, detail: `a member's name of more than ${MAX_NAME} characters` })
      continue
    }
    yield { kind: 'membership', account: member, group, gid, role: 'member', place }
  }
}

const MOST_SHARING = 64

/** The names of each uid that has several, as many as a finding may name. */
const namesByUid = (entries: readonly PasswdEntry[]) => {
  const names = new Map<number, string[]>()
  for (const { uid, name } of entries) {
    const known = names.get(uid)
    if (known === undefined) names.set(uid, [name])
    else if (known.length <= MOST_SHARING && !known.includes(name)) known.push(name)
  }
  return names
}

const account = (
  { name, uid, gid, gecos, home, shell, line }: PasswdEntry,
  path: string,
  sameUid: readonly string[],
  cut: ReasonList,
): FindingOf<'account'> => {
  if (home.length > MAX_PATH || shell.length > MAX_PATH) {
    cut.add({ code: 'too-large', line, detail: 'a home or shell longer than any path can be' })
  }
  const sharesUid = sameUid.length < 2 ? [] : sameUid.filter((other) => other !== name).slice(0, MOST_SHARING)
  return {
    kind: 'account',
    name,
    uid,
    gid,
    ...(gecos === '' ? {} : { description: clipped(gecos, 512) }),
    home: clipped(home, MAX_PATH),
    shell: clipped(effectiveShell(shell), MAX_PATH),
    interactiveShell: isInteractiveShell(shell),
    ...(sharesUid.length === 0 ? {} : { sharesUid }),
    place: { path, line },
  }
}

/** `x` says that the password is in shadow(5), and `##name` that it is in a protected database; all else is the password field itself. */
const unshadowed = (
  { name, password, line }: PasswdEntry,
  path: string,
  { keyedDigest, shadowed }: PasswordReading,
): FindingOf<'credential'> | undefined =>
  password === 'x' || password.startsWith('##') || (shadowed && /^[*!]{1,2}$/.test(password))
    ? undefined
    : {
        kind: 'credential',
        class: 'login-password',
        account: name,
        ...passwordField(password, keyedDigest),
        place: { path, line },
      }

/** macOS: what Directory Services tells of the accounts and groups that it keeps on the host itself. */
function* macosFacts(users: string, groups: string): Generator<Finding> {
  const names = new Map<number, string>()
  const records = parseDscl(groups).flatMap((record) => {
    const [name, gid] = [first(record, 'RecordName'), macosNumber(first(record, 'PrimaryGroupID'))]
    if (name === undefined || gid === undefined || name.length > MAX_NAME) return []
    if (!names.has(gid)) names.set(gid, name)
    return [{ name, gid, members: record.get('GroupMembership') ?? [] }]
  })
  for (const record of parseDscl(users)) {
    const [name, uid] = [first(record, 'RecordName'), macosNumber(first(record, 'UniqueID'))]
    const gid = macosNumber(first(record, 'PrimaryGroupID'))
    if (name === undefined || uid === undefined || gid === undefined || name.length > MAX_NAME) continue
    const place = { path: `${DSLOCAL}/users` }
    const shell = whole(record, 'UserShell')
    const description = whole(record, 'RealName')
    yield {
      kind: 'account',
      name,
      uid,
      gid,
      ...(description === '' ? {} : { description: clipped(description, 512) }),
      home: clipped(whole(record, 'NFSHomeDirectory'), MAX_PATH),
      shell: clipped(effectiveShell(shell), MAX_PATH),
      interactiveShell: isInteractiveShell(shell),
      place,
    }
    yield { kind: 'credential', class: 'login-password', account: name, ...macosPassword(record), place }
    const group = names.get(gid) ?? String(gid)
    yield { kind: 'membership', account: name, group, gid, role: 'primary', place }
  }
  for (const { name: group, gid, members } of records) {
    for (const account of new Set(members)) {
      if (account.length > MAX_NAME) continue
      yield { kind: 'membership', account, group, gid, role: 'member', place: { path: `${DSLOCAL}/groups` } }
    }
  }
}

/** `;DisabledUser;` locks; the hashes themselves are in a file that only root reads, and stay there. */
const macosPassword = (record: DirectoryRecord): PasswordField => {
  const authorities = (record.get('AuthenticationAuthority') ?? []).join(' ')
  if (!/;(?:ShadowHash|Kerberosv5);/.test(authorities)) return { state: 'none' }
  const state = authorities.includes(';DisabledUser;') ? 'locked' : 'usable'
  return authorities.includes('SALTED-SHA512-PBKDF2')
    ? { state, scheme: 'salted-sha512-pbkdf2', strength: 'acceptable' }
    : { state }
}

/** `nobody` has -2 there, which stands for the highest number but one. */
const macosNumber = (text: string | undefined) =>
  text !== undefined && /^-\d{1,9}$/.test(text) ? 2 ** 32 + Number(text) : accountNumber(text)

const first = (record: DirectoryRecord, attribute: string) => record.get(attribute)?.[0]
const whole = (record: DirectoryRecord, attribute: string) => (record.get(attribute) ?? []).join(' ')

const compatReasons = (path: string, lines: readonly number[]): Reason[] => {
  const list = reasonList(path)
  for (const line of lines) list.add({ code: 'unsupported', line, detail: 'an entry of NIS compatibility' })
  return list.all()
}

type ReasonList = ReturnType<typeof reasonList>

type Sources = Partial<Record<'passwd' | 'group', { names: readonly string[]; line: number }>>

/** Where the host takes accounts and groups from, by nsswitch.conf(5); the last line of a database holds. */
const switchSources = (file: HostFile | undefined): Sources => {
  const sources: Sources = {}
  for (const [index, line] of textOf(file).split('\n').entries()) {
    const match = /^\s*(passwd|group):(.*)$/.exec(line.slice(0, 4096).replace(/#.*/, ''))
    if (match === null) continue
    const names = (match[2] ?? '')
      .toLowerCase()
      .replaceAll(/\[[^\]]*\]/g, ' ')
      .split(/\s+/)
    sources[match[1] === 'passwd' ? 'passwd' : 'group'] = {
      names: names.filter((name) => name !== ''),
      line: index + 1,
    }
  }
  return sources
}

/** Services that list nothing lasting beyond the files: systemd's are its own dynamic users. */
const LOCAL_SERVICES = new Set<string>(['files', 'compat', 'systemd', ...FURTHER.map(({ service }) => service)])

const foreignSources = (sources: Sources): Reason[] =>
  (['passwd', 'group'] as const).flatMap((database): Reason[] => {
    const foreign = (sources[database]?.names ?? []).filter(
      (name) => !LOCAL_SERVICES.has(name) && /^[a-z0-9_-]{1,32}$/.test(name),
    )
    const line = sources[database]?.line
    if (foreign.length === 0 || line === undefined) return []
    const what = database === 'passwd' ? 'accounts' : 'groups'
    return [
      {
        code: 'unsupported',
        path: SWITCH,
        line,
        detail: clipped(`${what} are also taken from ${foreign.join(', ')}, which this probe does not read`, 500),
      },
    ]
  })
