import type { FindingOf, Reason } from '@rollcall/contract'
import { clipped, MAX_NAME, MAX_PATH } from '../formats/accounts/account-file.ts'
import { programsOfWords } from '../formats/command-programs.ts'
import { exampleLook, lookAtPaths, pathFindings, type PathLook, type PathUse } from '../formats/path-trust.ts'
import { readAhead, type PathReader } from '../formats/read-ahead.ts'
import { once } from '../formats/once.ts'
import { isOrdinaryVariable } from '../formats/ordinary-variables.ts'
import { passwdOf, type PasswdEntry } from '../formats/accounts/passwd.ts'
import {
  isTemplate,
  readService,
  readTrigger,
  OTHER_LIB,
  SYSTEM_FOLDERS,
  SYSTEM_UNIT_SEARCH,
  UNIT_SEARCH,
  unitTree,
  type Service,
  type SpecifierValues,
  type Trigger,
  type Unit,
  type UnitTree,
} from '../formats/systemd/index.ts'
import type { CommandResult, FindResult, FoundEntry, HostFile } from '../host.ts'
import { exampleFile, hostProbe, outputOf, textOf, type Gathering } from '../probe.ts'
import { lastPart } from '../posix-path.ts'

const VENDOR = ['/usr/lib/systemd/system', '/usr/local/lib/systemd/system']
/** Of the units of packages, those that say one of these are read though nothing starts them. */
const TELLING = ['User', 'Environment', 'Credential']

/** Folders of an account's own units, below its home. */
const OWN = ['.config/systemd/user', '.local/share/systemd/user']
const USUAL_HOMES = ['/root', '/home/*', '/srv/*', '/opt/*', '/var/lib/*']
const LINGER = '/var/lib/systemd/linger'

const MOST_FILES = 1000
const MAX_UNIT_BYTES = 256 * 1024
/** Where nearly all units are whose text counts: read before it is known which of them do. */
const USUAL_UNITS = [
  ...['/etc/systemd/system', '/usr/lib/systemd/system'].flatMap((folder) =>
    ['service', 'timer', 'socket', 'path'].map((type) => `${folder}/*.${type}`),
  ),
  '/etc/systemd/system/*.d/*.conf',
]
/** Of following the units that timers, sockets and paths name. */
const ROUNDS = 2

/** Where /bin/sh leads on the usual distributions, so that to follow it costs no further round. */
const USUAL_SHELLS = ['/usr/bin/dash', '/usr/bin/bash', '/bin/busybox']

type Usage = FindingOf<'usage'>

const PASSWD = '/etc/passwd'
/** Units for the manager of every account. */
const FOR_ALL = '/etc/systemd/user'
const NOTHING: FindResult = { state: 'found', entries: [], unsearched: [], unnamed: 0 }

interface Gathered {
  readonly system: FindResult
  readonly telling: FindResult
  /** Where /lib is a folder of its own. */
  readonly otherLib: FindResult
  readonly own: readonly FindResult[]
  readonly lib: FindResult
  readonly linger: FindResult
  readonly passwd: HostFile | undefined
  readonly files: readonly HostFile[]
  readonly look: PathLook
}

