import type { FindingOf, Reason } from '@rollcall/contract'
import { clipped, MAX_NAME, MAX_PATH } from '../formats/accounts/account-file.ts'
import { PROC_NET, SS, parseProcNet, parseSs, type ListeningSocket } from '../formats/listening-sockets.ts'
import { passwdOf } from '../formats/accounts/passwd.ts'
import { BUSYBOX_PS, parseProcesses, POSIX_PS, PROCPS, type ListedProcess } from '../formats/process-list.ts'
import type { CommandResult, FindResult, HostFile } from '../host.ts'
import { exampleFile, exampleOutput, hostProbe, outputOf, textOf, type Gathering } from '../probe.ts'
import { lastPart } from '../posix-path.ts'

type Usage = FindingOf<'usage'>

interface Gathered {
  readonly list: { readonly form: 'procps' | 'posix' | 'busybox'; readonly output: CommandResult }
  readonly sockets: CommandResult
  /** Where there is no ss: the tables of the kernel, and the open files by which processes hold sockets. */
  readonly tables?: {
    readonly tcp: readonly HostFile[]
    readonly udp: readonly HostFile[]
    readonly unix: readonly HostFile[]
    readonly held: FindResult
  }
  /** `/proc/<pid>/exe` of each process. */
  readonly programs: FindResult
  readonly passwd: HostFile | undefined
}

/** A process that another one started and that has run for less may be a job, which the next scan does not see again. */
const HOUR = 3600
/** What somebody who is logged in runs for longer than this is there to stay. */
const DAY = 86_400
const MOST_LISTENS = 64
const MOST_HELD = 50_000

/**
 * Only what is expected to be there at the next scan is told, one finding for each account, program and unit, so that a host on
 * which nothing changes is told the same each time. That is: what init started and what has its own container; what listens; what
 * runs the same program as a process that is told already and started it; and what has run for an hour, or for a day where somebody
 * who is logged in runs it. The processes of the scan itself and the logins it comes by are never told.
 */
export default hostProbe<Gathered>({
  id: 'processes',
  title: 'Running services: the account and program of each process that stays, and where it listens',
  needs: [
    { reads: 'the list of processes, by ps', right: 'any-account', hides: 'which accounts run anything' },
    {
      reads: '/proc/<pid>/exe of each process',
      right: 'root',
      hides: 'the programs that other accounts run; their short names are seen',
      unlisted: 'only the host knows the numbers of its processes',
    },
    {
      reads: 'sockets that listen and who holds them, by ss or from /proc',
      right: 'root',
      hides: 'which process of another account listens where',
      grants: { run: [SS] },
    },
  ],

  async gather(host) {
    const [procps, sockets, programs, [passwd]] = await Promise.all([
      host.run(...PROCPS),
      host.run(...SS),
      host.find({ under: ['/proc/[0-9]*/exe'], maxDepth: 0, where: { types: ['link'] } }),
      host.read('/etc/passwd'),
    ])
    const [others, tables] = await Promise.all([
      listed(procps) ? undefined : Promise.all([host.run(...POSIX_PS), host.run(...BUSYBOX_PS)]),
      sockets.state === 'unread' && sockets.why === 'tool-missing' ? kernelTables(host) : undefined,
    ])
    return {
      list: listThatWorked(procps, others),
      sockets,
      programs,
      passwd,
      ...(tables === undefined ? {} : { tables }),
    }
  },

  parse({ list, sockets, tables, programs, passwd }, { privilege }) {
    const names = namesByUid(passwd)
    const { processes, unread } = parseProcesses(outputOf(list.output), list.form)
    const links = programLinks(programs)
    const alive = processes.filter(
      (process) =>
        !isKernels(process) &&
        !process.name.endsWith('<defunct>') &&
        // With the rights to see them all, one without a link has ended meanwhile.
        (privilege !== 'root' || links === undefined || links.has(process.pid)),
    )
    const holding = socketsByPid(sockets, tables)
    const kept = lasting(alive, links, holding.byPid)
    return {
      findings: usages(kept, links, holding.byPid, names),
      reasons: [
        ...(listed(list.output) ? [] : [{ code: 'tool-failed' as const, detail: 'ps' }]),
        ...(unread === 0 ? [] : [{ code: 'unparsable' as const, detail: 'lines of ps', count: unread }]),
        ...(links === undefined && alive.length > 0
          ? [{ code: 'unsupported' as const, detail: 'programs and sockets of processes on this system' }]
          : []),
        ...hidden(alive, programs, links, holding.unheld, privilege === 'root'),
      ],
    }
  },

  examples: examples(),
})

