import type { FindingOf, Reason } from '@rollcall/contract'
import { clipped } from '../formats/account-file.ts'
import { parseLastlog } from '../formats/lastlog.ts'
import { parsePasswd } from '../formats/passwd.ts'
import { MAX_UTMP_USER, parseUtmp } from '../formats/utmp.ts'
import type { CommandResult, HostFile } from '../host.ts'
import { exampleFile, exampleOutput, hostProbe, outputOf, textOf } from '../probe.ts'

const PASSWD = '/etc/passwd'
const LASTLOG = '/var/log/lastlog'
const LASTLOG2 = '/var/lib/lastlog/lastlog2.db'
const WTMP = '/var/log/wtmp'
const WTMP_BYTES = 1024 * 1024

interface Gathered {
  readonly passwd?: HostFile | undefined
  readonly lastlog?: CommandResult | undefined
  readonly lastlog2?: CommandResult | undefined
  /** Only read where neither program gave an answer. */
  readonly wtmp?: HostFile | undefined
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
      reads: `the last MiB of ${WTMP}, where the host has neither program`,
      right: 'any-account',
      hides: 'recent logins; accounts it does not mention stay unknown, since it is rotated',
    },
    { reads: PASSWD, right: 'any-account', hides: 'which accounts there are' },
  ],

  async gather(host) {
    const [lastlog, lastlog2] = await Promise.all([host.run('lastlog'), host.run('lastlog2')])
    for (const [program, result] of [
      ['lastlog', lastlog],
      ['lastlog2', lastlog2],
    ] as const) {
      if (result.state === 'ran' && result.exit !== 0) host.missed({ code: 'tool-failed', detail: program })
    }
    const told = answered(lastlog) || answered(lastlog2)
    if (!told && missing(lastlog) && missing(lastlog2)) host.missed({ code: 'tool-missing', detail: 'lastlog' })
    const [wtmp] = told ? [] : await host.readWith({ tail: true, maxBytes: WTMP_BYTES }, WTMP)
    // Asked last: a host that has no log of logins at all should read as that, not as one that was read in part.
    const [passwd] = told || wtmp?.state === 'read' ? await host.read(PASSWD) : []
    return { passwd, lastlog, lastlog2, wtmp }
  },

  parse({ passwd, lastlog, lastlog2, wtmp }) {
    const names = new Set(parsePasswd(textOf(passwd), PASSWD).entries.map(({ name }) => name))
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
    if (wtmp?.state === 'read') {
      const { logins, understood } = parseUtmp(wtmp.bytes)
      if (!understood)
        reasons.push({ code: 'unsupported', path: WTMP, detail: 'not the records of a known machine type' })
      const byField = new Map([...names].map((name) => [utmpField(name), name]))
      for (const { user, at, host, line } of logins) {
        const name = byField.get(user)
        if (name !== undefined) see(usage(name, at, host === '' ? line : host, { path: WTMP }))
      }
    }
    return { findings: [...seen.values()], reasons }
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
        wtmp: {
          path: WTMP,
          state: 'read',
          bytes: exampleLogin('alice', 'pts/3', '192.0.2.9', 1_795_330_000),
          truncated: false,
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

const missing = (result: CommandResult) => result.state === 'unread' && result.why === 'tool-missing'

const isLater = ({ lastUsed: left = 'never' }: Usage, { lastUsed: right = 'never' }: Usage) =>
  left !== 'never' && (right === 'never' || left > right)

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
