import { describeDirectoryWeakness, describeReason, type DirectoryWeaknessCode } from '@rollcall/contract'
import type {
  DirectoryAccountDetail,
  DirectoryDetail,
  DirectoryGroupDetail,
  DirectoryPath,
} from '@rollcall/contract/api'
import type { Row } from './estate.ts'

const DN = 'DC=example,DC=net'
const DIRECTORY = { id: 'd1', name: 'example.net' }
const HOSTILE = '<img src=x onerror=alert(1)>'

/** One Active Directory as it might be found, in part: some of it the scan account may not read. */
export const sampleDirectories = (at: (days: number) => string) => {
  const rows = {
    directories: [directoryRow(at)],
    directory_accounts: accountRows(at),
    directory_groups: groupRows(at),
    directory_members: memberRows(at),
    directory_rights: rightRows(at),
    directory_weaknesses: weaknessRows(at),
  }
  return {
    rows,
    overview: () => {
      const accounts = (holds: (row: Row) => boolean) => rows.directory_accounts.filter(holds).length
      const severe = (severity: string) =>
        rows.directory_weaknesses.filter((row) => row['severity'] === severity).length
      return {
        total: rows.directories.length,
        complete: 0,
        accounts: rows.directory_accounts.length,
        privileged: accounts((row) => row['privileged'] === 'yes'),
        unknownPrivilege: accounts((row) => row['privileged'] === 'unknown'),
        unmanagedPrivileged: accounts((row) => row['privileged'] === 'yes' && row['state'] === 'unmanaged'),
        privilegedByRights: 2,
        rightsRead: 0,
        serviceAccounts: accounts((row) => row['service'] === 'yes'),
        clearPasswords: 0,
        weakPasswords: 3,
        critical: severe('critical'),
        high: severe('high'),
      }
    },
    directory: (id: string) => (id === DIRECTORY.id ? directoryDetail(at, rows.directory_weaknesses) : undefined),
    account: (id: string) => {
      const row = rows.directory_accounts.find((one) => one['id'] === id)
      return row && accountDetail(row, at)
    },
    group: (id: string) => {
      const row = rows.directory_groups.find((one) => one['id'] === id)
      return row && groupDetail(row, at)
    },
  }
}

const MEMBER_PATH: DirectoryPath = {
  via: 'member',
  effect: 'takes-over',
  sentence: 'it is in Domain Admins through 2 groups',
  steps: [
    { sentence: 'jdoe is in Helpdesk Leads', place: { path: `CN=Helpdesk Leads,OU=Groups,${DN}` } },
    { sentence: 'Helpdesk Leads is in Server Admins', place: { path: `CN=Server Admins,OU=Groups,${DN}` } },
    { sentence: 'Server Admins is in Domain Admins', place: { path: `CN=Domain Admins,CN=Users,${DN}` } },
  ],
}

const RIGHT_PATH: DirectoryPath = {
  via: 'replication',
  effect: 'takes-over',
  sentence: 'it may fetch all secrets of the domain, as controllers do',
  steps: [
    { sentence: 'svc-sync is in Sync Accounts', place: { path: `CN=Sync Accounts,OU=Services,${DN}` } },
    {
      sentence: 'Sync Accounts may replicate with secrets',
      place: { path: DN },
      evidence: '(OA;;CR;1131f6ad-9c07-11d1-f79f-00c04fc2dcd2;;S-1-5-21-1004336348-1177238915-682003330-1188)',
    },
  ],
}

const directoryRow = (at: (days: number) => string): Row => ({
  id: DIRECTORY.id,
  directory: DIRECTORY.name,
  make: 'active-directory',
  suffix: DN,
  domain: 'example.net',
  targets: ['ldaps://dc1.example.net:636'],
  identity: 'rollcall@example.net',
  outcome: 'partial',
  reason: 'attribute-denied',
  users: 412,
  computers: 96,
  groups: 88,
  privileged: 9,
  unknown_privilege: 3,
  critical: 2,
  high: 6,
  medium: 41,
  first_seen: at(60),
  last_seen: at(0.1),
  last_good_scan: null,
})

const ACCOUNTS: readonly [
  name: string,
  type: string,
  privileged: string,
  by: string[],
  states: string[],
  wrong: string[],
][] = [
  ['Administrator', 'user', 'yes', ['built-in'], ['password-never-expires', 'admin-count'], ['privileged-unprotected']],
  ['jdoe', 'user', 'yes', ['member'], ['admin-count'], ['privileged-old-password']],
  ['svc-sync', 'user', 'yes', ['replication'], ['password-never-expires'], ['kerberoastable', 'password-old']],
  [HOSTILE, 'user', 'unknown', [], [], ['password-hint-in-attribute']],
  ['sql01$', 'computer', 'no', [], ['trusted-for-delegation'], ['delegation-unconstrained', 'local-admin-unmanaged']],
  ['gmsa-web$', 'managed-service', 'no', [], [], ['managed-password-readable']],
]

