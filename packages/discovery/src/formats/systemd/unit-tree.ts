import type { FindRequest, FoundEntry } from '../../host.ts'
import { dropInFolders, isTemplate, templateOf, unitName, type UnitName } from './unit-name.ts'
import { folderOf, lastPart } from '../../posix-path.ts'

/** A unit that is defined somewhere, whether or not it ever runs. */
export interface Unit {
  readonly name: UnitName
  /** Its main file; that of its template for an instance. */
  readonly fragment: FoundEntry
  /** Further names, by links. */
  readonly aliases: readonly UnitName[]
  /** Drop-ins in the order in which they are read: later ones win. */
  readonly dropIns: readonly FoundEntry[]
  /** Links that start it, such as `/etc/systemd/system/multi-user.target.wants/cron.service`, and those that give it another name. */
  readonly startedBy: readonly string[]
}

export interface UnitTree {
  /** By name. Masked ones are not among them: they never run. */
  readonly units: ReadonlyMap<string, Unit>
  /** What a name comes to: through aliases, and for instances to their own name. Undefined for what is masked or nowhere. */
  resolve(name: string): Unit | undefined
  /** Templates, which run only as instances of themselves. */
  readonly templates: readonly Unit[]
}

/**
 * What files and links in the folders of one manager come to, as systemd loads them (systemd.unit(5)). Of `folders` the earlier
 * come before the later; `entries` are those directly in them and in the folders below.
 */
export const unitTree = (entries: readonly FoundEntry[], folders: readonly string[]): UnitTree => {
  const { files, below } = sorted(entries, folders)
  const known = new Map<string, Unit | undefined>()
  const names = new Map<string, { name: UnitName; fragment: FoundEntry } | undefined>()
  const find = (name: string) => {
    if (!names.has(name)) names.set(name, fragmentOf(name, files, folders))
    return names.get(name)
  }

  const aliases = new Map<string, UnitName[]>()
  const startedBy = new Map<string, string[]>()
  for (const [name, entry] of files) {
    if (entry.type !== 'link') continue
    const found = find(name)
    const alias = unitName(name)
    if (found === undefined || alias === undefined || found.name.name === name) continue
    push(aliases, found.name.name, alias)
    if (CONFIGURED.test(entry.path)) push(startedBy, found.name.name, entry.path)
  }
  const wanted = new Set<string>()
  for (const { folder, name, entry } of below) {
    if (!STARTING.test(folder) || entry.type === 'folder') continue
    const found = find(name)
    if (found === undefined) continue
    wanted.add(found.name.name)
    if (CONFIGURED.test(entry.path) || !NOT_AT_BOOT.test(folder)) push(startedBy, found.name.name, entry.path)
  }

  const dropIns = dropInsOf(below, folders)
  const resolve = (name: string): Unit | undefined => {
    const found = find(name)
    if (found === undefined) return undefined
    const before = known.get(found.name.name)
    if (before !== undefined) return before
    const own = aliases.get(found.name.name) ?? []
    const unit: Unit = {
      ...found,
      aliases: own,
      dropIns: dropIns([found.name, ...own]),
      startedBy: startedBy.get(found.name.name) ?? [],
    }
    known.set(found.name.name, unit)
    return unit
  }

  const units = new Map<string, Unit>()
  for (const name of [...files.keys(), ...wanted]) {
    const unit = resolve(name)
    if (unit !== undefined) units.set(unit.name.name, unit)
  }
  return { units, resolve, templates: [...units.values()].filter(({ name }) => isTemplate(name)) }
}

/** Where the system's manager looks, the first wins (systemd.unit(5)). */
export const SYSTEM_FOLDERS: readonly string[] = [
  '/etc/systemd/system.control',
  '/run/systemd/system.control',
  '/run/systemd/transient',
  '/run/systemd/generator.early',
  '/etc/systemd/system',
  '/etc/systemd/system.attached',
  '/run/systemd/system',
  '/run/systemd/system.attached',
  '/run/systemd/generator',
  '/usr/local/lib/systemd/system',
  '/lib/systemd/system',
  '/usr/lib/systemd/system',
  '/run/systemd/generator.late',
]
/** One of these folders is the other on most hosts; it is only looked into where it is not. */
export const OTHER_LIB = '/lib/systemd/system'

/** What is asked of each folder of units: those that tell who runs what and when, drop-ins, and links that start them. */
export const UNIT_SEARCH = {
  maxDepth: 2,
  maxEntries: 5000,
  where: { types: ['file', 'link'], names: ['*.service', '*.timer', '*.socket', '*.path', '*.conf'] },
} as const satisfies Partial<FindRequest>

/** Several probes ask this, and with the same words, so that it travels once. */
export const SYSTEM_UNIT_SEARCH = {
  under: SYSTEM_FOLDERS.filter((folder) => folder !== OTHER_LIB),
  ...UNIT_SEARCH,
} as const satisfies Omit<FindRequest, 'kind'>

