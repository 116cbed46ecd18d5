import type { Finding, FindingOf, Reason } from '@rollcall/contract'
import { clipped, MAX_NAME, MAX_PATH } from '../formats/accounts/account-file.ts'
import {
  directoryServices,
  gatherDirectory,
  localGroupName,
  readDirectory,
  realms,
  SSSD_FILES,
  SSSD_KEYS,
  sssdSettings,
  SWITCH,
  type Directory,
  type DirectoryGathered,
  type DirectoryService,
  type Known,
} from '../formats/accounts/directory-accounts.ts'
import { effectiveShell, isInteractiveShell } from '../formats/accounts/login-shell.ts'
import type { PasswdEntry } from '../formats/accounts/passwd.ts'
import type { CommandResult, FindResult, HostFile } from '../host.ts'
import { exampleFile, exampleOutput, hostProbe, outputOf, textOf } from '../probe.ts'

interface Gathered extends DirectoryGathered {
  /** What `wbinfo --unix-ids-to-sids` said of these uids, a line each. */
  readonly sids?: { readonly uids: readonly number[]; readonly result: CommandResult }
}

const MOST_FINDINGS = 100_000

export default hostProbe<Gathered>({
  id: 'directory-accounts',
  title: 'Accounts of a directory that the host mentions: who they are here, and which groups they belong to',
  needs: [
    { reads: SWITCH, right: 'any-account', hides: 'whether the host takes accounts from a directory' },
    {
      reads: 'getent passwd, group and initgroups, with the names that the host itself mentions and no others',
      right: 'any-account',
      hides: 'accounts of the directory that can work here. Those that are mentioned nowhere on the host stay unknown',
    },
    {
      reads: `${SSSD_FILES.join(' and ')}: only the lines that name ${SSSD_KEYS.join(', ')}`,
      right: 'root',
      hides: 'whom SSSD lets in',
      grants: { read: SSSD_FILES },
    },
    {
      reads: 'sudoers, access.conf(5), sshd_config, owners of folders in /home, the end of wtmp, `realm list`',
      right: 'root',
      hides: 'accounts that are mentioned only there',
      grants: { read: ['/etc/sudoers', '/etc/sudoers.d/*', '/etc/ssh/sshd_config', '/etc/ssh/sshd_config.d/*'] },
    },
    {
      reads: 'wbinfo --unix-ids-to-sids',
      right: 'any-account',
      hides: 'which SID an account has in Active Directory; it then goes by its name and domain',
    },
  ],

  async gather(host) {
    const gathered = await gatherDirectory(host)
    const uids = readDirectory(gathered)
      .accounts.filter(({ service }) => service === 'winbind')
      .map(({ entry }) => entry.uid)
    if (uids.length === 0) return gathered
    const result = await host.run('wbinfo', `--unix-ids-to-sids=${uids.map((uid) => `u${uid}`).join(',')}`)
    return { ...gathered, sids: { uids, result } }
  },

  parse(gathered) {
    const services = directoryServices(gathered)
    if (services.length === 0) return { findings: [] }
    const directory = readDirectory(gathered)
    const findings = [...everyFact(gathered, directory)]
    const asked = gathered.answers.filter(({ database }) => database !== 'initgroups')
    return {
      findings: findings.slice(0, MOST_FINDINGS),
      reasons: [
        ...directory.reasons,
        ...(findings.length > MOST_FINDINGS
          ? [{ code: 'too-many' as const, count: findings.length - MOST_FINDINGS }]
          : []),
        ...(asked.some(({ result }) => result.state === 'unread' && result.why === 'tool-missing')
          ? [{ code: 'tool-missing' as const, detail: 'getent' }]
          : []),
      ],
      notes: [onlyMentioned(services)],
    }
  },

  examples: examples(),
})

/** What nobody may take this for: a list of everybody whom the directory would let in. */
function onlyMentioned(services: readonly DirectoryService[]): Reason {
  return {
    code: 'left-out',
    path: SWITCH,
    detail: `of ${services.join(', ')} only accounts and groups that the host mentions were asked for`,
  }
}

