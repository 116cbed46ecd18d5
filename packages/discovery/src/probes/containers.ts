import type { Finding, FindingOf, Reason } from '@rollcall/contract'
import { clipped, MAX_NAME, MAX_PATH } from '../formats/accounts/account-file.ts'
import {
  composeServices,
  containerFindings,
  dockerContainer,
  isInsideRoot,
  quadletContainer,
  rootOfContainer,
  runtimeContainer,
  storedNames,
  type ContainerDefinition,
} from '../formats/container-definitions.ts'
import { passwdOf, type PasswdEntry } from '../formats/accounts/passwd.ts'
import { isWithin, parseMountinfo, type Mount } from '../formats/mounts.ts'
import { once } from '../formats/once.ts'
import { exampleLook, lookAtPaths, pathFindings, type PathLook, type PathUse } from '../formats/path-trust.ts'
import { LEFT_OUT, SEARCHED_FOLDERS } from '../formats/searched-folders.ts'
import type { FindResult, HostFile } from '../host.ts'
import { exampleFile, hostProbe, textOf } from '../probe.ts'
import { lastPart, literally } from '../posix-path.ts'

interface Gathered {
  readonly docker: readonly HostFile[]
  readonly quadlets: readonly HostFile[]
  /** As runtimes were told to run them, and what Podman calls them. */
  readonly runtime: readonly HostFile[]
  readonly stored: readonly HostFile[]
  readonly found: FindResult
  readonly compose: readonly HostFile[]
  readonly passwd: HostFile | undefined
  readonly mounts: HostFile | undefined
  /** What decides what runs in containers: definitions, and files of the host that they run. */
  readonly look: PathLook
}

/** Where users of containers have numbers of their own, Docker keeps everything in a folder called by the first of them. */
const DAEMON = '/etc/docker/daemon.json'
const DOCKER = [
  '/var/lib/docker/containers/*/config.v2.json',
  '/var/lib/docker/containers/*/hostconfig.json',
  '/var/lib/docker/[0-9]*.[0-9]*/containers/*/config.v2.json',
  '/var/lib/docker/[0-9]*.[0-9]*/containers/*/hostconfig.json',
] as const
const QUADLETS = [
  '/etc/containers/systemd/*.container',
  '/etc/containers/systemd/users/*.container',
  '/etc/containers/systemd/users/*/*.container',
  '/usr/share/containers/systemd/*.container',
  '/home/*/.config/containers/systemd/*.container',
  '/root/.config/containers/systemd/*.container',
] as const
/** Of Podman and CRI-O, which keep what they began; of containerd, while they run. Docker's own are told by Docker. */
const RUNTIME = [
  '/var/lib/containers/storage/*-containers/*/userdata/config.json',
  '/run/containers/storage/*-containers/*/userdata/config.json',
  '/run/containerd/io.containerd.runtime.v2.task/[!m]*/*/config.json',
  '/run/k3s/containerd/io.containerd.runtime.v2.task/*/*/config.json',
] as const
const STORED = '/var/lib/containers/storage/*-containers/containers.json'

/** Folders of which whatever lies in them is run as root: by Podman through systemd, by the kubelet, by k3s. */
const DEFINING: readonly (readonly [folder: string, because: string])[] = [
  ['/etc/containers/systemd', 'containers that systemd starts by Podman'],
  ['/usr/share/containers/systemd', 'containers that systemd starts by Podman'],
  ['/etc/kubernetes/manifests', 'pods that the kubelet starts'],
  ['/var/lib/rancher/k3s/server/manifests', 'what k3s sets up'],
  ['/var/lib/rancher/k3s/agent/pod-manifests', 'pods that k3s starts'],
  ['/var/lib/rancher/rke2/server/manifests', 'what RKE2 sets up'],
]
const MOUNTS = '/proc/self/mountinfo'
const COMPOSE = ['docker-compose*.yml', 'docker-compose*.yaml', 'compose*.yml', 'compose*.yaml']
const MOST_FILES = 300
const MOST_BYTES = 256 * 1024

