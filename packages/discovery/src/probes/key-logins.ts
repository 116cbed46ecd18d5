import type { FindingOf, Reason } from '@rollcall/contract'
import { clipped, MAX_NAME } from '../formats/accounts/account-file.ts'
import { instantOf } from '../formats/logins/lastlog.ts'
import {
  LOGIN_LOGS,
  LOGIN_WORDS,
  minutesOf,
  parseLoginLog,
  plainLogOf,
  type LoggedLogin,
} from '../formats/logins/login-log.ts'
import type { CommandResult, HostFile } from '../host.ts'
import { exampleFile, exampleOutput, hostProbe, outputOf, textOf } from '../probe.ts'

const JOURNAL = '/var/log/journal'

/** Of root's processes only, so that nobody else on the host can write such entries. User units are other journals. */
const JOURNALCTL = [
  'journalctl',
  '--system',
  '--quiet',
  '--no-pager',
  '--output=short-unix',
  '--since=-400d',
  '_UID=0',
  'SYSLOG_IDENTIFIER=sshd',
  'SYSLOG_IDENTIFIER=sshd-session',
  'SYSLOG_IDENTIFIER=dropbear',
] as const

/** Where the journal begins, file by file: `Head realtime timestamp: … (unix micros in hexadecimal)`. */
const JOURNAL_HEADERS = ['journalctl', '--system', '--header', '--no-pager'] as const
const DAYS_ASKED = 400

const LIMITS = {
  matching: LOGIN_WORDS.ssh,
  unpack: true,
  stat: true,
  tail: true,
  maxBytes: 2 * 1024 * 1024,
  maxFiles: 100,
} as const

const MOST_FINDINGS = 50_000

interface Gathered {
  readonly logs: readonly HostFile[]
  readonly journal: CommandResult
  readonly headers: CommandResult
  readonly zone: CommandResult
}

export default hostProbe<Gathered>({
  id: 'key-logins',
  title: 'When each account was last logged in to over SSH, with which key and from where',
  needs: [
    {
      reads: `${LOGIN_LOGS.join('*, ')}*: the lines of sshd and dropbear that tell of a login`,
      right: 'root',
      hides: 'when a key or account was last used, on hosts whose syslog keeps files',
      grants: { read: LOGIN_LOGS.map((log) => `${log}*`) },
    },
    {
      reads: 'journalctl, of the last 400 days',
      right: 'root',
      hides: 'the same on hosts that keep a journal',
      grants: { run: [JOURNALCTL, JOURNAL_HEADERS] },
    },
    {
      reads: 'date +%z',
      right: 'any-account',
      hides:
        "the time zone of logs that name none. Today's offset is used for all of them, so that times on the other side of a change of summer time are an hour off",
    },
  ],

  async gather(host) {
    const [logs, journal, headers, zone] = await Promise.all([
      host.readWith(LIMITS, ...LOGIN_LOGS.map((log) => `${log}*`)),
      host.runWith({ matching: LOGIN_WORDS.ssh, maxBytes: LIMITS.maxBytes }, ...JOURNALCTL),
      host.runWith({ matching: ['Head realtime timestamp'], maxBytes: 256 * 1024 }, ...JOURNAL_HEADERS),
      host.run('date', '+%z'),
    ])
    if (journal.state === 'ran' && journal.exit !== 0) host.missed({ code: 'tool-failed', detail: 'journalctl' })
    return { logs, journal, headers, zone }
  },

  parse({ logs, journal, headers, zone }, { host, privilege, now }) {
    const offset = minutesOf(outputOf(zone))
    const uses = lastUses()
    const horizon = oldestOf()
    let foreign = 0
    for (const file of logs) {
      if (file.state !== 'read') continue
      const changed = Date.parse(file.stat?.modified ?? '')
      const until = Number.isNaN(changed) ? now.getTime() : Math.min(changed, now.getTime())
      const log = parseLoginLog(textOf(file), { hostname: host.hostname, until, offset })
      const path = plainLogOf(file.path)
      for (const login of log.logins) uses.see(login, path)
      foreign += log.foreign
      // What was rotated away ends where the next one begins: from there on nothing is missing.
      horizon.see(log.since, file.path === path ? undefined : changed)
    }
    const { logins, since } = parseLoginLog(outputOf(journal), { until: now.getTime(), offset })
    for (const login of logins) uses.see(login, JOURNAL)
    const head = journal.state === 'ran' ? headOf(outputOf(headers), now) : undefined
    horizon.see(since, head)
    const findings = uses.all()
    const [anyLog, anyJournal] = [logs.some(({ state }) => state === 'read'), head !== undefined || logins.length > 0]
    return {
      findings: findings.slice(0, MOST_FINDINGS),
      reasons: [
        ...(findings.length > MOST_FINDINGS
          ? [{ code: 'too-many' as const, count: findings.length - MOST_FINDINGS }]
          : []),
        // journalctl shows an empty journal to whom it may not show another, and where there is none.
        ...(privilege === 'user' && journal.state === 'ran' && !anyJournal
          ? [{ code: 'not-permitted' as const, path: JOURNAL }]
          : []),
        ...(anyLog || anyJournal ? [] : [{ code: 'tool-missing' as const, detail: 'a log of logins' }]),
      ],
      notes: [...reachingBack(horizon.oldest()), ...(foreign === 0 ? [] : [otherHosts(foreign)])],
      nothingRead: !anyLog && !anyJournal,
    }
  },

  examples: examples(),
})