const accountRows = (at: (days: number) => string): Row[] =>
  ACCOUNTS.map(([account, type, privileged, by, states, weaknesses], index) => ({
    id: `da${index}`,
    directory_id: DIRECTORY.id,
    directory: DIRECTORY.name,
    account,
    type,
    privileged,
    tier: privileged === 'yes' ? 0 : null,
    privileged_by: by,
    states,
    service: index === 2 || index === 5 ? 'yes' : 'no',
    weaknesses,
    hosts: index === 1 ? 14 : 0,
    root_on_hosts: index === 1 ? 3 : 0,
    last_login: index === 3 ? null : at(12 + index * 20),
    password_changed: at(400 + index * 100),
    dn: `CN=${account},OU=Staff,${DN}`,
    state: 'unmanaged',
    first_seen: at(60),
    last_seen: at(0.1),
  }))

const groupRows = (at: (days: number) => string): Row[] =>
  (
    [
      ['Domain Admins', 'domain-admins', 'yes', 3],
      ['Server Admins', null, 'yes', 2],
      ['Helpdesk Leads', null, 'yes', 5],
      ['Sync Accounts', null, 'yes', 1],
      ['Staff', null, 'no', 380],
    ] as const
  ).map(([group, known, privileged, members], index) => ({
    id: `dg${index}`,
    directory_id: DIRECTORY.id,
    directory: DIRECTORY.name,
    group,
    type: 'group',
    well_known: known ?? 'none',
    privileged,
    tier: index === 0 ? 0 : null,
    members,
    dn: `CN=${group},OU=Groups,${DN}`,
    first_seen: at(60),
    last_seen: at(0.1),
  }))

const memberRows = (at: (days: number) => string): Row[] => [
  {
    id: 'dm0',
    directory_id: DIRECTORY.id,
    directory: DIRECTORY.name,
    group: 'Server Admins',
    group_id: 'dg1',
    group_privileged: 'yes',
    member_name: 'Helpdesk Leads',
    member_id: 'dg2',
    member_type: 'group',
    via: 'member',
    dn: `CN=Server Admins,OU=Groups,${DN}`,
    first_seen: at(60),
  },
]

const rightRows = (at: (days: number) => string): Row[] => [
  {
    id: 'dr0',
    directory_id: DIRECTORY.id,
    directory: DIRECTORY.name,
    trustee_name: 'Sync Accounts',
    trustee_id: 'dg3',
    trustee_type: 'group',
    right: 'replicate-secrets',
    object_name: 'example.net',
    object_type: 'domain',
    object_id: null,
    inherited_from: 'none',
    ordinary: 'no',
    evidence: RIGHT_PATH.steps[1]!.evidence!,
    dn: DN,
    first_seen: at(60),
  },
]

const WRONG: readonly [DirectoryWeaknessCode, string, string, string, string | null, string[]][] = [
  ['sid-history-privileged', 'critical', 'svc-sync', 'user', 'da2', ['sIDHistory: S-1-5-21-…-512']],
  ['kerberoastable', 'critical', 'svc-sync', 'user', 'da2', ['servicePrincipalName', 'password changed 2021-03-04']],
  ['delegation-unconstrained', 'high', 'sql01$', 'computer', 'da4', ['userAccountControl 0x80000']],
  ['krbtgt-old', 'high', 'krbtgt', 'user', null, ['pwdLastSet 2019-05-02']],
  ['password-hint-in-attribute', 'medium', HOSTILE, 'user', 'da3', ['description']],
  ['machine-quota', 'low', 'example.net', 'domain', null, ['ms-DS-MachineAccountQuota 10']],
]

const weaknessRows = (at: (days: number) => string): Row[] =>
  WRONG.map(([weakness, severity, name, type, id, evidence], index) => ({
    id: `dw${index}`,
    rank: ['critical', 'high', 'medium', 'low', 'info'].indexOf(severity),
    severity,
    weakness,
    meaning: describeDirectoryWeakness(weakness),
    directory_id: DIRECTORY.id,
    directory: DIRECTORY.name,
    object_name: name,
    object_type: type,
    object_id: id,
    evidence,
    dn: `CN=${name},${DN}`,
    first_seen: at(60),
  }))

