import type { FindRequest, HostProbe, HostRequest } from '@rollcall/discovery'
import { listArguments } from './script.ts'
import { searchArguments, startsOf } from './walk.ts'

/** What one probe needs more than any account may, and the command lines by which sudo can grant it. */
export interface ProbeRights {
  readonly probe: string
  readonly title: string
  readonly needs: readonly { readonly reads: string; readonly hides: string; readonly unlisted?: string }[]
  readonly commands: readonly SudoCommand[]
}

export interface SudoCommand {
  /** As it stands in sudoers(5). */
  readonly sudoers: string
  /** It is told by a regular expression, which takes sudo 1.9.10. */
  readonly pattern: boolean
}

/** So long a command may take, by sudo's own clock. */
const SECONDS = 20

/** The least rights by which probes see as much as by root, as far as a list of commands can give it. Probes that need none are left out. */
export const rightsOf = async (probes: readonly HostProbe[]): Promise<ProbeRights[]> => {
  const all = await Promise.all(
    probes.map(async (probe): Promise<ProbeRights> => {
      const needs = probe.needs.filter(({ right }) => right === 'root')
      const reads = [...new Set(needs.flatMap(({ grants }) => grants?.read ?? []))]
      const runs = needs.flatMap(({ grants }) => grants?.run ?? [])
      const searches = needs.length === 0 ? [] : (await askedBy(probe)).filter(isFixedSearch)
      const commands = [
        ...reads.flatMap(readCommands),
        ...runs.map((argv) => command(argv)),
        ...searches.map((search) => command(['find', ...searchArguments(search)])),
      ]
      return { probe: probe.id, title: probe.title, needs, commands: distinct(commands) }
    }),
  )
  return all.filter(({ needs }) => needs.length > 0)
}

/** A file for /etc/sudoers.d that grants it, with what each line makes visible. */
export const sudoersFile = (rights: readonly ProbeRights[], account: string): string => {
  const granted = new Set<string>()
  const rules = ({ commands }: ProbeRights) =>
    commands.map(({ sudoers }) => {
      if (granted.has(sudoers)) return `# (granted above) ${sudoers}`
      granted.add(sudoers)
      return `${account} ALL=(root) TIMEOUT=${SECONDS} NOPASSWD: ${sudoers}`
    })
  return [
    ...INTRODUCTION.map((line) => `# ${line}`.trimEnd()),
    '',
    ...rights.flatMap((probe) => [
      `# ${probe.probe}: ${probe.title}`,
      ...probe.needs.flatMap(({ reads, hides, unlisted }) => [
        `#   reads ${reads}`,
        `#   without it hidden: ${hides}`,
        ...(unlisted === undefined ? [] : [`#   a list falls short: ${unlisted}`]),
      ]),
      ...(probe.commands.length === 0 ? ['#   no fixed list of commands can grant this; it takes root'] : rules(probe)),
      '',
    ]),
  ].join('\n')
}

const INTRODUCTION = [
  'The least that a scan account needs of sudo to see what root sees, as far as a list of commands can give it.',
  'Check it with `visudo -c -f FILE`, then install it as /etc/sudoers.d/rollcall with owner root and mode 440.',
  'Leave out what you do not want to be seen: the scan then says what it could not look at.',
  '',
  'Each line allows one exact command line. No wildcards are used: in sudoers they match slashes and spaces, so that',
  '`cat /var/log/*` would allow `cat /var/log/x /etc/shadow`. Where names vary there is a regular expression (`^…$`, sudo 1.9.10',
  'or newer; older versions never match such a line). A question mark stands for a line end, which sudoers cannot write.',
  'Whoever may write to a folder of such a pattern can place a symbolic link there that leads this account to any file: such',
  'lines amount to reading every file, for somebody who has both. TIMEOUT takes sudo 1.8.20.',
]

type Asking = Parameters<HostProbe['gather']>[0]

/** The searches of a probe on a host where nothing is found: those that follow from no answer. */
const askedBy = async (probe: HostProbe): Promise<FindRequest[]> => {
  const searches: FindRequest[] = []
  const read = async (): Promise<[]> => []
  const run = async () => ({ state: 'unread', why: 'tool-missing' }) as const
  const find: Asking['find'] = async (options) => {
    searches.push({ kind: 'find', ...options })
    return { state: 'found', entries: [], unsearched: [], unnamed: 0 }
  }
  const asking: Asking = {
    read,
    readWith: read,
    run,
    runWith: run,
    find,
    ahead: { readWith: read, find },
    heed: () => undefined,
    distil: {
      run: async (_, __, look) => look({ state: 'unread', why: 'tool-missing' }, { keyedDigest: () => undefined }),
      read: async (_, __, look) => look([], { keyedDigest: () => undefined }),
      files: async () => [],
    },
    wishes: {},
    missed: () => undefined,
  }
  // What a probe thinks of a host without files is of no interest here.
  await probe.gather(asking).catch(() => undefined)
  return searches
}

const isFixedSearch = (request: HostRequest) =>
  request.kind === 'find' && request.maxDepth !== 0 && startsOf(request).every((start) => !/[*?[]/.test(start))

const readCommands = (pattern: string): SudoCommand[] => {
  if (!/[*?[]/.test(pattern)) return [command(['cat', pattern])]
  const folder = pattern.slice(0, pattern.lastIndexOf('/'))
  return [
    ...(folder === '' || /[*?[]/.test(folder) ? [] : [command(['find', ...listArguments(folder)])]),
    { sudoers: `${programPath('cat')} ${pathExpression(pattern)}`, pattern: true },
  ]
}

const command = ([program, ...args]: readonly [string, ...string[]]): SudoCommand => ({
  sudoers: `${programPath(program)} ${args.length === 0 ? '""' : sudoersArguments(args)}`,
  pattern: false,
})

/** A name has neither slash nor space and, as in a shell, no period at the beginning. */
const pathExpression = (pattern: string): string => {
  const segments = pattern.split('/').map((segment) =>
    segment.replaceAll(/\[!?\]?[^\]]*\]|[*?]|[^]/g, (part, at: number) => {
      if (part === '*') return at === 0 ? '[^/ .][^/ ]*' : '[^/ ]*'
      if (part === '?' || part.length > 1 || /[,:=#"\\\s]/.test(part)) return '[^/ ]'
      return part.replace(/[.^$+(){}|[\]]/, String.raw`\$&`)
    }),
  )
  return `^${segments.join('/')}$`
}

/**
 * Arguments as sudoers(5) writes them so that they match nothing else: sudo joins them with spaces and matches them like file
 * names.
 */
export const sudoersArguments = (args: readonly string[]): string =>
  args
    .join(' ')
    .replaceAll(/[\\*?[\],:=#\n]|(?<= ) | $/g, (part) =>
      part === '\\' ? '\\\\\\\\' : part === '\n' ? '?' : `\\${part}`,
    )

const distinct = (commands: readonly SudoCommand[]) => [...new Map(commands.map((one) => [one.sudoers, one])).values()]

/** sudo wants absolute paths. Where /bin is a link to /usr/bin it takes both for the same. */
const programPath = (program: string) => (program.startsWith('/') ? program : (PATHS[program] ?? `/usr/bin/${program}`))

const PATHS: Readonly<Record<string, string>> = {
  cat: '/bin/cat',
  ss: '/bin/ss',
  journalctl: '/bin/journalctl',
  systemctl: '/bin/systemctl',
  getcap: '/sbin/getcap',
  sshd: '/usr/sbin/sshd',
  runuser: '/sbin/runuser',
  su: '/bin/su',
}