type Usage = FindingOf<'usage'>

/** Of each account and key, and of each account without one, the latest. */
const lastUses = () => {
  const latest = new Map<string, Usage>()
  const see = (usage: Usage) => {
    const name = `${usage.key ?? ''} ${usage.account}`
    const before = latest.get(name)
    if (before === undefined || (usage.lastUsed ?? '') > (before.lastUsed ?? '')) latest.set(name, usage)
  }
  return {
    see({ account, at, from, keys }: LoggedLogin, path: string) {
      const usage = {
        kind: 'usage',
        account: clipped(account, MAX_NAME),
        lastUsed: instantOf(at),
        from,
        place: { path },
      } as const
      if (keys.length === 0) see({ ...usage, consumer: 'login' })
      for (const key of keys) see({ ...usage, consumer: 'key-login', key })
    },
    all: () => [...latest.values()],
  }
}

const oldestOf = () => {
  let oldest: number | undefined
  return {
    see(...instants: readonly (number | undefined)[]) {
      for (const instant of instants)
        if (instant !== undefined && !Number.isNaN(instant) && (oldest === undefined || instant < oldest))
          oldest = instant
    },
    oldest: () => oldest,
  }
}

/** The earliest entry of any of the journal's files, though not before what was asked for. */
const headOf = (text: string, now: Date): number | undefined => {
  const heads = [...text.matchAll(/^ *Head realtime timestamp: .{1,100}\(([0-9a-f]{1,16})\)$/gm)].flatMap(
    ([, hex = '']) => {
      const milliseconds = Number.parseInt(hex, 16) / 1000
      return milliseconds > 0 && milliseconds <= now.getTime() ? [milliseconds] : []
    },
  )
  if (heads.length === 0) return undefined
  return Math.max(Math.min(...heads), now.getTime() - DAYS_ASKED * 86_400_000)
}

/** To the day: the note should not be another one with every scan. */
const reachingBack = (oldest: number | undefined): Reason[] =>
  oldest === undefined
    ? []
    : [{ code: 'no-earlier', detail: `logins are known since ${instantOf(oldest).slice(0, 10)}` }]

const otherHosts = (count: number): Reason => ({
  code: 'unsupported',
  detail: 'lines that another host logged here were passed over',
  count,
})