export default hostProbe<Gathered>({
  id: 'systemd-units',
  title: 'What systemd runs as whom: services, their timers and sockets, and what they are given',
  needs: [
    {
      reads: 'unit files and drop-ins below /etc, /run, /usr/local/lib and /usr/lib/systemd',
      right: 'any-account',
      hides: 'what systemd runs as whom; those that only root may read, the same of them',
    },
    {
      reads: 'units below .config/systemd/user and .local/share/systemd/user in homes',
      right: 'root',
      hides: 'what the own managers of other accounts run',
      unlisted: 'only the host knows its homes and what units lie in them',
    },
    { reads: '/etc/passwd', right: 'any-account', hides: 'whose homes to look into, and whose number a unit names' },
  ],

  /*
   * A search, by which of the hundreds of units that packages bring only those count that start, run as another account or are given
   * something. Their text comes with it, so that what they name can be looked at next; what is elsewhere is read when it is found.
   */
  async gather(host) {
    const reader = readAhead(host, { patterns: USUAL_UNITS }, { maxBytes: MAX_UNIT_BYTES })
    const [system, telling, lib, linger, own, [passwd], name] = await Promise.all([
      host.find(SYSTEM_UNIT_SEARCH),
      host.find({ under: VENDOR, maxDepth: 1, where: { types: ['file'], names: ['*.service'], containing: TELLING } }),
      host.find({ under: ['/lib'], maxDepth: 0 }),
      host.find({ under: [LINGER], maxDepth: 1, where: { types: ['file'] } }),
      host.find({
        under: [FOR_ALL, ...USUAL_HOMES.flatMap((home) => OWN.map((folder) => `${home}/${folder}`))],
        ...UNIT_SEARCH,
      }),
      host.read('/etc/passwd'),
      host.run('uname', '-n'),
    ])
    const hostname = nameOf(name)
    const look = (gathered: Searched, before?: PathLook) => {
      const { uses } = factsOf({ ...gathered, hostname })
      return lookAtPaths(host, [...USUAL_SHELLS, ...uses.map(({ path }) => path)], before)
    }
    const first = { system, telling, lib, linger, own: [own], otherLib: NOTHING, passwd, files: [] }
    const [otherLib, stray, usual] = await Promise.all([
      isFolder(lib) ? host.find({ under: [OTHER_LIB], ...UNIT_SEARCH }) : NOTHING,
      host.find({
        under: strayHomes(passwd).flatMap((home) => OWN.map((folder) => `${home}/${folder}`)),
        ...UNIT_SEARCH,
      }),
      (async () => {
        const gathered = await withNamed(host, first, reader)
        return { ...gathered, look: await look(gathered) }
      })(),
    ])
    if (otherLib === NOTHING && entriesOf(stray).length === 0) return usual
    const gathered = await withNamed(host, { ...usual, own: [own, stray], otherLib }, reader)
    return { ...gathered, look: await look(gathered, usual.look) }
  },

  parse(gathered, { host }) {
    const { usages, uses, reasons, notes } = factsOf({ ...gathered, hostname: host.hostname })
    const paths = pathFindings(uses, gathered.look)
    return { findings: [...usages, ...paths.findings], reasons: [...reasons, ...paths.reasons], notes }
  },

  examples: examples(),
})

/** As the signals of a host have it. */
const nameOf = (said: CommandResult) => outputOf(said).split('\n')[0]?.trim().slice(0, 256) || undefined

const entriesOf = (result: FindResult): readonly FoundEntry[] => (result.state === 'found' ? result.entries : [])

const isFolder = (lib: FindResult) => entriesOf(lib).some(({ type }) => type === 'folder')

