import type { Finding, FindingOf, Reason } from '@rollcall/contract'
import { clipped, MAX_NAME, MAX_PATH, reasonList } from '../formats/account-file.ts'
import { passwordField } from '../formats/crypt-hash.ts'
import { parseGroup, type GroupEntry } from '../formats/group.ts'
import { effectiveShell, isInteractiveShell } from '../formats/login-shell.ts'
import { parsePasswd, type ParsedEntries, type PasswdEntry } from '../formats/passwd.ts'
import type { HostFile } from '../host.ts'
import { exampleFile, hostProbe, textOf, type KeyedDigest } from '../probe.ts'

const PASSWD = '/etc/passwd'
const GROUP = '/etc/group'
const SWITCH = '/etc/nsswitch.conf'

/** Together with the accounts and groups themselves, at most as many facts as a report carries for one probe. */
const MAX_FACTS = 100_000

interface Gathered {
  readonly passwd?: HostFile | undefined
  readonly group?: HostFile | undefined
  readonly nsswitch?: HostFile | undefined
}

export default hostProbe<Gathered>({
  id: 'local-accounts',
  title: 'Local accounts and the groups they belong to',
  needs: [
    { reads: PASSWD, right: 'any-account', hides: 'every local account' },
    { reads: GROUP, right: 'any-account', hides: 'which groups local accounts belong to' },
    { reads: SWITCH, right: 'any-account', hides: 'whether the host takes accounts from elsewhere as well' },
  ],

  async gather(host) {
    const [passwd, group, nsswitch] = await Promise.all([host.read(PASSWD), host.read(GROUP), host.read(SWITCH)])
    return { passwd: passwd[0], group: group[0], nsswitch: nsswitch[0] }
  },

  parse({ passwd, group, nsswitch }, { keyedDigest }) {
    const accounts = parsePasswd(textOf(passwd), PASSWD)
    const groups = parseGroup(textOf(group), GROUP)
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
    for (const fact of everyFact(accounts, groups, keyedDigest, cut, overlong)) {
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

function* everyFact(
  accounts: ParsedEntries<PasswdEntry>,
  groups: ParsedEntries<GroupEntry>,
  keyedDigest: KeyedDigest,
  cut: ReasonList,
  overlong: ReasonList,
): Generator<Finding> {
  const sharing = namesByUid(accounts.entries)
  for (const entry of accounts.entries) {
    yield account(entry, sharing.get(entry.uid) ?? [], cut)
    const credential = unshadowed(entry, keyedDigest)
    if (credential !== undefined) yield credential
  }
  const names = new Map<number, string>()
  for (const { name, gid } of groups.entries) if (!names.has(gid)) names.set(gid, name)
  for (const { name, gid, line } of accounts.entries) {
    const group = names.get(gid) ?? String(gid)
    yield { kind: 'membership', account: name, group, gid, role: 'primary', place: { path: PASSWD, line } }
  }
  for (const { name: group, gid, password, members, line } of groups.entries) {
    const field = passwordField(password, keyedDigest)
    if (field.state === 'usable' || field.state === 'locked') {
      yield { kind: 'credential', class: 'group-password', account: group, ...field, place: { path: GROUP, line } }
    }
    const told = new Set<string>()
    for (const member of members()) {
      if (told.has(member)) continue
      told.add(member)
      if (member.length > MAX_NAME) {
        overlong.add({ code: 'too-large', line, detail: `a member's name of more than ${MAX_NAME} characters` })
        continue
      }
      yield { kind: 'membership', account: member, group, gid, role: 'member', place: { path: GROUP, line } }
    }
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
    place: { path: PASSWD, line },
  }
}

/** `x` says that the password is in shadow(5), and `##name` that it is in a protected database; all else is the password field itself. */
const unshadowed = (
  { name, password, line }: PasswdEntry,
  keyedDigest: KeyedDigest,
): FindingOf<'credential'> | undefined =>
  password === 'x' || password.startsWith('##')
    ? undefined
    : {
        kind: 'credential',
        class: 'login-password',
        account: name,
        ...passwordField(password, keyedDigest),
        place: { path: PASSWD, line },
      }

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
const LOCAL_SERVICES = new Set(['files', 'compat', 'systemd'])

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
