import type { Finding, FindingOf, Reason } from '@rollcall/contract'
import { clipped } from '../formats/accounts/account-file.ts'
import { parseGetcap, type CapableFile } from '../formats/file-capabilities.ts'
import { isPseudo, isRemote, isWithin, parseMountinfo, type Mount } from '../formats/mounts.ts'
import { exampleLook, fileFields, lookAtPaths, standings, type PathLook, type Standing } from '../formats/path-trust.ts'
import { isOrdinaryCapable, isOrdinarySetgid, isOrdinarySetuid } from '../formats/setuid-known.ts'
import type { CommandResult, FindRequest, FindResult, FoundEntry, HostFile } from '../host.ts'
import { exampleFile, exampleOutput, hostProbe, outputOf, textOf, type Gathering } from '../probe.ts'
import { folderOf, lastPart, literally } from '../posix-path.ts'

interface Gathered {
  /** Undefined on systems other than Linux. */
  readonly mounts: HostFile | undefined
  readonly found: readonly FindResult[]
  readonly capable: readonly CommandResult[]
  /** The library that programs with capabilities come with. */
  readonly libcap: FindResult
  /** Who may reach and write to what was found. */
  readonly look: PathLook
  /** Of those that no distribution ships: which of `CONTENTS` each holds. */
  readonly contents: readonly { readonly program: string; readonly result: FindResult }[]
}

export default hostProbe<Gathered>({
  id: 'setuid-programs',
  title: 'Programs that run with the rights of their owner, of their group, or with capabilities',
  needs: [
    {
      reads: 'the entries of all folders on local file systems, container storage left out',
      right: 'root',
      hides: 'setuid and setgid programs in folders that are closed to the scan account',
      grants: { searches: true },
    },
    {
      reads: 'file capabilities by getcap(8), in the usual folders of programs and homes',
      right: 'root',
      hides: 'programs with capabilities in folders that are closed to the scan account',
      grants: {
        run: [
          ['getcap', '-r', '/bin', '/sbin', '/lib', '/usr/bin', '/usr/sbin', '/usr/lib', '/usr/libexec'],
          ['getcap', '-r', '/home', '/opt', '/root', '/srv', '/tmp', '/usr/local', '/var/tmp'],
        ],
      },
    },
    {
      reads: '/proc/self/mountinfo',
      right: 'any-account',
      hides: 'which file systems are local, and where setuid counts for nothing',
    },
  ],

  async gather(host) {
    const [[mountinfo], first, system, libcap] = await Promise.all([
      host.readWith({ pseudo: true }, MOUNTS),
      host.find({ under: ['/'], ...SEARCH }),
      host.run('getcap', '-r', ...PROGRAM_FOLDERS),
      host.find({ under: LIBCAP, maxDepth: 0 }),
    ])
    const mounts = mountinfo?.state === 'read' ? mountinfo : undefined
    const known = parseMountinfo(textOf(mounts))
    const starts = furtherStarts(mounts === undefined ? undefined : known)
    const far = OTHER_FOLDERS.filter(
      (folder) => !known.some((mount) => isRemote(mount) && isWithin(mount.folder, folder)),
    )
    const near = whatIsIn([first], [system], known)
    // What is found elsewhere is looked at later: most hosts have nothing there.
    const [second, other, nearLook, nearContents] = await Promise.all([
      starts.length === 0 ? undefined : host.find({ under: starts.map(literally), ...SEARCH }),
      system.state === 'unread' || far.length === 0 ? undefined : host.run('getcap', '-r', ...far),
      lookAtPaths(host, near.paths),
      contentsOf(host, near.unusual),
    ])
    const found = [first, ...(second === undefined ? [] : [second])]
    const capable = [system, ...(other === undefined ? [] : [other])]
    const { paths, unusual } = whatIsIn(found, capable, known)
    const [look, contents] = await Promise.all([
      lookAtPaths(host, paths, nearLook),
      contentsOf(host, without(unusual, near.unusual)),
    ])
    return { mounts, found, capable, libcap, look, contents: [...nearContents, ...contents] }
  },

  parse({ mounts, found, capable, libcap, look, contents }) {
    const known = parseMountinfo(textOf(mounts))
    const programs = programsOf(found, known)
    const { files, unread } = capabilitiesOf(capable, known)
    const program = contentByPath(contents, new Set(unusualOf(programs, files)), mounts !== undefined)
    const standing = standings(
      [...programs, ...files].map(({ path }) => path),
      look,
    )
    const findings = [
      ...programs.flatMap((entry, index) => setFindings(entry, standing[index], program(entry.path))),
      ...files.flatMap(({ path, capabilities }, index): Finding[] => {
        const known = standing[programs.length + index]
        return known === undefined ? [] : [capabilityFinding(known, path, capabilities, program(path))]
      }),
    ]
    return {
      findings,
      reasons: [
        ...notSearched(mounts === undefined ? undefined : known),
        ...withoutGetcap(capable, libcap),
        ...look.left,
      ],
      notes: unread === 0 ? [] : [{ code: 'unparsable', detail: 'lines of getcap', count: unread }],
    }
  },

  examples: examples(),
})

