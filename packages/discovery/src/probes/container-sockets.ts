import type { FindingOf, Place, Reason } from '@rollcall/contract'
import { clipped, MAX_NAME } from '../formats/accounts/account-file.ts'
import { passwdOf } from '../formats/accounts/passwd.ts'
import { exampleLook, fileFields, lookAtPaths, standings, type PathLook } from '../formats/path-trust.ts'
import type { FindResult, FoundEntry, HostFile } from '../host.ts'
import { exampleFile, hostProbe, textOf } from '../probe.ts'

type File = FindingOf<'file'>
type Setting = FindingOf<'setting'>

interface Gathered {
  readonly settings: readonly HostFile[]
  readonly passwd: HostFile | undefined
  /** Sockets of engines that accounts run for themselves. */
  readonly rootless: FindResult
  readonly look: PathLook
}

export default hostProbe<Gathered>({
  id: 'container-sockets',
  title: 'Sockets of container and machine engines: who may have them start something as root',
  needs: [
    {
      reads: 'owner and mode of the sockets of Docker, Podman, containerd, CRI-O, LXD, Incus, BuildKit and libvirt',
      right: 'any-account',
      hides: 'who may use them',
    },
    {
      reads: '/etc/docker/daemon.json, the units of Docker and Podman, and libvirt’s configuration',
      right: 'root',
      hides: 'engines that listen on the network, and libvirt open to whoever reaches its socket',
      grants: { read: ['/etc/docker/daemon.json', '/etc/libvirt/*.conf'] },
    },
  ],

  async gather(host) {
    const [settings, [passwd], rootless, look] = await Promise.all([
      host.read(...DOCKER, ...LIBVIRT),
      host.read('/etc/passwd'),
      host.find({ under: ROOTLESS, maxDepth: 0, maxEntries: 500 }),
      lookAtPaths(
        host,
        [...SOCKETS, ...LIBVIRT_SOCKETS].map(({ path }) => path),
      ),
    ])
    const own = rootless.state === 'found' ? rootless.entries.map(({ path }) => path) : []
    return { settings, passwd, rootless, look: await lookAtPaths(host, own, look) }
  },

  parse({ settings, passwd, rootless, look }) {
    const libvirtIsOpen = settings.some(({ path }) => path.startsWith('/etc/libvirt/')) && asksNobody(settings)
    const own = rootless.state === 'found' ? rootless.entries.slice(0, MOST_ROOTLESS) : []
    const docker = dockerSettings(settings)
    return {
      findings: [
        ...openSockets([...SOCKETS, ...(libvirtIsOpen ? LIBVIRT_SOCKETS : [])], look),
        ...ownSockets(own, passwd, look),
        ...docker.findings,
        ...libvirtSettings(settings),
      ],
      reasons: docker.reasons,
    }
  },

  examples: examples(),
})

interface EngineSocket {
  readonly path: string
  readonly engine: string
}

const sockets = (engine: string, ...paths: readonly string[]): EngineSocket[] => paths.map((path) => ({ path, engine }))

/** Engines that run as root and do whatever is asked on their socket. */
const SOCKETS: readonly EngineSocket[] = [
  ...sockets('Docker', '/run/docker.sock', '/var/run/docker.sock', '/run/balena-engine.sock', '/run/cri-dockerd.sock'),
  ...sockets('Podman', '/run/podman/podman.sock'),
  ...sockets(
    'containerd',
    '/run/containerd/containerd.sock',
    '/run/docker/containerd/containerd.sock',
    '/run/k3s/containerd/containerd.sock',
    '/var/snap/microk8s/common/run/containerd.sock',
  ),
  ...sockets('CRI-O', '/run/crio/crio.sock'),
  ...sockets('BuildKit', '/run/buildkit/buildkitd.sock'),
  ...sockets('LXD', '/var/lib/lxd/unix.socket', '/var/snap/lxd/common/lxd/unix.socket'),
  ...sockets('Incus', '/var/lib/incus/unix.socket', '/run/incus/unix.socket'),
]

