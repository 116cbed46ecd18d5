import type { FindingOf, Reason } from '@rollcall/contract'
import { detect, type Detected } from '../detectors/detect.ts'
import { clipped, MAX_NAME, MAX_PATH } from '../formats/accounts/account-file.ts'
import { BUSYBOX_PS, parseProcesses, POSIX_PS, PROCPS } from '../formats/process-list.ts'
import type { CommandResult, FindResult, HostFile } from '../host.ts'
import { exampleOutput, hostProbe, outputOf, type DistilTools } from '../probe.ts'

interface Gathered {
  /** What was found in processes, by the number of the process. */
  readonly seen: Seen
  /** What was found in the command line of the kernel. */
  readonly kernel: readonly Told[]
  readonly list: { readonly form: 'procps' | 'posix' | 'busybox'; readonly output: CommandResult }
  /** `/proc/<pid>/exe` of each process. */
  readonly programs: FindResult
}

interface Seen {
  readonly processes: readonly SeenProcess[]
  /** Processes whose command line was seen and whose environment was not. */
  readonly withoutEnvironment: readonly number[]
  /** How many were seen at all. */
  readonly count: number
}

interface SeenProcess {
  /** All that have the same in them. */
  readonly pids: readonly number[]
  readonly from: 'environ' | 'cmdline'
  readonly found: readonly Told[]
}

/** Where in a list of variables or arguments it stands means nothing to anybody. */
type Told = Omit<Detected, 'at' | 'span' | 'line' | 'endLine' | 'offset'>
type StoredCredential = FindingOf<'stored-credential'>

/**
 * A secret that a program was started with is told once for each program and account, however many processes have it, and of a variable
 * only the outermost that has it: what it starts has it from there. Containers are processes of the host like all others.
 */
export default hostProbe<Gathered>({
  id: 'process-credentials',
  title: 'Passwords, tokens and keys in the environment and the arguments of running programs, and of the kernel',
  needs: [
    {
      reads: '/proc/<pid>/environ of each process',
      right: 'root',
      hides: 'secrets that programs of other accounts were started with',
      unlisted: 'only the host knows the numbers of its processes, and who may read these files gets every such secret',
    },
    {
      reads: '/proc/<pid>/cmdline of each process, and /proc/cmdline',
      right: 'any-account',
      hides: 'secrets among arguments, which every account of the host sees as well',
    },
    {
      reads: 'the list of processes, by ps, and /proc/<pid>/exe',
      right: 'root',
      hides: 'which programs of other accounts these are; their short names are seen',
      unlisted: 'only the host knows the numbers of its processes',
    },
  ],

  async gather(host) {
    if (host.wishes.credentials?.off === true) {
      host.missed({ code: 'left-out', detail: 'credentials of processes are not searched for in this scan' })
      return { seen: NONE, kernel: [], list: { form: 'procps', output: NOT_RUN }, programs: NOT_RUN }
    }
    const [first, kernel, procps, programs] = await Promise.all([
      host.distil.run({ maxBytes: MOST_BYTES }, VARIABLES_AND_ARGUMENTS, lookAtRecords),
      host.distil.read({ pseudo: true, maxBytes: 65_536 }, ['/proc/cmdline'], lookAtKernel),
      host.run(...PROCPS),
      // Without these it is known less well which program it is; nothing is hidden by that.
      host.ahead.find({ under: ['/proc/[0-9]*/exe'], maxDepth: 0, where: { types: ['link'] } }),
    ])
    const [seen, others] = await Promise.all([
      // A grep(1) that does not know the ends of these records: one file after the other then.
      first.count > 0
        ? first
        : host.distil.read({ pseudo: true, maxBytes: 131_072, maxFiles: 3000 }, BY_FILE, lookAtFiles),
      listed(procps) ? undefined : Promise.all([host.run(...POSIX_PS), host.run(...BUSYBOX_PS)]),
    ])
    if (seen.count === 0) host.missed({ code: 'unsupported', detail: 'environments of processes on this system' })
    return { seen, kernel, list: listThatWorked(procps, others), programs }
  },

  parse({ seen, kernel, list, programs }, { privilege }) {
    const processes = new Map(
      parseProcesses(outputOf(list.output), list.form).processes.map((process) => [process.pid, process]),
    )
    const links = programLinks(programs)
    const variables = new Map<number, ReadonlySet<string>>()
    for (const { pids, from, found } of seen.processes) {
      const all = new Set(found.map((told) => JSON.stringify(told)))
      if (from === 'environ') for (const pid of pids) variables.set(pid, all)
    }
    const findings = new Map<string, StoredCredential>()
    for (const { pids, from, found } of seen.processes)
      for (const pid of pids) {
        const process = processes.get(pid)
        const program = links.get(pid) ?? process?.name
        const account = process?.account
        const parent = process === undefined ? undefined : processes.get(process.parent)
        const inherited =
          from === 'environ' && parent?.account === account ? variables.get(parent?.pid ?? 0) : undefined
        for (const told of found) {
          if (inherited?.has(JSON.stringify(told)) === true) continue
          const finding: StoredCredential = {
            kind: 'stored-credential',
            ...told,
            ...(program === undefined ? {} : { program: clipped(program, MAX_PATH) }),
            ...(account === undefined ? {} : { runsAs: clipped(account, MAX_NAME) }),
            place: { path: `/proc/*/${from}` },
          }
          findings.set(JSON.stringify(finding), finding)
        }
      }
    for (const told of kernel) {
      const finding: StoredCredential = { kind: 'stored-credential', ...told, place: { path: '/proc/cmdline' } }
      findings.set(JSON.stringify(finding), finding)
    }
    const hidden = privilege === 'root' ? 0 : seen.withoutEnvironment.length
    return {
      findings: [...findings].toSorted(([one], [other]) => (one < other ? -1 : 1)).map(([, finding]) => finding),
      reasons: hidden === 0 ? [] : [{ code: 'not-permitted', path: '/proc/*/environ', count: hidden } satisfies Reason],
    }
  },

  examples: examples(),
})

