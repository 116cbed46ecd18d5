import type { FindingOf, Reason } from '@rollcall/contract'
import { clipped } from '../formats/accounts/account-file.ts'
import { AIX_LASTLOG, aixLastLogins } from '../formats/accounts/aix-security.ts'
import { instantOf, parseLastlog } from '../formats/logins/lastlog.ts'
import { LOGIN_LOGS, LOGIN_WORDS, minutesOf, parseLoginLog, plainLogOf } from '../formats/logins/login-log.ts'
import { passwdOf } from '../formats/accounts/passwd.ts'
import { MAX_UTMP_USER, parseUtmp } from '../formats/logins/utmp.ts'
import type { CommandResult, HostFile } from '../host.ts'
import { exampleFile, exampleOutput, hostProbe, outputOf, textOf } from '../probe.ts'

const PASSWD = '/etc/passwd'
const LASTLOG = '/var/log/lastlog'
const LASTLOG2 = '/var/lib/lastlog/lastlog2.db'
const WTMP = '/var/log/wtmp'
/** `wtmp.1`, `wtmp.2.gz`, `wtmp-20261101.xz`. */
const ROTATED = '/var/log/wtmp[.-]*'
const CURRENT = ['/run/utmp', '/var/run/utmp'] as const
const JOURNAL = '/var/log/journal'

/** The latest of what the host keeps without a program of its own to ask. */
const WTMP_LIMITS = { tail: true, maxBytes: 1024 * 1024 } as const
const ROTATED_LIMITS = { tail: true, unpack: true, maxBytes: 256 * 1024, maxFiles: 24 } as const
const LOG_LIMITS = {
  matching: LOGIN_WORDS.sessions,
  unpack: true,
  stat: true,
  tail: true,
  maxBytes: 1024 * 1024,
  maxFiles: 100,
} as const

/** Of root's processes only, so that nobody else on the host can write such entries. */
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
  'SYSLOG_IDENTIFIER=login',
  'SYSLOG_IDENTIFIER=gdm-password]',
  'SYSLOG_IDENTIFIER=lightdm',
  'SYSLOG_IDENTIFIER=sddm',
] as const

interface Gathered {
  readonly passwd?: HostFile | undefined
  readonly lastlog?: CommandResult | undefined
  readonly lastlog2?: CommandResult | undefined
  /** Only where neither program gave an answer. */
  readonly instead?: Instead | undefined
}

interface Instead {
  /** wtmp, its rotated ones and utmp. */
  readonly records: readonly HostFile[]
  readonly logs: readonly HostFile[]
  readonly journal: CommandResult
  readonly zone: CommandResult
  /** Of AIX. */
  readonly aix?: HostFile | undefined
}

