import type { FindingOf, Reason } from '@rollcall/contract'
import { clipped, MAX_NAME, MAX_PATH } from '../formats/accounts/account-file.ts'
import { programsOfShell, programsOfWords, type CommandProgram } from '../formats/command-programs.ts'
import { parseInetd, parseXinetd, type InetdService } from '../formats/init/inetd.ts'
import { parseInittab } from '../formats/init/inittab.ts'
import { constantsOf, withConstants } from '../formats/init/shell-constants.ts'
import { parseSupervisor } from '../formats/init/supervisord.ts'
import { once } from '../formats/once.ts'
import { isOrdinaryVariable } from '../formats/ordinary-variables.ts'
import { passwdOf } from '../formats/accounts/passwd.ts'
import { exampleLook, lookAtPaths, pathFindings, type PathLook, type PathUse } from '../formats/path-trust.ts'
import { SYSTEM_UNIT_SEARCH } from '../formats/systemd/index.ts'
import { readAhead, type PathReader } from '../formats/read-ahead.ts'
import type { FileStat, FindResult, FoundEntry, HostFile } from '../host.ts'
import { exampleFile, hostProbe, textOf, type Gathering } from '../probe.ts'
import { folderOf, lastPart } from '../posix-path.ts'

/** Scripts and the links that start them: Debian, Red Hat, SUSE; OpenRC keeps its links by the names of its levels. */
const SCRIPTS = ['/etc/init.d', '/etc/rc.d/init.d']
/** What the scripts are given, in files of their names. */
const SETTINGS = ['/etc/default', '/etc/sysconfig', '/etc/conf.d']
const LEVELS = [
  '/etc/rc[S0-9].d',
  '/etc/rc.d/rc[S0-9].d',
  '/etc/init.d/rc[S0-9].d',
  '/etc/init.d/boot.d',
  '/etc/runlevels/*',
]
const BOOTED = '/run/systemd/system'
const INIT = '/sbin/init'

const INITTAB = '/etc/inittab'
const RC_LOCALS = ['/etc/rc.local', '/etc/rc.d/rc.local']
const INETD = '/etc/inetd.conf'
const XINETD = ['/etc/xinetd.conf', '/etc/xinetd.d/*']
const SUPERVISOR = [
  '/etc/supervisord.conf',
  '/etc/supervisor/supervisord.conf',
  '/usr/local/etc/supervisord.conf',
  '/etc/supervisor/conf.d/*.conf',
  '/etc/supervisord.d/*.ini',
  '/etc/supervisord.d/*.conf',
  '/etc/supervisor.d/*.ini',
  '/usr/local/etc/supervisord.d/*.ini',
]
/** Folders of runit and daemontools: those of which everything runs, and where Debian keeps what may. */
const RUNNING = ['/etc/service', '/service', '/var/service', '/run/service']
const RUN_SCRIPTS = [...RUNNING, '/etc/sv'].flatMap((folder) => [`${folder}/*/run`, `${folder}/*/log/run`])
const RC_CONFS = ['/etc/rc.conf', '/etc/rc.conf.local', '/etc/rc.conf.d/*']
const RC_SCRIPTS = '/usr/local/etc/rc.d/*'
const PASSWD = '/etc/passwd'

const STATED = { stat: true, maxBytes: 64 * 1024 } as const
const MOST_SCRIPTS = 300

/** Where /bin/sh leads on the usual distributions, so that to follow it costs no further round. */
const USUAL_SHELLS = ['/usr/bin/dash', '/usr/bin/bash', '/bin/busybox']

interface Gathered {
  readonly units: FindResult
  readonly scripts: FindResult
  readonly links: FindResult
  readonly init: FindResult
  /** Everything read at once, and what followed from it. */
  readonly files: readonly HostFile[]
  readonly passwd: HostFile | undefined
  readonly look: PathLook
}

type Usage = FindingOf<'usage'>

