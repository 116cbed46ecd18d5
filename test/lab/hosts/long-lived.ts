import { gzipSync } from 'node:zlib'
import { groupOf, person, type HostDescription } from '../description.ts'
import { systemAccounts, systemGroups } from '../system-accounts.ts'

const people = [
  person('ada', 1000, { state: 'usable', scheme: 'yescrypt', password: 'ada' }),
  person('ben', 1001, { state: 'usable', scheme: 'sha512crypt', password: 'ben' }),
  person('cyd', 1002, { state: 'locked', scheme: 'descrypt', password: 'cyd' }),
] as const

const LAPTOP = 'SHA256:ZkAslGjFiUHdGf/WUL8rQvkib4PTvQatUV0OUQSncCA'
const TOKEN = 'SHA256:ll7p1k4xBNWvbj7kKh8nOl8JYq0XrKDLp6Ho1tcAGwo'
const AUTHORITY = 'SHA256:wyeF3bnM3yilC8PmmFY/ypttKz/3grvmiJqUoJ0e8ns'

const accepted = (words: string) => `long-lived sshd[4711]: Accepted ${words}\n`

/** In a year and a zone of their own, as rsyslog writes them now. */
const NEWEST = [
  `2026-11-20T09:30:00.000001+01:00 ${accepted(`publickey for ada from 10.1.1.1 port 40000 ssh2: ED25519 ${LAPTOP}`)}`,
  `2026-11-20T09:45:00.000001+01:00 ${accepted('password for ben from 2001:db8::1 port 40001 ssh2')}`,
  `2026-11-20T10:00:00.000001+01:00 ${accepted(`publickey for root from 10.1.1.3 port 40002 ssh2: ED25519-CERT ${TOKEN} ID x CA RSA ${LAPTOP} (serial 9) CA ED25519 ${AUTHORITY}`)}`,
  // Forged by a name, by another program, by another host.
  `2026-11-20T10:01:00.000001+01:00 long-lived sshd[1]: Invalid user sshd[1]: Accepted publickey for cyd from 6.6.6.6 port 1 ssh2: RSA ${LAPTOP} from 6.6.6.6 port 2\n`,
  `2026-11-20T10:02:00.000001+01:00 long-lived app[1]: sshd[1]: Accepted password for cyd from 6.6.6.6 port 1 ssh2\n`,
  `2026-11-20T10:03:00.000001+01:00 elsewhere sshd[1]: Accepted password for cyd from 6.6.6.6 port 1 ssh2\n`,
]

/** An older login with a key that was used again since, and one that was not. */
const OLDER = [
  `2026-08-01T00:00:00.000001+02:00 ${accepted(`publickey for ada from 10.1.1.9 port 40003 ssh2: ED25519 ${LAPTOP}`)}`,
  `2026-08-02T00:00:00.000001+02:00 ${accepted(`publickey for ada from 10.1.1.9 port 40004 ssh2: RSA ${TOKEN}`)}`,
]

const place = { path: '/var/log/auth.log' }

/** What accounts come to in the course of years: shared uids, homes that others may write to, keys whose use only old logs tell. */
export default {
  name: 'long-lived',
  base: 'debian',
  purpose: 'shared uids, homes of others, and logs of logins that were rotated and packed',
  accounts: [
    ...systemAccounts('debian', { password: { state: 'none', field: '*' } }),
    ...people,
    { ...person('ben-admin', 1001, { state: 'none', field: '!' }), gid: 1001, home: '/home/ben', makeHome: false },
    {
      name: 'operator',
      uid: 0,
      gid: 0,
      home: '/srv/operator',
      shell: '/usr/sbin/nologin',
      password: { state: 'usable', scheme: 'md5crypt', password: 'operator' },
      makeHome: false,
    },
  ],
  groups: [...systemGroups('debian', {}), ...people.map(groupOf)],
  files: [
    { type: 'folder', path: '/home/ada', owner: 1000, group: 1000, mode: 0o777 },
    { type: 'folder', path: '/srv/operator', owner: 1002, group: 1002, mode: 0o755 },
    { type: 'file', path: '/var/log/auth.log', content: NEWEST.join(''), group: 4, mode: 0o640 },
    {
      type: 'file',
      path: '/var/log/auth.log.2.gz',
      content: new Uint8Array(gzipSync(OLDER.join(''))),
      group: 4,
      mode: 0o640,
    },
  ],
  furtherTruth: [
    {
      kind: 'usage',
      account: 'ada',
      consumer: 'key-login',
      key: LAPTOP,
      lastUsed: '2026-11-20T08:30:00Z',
      from: '10.1.1.1',
      place,
    },
    {
      kind: 'usage',
      account: 'ada',
      consumer: 'key-login',
      key: TOKEN,
      lastUsed: '2026-08-01T22:00:00Z',
      from: '10.1.1.9',
      place,
    },
    {
      kind: 'usage',
      account: 'root',
      consumer: 'key-login',
      key: TOKEN,
      lastUsed: '2026-11-20T09:00:00Z',
      from: '10.1.1.3',
      place,
    },
    {
      kind: 'usage',
      account: 'root',
      consumer: 'key-login',
      key: AUTHORITY,
      lastUsed: '2026-11-20T09:00:00Z',
      from: '10.1.1.3',
      place,
    },
    { kind: 'usage', account: 'ben', consumer: 'login', lastUsed: '2026-11-20T08:45:00Z', from: '2001:db8::1', place },
  ],
  scan: { account: 'root', sudo: 'not-needed' },
} satisfies HostDescription