function* everyFact(gathered: Gathered, directory: Directory): Generator<Finding> {
  yield* settings(gathered)
  const line = lineOfPasswd(gathered.nsswitch)
  const place = { path: SWITCH, ...(line === undefined ? {} : { line }) }
  const groupNames = new Map(directory.groups.map(({ entry }) => [entry.gid, entry.name]))
  const nameOf = (gid: number) => localGroupName(gathered, gid) ?? groupNames.get(gid) ?? String(gid)
  const sids = sidsByUid(gathered)
  const told = new Set<string>()
  function* member(account: string, gid: number, role: 'primary' | 'member'): Generator<Finding> {
    const key = `${gid} ${account}`
    if (told.has(key) || account.length > MAX_NAME) return
    told.add(key)
    yield { kind: 'membership', account, group: clipped(nameOf(gid), MAX_NAME), gid, role, place }
  }
  for (const known of directory.accounts) {
    yield account(known, gathered, sids, place)
    yield* member(known.entry.name, known.entry.gid, 'primary')
    for (const gid of directory.memberships.get(known.entry.name) ?? []) yield* member(known.entry.name, gid, 'member')
  }
  const people = new Set(directory.accounts.map(({ entry }) => entry.name))
  for (const { entry } of directory.groups)
    for (const name of entry.members()) if (people.has(name)) yield* member(name, entry.gid, 'member')
}

const account = (
  { service, entry }: Known<PasswdEntry>,
  gathered: Gathered,
  sids: ReadonlyMap<number, string>,
  place: FindingOf<'account'>['place'],
): FindingOf<'account'> => {
  const [domain, sid] = [domainOf(entry.name, service, gathered), sids.get(entry.uid)]
  const { name, uid, gid, gecos, home, shell } = entry
  return {
    kind: 'account',
    name,
    uid,
    gid,
    ...(gecos === '' ? {} : { description: clipped(gecos, 512) }),
    home: clipped(home, MAX_PATH),
    shell: clipped(effectiveShell(shell), MAX_PATH),
    interactiveShell: isInteractiveShell(shell),
    source: service,
    ...(domain === undefined && sid === undefined
      ? {}
      : { directory: { ...(domain === undefined ? {} : { domain }), ...(sid === undefined ? {} : { sid }) } }),
    place,
  }
}

/** The domain in a name, `alice@example.org` or `EXAMPLE\alice`; else the only one that the service is set up for. */
const domainOf = (name: string, service: DirectoryService, { sssd, mentions }: Gathered): string | undefined => {
  const [, before] = /^([^\\]{1,256})\\/.exec(name) ?? []
  const [, after] = /@([^@]{1,256})$/.exec(name) ?? []
  if (before !== undefined || after !== undefined) return before ?? after
  const candidates =
    service === 'sss'
      ? sssdDomains(sssd)
      : service === 'winbind'
        ? sambaDomains(mentions?.samba)
        : service === 'ldap'
          ? bases(mentions?.nslcd)
          : []
  return candidates.length === 1 ? candidates[0] : undefined
}

const sssdDomains = (files: readonly HostFile[]) => {
  const settings = sssdSettings(files)
  return [...new Set(settings.map(({ domain }) => domain))].map((section) => {
    const own = settings.filter(({ domain }) => domain === section)
    const named = (['ad_domain', 'ipa_domain', 'krb5_realm'] as const).flatMap(
      (key) => own.find((one) => one.key === key)?.values[0] ?? [],
    )
    return clipped(named[0] ?? section, 256)
  })
}

const sambaDomains = (files: readonly HostFile[] = []) => {
  const [, realm] = /^[ \t]*realm[ \t]*=[ \t]*(\S{1,256})/m.exec(textOf(files[0])) ?? []
  const [, workgroup] = /^[ \t]*workgroup[ \t]*=[ \t]*(\S{1,256})/m.exec(textOf(files[0])) ?? []
  return [realm ?? workgroup].filter((name) => name !== undefined)
}

/** `base dc=example,dc=org` is example.org. */
const bases = (files: readonly HostFile[] = []) => {
  const [, base = ''] = /^base[ \t]+(dc=\S{1,256})/im.exec(textOf(files[0])) ?? []
  const labels = [...base.matchAll(/dc=([\w-]{1,63})/gi)].map(([, label]) => label ?? '')
  return labels.length === 0 ? [] : [labels.join('.')]
}

const sidsByUid = ({ sids }: Gathered): ReadonlyMap<number, string> => {
  if (sids === undefined || sids.result.state !== 'ran') return new Map()
  const lines = outputOf(sids.result).split('\n')
  return new Map(
    sids.uids.flatMap((uid, index) => {
      const sid = lines[index]?.trim() ?? ''
      return /^S-1-5-21(?:-\d{1,10}){4}$/.test(sid) ? [[uid, sid] as const] : []
    }),
  )
}

