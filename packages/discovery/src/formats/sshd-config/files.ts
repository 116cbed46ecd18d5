import type { Reason } from '@rollcall/contract'
import type { CommandResult, HostFile } from '../../host.ts'
import { outputOf, type Gathering } from '../../probe.ts'
import type { SshdAccount } from './accounts.ts'
import { DEFAULTS_OF_9_2, parseSshdSettings, type SshdDefaults } from './defaults.ts'
import { evaluateSshdConfig, type SshdEvaluation } from './effective.ts'
import { matchesPattern } from './match.ts'
import { readSshdConfig, type SshdConfig, type SshdConfigSources } from './config.ts'

/** Everything that decides how the sshd of a host is set up, as it was read. */
export interface SshdGathered {
  readonly files: readonly HostFile[]
  readonly included: readonly { readonly pattern: string; readonly files: readonly HostFile[] }[]
  /** What `sshd -T -f /dev/null` printed: the defaults of this very program. */
  readonly defaults: CommandResult
}

/** How the sshd of a host is set up. `absent`: there is no OpenSSH server; `unread`: its configuration or a part of it could not be read. */
export type SshdSetup =
  | { readonly state: 'absent' }
  | { readonly state: 'unread' }
  | {
      readonly state: 'known'
      readonly config: SshdConfig
      readonly evaluation: SshdEvaluation
      readonly defaults: SshdDefaults
      /** What makes it uncertain. */
      readonly reasons: readonly Reason[]
      readonly notes: readonly Reason[]
    }

/** Where the configuration is: distributions that keep theirs under /usr read it when there is none in /etc. */
const MAIN_FILES = ['/etc/ssh/sshd_config', '/usr/etc/ssh/sshd_config'] as const
const FOLDERS = ['/etc/ssh/sshd_config.d', '/usr/etc/ssh/sshd_config.d'] as const
const SSHD = '/usr/sbin/sshd'

/** Included files may name further ones, each level one more round trip. */
const MOST_ROUNDS = 17
const MOST_PATTERNS = 200

/** What `gatherSshd` asks for before it knows the configuration, so that sudo can list it. */
export const SSHD_FILES: readonly string[] = [...MAIN_FILES, ...FOLDERS.map((folder) => `${folder}/*`)]
export const SSHD_DEFAULTS: readonly [string, ...string[]] = [SSHD, '-T', '-f', '/dev/null']

/** Asks for the configuration of sshd: one round trip, and one more for each level of included files that lie elsewhere. */
export const gatherSshd = async (host: Gathering): Promise<SshdGathered> => {
  const [files, defaults] = await Promise.all([host.read(...SSHD_FILES), host.run(...SSHD_DEFAULTS)])
  const included: { pattern: string; files: readonly HostFile[] }[] = []
  const gathered: SshdGathered = { files, included, defaults }
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const main = mainFile(gathered)
    const wanted = main?.state === 'read' ? readSshdConfig(asText(main), sources(gathered)).wanted : []
    if (wanted.length === 0) break
    const asked = wanted.slice(0, MOST_PATTERNS - included.length)
    if (asked.length === 0) break
    const found = await Promise.all(asked.map((pattern) => host.read(pattern)))
    included.push(...asked.map((pattern, index) => ({ pattern, files: found[index]! })))
  }
  return gathered
}

/** Reads what was gathered. Probes that gathered the same files share the result. */
export const sshdSetup = (gathered: SshdGathered, accounts: readonly SshdAccount[]): SshdSetup => {
  const main = mainFile(gathered)
  const known = main && SETUPS.get(main)
  if (known !== undefined && known.accounts === accounts && isSame(known.gathered, gathered)) return known.setup
  const setup = readSetup(gathered, accounts)
  if (main !== undefined) SETUPS.set(main, { gathered, accounts, setup })
  return setup
}

const SETUPS = new WeakMap<HostFile, { gathered: SshdGathered; accounts: readonly SshdAccount[]; setup: SshdSetup }>()