/** These ask polkit who may, unless they are told to ask nobody. */
const LIBVIRT_SOCKETS = sockets(
  'libvirt',
  '/run/libvirt/libvirt-sock',
  '/run/libvirt/virtqemud-sock',
  '/run/libvirt/virtlxcd-sock',
)
const LIBVIRT = ['/etc/libvirt/libvirtd.conf', '/etc/libvirt/virtqemud.conf', '/etc/libvirt/virtlxcd.conf']

const ROOTLESS = ['/run/user/*/docker.sock', '/run/user/*/podman/podman.sock', '/tmp/podman-run-*/podman/podman.sock']
const MOST_ROOTLESS = 500

const DOCKER = [
  '/etc/docker/daemon.json',
  '/etc/default/docker',
  '/etc/sysconfig/docker',
  '/etc/conf.d/docker',
  '/etc/systemd/system/docker.service',
  '/etc/systemd/system/docker.service.d/*.conf',
  '/usr/lib/systemd/system/docker.service',
  '/lib/systemd/system/docker.service',
]

/** A socket is only told where others than root may use it; one that is reached by several names, once. */
const openSockets = (wanted: readonly EngineSocket[], look: PathLook): File[] => {
  const told = new Map<string, File>()
  for (const [index, standing] of standings(
    wanted.map(({ path }) => path),
    look,
  ).entries()) {
    if (standing === undefined || standing.entry.type !== 'socket' || standing.writableBy.length === 0) continue
    told.set(standing.entry.path, {
      kind: 'file',
      role: 'socket',
      account: 'root',
      because: wanted[index]!.engine,
      ...fileFields(standing),
      writableBy: [...standing.writableBy],
    })
  }
  return [...told.values()]
}

/** Within the containers of such an engine root is the account that runs it: who may use the socket becomes that account. */
const ownSockets = (entries: readonly FoundEntry[], passwd: HostFile | undefined, look: PathLook): File[] => {
  if (entries.length === 0) return []
  const names = new Map(
    passwdOf(passwd)
      .entries.toReversed()
      .map(({ name, uid }) => [uid, name]),
  )
  return standings(
    entries.map(({ path }) => path),
    look,
  ).flatMap((standing): File[] => {
    if (standing === undefined || standing.entry.type !== 'socket') return []
    const account = standing.entry.uid === 0 ? 'root' : names.get(standing.entry.uid)
    const writableBy = standing.writableBy.filter((writer) => writer !== 'owner')
    if (account === undefined || writableBy.length === 0) return []
    return [
      {
        kind: 'file',
        role: 'socket',
        account: clipped(account, MAX_NAME),
        because: 'a container engine of this account alone',
        ...fileFields(standing),
        writableBy,
      },
    ]
  })
}

interface DockerOptions {
  readonly hosts: readonly string[]
  readonly verifies?: boolean
  readonly remaps?: string
  readonly place: Place
}

/** Where dockerd listens, whether it asks for certificates there, and whether root in its containers is root. */
const dockerSettings = (files: readonly HostFile[]): { findings: Setting[]; reasons: Reason[] } => {
  const reasons: Reason[] = []
  const options = files.flatMap((file): DockerOptions[] => {
    if (file.state !== 'read' || file.path.startsWith('/etc/libvirt/')) return []
    if (!file.path.endsWith('.json')) return [dockerArguments(file)]
    const read = dockerJson(file)
    if (read !== undefined) return [read]
    reasons.push({ code: 'unparsable', path: file.path })
    return []
  })
  const listening = options.find(({ hosts }) => hosts.length > 0)
  const hosts = [...new Set(options.flatMap((one) => one.hosts))].slice(0, MOST_HOSTS)
  const verifying = options.find(({ verifies }) => verifies !== undefined)
  const remapping = options.find(({ remaps }) => remaps !== undefined)
  const setting = (name: string, values: string[], place: Place): Setting => ({
    kind: 'setting',
    subject: 'container-engine',
    name,
    values,
    place,
  })
  return {
    findings: [
      ...(listening === undefined ? [] : [setting('docker.hosts', hosts, listening.place)]),
      ...(verifying === undefined ? [] : [setting('docker.tlsverify', [String(verifying.verifies)], verifying.place)]),
      ...(remapping === undefined ? [] : [setting('docker.userns-remap', [remapping.remaps ?? ''], remapping.place)]),
    ],
    reasons,
  }
}