export default hostProbe<Gathered>({
  id: 'containers',
  title: 'Containers as they are defined: whom they run as, what they are given, and what they get of the host',
  needs: [
    {
      reads: [...DOCKER, DAEMON].join(', '),
      right: 'root',
      hides: 'the containers of Docker',
      grants: { read: [...DOCKER, DAEMON] },
      unlisted: 'where the daemon keeps them elsewhere, that folder is known from its settings',
    },
    {
      reads: QUADLETS.join(', '),
      right: 'root',
      hides: 'containers that systemd starts by Podman',
      grants: { read: QUADLETS },
    },
    {
      reads: [...RUNTIME, STORED].join(', '),
      right: 'root',
      hides: 'containers of Podman, CRI-O and containerd, as they were begun',
      grants: { read: [...RUNTIME, STORED] },
    },
    {
      reads:
        'owner and mode of these files, of folders that Podman, the kubelet and k3s take definitions from, of the compose files that Docker’s containers were made by, of what images are built by, and of files of the host that containers run; /proc/self/mountinfo',
      right: 'root',
      hides: 'who else decides what containers do, and so becomes root by those that can do anything to the host',
      unlisted: 'where they are is known from what the host answers',
    },
    {
      reads: `files called ${COMPOSE.join(', ')} below ${SEARCHED_FOLDERS.join(', ')}`,
      right: 'root',
      hides:
        'services of compose files. Of YAML only what they commonly are written in is understood; other lines are said',
      grants: { searches: true },
      unlisted: 'the files that the search finds have names that only the host knows',
    },
  ],

  async gather(host) {
    const [usual, quadlets, runtime, stored, found, [passwd], [mounts], [daemon]] = await Promise.all([
      host.read(...DOCKER),
      host.read(...QUADLETS),
      host.readWith({ maxBytes: MOST_BYTES }, ...RUNTIME),
      host.read(STORED),
      host.find({
        under: SEARCHED_FOLDERS,
        except: LEFT_OUT,
        where: { types: ['file'], names: COMPOSE, maxBytes: MOST_BYTES },
        maxEntries: MOST_FILES,
      }),
      host.read('/etc/passwd'),
      host.readWith({ pseudo: true }, MOUNTS),
      host.read(DAEMON),
    ])
    const elsewhere = dataRootOf(textOf(daemon))
    const docker =
      elsewhere === undefined
        ? usual
        : [
            ...usual,
            ...(await host.read(...DOCKER.map((pattern) => pattern.replace('/var/lib/docker', literally(elsewhere))))),
          ]
    const paths = found.state === 'found' ? found.entries.map(({ path }) => path).toSorted() : []
    const first = { docker, quadlets, runtime, stored, found, compose: [], passwd, mounts }
    const wanted = factsOf(first).uses.map(({ path }) => path)
    const [compose, look] = await Promise.all([
      paths.length === 0 ? [] : host.readWith({ maxBytes: MOST_BYTES }, ...paths.map(literally)),
      lookAtPaths(host, [...DEFINING.map(([folder]) => folder), ...wanted]),
    ])
    const further = factsOf({ ...first, compose }).uses.map(({ path }) => path)
    return { ...first, compose, look: await lookAtPaths(host, further, look) }
  },

  parse(gathered) {
    const { findings, uses, reasons } = factsOf(gathered)
    const paths = pathFindings([...definingUses(gathered.look), ...uses], gathered.look)
    return { findings: [...findings, ...paths.findings], reasons: [...reasons, ...paths.reasons] }
  },

  examples: examples(),
})

/** Where the daemon is told to keep everything, if that is not the usual folder. */
const dataRootOf = (daemon: string): string | undefined => {
  const root = /"data-root"[ \t]*:[ \t]*"(\/[^"\\\n]{1,1000})"/.exec(daemon)?.[1]?.replace(/(?<=.)\/$/, '')
  return root === '/var/lib/docker' ? undefined : root
}

interface Facts {
  readonly findings: Finding[]
  readonly uses: PathUse[]
  readonly reasons: Reason[]
}