const outcomesAt = (at: (days: number) => string): DirectoryDetail['outcomes'] => {
  const look = { privilege: 'user', lastLook: at(0.1), lastComplete: at(0.1) } as const
  const outcome = (probe: string, title: string) => ({
    probe,
    title,
    status: 'complete' as const,
    findings: 40,
    reasons: [],
    ...look,
  })
  return [
    outcome('directory-accounts', 'Accounts'),
    outcome('directory-groups', 'Groups and who is in them'),
    outcome('directory-rights', 'Rights'),
    {
      ...outcome('directory-policies', 'Policies'),
      status: 'partial',
      lastComplete: null,
      reasons: [
        {
          code: 'attribute-denied',
          detail: 'msDS-PasswordSettings',
          sentence: describeReason('attribute-denied'),
        },
      ],
    },
    outcome('directory-trusts', 'Trusts'),
  ]
}

const directoryDetail = (at: (days: number) => string, wrong: readonly Row[]): DirectoryDetail => ({
  ...DIRECTORY,
  firstSeen: at(60),
  lastSeen: at(0.1),
  lastGoodScan: null,
  signals: {
    make: 'active-directory',
    id: 'S-1-5-21-1004336348-1177238915-682003330',
    suffix: DN,
    domain: 'example.net',
    flatName: 'EXAMPLE',
    server: 'dc1.example.net',
    certificate: `SHA256:${'5f'.repeat(32)}`,
    identity: 'rollcall@example.net',
  },
  targets: [{ target: 'ldaps://dc1.example.net:636', firstSeen: at(60), lastSeen: at(0.1) }],
  evidence: [{ at: at(60), sentence: 'it was first seen as ldaps://dc1.example.net:636', contradicts: false }],
  outcomes: outcomesAt(at),
  counts: {
    users: 412,
    computers: 96,
    managedServices: 4,
    groups: 88,
    privileged: 9,
    unknownPrivilege: 3,
    unmanagedPrivileged: 9,
    rights: 214,
    keys: 17,
    grants: 0,
    storedCredentials: 2,
  },
  weaknesses: WRONG.map(([code, severity], index) => ({
    code,
    severity: severity as 'critical',
    sentence: describeDirectoryWeakness(code),
    count: wrong.length - index,
    filter: `directory_id:d1 weakness:${code}`,
  })),
  topPaths: [
    { id: 'da2', kind: 'account', name: 'svc-sync', path: RIGHT_PATH },
    { id: 'da1', kind: 'account', name: 'jdoe', path: MEMBER_PATH },
  ],
  outside: [
    {
      name: 'S-1-5-21-3623811015-3361044348-30300820-1107',
      path: {
        via: 'member',
        effect: 'takes-over',
        sentence: 'somebody of another domain is in Administrators',
        steps: [{ sentence: 'it is in Administrators', place: { path: `CN=Administrators,CN=Builtin,${DN}` } }],
      },
    },
  ],
  unknownBecause: ['the members of 2 groups could not be read'],
  history: [],
})

const placed = (sentence: string, path: string) => ({ sentence, place: { path } })

