import type { Place } from '@rollcall/contract'
import { parseUnitFile, type Assignment } from './unit-file.ts'
import {
  dynamicAccount,
  hasWrongSpecifier,
  isTemplate,
  resolveSpecifiers,
  type SpecifierValues,
  type UnitName,
} from './unit-name.ts'
import { execCommands, simplified, unitBoolean, unitWords } from './unit-words.ts'

/** The text of a unit file or drop-in, where it could be read. */
export interface UnitText {
  readonly path: string
  readonly text: string
}

/** Something a unit runs. The words may hold secrets: only the program is ever told. */
export interface UnitCommand {
  /** With specifiers resolved; as written where one cannot be. */
  readonly program: string
  readonly words: readonly string[]
  readonly when: string
  /** As root (or the manager's account), whatever `User=` says. */
  readonly elevated: boolean
  readonly place: Place
}

/** What a service's files come to together: whom it runs as, what, and what it is given. */
export interface Service {
  /** `User=` as it holds at the end, specifiers resolved; absent where there is none, or it is empty. */
  readonly user?: { readonly name: string; readonly place: Place }
  /** A specifier in `User=` cannot be told from outside. */
  readonly unknownUser?: Place
  /** `DynamicUser=yes`: the account exists while the unit runs. */
  readonly dynamic?: { readonly name: string; readonly place: Place }
  readonly commands: readonly UnitCommand[]
  /** `WorkingDirectory=`, where its programs begin; absent where there is none, or only the host knows it. */
  readonly folder?: string
  /** Names of variables set or passed on, files of them, names of credentials; never a value. */
  readonly variables: readonly string[]
  readonly files: readonly string[]
  readonly credentials: readonly string[]
  /** It says when it wants to be started, so that it can be enabled. */
  readonly installable: boolean
  /** Values that systemd refuses. */
  readonly refused: readonly Refused[]
  /** Places of `.include`. */
  readonly includes: readonly Place[]
}

export interface Refused {
  readonly place: Place
  /** It reads no further in that file; does not load the unit at all where that is its main file. */
  readonly givesUp: boolean
}

const EXEC = ['Condition', 'StartPre', 'Start', 'StartPost', 'Reload', 'Stop', 'StopPost'].map((one) => `Exec${one}`)
const INSTALL = ['WantedBy', 'RequiredBy', 'UpheldBy', 'Alias', 'Also'].map((one) => `Install.${one}`)
const KEYS: ReadonlySet<string> = new Set([
  ...EXEC.map((key) => `Service.${key}`),
  ...INSTALL,
  ...[
    'User',
    'Group',
    'WorkingDirectory',
    'DynamicUser',
    'PermissionsStartOnly',
    'Environment',
    'EnvironmentFile',
    'PassEnvironment',
    'LoadCredential',
    'LoadCredentialEncrypted',
    'SetCredential',
    'SetCredentialEncrypted',
    'ImportCredential',
  ].map((key) => `Service.${key}`),
])

/** Reads a service's main file and drop-ins, in this order (systemd.exec(5), systemd.service(5)). */
export const readService = (
  unit: UnitName,
  texts: readonly UnitText[],
  about: Omit<SpecifierValues, 'unit'>,
): Service => {
  const values = { ...about, unit }
  const reading: Reading = {
    startOnly: false,
    installable: false,
    commands: new Map(),
    names: new Map(),
    refused: [],
    includes: [],
  }
  for (const { path, text } of texts) {
    const { assignments, includes, broken } = parseUnitFile(text, KEYS)
    for (const line of includes) reading.includes.push({ path, line })
    const gaveUp = takeAll(reading, assignments, path, values)
    if (broken !== undefined && !gaveUp) reading.refused.push({ place: { path, line: broken }, givesUp: true })
  }
  const { user, dynamic, folder, startOnly, commands, names, installable, refused, includes } = reading
  // A template alone does not say whom its instances run as, where that hangs on their names.
  const open = user !== undefined && isTemplate(unit) && user.value.includes('%')
  const name = user === undefined || open ? undefined : resolveSpecifiers(user.value, values)
  const list = (key: string) => [...(names.get(key) ?? [])]
  return {
    ...(user === undefined || name === ''
      ? {}
      : name === undefined
        ? { unknownUser: user.place }
        : { user: { name, place: user.place } }),
    ...(dynamic === undefined ? {} : { dynamic: { name: name || dynamicAccount(unit), place: dynamic } }),
    commands: EXEC.flatMap((key) => commands.get(key) ?? []).map((command) =>
      startOnly && command.when !== 'ExecStart' ? { ...command, elevated: true } : command,
    ),
    ...(folder === undefined ? {} : { folder }),
    variables: [...new Set([...list('Environment'), ...list('PassEnvironment')])],
    files: [...new Set([...list('EnvironmentFile'), ...list('file of a credential')])],
    credentials: [...new Set(['Load', 'Set', 'Import'].flatMap((how) => list(`${how} credential`)))],
    installable,
    refused,
    includes,
  }
}

/** What has been read so far. */
interface Reading {
  user?: { readonly value: string; readonly place: Place } | undefined
  dynamic?: Place | undefined
  folder?: string | undefined
  startOnly: boolean
  installable: boolean
  readonly commands: Map<string, UnitCommand[]>
  readonly names: Map<string, Set<string>>
  readonly refused: Refused[]
  readonly includes: Place[]
}

/** Whether systemd gives up the file. */
const takeAll = (
  reading: Reading,
  assignments: readonly Assignment[],
  path: string,
  values: SpecifierValues,
): boolean => {
  for (const { key, value, line } of assignments) {
    const place = { path, line }
    const taken = take(reading, key, value, place, values)
    if (taken === 'taken') continue
    reading.refused.push({ place, givesUp: taken === 'file is given up' })
    if (taken === 'file is given up') return true
  }
  return false
}