/** Whom the host lets in, as it is set: by SSSD and as realmd sums it up. */
function* settings({ sssd, mentions }: Gathered): Generator<Finding> {
  for (const { domain, key, values, path } of sssdSettings(sssd)) {
    if (key.endsWith('_domain') || key === 'krb5_realm') continue
    yield {
      kind: 'setting',
      subject: 'realm',
      name: key,
      values: [...values],
      condition: `domain ${domain}`,
      place: { path },
    }
  }
  for (const { name, policy, logins, groups } of mentions === undefined ? [] : realms(outputOf(mentions.realm))) {
    const condition = `realm ${name}`
    if (policy !== '') yield { kind: 'setting', subject: 'realm', name: 'login-policy', values: [policy], condition }
    if (logins.length > 0)
      yield { kind: 'setting', subject: 'realm', name: 'permitted-logins', values: logins.slice(0, 1024), condition }
    if (groups.length > 0)
      yield { kind: 'setting', subject: 'realm', name: 'permitted-groups', values: groups.slice(0, 1024), condition }
  }
}

const lineOfPasswd = (nsswitch: HostFile | undefined): number | undefined => {
  const index = textOf(nsswitch)
    .split('\n')
    .findIndex((line) => /^[ \t]*passwd:/.test(line))
  return index < 0 ? undefined : index + 1
}