export default hostProbe<Gathered>({
  id: 'init-services',
  title: 'What init scripts, inetd, supervisord, runit and the like run, and as whom',
  needs: [
    {
      reads: '/etc/init.d, /etc/runlevels, /etc/inittab, rc.local, rc.conf, inetd.conf, xinetd.d, run scripts of runit',
      right: 'any-account',
      hides: 'services that are not started by systemd',
    },
    {
      reads: 'the files of supervisord',
      right: 'root',
      hides: 'its programs, where only root may read the files',
      grants: { read: SUPERVISOR },
    },
  ],

  /*
   * Of the init scripts only those count that systemd has no unit for. All are read with the search that tells which these are, so that
   * what they run can be looked at next.
   */
  async gather(host) {
    const reader = readAhead(host, { whole: [...SCRIPTS, ...SETTINGS] }, STATED)
    const [units, scripts, links, init, files, [passwd]] = await Promise.all([
      host.find(SYSTEM_UNIT_SEARCH),
      host.find({ under: SCRIPTS, maxDepth: 1, maxEntries: 1000, where: { types: ['file', 'link'] } }),
      host.find({ under: LEVELS, maxDepth: 1, maxEntries: 2000, where: { types: ['file', 'link'] } }),
      host.find({ under: [BOOTED, INIT], maxDepth: 0 }),
      host.readWith(
        STATED,
        INITTAB,
        ...RC_LOCALS,
        INETD,
        ...XINETD,
        ...SUPERVISOR,
        ...RUN_SCRIPTS,
        ...RC_CONFS,
        RC_SCRIPTS,
      ),
      host.read(PASSWD),
    ])
    const first = { units, scripts, links, init, files, passwd }
    const gathered = { ...first, files: [...files, ...(await readMore(host, first, reader))] }
    const paths = factsOf(gathered).uses.map(({ path }) => path)
    return { ...gathered, look: await lookAtPaths(host, paths.length === 0 ? [] : [...USUAL_SHELLS, ...paths]) }
  },

  parse(gathered) {
    const { usages, uses, reasons, notes } = factsOf(gathered)
    const paths = pathFindings(uses, gathered.look)
    return { findings: [...usages, ...paths.findings], reasons: [...reasons, ...paths.reasons], notes }
  },

  examples: examples(),
})

type Searched = Omit<Gathered, 'look'>

const entriesOf = (result: FindResult): readonly FoundEntry[] => (result.state === 'found' ? result.entries : [])
const readMore = async (host: Gathering, gathered: Searched, reader: PathReader): Promise<readonly HostFile[]> => {
  const scripts = scriptsOf(gathered)
  if (scripts.length > MOST_SCRIPTS)
    host.missed({ code: 'too-many', detail: 'init scripts', count: scripts.length - MOST_SCRIPTS })
  const kept = scripts.slice(0, MOST_SCRIPTS)
  const included = gathered.files
    .filter(({ path }) => SUPERVISOR.slice(0, 3).includes(path))
    .flatMap((file) =>
      parseSupervisor(textOf(file), file.path).includes.map((one) =>
        one.startsWith('/') ? one : `${folderOf(file.path)}/${one}`,
      ),
    )
    .filter((pattern) => !SUPERVISOR.includes(pattern) && !pattern.includes('%('))
  const settings = kept.flatMap(({ name }) => SETTINGS.map((folder) => `${folder}/${name}`))
  const [named, more] = await Promise.all([
    reader([...kept.map(({ path }) => path), ...settings]),
    included.length === 0 ? [] : host.readWith(STATED, ...included),
  ])
  return [...named, ...more]
}

interface Script {
  readonly name: string
  readonly path: string
  readonly enabled: boolean
}

/** Helpers of the scripts, which are none themselves. */
const NO_SCRIPT =
  /^(?:README.*|skeleton.*|functions(?:\.sh)?|rc|rcS|rc\.local|single|boot|halt|killall|.*~|.*\.(?:dpkg|rpm).*|\..*)$/

