import type { Finding, Reason } from '@rollcall/contract'
import { clipped, MAX_PATH } from '../formats/accounts/account-file.ts'
import {
  composeServices,
  containerFindings,
  dockerContainer,
  quadletContainer,
} from '../formats/container-definitions.ts'
import { passwdOf } from '../formats/accounts/passwd.ts'
import { LEFT_OUT, SEARCHED_FOLDERS } from '../formats/searched-folders.ts'
import type { FindResult, HostFile } from '../host.ts'
import { exampleFile, hostProbe, textOf } from '../probe.ts'
import { literally } from '../posix-path.ts'

interface Gathered {
  readonly docker: readonly HostFile[]
  readonly quadlets: readonly HostFile[]
  readonly found: FindResult
  readonly compose: readonly HostFile[]
  readonly passwd: HostFile | undefined
}

const DOCKER = ['/var/lib/docker/containers/*/config.v2.json', '/var/lib/docker/containers/*/hostconfig.json'] as const
const QUADLETS = [
  '/etc/containers/systemd/*.container',
  '/etc/containers/systemd/users/*.container',
  '/etc/containers/systemd/users/*/*.container',
  '/usr/share/containers/systemd/*.container',
  '/home/*/.config/containers/systemd/*.container',
  '/root/.config/containers/systemd/*.container',
] as const
const COMPOSE = ['docker-compose*.yml', 'docker-compose*.yaml', 'compose*.yml', 'compose*.yaml']
const MOST_FILES = 300
const MOST_BYTES = 256 * 1024

export default hostProbe<Gathered>({
  id: 'containers',
  title: 'Containers as they are defined: whom they run as, what they are given, and what they get of the host',
  needs: [
    {
      reads: DOCKER.join(', '),
      right: 'root',
      hides: 'the containers of Docker',
      grants: { read: DOCKER },
    },
    {
      reads: QUADLETS.join(', '),
      right: 'root',
      hides: 'containers that systemd starts by Podman',
      grants: { read: QUADLETS },
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
    const [docker, quadlets, found, [passwd]] = await Promise.all([
      host.read(...DOCKER),
      host.read(...QUADLETS),
      host.find({
        under: SEARCHED_FOLDERS,
        except: LEFT_OUT,
        where: { types: ['file'], names: COMPOSE, maxBytes: MOST_BYTES },
        maxEntries: MOST_FILES,
      }),
      host.read('/etc/passwd'),
    ])
    const paths = found.state === 'found' ? found.entries.map(({ path }) => path).toSorted() : []
    const compose = paths.length === 0 ? [] : await host.readWith({ maxBytes: MOST_BYTES }, ...paths.map(literally))
    return { docker, quadlets, found, compose, passwd }
  },

  parse({ docker, quadlets, compose, passwd }) {
    const names = new Map(passwdOf(passwd).entries.map(({ uid, name }) => [`${uid}`, name]))
    const findings: Finding[] = []
    const reasons: Reason[] = []
    const hosts = new Map(docker.map((file) => [file.path, file]))
    for (const file of docker) {
      if (file.state !== 'read' || !file.path.endsWith('/config.v2.json')) continue
      const path = clipped(file.path, MAX_PATH)
      const beside = file.path.replace(/config\.v2\.json$/, 'hostconfig.json')
      const definition = dockerContainer(textOf(file), textOf(hosts.get(beside)), path)
      if (definition === undefined) reasons.push({ code: 'unparsable', path })
      else findings.push(...containerFindings(definition, names))
    }
    for (const file of quadlets) {
      const definition =
        file.state === 'read' ? quadletContainer(textOf(file), clipped(file.path, MAX_PATH)) : undefined
      if (definition !== undefined) findings.push(...containerFindings(definition, names))
    }
    for (const file of compose) {
      if (file.state !== 'read') continue
      const path = clipped(file.path, MAX_PATH)
      const { definitions, unread } = composeServices(textOf(file), path)
      findings.push(...definitions.flatMap((definition) => containerFindings(definition, names)))
      reasons.push(...unread.map((line): Reason => ({ code: 'unsupported', path, line })))
    }
    return { findings, reasons }
  },

  examples: examples(),
})

function examples() {
  const passwd = exampleFile('/etc/passwd', 'root:x:0:0::/root:/bin/sh\nwww-data:x:33:33::/var/www:/usr/sbin/nologin\n')
  const none: Gathered = {
    docker: [],
    quadlets: [],
    found: { state: 'found', entries: [], unsearched: [], unnamed: 0 },
    compose: [],
    passwd,
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
      ],
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