const accountDetail = (row: Row, at: (days: number) => string): DirectoryAccountDetail => {
  const name = String(row['account'])
  const privileged = row['privileged'] as DirectoryAccountDetail['privileged']
  const dn = String(row['dn'])
  return {
    id: String(row['id']),
    directory: DIRECTORY,
    object: '5d7c0f2e-1b7a-4a3c-9a57-2f5f5a3a1c01',
    name,
    type: row['type'] as 'user',
    dn,
    state: 'unmanaged',
    firstSeen: at(60),
    lastSeen: at(0.1),
    goneSince: null,
    privileged,
    tier: privileged === 'yes' ? 0 : null,
    paths: privileged === 'yes' ? [name === 'svc-sync' ? RIGHT_PATH : MEMBER_PATH] : [],
    unknownBecause: privileged === 'unknown' ? ['the members of 2 groups could not be read'] : [],
    memberships: [
      {
        id: 'dg2',
        name: 'Helpdesk Leads',
        through: [],
        via: 'member',
        wellKnown: null,
        tier: null,
        privileged: 'yes',
        place: { path: `CN=Helpdesk Leads,OU=Groups,${DN}` },
      },
      {
        id: 'dg0',
        name: 'Domain Admins',
        through: ['Helpdesk Leads', 'Server Admins'],
        via: 'member',
        wellKnown: 'domain-admins',
        tier: 0,
        privileged: 'yes',
      },
    ],
    rightsHeld: [
      {
        right: 'replicate-secrets',
        trustee: { id: 'dg3', name: 'Sync Accounts', type: 'group' },
        over: { id: null, name: 'example.net', type: 'domain' },
        through: ['Sync Accounts'],
        below: [],
        evidence: RIGHT_PATH.steps[1]!.evidence!,
        inheritedFrom: null,
        conditional: false,
        ordinary: false,
        place: { path: DN },
      },
    ],
    rightsOver: [
      {
        right: 'reset-password',
        trustee: { id: 'dg2', name: 'Helpdesk Leads', type: 'group' },
        over: { id: String(row['id']), name, type: 'user' },
        through: [],
        below: ['user'],
        evidence: '(OA;CIIO;CR;00299570-246d-11d0-a768-00aa006e0529;bf967aba-0de6-11d0-a285-00aa003049e2;HD)',
        inheritedFrom: `OU=Staff,${DN}`,
        conditional: false,
        ordinary: false,
      },
    ],
    weaknesses: (row['weaknesses'] as DirectoryWeaknessCode[]).map((code) => ({
      code,
      severity: 'high',
      sentence: describeDirectoryWeakness(code),
      evidence: ['pwdLastSet 2021-03-04'],
      firstSeen: at(60),
    })),
    findings: [
      {
        probe: 'directory-accounts',
        firstSeen: at(60),
        changedAt: at(60),
        finding: {
          kind: 'directory-account',
          object: '5d7c0f2e-1b7a-4a3c-9a57-2f5f5a3a1c01',
          name,
          type: row['type'] as 'user',
          states: row['states'] as 'disabled'[],
          displayName: 'Jo Doe',
          principals: [`${name}@example.net`],
          lastLogin: at(20),
          lastLoginLag: 14,
          passwordChanged: at(900),
          spns: ['MSSQLSvc/sql01.example.net:1433'],
          place: { path: dn },
        },
      },
    ],
    hosts: [
      {
        id: 'a2-3',
        name,
        host: { id: 'h2', name: 'db03.fra.example.net' },
        privileged: 'yes',
        sentence: 'its uid is the one that SSSD makes of this SID',
      },
    ],
    hostCount: 14,
    hostRules: [
      {
        host: { id: 'h2', name: 'db03.fra.example.net' },
        root: 'yes',
        sentence: `${name} is in helpdesk, helpdesk is in linux-admins; the host gives %linux-admins this: may run every command as root.`,
        place: { path: '/etc/sudoers.d/20-admins', line: 3 },
        through: ['helpdesk', 'linux-admins'],
        unknownBecause: [],
      },
      {
        host: { id: 'h5', name: 'build7.fra.example.net' },
        root: 'unknown',
        sentence: `${name} is in helpdesk; the host gives %helpdesk this: may run /usr/bin/vi as root.`,
        place: { path: '/etc/sudoers', line: 28 },
        through: ['helpdesk'],
        unknownBecause: ['a group of the host is called helpdesk too'],
      },
    ],
    ruleHosts: 2,
    isHost: row['type'] === 'computer' ? { id: 'h2', name: 'db03.fra.example.net' } : null,
    outcomes: outcomesAt(at),
    history: [],
  }
}

const groupDetail = (row: Row, at: (days: number) => string): DirectoryGroupDetail => ({
  id: String(row['id']),
  directory: DIRECTORY,
  object: '9e0c0f2e-1b7a-4a3c-9a57-2f5f5a3a1c09',
  name: String(row['group']),
  type: 'group',
  dn: String(row['dn']),
  wellKnown: row['well_known'] === 'none' ? null : String(row['well_known']),
  tier: row['tier'] as number | null,
  firstSeen: at(60),
  lastSeen: at(0.1),
  goneSince: null,
  privileged: row['privileged'] as 'yes',
  paths:
    row['privileged'] === 'yes'
      ? [
          {
            via: 'member',
            effect: 'takes-over',
            sentence: 'it is in Domain Admins',
            steps: [placed('it is in Domain Admins', `CN=Domain Admins,CN=Users,${DN}`)],
          },
        ]
      : [],
  unknownBecause: [],
  members: [
    { id: 'da1', name: 'jdoe', type: 'user', via: 'member', firstSeen: at(60) },
    { id: null, name: `CN=Gone,OU=Staff,${DN}`, type: null, via: 'member', firstSeen: at(3) },
  ],
  formerMembers: [{ id: 'da2', name: 'svc-old', type: 'user', firstSeen: at(60), goneSince: at(12) }],
  memberCount: row['members'] as number,
  memberships: [],
  rightsHeld: [],
  rightsOver: [],
  weaknesses: [],
  findings: [],
  history: [],
})