const listThatWorked = (procps: CommandResult, [posix, busybox]: readonly CommandResult[] = []): Gathered['list'] => {
  if (posix !== undefined && listed(posix)) return { form: 'posix', output: posix }
  if (busybox !== undefined && listed(busybox)) return { form: 'busybox', output: busybox }
  return { form: 'procps', output: procps }
}

const listed = (result: CommandResult) => result.state === 'ran' && result.exit === 0 && result.stdout.length > 0

const kernelTables = async (host: Gathering) => {
  const table = (type: keyof typeof PROC_NET) =>
    host.readWith({ pseudo: true, matching: PROC_NET[type].matching }, ...PROC_NET[type].paths)
  const [tcp, udp, unix, held] = await Promise.all([
    table('tcp'),
    table('udp'),
    table('unix'),
    host.find({ under: ['/proc/[0-9]*/fd'], maxDepth: 1, where: { types: ['link'] }, maxEntries: MOST_HELD }),
  ])
  return { tcp, udp, unix, held }
}

const PID_OF = /^\/proc\/(\d{1,10})\//

/** Where `/proc/<pid>/exe` leads, by process; empty where it may not be seen. Undefined where links were not looked at. */
const programLinks = (found: FindResult): ReadonlyMap<number, string> | undefined =>
  found.state === 'unread' || found.entries.length === 0
    ? undefined
    : new Map(found.entries.map(({ path, target = '' }) => [Number(PID_OF.exec(path)?.[1]), programPath(target)]))

/** A program that was replaced while it ran is still the same service. */
const programPath = (target: string) =>
  clipped(target.endsWith(' (deleted)') ? target.slice(0, -' (deleted)'.length) : target, MAX_PATH)

/** Threads of the Linux kernel are children of kthreadd, which is process 2. */
const isKernels = ({ pid, parent, name }: ListedProcess) => parent === 2 || (pid === 2 && name === 'kthreadd')

const socketsByPid = (sockets: CommandResult, tables: Gathered['tables']) => {
  const all = tables === undefined ? parseSs(outputOf(sockets)) : socketsOfTables(tables)
  const byPid = new Map<number, ListeningSocket[]>()
  for (const socket of all)
    for (const pid of socket.pids) {
      const known = byPid.get(pid)
      if (known === undefined) byPid.set(pid, [socket])
      else known.push(socket)
    }
  return { byPid, unheld: all.filter(({ pids }) => pids.length === 0).length }
}

const socketsOfTables = ({ tcp, udp, unix, held }: NonNullable<Gathered['tables']>) => {
  const holders = new Map<string, number[]>()
  for (const { path, target } of held.state === 'found' ? held.entries : []) {
    const inode = /^socket:\[(\d+)\]$/.exec(target ?? '')?.[1]
    if (inode === undefined) continue
    const pid = Number(PID_OF.exec(path)?.[1])
    const known = holders.get(inode)
    if (known === undefined) holders.set(inode, [pid])
    else if (known.at(-1) !== pid) known.push(pid)
  }
  return [
    ...tcp.flatMap((file) => parseProcNet(textOf(file), 'tcp', holders)),
    ...udp.flatMap((file) => parseProcNet(textOf(file), 'udp', holders)),
    ...unix.flatMap((file) => parseProcNet(textOf(file), 'unix', holders)),
  ]
}

/** The processes that are expected to be there at the next scan. */
const lasting = (
  alive: readonly ListedProcess[],
  links: ReadonlyMap<number, string> | undefined,
  sockets: ReadonlyMap<number, readonly ListeningSocket[]>,
): readonly ListedProcess[] => {
  const byPid = new Map(alive.map((process) => [process.pid, process]))
  const own = ownProcesses(alive, byPid)
  const told = new Map<number, boolean>()
  const programOf = ({ pid, name }: ListedProcess) => links?.get(pid) || name

  const stays = (process: ListedProcess): boolean => {
    const { pid, parent, seconds = 0, terminal, group } = process
    if (own.has(pid) || isLogin(process, byPid.get(parent), programOf)) return false
    if (sockets.get(pid)?.some(({ network }) => network) === true) return true
    if (terminal || group?.session === true) return !terminal && seconds >= DAY
    return parent <= 1 || group?.container !== undefined || sockets.has(pid) || seconds >= HOUR
  }
  /** From the nearest ancestor that is settled down to the process, so that no chain is too deep. */
  const settle = (start: ListedProcess) => {
    const chain: ListedProcess[] = []
    for (let at: ListedProcess | undefined = start; at !== undefined && !told.has(at.pid); at = byPid.get(at.parent)) {
      told.set(at.pid, false)
      chain.push(at)
    }
    for (const process of chain.toReversed()) {
      const parent = byPid.get(process.parent)
      const forked =
        parent !== undefined &&
        told.get(parent.pid) === true &&
        process.parent > 1 &&
        !own.has(process.pid) &&
        !isLogin(process, parent, programOf) &&
        programOf(parent) === programOf(process)
      told.set(process.pid, forked || stays(process))
    }
  }
  for (const process of alive) settle(process)
  return alive.filter(({ pid }) => told.get(pid) === true)
}

