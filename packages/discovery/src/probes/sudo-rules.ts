import type { Finding, Grant, Grantee, Reason } from '@rollcall/contract'
import { MAX_NAME } from '../formats/accounts/account-file.ts'
import { SSSD_FILES } from '../formats/accounts/directory-accounts.ts'
import { parseNetgroups, type Netgroups } from '../formats/accounts/netgroup.ts'
import { grantedFindings, lookAtGranted, type GrantedLook } from '../formats/granted-programs.ts'
import { exampleLook } from '../formats/path-trust.ts'
import {
  expansion,
  gatherDirectoryRules,
  LDAP_FILES,
  parseSudoers,
  readDirectoryRules,
  readPolicy,
  type DirectoryRules,
  type Files,
  type Policy,
  type SudoersFile,
  type ThisHost,
  type Wanted,
} from '../formats/sudoers/index.ts'
import { grantsOf, settingsOf } from '../formats/sudoers/grants.ts'
import type { HostFile } from '../host.ts'
import { exampleFile, exampleOutput, hostProbe, outputOf, type Gathering } from '../probe.ts'

/** Where builds of sudo look: those of distributions, of FreeBSD and by hand, of pkgsrc, of AIX toolboxes, of sudo-rs. */
const ROOTS = [
  '/etc/sudoers',
  '/usr/local/etc/sudoers',
  '/usr/pkg/etc/sudoers',
  '/opt/freeware/etc/sudoers',
  '/etc/sudoers-rs',
] as const
const USUAL_FOLDERS = ['/etc/sudoers.d', '/usr/local/etc/sudoers.d']
const CONFIGURATION = '/etc/sudo.conf'
const SOURCES = '/etc/nsswitch.conf'
const NETGROUPS = '/etc/netgroup'

/** Rounds of following includes into folders nobody expects. */
const MAX_ROUNDS = 16
const MAX_TEXT = 32 * 1024 * 1024

interface Gathered {
  readonly files: readonly HostFile[]
  /** What `uname -n` says, for `%h` in includes. */
  readonly hostname: string
  /** Who may change the commands that rules name. */
  readonly commands?: GrantedLook
  /** What sudo takes from LDAP or SSSD. */
  readonly directory?: DirectoryRules
}

