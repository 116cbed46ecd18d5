import { describeReason, type ReasonCode } from '@rollcall/contract'
import type {
  AccountDetail,
  Cell,
  Change,
  HostDetail,
  Overview,
  PrivilegePath,
  ProbeOutcome,
} from '@rollcall/contract/api'
import { findingsOf, fingerprint, generator, pathOf, placeOf } from './estate-details.ts'
import { moreRows } from './estate-more.ts'
import { sampleDirectories } from './sample-directories.ts'

export type Row = Record<string, Cell>

/** An estate that never was: the same for the same size, with every state the dashboard has to show, and hostile names. */
export interface Estate {
  readonly rows: Readonly<Record<string, readonly Row[]>>
  account(id: string): AccountDetail | undefined
  host(id: string): HostDetail | undefined
  overview(): Overview
  /** None where there are no hosts. */
  readonly directories: ReturnType<typeof sampleDirectories>
}

export interface EstateSize {
  readonly hosts: number
  readonly accountsPerHost: number
}

const HOSTILE = [
  'admin\u202Egnp.exe',
  '<script>alert(1)</script>',
  '=HYPERLINK("http://example.invalid")',
  'svc-' + 'a-very-long-service-account-name-'.repeat(5),
  'ro\u200Bot',
  'مدير-النظام',
  'x\u001b[31mred',
]
const PEOPLE =
  'amelia.okafor bastien.roy chen.wei dara.novak elif.yilmaz farid.haddad greta.lind hugo.silva ines.costa jonas.weber kaya.demir lena.fischer'.split(
    ' ',
  )
const SERVICES =
  'postgres nginx prometheus backup jenkins deploy gitlab-runner ansible zabbix www-data redis haproxy rsync mail vault consul'.split(
    ' ',
  )
const ROLES = 'db web app build cache mail vpn log ci edge'.split(' ')
const PROBES: readonly (readonly [string, string])[] = [
  ['accounts', 'Local accounts'],
  ['groups', 'Groups and memberships'],
  ['sudo-rules', 'Sudo rules'],
  ['authorized-keys', 'Keys that open accounts'],
  ['password-state', 'State of passwords'],
  ['last-logins', 'Last logins'],
  ['sshd-settings', 'Settings of the SSH server'],
  ['private-keys', 'Private keys in files, with what protects them, and sockets of agents that sign'],
  ['host-keys', 'Host keys of the SSH server'],
  ['known-hosts', 'Host keys that accounts know'],
  ['key-logins', 'The last use of each key, as the SSH server logged it'],
  ['doas-rules', 'Rules of doas'],
  ['su-rules', 'Who may use su'],
  ['polkit-rules', 'Administrators of polkit'],
  ['setuid-programs', 'Programs that give other rights'],
  ['privileged-files', 'Files that decide who is privileged'],
  ['container-sockets', 'Sockets of container engines'],
  ['systemd-units', 'What systemd runs, and as whom'],
  ['cron-jobs', 'Cron jobs and the accounts they run as'],
  ['processes', 'Running services with their accounts and sockets'],
  ['containers', 'Containers and what they are given'],
  ['web-servers', 'Web servers and the accounts they run as'],
  ['postgresql-accounts', 'Roles of PostgreSQL servers'],
  ['mysql-accounts', 'Accounts of MySQL and MariaDB servers'],
  ['redis-accounts', 'Users of Redis servers'],
  ['keytabs', 'Keytabs of Kerberos'],
  ['realm', 'The directory that the host has joined'],
  ['nfs-exports', 'Folders that NFS exports'],
]

