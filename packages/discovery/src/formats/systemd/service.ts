import type { Place } from '@rollcall/contract'
import { parseUnitFile } from './unit-file.ts'
import { dynamicAccount, isTemplate, resolveSpecifiers, type SpecifierValues, type UnitName } from './unit-name.ts'
import { execCommands, unitBoolean, unitWords } from './unit-words.ts'

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
  /** Places of values that systemd refuses. */
  readonly refused: readonly Place[]
  /** Places of `.include`. */
  readonly includes: readonly Place[]
}

const EXEC = ['Condition', 'StartPre', 'Start', 'StartPost', 'Reload', 'Stop', 'StopPost'].map((one) => `Exec${one}`)
const INSTALL = ['WantedBy', 'RequiredBy', 'UpheldBy', 'Alias', 'Also'].map((one) => `Install.${one}`)
const KEYS: ReadonlySet<string> = new Set([
  ...EXEC.map((key) => `Service.${key}`),
  ...INSTALL,
  ...[
    'User',
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
    const { assignments, includes } = parseUnitFile(text, KEYS)
    for (const line of includes) reading.includes.push({ path, line })
    for (const { key, value, line } of assignments) {
      if (take(reading, key, value, { path, line }, values) === 'file is given up') break
    }
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
  readonly refused: Place[]
  readonly includes: Place[]
}

const take = (
  reading: Reading,
  key: string,
  value: string,
  place: Place,
  values: SpecifierValues,
): 'file is given up' | undefined => {
  const name = key.slice(key.indexOf('.') + 1)
  if (key.startsWith('Install.')) {
    if (value !== '') reading.installable = true
  } else if (name === 'User') {
    if (value === '') reading.user = undefined
    else if (isNoName(value)) {
      reading.refused.push(place)
      return 'file is given up'
    } else reading.user = { value, place }
  } else if (name === 'DynamicUser') {
    const on = unitBoolean(value)
    if (on === undefined) return 'file is given up'
    reading.dynamic = on ? place : undefined
  } else if (name === 'PermissionsStartOnly') reading.startOnly = unitBoolean(value) ?? reading.startOnly
  else if (name === 'WorkingDirectory') {
    const folder = resolveSpecifiers(value.replace(/^-/, ''), values)
    reading.folder = folder?.startsWith('/') === true ? folder : undefined
  } else if (name.startsWith('Exec')) return takeCommands(reading, name, value, place, values)
  else takeNames(reading, name, value, place, values)
  return undefined
}

/** What systemd takes for no name of an account, even where it is most lenient (`valid_user_group_name`, since version 246). */
const isNoName = (value: string) =>
  // oxlint-disable-next-line no-control-regex -- names hold none
  value.length > 255 || /[:/\0-\u001F\u007F]/.test(value) || /^(?:\.\.?|-\d+)$/.test(value)

const takeCommands = (
  { commands, refused }: Reading,
  when: string,
  value: string,
  place: Place,
  values: SpecifierValues,
): 'file is given up' | undefined => {
  if (value === '') {
    commands.delete(when)
    return undefined
  }
  const { commands: read, broken } = execCommands(value)
  // A program is named by an absolute path or by its name alone; systemd stops at anything else.
  const wrong = read.findIndex(({ program }) => program.includes('/') && !/^[/%]/.test(program))
  const found = wrong < 0 ? read : read.slice(0, wrong)
  if (broken !== 'no' || wrong >= 0) refused.push(place)
  const list = commands.get(when) ?? []
  commands.set(when, list)
  for (const { program, words, elevated } of found)
    if (list.length < MOST_COMMANDS)
      list.push({
        program: resolveSpecifiers(program, values) ?? program,
        words: words.map((word) => resolveSpecifiers(word, values) ?? word),
        when,
        elevated,
        place,
      })
  // Unless failures of it do not matter.
  return (broken === 'file' || wrong >= 0) && !/^[@:+!|]*-/.test(value) ? 'file is given up' : undefined
}

const takeNames = ({ names, refused }: Reading, name: string, value: string, place: Place, values: SpecifierValues) => {
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
    return
  }
  if (value === '') {
    names.delete(name)
    return
  }
  if (name === 'EnvironmentFile') {
    const path = resolveSpecifiers(value.replace(/^-/, ''), values)
    if (path?.startsWith('/') === true) add(name, path)
    return
  }
  const { words, broken } = unitWords(value)
  if (broken) refused.push(place)
  for (const word of words) {
    const variable = name === 'Environment' ? /^([A-Za-z_]\w*)=/.exec(word)?.[1] : /^[A-Za-z_]\w*$/.exec(word)?.[0]
    if (variable !== undefined) add(name, variable)
  }
}

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
