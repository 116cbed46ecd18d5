import type { FindingOf, Grant, Reason } from '@rollcall/contract'
import { clipped, MAX_PATH } from '../formats/accounts/account-file.ts'
import { readRbac, type RbacFile } from '../formats/solaris-rbac.ts'
import type { HostFile } from '../host.ts'
import { exampleFile, hostProbe, textOf } from '../probe.ts'

interface Gathered {
  readonly users: readonly HostFile[]
  readonly profiles: readonly HostFile[]
  readonly commands: readonly HostFile[]
  readonly policy: readonly HostFile[]
  readonly switch: HostFile | undefined
}

const USERS = ['/etc/user_attr', '/etc/user_attr.d/*'] as const
const PROFILES = ['/etc/security/prof_attr', '/etc/security/prof_attr.d/*'] as const
const COMMANDS = ['/etc/security/exec_attr', '/etc/security/exec_attr.d/*'] as const
const POLICY = '/etc/security/policy.conf'
const SWITCH = '/etc/nsswitch.conf'

export default hostProbe<Gathered>({
  id: 'solaris-rbac',
  title: 'Roles, rights profiles and authorizations of Solaris and illumos',
  needs: [
    {
      reads: [...USERS, ...PROFILES, ...COMMANDS, POLICY].join(', '),
      right: 'any-account',
      hides: 'who may run what as root by pfexec, and who may assume which role',
    },
    { reads: SWITCH, right: 'any-account', hides: 'whether a directory says more of it' },
  ],

  async gather(host) {
    const [users, profiles, commands, policy, [nsswitch]] = await Promise.all([
      host.read(...USERS),
      host.read(...PROFILES),
      host.read(...COMMANDS),
      host.read(POLICY),
      host.read(SWITCH),
    ])
    return { users, profiles, commands, policy, switch: nsswitch }
  },

  parse({ users, profiles, commands, policy, switch: nsswitch }) {
    // Other systems have none of these, whatever their nsswitch.conf says.
    if (![...users, ...commands].some(({ state }) => state === 'read')) return { findings: [] }
    const { grants, authorizations, cut } = readRbac({
      users: read(users),
      profiles: read(profiles),
      commands: read(commands),
      policy: read(policy),
    })
    return {
      findings: [...grants, ...authorizations],
      reasons: [
        ...(cut ? [{ code: 'too-many' as const, path: USERS[0], detail: 'entries of roles and profiles' }] : []),
        ...directories(textOf(nsswitch)),
      ],
    }
  },

  examples: examples(),
})

const read = (files: readonly HostFile[]): RbacFile[] =>
  files.flatMap((file) => (file.state === 'read' ? [{ path: clipped(file.path, MAX_PATH), text: textOf(file) }] : []))