/** The init scripts that count: under systemd those for which it has no unit of the same name (systemd-sysv-generator(8)). */
const scriptsOf = (gathered: Searched): readonly Script[] => {
  const ruled = underSystemd(gathered)
  const units = new Set(ruled ? entriesOf(gathered.units).map(({ path }) => lastPart(path)) : [])
  const started = new Set(
    entriesOf(gathered.links).flatMap(({ path }) => {
      if (path.startsWith('/etc/runlevels/'))
        return /^\/etc\/runlevels\/(?:shutdown|single)\//.test(path) ? [] : [lastPart(path)]
      const level = /rc([S0-9])\.d\/|boot\.d\//.exec(path)?.[1] ?? 'S'
      return /[S2-5]/.test(level) ? (/^S\d\d(.+)$/.exec(lastPart(path))?.slice(1) ?? []) : []
    }),
  )
  const scripts = new Map<string, Script>()
  for (const { path, type, mode } of entriesOf(gathered.scripts)) {
    const name = lastPart(path)
    if (NO_SCRIPT.test(name) || (type === 'file' && (mode & 0o111) === 0) || scripts.has(name)) continue
    // Debian's scripts may end in .sh, its units never do.
    if (units.has(`${name}.service`) || units.has(`${name.replace(/\.sh$/, '')}.service`)) continue
    scripts.set(name, { name, path, enabled: started.has(name) })
  }
  return [...scripts.values()]
}

const underSystemd = ({ init }: Searched) =>
  entriesOf(init).some(({ path, target = '' }) => path === BOOTED || (path === INIT && target.includes('systemd')))

interface Facts {
  readonly usages: Usage[]
  readonly uses: PathUse[]
  readonly reasons: Reason[]
  readonly notes: Reason[]
}

/** One thing that is run, in what all kinds of services share. */
interface Run {
  readonly account: string
  readonly consumer: Usage['consumer']
  readonly name: string
  readonly program?: string | undefined
  /** What else is run on the way to it. */
  readonly also?: readonly string[]
  readonly schedule?: string
  readonly enabled: boolean
  readonly listens?: readonly string[]
  readonly variables?: readonly string[]
  readonly place: { readonly path: string; readonly line?: number }
  readonly because: string
}