const MOUNTS = '/proc/self/mountinfo'

/** Storage of containers and machines: closed to everybody but root, and what is setuid there is so within. */
const STORAGE = [
  '/var/lib/docker',
  '/var/lib/containers',
  '/var/lib/containerd',
  '/var/lib/machines',
  '/var/lib/lxc',
  '/var/lib/lxd',
  '/var/lib/incus',
  '/var/lib/kubelet',
  '/var/lib/rancher',
  '/var/lib/snapd',
  '/var/snap/lxd',
  '/snap',
  '/run/containerd',
  '/proc',
  '/sys',
  '/home/*/.local/share/containers',
  '/root/.local/share/containers',
]

/** Copies of files as they were: those of Btrfs and of network storage. */
const SNAPSHOTS = ['.snapshots', '.zfs', '.snapshot']

const SEARCH: Omit<FindRequest, 'kind' | 'under'> = {
  maxDepth: 200,
  except: [...STORAGE, ...SNAPSHOTS],
  where: { types: ['file'], anyMode: 0o6000 },
  maxEntries: 5000,
}

const PROGRAM_FOLDERS = ['/bin', '/sbin', '/lib', '/usr/bin', '/usr/sbin', '/usr/lib', '/usr/libexec'] as const
const OTHER_FOLDERS = ['/home', '/opt', '/root', '/srv', '/tmp', '/usr/local', '/var/tmp']
const LIBCAP = ['/lib*/libcap.so*', '/lib/*/libcap.so*', '/usr/lib*/libcap.so*', '/usr/lib/*/libcap.so*']

/** Where there is no list of mounts: systems other than Linux, which have these on file systems of their own at most. */
const USUAL_STARTS = ['/usr', '/usr/local', '/opt', '/var', '/tmp']
const MOST_STARTS = 200

/** Local file systems beside that of `/` on which setuid counts for something. */
const furtherStarts = (mounts: readonly Mount[] | undefined): string[] => {
  if (mounts === undefined) return USUAL_STARTS
  const seen = new Set<string>()
  const searched = mounts
    .filter((mount) => isSearched(mount) && !isStored(mount.folder) && mount.folder !== '/')
    .toSorted((one, other) => one.folder.length - other.folder.length)
    .filter(({ device, part, folder }) => {
      const key = `${device} ${part}`
      if (seen.has(key) || /[\0\n]/.test(folder)) return false
      seen.add(key)
      return true
    })
    // find(1) goes on into what is of the same device, so it is seen from the folder above; each part of Btrfs is a device of its own.
    .filter((mount) => {
      const above = mountOf(folderOf(mount.folder) || '/', mounts)
      return mount.type === 'btrfs' || above === undefined || above.device !== mount.device || !isSearched(above)
    })
  return searched.map(({ folder }) => folder).slice(0, MOST_STARTS)
}

const isSearched = (mount: Mount) => !isPseudo(mount) && !isRemote(mount) && !mount.powerless

const isStored = (path: string) =>
  STORAGE.some((folder) => isWithin(path, folder)) || /^\/(?:home\/[^/]+|root)\/\.local\/share\/containers\//.test(path)

/** The mount that a path lies in. */
const mountOf = (path: string, mounts: readonly Mount[]) =>
  mounts.reduce<Mount | undefined>(
    (best, mount) =>
      isWithin(path, mount.folder) && (best === undefined || mount.folder.length > best.folder.length) ? mount : best,
    undefined,
  )

const MOST_PROGRAMS = 5000