/** Databases of which a directory may hold more, which is not asked. Without a line of its own prof_attr goes as nsswitch.conf(5) has it: files. */
const directories = (text: string): Reason[] =>
  text.split('\n', 1000).flatMap((line, index): Reason[] => {
    const [, database, services = ''] = /^\s*(user_attr|prof_attr|exec_attr)\s*:([^#]*)/.exec(line) ?? []
    return database === undefined || !/\b(?:ldap|nis|nisplus)\b/.test(services)
      ? []
      : [{ code: 'unsupported', path: SWITCH, line: index + 1, detail: `what a directory says of ${database}` }]
  })

function examples() {
  const gathered = (users: string, more: Partial<Gathered> = {}): Gathered => ({
    users: [exampleFile(USERS[0], users)],
    profiles: [
      exampleFile(
        PROFILES[0],
        'Primary Administrator:::Can perform all administrative tasks:auths=solaris.*,solaris.grant\nOperator:::Backs up:profiles=Media Backup,All\nMedia Backup:::\nAll:::Execute any command:\nStop:::\n',
      ),
    ],
    commands: [
      exampleFile(
        COMMANDS[0],
        '# profiles\nAll:suser:cmd:::*:\nPrimary Administrator:suser:cmd:::*:uid=0;gid=0\nMedia Backup:suser:cmd:::/usr/sbin/tar:euid=0\nMedia Backup:suser:cmd:::/usr/bin/mt:\\\n\teuid=0\nProcess Management:solaris:cmd:::/usr/bin/kill:privs=proc_owner\nProcess Management:suser:cmd:::/usr/bin/kill:euid=0\n',
      ),
    ],
    policy: [],
    switch: undefined,
    ...more,
  })
  const grant = (order: number, name: string, line: number, rest: Partial<Grant>): Grant => ({
    kind: 'grant',
    mechanism: 'rbac',
    order,
    grantees: [{ type: 'user', name }],
    here: 'yes',
    runAs: { users: [{ type: 'uid', name: '0' }] },
    commands: [{ command: 'ALL' }],
    tags: { passwd: false },
    options: {},
    place: { path: USERS[0], line },
    ...rest,
  })
  const auths = (values: string[], account: string, line: number): FindingOf<'setting'> => ({
    kind: 'setting',
    subject: 'rbac',
    name: 'auths',
    values,
    account,
    place: { path: USERS[0], line },
  })
  const none: HostFile = { path: USERS[0], state: 'unread', why: 'no-such-file' }
  return [
    {
      title: 'a profile that runs every command as root',
      gathered: gathered('# users\njack::::type=normal;profiles=Primary Administrator\n'),
      finds: [
        grant(0, 'jack', 2, { options: { profile: 'Primary Administrator' } }),
        auths(['solaris.*', 'solaris.grant'], 'jack', 2),
      ],
    },
    {
      title: 'commands of a profile within a profile; what comes behind All is not had',
      gathered: gathered('ann::::profiles=Operator,Primary Administrator\n'),
      finds: [
        grant(0, 'ann', 1, {
          commands: [{ command: '/usr/sbin/tar' }, { command: '/usr/bin/mt' }],
          options: { profile: 'Media Backup' },
        }),
      ],
    },
    {
      title: 'roles, by the password of the role unless it says otherwise',
      gathered: gathered('root::::type=role;roleauth=user\noper::::type=role;profiles=Stop\nann::::roles=root,oper\n'),
      finds: [
        grant(1, 'ann', 3, {
          runAs: { users: [{ type: 'user', name: 'root' }] },
          options: { role: 'root', roleauth: 'user' },
          tags: {},
        }),
        grant(0, 'ann', 3, {
          runAs: { users: [{ type: 'user', name: 'oper' }] },
          options: { role: 'oper', roleauth: 'role' },
          tags: {},
        }),
      ],
    },
    {
      title: 'profiles for everybody, but for those whose own list ends before; privileges go before the older policy',
      gathered: gathered('ann::::profiles=Stop\n', {
        policy: [exampleFile(POLICY, '# policy\nPROFS_GRANTED=Process Management\n')],
      }),
      finds: [
        grant(0, '', 0, {
          grantees: [
            { type: 'all', name: 'ALL' },
            { type: 'user', name: 'ann', negated: true },
          ],
          runAs: { users: [] },
          commands: [{ command: '/usr/bin/kill' }],
          options: { profile: 'Process Management', privs: 'proc_owner' },
          place: { path: POLICY, line: 2 },
        }),
      ],
    },
    {
      title: 'what a directory adds is not asked for',
      gathered: gathered('ann::::auths=solaris.smf.modify\n', {
        switch: exampleFile(SWITCH, 'passwd: files ldap\nuser_attr: files ldap\n'),
      }),
      finds: [auths(['solaris.smf.modify'], 'ann', 1)],
      reasons: [{ code: 'unsupported' as const, path: SWITCH, line: 2, detail: 'what a directory says of user_attr' }],
    },
    {
      title: 'a host of another system has none of it',
      gathered: { users: [none], profiles: [], commands: [], policy: [], switch: undefined },
      finds: [],
    },
  ]
}