const factsOf = once(
  ({ files }: Searched) => files,
  (gathered) => [gathered.units, gathered.scripts, gathered.links, gathered.init, gathered.files, gathered.passwd],
  (gathered): Facts => {
    const { entries: accounts } = passwdOf(gathered.passwd)
    const uids = new Map(accounts.toReversed().map(({ name, uid }) => [name, uid]))
    const names = new Map(accounts.toReversed().map(({ name, uid }) => [String(uid), name]))
    const nameOf = (user: string) => clipped(/^\d+$/.test(user) ? (names.get(user) ?? user) : user, MAX_NAME)
    const facts: Facts = { usages: [], uses: [], reasons: [], notes: [] }
    const use = (path: string, account: string, because: string, namedBy?: Run['place']) => {
      const uid = uids.get(account)
      if (/^\/[^*?[$%\0\n]*$/.test(path))
        facts.uses.push({
          path,
          role: 'run-as',
          account,
          because,
          ...(uid === undefined ? {} : { uid }),
          ...(namedBy === undefined ? {} : { namedBy }),
        })
    }
    const tell = (run: Run) => {
      const account = nameOf(run.account)
      const place = { ...run.place, path: clipped(run.place.path, MAX_PATH) }
      facts.usages.push(usage({ ...run, account, place }))
      for (const path of [run.program ?? '', ...(run.also ?? [])]) use(path, account, run.because, place)
      use(place.path, 'root', run.because)
    }
    const read = gathered.files.filter((file) => file.state === 'read')
    const ruled = underSystemd(gathered)
    // Debian's packages keep services for runit where it is not installed, too.
    const supervising = read.some(({ path }) => RUNNING.some((folder) => path.startsWith(`${folder}/`)))
    for (const script of scriptsOf(gathered)) tellScript(script, read, tell)
    for (const file of read) {
      const { path } = file
      if (path === INITTAB && !ruled) tellInittab(file, tell)
      else if (RC_LOCALS.includes(path)) tellRcLocal(file, tell)
      else if (path === INETD || path.startsWith('/etc/xinetd.')) tellInetd(file, read, facts, tell)
      else if (path.endsWith('/run') && supervising) tellRunScript(file, tell)
    }
    tellSupervised(read, tell)
    tellRcConf(read, tell)
    return facts
  },
)

type Tell = (run: Run) => void

const usage = (run: Run): Usage => {
  const needs = [...new Set(run.variables)]
    .filter((name) => !isOrdinaryVariable(name))
    .slice(0, 64)
    .map((name) => ({ type: 'variable' as const, name: clipped(name, 256) }))
  return {
    kind: 'usage',
    account: run.account,
    consumer: run.consumer,
    name: clipped(run.name, 256),
    ...(run.program === undefined || run.program === '' ? {} : { program: clipped(run.program, MAX_PATH) }),
    ...(run.schedule === undefined ? {} : { schedule: clipped(run.schedule, 256) }),
    enabled: run.enabled,
    ...(run.listens === undefined ? {} : { listens: run.listens.map((one) => clipped(one, 256)) }),
    ...(needs.length === 0 ? {} : { needs }),
    place: run.place,
  }
}

/** One thing told for each account that a command comes to run something as. */
const tellPrograms = (programs: readonly CommandProgram[], run: Omit<Run, 'program' | 'also'>, tell: Tell) => {
  const accounts = [...new Set(programs.map((program) => program.account ?? run.account))]
  for (const account of accounts.length === 0 ? [run.account] : accounts) {
    const own = programs.filter((program) => (program.account ?? run.account) === account)
    tell({
      ...run,
      account,
      program: own[0]?.path,
      also: own.flatMap(({ path, by }) => [path, ...by]),
      variables: [...(run.variables ?? []), ...own.flatMap(({ given }) => given)],
    })
  }
}

const STARTERS = /^(?:start-stop-daemon|daemon|su|runuser|sudo|setuidgid|chpst|startproc|setpriv)$/

const tellScript = ({ name, path, enabled }: Script, read: readonly HostFile[], tell: Tell) => {
  const file = read.find((one) => one.path === path)
  if (file === undefined) return
  const script = textOf(file)
  const settings = read.filter(
    (one) => lastPart(one.path) === name && /^\/etc\/(?:default|sysconfig|conf\.d)\//.test(one.path),
  )
  const named = `RC_SVCNAME=${safe(name)}\nSVCNAME=${safe(name)}\n`
  const set = settings.map(textOf)
  const openrc = /^#!.*(?:openrc-run|runscript)/.test(script)
  const run = { consumer: 'init-script' as const, name, enabled, because: clipped(`init script ${name}`, 200) }
  // OpenRC reads the settings before the script; other scripts read them themselves, behind their own defaults.
  const constants = constantsOf(openrc ? [named, ...set, script] : [...set, script, ...set])
  const text = withConstants(script, constants)
  const programs = programsOfShell(startingLines(text), { openrc: openrc || undefined }).filter(
    ({ path: program }) => !STARTERS.test(lastPart(program)),
  )
  const changing = programs.filter(({ account }) => account !== undefined)
  const main = constants.get('command') ?? constants.get('DAEMON') ?? constants.get('DAEMON_PATH')
  const commandUser = openrc ? constants.get('command_user')?.replace(/:.*$/s, '') : undefined
  if (commandUser !== undefined && commandUser !== '') {
    const line = lineOf(script, /^[ \t]*:?[ \t"]*(?:\$\{)?command_user/)
    tell({ ...run, account: commandUser, program: plain(main), place: { path, ...line }, also: [path] })
    return
  }
  if (changing.length > 0) {
    tellPrograms(changing, { ...run, account: 'root', place: { path, ...lineOf(script, ACCOUNT_LINE) } }, tell)
    return
  }
  tell({ ...run, account: 'root', program: plain(programs[0]?.path ?? main) ?? path, place: { path } })
}

const safe = (name: string) => name.replaceAll(/[^\w.@-]/g, '')
const plain = (path: string | undefined) => (path?.startsWith('/') === true && !path.includes('$') ? path : undefined)

const STARTING_LINE = /(?:^|[\s;&|({])(?:start-stop-daemon|daemon|su|runuser|sudo|setuidgid|chpst|startproc|setpriv)\s/
const ACCOUNT_LINE = /--chuid|[\s]-c[ \t]|--user|\bsu\s|runuser|sudo\s|setuidgid|chpst/

/** The lines that start something, each with those that it goes on in: the rest of a script only prepares them. */
const startingLines = (text: string) =>
  text
    .replaceAll('\\\n', ' ')
    .split('\n')
    .filter((line) => STARTING_LINE.test(line))
    .join('\n')

/** The first line of a script that says so, comments left out. */
const lineOf = (script: string, what: RegExp): { line?: number } => {
  const at = script.split('\n').findIndex((line) => !/^[ \t]*#/.test(line) && what.test(line))
  return at === -1 ? {} : { line: at + 1 }
}

const tellInittab = (file: HostFile, tell: Tell) => {
  for (const { id, action, command, line } of parseInittab(textOf(file)))
    tellPrograms(
      programsOfShell(command),
      {
        account: 'root',
        consumer: 'init-script',
        name: id === '' ? `${action} of inittab` : id,
        schedule: action,
        enabled: true,
        place: { path: INITTAB, line },
        because: 'inittab',
      },
      tell,
    )
}

const tellRcLocal = (file: HostFile, tell: Tell) => {
  const { path } = file
  if (file.state !== 'read' || ((file.stat?.mode ?? 0o755) & 0o111) === 0) return
  const programs = programsOfShell(withConstants(textOf(file)))
  const run = { consumer: 'init-script' as const, name: path, enabled: true, place: { path }, because: path }
  tell({
    ...run,
    account: 'root',
    program: path,
    also: programs.filter(({ account }) => account === undefined).flatMap(pathsOf),
  })
  const others = programs.filter(({ account }) => account !== undefined && account !== 'root')
  if (others.length > 0) tellPrograms(others, { ...run, account: 'root' }, tell)
}

const pathsOf = ({ path, by }: CommandProgram) => [path, ...by]

const tellInetd = (file: HostFile, read: readonly HostFile[], { notes }: Facts, tell: Tell) => {
  const { path } = file
  const name = lastPart(path)
  // What includedir passes over (xinetd.conf(5)).
  if (folderOf(path) === '/etc/xinetd.d' && /\.|~$/.test(name)) return
  const text = textOf(file)
  let services: readonly InetdService[]
  let off: readonly string[] = []
  if (path === INETD) {
    const inetd = parseInetd(text)
    services = inetd.services
    for (const line of inetd.refused.slice(0, 20)) notes.push({ code: 'unparsable', path, line })
  } else {
    services = parseXinetd(text).services
    off = read.filter((one) => one.path === XINETD[0]).flatMap((one) => parseXinetd(textOf(one)).off)
  }
  for (const { account, name: service, program, listens, enabled, variables, line } of services)
    tell({
      account,
      consumer: 'inetd-service',
      name: service,
      program,
      enabled: enabled && !off.includes(service),
      listens: [listens],
      variables,
      place: { path, line },
      because: clipped(`service ${service} of inetd`, 200),
    })
}

const tellRunScript = (file: HostFile, tell: Tell) => {
  const { path } = file
  const folder = folderOf(path)
  const isLog = folder.endsWith('/log')
  const own = isLog ? folderOf(folder) : folder
  const text = textOf(file)
  // In execline the end of a line ends no command.
  const script = /^#!.*execlineb/.test(text)
    ? text
        .replace(/^[^\n]*\n/, '')
        .replaceAll(/^#.*$/gm, '')
        .replaceAll('\n', ' ')
    : text
  const programs = programsOfShell(withConstants(script))
  const changing = programs.filter(({ account }) => account !== undefined)
  tellPrograms(
    changing.length > 0 ? changing : programs.slice(-1),
    {
      account: 'root',
      consumer: 'supervisor-program',
      name: `${lastPart(own)}${isLog ? '/log' : ''}`,
      enabled: RUNNING.includes(folderOf(own)),
      place: {
        path,
        ...(changing.length > 0 ? lineOf(text, /chpst|setuidgid|applyuidgid|su\s|sudo|runuser|gosu|setpriv/) : {}),
      },
      because: clipped(`run script of ${lastPart(own)}`, 200),
    },
    tell,
  )
}

const tellSupervised = (read: readonly HostFile[], tell: Tell) => {
  const files = read.filter(({ path }) => SUPERVISED.test(path) || /\.(?:conf|ini)$/.test(path))
  const parsed = files.map((file) => parseSupervisor(textOf(file), file.path))
  const user = parsed.map((one) => one.user).find((one) => one !== undefined) ?? 'root'
  for (const program of parsed.flatMap(({ programs }) => programs)) {
    const { name, command, folder, enabled, variables, path, line } = program
    const account = program.user ?? user
    // No shell takes part: quotes hold words together, and that is all.
    const words = command.match(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g) ?? []
    const programs = programsOfWords(
      words.map((word) => word.replaceAll(/["']/g, '')),
      { folder },
    )
    const changing = programs.filter((one) => one.account !== undefined)
    const because = clipped(`program ${name} of supervisord`, 200)
    tellPrograms(
      changing.length > 0 ? changing : programs.slice(0, 1),
      { account, consumer: 'supervisor-program', name, enabled, variables, place: { path, line }, because },
      tell,
    )
  }
}

const SUPERVISED = /\/supervisord?[./]/

/** FreeBSD: `name_user="www"` and `name_enable="YES"`; scripts of ports say the account that holds without the former. */
const tellRcConf = (read: readonly HostFile[], tell: Tell) => {
  const confs = read.filter(({ path }) => /^\/etc\/rc\.conf(?:$|\.local$|\.d\/)/.test(path))
  if (confs.length === 0) return
  const set = new Map<string, { value: string; place: Run['place'] }>()
  for (const file of confs)
    for (const [index, line] of textOf(file).split('\n').entries()) {
      const [, name = '', value = ''] = /^[ \t]*(\w+_(?:enable|user))=["']?([\w.-]*)/.exec(line) ?? []
      if (name !== '' && set.size < 2000) set.set(name, { value, place: { path: file.path, line: index + 1 } })
    }
  const defaults = new Map<string, { value: string; place: Run['place'] }>()
  for (const file of read.filter(({ path }) => path.startsWith(folderOf(RC_SCRIPTS)))) {
    const text = textOf(file)
    for (const [, name, value] of text.matchAll(/(\w+)_user(?::=|=["']?\$\{\w+_user:?[-=])["']?([\w.-]+)/g))
      defaults.set(name!, { value: value!, place: { path: file.path } })
  }
  for (const name of new Set([...set.keys(), ...[...defaults.keys()].map((one) => `${one}_user`)])) {
    if (!name.endsWith('_user')) continue
    const service = name.slice(0, -'_user'.length)
    const said = set.get(name) ?? defaults.get(service)!
    if (said.value === '') continue
    tell({
      account: said.value,
      consumer: 'init-script',
      name: service,
      enabled: /^(?:yes|true|on|1)$/i.test(set.get(`${service}_enable`)?.value ?? ''),
      place: said.place,
      because: clipped(`service ${service}`, 200),
    })
  }
}

function examples() {
  const stat: FileStat = { mode: 0o755, uid: 0, gid: 0, modified: '2026-03-01T12:00:00Z' }
  const nothing: FindResult = { state: 'found', entries: [], unsearched: [], unnamed: 0 }
  const found = (...entries: readonly (Partial<FoundEntry> & Pick<FoundEntry, 'path'>)[]): FindResult => ({
    ...nothing,
    entries: entries.map((entry) => ({ type: 'file', size: 10, ...stat, ...entry })),
  })
  const link = (path: string, target: string) => ({ path, type: 'link' as const, mode: 0o777, target })
  const host = (files: Readonly<Record<string, string>>, more: Partial<Gathered> = {}): Gathered => ({
    units: nothing,
    scripts: nothing,
    links: nothing,
    init: nothing,
    files: Object.entries(files).map(([path, text]) => ({
      ...(exampleFile(path, text) as HostFile & { state: 'read' }),
      stat,
    })),
    passwd: exampleFile(PASSWD, 'root:x:0:0::/root:/bin/sh\napp:x:990:990::/opt/app:/bin/false\n'),
    look: exampleLook([], []),
    ...more,
  })
  const service = { kind: 'usage' as const, consumer: 'init-script' as const, enabled: true }
  const supervised = { kind: 'usage' as const, consumer: 'supervisor-program' as const, enabled: true }
  return [
    {
      title: 'an init script starts its daemon as another account; variables set to plain text are known',
      gathered: host(
        {
          '/etc/init.d/app': `#!/bin/sh
### BEGIN INIT INFO
# Provides: app
### END INIT INFO
DAEMON=/opt/app/bin/$NAME
[ -r /etc/default/app ] && . /etc/default/app
case "$1" in
  start)
    start-stop-daemon --start --quiet --chuid "$APP_USER:app" \\
      --exec $DAEMON -- --password hunter2
    ;;
  stop)
    start-stop-daemon --stop --exec $DAEMON
    ;;
esac
`,
          '/etc/default/app': 'NAME=serve\nAPP_USER=app\n',
        },
        {
          scripts: found({ path: '/etc/init.d/app' }, { path: '/etc/init.d/README', mode: 0o644 }),
          links: found(link('/etc/rc2.d/S01app', '../init.d/app'), link('/etc/rc0.d/K01app', '../init.d/app')),
        },
      ),
      finds: [
        {
          ...service,
          account: 'app',
          name: 'app',
          program: '/opt/app/bin/serve',
          place: { path: '/etc/init.d/app', line: 9 },
        },
      ],
    },
    {
      title: 'under systemd only the scripts count that it has no unit for',
      gathered: host(
        { '/etc/init.d/old': '#!/bin/sh\nexec /opt/old/start\n' },
        {
          init: found(link(INIT, '/lib/systemd/systemd')),
          units: found({ path: '/usr/lib/systemd/system/cron.service' }),
          scripts: found({ path: '/etc/init.d/cron' }, { path: '/etc/init.d/old' }),
        },
      ),
      finds: [
        {
          ...service,
          account: 'root',
          name: 'old',
          program: '/etc/init.d/old',
          enabled: false,
          place: { path: '/etc/init.d/old' },
        },
      ],
    },
    {
      title: 'OpenRC: command_user says the account, a link below runlevels that it starts; inittab of BusyBox',
      gathered: host(
        {
          '/etc/init.d/web':
            '#!/sbin/openrc-run\ncommand="/usr/bin/web"\ncommand_args="--key s3cret"\n: ${command_user:=app:app}\n',
          [INITTAB]:
            '::sysinit:/sbin/openrc sysinit\ntty1::respawn:/sbin/getty 38400 tty1\n::shutdown:/sbin/openrc shutdown\n',
        },
        {
          scripts: found({ path: '/etc/init.d/web' }),
          links: found(link('/etc/runlevels/default/web', '/etc/init.d/web')),
        },
      ),
      finds: [
        {
          ...service,
          account: 'app',
          name: 'web',
          program: '/usr/bin/web',
          place: { path: '/etc/init.d/web', line: 4 },
        },
        {
          ...service,
          account: 'root',
          name: 'sysinit of inittab',
          program: '/sbin/openrc',
          schedule: 'sysinit',
          place: { path: INITTAB, line: 1 },
        },
        {
          ...service,
          account: 'root',
          name: 'tty1',
          program: '/sbin/getty',
          schedule: 'respawn',
          place: { path: INITTAB, line: 2 },
        },
      ],
    },
    {
      title: 'inetd and xinetd: whom they run what as, and where it listens',
      gathered: host({
        [INETD]:
          '#echo stream tcp nowait root internal\nftp stream tcp nowait root /usr/sbin/tcpd /usr/sbin/in.ftpd -l\n127.0.0.1:9999 stream tcp nowait app:app /opt/app/serve serve s3cret\n',
        '/etc/xinetd.d/status':
          'service status\n{\n\tport = 5555\n\tuser = app\n\tserver = /opt/app/status\n\tserver_args = --token s3cret\n\tenv = TOKEN=s3cret\n\tdisable = yes\n}\n',
      }),
      finds: [
        {
          ...service,
          consumer: 'inetd-service' as const,
          account: 'root',
          name: 'ftp',
          program: '/usr/sbin/in.ftpd',
          listens: ['tcp ftp'],
          place: { path: INETD, line: 2 },
        },
        {
          ...service,
          consumer: 'inetd-service' as const,
          account: 'app',
          name: '9999',
          program: '/opt/app/serve',
          listens: ['tcp 127.0.0.1:9999'],
          place: { path: INETD, line: 3 },
        },
        {
          ...service,
          consumer: 'inetd-service' as const,
          account: 'app',
          name: 'status',
          program: '/opt/app/status',
          enabled: false,
          listens: ['tcp *:5555'],
          needs: [{ type: 'variable' as const, name: 'TOKEN' }],
          place: { path: '/etc/xinetd.d/status', line: 4 },
        },
      ],
    },
    {
      title: 'supervisord and runit; of what they are given only names are told',
      gathered: host({
        '/etc/supervisor/conf.d/app.conf': `[program:worker]
command=/opt/app/worker --password=hunter2 ; the worker
user=app
environment=DB_PASSWORD="hunter2, really",LANG="C",
    API_KEY=s3cret
[program:idle]
command=/usr/bin/python3 /opt/app/idle.py
autostart=false
`,
        '/etc/service/feed/run': '#!/bin/sh\nexec 2>&1\nexec chpst -u app /opt/app/feed --token s3cret\n',
      }),
      finds: [
        {
          ...supervised,
          account: 'app',
          name: 'feed',
          program: '/opt/app/feed',
          place: { path: '/etc/service/feed/run', line: 3 },
        },
        {
          ...supervised,
          account: 'app',
          name: 'worker',
          program: '/opt/app/worker',
          needs: [
            { type: 'variable' as const, name: 'DB_PASSWORD' },
            { type: 'variable' as const, name: 'API_KEY' },
          ],
          place: { path: '/etc/supervisor/conf.d/app.conf', line: 3 },
        },
        {
          ...supervised,
          account: 'root',
          name: 'idle',
          program: '/opt/app/idle.py',
          enabled: false,
          place: { path: '/etc/supervisor/conf.d/app.conf', line: 7 },
        },
      ],
    },
    {
      title: 'rc.local and what it starts as others; rc.conf of FreeBSD',
      gathered: host({
        '/etc/rc.local': '#!/bin/sh\n/opt/setup\nsu - app -c "/opt/app/boot --key s3cret" &\nexit 0\n',
        '/etc/rc.conf': 'hostname="bsd1"\nweb_enable="YES"\nweb_user="www"\n',
      }),
      finds: [
        {
          ...service,
          account: 'root',
          name: '/etc/rc.local',
          program: '/etc/rc.local',
          place: { path: '/etc/rc.local' },
        },
        {
          ...service,
          account: 'app',
          name: '/etc/rc.local',
          program: '/opt/app/boot',
          place: { path: '/etc/rc.local' },
        },
        { ...service, account: 'www', name: 'web', place: { path: '/etc/rc.conf', line: 3 } },
      ],
    },
  ]
}