/** All of them by two programs: a file each would be as many. Records end with NUL and begin with the name of the file. */
const VARIABLES_AND_ARGUMENTS = [
  'find',
  '/proc',
  '-maxdepth',
  '2',
  '-path',
  '/proc/[0-9]*',
  '(',
  '-name',
  'environ',
  '-o',
  '-name',
  'cmdline',
  ')',
  '-exec',
  'grep',
  '-aHz',
  '^',
  '{}',
  '+',
] as const

const BY_FILE = ['/proc/[0-9]*/environ', '/proc/[0-9]*/cmdline']
const MOST_BYTES = 16 * 1024 * 1024
const NONE: Seen = { processes: [], withoutEnvironment: [], count: 0 }
const NOT_RUN = { state: 'unread', why: 'tool-missing' } as const

type Listed = Extract<CommandResult, { state: 'ran' }>
const listed = (result: CommandResult): result is Listed => result.state === 'ran' && result.stdout.length > 0

const listThatWorked = (
  procps: CommandResult,
  others: readonly [CommandResult, CommandResult] | undefined,
): Gathered['list'] => {
  if (others === undefined) return { form: 'procps', output: procps }
  const [posix, busybox] = others
  return listed(posix) ? { form: 'posix', output: posix } : { form: 'busybox', output: busybox }
}

/** Variables and arguments of each process, in order. */
interface Content {
  environ?: string[]
  cmdline?: string[]
}
type Contents = Map<number, Content>

const lookAtRecords = (result: CommandResult, tools: DistilTools): Seen => {
  const contents: Contents = new Map()
  for (const record of outputOf(result).split('\0')) {
    const [whole, pid, from] = RECORD.exec(record) ?? []
    if (whole === undefined) continue
    const of = contentsOf(contents, Number(pid))
    ;(of[from as 'environ' | 'cmdline'] ??= []).push(record.slice(whole.length))
  }
  return lookAtContents(contents, tools)
}

const RECORD = /^\/proc\/(\d{1,10})\/(environ|cmdline):/

const lookAtFiles = (files: readonly HostFile[], tools: DistilTools): Seen => {
  const contents: Contents = new Map()
  for (const file of files) {
    const [, pid, from] = /^\/proc\/(\d{1,10})\/(environ|cmdline)$/.exec(file.path) ?? []
    if (file.state !== 'read' || file.bytes.length === 0 || pid === undefined) continue
    const parts = UTF8.decode(file.bytes).split('\0')
    if (parts.at(-1) === '') parts.pop()
    contentsOf(contents, Number(pid))[from as 'environ' | 'cmdline'] = parts
  }
  return lookAtContents(contents, tools)
}

const UTF8 = new TextDecoder()

const contentsOf = (contents: Contents, pid: number): Content => {
  const known = contents.get(pid)
  if (known !== undefined) return known
  const made = {}
  contents.set(pid, made)
  return made
}

/** Each text once: workers of one program have the same. */
const lookAtContents = (contents: Contents, tools: DistilTools): Seen => {
  const texts = { environ: new Map<string, number[]>(), cmdline: new Map<string, number[]>() }
  const withoutEnvironment: number[] = []
  for (const [pid, { environ, cmdline }] of contents) {
    if (environ !== undefined) noted(texts.environ, `${environ.join('\n')}\n`).push(pid)
    else withoutEnvironment.push(pid)
    if (cmdline !== undefined) noted(texts.cmdline, `${cmdline.map(shellWord).join(' ')}\n`).push(pid)
  }
  const processes = (['environ', 'cmdline'] as const).flatMap((from) =>
    [...texts[from]].flatMap(([text, pids]): SeenProcess[] => {
      const found = foundIn(`/proc/*/${from}`, text, tools)
      return found.length === 0 ? [] : [{ pids, from, found }]
    }),
  )
  return { processes, withoutEnvironment, count: contents.size }
}

const noted = (texts: Map<string, number[]>, text: string): number[] => {
  const known = texts.get(text)
  if (known !== undefined) return known
  const made: number[] = []
  texts.set(text, made)
  return made
}

const lookAtKernel = ([file]: readonly HostFile[], tools: DistilTools): readonly Told[] =>
  file?.state === 'read' ? foundIn('/proc/cmdline', UTF8.decode(file.bytes), tools) : []