export default hostProbe<Gathered>({
  id: 'sudo-rules',
  title: 'What sudo lets whom run as whom, and the Defaults it does so under',
  needs: [
    {
      reads: '/etc/sudoers and every file it includes',
      right: 'root',
      hides: 'who may become root by sudo',
      grants: { read: [...ROOTS, ...USUAL_FOLDERS.map((folder) => `${folder}/*`)] },
    },
    {
      reads: '/etc/nsswitch.conf and /etc/sudo.conf',
      right: 'any-account',
      hides: 'whether rules come from a directory or another policy plugin as well',
    },
    {
      reads: `where nsswitch.conf names SSSD or LDAP for sudo, the lines of ${SSSD_FILES.join(', ')} and ${LDAP_FILES[0]} that set it up`,
      right: 'root',
      hides: 'that no directory holds rules, where none is set up',
      grants: { read: [...SSSD_FILES, LDAP_FILES[0]] },
    },
    {
      reads: '`sudo -ll -U` for each account, where nsswitch.conf names SSSD or LDAP for sudo and it is set up',
      right: 'root',
      hides: 'rules that a directory holds',
      unlisted: 'only the host knows the accounts to ask about',
    },
  ],

  async gather(host) {
    const [gathered, directory] = await Promise.all([gatherFiles(host), gatherDirectoryRules(host)])
    return { ...gathered, directory }
  },

  parse({ files, hostname, commands, directory }, { host, privilege }) {
    const reasons: Reason[] = []
    const read = reader(files)
    if (read.skipped > 0) reasons.push({ code: 'too-large', detail: 'all sudoers files together' })
    const roots = rootsOf(files)
    const policies = roots.map((root) => readPolicy(root, read, hostname))
    const known = policies.map((policy) => ({ policy, defaults: policy.defaults, resolve: expansion(policy.aliases) }))
    const findings: Finding[] = []
    const notes: Reason[] = []
    const netgroups = netgroupsOf(files)
    const thisHost: ThisHost = {
      ...(host.hostname === undefined ? {} : { hostname: host.hostname }),
      ...(host.fqdn === undefined ? {} : { fqdn: host.fqdn }),
      addresses: host.addresses,
      usesFqdn: usesFqdn(policies, host.os.id),
      ...(netgroups === undefined
        ? {}
        : {
            inNetgroup: (netgroup, name) => {
              const hosts = netgroups.members(netgroup, 'hosts')
              return hosts === undefined ? undefined : hosts.everybody || hosts.names.has(name)
            },
          }),
    }
    const elsewhere = readDirectoryRules(
      directory ?? { configured: [] },
      known.flatMap(({ defaults }) => defaults),
      privilege,
    )
    if (elsewhere.first) findings.push(...elsewhere.grants)
    for (const { policy, resolve } of known) {
      const grants = grantsOf(policy, resolve, thisHost, nextOrder(findings))
      findings.push(
        ...(netgroups === undefined
          ? grants.findings
          : grants.findings.flatMap((grant) => withMembers(grant, netgroups))),
      )
      reasons.push(...policy.cut, ...policy.problems, ...grants.reasons)
      notes.push(...grants.notes, ...missing(policy, read))
    }
    const after = nextOrder(findings)
    if (!elsewhere.first) findings.push(...elsewhere.grants.map((grant) => ({ ...grant, order: after + grant.order })))
    reasons.push(...elsewhere.reasons)
    notes.push(...elsewhere.notes)
    const paths =
      commands === undefined
        ? undefined
        : grantedFindings(
            findings.filter((finding) => finding.kind === 'grant'),
            commands,
          )
    const shared = { defaults: elsewhere.defaults, resolve: expansion(new Map()) }
    const settings = settingsOf(elsewhere.first ? [shared, ...known] : [...known, shared], thisHost)
    findings.push(...settings.findings, ...(paths?.findings ?? []))
    reasons.push(...settings.reasons, ...unseen(files, policies), ...(paths?.reasons ?? []))
    if (roots.length > 1)
      reasons.push({ code: 'unsupported', path: roots[1]!, detail: 'a second sudoers file, of another sudo' })
    if (files.every((file) => !isRoot(file.path) || (file.state === 'unread' && file.why === 'no-such-file')))
      notes.push({ code: 'no-such-file', path: ROOTS[0], detail: 'sudo is not set up here' })
    const nothingRead = !files.some(({ path, state }) => state === 'read' && path.includes('sudoers'))
    return { findings, reasons, notes: [...notes, ...settings.notes], nothingRead }
  },

  examples: [
    {
      title: 'What a fresh Debian has: root and one group',
      gathered: {
        files: [
          exampleFile(
            '/etc/sudoers',
            'Defaults\tenv_reset\n\nroot\tALL=(ALL:ALL) ALL\n%sudo\tALL=(ALL:ALL) ALL\n@includedir /etc/sudoers.d\n',
          ),
          { path: '/etc/sudoers.d/*', state: 'unread', why: 'no-such-file' },
        ],
        hostname: 'web1',
      },
      context: { host: { hostname: 'web1', addresses: [], os: { id: 'debian' } } },
      finds: [
        {
          kind: 'grant',
          mechanism: 'sudo',
          order: 0,
          grantees: [{ type: 'user', name: 'root' }],
          here: 'yes',
          runAs: { users: [{ type: 'all', name: '' }], groups: [{ type: 'all', name: '' }] },
          commands: [{ command: 'ALL' }],
          tags: {},
          options: {},
          place: { path: '/etc/sudoers', line: 3 },
        },
        {
          kind: 'grant',
          mechanism: 'sudo',
          order: 1,
          grantees: [{ type: 'group', name: 'sudo' }],
          here: 'yes',
          runAs: { users: [{ type: 'all', name: '' }], groups: [{ type: 'all', name: '' }] },
          commands: [{ command: 'ALL' }],
          tags: {},
          options: {},
          place: { path: '/etc/sudoers', line: 4 },
        },
        {
          kind: 'setting',
          subject: 'sudo',
          name: 'env_reset',
          values: ['true'],
          place: { path: '/etc/sudoers', line: 1 },
        },
      ],
    },
    {
      title: 'Aliases are resolved, negations kept, tags inherited along the list',
      gathered: {
        files: [
          exampleFile(
            '/etc/sudoers',
            'User_Alias ADMINS = ann, %ops, !guest\nCmnd_Alias SHELLS = /bin/sh, \\\n  /bin/bash\nADMINS ALL = (root) NOPASSWD: ALL, !SHELLS, (www-data) PASSWD: /usr/bin/id ""\n',
          ),
        ],
        hostname: 'web1',
      },
      context: { host: { hostname: 'web1', addresses: [], os: {} } },
      finds: [
        {
          kind: 'grant',
          mechanism: 'sudo',
          order: 0,
          grantees: [
            { type: 'user', name: 'ann' },
            { type: 'group', name: 'ops' },
            { type: 'user', name: 'guest', negated: true },
          ],
          here: 'yes',
          runAs: { users: [{ type: 'user', name: 'root' }] },
          commands: [
            { command: 'ALL' },
            { command: '/bin/sh', negated: true },
            { command: '/bin/bash', negated: true },
          ],
          tags: { passwd: false },
          options: {},
          place: { path: '/etc/sudoers', line: 4 },
        },
        {
          kind: 'grant',
          mechanism: 'sudo',
          order: 1,
          grantees: [
            { type: 'user', name: 'ann' },
            { type: 'group', name: 'ops' },
            { type: 'user', name: 'guest', negated: true },
          ],
          here: 'yes',
          runAs: { users: [{ type: 'user', name: 'www-data' }] },
          commands: [{ command: '/usr/bin/id', arguments: '""' }],
          tags: { passwd: true },
          options: {},
          place: { path: '/etc/sudoers', line: 4 },
        },
      ],
    },
    {
      title: 'Only the rules for this host are found; a netgroup leaves it open',
      gathered: {
        files: [
          exampleFile(
            '/etc/sudoers',
            'bob db*,!db9 = /bin/kill\nbob web*=/bin/ls : 10.1.0.0/16=/bin/ps\nbob +farm=/bin/df\n',
          ),
        ],
        hostname: 'web1',
      },
      context: { host: { hostname: 'web1', addresses: ['10.1.2.3'], os: {} } },
      finds: [
        bobs({ order: 0, command: '/bin/ls', line: 2 }),
        bobs({ order: 1, command: '/bin/ps', line: 2 }),
        { ...bobs({ order: 2, command: '/bin/df', line: 3 }), here: 'unknown' },
      ],
    },
    {
      title: 'Included files come where they are included, in the order of their names; those with a dot or ~ do not',
      gathered: {
        files: [
          exampleFile('/etc/sudoers', 'bob ALL=/bin/a\n#includedir sudoers.d\nbob ALL=/bin/d\n@include /etc/none\n'),
          exampleFile('/etc/sudoers.d/20-x', 'bob ALL=/bin/c\n'),
          exampleFile('/etc/sudoers.d/10-x', 'bob ALL=/bin/b\n'),
          exampleFile('/etc/sudoers.d/15-x.bak', 'bob ALL=ALL\n'),
          exampleFile('/etc/sudoers.d/15-x~', 'bob ALL=ALL\n'),
          { path: '/etc/none', state: 'unread', why: 'no-such-file' },
        ],
        hostname: 'web1',
      },
      finds: [
        bobs({ order: 0, command: '/bin/a', line: 1 }),
        bobs({ order: 1, command: '/bin/b', line: 1, path: '/etc/sudoers.d/10-x' }),
        bobs({ order: 2, command: '/bin/c', line: 1, path: '/etc/sudoers.d/20-x' }),
        bobs({ order: 3, command: '/bin/d', line: 3 }),
      ],
      notes: [{ code: 'no-such-file', path: '/etc/none' }],
    },
    {
      title: 'A line sudo cannot read is told and skipped, as sudo does',
      gathered: {
        files: [
          exampleFile(
            '/etc/sudoers',
            'bob ALL=/bin/a\nbob ALL ALL\nbob ALL=NOPASSWD ALL\n\u0000\u0001\nbob ALL=/bin/b',
          ),
        ],
        hostname: 'web1',
      },
      finds: [bobs({ order: 0, command: '/bin/a', line: 1 }), bobs({ order: 1, command: '/bin/b', line: 5 })],
      reasons: [
        { code: 'unparsable', path: '/etc/sudoers', line: 2 },
        { code: 'unparsable', path: '/etc/sudoers', line: 3 },
        { code: 'unparsable', path: '/etc/sudoers', line: 4 },
      ],
    },
    {
      title: 'Defaults with what they are bound to',
      gathered: {
        files: [
          exampleFile(
            '/etc/sudoers',
            'Defaults !authenticate, env_keep += "LD_PRELOAD LANG"\nDefaults env_keep -= LANG\nDefaults:ann,%ops !requiretty\nDefaults>root rootpw\nDefaults@web* passwd_tries=5\nDefaults@db* insults\n',
          ),
        ],
        hostname: 'web1',
      },
      context: { host: { hostname: 'web1', addresses: [], os: {} } },
      finds: [
        {
          kind: 'setting',
          subject: 'sudo',
          name: 'authenticate',
          values: ['false'],
          place: { path: '/etc/sudoers', line: 1 },
        },
        {
          kind: 'setting',
          subject: 'sudo',
          name: 'env_keep',
          values: ['+LD_PRELOAD', '-LANG'],
          place: { path: '/etc/sudoers', line: 2 },
        },
        {
          kind: 'setting',
          subject: 'sudo',
          name: 'requiretty',
          values: ['false'],
          condition: 'Defaults:ann,%ops',
          place: { path: '/etc/sudoers', line: 3 },
        },
        {
          kind: 'setting',
          subject: 'sudo',
          name: 'rootpw',
          values: ['true'],
          condition: 'Defaults>root',
          place: { path: '/etc/sudoers', line: 4 },
        },
        {
          kind: 'setting',
          subject: 'sudo',
          name: 'passwd_tries',
          values: ['5'],
          place: { path: '/etc/sudoers', line: 5 },
        },
      ],
    },
    {
      title: 'of Defaults under different conditions the order counts, and those of commands come last',
      gathered: {
        files: [
          exampleFile('/etc/sudoers', 'Defaults!/usr/bin/id rootpw\nDefaults:ann rootpw\nDefaults !rootpw, insults\n'),
        ],
        hostname: 'web1',
      },
      finds: [
        {
          kind: 'setting',
          subject: 'sudo',
          name: 'rootpw',
          values: ['true'],
          condition: 'Defaults:ann',
          order: 0,
          place: { path: '/etc/sudoers', line: 2 },
        },
        {
          kind: 'setting',
          subject: 'sudo',
          name: 'rootpw',
          values: ['false'],
          order: 1,
          place: { path: '/etc/sudoers', line: 3 },
        },
        {
          kind: 'setting',
          subject: 'sudo',
          name: 'insults',
          values: ['true'],
          place: { path: '/etc/sudoers', line: 3 },
        },
        {
          kind: 'setting',
          subject: 'sudo',
          name: 'rootpw',
          values: ['true'],
          condition: 'Defaults!/usr/bin/id',
          order: 3,
          place: { path: '/etc/sudoers', line: 1 },
        },
      ],
    },
    {
      title: 'Rules of a directory are those that sudo lists; what the files say is not told twice',
      gathered: {
        files: [exampleFile('/etc/sudoers', 'Defaults env_reset\nbob ALL=/bin/a\n')],
        hostname: 'web1',
        directory: {
          nsswitch: exampleFile('/etc/nsswitch.conf', 'passwd: files sss\nsudoers: files sss\n'),
          configured: [exampleFile('/etc/sssd/sssd.conf', 'services = nss, pam, sudo\n')],
          uid: exampleOutput('0\n'),
          listings: [
            {
              account: 'ann',
              result: exampleOutput(
                'Matching Defaults entries for ann on web1:\n    env_reset, env_keep+=LD_PRELOAD\n\nUser ann may run the following commands on web1:\n\nLDAP Role: admins\n    RunAsUsers: ALL\n    RunAsGroups: ALL\n    Options: !authenticate\n    Commands:\n\tALL\n\t!/bin/su\n',
              ),
            },
            {
              account: 'bob',
              result: exampleOutput(
                'Matching Defaults entries for bob on web1:\n    env_reset, env_keep+=LD_PRELOAD\n\nUser bob may run the following commands on web1:\n\nSudoers entry: /etc/sudoers\n    RunAsUsers: root\n    Commands:\n\t/bin/a\n\nLDAP Role: admins\n    RunAsUsers: ALL\n    RunAsGroups: ALL\n    Options: !authenticate\n    Commands:\n\tALL\n\t!/bin/su\n',
              ),
            },
            { account: 'eve', result: exampleOutput('User eve is not allowed to run sudo on web1.\n') },
          ],
        },
      },
      finds: [
        bobs({ order: 0, command: '/bin/a', line: 2 }),
        {
          kind: 'grant',
          mechanism: 'sudo',
          order: 1,
          grantees: [
            { type: 'user', name: 'ann' },
            { type: 'user', name: 'bob' },
          ],
          here: 'yes',
          runAs: { users: [{ type: 'all', name: '' }], groups: [{ type: 'all', name: '' }] },
          commands: [{ command: 'ALL' }, { command: '/bin/su', negated: true }],
          tags: { passwd: false },
          options: { 'directory-role': 'admins' },
          place: { path: '/etc/nsswitch.conf', line: 2 },
        },
        {
          kind: 'setting',
          subject: 'sudo',
          name: 'env_reset',
          values: ['true'],
          place: { path: '/etc/sudoers', line: 1 },
        },
        {
          kind: 'setting',
          subject: 'sudo',
          name: 'env_keep',
          values: ['+LD_PRELOAD'],
          place: { path: '/etc/nsswitch.conf', line: 2 },
        },
      ],
      notes: [
        {
          code: 'left-out',
          path: '/etc/nsswitch.conf',
          line: 2,
          detail: 'sudo rules from sss for accounts that this host does not mention',
        },
      ],
    },
    {
      title: 'Rules of a directory that only root may list are missing, and that is said',
      gathered: {
        files: [exampleFile('/etc/sudoers', 'bob ALL=/bin/a\n')],
        hostname: 'web1',
        directory: {
          nsswitch: exampleFile('/etc/nsswitch.conf', 'sudoers: files ldap\n'),
          configured: [exampleFile('/etc/sudo-ldap.conf', 'sudoers_base ou=sudoers,dc=example,dc=org\n')],
          uid: exampleOutput('1000\n'),
        },
      },
      finds: [bobs({ order: 0, command: '/bin/a', line: 1 })],
      reasons: [
        {
          code: 'not-permitted',
          path: '/etc/nsswitch.conf',
          line: 1,
          detail: 'sudo rules from ldap: only root may list them',
        },
      ],
    },
    {
      title: 'What a list of commands cannot show is said, and what hides whether there is anything',
      gathered: {
        files: [exampleFile('/etc/sudoers', 'bob ALL=/bin/a\n')],
        hostname: 'web1',
        directory: {
          nsswitch: exampleFile('/etc/nsswitch.conf', 'sudoers: files sss ldap\n'),
          configured: [
            exampleFile('/etc/sssd/sssd.conf', 'services = nss, sudo\n'),
            { path: '/etc/sudo-ldap.conf', state: 'unread', why: 'not-permitted' },
          ],
          uid: exampleOutput('1000\n'),
        },
      },
      context: { privilege: 'listed' },
      finds: [bobs({ order: 0, command: '/bin/a', line: 1 })],
      reasons: [
        {
          code: 'not-permitted',
          path: '/etc/nsswitch.conf',
          line: 1,
          detail: 'sudo rules from sss: no list of commands lets anybody but root list them',
        },
        {
          code: 'not-permitted',
          path: '/etc/sudo-ldap.conf',
          detail: 'whether sudo takes rules from ldap as well; no list of commands lets anybody but root list them',
        },
      ],
    },
    {
      title:
        'With SSSD in nsswitch.conf alone, as many distributions have it, nothing is hidden once its file can be read',
      gathered: {
        files: [exampleFile('/etc/sudoers', 'bob ALL=/bin/a\n')],
        hostname: 'web1',
        directory: {
          nsswitch: exampleFile('/etc/nsswitch.conf', 'sudoers: files sss\n'),
          configured: [exampleFile('/etc/sssd/sssd.conf', 'services = nss, pam\n')],
        },
      },
      context: { privilege: 'listed' },
      finds: [bobs({ order: 0, command: '/bin/a', line: 1 })],
    },
    {
      title: 'Where /etc/netgroup alone says who is in a netgroup, its users stand in its place',
      gathered: {
        files: [
          exampleFile('/etc/sudoers', '+admins ALL=/bin/a\n+none ALL=/bin/b\nbob +farm=/bin/c\nbob +web=/bin/d\n'),
          exampleFile('/etc/nsswitch.conf', 'netgroup: files\n'),
          exampleFile('/etc/netgroup', 'admins (-,bob,)\nfarm (web1,-,)\nweb (web2,-,)\n'),
        ],
        hostname: 'web1',
      },
      context: { host: { hostname: 'web1', addresses: [], os: {} } },
      finds: [bobs({ order: 0, command: '/bin/a', line: 1 }), bobs({ order: 2, command: '/bin/c', line: 3 })],
    },
    {
      title: 'A command that others may change is worth more than it does',
      gathered: {
        files: [exampleFile('/etc/sudoers', 'bob ALL=/opt/x\n')],
        hostname: 'web1',
        commands: {
          paths: exampleLook(
            [],
            [
              { path: '/opt', type: 'folder', mode: 0o755 },
              { path: '/opt/x', mode: 0o775, gid: 1001 },
            ],
          ),
        },
      },
      finds: [
        bobs({ order: 0, command: '/opt/x', line: 1 }),
        {
          kind: 'file',
          role: 'run-as',
          type: 'file',
          owner: 0,
          group: 1001,
          mode: '0775',
          modified: '2026-03-01T12:00:00Z',
          account: 'root',
          writableBy: ['group'],
          because: 'sudo rule',
          namedBy: { path: '/etc/sudoers', line: 1 },
          place: { path: '/opt/x' },
        },
      ],
    },
    {
      title: 'Rules that the scan account may not read are not taken for none',
      gathered: {
        files: ROOTS.map(
          (path) =>
            ({ path, state: 'unread', why: path === '/etc/sudoers' ? 'not-permitted' : 'no-such-file' }) as const,
        ),
        hostname: 'web1',
      },
      finds: [],
      notes: [],
    },
    {
      title: 'A host without sudo is complete, and has no rules',
      gathered: {
        files: ROOTS.map((path) => ({ path, state: 'unread', why: 'no-such-file' }) as const),
        hostname: 'web1',
      },
      finds: [],
      notes: [{ code: 'no-such-file', path: '/etc/sudoers', detail: 'sudo is not set up here' }],
    },
  ],
})