/** The ps of the scan and what it was started by, up to what init started: that is a service like any other. */
const ownProcesses = (alive: readonly ListedProcess[], byPid: ReadonlyMap<number, ListedProcess>) => {
  const own = new Set<number>()
  for (const { pid, name, seconds = 0 } of alive) {
    if (!/(?:^|\/)(?:ps|busybox)$/.test(name) || seconds > 60) continue
    for (let at = byPid.get(pid); at !== undefined && at.parent > 1 && !own.has(at.pid); at = byPid.get(at.parent))
      own.add(at.pid)
  }
  return own
}

const LOGIN_SERVERS = new Set(['sshd', 'sshd-session', 'sshd-auth', 'dropbear', 'in.telnetd', 'login'])

/** What serves one login, and a unit that systemd made for one connection: its instance is numbered and says who with. */
const isLogin = (
  process: ListedProcess,
  parent: ListedProcess | undefined,
  programOf: (process: ListedProcess) => string,
) => {
  const program = lastPart(programOf(process))
  if (/^sshd-(?:session|auth)$/.test(program)) return true
  if (parent !== undefined && LOGIN_SERVERS.has(program) && lastPart(programOf(parent)) === program) return true
  return /@\d+-[^/]*:\d+/.test(process.group?.unit ?? '')
}

/** One finding for each account, program and unit. */
const usages = (
  kept: readonly ListedProcess[],
  links: ReadonlyMap<number, string> | undefined,
  sockets: ReadonlyMap<number, readonly ListeningSocket[]>,
  names: ReadonlyMap<number, string>,
): Usage[] => {
  const found = new Map<string, { usage: Omit<Usage, 'listens'>; listens: Set<string> }>()
  for (const process of kept) {
    const program = links?.get(process.pid)
    const name = nameOf(process, program)
    for (const account of accountsOf(process, names)) {
      const key = JSON.stringify([account, program, name])
      const known = found.get(key) ?? {
        usage: {
          kind: 'usage',
          account,
          consumer: 'process',
          name,
          ...(program ? { program } : {}),
          place: { path: program || '/proc' },
        },
        listens: new Set<string>(),
      }
      found.set(key, known)
      for (const { address } of sockets.get(process.pid) ?? [])
        if (!isOfOne(address, process.pid)) known.listens.add(address)
    }
  }
  return [...found.values()]
    .map(({ usage, listens }): Usage => {
      const sorted = [...listens].toSorted().slice(0, MOST_LISTENS)
      return sorted.length === 0 ? usage : { ...usage, listens: sorted }
    })
    .toSorted((one, other) => (sortKey(one) < sortKey(other) ? -1 : 1))
}

const sortKey = ({ account, place, name = '' }: Usage) => `${account}\0${place.path}\0${name}`

/** A socket that is named after its process is another one each time. */
const isOfOne = (address: string, pid: number) => {
  if (!address.startsWith('unix ')) return false
  const digits = String(pid)
  const at = address.indexOf(digits)
  return at !== -1 && !isDigit(address[at - 1]) && !isDigit(address[at + digits.length])
}

const isDigit = (unit: string | undefined) => unit !== undefined && unit >= '0' && unit <= '9'

/** Its unit or container, which tell several of one program apart; those of units that were made for once are not told. */
const nameOf = ({ name, group }: ListedProcess, program: string | undefined) => {
  if (group?.container !== undefined) return `container ${group.container}`.slice(0, 256)
  if (group?.unit !== undefined && !group.session && !group.unit.startsWith('run-')) return group.unit
  return program ? clipped(lastPart(program), MAX_NAME) : clipped(lastPart(name), MAX_NAME)
}

