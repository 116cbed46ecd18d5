import type { FindingOf, Place } from '@rollcall/contract'
import { clipped, MAX_NAME, MAX_PATH } from './accounts/account-file.ts'
import { parseYaml, yamlAt, yamlText, type YamlNode } from './yaml-subset.ts'
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
  readonly place: Place
}

/** The definition in Docker's own files: `config.v2.json`, and `hostconfig.json` beside it. */
export const dockerContainer = (config: string, host: string, path: string): ContainerDefinition | undefined => {
  const [own, given] = [objectOf(config), objectOf(host)]
  const inside = recordOf(own?.['Config'])
  const name = textOf(own?.['Name'])?.replace(/^\//, '')
  if (own === undefined || inside === undefined || name === undefined) return undefined
  return {
    name,
    // Docker keeps what the image says here too.
    user: textOf(inside['User']) ?? '',
    variables: variablesOf(textsOf(inside['Env']).filter((text) => text.includes('='))),
    files: [],
    secrets: [],
    powers: [
      ...(given?.['Privileged'] === true ? ['privileged'] : []),
      ...mountPowers(textsOf(given?.['Binds']).map((bind) => bind.split(':', 1)[0]!)),
      ...mountPowers(
        Object.values(recordOf(own['MountPoints']) ?? {}).flatMap((mount) => textOf(recordOf(mount)?.['Source']) ?? []),
      ),
      ...(given?.['PidMode'] === 'host' ? ['process ids of the host'] : []),
      ...capabilityPowers(textsOf(given?.['CapAdd'])),
    ],
    place: { path },
  }
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
      ...mountPowers(
        itemsOf(yamlAt(service, 'volumes')).flatMap(
          (item) => yamlText(item)?.split(':', 1)[0] ?? yamlText(yamlAt(item, 'source')) ?? [],
        ),
      ),
      ...(yamlText(yamlAt(service, 'pid')) === 'host' ? ['process ids of the host'] : []),
      ...capabilityPowers(itemsOf(yamlAt(service, 'cap_add')).flatMap((item) => yamlText(item) ?? [])),
    ],
    place: { path, line: service.line },
  }
}

/** The container of a Quadlet unit (podman-systemd.unit(5)). */
export const quadletContainer = (text: string, path: string): ContainerDefinition | undefined => {
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
  const arguments_ = all('PodmanArgs').join(' ')
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
      ...(/(?:^|\s)--privileged(?:=true)?(?:\s|$)/.test(arguments_) ? ['privileged'] : []),
      ...mountPowers(all('Volume').map((volume) => volume.split(':', 1)[0]!)),
      ...(/(?:^|\s)--pid[= ]host(?:\s|$)/.test(arguments_) ? ['process ids of the host'] : []),
      ...capabilityPowers(all('AddCapability').flatMap((list) => list.split(/\s+/))),
    ],
    place: { path, line: first },
  }
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
  { name, user, variables, files, secrets, powers, place }: ContainerDefinition,
  names: ReadonlyMap<string, string>,
): Finding[] => {
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
            account: accountOf(user, name, names),
            consumer: 'container' as const,
            name: clipped(name, 256),
            ...(needs.length === 0 ? {} : { needs }),
            place: at,
          },
        ]),
    ...setting('powers', powers),
  ]
}

const accountOf = (user: string, container: string, names: ReadonlyMap<string, string>) => {
  const own = user.split(':', 1)[0]!
  if (own === '' || own === '0' || own === 'root') return 'root'
  if (/^\d+$/.test(own)) return clipped(names.get(own) ?? own, MAX_NAME)
  return clipped(`${container}:${own}`, MAX_NAME)
}

/** Mounts that make whoever is inside master of the host. */
const mountPowers = (sources: readonly string[]) =>
  [...new Set(sources)]
    .filter((source) =>
      /^\/(?:|etc|root|boot|proc|sys|dev|var|home|usr|var\/lib\/(?:docker|containers|kubelet))\/?$|\/(?:docker|podman|containerd|crio)\.sock$/.test(
        source,
      ),
    )
    .map((source) => `mount ${source}`)

const POWERFUL = new Set('ALL SYS_ADMIN SYS_PTRACE SYS_MODULE SYS_RAWIO DAC_READ_SEARCH DAC_OVERRIDE BPF'.split(' '))

const capabilityPowers = (capabilities: readonly string[]) =>
  capabilities
    .map((capability) => capability.toUpperCase().replace(/^CAP_/, ''))
    .filter((capability) => POWERFUL.has(capability))
    .map((capability) => `capability ${capability}`)

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

const textsOf = (value: unknown): string[] =>
  Array.isArray(value) ? value.slice(0, 1000).flatMap((one) => (typeof one === 'string' ? [one] : [])) : []