const programsOf = (found: readonly FindResult[], mounts: readonly Mount[]): FoundEntry[] => {
  const programs = new Map<string, FoundEntry>()
  for (const result of found)
    for (const entry of result.state === 'found' ? result.entries : [])
      if (
        entry.type === 'file' &&
        (entry.mode & 0o6000) !== 0 &&
        entry.path.startsWith('/') &&
        entry.path.length <= 4096
      )
        programs.set(entry.path, entry)
  return [...programs.values()]
    .filter(({ path }) => mountOf(path, mounts)?.powerless !== true)
    .toSorted((one, other) => (one.path < other.path ? -1 : 1))
    .slice(0, MOST_PROGRAMS)
}

const capabilitiesOf = (capable: readonly CommandResult[], mounts: readonly Mount[]) => {
  const parsed = capable.map((result) => parseGetcap(outputOf(result)))
  const files = parsed
    .flatMap((one) => one.files)
    .filter(({ path }) => !isStored(path) && path.length <= 4096 && mountOf(path, mounts)?.powerless !== true)
  return {
    files: [...new Map(files.map((file) => [file.path, file])).values()].slice(0, MOST_PROGRAMS),
    unread: parsed.reduce((sum, one) => sum + one.unread, 0),
  }
}

/** The paths of programs with rights of their own, and of them those that no distribution ships. */
const whatIsIn = (found: readonly FindResult[], capable: readonly CommandResult[], mounts: readonly Mount[]) => {
  const programs = programsOf(found, mounts)
  const { files } = capabilitiesOf(capable, mounts)
  return { paths: [...programs, ...files].map(({ path }) => path), unusual: unusualOf(programs, files) }
}

const without = (paths: readonly string[], these: readonly string[]) => {
  const left = new Set(these)
  return paths.filter((path) => !left.has(path))
}

/** Those that no distribution ships, as many as are looked into. */
const unusualOf = (programs: readonly FoundEntry[], files: readonly CapableFile[]) =>
  [
    ...programs.filter(({ path, mode }) => !isOrdinary(path, mode)),
    ...files.filter(({ path, capabilities }) => !isOrdinaryCapable(path, capabilities)),
  ]
    .map(({ path }) => path)
    .slice(0, MOST_LOOKED_INTO)

const isOrdinary = (path: string, mode: number) =>
  ((mode & 0o4000) === 0 || isOrdinarySetuid(path)) && ((mode & 0o2000) === 0 || isOrdinarySetgid(path))

/**
 * Texts by which a program is known whatever it is called. The first that fits is told. Each native program of Linux holds `ELF`; a
 * file without it is a script, of which the kernel does not heed the setuid bit.
 */
const CONTENTS = [
  ['bash', 'GNU bash, version'],
  ['busybox', 'BusyBox v'],
  ['ksh', 'KSH_VERSION'],
  ['zsh', 'ZSH_EVAL_CONTEXT'],
  ['dash', 'Illegal option -'],
  ['python', 'PYTHONHOME'],
  ['perl', 'PERL5LIB'],
  ['vim', 'VIMRUNTIME'],
  ['find', '-execdir'],
  ['less', 'LESSOPEN'],
  ['gawk', 'GAWK_'],
  ['ruby', 'RUBYLIB'],
  ['php', 'PHPRC'],
  ['node', 'NODE_OPTIONS'],
  ['nano', 'nanorc'],
  ['rsync', 'RSYNC_RSH'],
  ['tar', 'checkpoint-action'],
  ['cp', 'attributes-only'],
  ['dd', 'fullblock'],
  ['tee', 'output-error'],
  ['env', 'split-string'],
  ['cat', 'number-nonblank'],
] as const
const NATIVE = 'native'

const contentsOf = async (host: Gathering, unusual: readonly string[]): Promise<Gathered['contents']> => {
  if (unusual.length === 0) return []
  const under = unusual.map(literally)
  return Promise.all(
    [...CONTENTS, [NATIVE, 'ELF'] as const].map(async ([program, text]) => ({
      program,
      result: await host.find({ under, maxDepth: 0, where: { containing: [text], maxBytes: MOST_BYTES } }),
    })),
  )
}

const MOST_LOOKED_INTO = 200
const MOST_BYTES = 64 * 1024 * 1024