/** The account it acts as and, where that is another, the one that started it: a secret of either may be in use. */
const accountsOf = ({ account, realAccount, uid, realUid }: ListedProcess, names: ReadonlyMap<number, string>) => {
  const byNumber = (number: number | undefined, text: string) =>
    clipped((/^\d+$/.test(text) ? names.get(number ?? Number(text)) : undefined) ?? text, MAX_NAME)
  return new Set([byNumber(uid, account), byNumber(realUid, realAccount)])
}

const namesByUid = (passwd: HostFile | undefined) => {
  const names = new Map<number, string>()
  for (const { name, uid } of passwdOf(passwd).entries) if (!names.has(uid)) names.set(uid, name)
  return names
}

const hidden = (
  alive: readonly ListedProcess[],
  programs: FindResult,
  links: ReadonlyMap<number, string> | undefined,
  unheld: number,
  root: boolean,
): Reason[] => {
  const told = programs.state === 'found' && programs.unsearched.length > 0
  const unseen = told ? 0 : alive.filter(({ pid }) => !links?.get(pid)).length
  return [
    ...(alive.length > 0 && alive.every(({ pid }) => pid !== 1)
      ? [{ code: 'not-permitted' as const, path: '/proc', detail: 'processes of other accounts are hidden' }]
      : []),
    ...(links !== undefined && unseen > 0 && !root
      ? [{ code: 'not-permitted' as const, path: '/proc/*/exe', count: unseen }]
      : []),
    // The kernel itself listens too, and of that nobody can tell more.
    ...(unheld > 0 && !root
      ? [{ code: 'not-permitted' as const, detail: 'who holds sockets that listen', count: unheld }]
      : []),
  ]
}

