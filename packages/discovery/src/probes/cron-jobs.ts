import type { FindingOf, Reason } from '@rollcall/contract'
import { clipped, MAX_NAME, MAX_PATH } from '../formats/accounts/account-file.ts'
import { programsOfShell, type CommandProgram } from '../formats/command-programs.ts'
import { atJobName, parseAtJob } from '../formats/cron/at-job.ts'
import { parseAnacrontab, parseCrontab, type CronKind } from '../formats/cron/crontab.ts'
import { isRunPart, whyNoTable } from '../formats/cron/names.ts'
import { once } from '../formats/once.ts'
import { isOrdinaryVariable } from '../formats/ordinary-variables.ts'
import { passwdOf, type PasswdEntry } from '../formats/accounts/passwd.ts'
import { programFolders } from '../formats/program-path.ts'
import { exampleLook, lookAtPaths, pathFindings, type PathLook, type PathUse } from '../formats/path-trust.ts'
import type { FileStat, FindResult, FoundEntry, HostFile } from '../host.ts'
import { exampleFile, hostProbe, textOf } from '../probe.ts'
import { folderOf, lastPart } from '../posix-path.ts'

/** Tables of the system, with a column for the account (crontab(5)). */
const SYSTEM_TABLES = ['/etc/crontab', '/etc/cron.d/*', '/usr/local/etc/cron.d/*']
/** Tables named after their account: Debian and most Unixes, SUSE, Red Hat, Alpine, FreeBSD. */
const SPOOLS = [
  '/var/spool/cron/crontabs',
  '/var/spool/cron/tabs',
  '/var/spool/cron',
  '/etc/crontabs',
  '/var/cron/tabs',
]
const ANACRONTAB = '/etc/anacrontab'
/** Where at(1) keeps its jobs: Debian, Red Hat, SUSE, FreeBSD. */
const AT_SPOOLS = ['/var/spool/cron/atjobs', '/var/spool/at', '/var/spool/atjobs', '/var/at/jobs']
/** Folders whose programs run as root, by the line of a table that calls run-parts(8). */
const PERIODS = [
  ...['hourly', 'daily', 'weekly', 'monthly', 'yearly'].map((period) => `/etc/cron.${period}`),
  ...['15min', 'hourly', 'daily', 'weekly', 'monthly'].map((period) => `/etc/periodic/${period}`),
]
const PERMISSIONS = ['/etc/cron.allow', '/etc/cron.deny', '/etc/at.allow', '/etc/at.deny']
const RELEASES = ['/etc/os-release', '/usr/lib/os-release']
const PASSWD = '/etc/passwd'

const MAX_TABLE_BYTES = 256 * 1024
const MAX_AT_BYTES = 64 * 1024

/** Where /bin/sh leads on the usual distributions, so that to follow it costs no further round. */
const USUAL_SHELLS = ['/usr/bin/dash', '/usr/bin/bash', '/bin/busybox']

interface Gathered {
  readonly tables: readonly HostFile[]
  readonly spooled: readonly HostFile[]
  readonly anacrontab: readonly HostFile[]
  readonly at: readonly HostFile[]
  readonly permissions: readonly HostFile[]
  readonly releases: readonly HostFile[]
  readonly passwd: HostFile | undefined
  /** Programs of hourly, daily … folders, and what the tables are: files or links. */
  readonly entries: FindResult
  readonly look: PathLook
}

type Usage = FindingOf<'usage'>