export const estate = ({ hosts, accountsPerHost }: EstateSize, now = Date.now()): Estate => {
  const random = generator(7)
  const pick = <T>(from: readonly T[]) => from[Math.floor(random() * from.length)]!
  const ago = (days: number) => new Date(now - days * 86_400_000).toISOString()
  const rows = {
    accounts: [] as Row[],
    hosts: [] as Row[],
    keys: [] as Row[],
    grants: [] as Row[],
    outcomes: [] as Row[],
    changes: [] as Row[],
    scan_targets: [] as Row[],
  }

  for (let index = 0; index < hosts; index++) {
    const host =
      index === 3
        ? 'srv-\u202Etset-\u202Cmr.example.net'
        : `${ROLES[index % ROLES.length]}${String(Math.floor(index / ROLES.length) + 1).padStart(2, '0')}.${index % 3 === 0 ? 'fra' : 'ams'}.example.net`
    const id = `h${index}`
    const draw = index % 14
    const completeness =
      draw === 5 ? 'never' : draw === 9 ? 'failed' : draw === 2 || draw === 12 ? 'partial' : 'complete'
    const partial = completeness === 'partial'
    const looked = ago(completeness === 'failed' ? 9 + random() * 40 : random() * 0.9)
    const counts = { accounts: 0, privileged: 0, unknown: 0, keys: 0 }
    for (const [probe] of completeness === 'never' ? [] : PROBES) {
      const missed = partial && (probe === 'password-state' || probe === 'sudo-rules')
      const status =
        completeness === 'failed' ? 'failed' : missed ? (probe === 'sudo-rules' ? 'partial' : 'denied') : 'complete'
      const code: ReasonCode =
        completeness === 'failed'
          ? pick(['unreachable', 'login-rejected', 'host-key-changed'] as const)
          : probe === 'sudo-rules'
            ? 'unsupported'
            : 'not-permitted'
      rows.outcomes.push({
        id: `${id}-${probe}`,
        host_id: id,
        host,
        probe,
        status,
        reason: status === 'complete' ? 'none' : code,
        path: status === 'complete' ? 'none' : placeOf(probe).path,
        privilege: status === 'complete' ? 'root' : 'user',
        last_look: looked,
        last_complete: status === 'complete' ? looked : random() < 0.5 ? ago(30) : 'never',
      })
    }
    const names = ['root', ...(index % 9 === 0 ? [HOSTILE[(index / 9) % HOSTILE.length]!] : []), ...SERVICES, ...PEOPLE]
    for (let number = 0; number < (completeness === 'never' ? 0 : accountsPerHost); number++) {
      const name = names[number] ?? `user${String(number).padStart(4, '0')}`
      const root = name === 'root'
      const draws = random()
      const privileged = root
        ? 'yes'
        : partial && draws < 0.3
          ? 'unknown'
          : draws > 0.88 || (index % 9 === 0 && number === 1)
            ? 'yes'
            : 'no'
      const by =
        privileged !== 'yes'
          ? []
          : root
            ? ['uid-0']
            : draws > 0.96
              ? ['sudo', 'key']
              : draws > 0.92
                ? ['group']
                : ['sudo']
      const person = name.includes('.') || /^user\d/.test(name)
      const password = partial
        ? null
        : root || person
          ? draws < 0.02
            ? 'empty'
            : draws < 0.2
              ? 'locked'
              : 'usable'
          : 'none'
      const age = random() * 900
      const weak = password === 'usable' && random() < 0.08
      const keys = root || person ? Math.floor(random() * 3) : 0
      counts.accounts++
      counts.keys += keys
      if (privileged === 'yes') counts.privileged++
      if (privileged === 'unknown') counts.unknown++
      const accountId = `a${index}-${number}`
      rows.accounts.push({
        id: accountId,
        host_id: id,
        host,
        account: name,
        uid: root ? 0 : person ? 1000 + number : 100 + number,
        gid: root ? 0 : 1000 + number,
        description: person ? name.replace('.', ' ') : `${name} service`,
        privileged,
        privileged_by: privileged === 'unknown' ? null : by,
        reasons: by.map((via) => `becomes root by ${via}`),
        login_allowed: partial && draws > 0.7 ? 'unknown' : root || person ? 'yes' : 'no',
        password,
        hash_scheme: password === 'usable' ? (weak ? 'md5crypt' : 'yescrypt') : partial ? null : 'none',
        hash_strength: password === 'usable' ? (weak ? 'weak' : 'strong') : null,
        password_weaknesses: [],
        password_changed: password === 'usable' ? ago(age).slice(0, 10) : partial ? null : 'never',
        password_age_days: password === 'usable' ? Math.floor(age) : partial ? null : 'never',
        account_expires: 'never',
        last_login: draws < 0.15 ? null : person || root ? ago(random() * 200) : 'never',
        last_login_from: person ? `10.20.${index % 250}.${number % 250}` : 'none',
        source: person && number % 5 === 1 ? 'sss' : 'files',
        root_needs:
          privileged === 'yes' ? (draws > 0.96 ? 'nothing' : 'own-password') : privileged === 'no' ? 'not-root' : null,
        same_password: password === 'usable' ? (root ? Math.max(0, hosts - 9) : 0) : null,
        services: person ? 0 : 1,
        groups: root ? ['root'] : by.includes('group') ? ['wheel', 'users'] : ['users'],
        keys: partial && draws < 0.5 ? null : keys,
        shell: root || person ? '/bin/bash' : '/usr/sbin/nologin',
        home: root ? '/root' : `/home/${name}`,
        state: draws > 0.995 ? 'managed' : draws > 0.99 ? 'orphaned' : 'unmanaged',
        completeness: partial ? 'partial' : 'complete',
        first_seen: ago(60),
        last_seen: looked,
        gone_since: null,
      })
      for (let key = 0; key < keys; key++) {
        const shared = random() < 0.3
        rows.keys.push({
          id: `${accountId}-k${key}`,
          fingerprint: `SHA256:${fingerprint(shared ? number % 7 : index * 1000 + number * 10 + key)}`,
          role: 'authorized',
          algorithm: weak ? 'ssh-dss' : pick(['ssh-ed25519', 'ssh-ed25519', 'ssh-rsa']),
          strength: weak ? 'weak' : 'strong',
          bits: weak ? 1024 : 256,
          comment: `${pick(PEOPLE)}@laptop`,
          host_id: id,
          host,
          account: name,
          places: shared ? hosts : 1,
          opens: shared ? hosts : 1,
          opens_roots: shared ? Math.floor(hosts / 9) : Number(privileged === 'yes'),
          private_places: shared ? 2 : 0,
          known_by: 0,
          concerns: [
            ...(weak ? ['dsa'] : []),
            ...(number % 11 === 3 ? ['file-writable-by-others', 'symbolic-link'] : []),
            ...(shared && number % 7 === 2 ? ['publicly-known'] : []),
          ],
          ineffective: number % 13 === 4 ? 'expired' : 'none',
          passphrase: 'none',
          format: 'none',
          hosts: [],
          last_used: person && key === 0 ? ago(age / 9) : null,
          opens_root: privileged,
          path: `${root ? '/root' : `/home/${name}`}/.ssh/authorized_keys`,
          line: key + 1,
          first_seen: ago(60),
        })
      }
      if (privileged === 'yes' && by.includes('sudo')) {
        rows.grants.push({
          id: `${accountId}-g`,
          host_id: id,
          host,
          mechanism: 'sudo',
          grantees: [name],
          run_as: 'ALL',
          commands: draws > 0.94 ? ['ALL'] : ['/usr/bin/systemctl restart *', '/usr/bin/journalctl'],
          password_required: draws > 0.93 ? 'no' : 'yes',
          path: '/etc/sudoers.d/ops',
          line: number + 3,
        })
      }
      if (random() < 12 / (hosts * accountsPerHost) || number === index + 2) {
        rows.changes.push({
          id: `c${rows.changes.length}`,
          at: ago(random() * 6),
          type: pick(['appeared', 'changed', 'vanished']),
          kind: pick(['account', 'grant', 'key']),
          thing: `${name} may become root`,
          host_id: id,
          host,
          probe: pick(PROBES)[0],
        })
      }
    }
    rows.scan_targets.push({
      id: `s1-${id}`,
      scan: 's1',
      target: `ssh://scan@${host}`,
      state: 'done',
      host: completeness === 'never' ? 'none' : host,
      host_id: completeness === 'never' ? 'none' : id,
      outcome: completeness === 'never' ? 'failed' : completeness,
      reason: completeness === 'complete' ? 'none' : partial ? 'not-permitted' : 'unreachable',
      finished_at: ago(0.3),
    })
    if (completeness === 'never') continue
    rows.hosts.push({
      id,
      host,
      os: pick(['Debian GNU/Linux 12 (bookworm)', 'Ubuntu 24.04.1 LTS', 'Rocky Linux 9.4', 'Alpine Linux v3.20']),
      addresses: [`10.20.${Math.floor(index / 250)}.${index % 250}`],
      outcome: completeness,
      reason: completeness === 'complete' ? 'none' : partial ? 'not-permitted' : 'unreachable',
      accounts: counts.accounts,
      privileged: counts.privileged,
      unknown_privilege: counts.unknown,
      keys: counts.keys,
      last_seen: looked,
      last_good_scan: completeness === 'complete' ? looked : ago(12),
      first_seen: ago(60),
    })
  }

  const directories = sampleDirectories(ago)
  const { keys: privateKeys, ...more } = moreRows(rows.hosts, rows.accounts, ago)
  rows.keys.push(...privateKeys)

  const accountById = new Map(rows.accounts.map((row) => [row['id'] as string, row]))
  const hostById = new Map(rows.hosts.map((row) => [row['id'] as string, row]))
  const outcomesOf = (id: string): ProbeOutcome[] =>
    rows.outcomes
      .filter((row) => row['host_id'] === id)
      .map((row) => ({
        probe: row['probe'] as string,
        title: PROBES.find(([probe]) => probe === row['probe'])![1],
        status: row['status'] as ProbeOutcome['status'],
        reasons:
          row['reason'] === 'none'
            ? []
            : [
                {
                  code: row['reason'] as ReasonCode,
                  ...placeOf(row['probe'] as string),
                  sentence: describeReason(row['reason'] as ReasonCode),
                },
              ],
        privilege: row['status'] === 'complete' ? 'root' : 'user',
        lastLook: row['last_look'] as string,
        lastComplete: row['last_complete'] === 'never' ? null : (row['last_complete'] as string),
        findings: 24,
      }))
  const historyOf = (host: string, name: string): Change[] => [
    {
      at: ago(2),
      host,
      probe: 'password-state',
      type: 'changed',
      kind: 'credential',
      thing: `password of ${name}`,
      before: null,
      after: null,
    },
    {
      at: ago(60),
      host,
      probe: 'accounts',
      type: 'appeared',
      kind: 'account',
      thing: `account ${name}`,
      before: null,
      after: null,
    },
  ]

  return {
    rows: { ...rows, ...more, ...(hosts === 0 ? {} : directories.rows) },
    directories,
    account: (id) => {
      const row = accountById.get(id)
      if (row === undefined) return undefined
      const name = row['account'] as string
      const unknown = row['privileged'] === 'unknown'
      return {
        id,
        host: { id: row['host_id'] as string, name: row['host'] as string },
        name,
        state: row['state'] as AccountDetail['state'],
        firstSeen: row['first_seen'] as string,
        lastSeen: row['last_seen'] as string,
        goneSince: null,
        privileged: row['privileged'] as AccountDetail['privileged'],
        paths: ((row['privileged_by'] ?? []) as PrivilegePath['via'][]).map((via) => pathOf(via, name)),
        unknownBecause: unknown
          ? [
              { code: 'unsupported', path: '/etc/sudoers.d/legacy', line: 4, sentence: describeReason('unsupported') },
              { code: 'not-permitted', path: '/etc/sudoers.d/secret', sentence: describeReason('not-permitted') },
            ]
          : [],
        loginAllowed: row['login_allowed'] as AccountDetail['loginAllowed'],
        loginReasons:
          row['login_allowed'] === 'yes'
            ? [
                { sentence: 'its shell /bin/bash lets somebody work', place: { path: '/etc/passwd', line: 12 } },
                { sentence: 'sshd lets it log in by key', place: { path: '/etc/ssh/sshd_config', line: 57 } },
              ]
            : [
                {
                  sentence: `its shell ${String(row['shell'])} lets nobody work`,
                  place: { path: '/etc/passwd', line: 12 },
                },
              ],
        findings: findingsOf(row, ago(200)).map((finding) => ({
          probe: finding.kind === 'account' ? 'accounts' : finding.kind,
          finding,
          firstSeen: ago(60),
          changedAt: ago(2),
        })),
        samePassword:
          typeof row['same_password'] !== 'number'
            ? null
            : {
                accounts: row['same_password'],
                some: rows.accounts
                  .filter((one) => one['account'] === name && one['id'] !== id)
                  .slice(0, Math.min(20, row['same_password']))
                  .map((one) => ({
                    id: one['id'] as string,
                    name,
                    host: { id: one['host_id'] as string, name: one['host'] as string },
                  })),
              },
        outcomes: outcomesOf(row['host_id'] as string),
        history: historyOf(row['host'] as string, name),
      }
    },
    host: (id) => {
      const row = hostById.get(id)
      if (row === undefined) return undefined
      const name = row['host'] as string
      const conflict = row['outcome'] === 'partial'
      return {
        id,
        name,
        firstSeen: row['first_seen'] as string,
        lastSeen: row['last_seen'] as string,
        lastGoodScan: row['last_good_scan'] as string,
        signals: {
          provenHostKey: { algorithm: 'ssh-ed25519', fingerprint: `SHA256:${fingerprint(Number(id.slice(1)))}` },
          hostKeys: [
            { algorithm: 'ssh-ed25519', fingerprint: `SHA256:${fingerprint(Number(id.slice(1)))}` },
            { algorithm: 'ssh-rsa', fingerprint: `SHA256:${fingerprint(Number(id.slice(1)) + 5000)}` },
          ],
          machineId: fingerprint(9)
            .toLowerCase()
            .replaceAll(/[^a-f0-9]/g, '0')
            .slice(0, 32),
          hostname: name.split('.')[0]!,
          fqdn: name,
          addresses: (row['addresses'] ?? []) as string[],
          macs: ['52:54:00:1a:2b:3c'],
          dmiUuid: '4c4c4544-0042-3510-8052-b4c04f4d3233',
          os: { name: (row['os'] as string | null) ?? 'unknown', id: 'debian', kernel: 'Linux 6.1.0-28-amd64' },
        },
        targets: [
          { target: `ssh://scan@${name}`, firstSeen: ago(60), lastSeen: ago(0.3) },
          { target: `ssh://scan@10.20.0.${id.slice(1)}`, firstSeen: ago(20), lastSeen: ago(0.3) },
        ],
        evidence: [
          { at: ago(20), sentence: `10.20.0.${id.slice(1)} proved the same host key as ${name}`, contradicts: false },
          { at: ago(20), sentence: 'both report the same machine-id', contradicts: false },
          ...(conflict
            ? [
                {
                  at: ago(3),
                  sentence: 'its DMI UUID changed while machine-id and host key stayed: a clone or a new board',
                  contradicts: true,
                },
              ]
            : []),
        ],
        outcomes: outcomesOf(id),
        counts: {
          accounts: Number(row['accounts'] ?? 0),
          privileged: Number(row['privileged'] ?? 0),
          unknownPrivilege: Number(row['unknown_privilege'] ?? 0),
          keys: Number(row['keys'] ?? 0),
          privateKeys: privateKeys.filter((key) => key['host_id'] === id).length,
          grants: rows.grants.filter((grant) => grant['host_id'] === id).length,
          services: more.services.filter((one) => one['host_id'] === id).length,
          serviceAccounts: more.service_accounts.filter((one) => one['host_id'] === id).length,
          files: more.files.filter((one) => one['host_id'] === id).length,
          storedCredentials: more.stored_credentials.filter((one) => one['host_id'] === id).length,
          fromDirectories: id === 'h2' ? 3 : 0,
        },
        directories:
          id === 'h2'
            ? [
                {
                  directory: { id: 'd1', name: 'example.net' },
                  realm: 'example.net',
                  computer: { id: 'da4', name: 'sql01$' },
                  sentence: 'Its keytab names it.',
                },
                { directory: null, realm: 'old.example.org', computer: null, sentence: 'Its keytab names it.' },
              ]
            : [],
        history: historyOf(name, 'root'),
      }
    },
    overview: () => {
      const of = (word: string) => rows.hosts.filter(({ outcome }) => outcome === word).length
      const never = rows.scan_targets.length - rows.hosts.length
      const privileged = rows.accounts.filter((row) => row['privileged'] === 'yes')
      const gaps = new Map<ReasonCode, number>()
      for (const { reason } of rows.outcomes)
        if (reason !== 'none') gaps.set(reason as ReasonCode, (gaps.get(reason as ReasonCode) ?? 0) + 1)
      const vias = ['uid-0', 'sudo', 'group', 'doas', 'key']
      return {
        at: new Date(now).toISOString(),
        coverage: {
          targets: rows.scan_targets.length,
          hosts: rows.hosts.length,
          complete: of('complete'),
          partial: of('partial'),
          failed: of('failed'),
          never,
          lookedWithin24h: of('complete') + of('partial'),
          oldestGoodScan: hosts === 0 ? null : ago(31),
          gaps: [...gaps]
            .sort((a, b) => b[1] - a[1])
            .map(([code, number]) => ({
              code,
              sentence: describeReason(code),
              hosts: number,
              filter: `reason:${code}`,
            })),
        },
        accounts: {
          total: rows.accounts.length,
          privileged: privileged.length,
          unknownPrivilege: rows.accounts.filter((row) => row['privileged'] === 'unknown').length,
          unmanagedPrivileged: privileged.filter((row) => row['state'] === 'unmanaged').length,
          privilegedNeverLoggedIn: privileged.filter((row) => row['last_login'] === 'never').length,
          passwordless: rows.accounts.filter((row) => row['password'] === 'empty').length,
          weakHashes: rows.accounts.filter((row) => row['hash_strength'] === 'weak').length,
          samePassword: rows.accounts.filter((row) => Number(row['same_password'] ?? 0) > 0).length,
          byPath: vias
            .map((via) => ({
              via,
              accounts: privileged.filter((row) => (row['privileged_by'] as string[]).includes(via)).length,
            }))
            .filter(({ accounts }) => accounts > 0),
        },
        keys: {
          authorized: rows.keys.length - privateKeys.length,
          distinct: new Set(rows.keys.map((row) => row['fingerprint'])).size,
          openingRoot: rows.keys.filter((row) => row['opens_root'] === 'yes').length,
          sharedAcrossHosts: rows.keys.filter((row) => Number(row['places']) > 1).length,
          weak: rows.keys.filter((row) => row['strength'] === 'weak').length,
          withConcerns: rows.keys.filter((row) => (row['concerns'] as string[]).length > 0).length,
          privateOpeningRoot: privateKeys.filter((row) => row['passphrase'] === 'no' && Number(row['opens_roots']) > 0)
            .length,
          lookedForPrivate: of('complete'),
        },
        serviceAccounts: {
          total: more.service_accounts.length,
          withoutPassword: more.service_accounts.filter((row) => row['password'] === 'empty').length,
          superusers: more.service_accounts.filter((row) => row['superuser'] === 'yes').length,
        },
        files: {
          total: more.files.length,
          givingRootToEveryone: more.files.filter((row) => row['open_to'] === 'everyone' && row['gives_root'] === 'yes')
            .length,
          lookedAt: of('complete'),
        },
        storedCredentials: {
          total: more.stored_credentials.length,
          critical: more.stored_credentials.filter((row) => row['severity'] === 'critical').length,
          high: more.stored_credentials.filter((row) => row['severity'] === 'high').length,
          literal: more.stored_credentials.filter((row) => row['value'] === 'literal').length,
          readableByOthers: more.stored_credentials.filter((row) =>
            (row['weaknesses'] as string[]).includes('readable-by-others'),
          ).length,
          shared: more.stored_credentials.filter((row) => Number(row['same_secret']) > 0).length,
          excepted: 0,
          lookedAt: of('complete'),
        },
        directories: hosts === 0 ? withoutAny(directories.overview()) : directories.overview(),
        recent: rows.changes
          .toSorted((a, b) => String(b['at']).localeCompare(String(a['at'])))
          .slice(0, 8)
          .map((row) => ({
            at: row['at'] as string,
            host: row['host'] as string,
            probe: row['probe'] as string,
            type: row['type'] as Change['type'],
            kind: row['kind'] as string,
            thing: row['thing'] as string,
            before: null,
            after: null,
          })),
        lastScan: hosts === 0 ? null : { id: 's1', startedAt: ago(0.3), finishedAt: ago(0.29), state: 'finished' },
        nextScanAt: hosts === 0 ? null : ago(-0.2),
      }
    },
  }
}

const withoutAny = (counts: Overview['directories']): Overview['directories'] => {
  const none = { ...counts }
  for (const name of Object.keys(none) as (keyof typeof none)[]) none[name] = 0
  return none
}