/** Which program a file is by what it holds; undefined where that says nothing. */
const contentByPath = (contents: Gathered['contents'], lookedInto: ReadonlySet<string>, isLinux: boolean) => {
  const holds = new Map<string, Set<string>>()
  for (const { program, result } of contents) {
    const paths = holds.get(program) ?? new Set()
    holds.set(program, paths)
    for (const { path } of result.state === 'found' ? result.entries : []) paths.add(path)
  }
  const searched = contents.some(({ result }) => result.state === 'found' && result.unsearched.length === 0)
  return (path: string): string | undefined => {
    if (!lookedInto.has(path)) return undefined
    const program = CONTENTS.find(([program]) => holds.get(program)?.has(path) === true)?.[0]
    if (program !== undefined) return lastPart(path).startsWith(program) ? undefined : program
    return isLinux && searched && holds.get(NATIVE)?.has(path) === false ? 'script' : undefined
  }
}

const setFindings = (entry: FoundEntry, standing: Standing | undefined, program: string | undefined) =>
  (
    [
      [0o4000, 'setuid', isOrdinarySetuid],
      [0o2000, 'setgid', isOrdinarySetgid],
    ] as const
  )
    .filter(([bit]) => (entry.mode & bit) !== 0)
    .map(([, role, isShipped]): FindingOf<'file'> => {
      const writableBy = (standing?.writableBy ?? []).filter((writer) => writer !== 'owner')
      return {
        kind: 'file',
        role,
        ...fileFields({ entry, behind: standing?.behind ?? [] }),
        ordinary: isShipped(entry.path) && writableBy.length === 0,
        ...(writableBy.length === 0 ? {} : { writableBy }),
        ...(program === undefined ? {} : { program }),
      }
    })

const capabilityFinding = (
  standing: Standing,
  path: string,
  capabilities: string,
  program: string | undefined,
): FindingOf<'file'> => ({
  kind: 'file',
  role: 'capabilities',
  ...fileFields(standing),
  capabilities: clipped(capabilities, 1024),
  ordinary: isOrdinaryCapable(path, capabilities),
  ...(program === undefined || program === 'script' ? {} : { program }),
})

/** What may hold such programs and was not looked into. */
const notSearched = (mounts: readonly Mount[] | undefined): Reason[] => {
  if (mounts === undefined)
    return [{ code: 'left-out', detail: 'file systems mounted elsewhere than in the usual folders' }]
  const remote = mounts.filter((mount) => isRemote(mount) && !mount.powerless)
  return [
    ...remote.map(({ folder }): Reason => ({
      code: 'left-out',
      path: clipped(folder, 4096),
      detail: 'a network file system',
    })),
    ...(furtherStarts(mounts).length === MOST_STARTS ? [{ code: 'too-many' as const, detail: 'file systems' }] : []),
  ].slice(0, 50)
}

/** Without the library, too, nothing on the host could have given capabilities in the usual way. */
const withoutGetcap = (capable: readonly CommandResult[], libcap: FindResult): Reason[] =>
  capable[0]?.state === 'unread' &&
  capable[0].why === 'tool-missing' &&
  libcap.state === 'found' &&
  libcap.entries.length > 0
    ? [{ code: 'tool-missing', detail: 'getcap' }]
    : []