/** Homes that the usual patterns do not reach. */
const strayHomes = (passwd: HostFile | undefined): readonly string[] => {
  const homes = passwdOf(passwd).entries.map(({ home }) => home)
  const stray = homes.filter((home) => /^\/[^*?[\0\n]+$/.test(home) && !REACHED.test(home) && !NO_HOME.test(home))
  return [...new Set(stray)].slice(0, MOST_HOMES)
}

const MOST_HOMES = 200
const REACHED = /^\/(?:root|(?:home|srv|opt|var\/lib)\/[^/]+)\/?$/
const NO_HOME = /^\/(?:bin|dev|sbin|proc|nonexistent|usr\/s?bin|usr\/games)?\/?$/

/** A manager: the system's own, or that of an account. */
interface Manager {
  readonly tree: UnitTree
  readonly account: string
  readonly home: string
  readonly user?: true
}

interface Setup {
  readonly managers: readonly Manager[]
  /** Units of packages that say whom they run as, or what they are given. */
  readonly telling: ReadonlySet<string>
  readonly passwd: readonly PasswdEntry[]
}

type Searched = Omit<Gathered, 'look'>

const setupParts = ({ system, telling, otherLib, own, linger, passwd }: Searched) => [
  system,
  telling,
  otherLib,
  own,
  linger,
  passwd,
]

const setupOf = once(
  ({ system }: Searched) => system,
  setupParts,
  (gathered): Setup => {
    const { system, telling, otherLib, own, linger, passwd } = gathered
    const { entries } = passwdOf(passwd)
    return {
      managers: [
        {
          tree: unitTree([...entriesOf(system), ...entriesOf(otherLib)], SYSTEM_FOLDERS),
          account: 'root',
          home: '/root',
        },
        ...ownManagers(own.flatMap(entriesOf), entries, entriesOf(linger)),
      ],
      telling: new Set(entriesOf(telling).map(({ path }) => path)),
      passwd: entries,
    }
  },
)

/**
 * The managers of accounts that have units of their own. Units for everybody's manager are told of the accounts whose manager starts
 * with the host; of others nobody can say when they run, and as whom.
 */
const ownManagers = (
  entries: readonly FoundEntry[],
  passwd: readonly PasswdEntry[],
  linger: readonly FoundEntry[],
): Manager[] => {
  if (entries.length === 0) return []
  const lingering = new Set(linger.map(({ path }) => lastPart(path)))
  const byHome = new Map<string, FoundEntry[]>()
  const forAll: FoundEntry[] = []
  for (const entry of entries) {
    const home = /^(.*)\/\.(?:config|local\/share)\/systemd\/user\//.exec(entry.path)?.[1]
    if (home === undefined) forAll.push(entry)
    else byHome.set(home, [...(byHome.get(home) ?? []), entry])
  }
  const seen = new Set<string>()
  return passwd.flatMap(({ name, home: written }) => {
    const home = written.replace(/(?<=.)\/$/, '')
    const units = [...(byHome.get(home) ?? []), ...(lingering.has(name) ? forAll : [])]
    if (units.length === 0 || seen.has(name) || seen.size >= MOST_HOMES) return []
    seen.add(name)
    const folders = [`${home}/${OWN[0]}`, FOR_ALL, `${home}/${OWN[1]}`]
    return [{ tree: unitTree(units, folders), account: name, home, user: true as const }]
  })
}

const isOfPackage = ({ path }: FoundEntry) => /^\/(?:usr\/)?lib\/systemd\//.test(path)

/** With the files that are worth reading, and those that these name. */
const withNamed = async (host: Gathering, { files, ...found }: Searched, reader: PathReader): Promise<Searched> => {
  let gathered: Searched = { ...found, files }
  for (let round = 0; round <= ROUNDS; round++) {
    const more = await readMore(host, gathered, reader)
    if (more.length === 0) break
    gathered = { ...found, files: [...gathered.files, ...more] }
  }
  return gathered
}

/** Asks for the files that are worth reading and have not been read. */
const readMore = (host: Gathering, gathered: Searched, reader: PathReader): Promise<readonly HostFile[]> => {
  const setup = setupOf(gathered)
  const read = new Map(gathered.files.map((file) => [file.path, file]))
  const wanted = new Set<string>()
  for (const manager of setup.managers) {
    const started = startedNames(manager, read)
    for (const unit of unitsOf(manager, started)) {
      if (!isWorthReading(unit, setup, started)) continue
      for (const { path } of [unit.fragment, ...unit.dropIns]) if (!read.has(path)) wanted.add(path)
    }
  }
  const room = MOST_FILES - read.size
  if (wanted.size > room) host.missed({ code: 'too-many', detail: 'unit files', count: wanted.size - room })
  return reader([...wanted].slice(0, room))
}

const isTrigger = ({ name }: Unit) => name.type !== 'service'

const isWorthReading = (unit: Unit, { telling }: Setup, started: ReadonlySet<string>) =>
  !isOfPackage(unit.fragment) ||
  unit.dropIns.length > 0 ||
  unit.startedBy.some(isConfigured) ||
  telling.has(unit.fragment.path) ||
  started.has(unit.name.name)

const isConfigured = (link: string) => !/^\/(?:usr\/)?lib\//.test(link)

/** What triggers start: by what they say where they have been read, by their own name as long as they have not. */
const startedNames = (manager: Manager, read: ReadonlyMap<string, HostFile>): ReadonlySet<string> => {
  const started = new Set<string>()
  for (const unit of manager.tree.units.values()) {
    if (!isTrigger(unit) || !unit.startedBy.some(isConfigured)) continue
    const trigger = triggerOf(unit, manager, read, undefined)
    const name = trigger?.starts ?? unit.name.name.replace(/\.[a-z]+$/, '.service')
    started.add(manager.tree.resolve(name)?.name.name ?? name)
  }
  return started
}

const textsOf = (unit: Unit, read: ReadonlyMap<string, HostFile>) =>
  [unit.fragment, ...unit.dropIns].flatMap(({ path }) => {
    const file = read.get(path)
    return file?.state === 'read' ? [{ path: clipped(path, MAX_PATH), text: textOf(file) }] : []
  })

const triggerOf = (
  unit: Unit,
  manager: Manager,
  read: ReadonlyMap<string, HostFile>,
  hostname: string | undefined,
): Trigger | undefined => {
  const texts = textsOf(unit, read)
  return texts.length === 0 ? undefined : readTrigger(texts, { ...aboutOf(manager, hostname), unit: unit.name })
}

const aboutOf = ({ account, home, user }: Manager, hostname: string | undefined): Omit<SpecifierValues, 'unit'> => ({
  account,
  home,
  hostname,
  ...(user === undefined ? {} : { user }),
})

interface Asked extends Searched {
  readonly hostname: string | undefined
}

interface Facts {
  readonly usages: readonly Usage[]
  /** Programs, scripts, files of variables and unit files, as whom they are used. */
  readonly uses: readonly PathUse[]
  readonly reasons: readonly Reason[]
  readonly notes: readonly Reason[]
}

const factsOf = once(
  ({ files }: Asked) => files,
  ({ hostname, ...gathered }) => [hostname, gathered.files, ...setupParts(gathered)],
  (asked): Facts => {
    const { hostname, ...gathered } = asked
    const setup = setupOf(gathered)
    const read = new Map(gathered.files.map((file) => [file.path, file]))
    const facts = { usages: [] as Usage[], uses: folderUses(setup), reasons: [] as Reason[], notes: [] as Reason[] }
    const uids = new Map(setup.passwd.toReversed().map(({ name, uid }) => [name, uid]))
    const names = new Map(setup.passwd.toReversed().map(({ name, uid }) => [String(uid), name]))
    const nameOf = (user: string) => clipped(/^\d+$/.test(user) ? (names.get(user) ?? user) : user, MAX_NAME)
    for (const manager of setup.managers) {
      const triggers = triggersOf(manager, read, hostname)
      const units = unitsOf(manager, triggers.keys())
      const made = instancesOf(units)
      for (const unit of units) {
        if (isTrigger(unit) || GENERATED_FOR_SCRIPTS.test(unit.fragment.path)) continue
        const texts = textsOf(unit, read)
        if (texts.length === 0) continue
        const service = readService(unit.name, texts, aboutOf(manager, hostname))
        tellService({ unit, service, manager, triggers: triggers.get(unit.name.name) ?? [], made, nameOf, uids }, facts)
      }
    }
    return facts
  },
)

/** Made of init scripts, which are told as such. */
const GENERATED_FOR_SCRIPTS = /^\/run\/systemd\/generator\.late\//

interface Started extends Trigger {
  readonly enabled: boolean
  readonly configured: boolean
}

/** All units, and instances that only a trigger names. */
const unitsOf = ({ tree }: Manager, started: Iterable<string>): readonly Unit[] => {
  const units = new Map(tree.units)
  for (const name of started) {
    const unit = tree.resolve(name)
    if (unit !== undefined) units.set(unit.name.name, unit)
  }
  return [...units.values()]
}

const triggersOf = (manager: Manager, read: ReadonlyMap<string, HostFile>, hostname: string | undefined) => {
  const triggers = new Map<string, Started[]>()
  for (const unit of manager.tree.units.values()) {
    if (!isTrigger(unit)) continue
    const trigger = triggerOf(unit, manager, read, hostname)
    if (trigger === undefined) continue
    const name = manager.tree.resolve(trigger.starts)?.name.name ?? trigger.starts
    const enabled = unit.startedBy.length > 0
    const configured = unit.startedBy.some(isConfigured)
    triggers.set(name, [...(triggers.get(name) ?? []), { ...trigger, enabled, configured }])
  }
  return triggers
}

/** Templates of which there are instances: these are told instead. */
const instancesOf = (units: readonly Unit[]): ReadonlySet<string> =>
  new Set(
    units.flatMap(({ name }) =>
      name.instance === undefined || name.instance === '' ? [] : [`${name.prefix}@.${name.type}`],
    ),
  )

interface ToTell {
  readonly unit: Unit
  readonly service: Service
  readonly manager: Manager
  readonly triggers: readonly Started[]
  readonly made: ReadonlySet<string>
  readonly nameOf: (user: string) => string
  readonly uids: ReadonlyMap<string, number>
}

const tellService = (
  { unit, service, manager, triggers, made, nameOf, uids }: ToTell,
  { usages, uses, reasons, notes }: { usages: Usage[]; uses: PathUse[]; reasons: Reason[]; notes: Reason[] },
) => {
  for (const place of service.includes)
    reasons.push({ code: 'unsupported', ...place, detail: 'another file is brought in by .include' })
  for (const { place, givesUp } of service.refused)
    notes.push({
      code: 'unparsable',
      ...place,
      detail: givesUp ? 'systemd refuses this value, and all of the file behind it' : 'systemd refuses this value',
    })
  if (isTemplate(unit.name) && made.has(unit.name.name)) return
  if (service.unknownUser !== undefined && !isTemplate(unit.name))
    reasons.push({ code: 'unsupported', ...service.unknownUser, detail: 'a specifier that only the host can tell' })

  const about = common(unit, service, triggers)
  const own = service.user ?? service.dynamic
  const account = manager.user || own === undefined ? manager.account : nameOf(own.name)
  const because = clipped(`unit ${unit.name.name}`, 200)
  const groups = [
    {
      account,
      place: manager.user ? undefined : own?.place,
      commands: service.commands.filter((one) => !one.elevated),
    },
    { account: manager.account, place: undefined, commands: service.commands.filter((one) => one.elevated) },
  ]
  const [ordinary, elevated] = groups as [(typeof groups)[0], (typeof groups)[0]]
  // With the same account there is but one thing to tell.
  const told =
    ordinary.account === elevated.account ? [{ ...ordinary, commands: service.commands }] : [ordinary, elevated]
  for (const group of told) {
    const { commands } = group
    const first = commands.find(({ when }) => when === 'ExecStart') ?? commands[0]
    if (first === undefined || (service.unknownUser !== undefined && group === told[0])) continue
    if (!isWorthTelling(group.account, manager, unit, about, triggers)) continue
    usages.push({
      kind: 'usage',
      account: group.account,
      consumer: 'systemd-unit',
      ...about,
      program: clipped(first.program, MAX_PATH),
      place: group.place ?? first.place,
    })
    const uid = uids.get(group.account)
    const use = { role: 'run-as' as const, account: group.account, ...(uid === undefined ? {} : { uid }), because }
    for (const { program, words, place } of commands)
      for (const { path, by } of [
        { path: program, by: [] },
        ...programsOfWords([program, ...words.slice(1)], { folder: service.folder }),
      ])
        for (const one of [path, ...by]) if (isPlain(one)) uses.push({ ...use, path: one, namedBy: place })
    for (const path of service.files)
      if (isPlain(path)) uses.push({ ...use, path, namedBy: { path: clipped(unit.fragment.path, MAX_PATH) } })
  }
  const managerUid = uids.get(manager.account)
  for (const { path } of [unit.fragment, ...unit.dropIns])
    uses.push({
      path,
      role: 'run-as',
      account: manager.account,
      ...(managerUid === undefined ? {} : { uid: managerUid }),
      because,
    })
}

/** An absolute path without wildcards, variables and specifiers. */
const isPlain = (path: string) => /^\/[^*?[$%\0\n]*$/.test(path)

/**
 * All that an administrator set up, all that runs as another account than root, and all that is given something. The rest is what
 * packages bring and nothing starts, or what they start themselves as root without giving it anything: the same everywhere.
 */
const isWorthTelling = (
  account: string,
  manager: Manager,
  unit: Unit,
  { needs }: Pick<Usage, 'needs'>,
  triggers: readonly Started[],
) =>
  manager.user === true ||
  account !== 'root' ||
  (needs !== undefined && !isTemplate(unit.name)) ||
  ![unit.fragment, ...unit.dropIns].every(isOfPackage) ||
  unit.startedBy.some(isConfigured) ||
  triggers.some(({ configured }) => configured)

const common = (
  unit: Unit,
  service: Service,
  triggers: readonly Started[],
): Pick<Usage, 'name' | 'schedule' | 'enabled' | 'listens' | 'needs'> => {
  const schedule = [...new Set(triggers.flatMap(({ when }) => when))].join(', ')
  const listens = [...new Set(triggers.flatMap((trigger) => trigger.listens))]
  const needs = [
    ...service.files.map((name) => ({ type: 'file' as const, name })),
    ...service.credentials.map((name) => ({ type: 'credential' as const, name })),
    ...service.variables
      .filter((name) => !isOrdinaryVariable(name))
      .map((name) => ({ type: 'variable' as const, name })),
  ].map(({ type, name }) => ({ type, name: clipped(name, MAX_PATH) }))
  const enabled =
    unit.startedBy.length > 0 || triggers.some((trigger) => trigger.enabled)
      ? true
      : service.installable || triggers.length > 0
        ? false
        : undefined
  return {
    name: clipped(unit.name.name, 256),
    ...(schedule === '' ? {} : { schedule: clipped(schedule, 256) }),
    ...(enabled === undefined ? {} : { enabled }),
    ...(listens.length === 0 ? {} : { listens: listens.slice(0, 64).map((one) => clipped(one, 256)) }),
    ...(needs.length === 0 ? {} : { needs: needs.slice(0, 64) }),
  }
}

/** Who may put a unit where the system's manager looks runs what he likes as root. */
const folderUses = ({ managers }: Setup): PathUse[] =>
  managers.slice(0, 1).flatMap(({ tree }) =>
    tree.units.size === 0
      ? []
      : ['/etc/systemd/system', '/usr/local/lib/systemd/system', '/usr/lib/systemd/system'].map((path) => ({
          path,
          role: 'run-as' as const,
          account: 'root',
          because: 'units of systemd',
        })),
  )

function examples() {
  const entry = (path: string, more: Partial<FoundEntry> = {}): FoundEntry => ({
    path,
    type: 'file',
    mode: 0o644,
    uid: 0,
    gid: 0,
    size: 100,
    modified: '2026-03-01T12:00:00Z',
    ...more,
  })
  const link = (path: string, target: string) => entry(path, { type: 'link', mode: 0o777, target })
  const found = (...entries: readonly FoundEntry[]): FindResult => ({
    state: 'found',
    entries,
    unsearched: [],
    unnamed: 0,
  })
  const host = (
    entries: readonly FoundEntry[],
    files: Readonly<Record<string, string>>,
    more: Partial<Gathered> = {},
  ): Gathered => ({
    system: found(...entries),
    telling: NOTHING,
    otherLib: NOTHING,
    own: [],
    lib: found(link('/lib', 'usr/lib')),
    linger: NOTHING,
    passwd: exampleFile(PASSWD, 'root:x:0:0::/root:/bin/sh\napp:x:990:990::/opt/app:/bin/false\n'),
    files: Object.entries(files).map(([path, text]) => exampleFile(path, text)),
    look: exampleLook([], []),
    ...more,
  })
  const etc = '/etc/systemd/system'
  const usr = '/usr/lib/systemd/system'
  const usage = { kind: 'usage' as const, consumer: 'systemd-unit' as const }
  return [
    {
      title:
        'a service that an administrator set up: as whom, which program, what it is given, and never an argument or value',
      gathered: host(
        [entry(`${etc}/app.service`), link(`${etc}/multi-user.target.wants/app.service`, `${etc}/app.service`)],
        {
          [`${etc}/app.service`]: `[Unit]
Description=App

[Service]
User=app
Environment="DB_PASSWORD=hunter2 and more" LANG=C
EnvironmentFile=-/etc/default/app
LoadCredential=tls:/etc/app/tls.key
SetCredential=token:s3cret
ExecStart=/opt/app/bin/serve --password=hunter2

[Install]
WantedBy=multi-user.target
`,
        },
      ),
      finds: [
        {
          ...usage,
          account: 'app',
          name: 'app.service',
          enabled: true,
          needs: [
            { type: 'file' as const, name: '/etc/default/app' },
            { type: 'file' as const, name: '/etc/app/tls.key' },
            { type: 'credential' as const, name: 'tls' },
            { type: 'credential' as const, name: 'token' },
            { type: 'variable' as const, name: 'DB_PASSWORD' },
          ],
          program: '/opt/app/bin/serve',
          place: { path: `${etc}/app.service`, line: 5 },
        },
      ],
    },
    {
      title: 'a drop-in changes the account; what is started by a timer or a socket says when and where',
      gathered: host(
        [
          entry(`${usr}/tidy.service`),
          entry(`${usr}/tidy.timer`),
          entry(`${usr}/tidy.socket`),
          entry(`${etc}/tidy.service.d/user.conf`),
          link(`${etc}/timers.target.wants/tidy.timer`, '/lib/systemd/system/tidy.timer'),
        ],
        {
          [`${usr}/tidy.service`]: '[Service]\nUser=root\nType=oneshot\nExecStart=-/usr/bin/tidy \\\n  --all\n',
          [`${usr}/tidy.timer`]: '[Timer]\nOnCalendar=daily\nOnBootSec=15min\n',
          [`${usr}/tidy.socket`]: '[Socket]\nListenStream=8080\nListenStream=/run/tidy.sock\n',
          [`${etc}/tidy.service.d/user.conf`]: '# since 2024\n[Service]\nUser=990\n',
        },
      ),
      finds: [
        {
          ...usage,
          account: 'app',
          name: 'tidy.service',
          schedule: 'OnCalendar=daily, OnBootSec=15min',
          enabled: true,
          listens: ['tcp *:8080', 'unix /run/tidy.sock'],
          program: '/usr/bin/tidy',
          place: { path: `${etc}/tidy.service.d/user.conf`, line: 3 },
        },
      ],
    },
    {
      title: 'commands with + run as root beside the account of the unit; a dynamic account has the name of the unit',
      gathered: host([entry(`${etc}/gate.service`)], {
        [`${etc}/gate.service`]:
          '[Service]\nDynamicUser=yes\nExecStartPre=+/usr/sbin/open-port 22\nExecStart=/usr/bin/gate\n',
      }),
      finds: [
        {
          ...usage,
          account: 'gate',
          name: 'gate.service',
          program: '/usr/bin/gate',
          place: { path: `${etc}/gate.service`, line: 2 },
        },
        {
          ...usage,
          account: 'root',
          name: 'gate.service',
          program: '/usr/sbin/open-port',
          place: { path: `${etc}/gate.service`, line: 3 },
        },
      ],
    },
    {
      title:
        'instances of a template have their own account; masked units and those of packages that nothing starts are not told',
      gathered: host(
        [
          entry(`${usr}/sync@.service`),
          link(`${etc}/multi-user.target.wants/sync@app.service`, `${usr}/sync@.service`),
          entry(`${usr}/hidden.service`),
          link(`${etc}/hidden.service`, '/dev/null'),
          entry(`${usr}/idle.service`),
        ],
        {
          [`${usr}/sync@.service`]:
            '[Service]\nUser=%i\nExecStart=/usr/bin/sync-%p\n[Install]\nWantedBy=multi-user.target\n',
          [`${usr}/hidden.service`]: '[Service]\nUser=app\nExecStart=/usr/bin/hidden\n',
          [`${usr}/idle.service`]: '[Service]\nExecStart=/usr/bin/idle\n',
        },
      ),
      finds: [
        {
          ...usage,
          account: 'app',
          name: 'sync@app.service',
          enabled: true,
          program: '/usr/bin/sync-sync',
          place: { path: `${usr}/sync@.service`, line: 2 },
        },
      ],
    },
    {
      title:
        'what root runs and somebody else may change, also where it is named from the folder that the unit begins in',
      gathered: host(
        [entry(`${etc}/backup.service`)],
        { [`${etc}/backup.service`]: '[Service]\nWorkingDirectory=-/opt/app\nExecStart=/bin/sh ./backup.sh secret\n' },
        {
          look: exampleLook(
            ['/opt/app/backup.sh', '/bin/sh', `${etc}/backup.service`, '/usr/local/lib/systemd/system', usr],
            [
              ...['/opt', '/opt/app', '/bin', '/etc', '/etc/systemd', etc].map((path) => ({
                path,
                type: 'folder' as const,
                mode: 0o755,
              })),
              { path: '/opt/app/backup.sh', uid: 990, mode: 0o755 },
              { path: '/bin/sh', mode: 0o755 },
              { path: `${etc}/backup.service` },
            ],
          ),
        },
      ),
      finds: [
        {
          ...usage,
          account: 'root',
          name: 'backup.service',
          program: '/bin/sh',
          place: { path: `${etc}/backup.service`, line: 3 },
        },
        {
          kind: 'file' as const,
          role: 'run-as' as const,
          type: 'file' as const,
          owner: 990,
          group: 0,
          mode: '0755',
          modified: '2026-03-01T12:00:00Z',
          account: 'root',
          because: 'unit backup.service',
          namedBy: { path: `${etc}/backup.service`, line: 3 },
          writableBy: ['owner' as const],
          place: { path: '/opt/app/backup.sh' },
        },
      ],
    },
    {
      title: 'the own units of an account run as it',
      gathered: host(
        [],
        { '/opt/app/.config/systemd/user/bot.service': '[Service]\nExecStart=%h/bot\n' },
        {
          own: [found(entry('/opt/app/.config/systemd/user/bot.service', { uid: 990 }))],
        },
      ),
      finds: [
        {
          ...usage,
          account: 'app',
          name: 'bot.service',
          program: '/opt/app/bot',
          place: { path: '/opt/app/.config/systemd/user/bot.service', line: 2 },
        },
      ],
    },
  ]
}