export default hostProbe<Gathered>({
  id: 'last-logins',
  title: 'When each local account last logged in',
  needs: [
    { reads: `lastlog (${LASTLOG})`, right: 'any-account', hides: 'the last login of each account' },
    {
      reads: `lastlog2 (${LASTLOG2})`,
      right: 'any-account',
      hides: 'the same on hosts that have it in place of lastlog',
    },
    {
      reads: `${WTMP}, rotated ones, and ${CURRENT[0]}, where the host has neither program`,
      right: 'any-account',
      hides: 'recent logins; accounts it does not mention stay unknown, since it is rotated',
    },
    {
      reads: `the lines of ${LOGIN_LOGS.join('*, ')}* and of the journal that tell of a session, where the host has neither program`,
      right: 'root',
      hides: 'recent logins on hosts that keep no other record; of others than those nothing is concluded',
      grants: { read: LOGIN_LOGS.map((log) => `${log}*`), run: [JOURNALCTL] },
    },
    {
      reads: `${AIX_LASTLOG} of AIX`,
      right: 'root',
      hides: 'the last login of each account there',
      grants: { read: [AIX_LASTLOG] },
    },
    { reads: PASSWD, right: 'any-account', hides: 'which accounts there are' },
  ],

  async gather(host) {
    const [lastlog, lastlog2, [passwd]] = await Promise.all([
      host.run('lastlog'),
      host.run('lastlog2'),
      host.read(PASSWD),
    ])
    for (const [program, result] of [
      ['lastlog', lastlog],
      ['lastlog2', lastlog2],
    ] as const) {
      if (result.state === 'ran' && result.exit !== 0) host.missed({ code: 'tool-failed', detail: program })
    }
    if (answered(lastlog) || answered(lastlog2)) return { passwd, lastlog, lastlog2 }
    const [records, rotated, logs, journal, zone, [aix]] = await Promise.all([
      host.readWith(WTMP_LIMITS, WTMP, ...CURRENT),
      host.readWith(ROTATED_LIMITS, ROTATED),
      host.readWith(LOG_LIMITS, ...LOGIN_LOGS.map((log) => `${log}*`)),
      host.runWith({ matching: LOGIN_WORDS.sessions }, ...JOURNALCTL),
      host.run('date', '+%z'),
      host.read(AIX_LASTLOG),
    ])
    return { passwd, lastlog, lastlog2, instead: { records: [...records, ...rotated], logs, journal, zone, aix } }
  },

  parse({ passwd, lastlog, lastlog2, instead }, { host, now }) {
    const names = new Set(passwdOf(passwd).entries.map(({ name }) => name))
    const reasons: Reason[] = []
    const seen = new Map<string, Usage>()
    const see = (usage: Usage) => {
      const before = seen.get(usage.account)
      if (before === undefined || isLater(usage, before)) seen.set(usage.account, usage)
    }

    for (const [program, path, result] of [
      ['lastlog', LASTLOG, lastlog],
      ['lastlog2', LASTLOG2, lastlog2],
    ] as const) {
      if (!answered(result)) continue
      const { lines, unparsable } = parseLastlog(outputOf(result), (name) => names.has(name))
      for (const { name, at, from, port } of lines) see(usage(name, at, from === '' ? port : from, { path }))
      const [line] = unparsable
      if (line !== undefined)
        reasons.push({ code: 'unparsable', line, detail: `the output of ${program}`, count: unparsable.length })
    }
    // lastlog2 lists only who has logged in; asked for anybody else by name, it says "never".
    if (answered(lastlog2) && !lastlog2.truncated) {
      for (const name of names) see(usage(name, 'never', '', { path: LASTLOG2 }))
    }
    if (instead === undefined) return { findings: [...seen.values()], reasons }

    for (const { account, at, from } of aixLastLogins(textOf(instead.aix)))
      if (names.has(account)) see(usage(account, at, from, { path: AIX_LASTLOG }))
    const kept = recordedLogins(instead.records, names)
    const logged = loggedLogins(instead, names, host.hostname, now)
    for (const one of [...kept.usages, ...logged.usages]) see(one)
    const anything = kept.understood || logged.anything || instead.aix?.state === 'read'
    return {
      findings: [...seen.values()],
      reasons: [
        ...reasons,
        ...kept.reasons,
        ...(anything || kept.reasons.length > 0
          ? []
          : [{ code: 'tool-missing' as const, detail: 'a record of logins' }]),
      ],
      nothingRead: !anything && kept.reasons.length === 0,
    }
  },

  examples: [
    {
      title: "lastlog tells it for every account, in the host's own time zone",
      gathered: {
        passwd: exampleFile(PASSWD, 'root:x:0:0::/root:/bin/bash\nalice:x:1000:1000::/home/alice:/bin/bash\n'),
        lastlog: exampleOutput(
          'Username         Port     From                                       Latest\n' +
            'root                                                                **Never logged in**\n' +
            'alice            pts/0    10.0.0.5                                  Sun Nov 22 06:44:29 +0100 2026\n',
        ),
      },
      finds: [
        { kind: 'usage', account: 'root', consumer: 'login', lastUsed: 'never', place: { path: LASTLOG } },
        {
          kind: 'usage',
          account: 'alice',
          consumer: 'login',
          lastUsed: '2026-11-22T05:44:29Z',
          from: '10.0.0.5',
          place: { path: LASTLOG },
        },
      ],
    },
    {
      title: 'A login at the console has a terminal, and no host it came from',
      gathered: {
        passwd: exampleFile(PASSWD, 'root:x:0:0::/root:/bin/bash\n'),
        lastlog: exampleOutput(
          'Username         Port     From             Latest\nroot             tty1                      Thu Jan  1 09:05:00 +0000 2026\n',
        ),
      },
      finds: [
        {
          kind: 'usage',
          account: 'root',
          consumer: 'login',
          lastUsed: '2026-01-01T09:05:00Z',
          from: 'tty1',
          place: { path: LASTLOG },
        },
      ],
    },
    {
      title: 'lastlog2 lists only those who have logged in; the others never did',
      gathered: {
        passwd: exampleFile(PASSWD, 'root:x:0:0::/root:/bin/bash\nbackup:x:34:34::/:/bin/sh\n'),
        lastlog: { state: 'unread', why: 'tool-missing' },
        lastlog2: exampleOutput(
          'Username         Port     From                                       Latest\n' +
            'root             ssh      2001:db8::7                                Mon Jun  1 12:00:00 -0330 2026\n',
        ),
      },
      finds: [
        {
          kind: 'usage',
          account: 'root',
          consumer: 'login',
          lastUsed: '2026-06-01T15:30:00Z',
          from: '2001:db8::7',
          place: { path: LASTLOG2 },
        },
        { kind: 'usage', account: 'backup', consumer: 'login', lastUsed: 'never', place: { path: LASTLOG2 } },
      ],
    },
    {
      title: 'Without either program wtmp tells the recent logins; of the others nothing is concluded',
      gathered: {
        passwd: exampleFile(PASSWD, 'root:x:0:0::/root:/bin/bash\nalice:x:1000:1000::/home/alice:/bin/bash\n'),
        lastlog: { state: 'unread', why: 'tool-missing' },
        lastlog2: { state: 'unread', why: 'tool-missing' },
        instead: {
          records: [recorded(`${WTMP}.1`, 1_795_330_000), recorded(WTMP, 1_795_000_000), missingFile(CURRENT[0])],
          logs: [missingFile(LOGIN_LOGS[0])],
          journal: { state: 'unread', why: 'tool-missing' },
          zone: exampleOutput('+0000\n'),
        },
      },
      finds: [
        {
          kind: 'usage',
          account: 'alice',
          consumer: 'login',
          lastUsed: '2026-11-22T06:46:40Z',
          from: '192.0.2.9',
          place: { path: WTMP },
        },
      ],
    },
    {
      title: 'Where nothing else is kept, the sessions that PAM logged; those of cron, su and sudo are no logins',
      gathered: {
        passwd: exampleFile(PASSWD, 'root:x:0:0::/root:/bin/bash\nalice:x:1000:1000::/home/alice:/bin/bash\n'),
        lastlog: { state: 'unread', why: 'tool-missing' },
        lastlog2: { state: 'unread', why: 'tool-missing' },
        instead: {
          records: [missingFile(WTMP), missingFile(CURRENT[0])],
          logs: [
            exampleFile(
              LOGIN_LOGS[0],
              'Nov 20 10:00:00 host login[9]: pam_unix(login:session): session opened for user alice(uid=1000) by LOGIN(uid=0)\n' +
                'Nov 20 10:05:00 host su[10]: pam_unix(su:session): session opened for user root(uid=0) by alice(uid=1000)\n' +
                'Nov 20 11:00:00 host CRON[11]: pam_unix(cron:session): session opened for user root(uid=0) by (uid=0)\n',
            ),
          ],
          journal: { state: 'unread', why: 'tool-missing' },
          zone: exampleOutput('-0500\n'),
        },
      },
      finds: [
        {
          kind: 'usage',
          account: 'alice',
          consumer: 'login',
          lastUsed: '2026-11-20T15:00:00Z',
          place: { path: LOGIN_LOGS[0] },
        },
      ],
    },
    {
      title: 'AIX has a stanza for each account that it knows of',
      gathered: {
        passwd: exampleFile(PASSWD, 'root:!:0:0::/:/usr/bin/ksh\noper:!:201:1::/home/oper:/usr/bin/ksh\n'),
        lastlog: { state: 'unread', why: 'tool-missing' },
        lastlog2: { state: 'unread', why: 'tool-missing' },
        instead: {
          records: [missingFile(WTMP)],
          logs: [],
          journal: { state: 'unread', why: 'tool-missing' },
          zone: exampleOutput('+0000\n'),
          aix: exampleFile(
            AIX_LASTLOG,
            'root:\n\ttime_last_login = 1795329869\n\ttty_last_login = /dev/pts/0\n\thost_last_login = 10.0.0.5\n\tunsuccessful_login_count = 0\n\noper:\n\tunsuccessful_login_count = 3\n',
          ),
        },
      },
      finds: [
        {
          kind: 'usage',
          account: 'root',
          consumer: 'login',
          lastUsed: '2026-11-22T06:44:29Z',
          from: '10.0.0.5',
          place: { path: AIX_LASTLOG },
        },
        { kind: 'usage', account: 'oper', consumer: 'login', lastUsed: 'never', place: { path: AIX_LASTLOG } },
      ],
    },
    {
      title: 'Output that nobody expected is said to be so',
      gathered: {
        passwd: exampleFile(PASSWD, 'root:x:0:0::/root:/bin/bash\n'),
        lastlog: exampleOutput(
          'Username         Port     From             Latest\nroot             tty1                      yesterday\n',
        ),
      },
      finds: [],
      reasons: [{ code: 'unparsable', line: 2, detail: 'the output of lastlog', count: 1 }],
    },
  ],
})