export default hostProbe<Gathered>({
  id: 'cron-jobs',
  title: 'What cron, anacron and at run on a schedule, and as whom',
  needs: [
    {
      reads: '/etc/crontab, /etc/cron.d, /etc/anacrontab and the folders cron.hourly, cron.daily …',
      right: 'any-account',
      hides: 'the jobs of the system',
    },
    {
      reads: "the tables of accounts in cron's spool",
      right: 'root',
      hides: 'the jobs of accounts',
      grants: { read: SPOOLS.map((folder) => `${folder}/*`) },
    },
    {
      reads: "the jobs in at's spool",
      right: 'root',
      hides: 'what runs once at a later time',
      grants: { read: AT_SPOOLS.map((folder) => `${folder}/*`) },
    },
    { reads: PASSWD, right: 'any-account', hides: 'whose job of at it is' },
  ],

  async gather(host) {
    const stated = { stat: true, maxBytes: MAX_TABLE_BYTES } as const
    const [tables, spooled, anacrontab, at, permissions, releases, [passwd], entries] = await Promise.all([
      host.readWith(stated, ...SYSTEM_TABLES),
      host.readWith(stated, ...SPOOLS.map((folder) => `${folder}/*`)),
      host.read(ANACRONTAB),
      host.readWith({ stat: true, maxBytes: MAX_AT_BYTES }, ...AT_SPOOLS.map((folder) => `${folder}/*`)),
      host.read(...PERMISSIONS),
      host.read(...RELEASES),
      host.read(PASSWD),
      host.find({
        under: [...PERIODS, '/etc/cron.d', ...SPOOLS],
        maxDepth: 1,
        maxEntries: 2000,
        where: { types: ['file', 'link'] },
      }),
    ])
    const gathered = { tables, spooled, anacrontab, at, permissions, releases, passwd, entries }
    const paths = factsOf(gathered).uses.map(({ path }) => path)
    return { ...gathered, look: await lookAtPaths(host, paths.length === 0 ? [] : [...USUAL_SHELLS, ...paths]) }
  },

  parse(gathered) {
    const { usages, uses, reasons, notes } = factsOf(gathered)
    const paths = pathFindings(uses, gathered.look)
    return {
      findings: [...usages, ...gathered.permissions.flatMap(permission), ...paths.findings],
      reasons: [...reasons, ...paths.reasons],
      notes,
    }
  },

  examples: examples(),
})

interface Facts {
  readonly usages: Usage[]
  readonly uses: PathUse[]
  readonly reasons: Reason[]
  readonly notes: Reason[]
}

const factsOf = once(
  ({ entries }: Omit<Gathered, 'look'>) => entries,
  (gathered) => [
    gathered.tables,
    gathered.spooled,
    gathered.anacrontab,
    gathered.at,
    gathered.permissions,
    gathered.releases,
    gathered.passwd,
    gathered.entries,
  ],
  (gathered): Facts => {
    const { entries: accounts } = passwdOf(gathered.passwd)
    const known = new Map(accounts.toReversed().map((account) => [account.name, account]))
    const byUid = new Map(accounts.toReversed().map((account) => [account.uid, account]))
    const kind = kindOf(gathered.releases)
    const entries = gathered.entries.state === 'found' ? gathered.entries.entries : []
    const links = new Map(entries.filter(({ type }) => type === 'link').map((entry) => [entry.path, entry]))
    const facts: Facts = { usages: [], uses: [], reasons: [], notes: [] }
    const tell = teller(facts, known)

    for (const file of gathered.tables) readTable(file, { kind, links, known, facts, tell })
    for (const file of gathered.spooled) {
      const account = lastPart(file.path)
      const own = file.path.startsWith('/etc/crontabs/') ? 'busybox' : kind
      readTable(file, { kind: own, links, known, facts, tell, account, owner: known.get(account)?.uid ?? NOBODY })
    }
    for (const file of gathered.anacrontab) readAnacrontab(file, facts, tell)
    for (const entry of entries) tellPart(entry, kind, facts)
    for (const file of gathered.at) readAtJob(file, byUid, facts, tell)
    if (facts.usages.length > 0) facts.uses.push(...folderUses(gathered.tables, entries))
    return facts
  },
)

/** No uid: whose table it is is not known here, so that only root's would be as it should be. */
const NOBODY = -1