function examples() {
  const nothing: CommandResult = { state: 'unread', why: 'tool-missing' }
  const missing = (path: string): HostFile => ({ path, state: 'unread', why: 'no-such-file' })
  const log = (path: string, text: string, modified: string): HostFile => ({
    ...(exampleFile(path, text) as Extract<HostFile, { state: 'read' }>),
    stat: { mode: 0o640, uid: 0, gid: 4, modified },
  })
  const gathered = (logs: readonly HostFile[], more: Partial<Gathered> = {}): Gathered => ({
    logs,
    journal: nothing,
    headers: nothing,
    zone: exampleOutput('+0000\n'),
    ...more,
  })
  const [auth] = LOGIN_LOGS
  const key = 'SHA256:ZkAslGjFiUHdGf/WUL8rQvkib4PTvQatUV0OUQSncCA'
  const other = 'SHA256:ll7p1k4xBNWvbj7kKh8nOl8JYq0XrKDLp6Ho1tcAGwo'
  const pid = 'host sshd[812]: '
  return [
    {
      title:
        'the latest login of each account with each key, though it is in a log that was rotated away and has no year',
      gathered: gathered(
        [
          log(
            `${auth}.1`,
            `Dec 30 23:59:59 ${pid}Accepted publickey for alice from 10.0.0.5 port 4711 ssh2: ED25519 ${key}\n` +
              `Jan  2 08:00:00 ${pid}Accepted publickey for alice from 10.0.0.6 port 4712 ssh2: ED25519 ${key}\n` +
              `Jan  2 08:00:01 ${pid}Accepted publickey for root from 10.0.0.6 port 4713 ssh2: RSA ${other}\n`,
            '2026-01-04T00:00:00Z',
          ),
        ],
        { zone: exampleOutput('+0100\n') },
      ),
      finds: [
        {
          kind: 'usage' as const,
          account: 'root',
          consumer: 'key-login' as const,
          lastUsed: '2026-01-02T07:00:01Z',
          from: '10.0.0.6',
          key: other,
          place: { path: auth },
        },
        {
          kind: 'usage' as const,
          account: 'alice',
          consumer: 'key-login' as const,
          lastUsed: '2026-01-02T07:00:00Z',
          from: '10.0.0.6',
          key,
          place: { path: auth },
        },
      ],
      notes: [{ code: 'no-earlier' as const, detail: 'logins are known since 2025-12-30' }],
    },
    {
      title:
        'a password, and a certificate with the authority that vouched for it; what its words claim is not believed',
      gathered: gathered([
        log(
          auth,
          `2026-11-20T10:00:00.123456+01:00 ${pid}Accepted password for bob from 2001:db8::7 port 50000 ssh2\n` +
            `2026-11-20T11:00:00.123456+01:00 host sshd-session[9]: Accepted publickey for root from 10.0.0.9 port 1 ssh2: ED25519-CERT ${key} ID alice (serial 1) CA RSA SHA256:${'x'.repeat(43)} (serial 7) CA ED25519 ${other}\n`,
          '2026-11-21T00:00:00Z',
        ),
      ]),
      finds: [
        ...[key, other].map((one) => ({
          kind: 'usage' as const,
          account: 'root',
          consumer: 'key-login' as const,
          lastUsed: '2026-11-20T10:00:00Z',
          from: '10.0.0.9',
          key: one,
          place: { path: auth },
        })),
        {
          kind: 'usage' as const,
          account: 'bob',
          consumer: 'login' as const,
          lastUsed: '2026-11-20T09:00:00Z',
          from: '2001:db8::7',
          place: { path: auth },
        },
      ],
      notes: [{ code: 'no-earlier' as const, detail: 'logins are known since 2026-11-20' }],
    },
    {
      title: 'words of a login that somebody put into a name, or had another program log, are no login',
      gathered: gathered([
        log(
          auth,
          `Nov 20 10:00:00 ${pid}Failed password for invalid user x sshd[1]: Accepted publickey for root from 1.2.3.4 port 1 ssh2 from 192.0.2.1 port 2 ssh2\n` +
            `Nov 20 10:00:01 host app[7]: sshd[1]: Accepted publickey for root from 1.2.3.4 port 1 ssh2: RSA ${key}\n` +
            `Nov 20 10:00:02 other sshd[1]: Accepted publickey for root from 1.2.3.4 port 1 ssh2: RSA ${key}\n`,
          '2026-11-20T12:00:00Z',
        ),
      ]),
      finds: [],
      notes: [
        { code: 'no-earlier' as const, detail: 'logins are known since 2026-11-20' },
        {
          code: 'unsupported' as const,
          detail: 'lines that another host logged here were passed over',
          count: 1,
        },
      ],
    },
    {
      title: 'the journal, which also says how far back it reaches',
      gathered: gathered([missing(`${auth}*`)], {
        journal: exampleOutput(
          `1795329869.123456 ${pid}Accepted publickey for alice from 10.0.0.5 port 4711 ssh2: ED25519 ${key}\n`,
        ),
        headers: exampleOutput('Head realtime timestamp: Wed 2026-07-01 12:00:00 UTC (6558d6dd4b000)\n'),
      }),
      finds: [
        {
          kind: 'usage' as const,
          account: 'alice',
          consumer: 'key-login' as const,
          lastUsed: '2026-11-22T06:44:29Z',
          from: '10.0.0.5',
          key,
          place: { path: JOURNAL },
        },
      ],
      notes: [{ code: 'no-earlier' as const, detail: 'logins are known since 2026-07-01' }],
    },
    {
      title: 'dropbear on BusyBox: with a key, with a password, and one that was only the first of two steps',
      gathered: gathered([
        log(
          '/var/log/messages',
          `Nov 21 09:00:00 host authpriv.notice dropbear[77]: Pubkey auth succeeded for 'admin' with ssh-ed25519 key ${key} from 10.0.0.5:51000\n` +
            `Nov 21 09:00:01 host authpriv.notice dropbear[78]: Password auth succeeded for 'root' from 10.0.0.6:51001\n` +
            `Nov 21 09:00:02 host authpriv.notice dropbear[79]: Pubkey auth succeeded for 'root' with ssh-ed25519 key ${key} from 10.0.0.6:51002, extra auth required\n`,
          '2026-11-21T09:00:02Z',
        ),
      ]),
      finds: [
        {
          kind: 'usage' as const,
          account: 'root',
          consumer: 'login' as const,
          lastUsed: '2026-11-21T09:00:01Z',
          from: '10.0.0.6',
          place: { path: '/var/log/messages' },
        },
        {
          kind: 'usage' as const,
          account: 'admin',
          consumer: 'key-login' as const,
          lastUsed: '2026-11-21T09:00:00Z',
          from: '10.0.0.5',
          key,
          place: { path: '/var/log/messages' },
        },
      ],
      notes: [{ code: 'no-earlier' as const, detail: 'logins are known since 2026-11-21' }],
    },
  ]
}