type Usage = FindingOf<'usage'>

const usage = (account: string, lastUsed: string, from: string, place: { path: string }): Usage => ({
  kind: 'usage',
  account,
  consumer: 'login',
  lastUsed,
  ...(from === '' ? {} : { from: clipped(from, 256) }),
  place,
})

const answered = (result: CommandResult | undefined): result is CommandResult & { state: 'ran' } =>
  result?.state === 'ran' && result.exit === 0

/** The logins that records of utmp(5) tell, wherever they were rotated to. */
const recordedLogins = (files: readonly HostFile[], names: ReadonlySet<string>) => {
  const byField = new Map([...names].map((name) => [utmpField(name), name]))
  const usages: Usage[] = []
  const reasons: Reason[] = []
  let understood = false
  for (const file of files) {
    if (file.state !== 'read') continue
    const records = parseUtmp(file.bytes)
    if (records.understood) understood = true
    else
      reasons.push({
        code: 'unsupported',
        path: clipped(file.path, 4096),
        detail: 'not the records of a known machine type',
      })
    for (const { user, at, host, line } of records.logins) {
      const name = byField.get(user)
      if (name !== undefined) usages.push(usage(name, at, host === '' ? line : host, { path: WTMP }))
    }
  }
  return { usages, reasons, understood }
}