function examples() {
  const passwd = exampleFile(
    '/etc/passwd',
    'root:x:0:0::/root:/bin/sh\nwww-data:x:33:33::/var/www:/usr/sbin/nologin\nalice:x:1000:1000::/home/alice:/bin/sh\n',
  )
  const link = (pid: number, target?: string) => ({
    path: `/proc/${pid}/exe`,
    type: 'link' as const,
    mode: 0o777,
    uid: 0,
    gid: 0,
    size: 0,
    modified: '2026-03-01T12:00:00.000Z',
    ...(target === undefined ? {} : { target }),
  })
  const links = (programs: Readonly<Record<number, string | undefined>>): FindResult => ({
    state: 'found',
    entries: Object.entries(programs).map(([pid, target]) => link(Number(pid), target)),
    unsearched: [],
    unnamed: 0,
  })
  const procps = (...lines: readonly string[]) => ({
    list: { form: 'procps' as const, output: exampleOutput(`${lines.join('\n')}\n`) },
  })
  const init = '1 0 0 0 ? 10-00:00:00 root systemd 0::/init.scope'
  const initFound = {
    kind: 'usage' as const,
    account: 'root',
    consumer: 'process' as const,
    name: 'systemd',
    program: '/usr/lib/systemd/systemd',
    place: { path: '/usr/lib/systemd/systemd' },
  }
  return [
    {
      title: 'a web server: its master as root, its workers as their account, each told once and with its sockets',
      gathered: {
        ...procps(
          init,
          '  2 0 0 0 ? 10-00:00:00 root kthreadd 0::/',
          ' 17 2 0 0 ? 10-00:00:00 root rcu_preempt 0::/',
          '700 1 0 0 ? 3-00:00:00 root nginx 0::/system.slice/nginx.service',
          '701 700 33 33 ? 00:05 www-data nginx 0::/system.slice/nginx.service',
          '702 700 33 33 ? 00:05 www-data nginx 0::/system.slice/nginx.service',
        ),
        sockets: exampleOutput(
          `tcp   LISTEN 0 511 0.0.0.0:80 0.0.0.0:* users:(("nginx",pid=702,fd=6),("nginx",pid=701,fd=6),("nginx",pid=700,fd=6))
tcp   LISTEN 0 511 [::]:80 [::]:* users:(("nginx",pid=702,fd=7),("nginx",pid=701,fd=7),("nginx",pid=700,fd=7))
u_str LISTEN 0 4096 /run/systemd/private 9123 * 0 users:(("systemd",pid=1,fd=18))
u_str LISTEN 0 128 @/tmp/.X11-unix/X0 9124 * 0 users:(("systemd",pid=1,fd=19))
`,
        ),
        programs: links({
          1: '/usr/lib/systemd/systemd',
          700: '/usr/sbin/nginx',
          701: '/usr/sbin/nginx',
          702: '/usr/sbin/nginx (deleted)',
        }),
        passwd,
      },
      finds: [
        { ...initFound, listens: ['unix /run/systemd/private'] },
        {
          kind: 'usage' as const,
          account: 'root',
          consumer: 'process' as const,
          name: 'nginx.service',
          program: '/usr/sbin/nginx',
          listens: ['tcp 0.0.0.0:80', 'tcp [::]:80'],
          place: { path: '/usr/sbin/nginx' },
        },
        {
          kind: 'usage' as const,
          account: 'www-data',
          consumer: 'process' as const,
          name: 'nginx.service',
          program: '/usr/sbin/nginx',
          listens: ['tcp 0.0.0.0:80', 'tcp [::]:80'],
          place: { path: '/usr/sbin/nginx' },
        },
      ],
    },
    {
      title: 'logins, jobs and the scan itself come and go and are not told; what listens or has run for long is',
      gathered: {
        ...procps(
          init,
          '500 1 0 0 ? 9-00:00:00 root sshd 0::/system.slice/ssh.service',
          '501 500 0 0 ? 00:02 root sshd 0::/user.slice/user-1000.slice/session-4.scope',
          '502 501 1000 1000 ? 00:02 alice sshd 0::/user.slice/user-1000.slice/session-4.scope',
          '503 502 1000 1000 pts/0 00:02 alice bash 0::/user.slice/user-1000.slice/session-4.scope',
          '504 502 1000 1000 ? 00:00 alice ps 0::/user.slice/user-1000.slice/session-4.scope',
          '600 1 0 0 ? 9-00:00:00 root cron 0::/system.slice/cron.service',
          '601 600 0 0 ? 00:20 root cron 0::/system.slice/cron.service',
          '602 601 1000 1000 ? 00:20 alice report.sh 0::/system.slice/cron.service',
          '800 1 1000 1000 ? 40-00:00:00 alice java 0::/user.slice/user-1000.slice/session-1.scope',
          '801 1 1000 1000 ? 00:30 alice node 0::/user.slice/user-1000.slice/session-4.scope',
        ),
        sockets: exampleOutput(
          'tcp LISTEN 0 128 127.0.0.1:3000 0.0.0.0:* users:(("node",pid=801,fd=3))\nudp UNCONN 0 0 0.0.0.0:53211 0.0.0.0:* users:(("java",pid=800,fd=9))\n',
        ),
        programs: links({
          1: '/usr/lib/systemd/systemd',
          500: '/usr/sbin/sshd',
          501: '/usr/sbin/sshd',
          502: '/usr/sbin/sshd',
          503: '/usr/bin/bash',
          504: '/usr/bin/ps',
          600: '/usr/sbin/cron',
          601: '/usr/sbin/cron',
          602: '/usr/bin/dash',
          800: '/opt/jdk/bin/java',
          801: '/usr/bin/node',
        }),
        passwd,
      },
      finds: [
        {
          kind: 'usage' as const,
          account: 'alice',
          consumer: 'process' as const,
          name: 'java',
          program: '/opt/jdk/bin/java',
          place: { path: '/opt/jdk/bin/java' },
        },
        {
          kind: 'usage' as const,
          account: 'alice',
          consumer: 'process' as const,
          name: 'node',
          program: '/usr/bin/node',
          listens: ['tcp 127.0.0.1:3000'],
          place: { path: '/usr/bin/node' },
        },
        initFound,
        {
          kind: 'usage' as const,
          account: 'root',
          consumer: 'process' as const,
          name: 'cron.service',
          program: '/usr/sbin/cron',
          place: { path: '/usr/sbin/cron' },
        },
        {
          kind: 'usage' as const,
          account: 'root',
          consumer: 'process' as const,
          name: 'ssh.service',
          program: '/usr/sbin/sshd',
          place: { path: '/usr/sbin/sshd' },
        },
      ],
    },
    {
      title: 'a container, by the first digits of its id; an account of it that has no name here is told by its number',
      gathered: {
        ...procps(
          `900 899 999 999 ? 00:10 999 postgres 0::/system.slice/docker-${'0123456789abcdef'.repeat(4)}.scope`,
          init,
        ),
        sockets: exampleOutput(''),
        programs: links({ 1: '/usr/lib/systemd/systemd', 900: '/usr/lib/postgresql/16/bin/postgres' }),
        passwd,
      },
      finds: [
        {
          kind: 'usage' as const,
          account: '999',
          consumer: 'process' as const,
          name: 'container 0123456789ab',
          program: '/usr/lib/postgresql/16/bin/postgres',
          place: { path: '/usr/lib/postgresql/16/bin/postgres' },
        },
        initFound,
      ],
    },
    {
      title: 'without root the short names are seen, and what is hidden is said',
      gathered: {
        ...procps(init, '700 1 33 33 ? 3-00:00:00 www-data lighttpd 0::/system.slice/lighttpd.service'),
        sockets: exampleOutput('tcp LISTEN 0 511 0.0.0.0:80 0.0.0.0:*\n'),
        programs: links({ 1: undefined, 700: undefined }),
        passwd,
      },
      context: { privilege: 'user' as const },
      finds: [
        {
          kind: 'usage' as const,
          account: 'root',
          consumer: 'process' as const,
          name: 'systemd',
          place: { path: '/proc' },
        },
        {
          kind: 'usage' as const,
          account: 'www-data',
          consumer: 'process' as const,
          name: 'lighttpd.service',
          place: { path: '/proc' },
        },
      ],
      reasons: [
        { code: 'not-permitted' as const, path: '/proc/*/exe', count: 2 },
        { code: 'not-permitted' as const, detail: 'who holds sockets that listen', count: 1 },
      ],
    },
    {
      title: 'a small system without procps and iproute2: its own ps, and the tables of the kernel',
      gathered: {
        list: {
          form: 'busybox' as const,
          output: exampleOutput('    1 0 root root ? init\n  210 1 root root ? dropbear\n'),
        },
        sockets: { state: 'unread' as const, why: 'tool-missing' as const },
        tables: {
          tcp: [
            exampleFile(
              '/proc/net/tcp',
              '   0: 0100007F:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1 0 100 0 0 10 0\n',
            ),
            exampleFile(
              '/proc/net/tcp6',
              '   0: 00000000000000000000000001000000:0016 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4712 1 0 100 0 0 10 0\n',
            ),
          ],
          udp: [],
          unix: [
            exampleFile('/proc/net/unix', '0000000000000000: 00000002 00000000 00010000 0001 01 4713 /run/db.sock\n'),
          ],
          held: {
            state: 'found' as const,
            entries: [4711, 4712, 4713].map((inode, index) => ({
              ...link(210, `socket:[${inode}]`),
              path: `/proc/210/fd/${index}`,
            })),
            unsearched: [],
            unnamed: 0,
          },
        },
        programs: links({ 1: '/bin/busybox', 210: '/usr/sbin/dropbear' }),
        passwd,
      },
      finds: [
        {
          kind: 'usage' as const,
          account: 'root',
          consumer: 'process' as const,
          name: 'busybox',
          program: '/bin/busybox',
          place: { path: '/bin/busybox' },
        },
        {
          kind: 'usage' as const,
          account: 'root',
          consumer: 'process' as const,
          name: 'dropbear',
          program: '/usr/sbin/dropbear',
          listens: ['tcp 127.0.0.1:22', 'tcp [::1]:22', 'unix /run/db.sock'],
          place: { path: '/usr/sbin/dropbear' },
        },
      ],
    },
    {
      title: 'AIX, Solaris and the BSDs: the columns of POSIX, without programs and sockets',
      gathered: {
        list: {
          form: 'posix' as const,
          output: exampleOutput(
            '  1 0 root root - 12-03:04:05 /etc/init\n 5177 1 root root - 12-03:04:01 srcmstr\n 9000 5177 oracle oracle - 11-00:00:00 tnslsnr\n 9001 9000 alice alice pts/1 00:03 ksh\n',
          ),
        },
        sockets: { state: 'unread' as const, why: 'tool-missing' as const },
        programs: { state: 'found' as const, entries: [], unsearched: [], unnamed: 0 },
        passwd,
      },
      finds: [
        ['oracle', 'tnslsnr'],
        ['root', 'init'],
        ['root', 'srcmstr'],
      ].map(([account, name]) => ({
        kind: 'usage' as const,
        account: account!,
        consumer: 'process' as const,
        name: name!,
        place: { path: '/proc' },
      })),
      reasons: [{ code: 'unsupported' as const, detail: 'programs and sockets of processes on this system' }],
    },
  ]
}