const factsOf = once(
  ({ found }: Omit<Gathered, 'look'>) => found,
  ({ docker, quadlets, runtime, stored, compose, passwd, mounts }) => [
    docker,
    quadlets,
    runtime,
    stored,
    compose,
    passwd,
    mounts,
  ],
  ({ docker, quadlets, runtime, stored, compose, passwd, mounts }): Facts => {
    const accounts = passwdOf(passwd).entries
    const names = new Map(accounts.toReversed().map(({ uid, name }) => [`${uid}`, name]))
    const facts: Facts = { findings: [], uses: [], reasons: [] }
    const known = parseMountinfo(textOf(mounts))
    const tell = (definition: ContainerDefinition) => {
      facts.findings.push(...containerFindings(definition, names))
      facts.uses.push(...usesOf(definition, accounts, known))
    }
    const hosts = new Map(docker.map((file) => [file.path, file]))
    const running = new Set<string>()
    for (const file of docker) {
      if (file.state !== 'read' || !file.path.endsWith('/config.v2.json')) continue
      const path = clipped(file.path, MAX_PATH)
      const beside = file.path.replace(/config\.v2\.json$/, 'hostconfig.json')
      const definition = dockerContainer(textOf(file), textOf(hosts.get(beside)), path)
      if (definition === undefined) facts.reasons.push({ code: 'unparsable', path })
      else tell(definition)
      for (const written of definition?.writtenIn ?? []) running.add(written)
    }
    const called = new Map(stored.flatMap((file) => [...storedNames(textOf(file))]))
    for (const file of runtime) {
      const definition =
        file.state === 'read' ? runtimeContainer(textOf(file), clipped(file.path, MAX_PATH), called) : undefined
      if (definition !== undefined) tell(definition)
    }
    for (const file of quadlets) {
      if (file.state !== 'read') continue
      const owner = ownerOf(file.path, accounts)
      const definition = quadletContainer(textOf(file), clipped(file.path, MAX_PATH), owner)
      if (definition !== undefined) tell(definition)
    }
    for (const file of compose) {
      if (file.state !== 'read') continue
      const path = clipped(file.path, MAX_PATH)
      const { definitions, unread } = composeServices(textOf(file), path)
      for (const definition of definitions) {
        facts.findings.push(...containerFindings(definition, names))
        // Which of the compose files that lie about are used is known from the containers that were made by them.
        if (running.has(path) && rootOfContainer(definition.powers) === 'is root here')
          facts.uses.push(...usesOf(definition, accounts, known))
      }
      facts.reasons.push(...unread.map((line): Reason => ({ code: 'unsupported', path, line })))
    }
    return facts
  },
)

/** Whose engine takes a definition: that of the account in whose home it lies, or root's. */
const ownerOf = (path: string, accounts: readonly PasswdEntry[]): string => {
  const numbered = /^\/etc\/containers\/systemd\/users\/(\d+)\//.exec(path)?.[1]
  const at = path.indexOf('/.config/')
  const home = at === -1 ? undefined : path.slice(0, at)
  const owner =
    numbered === undefined
      ? accounts.find((account) => account.home === home)
      : accounts.find(({ uid }) => `${uid}` === numbered)
  return clipped(owner?.name ?? numbered ?? (home === undefined ? 'root' : lastPart(home)), MAX_NAME)
}

/**
 * What decides what a container does, for whom root of the container is on the host. A file that it runs decides about the host where
 * the container may do anything to it, or may leave a setuid program in what it mounts.
 */
const usesOf = (
  { name, user, powers, runs, writtenIn, engineOf, ownNumbers, place }: ContainerDefinition,
  accounts: readonly PasswdEntry[],
  mounts: readonly Mount[],
): PathUse[] => {
  const uid = accounts.find((one) => one.name === engineOf)?.uid
  const as = { account: engineOf, ...(uid === undefined ? {} : { uid }) }
  const isMaster = engineOf === 'root' && rootOfContainer(powers) === 'is root here'
  const isRun = user !== undefined && isInsideRoot(user) && !ownNumbers
  return [
    ...writtenIn.map((path) => definition(path, name, as, place)),
    ...runs
      .filter(({ path, writable }) => isRun && (isMaster || (writable && heedsSetuid(path, mounts))))
      .map(({ path }) => ({
        ...definition(path, name, as, place),
        because: clipped(`container ${name}, which runs it as root with files of the host`, 256),
      })),
  ]
}