/** What the examples find for a rule of bob's. */
function bobs({
  order,
  command,
  line,
  path = '/etc/sudoers',
}: {
  order: number
  command: string
  line: number
  path?: string
}): Extract<Finding, { kind: 'grant' }> {
  return {
    kind: 'grant',
    mechanism: 'sudo',
    order,
    grantees: [{ type: 'user', name: 'bob' }],
    here: 'yes',
    runAs: {},
    commands: [{ command }],
    tags: {},
    options: {},
    place: { path, line },
  }
}

/** The sudoers files with what they include, and the commands they name. */
const gatherFiles = async (host: Gathering): Promise<Gathered> => {
  const [first, name] = await Promise.all([
    host.read(...ROOTS, ...USUAL_FOLDERS.map((folder) => `${folder}/*`), SOURCES, CONFIGURATION, NETGROUPS),
    host.run('uname', '-n'),
  ])
  const gathered = { files: [...first], hostname: shortName(outputOf(name).trim().slice(0, 256)) }
  const asked = new Set([...ROOTS, ...USUAL_FOLDERS])
  for (let round = 0; ; round++) {
    const wanted = unasked(gathered, asked)
    if (wanted.length === 0) return withCommands(host, gathered)
    if (round === MAX_ROUNDS) {
      host.missed({ code: 'too-deep', ...wanted[0]?.at })
      return withCommands(host, gathered)
    }
    gathered.files.push(...(await ask(host, wanted, asked)))
  }
}