function examples() {
  const mounts = (...lines: readonly string[]) =>
    exampleFile(
      '/proc/self/mountinfo',
      ['22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw', ...lines, ''].join('\n'),
    )
  const entry = (path: string, mode: number, rest: Partial<FoundEntry> = {}): FoundEntry => ({
    path,
    type: 'file',
    mode,
    uid: 0,
    gid: 0,
    size: 70_000,
    modified: '2026-03-01T12:00:00Z',
    ...rest,
  })
  const result = (...entries: readonly FoundEntry[]): FindResult => ({
    state: 'found',
    entries,
    unsearched: [],
    unnamed: 0,
  })
  const folders = ['/usr', '/usr/bin', '/usr/local', '/usr/local/bin', '/home', '/home/ann', '/opt'].map((path) =>
    entry(path, 0o755, { type: 'folder' }),
  )
  const gathered = (programs: readonly FoundEntry[], more: Partial<Gathered> = {}): Gathered => ({
    mounts: mounts(),
    found: [result(...programs)],
    capable: [exampleOutput('')],
    libcap: result(entry('/usr/lib/x86_64-linux-gnu/libcap.so.2', 0o644)),
    look: exampleLook([], [...folders, ...programs]),
    contents: [],
    ...more,
  })
  const found = (path: string, mode: string, rest: Partial<FindingOf<'file'>> = {}): FindingOf<'file'> => ({
    kind: 'file',
    role: 'setuid',
    type: 'file',
    owner: 0,
    group: 0,
    mode,
    modified: '2026-03-01T12:00:00Z',
    place: { path },
    ordinary: false,
    ...rest,
  })
  return [
    {
      title: 'what distributions ship is told as ordinary, one finding for each bit',
      gathered: gathered([entry('/usr/bin/passwd', 0o4755), entry('/usr/bin/chage', 0o2755, { gid: 42 })]),
      finds: [
        found('/usr/bin/chage', '2755', { role: 'setgid', group: 42, ordinary: true }),
        found('/usr/bin/passwd', '4755', { ordinary: true }),
      ],
    },
    {
      title: 'a shell under another name is known by what it holds, and who may not pass a folder cannot run it',
      gathered: gathered([entry('/opt/tool', 0o4755)], {
        look: exampleLook([], [entry('/opt', 0o750, { type: 'folder', gid: 50 }), entry('/opt/tool', 0o4755)]),
        contents: [
          { program: 'bash', result: result(entry('/opt/tool', 0o4755)) },
          { program: 'native', result: result(entry('/opt/tool', 0o4755)) },
        ],
      }),
      finds: [
        found('/opt/tool', '4755', {
          program: 'bash',
          behind: [{ path: '/opt', owner: 0, group: 50, mode: '0750' }],
        }),
      ],
    },
    {
      title: 'a script is told as one, since the kernel does not heed its bit',
      gathered: gathered([entry('/usr/local/bin/restart', 0o4755)], {
        contents: [{ program: 'native', result: result() }],
      }),
      finds: [found('/usr/local/bin/restart', '4755', { program: 'script' })],
    },
    {
      title: 'one that others may write to is not ordinary, wherever it lies',
      gathered: gathered([entry('/usr/bin/passwd', 0o4777)]),
      finds: [found('/usr/bin/passwd', '4777', { writableBy: ['group', 'others'] })],
    },
    {
      title: 'capabilities are told as getcap prints them, by old releases and new, also of names with a space',
      gathered: gathered([], {
        capable: [
          exampleOutput('/usr/bin/ping cap_net_raw=ep\n/usr/bin/perl = cap_setuid+ep\n'),
          exampleOutput('/home/ann/my tool =ep\n'),
        ],
        look: exampleLook(
          [],
          [...folders, entry('/usr/bin/ping', 0o755), entry('/usr/bin/perl', 0o755), entry('/home/ann/my tool', 0o700)],
        ),
      }),
      finds: [
        found('/usr/bin/ping', '0755', { role: 'capabilities', capabilities: 'cap_net_raw=ep', ordinary: true }),
        found('/usr/bin/perl', '0755', { role: 'capabilities', capabilities: 'cap_setuid+ep' }),
        found('/home/ann/my tool', '0700', { role: 'capabilities', capabilities: '=ep' }),
      ],
    },
    {
      title: 'mounted nosuid nothing counts; a network file system that is not is left out, and that is said',
      gathered: gathered([entry('/home/ann/tool', 0o4755)], {
        mounts: mounts(
          '30 22 8:2 / /home rw,nosuid,nodev - ext4 /dev/sda2 rw',
          '31 22 0:40 / /mnt/old\\040data rw - nfs4 server:/export rw',
          '32 22 0:41 / /mnt/safe rw,nosuid - nfs4 server:/safe rw',
        ),
      }),
      finds: [],
      reasons: [{ code: 'left-out' as const, path: '/mnt/old data', detail: 'a network file system' }],
    },
    {
      title: 'a host with the library of capabilities but without getcap may have programs that nobody sees',
      gathered: gathered([], { capable: [{ state: 'unread', why: 'tool-missing' }] }),
      finds: [],
      reasons: [{ code: 'tool-missing' as const, detail: 'getcap' }],
    },
    {
      title: 'an appliance without that library has no such programs to miss',
      gathered: gathered([], { capable: [{ state: 'unread', why: 'tool-missing' }], libcap: result() }),
      finds: [],
    },
  ]
}