const definition = (
  path: string,
  container: string,
  as: Pick<PathUse, 'account' | 'uid'>,
  namedBy: ContainerDefinition['place'],
): PathUse => ({
  path,
  role: 'run-as',
  ...as,
  because: clipped(`definition of container ${container}`, 256),
  namedBy: { ...namedBy, path: clipped(namedBy.path, MAX_PATH) },
})

const heedsSetuid = (path: string, mounts: readonly Mount[]) => {
  const mount = mounts
    .filter(({ folder }) => isWithin(path, folder))
    .toSorted((one, other) => other.folder.length - one.folder.length)[0]
  return mount !== undefined && !mount.powerless
}

/** Only those that are there: whoever could make one could change more than that. */
const definingUses = (look: PathLook): PathUse[] => {
  const there = new Set(
    look.found.flatMap((result) => (result.state === 'found' ? result.entries : [])).map(({ path }) => path),
  )
  return DEFINING.filter(([folder]) => there.has(folder)).map(([path, because]) => ({
    path,
    role: 'run-as',
    account: 'root',
    uid: 0,
    because,
  }))
}

function examples() {
  const passwd = exampleFile('/etc/passwd', 'root:x:0:0::/root:/bin/sh\nwww-data:x:33:33::/var/www:/usr/sbin/nologin\n')
  const none: Gathered = {
    docker: [],
    quadlets: [],
    runtime: [],
    stored: [],
    found: { state: 'found', entries: [], unsearched: [], unnamed: 0 },
    compose: [],
    passwd,
    mounts: exampleFile('/proc/self/mountinfo', '22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n'),
    look: exampleLook([], []),
  }
  const folder = '/var/lib/docker/containers/0123'
  const docker = (config: object, host: object) => [
    exampleFile(`${folder}/config.v2.json`, JSON.stringify(config)),
    exampleFile(`${folder}/hostconfig.json`, JSON.stringify(host)),
  ]
  const usage = (account: string, name: string, path: string, line?: number) => ({
    kind: 'usage' as const,
    account,
    consumer: 'container' as const,
    name,
    place: line === undefined ? { path } : { path, line },
  })
  const setting = (name: string, container: string, values: string[], path: string, line?: number) => ({
    kind: 'setting' as const,
    subject: 'container-engine' as const,
    name,
    values,
    condition: `container ${container}`,
    place: line === undefined ? { path } : { path, line },
  })
  const changeable = (path: string, because: string, rest: Partial<FindingOf<'file'>>): FindingOf<'file'> => ({
    kind: 'file',
    role: 'run-as',
    type: 'file',
    owner: 0,
    group: 0,
    mode: '0644',
    modified: '2026-03-01T12:00:00Z',
    account: 'root',
    because,
    namedBy: { path: `${folder}/config.v2.json` },
    place: { path },
    ...rest,
  })
  const stored = '/var/lib/containers/storage/overlay-containers/ab12/userdata/config.json'
  const pod = '/run/containerd/io.containerd.runtime.v2.task/k8s.io/cd34/config.json'
  const compose = '/opt/shop/compose.yaml'
  const unit = '/etc/containers/systemd/wiki.container'
  return [
    {
      title: 'a container of Docker that runs as root with all of the host; names of variables, never their values',
      gathered: {
        ...none,
        docker: docker(
          { Name: '/agent', Config: { User: '', Env: ['PATH=/bin', 'API_TOKEN=not-told'] } },
          {
            Privileged: true,
            Binds: ['/:/host', '/var/run/docker.sock:/s', '/srv/data:/data'],
            CapAdd: ['CAP_SYS_ADMIN'],
          },
        ),
      },
      finds: [
        {
          ...usage('root', 'agent', `${folder}/config.v2.json`),
          needs: [{ type: 'variable' as const, name: 'API_TOKEN' }],
        },
        setting(
          'powers',
          'agent',
          ['privileged', 'mount /', 'mount /var/run/docker.sock', 'capability SYS_ADMIN'],
          `${folder}/config.v2.json`,
        ),
        setting('root-of-container', 'agent', ['is root here'], `${folder}/config.v2.json`),
      ],
    },
    {
      title: 'what a container may only look at, and what further locks may close, is not surely the host’s',
      gathered: {
        ...none,
        docker: docker(
          { Name: '/metrics', Config: { User: '' } },
          { Binds: ['/proc:/host/proc:ro', '/var/log:/log:ro'], PidMode: 'host', CapAdd: ['SYS_PTRACE'] },
        ),
      },
      finds: [
        usage('root', 'metrics', `${folder}/config.v2.json`),
        setting(
          'powers',
          'metrics',
          ['mount /proc read-only', 'process ids of the host', 'capability SYS_PTRACE'],
          `${folder}/config.v2.json`,
        ),
        setting('root-of-container', 'metrics', ['may be root here'], `${folder}/config.v2.json`),
      ],
    },
    {
      title: 'a container whose users have numbers of their own has nobody of the host in it',
      gathered: {
        ...none,
        docker: [
          exampleFile(
            '/var/lib/docker/100000.100000/containers/89ab/config.v2.json',
            '{"Name":"/apart","Config":{"User":"0"}}',
          ),
        ],
      },
      finds: [usage('apart:root', 'apart', '/var/lib/docker/100000.100000/containers/89ab/config.v2.json')],
    },
    {
      title: 'who may change the compose file that a container was made by, or a script of the host that it runs',
      gathered: {
        ...none,
        docker: docker(
          {
            Name: '/shop-app-1',
            Path: '/bin/sh',
            Args: ['/app/start', '--token', 'not-told'],
            Config: {
              User: '',
              WorkingDir: '/app',
              Labels: { 'com.docker.compose.project.config_files': '/opt/shop/compose.yaml' },
            },
            MountPoints: { '/app': { Source: '/opt/shop/app', RW: true } },
          },
          {},
        ),
        look: exampleLook(
          [],
          [
            { path: '/opt', type: 'folder', mode: 0o755 },
            { path: '/opt/shop', type: 'folder', mode: 0o755 },
            { path: '/opt/shop/app', type: 'folder', mode: 0o755 },
            { path: '/opt/shop/app/start', uid: 1000, mode: 0o755 },
            { path: '/opt/shop/compose.yaml', gid: 50, mode: 0o664 },
          ],
        ),
      },
      finds: [
        usage('root', 'shop-app-1', `${folder}/config.v2.json`),
        changeable('/opt/shop/compose.yaml', 'definition of container shop-app-1', {
          mode: '0664',
          group: 50,
          writableBy: ['group'],
        }),
        changeable('/opt/shop/app/start', 'container shop-app-1, which runs it as root with files of the host', {
          mode: '0755',
          owner: 1000,
          writableBy: ['owner'],
        }),
      ],
    },
    {
      title:
        'containers as Podman and containerd have them run: with what root of them may do, not with what they begin as',
      gathered: {
        ...none,
        runtime: [
          exampleFile(
            stored,
            JSON.stringify({
              process: {
                user: { uid: 33 },
                args: ['/bin/sh', '-c', 'not told'],
                env: ['TOKEN=not-told'],
                capabilities: { bounding: ['CAP_CHOWN', 'CAP_SYS_MODULE'] },
              },
              mounts: [
                { destination: '/proc', type: 'proc', source: 'proc' },
                { destination: '/host', type: 'bind', source: '/etc', options: ['rbind', 'ro'] },
              ],
              linux: { namespaces: [{ type: 'pid' }, { type: 'mount' }] },
              annotations: { 'io.podman.annotations.privileged': 'FALSE' },
            }),
          ),
          exampleFile(
            pod,
            JSON.stringify({
              process: { user: { uid: 0 }, args: ['/agent'] },
              linux: {
                namespaces: [{ type: 'pid' }, { type: 'user' }],
                uidMappings: [{ containerID: 0, hostID: 100_000, size: 65_536 }],
              },
              annotations: {
                'io.kubernetes.cri.sandbox-name': 'web-7f',
                'io.kubernetes.cri.container-name': 'app',
              },
            }),
          ),
        ],
        stored: [
          exampleFile(
            '/var/lib/containers/storage/overlay-containers/containers.json',
            '[{"id":"ab12","names":["tool"]}]',
          ),
        ],
      },
      finds: [
        { ...usage('www-data', 'tool', stored), needs: [{ type: 'variable' as const, name: 'TOKEN' }] },
        setting('powers', 'tool', ['mount /etc read-only', 'capability SYS_MODULE'], stored),
        setting('root-of-container', 'tool', ['is root here'], stored),
        usage('web-7f/app:root', 'web-7f/app', pod),
      ],
    },
    {
      title: 'a container that Podman runs for an account has nobody but that account in it',
      gathered: {
        ...none,
        quadlets: [
          exampleFile(
            '/var/www/.config/containers/systemd/site.container',
            '[Container]\nImage=site\nUser=0\nVolume=/:/host\n',
          ),
        ],
      },
      finds: [usage('www-data', 'site', '/var/www/.config/containers/systemd/site.container', 1)],
    },
    {
      title: 'a number is an account of the host; a name that only the image knows is not',
      gathered: {
        ...none,
        docker: [
          ...docker({ Name: '/web', Config: { User: '33:33' } }, {}),
          exampleFile('/var/lib/docker/containers/4567/config.v2.json', '{"Name":"/db","Config":{"User":"postgres"}}'),
        ],
      },
      finds: [
        usage('www-data', 'web', `${folder}/config.v2.json`),
        usage('db:postgres', 'db', '/var/lib/docker/containers/4567/config.v2.json'),
      ],
    },
    {
      title: 'services of a compose file: with a user of their own, or as the image has it',
      gathered: {
        ...none,
        compose: [
          exampleFile(
            compose,
            'services:\n  app:\n    user: "1234"\n    env_file: .env\n    environment:\n      - DB_PASSWORD=not-told\n    secrets: [token, key]\n  db:\n    image: postgres:16\n    environment:\n      POSTGRES_PASSWORD: not-told\n    volumes:\n      - /var/run/docker.sock:/var/run/docker.sock:ro\n    privileged: true\nsecrets:\n  token:\n    file: ./token.txt\n  key:\n    external: true\n',
          ),
        ],
      },
      finds: [
        {
          ...usage('1234', 'app', compose, 3),
          needs: [
            { type: 'file' as const, name: '/opt/shop/.env' },
            { type: 'file' as const, name: '/opt/shop/token.txt' },
            { type: 'credential' as const, name: 'key' },
            { type: 'variable' as const, name: 'DB_PASSWORD' },
          ],
        },
        setting('needs', 'db', ['variable POSTGRES_PASSWORD'], compose, 9),
        setting('powers', 'db', ['privileged', 'mount /var/run/docker.sock'], compose, 9),
        setting('root-of-container', 'db', ['is root here'], compose, 9),
      ],
    },
    {
      title: 'a container that systemd starts by Podman',
      gathered: {
        ...none,
        quadlets: [
          exampleFile(
            unit,
            '[Unit]\nDescription=Wiki\n[Container]\nImage=wiki\nUser=root\nSecret=wiki-key,type=env\nEnvironment=A=1 "TOKEN=not told"\nEnvironmentFile=/etc/wiki.env\nPodmanArgs=--pid=host \\\n  --privileged\n',
          ),
        ],
      },
      finds: [
        {
          ...usage('root', 'wiki', unit, 3),
          needs: [
            { type: 'file' as const, name: '/etc/wiki.env' },
            { type: 'credential' as const, name: 'wiki-key' },
            { type: 'variable' as const, name: 'A' },
            { type: 'variable' as const, name: 'TOKEN' },
          ],
        },
        setting('powers', 'wiki', ['privileged', 'process ids of the host'], unit, 3),
        setting('root-of-container', 'wiki', ['is root here'], unit, 3),
      ],
    },
    {
      title: 'lines of a compose file that are not understood are told, since they may hide something',
      gathered: {
        ...none,
        compose: [exampleFile(compose, 'services:\n  app:\n    user: "0"\n    deploy: {x: y}\n  more: *other\n')],
      },
      finds: [usage('root', 'app', compose, 3)],
      reasons: [4, 5].map((line) => ({ code: 'unsupported' as const, path: compose, line })),
    },
    { title: 'a host without containers has none', gathered: none, finds: [] },
  ]
}
