import type { FindingOf, Place } from '@rollcall/contract'
import { clipped, MAX_NAME, MAX_PATH } from './accounts/account-file.ts'
import { parseYaml, yamlAt, yamlText, type YamlNode } from './yaml-subset.ts'
import { programsOfWords } from './command-programs.ts'
import { folderOf, lastPart } from '../posix-path.ts'

/** What is to run in a container, and with what. Values of variables stay where they were read. */
export interface ContainerDefinition {
  readonly name: string
  /** As written, with a group or without; undefined where the image decides. */
  readonly user?: string
  readonly variables: readonly string[]
  /** Files that hold variables or secrets. */
  readonly files: readonly string[]
  /** Secrets that the engine keeps. */
  readonly secrets: readonly string[]
  /** What it gets of the host beyond an ordinary container, such as `privileged`, `mount /`, `capability SYS_ADMIN`. */
  readonly powers: readonly string[]
  /** Files of the host that it runs, by what it mounts. Only a mount that it may write to lets what it runs leave something there. */
  readonly runs: readonly { readonly path: string; readonly writable: boolean }[]
  /** Files that whoever started it keeps it in, or builds it from: what they say is done the next time. */
  readonly writtenIn: readonly string[]
  /** The account whose engine runs it: whom the host takes root of the container for, unless its users have numbers of their own. */
  readonly engineOf: string
  readonly ownNumbers: boolean
  readonly place: Place
}

interface Mount {
  readonly source: string
  readonly target: string
  readonly writable: boolean
}