/** Whether two probes were given the very same answers. */
const isSame = (one: SshdGathered, other: SshdGathered) =>
  one.defaults === other.defaults &&
  areSame(one.files, other.files) &&
  one.included.length === other.included.length &&
  one.included.every(
    ({ pattern, files }, index) =>
      pattern === other.included[index]!.pattern && areSame(files, other.included[index]!.files),
  )

const areSame = (some: readonly HostFile[], others: readonly HostFile[]) =>
  some.length === others.length && some.every((file, index) => file === others[index])

const readSetup = (gathered: SshdGathered, accounts: readonly SshdAccount[]): SshdSetup => {
  const main = mainFile(gathered)
  if (main === undefined) return { state: 'absent' }
  if (main.state === 'unread') return { state: 'unread' }
  const printed = parseSshdSettings(outputOf(gathered.defaults))
  const defaults = printed === undefined ? DEFAULTS_OF_9_2 : { settings: printed, fromHost: true }
  const homes = new Map(accounts.map(({ name, home }) => [name, home]))
  let hidden = false
  const config = readSshdConfig(asText(main), {
    ...sources(gathered, () => (hidden = true)),
    homeOf: (account) => homes.get(account ?? 'root'),
    hasKeyword: (name) => defaults.settings.has(name),
  })
  if (hidden) return { state: 'unread' }
  const cut: Reason[] =
    config.wanted.length === 0
      ? []
      : [{ code: 'too-many', path: main.path, count: config.wanted.length, detail: 'included files' }]
  return {
    state: 'known',
    config,
    defaults,
    evaluation: evaluateSshdConfig(config, defaults),
    reasons: [...config.problems, ...cut],
    notes: [...config.notes, ...(defaults.fromHost ? [] : [defaultsNote(gathered.defaults)])],
  }
}

/** The text of a file, a byte order mark included: sshd knows none. */
export const exactText = (file: HostFile | undefined): string =>
  file?.state === 'read' ? EXACT_UTF8.decode(file.bytes) : ''

const EXACT_UTF8 = new TextDecoder('utf-8', { ignoreBOM: true })

const defaultsNote = (defaults: CommandResult): Reason => ({
  code: defaults.state === 'ran' ? 'tool-failed' : defaults.why,
  path: SSHD,
  detail: 'where nothing is set, the defaults of OpenSSH 9.2 are given',
})

const mainFile = ({ files }: SshdGathered) => {
  for (const path of MAIN_FILES) {
    const file = files.find((each) => each.path === path)
    if (file !== undefined && (file.state === 'read' || file.why !== 'no-such-file')) return file
  }
  return undefined
}

const asText = (file: HostFile) => ({ path: file.path.slice(0, 4096), text: exactText(file) })

/** `hide` is told of a file that is named and could not be read. */
const sources = (gathered: SshdGathered, hide?: () => void): SshdConfigSources => ({
  homeOf: () => undefined,
  include(pattern) {
    const files = knownFiles(pattern, gathered)
    if (files?.some((file) => file.state === 'unread' && file.why !== 'no-such-file')) hide?.()
    // sshd sorts them by their bytes, whatever the language of the host.
    return files
      ?.filter(({ state }) => state === 'read')
      .toSorted((a, b) => (a.path < b.path ? -1 : 1))
      .map(asText)
  },
})

/** The files a pattern stands for, from what was read at first where that can tell. */
const knownFiles = (pattern: string, { files, included }: SshdGathered): readonly HostFile[] | undefined => {
  const folder = FOLDERS.find((each) => pattern.startsWith(`${each}/`))
  const name = folder === undefined ? '' : pattern.slice(folder.length + 1)
  // The first question left out names with a dot in front; brackets and backslashes are left to the host.
  if (folder === undefined || /^\.|[/\\[\]]/.test(name) || name === '')
    return included.find((each) => each.pattern === pattern)?.files
  return files.filter(
    ({ path }) => path.startsWith(`${folder}/`) && matchesPattern(path.slice(folder.length + 1), name),
  )
}
