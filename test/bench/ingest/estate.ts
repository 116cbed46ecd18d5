import { createHash } from 'node:crypto'
import type { Finding, HostSignals } from '@rollcall/contract'
import type { ReportSection, ScanReport } from '@rollcall/contract/bus'

/** What each probe finds on an ordinary server: 200 findings together. */
const ACCOUNTS = 35
const MEMBERSHIPS = 45
const KEYS = 12
const GRANTS = 8
const SETTINGS = 30
export const FINDINGS_PER_HOST = 3 * ACCOUNTS + MEMBERSHIPS + KEYS + GRANTS + SETTINGS

/** One look at a host of a made-up estate: the same host and round always give the same report, but for its id. */
export interface Look {
  readonly host: number
  /** Counts the looks; later ones are later in time. */
  readonly round: number
  /** Whether something was changed on the host before this look. */
  readonly changed?: boolean
  /** Whether the findings travel, or only their digests. */
  readonly bodies: boolean
}

/** The report of a look, as an agent sends it. */
export const reportOf = ({ host, round, changed = false, bodies }: Look): ScanReport => {
  const at = new Date(START + round * DAY + host * 100).toISOString()
  return {
    id: uuid(`report ${host} ${round} ${bodies}`),
    agent: 'bench',
    target: `ssh://10.${host >> 16}.${(host >> 8) & 255}.${host & 255}:22`,
    startedAt: at,
    finishedAt: at,
    reached: { status: 'complete', reasons: [] },
    host: signalsOf(host),
    sections: sectionsOf(host, changed).map(({ probe, findings }) => section(probe, findings, bodies)),
  }
}

const START = Date.UTC(2026, 0, 1)
const DAY = 86_400_000

const section = (probe: string, findings: readonly Finding[], bodies: boolean): ReportSection => ({
  probe,
  outcome: { status: 'complete', reasons: [] },
  privilege: 'root',
  digest: createHash('sha256').update(JSON.stringify(findings)).digest('hex'),
  ...(bodies ? { findings: [...findings] } : {}),
})

const sectionsOf = (host: number, changed: boolean): { probe: string; findings: Finding[] }[] => [
  {
    probe: 'local-accounts',
    findings: [...many(ACCOUNTS, (n) => account(host, n)), ...many(MEMBERSHIPS, (n) => membership(n))],
  },
  { probe: 'local-passwords', findings: many(ACCOUNTS, (n) => credential(n, changed && n === 20)) },
  { probe: 'last-logins', findings: many(ACCOUNTS, (n) => login(host, n)) },
  { probe: 'authorized-keys', findings: many(KEYS, (n) => key(host, n)) },
  { probe: 'sudo-rules', findings: many(GRANTS, (n) => grant(n)) },
  { probe: 'sshd-settings', findings: many(SETTINGS, (n) => setting(n)) },
]

const many = <T>(count: number, make: (n: number) => T): T[] => Array.from({ length: count }, (_, n) => make(n))

/** Daemons first, then people. */
const nameOf = (n: number) => (n === 0 ? 'root' : n < 22 ? `daemon${n}` : `person${n}`)

const account = (host: number, n: number): Finding => ({
  kind: 'account',
  name: nameOf(n),
  uid: n < 22 ? n : 1000 + n,
  gid: n < 22 ? n : 1000 + n,
  description: `Account ${n} of host ${host},,,`,
  home: n === 0 ? '/root' : n < 22 ? '/nonexistent' : `/home/${nameOf(n)}`,
  shell: n === 0 || n >= 22 ? '/bin/bash' : '/usr/sbin/nologin',
  interactiveShell: n === 0 || n >= 22,
  place: { path: '/etc/passwd', line: n + 1 },
})

const membership = (n: number): Finding => {
  const who = n % ACCOUNTS
  const group = n < ACCOUNTS ? nameOf(who) : n % 3 === 0 ? 'sudo' : `team${n}`
  return n < ACCOUNTS
    ? {
        kind: 'membership',
        account: nameOf(who),
        group,
        gid: who < 22 ? who : 1000 + who,
        role: 'primary',
        place: { path: '/etc/passwd', line: who + 1 },
      }
    : {
        kind: 'membership',
        account: nameOf(22 + (n % 13)),
        group,
        gid: 2000 + n,
        role: 'member',
        place: { path: '/etc/group', line: n + 1 },
      }
}