/** The logins that services logged. */
const loggedLogins = (
  { logs, journal, zone }: Instead,
  names: ReadonlySet<string>,
  hostname: string | undefined,
  now: Date,
) => {
  const offset = minutesOf(outputOf(zone))
  const read = logs.flatMap((file) => {
    if (file.state !== 'read') return []
    const changed = Date.parse(file.stat?.modified ?? '')
    const until = Number.isNaN(changed) ? now.getTime() : Math.min(changed, now.getTime())
    const { logins } = parseLoginLog(textOf(file), { hostname, until, offset }, 'sessions')
    return [{ path: plainLogOf(file.path), logins }]
  })
  const { logins } = parseLoginLog(outputOf(journal), { until: now.getTime(), offset }, 'sessions')
  const usages = [...read, { path: JOURNAL, logins }].flatMap(({ path, logins }) =>
    logins.flatMap(({ account, at, from }) =>
      names.has(account) ? [usage(account, instantOf(at), from, { path })] : [],
    ),
  )
  return { usages, anything: read.length > 0 || logins.length > 0 }
}

/** The same login stands in several records, a moment later in one: the one that was read first is kept, from scan to scan. */
const isLater = ({ lastUsed: left = 'never', place }: Usage, { lastUsed: right = 'never', place: before }: Usage) => {
  if (left === 'never' || right === 'never') return right === 'never' && left !== 'never'
  return place.path === before.path ? left > right : Date.parse(left) > Date.parse(right) + A_MOMENT
}

const A_MOMENT = 60_000

/** A name as the user field of utmp(5) holds it. */
const utmpField = (name: string) => new TextDecoder().decode(new TextEncoder().encode(name).subarray(0, MAX_UTMP_USER))

/** One record of a login, as x86-64 writes it. */
function exampleLogin(user: string, line: string, host: string, seconds: number): Uint8Array {
  const bytes = new Uint8Array(384)
  const view = new DataView(bytes.buffer)
  view.setInt16(0, 7, true)
  for (const [text, at] of [
    [line, 8],
    [user, 44],
    [host, 76],
  ] as const) {
    bytes.set(new TextEncoder().encode(text), at)
  }
  view.setUint32(340, seconds, true)
  return bytes
}

function recorded(path: string, seconds: number): HostFile {
  return { path, state: 'read', bytes: exampleLogin('alice', 'pts/3', '192.0.2.9', seconds), truncated: false }
}

function missingFile(path: string): HostFile {
  return { path, state: 'unread', why: 'no-such-file' }
}