const MOST_HOSTS = 64

/** What is no address is not told: it may be anything. */
const HOST = /^(?:tcp:\/\/[\w.:[\]*-]{0,255}|unix:\/\/[\w./@-]{0,255}|fd:\/\/[\w.]{0,64})$/

const dockerJson = (file: HostFile): DockerOptions | undefined => {
  let read: unknown
  try {
    read = JSON.parse(textOf(file).trim() || '{}')
  } catch {
    return undefined
  }
  if (typeof read !== 'object' || read === null || Array.isArray(read)) return undefined
  const known = new Map<string, unknown>(Object.entries(read))
  const hosts = known.get('hosts')
  const verifies = known.get('tlsverify')
  const remaps = known.get('userns-remap')
  return {
    hosts: Array.isArray(hosts)
      ? hosts.filter((host): host is string => typeof host === 'string' && HOST.test(host))
      : [],
    ...(typeof verifies === 'boolean' ? { verifies } : {}),
    ...(typeof remaps === 'string' && /^[\w.:@-]{1,256}$/.test(remaps) ? { remaps } : {}),
    place: { path: file.path },
  }
}

const dockerArguments = (file: HostFile): DockerOptions => {
  const hosts: string[] = []
  let verifies: boolean | undefined
  let first: number | undefined
  for (const [index, line] of textOf(file).split('\n', 2000).entries()) {
    if (/^\s*[#;]/.test(line) || !/dockerd|OPT|ARGS|^\s*-/i.test(line)) continue
    for (const [, host = ''] of line.matchAll(/(?:^|[\s"'=])(?:-H|--host)[\s=]*["']?([^\s"']{1,300})/g))
      if (HOST.test(host)) {
        hosts.push(host)
        first ??= index + 1
      }
    if (/(?:^|[\s"'=])--tlsverify(?:=true)?(?=$|[\s"'])/.test(line)) verifies = true
  }
  return {
    hosts,
    ...(verifies === undefined ? {} : { verifies }),
    place: { path: file.path.slice(0, 4096), ...(first === undefined ? {} : { line: first }) },
  }
}

const AUTH = /^[ \t]*auth_unix_rw[ \t]*=[ \t]*["']?([\w-]{1,32})/m

const asksNobody = (files: readonly HostFile[]) =>
  files.some((file) => file.path.startsWith('/etc/libvirt/') && AUTH.exec(textOf(file))?.[1] === 'none')

const libvirtSettings = (files: readonly HostFile[]): Setting[] =>
  files.flatMap((file): Setting[] => {
    const text = file.path.startsWith('/etc/libvirt/') ? textOf(file) : ''
    const found = AUTH.exec(text)
    if (found?.[1] === undefined) return []
    const line = text.slice(0, found.index + found[0].search(/\S/)).split('\n').length
    return [
      {
        kind: 'setting',
        subject: 'container-engine',
        name: `${file.path
          .slice('/etc/libvirt/'.length)
          .replace(/\.conf$/, '')
          .slice(0, 60)}.auth_unix_rw`,
        values: [found[1]],
        place: { path: file.path.slice(0, 4096), line },
      },
    ]
  })

function examples() {
  const entry = (path: string, mode: number, rest: Partial<FoundEntry> = {}): FoundEntry => ({
    path,
    type: 'socket',
    mode,
    uid: 0,
    gid: 0,
    size: 0,
    modified: '2026-03-01T12:00:00Z',
    ...rest,
  })
  const folders = ['/var', '/run', '/run/containerd', '/run/libvirt', '/run/user'].map((path) =>
    entry(path, 0o755, { type: 'folder' }),
  )
  const usual = [...folders, entry('/var/run', 0o777, { type: 'link', target: '/run' })]
  const none: FindResult = { state: 'found', entries: [], unsearched: [], unnamed: 0 }
  const gathered = (entries: readonly FoundEntry[], more: Partial<Gathered> = {}): Gathered => ({
    settings: [],
    passwd: exampleFile('/etc/passwd', 'root:x:0:0::/root:/bin/sh\nann:x:1000:1000::/home/ann:/bin/sh\n'),
    rootless: none,
    look: exampleLook(
      ['/var/run/docker.sock', '/run/docker.sock', '/run/libvirt/libvirt-sock'],
      [...usual, ...entries],
    ),
    ...more,
  })
  const found = (path: string, mode: string, because: string, rest: Partial<File> = {}): File => ({
    kind: 'file',
    role: 'socket',
    account: 'root',
    because,
    type: 'socket',
    owner: 0,
    group: 0,
    mode,
    modified: '2026-03-01T12:00:00Z',
    place: { path },
    ...rest,
  })
  const setting = (name: string, values: string[], place: Place): Setting => ({
    kind: 'setting',
    subject: 'container-engine',
    name,
    values,
    place,
  })
  const docker = entry('/run/docker.sock', 0o660, { gid: 998 })
  const rootless = entry('/run/user/1000/docker.sock', 0o666, { uid: 1000, gid: 1000 })
  return [
    { title: 'no engine, no socket', gathered: gathered([]), finds: [] },
    {
      title: 'the socket of Docker is open to its group, and is one by whatever name it is reached',
      gathered: gathered([docker]),
      finds: [found('/run/docker.sock', '0660', 'Docker', { group: 998, writableBy: ['group'] })],
    },
    {
      title: 'a socket that only root may use is not told',
      gathered: gathered([entry('/run/containerd/containerd.sock', 0o600)]),
      finds: [],
    },
    {
      title: 'an engine of one account gives that account, and only where others get to its socket',
      gathered: gathered([], {
        rootless: { ...none, entries: [rootless] },
        look: exampleLook(
          [],
          [...usual, entry('/run/user/1000', 0o700, { type: 'folder', uid: 1000, gid: 1000 }), rootless],
        ),
      }),
      finds: [
        found('/run/user/1000/docker.sock', '0666', 'a container engine of this account alone', {
          account: 'ann',
          owner: 1000,
          group: 1000,
          writableBy: ['group' as const, 'others' as const],
          behind: [{ path: '/run/user/1000', owner: 1000, group: 1000, mode: '0700' }],
        }),
      ],
    },
    {
      title: 'Docker that listens on the network is told with whether it asks for certificates',
      gathered: gathered([], {
        settings: [
          exampleFile(
            '/etc/docker/daemon.json',
            '{"hosts": ["unix:///run/docker.sock", "tcp://0.0.0.0:2375"], "tlsverify": false}',
          ),
          exampleFile(
            '/etc/systemd/system/docker.service.d/tcp.conf',
            '[Service]\nExecStart=\nExecStart=/usr/bin/dockerd -H fd:// --host=tcp://127.0.0.1:2376 --label token=x\n',
          ),
        ],
      }),
      finds: [
        setting('docker.hosts', ['unix:///run/docker.sock', 'tcp://0.0.0.0:2375', 'fd://', 'tcp://127.0.0.1:2376'], {
          path: '/etc/docker/daemon.json',
        }),
        setting('docker.tlsverify', ['false'], { path: '/etc/docker/daemon.json' }),
      ],
    },
    {
      title:
        'libvirt asks polkit who may, so that the mode of its socket says nothing, unless it is told to ask nobody',
      gathered: gathered([entry('/run/libvirt/libvirt-sock', 0o666)], {
        settings: [exampleFile('/etc/libvirt/libvirtd.conf', '# libvirt\nauth_unix_rw = "none"\n')],
      }),
      finds: [
        found('/run/libvirt/libvirt-sock', '0666', 'libvirt', { writableBy: ['group' as const, 'others' as const] }),
        setting('libvirtd.auth_unix_rw', ['none'], { path: '/etc/libvirt/libvirtd.conf', line: 2 }),
      ],
    },
    {
      title: 'a configuration that is no JSON is a reason',
      gathered: gathered([], { settings: [exampleFile('/etc/docker/daemon.json', '{"hosts": [')] }),
      finds: [],
      reasons: [{ code: 'unparsable' as const, path: '/etc/docker/daemon.json' }],
    },
  ]
}