const foundIn = (path: string, text: string, tools: DistilTools): Told[] =>
  detect(path, ENCODER.encode(text), tools).found.map(
    ({ at: _, span: __, line: ___, endLine: ____, offset: _____, ...told }) => told,
  )

const ENCODER = new TextEncoder()

/** An argument as a person would write it. */
const shellWord = (text: string): string =>
  /^[\w@%+=:,./~-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`

const programLinks = (programs: FindResult): ReadonlyMap<number, string> => {
  const links = new Map<number, string>()
  if (programs.state === 'found')
    for (const { path, target } of programs.entries) {
      const pid = /^\/proc\/(\d{1,10})\/exe$/.exec(path)?.[1]
      if (pid !== undefined && target !== undefined && target.startsWith('/'))
        links.set(Number(pid), target.replace(/ \(deleted\)$/, ''))
    }
  return links
}

function examples() {
  const password: Told = {
    secret: 'password',
    value: 'literal',
    state: 'active',
    detector: 'process-environment',
    evidence: 'name',
    confidence: 'high',
    name: 'PGPASSWORD',
    account: 'shop',
    system: 'db1',
    length: '8-11',
    digest: 'A1b2C3',
  }
  const argument: Told = { ...password, detector: 'lines', evidence: 'argument', name: 'mysql' }
  const list = (...lines: readonly string[]): Gathered['list'] => ({
    form: 'procps',
    output: exampleOutput(`${lines.join('\n')}\n`),
  })
  const shop = (pid: number) => `${pid} 1 990 990 ? 3-00:00:00 shop gunicorn 0::/system.slice/shop.service`
  const programs = (links: Readonly<Record<number, string>>): FindResult => ({
    state: 'found',
    entries: Object.entries(links).map(([pid, target]) => ({
      path: `/proc/${pid}/exe`,
      type: 'link',
      mode: 0o777,
      uid: 0,
      gid: 0,
      size: 0,
      modified: '2026-03-01T12:00:00Z',
      target,
    })),
    unsearched: [],
    unnamed: 0,
  })
  const gathered = (processes: readonly SeenProcess[], more: Partial<Gathered> = {}): Gathered => ({
    seen: { processes, withoutEnvironment: [], count: 5 },
    kernel: [],
    list: list(shop(100), shop(101), '102 1 991 991 ? 10:00 batch python3 0::/system.slice/batch.service'),
    programs: programs({
      100: '/usr/bin/python3.11',
      101: '/usr/bin/python3.11',
      102: '/usr/bin/python3.11 (deleted)',
    }),
    ...more,
  })
  const found = (more: Partial<StoredCredential> = {}): StoredCredential => ({
    kind: 'stored-credential',
    ...password,
    program: '/usr/bin/python3.11',
    runsAs: 'shop',
    place: { path: '/proc/*/environ' },
    ...more,
  })
  return [
    {
      title: 'workers of one program and account are told once, those of another account once more',
      gathered: gathered([{ pids: [100, 101, 102], from: 'environ', found: [password] }]),
      finds: [found({ runsAs: 'batch' }), found()],
    },
    {
      title: 'what a process has from the one that started it is told there',
      gathered: gathered([{ pids: [100, 101], from: 'environ', found: [password] }], {
        list: list(shop(100), '101 100 990 990 ? 00:01 shop sh 0::/system.slice/shop.service'),
        programs: programs({ 100: '/usr/bin/python3.11', 101: '/usr/bin/dash' }),
      }),
      finds: [found()],
    },
    {
      title: 'an argument is told as one',
      gathered: gathered([{ pids: [102], from: 'cmdline', found: [argument] }]),
      finds: [found({ ...argument, runsAs: 'batch', place: { path: '/proc/*/cmdline' } })],
    },
    {
      title: 'without root the short name of the program is told, and how many environments are hidden',
      gathered: gathered([{ pids: [100], from: 'cmdline', found: [argument] }], {
        seen: {
          processes: [{ pids: [100], from: 'cmdline', found: [argument] }],
          withoutEnvironment: [100, 101],
          count: 3,
        },
        programs: programs({}),
      }),
      context: { privilege: 'user' as const },
      finds: [found({ ...argument, program: 'gunicorn', place: { path: '/proc/*/cmdline' } })],
      reasons: [{ code: 'not-permitted' as const, path: '/proc/*/environ', count: 2 }],
    },
    {
      title: 'the command line of the kernel belongs to no program',
      gathered: gathered([], { kernel: [{ ...password, detector: 'lines', name: 'luks.password' }] }),
      finds: [
        {
          kind: 'stored-credential' as const,
          ...password,
          detector: 'lines',
          name: 'luks.password',
          place: { path: '/proc/cmdline' },
        },
      ],
    },
    {
      title: 'a process that has ended before it was listed has neither program nor account',
      gathered: gathered([{ pids: [999], from: 'environ', found: [password] }]),
      finds: [{ kind: 'stored-credential' as const, ...password, place: { path: '/proc/*/environ' } }],
    },
  ]
}