function examples() {
  const missing = (path: string): HostFile => ({ path, state: 'unread', why: 'no-such-file' })
  const none: CommandResult = { state: 'unread', why: 'tool-missing' }
  const empty: FindResult = { state: 'found', entries: [], unsearched: [], unnamed: 0 }
  const place = { path: SWITCH, line: 1 }
  const note = (services: DirectoryService) => [onlyMentioned([services])]
  const passwd = exampleFile('/etc/passwd', 'root:x:0:0::/root:/bin/bash\n')
  const group = exampleFile('/etc/group', 'root:x:0:\nsudo:x:27:alice@example.org\n')
  const mentions = { sudoers: [], sshd: [], access: [], homes: empty, wtmp: [], realm: none, samba: [], nslcd: [] }
  const gathered = (services: string, more: Partial<Gathered> = {}): Gathered => ({
    nsswitch: exampleFile(SWITCH, `passwd: files ${services}\ngroup: files ${services}\n`),
    passwd,
    group,
    sssd: [missing(SSSD_FILES[0])],
    userdb: empty,
    mentions,
    answers: [],
    ...more,
  })
  const person = {
    kind: 'account' as const,
    shell: '/bin/bash',
    interactiveShell: true,
    place,
  }
  return [
    {
      title:
        'an account of Active Directory by SSSD that a local group names, with what SSSD lets in; its domain is in its name',
      gathered: gathered('sss', {
        sssd: [
          exampleFile(
            SSSD_FILES[0],
            '[domain/example.org]\nid_provider = ad\naccess_provider = simple\nsimple_allow_groups = admins, Domain Users\n',
          ),
        ],
        answers: [
          {
            database: 'passwd' as const,
            service: 'sss' as const,
            keys: ['alice@example.org'],
            result: exampleOutput('alice@example.org:*:10001:10000:Alice:/home/alice@example.org:/bin/bash\n'),
          },
          {
            database: 'group' as const,
            service: 'sss' as const,
            keys: ['admins'],
            result: exampleOutput('admins@example.org:*:10002:alice@example.org,bob@example.org\n'),
          },
          {
            database: 'initgroups' as const,
            keys: ['alice@example.org'],
            result: exampleOutput('alice@example.org     27 10002\n'),
          },
        ],
      }),
      finds: [
        {
          kind: 'setting' as const,
          subject: 'realm' as const,
          name: 'id_provider',
          values: ['ad'],
          condition: 'domain example.org',
          place: { path: SSSD_FILES[0] },
        },
        {
          kind: 'setting' as const,
          subject: 'realm' as const,
          name: 'access_provider',
          values: ['simple'],
          condition: 'domain example.org',
          place: { path: SSSD_FILES[0] },
        },
        {
          kind: 'setting' as const,
          subject: 'realm' as const,
          name: 'simple_allow_groups',
          values: ['admins', 'Domain Users'],
          condition: 'domain example.org',
          place: { path: SSSD_FILES[0] },
        },
        {
          ...person,
          name: 'alice@example.org',
          uid: 10_001,
          gid: 10_000,
          description: 'Alice',
          home: '/home/alice@example.org',
          source: 'sss' as const,
          directory: { domain: 'example.org' },
        },
        {
          kind: 'membership' as const,
          account: 'alice@example.org',
          group: '10000',
          gid: 10_000,
          role: 'primary' as const,
          place,
        },
        {
          kind: 'membership' as const,
          account: 'alice@example.org',
          group: 'sudo',
          gid: 27,
          role: 'member' as const,
          place,
        },
        {
          kind: 'membership' as const,
          account: 'alice@example.org',
          group: 'admins@example.org',
          gid: 10_002,
          role: 'member' as const,
          place,
        },
      ],
      notes: note('sss'),
    },
    {
      title: 'one by winbind, whose SID the host knows',
      gathered: gathered('winbind', {
        answers: [
          {
            database: 'passwd' as const,
            service: 'winbind' as const,
            keys: ['EXAMPLE\\carol'],
            result: exampleOutput('EXAMPLE\\carol:*:20001:20000::/home/EXAMPLE/carol:/bin/bash\n'),
          },
        ],
        sids: { uids: [20_001], result: exampleOutput('S-1-5-21-1004336348-1177238915-682003330-1105\n') },
      }),
      finds: [
        {
          ...person,
          name: 'EXAMPLE\\carol',
          uid: 20_001,
          gid: 20_000,
          home: '/home/EXAMPLE/carol',
          source: 'winbind' as const,
          directory: { domain: 'EXAMPLE', sid: 'S-1-5-21-1004336348-1177238915-682003330-1105' },
        },
        {
          kind: 'membership' as const,
          account: 'EXAMPLE\\carol',
          group: '20000',
          gid: 20_000,
          role: 'primary' as const,
          place,
        },
      ],
      notes: note('winbind'),
    },
    {
      title: 'one of an LDAP directory by nslcd; the domain is that of the search base',
      gathered: gathered('ldap', {
        mentions: { ...mentions, nslcd: [exampleFile('/etc/nslcd.conf', 'base dc=example,dc=org\n')] },
        answers: [
          {
            database: 'passwd' as const,
            service: 'ldap' as const,
            keys: ['dave'],
            result: exampleOutput('dave:x:30001:30000:Dave:/home/dave:/sbin/nologin\n'),
          },
          {
            database: 'group' as const,
            service: 'ldap' as const,
            keys: ['30000'],
            result: exampleOutput('staff:*:30000:dave\n'),
          },
        ],
      }),
      finds: [
        {
          ...person,
          name: 'dave',
          uid: 30_001,
          gid: 30_000,
          description: 'Dave',
          home: '/home/dave',
          shell: '/sbin/nologin',
          interactiveShell: false,
          source: 'ldap' as const,
          directory: { domain: 'example.org' },
        },
        { kind: 'membership' as const, account: 'dave', group: 'staff', gid: 30_000, role: 'primary' as const, place },
      ],
      notes: note('ldap'),
    },
    {
      title: 'a host without a directory has none of this, though its nsswitch.conf names SSSD as many do',
      gathered: { ...gathered('sss'), mentions: undefined },
      finds: [],
    },
    {
      title: 'whom realmd lets in; and accounts that the host lists itself are its own, whatever the directory says',
      gathered: gathered('ldap', {
        mentions: {
          ...mentions,
          realm: exampleOutput(
            'example.org\n  type: kerberos\n  login-policy: allow-permitted-logins\n  permitted-logins: alice@example.org, bob@example.org\n  permitted-groups: \n',
          ),
        },
        answers: [
          {
            database: 'passwd' as const,
            service: 'ldap' as const,
            keys: ['root'],
            result: exampleOutput('root:x:0:0::/root:/bin/sh\n'),
          },
        ],
      }),
      finds: [
        {
          kind: 'setting' as const,
          subject: 'realm' as const,
          name: 'login-policy',
          values: ['allow-permitted-logins'],
          condition: 'realm example.org',
        },
        {
          kind: 'setting' as const,
          subject: 'realm' as const,
          name: 'permitted-logins',
          values: ['alice@example.org', 'bob@example.org'],
          condition: 'realm example.org',
        },
      ],
      notes: note('ldap'),
    },
  ]
}