/** Which cron a distribution brings. What is not known takes what any of them would. */
const kindOf = (releases: readonly HostFile[]): CronKind => {
  const text = releases.map(textOf).find((one) => one !== '') ?? ''
  const ids = [...text.slice(0, 16_384).matchAll(/^ID(?:_LIKE)?=["']?([^"'\n]*)/gm)].flatMap(([, value = '']) =>
    value.toLowerCase().split(' '),
  )
  const has = (...names: readonly string[]) => ids.some((id) => names.includes(id))
  if (has('debian', 'ubuntu')) return 'debian'
  if (has('rhel', 'fedora', 'centos', 'amzn', 'suse', 'opensuse', 'sles', 'arch')) return 'cronie'
  if (has('alpine', 'openwrt')) return 'busybox'
  return has('freebsd', 'openbsd', 'netbsd') ? 'bsd' : 'unknown'
}

interface Job {
  readonly account: string
  readonly consumer: Usage['consumer']
  readonly command: string
  readonly schedule: string
  readonly place: { readonly path: string; readonly line?: number }
  /** What a job is called, where it has a name. */
  readonly name?: string
  /** Variables that are set for it. */
  readonly variables: readonly string[]
  readonly folder?: string | undefined
  readonly because: string
}

const teller =
  ({ usages, uses }: Facts, known: ReadonlyMap<string, PasswdEntry>) =>
  (job: Job): void => {
    const account = clipped(job.account, MAX_NAME)
    const home = known.get(job.account)?.home
    const programs = programsOfShell(job.command, { home, folder: job.folder ?? home })
    const place = { ...job.place, path: clipped(job.place.path, MAX_PATH) }
    for (const as of [account, ...new Set(programs.flatMap((program) => program.account ?? []))]) {
      const own = programs.filter((program) => (program.account ?? account) === as)
      // The account of the table is told even where it only changes to another.
      if (own.length === 0 && as !== account) continue
      const first = own[0] ?? programs[0]
      usages.push({
        kind: 'usage',
        account: clipped(as, MAX_NAME),
        consumer: job.consumer,
        ...namesOf(job, first),
        schedule: clipped(job.schedule, 256),
        enabled: true,
        ...needsOf(job.variables, own),
        place,
      })
      const uid = known.get(as)?.uid
      for (const { path, by } of own)
        for (const one of [path, ...by])
          if (isPlain(one))
            uses.push({
              path: one,
              role: 'run-as',
              account: clipped(as, MAX_NAME),
              ...(uid === undefined ? {} : { uid }),
              because: job.because,
              namedBy: place,
            })
    }
  }

const namesOf = ({ name }: Job, first: CommandProgram | undefined): Pick<Usage, 'name' | 'program'> => ({
  name: clipped(name ?? first?.path ?? 'a job without a program of its own', 256),
  ...(first === undefined ? {} : { program: clipped(first.path, MAX_PATH) }),
})

const needsOf = (variables: readonly string[], programs: readonly CommandProgram[]): Pick<Usage, 'needs'> => {
  const names = new Set([...variables, ...programs.flatMap(({ given }) => given)])
  const needs = [...names]
    .filter((name) => /^[A-Za-z_]\w*$/.test(name) && !isOrdinaryVariable(name))
    .slice(0, 64)
    .map((name) => ({ type: 'variable' as const, name: clipped(name, 256) }))
  return needs.length === 0 ? {} : { needs }
}

/** An absolute path without wildcards and variables. */
const isPlain = (path: string) => /^\/[^*?[$\0\n]*$/.test(path)

type Tell = ReturnType<typeof teller>

interface TableContext {
  readonly kind: CronKind
  readonly links: ReadonlyMap<string, FoundEntry>
  readonly known: ReadonlyMap<string, PasswdEntry>
  readonly facts: Facts
  readonly tell: Tell
  /** Of an account's own table. */
  readonly account?: string
  readonly owner?: number
}

const readTable = (file: HostFile, { kind, links, known, facts, tell, account, owner }: TableContext) => {
  if (file.state !== 'read') return
  const path = clipped(file.path, MAX_PATH)
  const name = lastPart(file.path)
  const link = links.get(file.path)
  const isSystem = owner === undefined
  const isMain = file.path === '/etc/crontab'
  const passedOver =
    whyNoTable(isMain ? 'crontab' : name, file.stat, { kind, owner }) ?? whyNoLink(link, kind, isSystem)
  if (passedOver !== undefined) {
    // What every package leaves there is not worth a word.
    if (!/^\.(?:placeholder|SEQ|lockfile)$/.test(name))
      facts.notes.push({ code: 'unsupported', path, detail: passedOver })
    return
  }
  const table = parseCrontab(textOf(file), { kind, hasUser: isSystem, whole: !file.truncated })
  for (const { code, ...reason } of table.refused.slice(0, MOST_NOTES))
    (code === 'too-many' ? facts.reasons : facts.notes).push({ code, ...reason, path })
  if (table.ignored)
    facts.notes.push({ code: 'unparsable', path, detail: 'cron takes nothing of a table with such a line' })
  let set = 0
  const variables: string[] = []
  for (const job of table.jobs) {
    while ((table.variables[set]?.line ?? Number.POSITIVE_INFINITY) < job.line)
      if (variables.push(table.variables[set++]!.name) > MOST_VARIABLES) variables.pop()
    tell({
      account: job.user ?? account!,
      consumer: 'cron-job',
      command: job.command,
      schedule: job.schedule,
      place: { path, line: job.line },
      variables,
      because: 'cron job',
    })
  }
  tellFolders(file, table.jobs, { known, facts, account })
  // Who may change an account's table runs what he likes as it; a table of the system is root's.
  if (table.jobs.length > 0)
    facts.uses.push({
      path,
      role: 'run-as',
      account: clipped(account ?? 'root', MAX_NAME),
      ...(owner === undefined || owner === NOBODY ? {} : { uid: owner }),
      because: 'cron table',
    })
}

/** Where the programs of a table's jobs are looked for, by its PATH: also those that its scripts call by their names. */
const tellFolders = (
  file: HostFile,
  jobs: readonly { readonly user?: string }[],
  { known, facts, account }: Pick<TableContext, 'known' | 'facts'> & { readonly account: string | undefined },
) => {
  if (jobs.length === 0) return
  const { folders } = programFolders([file])
  if (folders.length === 0) return
  for (const as of new Set(jobs.map(({ user }) => user ?? account!))) {
    const uid = known.get(as)?.uid
    for (const { folder, because, namedBy } of folders)
      facts.uses.push({
        path: folder,
        role: 'command-path',
        account: clipped(as, MAX_NAME),
        ...(uid === undefined ? {} : { uid }),
        because,
        namedBy,
      })
  }
}

const MOST_NOTES = 20
const MOST_VARIABLES = 256

/** Debian's cron takes links in /etc/cron.d where root made them, and none in the spool. */
const whyNoLink = (link: FoundEntry | undefined, kind: CronKind, isSystem: boolean): string | undefined => {
  if (link === undefined || kind !== 'debian') return undefined
  if (!isSystem) return 'it is a link'
  return link.uid === 0 ? undefined : 'it is a link that is not of root'
}

const readAnacrontab = (file: HostFile, facts: Facts, tell: Tell) => {
  if (file.state !== 'read') return
  const { jobs, refused } = parseAnacrontab(textOf(file))
  for (const one of refused.slice(0, MOST_NOTES)) facts.notes.push({ ...one, path: ANACRONTAB })
  for (const { name, schedule, command, line } of jobs)
    tell({
      account: 'root',
      consumer: 'anacron-job',
      name,
      command,
      schedule,
      place: { path: ANACRONTAB, line },
      variables: [],
      because: `anacron job ${clipped(name, 100)}`,
    })
  if (jobs.length > 0) facts.uses.push({ path: ANACRONTAB, role: 'run-as', account: 'root', because: 'anacron table' })
}

/** A program of a folder like /etc/cron.daily. */
const tellPart = ({ path, type, mode }: FoundEntry, kind: CronKind, { usages, uses, notes }: Facts) => {
  const folder = folderOf(path)
  const name = lastPart(path)
  if (!PERIODS.includes(folder) || name.startsWith('.')) return
  const where = clipped(path, MAX_PATH)
  const why = !isRunPart(name, kind)
    ? 'run-parts takes no such name'
    : type === 'file' && (mode & 0o111) === 0
      ? 'it may not be executed, so that run-parts passes it over'
      : undefined
  if (why !== undefined) {
    notes.push({ code: 'unsupported', path: where, detail: why })
    return
  }
  const period = lastPart(folder)
  usages.push({
    kind: 'usage',
    account: 'root',
    consumer: 'cron-job',
    name: clipped(path, 256),
    program: where,
    schedule: folder.startsWith('/etc/periodic/') ? `periodic/${period}` : period,
    enabled: true,
    place: { path: where },
  })
  uses.push({ path, role: 'run-as', account: 'root', uid: 0, because: `run-parts of ${folder}` })
}

const readAtJob = (file: HostFile, byUid: ReadonlyMap<number, PasswdEntry>, facts: Facts, tell: Tell) => {
  if (file.state !== 'read') return
  const name = atJobName(lastPart(file.path))
  if (name === undefined) return
  const uid = file.stat?.uid
  if (uid === undefined) {
    facts.reasons.push({ code: 'unsupported', path: clipped(file.path, MAX_PATH), detail: 'whose job it is' })
    return
  }
  const { commands, variables, folder } = parseAtJob(textOf(file))
  tell({
    account: byUid.get(uid)?.name ?? String(uid),
    consumer: 'at-job',
    name: `job ${name.number} of queue ${name.queue}`,
    command: commands,
    schedule: name.time,
    place: { path: file.path },
    variables,
    folder,
    because: `at job ${name.number}`,
  })
}

/** In these folders any name counts. */
const folderUses = (tables: readonly HostFile[], entries: readonly FoundEntry[]): PathUse[] => {
  const used = new Set([
    ...tables.flatMap(({ path, state }) =>
      state === 'read' && path.startsWith('/etc/cron.d/') ? ['/etc/cron.d'] : [],
    ),
    ...entries.flatMap(({ path }) => (PERIODS.includes(folderOf(path)) ? [folderOf(path)] : [])),
  ])
  return [...used].map((path) => ({ path, role: 'run-as', account: 'root', because: 'folder of cron' }))
}

/** Who may have a table, or leave a job: names, one on each line (crontab(1), at(1)). */
const permission = (file: HostFile): FindingOf<'setting'>[] => {
  if (file.state !== 'read') return []
  const names = textOf(file)
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
  const [subject = '', name = ''] = lastPart(file.path).split('.')
  return [
    {
      kind: 'setting',
      subject: subject === 'at' ? 'at' : 'cron',
      name,
      values: names.slice(0, 1024).map((one) => clipped(one, MAX_NAME)),
      place: { path: file.path },
    },
  ]
}

function examples() {
  const stat: FileStat = { mode: 0o644, uid: 0, gid: 0, modified: '2026-03-01T12:00:00Z' }
  const file = (path: string, text: string, more: Partial<FileStat> = {}): HostFile => ({
    path,
    state: 'read',
    bytes: new TextEncoder().encode(text),
    truncated: false,
    stat: { ...stat, ...more },
  })
  const found = (...entries: readonly (Partial<FoundEntry> & Pick<FoundEntry, 'path'>)[]): FindResult => ({
    state: 'found',
    entries: entries.map((entry) => ({ type: 'file', size: 10, ...stat, ...entry })),
    unsearched: [],
    unnamed: 0,
  })
  const host = (more: Partial<Gathered>): Gathered => ({
    tables: [],
    spooled: [],
    anacrontab: [],
    at: [],
    permissions: [],
    releases: [exampleFile('/etc/os-release', 'ID=debian\n')],
    passwd: exampleFile(
      PASSWD,
      'root:x:0:0::/root:/bin/sh\nbackup:x:34:34::/var/backups:/bin/sh\nalice:x:1000:1000::/home/alice:/bin/sh\n',
    ),
    entries: found(),
    look: exampleLook([], []),
    ...more,
  })
  const job = { kind: 'usage' as const, consumer: 'cron-job' as const, enabled: true }
  return [
    {
      title: 'the tables of the system name the account, those of accounts are named after it; no argument is told',
      gathered: host({
        tables: [
          file(
            '/etc/crontab',
            'SHELL=/bin/sh\nDB_PASSWORD=hunter2\n# m h dom mon dow user command\n15 2 * * 0 backup\tcd / && /opt/backup.sh --key=s3cret >/dev/null\n',
          ),
        ],
        spooled: [
          file('/var/spool/cron/crontabs/alice', '@reboot PGPASSWORD=s3cret bin/sync %input\n', {
            mode: 0o600,
            uid: 1000,
          }),
        ],
      }),
      finds: [
        {
          ...job,
          account: 'backup',
          name: '/opt/backup.sh',
          schedule: '15 2 * * 0',
          needs: [{ type: 'variable' as const, name: 'DB_PASSWORD' }],
          program: '/opt/backup.sh',
          place: { path: '/etc/crontab', line: 4 },
        },
        {
          ...job,
          account: 'alice',
          name: '/home/alice/bin/sync',
          schedule: '@reboot',
          needs: [{ type: 'variable' as const, name: 'PGPASSWORD' }],
          program: '/home/alice/bin/sync',
          place: { path: '/var/spool/cron/crontabs/alice', line: 1 },
        },
      ],
    },
    {
      title: 'a job that changes to another account is of both; what only prepares it is not its program',
      gathered: host({
        tables: [
          file(
            '/etc/cron.d/app',
            '*/5 * * * * root [ -x /opt/app/tick ] && flock -n /run/tick timeout 60 sudo -u backup /opt/app/tick --all\n',
          ),
        ],
      }),
      finds: [
        {
          ...job,
          account: 'root',
          name: '/opt/app/tick',
          schedule: '*/5 * * * *',
          program: '/opt/app/tick',
          place: { path: '/etc/cron.d/app', line: 1 },
        },
        {
          ...job,
          account: 'backup',
          name: '/opt/app/tick',
          schedule: '*/5 * * * *',
          program: '/opt/app/tick',
          place: { path: '/etc/cron.d/app', line: 1 },
        },
      ],
    },
    {
      title: 'what cron passes over is no job: names with a dot, files others may write to, a table with a wrong line',
      gathered: host({
        tables: [
          file('/etc/cron.d/app.bak', '* * * * * root /bin/a\n'),
          file('/etc/cron.d/open', '* * * * * root /bin/b\n', { mode: 0o664 }),
          file('/etc/cron.d/wrong', '* * * * * root /bin/c\n61 * * * * root /bin/d\n'),
        ],
      }),
      finds: [],
      notes: [
        { code: 'unsupported' as const, path: '/etc/cron.d/app.bak', detail: 'cron takes no such name' },
        { code: 'unsupported' as const, path: '/etc/cron.d/open', detail: 'others than its owner may write to it' },
        { code: 'unparsable' as const, path: '/etc/cron.d/wrong', line: 2, detail: 'not a minute' },
        {
          code: 'unparsable' as const,
          path: '/etc/cron.d/wrong',
          detail: 'cron takes nothing of a table with such a line',
        },
      ],
    },
    {
      title: "Red Hat's cron takes the other lines of such a table, and other names",
      gathered: host({
        releases: [exampleFile('/etc/os-release', 'ID="rocky"\nID_LIKE="rhel centos fedora"\n')],
        tables: [file('/etc/cron.d/app.conf', '* * * * * root /bin/c\n61 * * * * root /bin/d\n')],
      }),
      finds: [
        {
          ...job,
          account: 'root',
          name: '/bin/c',
          schedule: '* * * * *',
          program: '/bin/c',
          place: { path: '/etc/cron.d/app.conf', line: 1 },
        },
      ],
      notes: [{ code: 'unparsable' as const, path: '/etc/cron.d/app.conf', line: 2, detail: 'not a minute' }],
    },
    {
      title: 'programs of cron.daily, unless run-parts passes them over; what others may change is told',
      gathered: host({
        entries: found(
          { path: '/etc/cron.daily/rotate', mode: 0o775, gid: 50 },
          { path: '/etc/cron.daily/old.sh', mode: 0o755 },
          { path: '/etc/cron.daily/off' },
          { path: '/etc/cron.daily/.placeholder' },
        ),
        look: exampleLook(
          ['/etc/cron.daily/rotate'],
          [
            { path: '/etc', type: 'folder', mode: 0o755 },
            { path: '/etc/cron.daily', type: 'folder', mode: 0o755 },
            { path: '/etc/cron.daily/rotate', mode: 0o775, gid: 50 },
          ],
        ),
      }),
      finds: [
        {
          ...job,
          account: 'root',
          name: '/etc/cron.daily/rotate',
          schedule: 'cron.daily',
          program: '/etc/cron.daily/rotate',
          place: { path: '/etc/cron.daily/rotate' },
        },
        {
          kind: 'file' as const,
          role: 'run-as' as const,
          type: 'file' as const,
          owner: 0,
          group: 50,
          mode: '0775',
          modified: '2026-03-01T12:00:00Z',
          account: 'root',
          because: 'run-parts of /etc/cron.daily',
          writableBy: ['group' as const],
          place: { path: '/etc/cron.daily/rotate' },
        },
      ],
      notes: [
        { code: 'unsupported' as const, path: '/etc/cron.daily/old.sh', detail: 'run-parts takes no such name' },
        {
          code: 'unsupported' as const,
          path: '/etc/cron.daily/off',
          detail: 'it may not be executed, so that run-parts passes it over',
        },
      ],
    },
    {
      title:
        'folders of the PATH that a table sets, for the accounts of its jobs, where others may lay programs into them',
      gathered: host({
        tables: [file('/etc/cron.d/sync', 'PATH=/opt/bin:/usr/bin\n* * * * * root sync-all\n')],
        look: exampleLook(
          ['/opt/bin', '/usr/bin'],
          [
            { path: '/opt', type: 'folder', mode: 0o755 },
            { path: '/opt/bin', type: 'folder', mode: 0o755, uid: 1000 },
            { path: '/usr', type: 'folder', mode: 0o755 },
            { path: '/usr/bin', type: 'folder', mode: 0o755 },
          ],
        ),
      }),
      finds: [
        {
          ...job,
          account: 'root',
          name: 'sync-all',
          schedule: '* * * * *',
          program: 'sync-all',
          place: { path: '/etc/cron.d/sync', line: 2 },
        },
        {
          kind: 'file' as const,
          role: 'command-path' as const,
          type: 'folder' as const,
          owner: 1000,
          group: 0,
          mode: '0755',
          modified: '2026-03-01T12:00:00Z',
          account: 'root',
          because: 'PATH in /etc/cron.d/sync',
          namedBy: { path: '/etc/cron.d/sync', line: 1 },
          writableBy: ['owner' as const],
          place: { path: '/opt/bin' },
        },
      ],
    },
    {
      title: 'jobs of anacron, and of at by the owner and the name of their files; who may have jobs at all',
      gathered: host({
        anacrontab: [
          exampleFile(ANACRONTAB, 'RANDOM_DELAY=45\n7 10 cron.weekly nice run-parts --report /etc/cron.weekly\n'),
        ],
        at: [
          file(
            '/var/spool/cron/atjobs/a0000101c899e0',
            "#!/bin/sh\n# atrun uid=1000 gid=1000\numask 22\nAPI_TOKEN=s3cret; export API_TOKEN\nLANG=C; export LANG\ncd /home/alice || {\n\t echo 'Execution directory inaccessible' >&2\n\t exit 1\n}\n./once --token s3cret\n",
            { uid: 1000, mode: 0o700 },
          ),
        ],
        permissions: [exampleFile('/etc/cron.allow', 'root\nalice\n'), exampleFile('/etc/at.deny', '')],
      }),
      finds: [
        {
          ...job,
          consumer: 'anacron-job' as const,
          account: 'root',
          name: 'cron.weekly',
          schedule: '7 10',
          program: 'run-parts',
          place: { path: ANACRONTAB, line: 2 },
        },
        {
          ...job,
          consumer: 'at-job' as const,
          account: 'alice',
          name: 'job 1 of queue a',
          schedule: '2026-11-23T10:08Z',
          needs: [{ type: 'variable' as const, name: 'API_TOKEN' }],
          program: '/home/alice/once',
          place: { path: '/var/spool/cron/atjobs/a0000101c899e0' },
        },
        {
          kind: 'setting' as const,
          subject: 'cron' as const,
          name: 'allow',
          values: ['root', 'alice'],
          place: { path: '/etc/cron.allow' },
        },
        { kind: 'setting' as const, subject: 'at' as const, name: 'deny', values: [], place: { path: '/etc/at.deny' } },
      ],
    },
  ]
}