/** The definition in Docker's own files: `config.v2.json`, and `hostconfig.json` beside it. */
export const dockerContainer = (config: string, host: string, path: string): ContainerDefinition | undefined => {
  const [own, given] = [objectOf(config), objectOf(host)]
  const inside = recordOf(own?.['Config'])
  const name = textOf(own?.['Name'])?.replace(/^\//, '')
  if (own === undefined || inside === undefined || name === undefined) return undefined
  const mounts = dockerMounts(own, given)
  const labels = recordOf(inside['Labels'])
  const folder = textOf(labels?.['com.docker.compose.project.working_dir']) ?? ''
  // Where its users have other numbers than those of the host, nothing that it is given makes it root there.
  const isMapped = /\/\d+\.\d+\/containers\/[^/]+\/config\.v2\.json$/.test(path) && given?.['UsernsMode'] !== 'host'
  return {
    name,
    // Docker keeps what the image says here too.
    user: textOf(inside['User']) ?? '',
    variables: variablesOf(textsOf(inside['Env']).filter((text) => text.includes('='))),
    files: [],
    secrets: [],
    powers: [
      ...(given?.['Privileged'] === true ? ['privileged'] : []),
      ...mountPowers(mounts),
      ...(given?.['PidMode'] === 'host' ? [HOST_PROCESSES] : []),
      ...capabilityPowers(textsOf(given?.['CapAdd'])),
      ...devicePowers(listOf(given?.['Devices']).flatMap((one) => textOf(recordOf(one)?.['PathOnHost']) ?? [])),
    ],
    runs: runsOf([textOf(own['Path']) ?? '', ...textsOf(own['Args'])], mounts, textOf(inside['WorkingDir']) || '/'),
    engineOf: 'root',
    ownNumbers: isMapped,
    writtenIn: (textOf(labels?.['com.docker.compose.project.config_files']) ?? '')
      .split(',')
      .filter((file) => file !== '' && file !== '-')
      .slice(0, 16)
      .map((file) => (file.startsWith('/') ? file : `${folder}/${file}`)),
    place: { path },
  }
}

/**
 * A container as a runtime was told to run it (OCI Runtime Specification, config.json): by Podman, CRI-O or containerd. `names` are those
 * that the engine keeps elsewhere, by the container's id. Undefined for what is none, and for those that only hold a pod together.
 */
export const runtimeContainer = (
  config: string,
  path: string,
  names: ReadonlyMap<string, string>,
): ContainerDefinition | undefined => {
  const own = objectOf(config)
  const process = recordOf(own?.['process'])
  const linux = recordOf(own?.['linux'])
  if (own === undefined || process === undefined) return undefined
  const notes = recordOf(own['annotations']) ?? {}
  const type = textOf(notes['io.kubernetes.cri.container-type']) ?? textOf(notes['io.kubernetes.cri-o.ContainerType'])
  if (type === 'sandbox') return undefined
  const id = /\/([0-9a-zA-Z_.-]{1,128})\/(?:userdata\/)?config\.json$/.exec(path)?.[1] ?? ''
  const [pod, inPod] = KUBERNETES.map((keys) => keys.map((key) => textOf(notes[key])).find((one) => one !== undefined))
  const spaces = new Set(listOf(linux?.['namespaces']).map((one) => textOf(recordOf(one)?.['type'])))
  const numbers = listOf(linux?.['uidMappings']).map(recordOf)
  const user = recordOf(process['user'])
  const capabilities = recordOf(process['capabilities'])
  // What root of the container may have, whoever it begins as.
  const may = textsOf(capabilities?.['bounding'])
  const isPrivileged =
    notes['io.podman.annotations.privileged'] === 'TRUE' || OF_PRIVILEGED.every((one) => may.includes(one))
  const mounts = listOf(own['mounts'])
    .map(recordOf)
    .flatMap((mount): Mount[] => {
      const [source, target] = [textOf(mount?.['source']), textOf(mount?.['destination'])]
      const options = textsOf(mount?.['options'])
      if (source === undefined || target === undefined || !source.startsWith('/')) return []
      if (mount?.['type'] !== 'bind' && !options.some((one) => one === 'bind' || one === 'rbind')) return []
      return [{ source, target, writable: !options.includes('ro') }]
    })
  return {
    name: inPod === undefined ? (names.get(id) ?? textOf(notes['nerdctl/name']) ?? id) : `${pod ?? ''}/${inPod}`,
    user: `${Number(user?.['uid'] ?? 0)}`,
    variables: variablesOf(textsOf(process['env']).filter((text) => text.includes('='))),
    files: [],
    secrets: [],
    powers: [
      ...(isPrivileged ? ['privileged'] : []),
      ...mountPowers(mounts),
      ...(spaces.has('pid') ? [] : [HOST_PROCESSES]),
      ...(isPrivileged ? [] : capabilityPowers(may)),
      ...devicePowers(listOf(linux?.['devices']).flatMap((one) => textOf(recordOf(one)?.['path']) ?? [])),
    ],
    runs: runsOf(textsOf(process['args']), mounts, textOf(process['cwd']) ?? '/'),
    writtenIn: [],
    engineOf: 'root',
    ownNumbers: spaces.has('user') && !numbers.some((one) => one?.['containerID'] === 0 && one['hostID'] === 0),
    place: { path },
  }
}

/** How CRI-O and containerd say which container of which pod it is. */
const KUBERNETES = [
  ['io.kubernetes.cri.sandbox-name', 'io.kubernetes.pod.name'],
  ['io.kubernetes.cri.container-name', 'io.kubernetes.container.name'],
] as const
const OF_PRIVILEGED = ['CAP_SYS_ADMIN', 'CAP_SYS_MODULE', 'CAP_SYS_RAWIO', 'CAP_SYS_PTRACE']

/** The names of containers in `containers.json` of Podman's storage, by their ids. */
export const storedNames = (text: string): ReadonlyMap<string, string> => {
  try {
    return new Map(
      listOf(JSON.parse(text))
        .map(recordOf)
        .flatMap((one) => {
          const [id, name] = [textOf(one?.['id']), textsOf(one?.['names'])[0]]
          return id === undefined || name === undefined ? [] : [[id, name] as const]
        }),
    )
  } catch {
    return new Map()
  }
}

/** Those of its definition and those that Docker made of them; the latter say what can be written to. */
const dockerMounts = (own: Json, given: Json | undefined): Mount[] => [
  ...Object.entries(recordOf(own['MountPoints']) ?? {})
    .slice(0, 1000)
    .flatMap(([target, mount]): Mount[] => {
      const source = textOf(recordOf(mount)?.['Source'])
      return source === undefined || source === ''
        ? []
        : [{ source, target, writable: recordOf(mount)?.['RW'] !== false }]
    }),
  ...textsOf(given?.['Binds']).flatMap(bindOf),
]

/** `source:target:options`; a source that is no path is a volume. */
const bindOf = (text: string): Mount[] => {
  const [source = '', target = '', options = ''] = text.split(':', 3)
  return source.startsWith('/')
    ? [{ source, target: target === '' ? source : target, writable: !options.split(',').includes('ro') }]
    : []
}

/** The services of a compose file. `unread` are lines that were not taken in. */
export const composeServices = (text: string, path: string) => {
  const { root, unread } = parseYaml(text)
  const folder = folderOf(path)
  const services = yamlAt(root, 'services')
  const secrets = yamlAt(root, 'secrets')
  const definitions =
    services?.kind === 'map'
      ? Array.from(services.entries, ([name, service]) => composeService(name, service, secrets, folder, path))
      : []
  return { definitions, unread }
}

const composeService = (
  name: string,
  service: YamlNode,
  secrets: YamlNode | undefined,
  folder: string,
  path: string,
): ContainerDefinition => {
  const user = yamlText(yamlAt(service, 'user'))
  const inFolder = (file: string) => (file.startsWith('/') ? file : `${folder}/${file.replace(/^\.\//, '')}`)
  const named = itemsOf(yamlAt(service, 'secrets')).flatMap(
    (item) => yamlText(item) ?? yamlText(yamlAt(item, 'source')) ?? [],
  )
  return {
    name: yamlText(yamlAt(service, 'container_name')) ?? name,
    ...(user === undefined || user === '' || user.includes('$') ? {} : { user }),
    variables: environmentOf(yamlAt(service, 'environment')),
    files: [
      ...itemsOf(yamlAt(service, 'env_file')).flatMap((item) => yamlText(item) ?? yamlText(yamlAt(item, 'path')) ?? []),
      ...named.flatMap((secret) => yamlText(yamlAt(secrets, secret, 'file')) ?? []),
    ].map(inFolder),
    secrets: named.filter((secret) => yamlText(yamlAt(secrets, secret, 'file')) === undefined),
    powers: [
      ...(yamlText(yamlAt(service, 'privileged')) === 'true' ? ['privileged'] : []),
      ...mountPowers(itemsOf(yamlAt(service, 'volumes')).flatMap(composeMount)),
      ...(yamlText(yamlAt(service, 'pid')) === 'host' ? [HOST_PROCESSES] : []),
      ...capabilityPowers(itemsOf(yamlAt(service, 'cap_add')).flatMap((item) => yamlText(item) ?? [])),
      ...devicePowers(itemsOf(yamlAt(service, 'devices')).flatMap((item) => yamlText(item)?.split(':', 1) ?? [])),
    ],
    // What it runs is known of the container that is made of it.
    runs: [],
    engineOf: 'root',
    ownNumbers: false,
    writtenIn: builtFrom(yamlAt(service, 'build')).map(inFolder),
    place: { path, line: service.line },
  }
}

const composeMount = (item: YamlNode): Mount[] => {
  const short = yamlText(item)
  if (short !== undefined) return bindOf(short)
  const source = yamlText(yamlAt(item, 'source')) ?? ''
  return source.startsWith('/')
    ? [
        {
          source,
          target: yamlText(yamlAt(item, 'target')) ?? source,
          writable: yamlText(yamlAt(item, 'read_only')) !== 'true',
        },
      ]
    : []
}

/** The file that an image is built by, where it lies on the host. */
const builtFrom = (build: YamlNode | undefined): string[] => {
  const context = (yamlText(build) ?? yamlText(yamlAt(build, 'context')) ?? (build === undefined ? '' : '.')).replace(
    /\/$/,
    '',
  )
  if (context === '' || /^[a-z+]+:\/\/|^git@|\$/.test(context)) return []
  const file = yamlText(yamlAt(build, 'dockerfile')) ?? 'Dockerfile'
  return file.includes('$') ? [] : [file.startsWith('/') ? file : `${context}/${file}`]
}

/** The container of a Quadlet unit (podman-systemd.unit(5)), which Podman runs for an account. */
export const quadletContainer = (text: string, path: string, account = 'root'): ContainerDefinition | undefined => {
  const values = new Map<string, string[]>()
  let section = ''
  let first: number | undefined
  for (const [index, raw] of text
    .replaceAll(/\\\r?\n/g, ' ')
    .split('\n')
    .entries()) {
    const line = raw.slice(0, 16_384).trim()
    section = /^\[([^\]]*)\]$/.exec(line)?.[1] ?? section
    if (section === 'Container') first ??= index + 1
    const found = /^([A-Za-z]+)\s*=\s*(.*)$/.exec(line)
    if (section !== 'Container' || found === null) continue
    const own = values.get(found[1]!) ?? []
    if (own.length < 256) own.push(found[2]!)
    values.set(found[1]!, own)
  }
  if (first === undefined) return undefined
  const all = (key: string) => values.get(key) ?? []
  const arguments_ = all('PodmanArgs')
    .flatMap((line) => line.split(/\s+/))
    .map(unquoted)
  const given = (...names: readonly string[]) => optionsOf(arguments_, names)
  const mounts = [
    ...[...all('Volume'), ...given('-v', '--volume')].flatMap(bindOf),
    ...[...all('Mount'), ...given('--mount')].flatMap(mountOption),
  ]
  const command = [...all('Entrypoint').slice(-1), ...all('Exec').slice(-1)]
    .flatMap((line) => line.split(/\s+/))
    .map(unquoted)
  const user = all('User').at(-1)
  return {
    name: all('ContainerName').at(-1) ?? lastPart(path).replace(/\.container$/, ''),
    ...(user === undefined || user === '' || user.includes('%') ? {} : { user }),
    variables: variablesOf(all('Environment').flatMap(assignmentsOf)),
    files: all('EnvironmentFile')
      .map((file) => file.replace(/^-/, ''))
      .filter((file) => file.startsWith('/')),
    secrets: all('Secret').map((secret) => secret.split(',', 1)[0]!),
    powers: [
      ...(arguments_.some((word) => /^--privileged(?:=true)?$/.test(word)) ? ['privileged'] : []),
      ...mountPowers(mounts),
      ...(given('--pid').includes('host') ? [HOST_PROCESSES] : []),
      ...capabilityPowers([...all('AddCapability').flatMap((list) => list.split(/\s+/)), ...given('--cap-add')]),
      ...devicePowers(
        [...all('AddDevice'), ...given('--device')].map((device) => device.replace(/^-/, '').split(':', 1)[0]!),
      ),
    ],
    runs: runsOf(command, mounts, all('WorkingDir').at(-1) ?? '/'),
    writtenIn: [path],
    engineOf: account,
    ownNumbers: [...all('UserNS'), ...given('--userns')].some((one) => one !== 'host'),
    place: { path, line: first },
  }
}