/** Where administrators and programs say what starts, rather than packages. */
const CONFIGURED = /^\/(?:etc|run|home|root|usr\/local|srv|opt|var)\//
const STARTING = /\.(?:wants|requires|upholds)$/
const NOT_AT_BOOT =
  /^(?:initrd.*|rescue|emergency|system-update|poweroff|reboot|halt|kexec|exit|shutdown|final|umount|sleep|suspend|hibernate|hybrid-sleep|suspend-then-hibernate|runlevel[016])\.target\./

const MOST_HOPS = 8

const push = <Key, Value>(map: Map<Key, Value[]>, key: Key, value: Value) => {
  const list = map.get(key)
  if (list === undefined) map.set(key, [value])
  else list.push(value)
}

interface Below {
  /** The name of the folder it lies in, and the place of the folder's own folder among all. */
  readonly folder: string
  readonly rank: number
  readonly name: string
  readonly entry: FoundEntry
}

const sorted = (entries: readonly FoundEntry[], folders: readonly string[]) => {
  const ranks = new Map(folders.map((folder, rank) => [folder, rank]))
  const files = new Map<string, FoundEntry>()
  const best = new Map<string, number>()
  const below: Below[] = []
  for (const entry of entries) {
    const slash = entry.path.lastIndexOf('/')
    const folder = entry.path.slice(0, slash)
    const name = entry.path.slice(slash + 1)
    const rank = ranks.get(folder)
    if (rank !== undefined) {
      if (entry.type === 'folder' || rank >= (best.get(name) ?? Number.POSITIVE_INFINITY)) continue
      best.set(name, rank)
      files.set(name, entry)
      continue
    }
    const upper = folder.lastIndexOf('/')
    const upperRank = ranks.get(folder.slice(0, upper))
    if (upperRank !== undefined) below.push({ folder: folder.slice(upper + 1), rank: upperRank, name, entry })
  }
  return { files, below }
}

const fragmentOf = (asked: string, files: ReadonlyMap<string, FoundEntry>, folders: readonly string[]) => {
  let name = unitName(asked)
  for (let hops = 0; name !== undefined && hops < MOST_HOPS; hops++) {
    const template: string | undefined = templateOf(name)
    const entry: FoundEntry | undefined = files.get(name.name) ?? files.get(template ?? '')
    if (entry === undefined) return undefined
    if (entry.type === 'file') return entry.size === 0 ? undefined : { name, fragment: entry }
    if (entry.type !== 'link' || entry.target === undefined) return undefined
    const target = absolute(entry.path, entry.target)
    if (target === '/dev/null') return undefined
    const next = nextName(name, target)
    // Linked from elsewhere, as `systemctl link` does: its own name holds.
    if (next === undefined || !inFolders(target, folders)) return { name, fragment: entry }
    if (next.name === name.name) {
      const file = files.get(lastPart(target))
      if (file !== undefined && file !== entry) return file.type === 'file' ? { name, fragment: file } : undefined
      return { name, fragment: entry }
    }
    name = next
  }
  return undefined
}

/** The name of what a link leads to, with the instance of the link's own name where it leads to a template. */
const nextName = (name: UnitName, target: string): UnitName | undefined => {
  const next = unitName(lastPart(target))
  if (next === undefined || next.type !== name.type) return undefined
  if (!isTemplate(next) || name.instance === undefined) return next
  return unitName(`${next.prefix}@${name.instance}.${next.type}`)
}

/** /lib is a link to usr/lib on most hosts. */
const inFolders = (target: string, folders: readonly string[]) => {
  const folder = folderOf(target)
  return folders.includes(folder) || folders.includes(`/usr${folder}`)
}

const absolute = (path: string, target: string) => {
  const parts: string[] = []
  const whole = target.startsWith('/') ? target : `${folderOf(path)}/${target}`
  for (const part of whole.split('/'))
    if (part === '..') parts.pop()
    else if (part !== '' && part !== '.') parts.push(part)
  return `/${parts.join('/')}`
}

const dropInsOf = (below: readonly Below[], folders: readonly string[]) => {
  const byFolder = new Map<string, FoundEntry[]>()
  for (const { folder, rank, name, entry } of below)
    if (folder.endsWith('.d') && name.endsWith('.conf') && entry.type !== 'folder')
      push(byFolder, `${rank} ${folder}`, entry)
  return (names: readonly UnitName[]): FoundEntry[] => {
    if (byFolder.size === 0) return []
    const chosen = new Map<string, FoundEntry>()
    const take = (rank: number, folder: string) => {
      for (const entry of byFolder.get(`${rank} ${folder}`) ?? []) {
        const name = lastPart(entry.path)
        if (!chosen.has(name)) chosen.set(name, entry)
      }
    }
    for (const name of names) {
      const own = dropInFolders(name)
      for (const rank of folders.keys()) for (const folder of own) take(rank, folder)
    }
    for (const rank of folders.keys()) take(rank, `${names[0]!.type}.d`)
    return [...chosen]
      .toSorted(([one], [other]) => (one < other ? -1 : 1))
      .flatMap(([, entry]) => (entry.size === 0 || entry.target === '/dev/null' ? [] : [entry]))
  }
}