/** The number of the next rule: those for nobody here leave gaps. */
const nextOrder = (findings: readonly Finding[]): number => {
  const last = findings.at(-1)
  return last?.kind === 'grant' ? last.order + 1 : 0
}

/** The commands of rules are looked at where they lie, unless none is named by its path. */
const withCommands = async (host: Gathering, gathered: Omit<Gathered, 'commands'>): Promise<Gathered> => {
  const read = reader(gathered.files)
  const grants = rootsOf(gathered.files).flatMap((root) => {
    const policy = readPolicy(root, read, gathered.hostname)
    return grantsOf(policy, expansion(policy.aliases), EVERY_HOST, 0).findings
  })
  const commands = await lookAtGranted(host, grants)
  return commands === undefined ? gathered : { ...gathered, commands }
}

const EVERY_HOST: ThisHost = { addresses: [], usesFqdn: 'unknown' }

/** Netgroups, where /etc/netgroup alone says who is in them. */
const netgroupsOf = (files: readonly HostFile[]): Netgroups | undefined => {
  const sources = fileText(files.find(({ path }) => path === SOURCES))
  const words = /^[ \t]*netgroup[ \t]*:([^#\n]*)/im.exec(sources)?.[1]?.trim().split(/\s+/) ?? []
  const file = files.find(({ path }) => path === NETGROUPS)
  const read = file?.state === 'read' ? !file.truncated : file?.state === 'unread' && file.why === 'no-such-file'
  return read && words.length === 1 && words[0] === 'files' ? parseNetgroups(fileText(file)) : undefined
}

/** A rule with its netgroups' users in place of them. */
const withMembers = (grant: Grant, netgroups: Netgroups): Grant[] => {
  const grantees = expanded(grant.grantees, netgroups, 4096)
  const users = grant.runAs.users === undefined ? undefined : expanded(grant.runAs.users, netgroups, 1024)
  if (grantees === undefined || (grant.runAs.users !== undefined && users === undefined)) return [grant]
  // Nobody is in them: the rule is for nobody, or lets nobody be anybody.
  if (grantees.length === 0 || (users?.length === 0 && grant.runAs.users?.length !== 0)) return []
  return [{ ...grant, grantees, ...(users === undefined ? {} : { runAs: { ...grant.runAs, users } }) }]
}

const expanded = (list: readonly Grantee[], netgroups: Netgroups, most: number): Grantee[] | undefined => {
  const all: Grantee[] = []
  for (const one of list) {
    const members = one.type === 'netgroup' ? netgroups.members(one.name, 'users') : undefined
    if (one.type === 'netgroup' && members === undefined) return undefined
    const negated = one.negated === true ? { negated: true as const } : {}
    if (members === undefined) all.push(one)
    else if (members.everybody) all.push({ type: 'all', name: '', ...negated })
    else
      all.push(
        ...[...members.names]
          .filter((name) => name.length <= MAX_NAME)
          .map((name): Grantee => ({ type: 'user', name, ...negated })),
      )
    if (all.length > most) return undefined
  }
  return all
}

/** What includes lead to that has not been asked for. */
const unasked = ({ files, hostname }: Gathered, asked: ReadonlySet<string>): Wanted[] => {
  const read = reader(files)
  const wanted = rootsOf(files).flatMap((root) => readPolicy(root, read, hostname).wanted)
  const custom = customRoot(files)
  if (custom !== undefined) wanted.push({ path: custom, directory: false, at: { path: CONFIGURATION } })
  return [...new Map(wanted.filter(({ path }) => !asked.has(path)).map((one) => [one.path, one])).values()]
}

const ask = (host: Gathering, wanted: readonly Wanted[], asked: Set<string>) => {
  for (const { path } of wanted) asked.add(path)
  return host.read(...wanted.map(({ path, directory }) => literal(path) + (directory ? '/*' : '')))
}

/** A path as a pattern that matches only itself. */
const literal = (path: string) => path.replaceAll(/[*?[]/g, '[$&]')

const isRoot = (path: string) => (ROOTS as readonly string[]).includes(path)

/** The sudoers files that sudo starts from: the one its configuration names, or else those of the builds that are here. */
const rootsOf = (files: readonly HostFile[]): string[] => {
  const there = (path: string) => files.some((file) => file.path === path && file.state === 'read')
  const custom = customRoot(files)
  return custom !== undefined && there(custom) ? [custom] : ROOTS.filter(there)
}

/** The file that `Plugin sudoers_policy sudoers.so sudoers_file=…` names (sudo.conf(5)). */
const customRoot = (files: readonly HostFile[]): string | undefined => {
  const text = fileText(files.find(({ path }) => path === CONFIGURATION))
  const path = /^[ \t]*Plugin[ \t]+sudoers_policy\b[^\n]*[ \t]sudoers_file=([^\s]{1,4096})/m.exec(text)?.[1]
  return path?.startsWith('/') && !ROOTS.some((root) => root === path) ? path : undefined
}

/** The files as parsed, each once. */
const reader = (files: readonly HostFile[]): Files & { readonly skipped: number; absent(path: string): boolean } => {
  const byPath = new Map(files.map((file) => [file.path, file]))
  const folders = Map.groupBy(
    files.filter(({ state }) => state === 'read').map(({ path }) => path),
    (path) => path.slice(0, path.lastIndexOf('/')),
  )
  const parsed = new Map<string, SudoersFile>()
  let size = 0
  let skipped = 0
  return {
    file(path) {
      const known = parsed.get(path)
      if (known !== undefined) return known
      const file = byPath.get(path)
      if (file?.state !== 'read') return undefined
      size += file.bytes.length
      if (size > MAX_TEXT) skipped++
      const result = size > MAX_TEXT ? { entries: [], problems: [] } : parsedFile(file)
      parsed.set(path, result)
      return result
    },
    folder: (path) => folders.get(path) ?? (byPath.has(`${path}/*`) ? [] : undefined),
    absent: (path) => {
      const file = byPath.get(path) ?? byPath.get(`${path}/*`)
      return file?.state === 'unread' && file.why === 'no-such-file'
    },
    get skipped() {
      return skipped
    },
  }
}

/** Each file is parsed once to see what it includes, and looked at again for its rules. */
const parsedFile = (file: HostFile): SudoersFile => {
  const known = PARSED.get(file)
  if (known !== undefined) return known
  const result = parseSudoers(fileText(file), file.path)
  PARSED.set(file, result)
  return result
}

const PARSED = new WeakMap<HostFile, SudoersFile>()

/** The text of a file as sudo sees it, a byte order mark included. Of a file that was cut off the last line is not known. */
const fileText = (file: HostFile | undefined): string => {
  if (file?.state !== 'read') return ''
  const text = EXACT_UTF8.decode(file.bytes)
  return file.truncated ? text.slice(0, text.lastIndexOf('\n') + 1) : text
}

const EXACT_UTF8 = new TextDecoder('utf-8', { ignoreBOM: true })

const shortName = (hostname: string) => hostname.split('.', 1)[0]!

/** An included file that is not there hides nothing: sudo does not read it either. */
const missing = (policy: Policy, read: { absent(path: string): boolean }): Reason[] =>
  policy.wanted.flatMap(({ path, directory }): Reason[] =>
    !directory && read.absent(path) ? [{ code: 'no-such-file', path: path.slice(0, 4096) }] : [],
  )

/** Builds of Debian and its kin look the full name up unless told otherwise; others only when told so. */
const usesFqdn = (policies: readonly Policy[], system: string | undefined): boolean | 'unknown' => {
  const said = policies
    .flatMap(({ defaults }) => defaults.flatMap(({ parameters }) => parameters.filter(({ name }) => name === 'fqdn')))
    .at(-1)
  if (said !== undefined) return said.operator !== 'off'
  return system === 'debian' || system === 'ubuntu' ? true : 'unknown'
}

/** Where rules or group members may come from that no file shows. */
const unseen = (files: readonly HostFile[], policies: readonly Policy[]): Reason[] => {
  const reasons: Reason[] = []
  const plugins = fileText(files.find(({ path }) => path === CONFIGURATION)).split('\n')
  for (const [index, text] of plugins.entries())
    if (/^\s*Plugin\s+(?!sudoers_(?:policy|io|audit)\b)\w*policy\b/i.test(text))
      reasons.push({
        code: 'unsupported',
        path: CONFIGURATION,
        line: index + 1,
        detail: 'another policy plugin decides',
      })
  for (const { defaults } of policies)
    for (const { parameters } of defaults)
      for (const { name, operator, at } of parameters)
        if (name === 'group_plugin' && operator === '=')
          reasons.push({ code: 'unsupported', ...at, detail: 'a plugin tells who is in non-Unix groups' })
  return reasons
}