const unquoted = (word: string) => word.replace(/^["']|["']$/g, '')

/** The values of an option, with `=` or as the next word. */
const optionsOf = (words: readonly string[], names: readonly string[]) =>
  words.flatMap((word, index): string[] => {
    if (names.includes(word)) return words.slice(index + 1, index + 2)
    const at = word.indexOf('=')
    return at !== -1 && names.includes(word.slice(0, at)) ? [word.slice(at + 1)] : []
  })

/** `type=bind,source=…,target=…` as `--mount` has it. */
const mountOption = (text: string): Mount[] => {
  const parts = new Map(
    text.split(',').map((part) => {
      const at = part.indexOf('=')
      return at === -1 ? [part, 'true'] : [part.slice(0, at), part.slice(at + 1)]
    }),
  )
  const source = parts.get('source') ?? parts.get('src') ?? ''
  if (parts.get('type') !== 'bind' || !source.startsWith('/')) return []
  const target = parts.get('target') ?? parts.get('destination') ?? parts.get('dst') ?? source
  return [{ source, target, writable: (parts.get('ro') ?? parts.get('readonly')) !== 'true' }]
}

/** The words of an Environment= line as systemd takes them apart, quotes anywhere in them. */
const assignmentsOf = (line: string): string[] =>
  Array.from(line.matchAll(/(?:"[^"\\]*(?:\\.[^"\\]*)*"|'[^'\\]*(?:\\.[^'\\]*)*'|[^\s"'])+/g), ([word]) =>
    word.replace(/^["']/, ''),
  ).filter((word) => word.includes('='))

type Finding = FindingOf<'usage' | 'setting'>

/**
 * What a definition says. An account of the host is told only where it is one: by its number, which is the same inside, or root.
 * A name that only the image knows is told with the name of the container before it.
 */
export const containerFindings = (
  { name, user, variables, files, secrets, powers, engineOf, ownNumbers, place }: ContainerDefinition,
  names: ReadonlyMap<string, string>,
): Finding[] => {
  // What an account's own engine gives is the account's already.
  const isRoot = engineOf === 'root' && !ownNumbers
  const needs = [
    ...files.map((file) => ({ type: 'file' as const, name: clipped(file, MAX_PATH) })),
    ...secrets.map((secret) => ({ type: 'credential' as const, name: clipped(secret, 256) })),
    ...variables.map((variable) => ({ type: 'variable' as const, name: clipped(variable, 256) })),
  ].slice(0, 64)
  const at = { ...place, path: clipped(place.path, MAX_PATH) }
  const condition = clipped(`container ${name}`, 1024)
  const setting = (of: string, values: readonly string[]): Finding[] =>
    values.length === 0
      ? []
      : [
          {
            kind: 'setting',
            subject: 'container-engine',
            name: of,
            values: [...new Set(values)].slice(0, 64).map((value) => clipped(value, MAX_PATH)),
            condition,
            place: at,
          },
        ]
  return [
    ...(user === undefined
      ? setting(
          'needs',
          needs.map((need) => `${need.type} ${need.name}`),
        )
      : [
          {
            kind: 'usage' as const,
            account:
              isInsideRoot(user) && !ownNumbers
                ? clipped(engineOf, MAX_NAME)
                : accountOf(user, name, isRoot ? names : undefined),
            consumer: 'container' as const,
            name: clipped(name, 256),
            ...(needs.length === 0 ? {} : { needs }),
            place: at,
          },
        ]),
    ...(isRoot ? setting('powers', powers) : []),
    ...(isRoot ? setting('root-of-container', [rootOfContainer(powers) ?? []].flat()) : []),
  ]
}

/** Whether a user as written is root within the container. */
export const isInsideRoot = (user: string): boolean => /^(?:|0|root)(?::|$)/.test(user)

const accountOf = (user: string, container: string, names: ReadonlyMap<string, string> | undefined) => {
  const own = user.split(':', 1)[0]!
  if (/^\d+$/.test(own) && names !== undefined) return clipped(names.get(own) ?? own, MAX_NAME)
  return clipped(`${container}:${isInsideRoot(user) ? 'root' : own}`, MAX_NAME)
}

/** The files of the host that a command comes to run: its program, or the script of its interpreter, where a mount brings them. */
const runsOf = (words: readonly string[], mounts: readonly Mount[], folder: string): ContainerDefinition['runs'] =>
  programsOfWords(words.slice(0, 1000), { folder })
    .flatMap(({ path, by }) => [path, ...by])
    .flatMap((path) => {
      const mount = mounts
        .filter(({ target }) => path === target || path.startsWith(`${target.replace(/\/$/, '')}/`))
        .toSorted((one, other) => other.target.length - one.target.length)[0]
      if (mount === undefined) return []
      const rest = path.slice(mount.target.replace(/\/$/, '').length)
      return [{ path: mount.source.replace(/\/$/, '') + rest, writable: mount.writable }]
    })
    .slice(0, 64)

/** Mounts that make whoever is inside master of the host, or show what only root may see. */
const mountPowers = (mounts: readonly Mount[]) =>
  mounts
    .filter(({ source }) => SENSITIVE.test(source) || SOCKET.test(source) || isDisk(source))
    .map(
      ({ source, writable }) =>
        `mount ${source.replace(/(?<=.)\/$/, '')}${writable || SOCKET.test(source) ? '' : READ_ONLY}`,
    )

const SENSITIVE = /^\/(?:|etc|root|boot|proc|sys|dev|var|home|usr|var\/lib|var\/lib\/(?:docker|containers|kubelet))\/?$/
const SOCKET = /\/(?:docker|podman|containerd|crio)\.sock$/
const READ_ONLY = ' read-only'

/** Devices that hold files past their permissions, or memory. */
const devicePowers = (devices: readonly string[]) => devices.filter(isDisk).map((device) => `device ${device}`)

const isDisk = (path: string) =>
  /^\/dev\/(?:sd|hd|vd|xvd|nvme|mmcblk|dm-|md|mapper\/|disk\/|mem$|kmem$|port$)/.test(path) &&
  path !== '/dev/mapper/control'

const POWERFUL = new Set('ALL SYS_ADMIN SYS_PTRACE SYS_MODULE SYS_RAWIO DAC_READ_SEARCH BPF'.split(' '))

const capabilityPowers = (capabilities: readonly string[]) =>
  capabilities
    .map((capability) => capability.toUpperCase().replace(/^CAP_/, ''))
    .filter((capability) => POWERFUL.has(capability))
    .map((capability) => `capability ${capability}`)

/**
 * Whether root of a container with such powers is root of the host. What AppArmor or SELinux may stand in the way of is not known here:
 * tracing its processes, mounting. Who may only read gets what is secret: hashes and keys.
 */
export const rootOfContainer = (powers: readonly string[]): 'is root here' | 'may be root here' | undefined => {
  if (powers.some((power) => SURE.test(power))) return 'is root here'
  const traces = powers.includes(HOST_PROCESSES) && powers.includes('capability SYS_PTRACE')
  return traces || powers.some((power) => !POWERLESS.test(power)) ? 'may be root here' : undefined
}

const HOST_PROCESSES = 'process ids of the host'
const SURE =
  /^(?:privileged|capability (?:ALL|SYS_MODULE|DAC_READ_SEARCH)|(?:device|mount) \/dev\/.+|mount .*\.sock|mount \/(?:|etc|root)(?: read-only)?|mount \/(?:boot|proc|usr|var|var\/lib(?:\/\w+)?))$/
/** Of the kernel and of programs everybody may read most; a folder of devices opens none of them. */
const POWERLESS =
  /^(?:mount \/(?:boot|proc|sys|usr) read-only|mount \/dev(?: read-only)?|process ids of the host|capability SYS_PTRACE)$/

const environmentOf = (node: YamlNode | undefined) =>
  node?.kind === 'map'
    ? [...node.entries.keys()].filter((key) => key !== '<<').slice(0, 256)
    : variablesOf(itemsOf(node).flatMap((item) => yamlText(item) ?? []))

/** Variables that say nothing secret and are in nearly every image. */
const ORDINARY = new Set(['PATH', 'HOME', 'LANG', 'LC_ALL', 'TERM', 'HOSTNAME', 'TZ', 'container'])

const variablesOf = (texts: readonly string[]) =>
  texts
    .slice(0, 1000)
    .map((text) => text.split('=', 1)[0]!)
    .filter((name) => /^[\w.-]{1,256}$/.test(name) && !ORDINARY.has(name))

/** One value, or a list of them. */
const itemsOf = (node: YamlNode | undefined): readonly YamlNode[] =>
  node === undefined ? [] : node.kind === 'list' ? node.items : [node]

type Json = Readonly<Record<string, unknown>>

const objectOf = (text: string): Json | undefined => {
  try {
    return recordOf(JSON.parse(text))
  } catch {
    return undefined
  }
}

const recordOf = (value: unknown): Json | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : undefined

const textOf = (value: unknown) => (typeof value === 'string' && value.length <= MAX_PATH ? value : undefined)

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value.slice(0, 1000) : [])

const textsOf = (value: unknown): string[] => listOf(value).flatMap((one) => (typeof one === 'string' ? [one] : []))