const credential = (n: number, changed: boolean): Finding => ({
  kind: 'credential',
  class: 'login-password',
  account: nameOf(n),
  ...(n === 0 || n >= 22 || changed ? { state: 'usable', scheme: 'yescrypt', strength: 'strong' } : { state: 'none' }),
  changed: '2025-03-14',
  minimumDays: 0,
  maximumDays: 99_999,
  warningDays: 7,
  place: { path: '/etc/shadow', line: n + 1 },
})

const login = (host: number, n: number): Finding => ({
  kind: 'usage',
  account: nameOf(n),
  consumer: 'login',
  ...(n < 22
    ? { lastUsed: 'never' }
    : { lastUsed: new Date(START - host * 60_000 - n * 3_600_000).toISOString(), from: `192.0.2.${n}` }),
  place: { path: '/var/log/lastlog' },
})

const key = (host: number, n: number): Finding => ({
  kind: 'key',
  role: 'authorized',
  // A third of the keys lies on every host, the rest is of one host each.
  fingerprint: `SHA256:${createHash('sha256')
    .update(n % 3 === 0 ? `shared ${n}` : `${host} ${n}`)
    .digest('base64')
    .slice(0, 43)}`,
  algorithm: n % 4 === 0 ? 'ssh-rsa' : 'ssh-ed25519',
  ...(n % 4 === 0 ? { bits: 3072 } : {}),
  account: n < 3 ? 'root' : nameOf(22 + n),
  comment: `person${n}@laptop`,
  options: n === 1 ? [{ name: 'from', value: '10.0.0.0/8' }] : [],
  file: { modified: '2025-11-03T10:00:00.000Z', mode: '600', owner: n < 3 ? 0 : 1022 + n },
  place: { path: n < 3 ? '/root/.ssh/authorized_keys' : `/home/${nameOf(22 + n)}/.ssh/authorized_keys`, line: n + 1 },
})

const grant = (n: number): Finding => ({
  kind: 'grant',
  mechanism: 'sudo',
  order: n,
  grantees: [n === 0 ? { type: 'group', name: 'sudo' } : { type: 'user', name: nameOf(22 + n) }],
  here: 'yes',
  runAs: n === 0 ? { users: [{ type: 'all', name: '' }], groups: [{ type: 'all', name: '' }] } : {},
  commands: n === 0 ? [{ command: 'ALL' }] : [{ command: `/usr/bin/systemctl`, arguments: `restart service${n}` }],
  tags: n % 2 === 0 ? {} : { passwd: false },
  options: {},
  place: { path: n === 0 ? '/etc/sudoers' : `/etc/sudoers.d/${n}`, line: n + 1 },
})

const setting = (n: number): Finding => ({
  kind: 'setting',
  subject: 'sshd',
  name: `setting${n}`,
  values: [n % 2 === 0 ? 'yes' : 'no'],
  place: { path: '/etc/ssh/sshd_config', line: n + 1 },
})

const signalsOf = (host: number): HostSignals => {
  const fingerprint = `SHA256:${createHash('sha256').update(`host ${host}`).digest('base64').slice(0, 43)}`
  return {
    provenHostKey: { algorithm: 'ssh-ed25519', fingerprint },
    hostKeys: [{ algorithm: 'ssh-ed25519', fingerprint }],
    machineId: createHash('md5').update(String(host)).digest('hex'),
    hostname: `web${host}`,
    fqdn: `web${host}.example.org`,
    addresses: [`10.${host >> 16}.${(host >> 8) & 255}.${host & 255}`],
    macs: ['52:54:00:12:34:56'],
    os: { name: 'Debian GNU/Linux 12 (bookworm)', id: 'debian', kernel: 'Linux' },
  }
}

const uuid = (text: string) => {
  const hex = createHash('md5').update(text).digest('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20)}`
}
