import type { Place, Reason } from '@rollcall/contract'
import { configArguments, configLines, nextWord, trimmedEnd } from './sshd-config/words.ts'

/** One line of a client's configuration that sets something worth telling. */
export interface ClientSetting {
  /** In lower case. */
  readonly name: string
  /** As written, without quotes. Of a command only its program: its arguments may hold secrets. */
  readonly values: readonly string[]
  readonly place: Place
}

/** Lines that hold under the same conditions: all Host and Match lines on the way to them. None: for every host. */
export interface ClientBlock {
  /** As written, such as `Host *.example.org !bad`; of a command in a Match line only its program. */
  readonly conditions: readonly string[]
  readonly settings: readonly ClientSetting[]
}

export interface ClientConfig {
  /** In the order ssh reads them: the first value for a host counts, but of IdentityFile and CertificateFile all do. */
  readonly blocks: readonly ClientBlock[]
  /** Included files that were asked for and are not known. */
  readonly wanted: readonly string[]
  readonly problems: readonly Reason[]
}

export interface ClientConfigSources {
  /** The files an Include pattern stands for, in order; undefined when that is not known yet. */
  include(pattern: string): readonly { readonly path: string; readonly text: string }[] | undefined
  /** Where relative Include patterns begin. */
  readonly folder: string
  /** What `~` stands for. */
  readonly home: string
}

/** Reads ssh_config(5) with its included files in place, at most 16 deep. Total. */
export const readClientConfig = (
  main: { readonly path: string; readonly text: string },
  sources: ClientConfigSources,
): ClientConfig => {
  const reading: Reading = { blocks: [], wanted: new Set(), problems: [], lines: 0 }
  readFile(main, [], 0, reading, sources)
  const blocks = reading.blocks.filter(({ settings }) => settings.length > 0)
  return { blocks, wanted: [...reading.wanted], problems: reading.problems }
}

/** What tells with which keys, as whom, by which way and how carefully an account goes to other hosts. */
const TOLD = new Set(
  `addkeystoagent batchmode certificatefile checkhostip forwardagent forwardx11 gssapiauthentication gssapidelegatecredentials
  globalknownhostsfile hashknownhosts hostbasedauthentication hostkeyalias hostname identitiesonly identityagent identityfile
  kbdinteractiveauthentication nohostauthenticationforlocalhost passwordauthentication permitlocalcommand pkcs11provider port
  preferredauthentications proxyjump pubkeyauthentication stricthostkeychecking updatehostkeys user userknownhostsfile
  verifyhostkeydns`.split(/\s+/),
)
/** Of these the program alone is told. */
const COMMANDS = new Set(['proxycommand', 'knownhostscommand', 'localcommand'])
const ALIASES = new Map([
  ['challengeresponseauthentication', 'kbdinteractiveauthentication'],
  ['dsaauthentication', 'pubkeyauthentication'],
  ['smartcarddevice', 'pkcs11provider'],
  ['identityfile2', 'identityfile'],
  ['globalknownhostsfile2', 'globalknownhostsfile'],
  ['userknownhostsfile2', 'userknownhostsfile'],
])

const DEEPEST = 16
const MOST_LINES = 20_000
const MOST_PROBLEMS = 100

interface Reading {
  readonly blocks: { readonly conditions: readonly string[]; readonly settings: ClientSetting[] }[]
  readonly wanted: Set<string>
  readonly problems: Reason[]
  lines: number
}

const readFile = (
  { path, text }: { readonly path: string; readonly text: string },
  outer: readonly string[],
  depth: number,
  reading: Reading,
  sources: ClientConfigSources,
): void => {
  const open = (conditions: readonly string[]) => {
    const opened = { conditions, settings: [] as ClientSetting[] }
    reading.blocks.push(opened)
    return opened
  }
  const problem = (line: number, detail: string) => {
    if (reading.problems.length < MOST_PROBLEMS) reading.problems.push({ code: 'unparsable', path, line, detail })
  }
  let block = open(outer)
  for (const { line, text: whole } of configLines(text)) {
    const content = trimmedEnd(whole)
    if (content === '' || content.startsWith('#')) continue
    if (++reading.lines > MOST_LINES) {
      if (reading.lines === MOST_LINES + 1) reading.problems.push({ code: 'too-many', path, line, detail: 'lines' })
      return
    }
    const first = nextWord(content)
    const name = first?.word.toLowerCase() ?? ''
    const words = first?.rest === undefined ? undefined : configArguments(first.rest)
    if (name === '' || name.startsWith('#')) continue
    if (words === undefined || words.length === 0) {
      problem(line, 'a line that ssh refuses')
      continue
    }
    if (name === 'host') block = open([...outer, `Host ${words.join(' ')}`])
    else if (name === 'match') {
      const condition = matchText(words)
      block = open(condition === '' ? outer : [...outer, condition])
    } else if (name === 'include') {
      for (const pattern of words) include(pattern, { path, line }, block.conditions, depth, reading, sources)
      block = open(block.conditions)
    } else {
      const keyword = ALIASES.get(name) ?? name
      const place = { path, line }
      if (TOLD.has(keyword)) block.settings.push({ name: keyword, values: words, place })
      else if (COMMANDS.has(keyword)) block.settings.push({ name: keyword, values: [programOf(words)], place })
    }
  }
}

/** The criteria of a Match line; `all` alone is no condition. The argument of `exec` is a command line. */
const matchText = (words: readonly string[]): string => {
  if (words.length === 1 && words[0]!.toLowerCase() === 'all') return ''
  const text = words.map((word, index) => {
    if (/^!?exec$/i.test(words[index - 1] ?? '')) return programOf([word])
    return word
  })
  return `Match ${text.join(' ')}`
}

const programOf = (words: readonly string[]) => {
  const [program = '', ...rest] = words
    .join(' ')
    .trim()
    .split(/[\s;&|<>()]+/)
  if (program.toLowerCase() === 'none' && rest.length === 0) return 'none'
  // What is set for one command stands before it.
  const named = [program, ...rest].find((word) => word !== '' && word !== 'exec' && !/^[A-Za-z_]\w*=/.test(word)) ?? ''
  return /^[\w./~%+-]{1,200}$/.test(named) ? named : 'a command'
}

const include = (
  pattern: string,
  place: Place,
  conditions: readonly string[],
  depth: number,
  reading: Reading,
  sources: ClientConfigSources,
): void => {
  if (depth >= DEEPEST) {
    reading.problems.push({ code: 'too-deep', ...place })
    return
  }
  const absolute = pattern.startsWith('/')
    ? pattern
    : pattern.startsWith('~/')
      ? `${sources.home}/${pattern.slice(2)}`
      : `${sources.folder}/${pattern}`
  const files = absolute.length > 4096 || /^~(?!\/)/.test(pattern) ? [] : sources.include(absolute)
  if (files === undefined) reading.wanted.add(absolute)
  for (const file of files ?? []) readFile(file, conditions, depth + 1, reading, sources)
}
