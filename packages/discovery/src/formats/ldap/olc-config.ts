import type { DirectoryEntry } from '../../directory.ts'
import { normalDn } from './dn.ts'
import { parseOlcAccess, type AccessRule } from './olc-access.ts'
import { clipped } from './subject.ts'

/** What the configuration of slapd says (slapd-config(5)), without anything secret in it. */
export interface OlcConfig {
  /** Where it begins: `cn=config`. */
  readonly base: string
  readonly databases: readonly OlcDatabase[]
  /** Of the server as a whole, one entry for each value. */
  readonly settings: readonly (readonly [name: string, values: readonly string[]])[]
  /** Whose rules stand behind those of every database, and the entry that has them. */
  readonly frontend: readonly AccessRule[]
  readonly frontendDn: string
  /** Where rules could not be read. */
  readonly unread: readonly string[]
  readonly overlays: readonly OlcOverlay[]
}

export interface OlcDatabase {
  readonly dn: string
  /** `mdb`, `config`, `monitor` … */
  readonly type: string
  readonly suffixes: readonly string[]
  /** Whom no rule holds. That of the configuration has a name even where none is set. */
  readonly rootDn?: string
  readonly access: readonly AccessRule[]
  readonly settings: readonly (readonly [name: string, values: readonly string[]])[]
}

interface OlcOverlay {
  readonly database: string
  readonly name: string
  readonly policyDefault?: string
}

/** What is asked for. Never olcRootPW, olcSyncrepl or others that hold secrets. */
export const OLC_ATTRIBUTES: readonly string[] =
  'objectclass olcdatabase olcsuffix olcrootdn olcaccess olclimits olcreadonly olcoverlay olcppolicydefault olcppolicyhashcleartext olcppolicyuselockout olcsecurity olcrequires olcdisallows olcallows olcauthzpolicy olcauthzregexp olcpasswordhash olcsizelimit olctimelimit olclocalssf olctlsverifyclient olctlsprotocolmin olcadddncontentacl olclastbind'.split(
    ' ',
  )

const OF_SERVER =
  'olcsecurity olcrequires olcdisallows olcallows olcauthzpolicy olcauthzregexp olcpasswordhash olcsizelimit olctimelimit olclocalssf olctlsverifyclient olctlsprotocolmin olclastbind'.split(
    ' ',
  )
const OF_DATABASE =
  'olclimits olcreadonly olcsecurity olcrequires olcrootdn olcsizelimit olclastbind olcadddncontentacl'.split(' ')

/** The rules that hold for entries of a database, in the order in which they are asked. Those of the configuration itself stand alone. */
export const rulesFor = ({ type, access }: OlcDatabase, { frontend }: OlcConfig): readonly AccessRule[] =>
  type === 'config' && access.length === 0 ? NOBODY : [...access, ...frontend]

/** What slapd puts there where nothing is set. */
const NOBODY: readonly AccessRule[] = [{ what: {}, by: [], to: 'to *' }]

/** Takes what is read of the configuration, entry by entry, in any order. */
export class OlcReader {
  readonly #base: string
  readonly #databases: OlcDatabase[] = []
  readonly #overlays: OlcOverlay[] = []
  readonly #unread: string[] = []
  #frontend: readonly AccessRule[] = []
  #frontendDn = 'olcDatabase={-1}frontend,cn=config'
  #settings: (readonly [string, readonly string[]])[] = []

  constructor(base: string) {
    this.#base = base
  }

  take(entry: Pick<DirectoryEntry, 'dn' | 'text' | 'texts'>): void {
    const classes = entry.texts('objectclass').map((name) => name.toLowerCase())
    if (classes.includes('olcglobal')) this.#settings = settingsOf(entry, OF_SERVER)
    const overlay = entry.text('olcoverlay')
    if (overlay !== undefined) {
      const policyDefault = entry.text('olcppolicydefault')
      this.#overlays.push({
        database: normalDn(entry.dn.slice(entry.dn.indexOf(',') + 1)),
        name: unnumbered(overlay),
        ...(policyDefault === undefined ? {} : { policyDefault }),
      })
    }
    const type = entry.text('olcdatabase')
    if (type === undefined || overlay !== undefined) return
    const access = this.#rules(entry)
    if (unnumbered(type) === 'frontend') {
      this.#frontend = access
      this.#frontendDn = entry.dn
      this.#settings.push(...settingsOf(entry, ['olcpasswordhash', 'olcsizelimit', 'olcsecurity']))
      return
    }
    const rootDn = entry.text('olcrootdn') ?? (unnumbered(type) === 'config' ? 'cn=config' : undefined)
    if (this.#databases.length < 1000)
      this.#databases.push({
        dn: entry.dn,
        type: unnumbered(type),
        suffixes: unnumbered(type) === 'config' ? ['cn=config'] : entry.texts('olcsuffix'),
        ...(rootDn === undefined ? {} : { rootDn }),
        access,
        settings: settingsOf(entry, OF_DATABASE),
      })
  }

  config(): OlcConfig {
    return {
      base: this.#base,
      databases: this.#databases,
      settings: this.#settings,
      frontend: this.#frontend,
      frontendDn: this.#frontendDn,
      unread: this.#unread,
      overlays: this.#overlays,
    }
  }

  /** In the order that their numbers say. A rule that could not be read leaves those behind it in doubt, so that it stays as one that may be anything. */
  #rules(entry: Pick<DirectoryEntry, 'dn' | 'texts'>): AccessRule[] {
    const values = entry.texts('olcaccess').slice(0, 10_000)
    return values
      .map((value, index) => [numberIn(value) ?? index, value] as const)
      .sort(([one], [other]) => one - other)
      .map(([number, value]) => {
        const rule = parseOlcAccess(value)
        if (rule !== undefined) return rule
        this.#unread.push(`${entry.dn} olcAccess {${number}}`)
        return UNREAD
      })
  }
}

/** Of a rule that could not be read nothing is known, so that no evaluation passes it. */
const UNREAD: AccessRule = { what: { filter: 'not-understood' }, by: [], to: 'to ?' }

const numberIn = (value: string): number | undefined => {
  const [, number] = /^\{(-?\d{1,6})\}/.exec(value) ?? []
  return number === undefined ? undefined : Number(number)
}

const unnumbered = (value: string) => value.replace(/^\{-?\d{1,6}\}/, '').toLowerCase()

const settingsOf = (entry: Pick<DirectoryEntry, 'texts'>, names: readonly string[]) =>
  names.flatMap((name): (readonly [string, readonly string[]])[] => {
    const values = entry.texts(name).slice(0, 1024)
    return values.length === 0 ? [] : [[name, values.map((value) => clipped(value, 4096))]]
  })