type Taken = 'taken' | 'refused' | 'file is given up'

const take = (reading: Reading, key: string, value: string, place: Place, values: SpecifierValues): Taken => {
  const name = key.slice(key.indexOf('.') + 1)
  if (key.startsWith('Install.')) {
    if (value !== '') reading.installable = true
  } else if (name === 'User' || name === 'Group') {
    if (value !== '' && isNoAccount(value, values)) return 'file is given up'
    if (name === 'User') reading.user = value === '' ? undefined : { value, place }
  } else if (name === 'DynamicUser') {
    const on = unitBoolean(value)
    if (on === undefined) return 'file is given up'
    reading.dynamic = on ? place : undefined
  } else if (name === 'PermissionsStartOnly') reading.startOnly = unitBoolean(value) ?? reading.startOnly
  else if (name === 'WorkingDirectory') return takeFolder(reading, value, values)
  else if (name.startsWith('Exec')) return takeCommands(reading, name, value, place, values)
  else return takeNames(reading, name, value, values)
  return 'taken'
}

const isNoAccount = (value: string, values: SpecifierValues) => {
  if (hasWrongSpecifier(value)) return true
  // What the name of an instance makes of it, a template does not know.
  const name = isTemplate(values.unit) && value.includes('%') ? undefined : resolveSpecifiers(value, values)
  return name !== undefined && (name === '' || isNoName(name))
}

/** What systemd takes for no name of an account, even where it is most lenient (`valid_user_group_name`, since version 246). */
const isNoName = (name: string) =>
  // oxlint-disable-next-line no-control-regex -- names hold none
  name.length > 255 ||
  /[:/\0-\u001F\u007F]/.test(name) ||
  /^(?:\.\.?|-\d+)$/.test(name) ||
  (DIGITS.test(name) && !isNumber(name))

const DIGITS = /^\d+$/
/** A number of an account: neither of the two that mean none. */
const isNumber = (digits: string) => Number(digits) < 0xffff_ffff && Number(digits) !== 0xffff

const takeFolder = (reading: Reading, value: string, values: SpecifierValues): Taken => {
  const mayLack = value.startsWith('-')
  const path = mayLack ? value.slice(1) : value
  if (path === '' || path === '~') {
    reading.folder = undefined
    return 'taken'
  }
  const folder = resolveSpecifiers(path, values)
  if (hasWrongSpecifier(path) || (folder !== undefined && !isPath(folder)))
    return mayLack ? 'refused' : 'file is given up'
  reading.folder = folder === undefined ? undefined : simplified(folder)
  return 'taken'
}

const isPath = (path: string) => path.startsWith('/') && path.length < 4096 && !/[^/]{256}/.test(path)

const takeCommands = (
  { commands }: Reading,
  when: string,
  value: string,
  place: Place,
  values: SpecifierValues,
): Taken => {
  if (value === '') {
    commands.delete(when)
    return 'taken'
  }
  const { commands: found, broken } = execCommands(value, (text) => resolveSpecifiers(text, values))
  const list = commands.get(when) ?? []
  commands.set(when, list)
  for (const command of found) if (list.length < MOST_COMMANDS) list.push({ ...command, when, place })
  return broken === 'no' ? 'taken' : broken === 'value' ? 'refused' : 'file is given up'
}

const takeNames = ({ names }: Reading, name: string, value: string, values: SpecifierValues): Taken => {
  const add = (list: string, one: string) => {
    const known = names.get(list) ?? new Set()
    if (known.size < MOST_NAMES) names.set(list, known.add(one))
  }
  const credentials = /^(Load|Set|Import)Credential/.exec(name)?.[1]
  if (credentials !== undefined) {
    if (value === '') {
      names.delete(`${credentials} credential`)
      if (credentials === 'Load') names.delete('file of a credential')
    } else takeCredential(credentials, value, values, add)
    return 'taken'
  }
  if (value === '') {
    names.delete(name)
    return 'taken'
  }
  if (name === 'EnvironmentFile') {
    const path = resolveSpecifiers(value.replace(/^-/, ''), values)
    if (path === undefined) return 'taken'
    if (hasWrongSpecifier(value) || !isPath(path)) return 'refused'
    add(name, simplified(path))
    return 'taken'
  }
  const { words, broken } = unitWords(value, name === 'Environment' ? 'of C' : 'of the next character')
  for (const word of words) {
    if (hasWrongSpecifier(word)) continue
    const text = resolveSpecifiers(word, values) ?? word
    const variable = name === 'Environment' ? ASSIGNED.exec(text)?.[1] : VARIABLE.exec(text)?.[0]
    if (variable !== undefined) add(name, variable)
  }
  return broken ? 'refused' : 'taken'
}

const VARIABLE = /^[A-Za-z_]\w*$/
const ASSIGNED = /^([A-Za-z_]\w*)=/

/** `id:path`, `id:value` or, for ImportCredential, a pattern. The value is never taken. */
const takeCredential = (
  how: string,
  value: string,
  values: SpecifierValues,
  add: (list: string, one: string) => void,
) => {
  const colon = value.indexOf(':')
  if (colon === -1 && how === 'Set') return
  const id = resolveSpecifiers(colon === -1 ? value : value.slice(0, colon), values)
  if (id === undefined || !/^[\w.@*?[\]-]{1,255}$/.test(id)) return
  add(`${how} credential`, id)
  if (how !== 'Load' || colon === -1) return
  const path = resolveSpecifiers(value.slice(colon + 1), values)
  if (path?.startsWith('/') === true) add('file of a credential', path)
}

const MOST_COMMANDS = 256
const MOST_NAMES = 64
