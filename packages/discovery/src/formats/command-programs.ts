import { lastPart } from '../posix-path.ts'

/** A program that a command comes to run, behind what only prepares it (sudo, nice, env …). Never anything else of its arguments. */
export interface CommandProgram {
  /** The program or, for an interpreter, the script; as written, with `cd` before it and the home folder resolved where they are known. */
  readonly path: string
  /** The account that the command itself changes to, by sudo, su, runuser and the like. */
  readonly account?: string
  /** Programs that run it: the interpreter, and what prepares it, where they are named by a path. */
  readonly by: readonly string[]
  /** Names of the variables that are set for it alone, as in `PGPASSWORD=… pg_dump`. Their values are not kept. */
  readonly given: readonly string[]
}

/** What a command is known to start with. */
export interface CommandContext {
  readonly home?: string | undefined
  /** The folder it begins in. */
  readonly folder?: string | undefined
  /** A script of OpenRC, whose start-stop-daemon differs. */
  readonly openrc?: true | undefined
}

/** The programs of a command line that a shell runs, in order. What hangs on variables is left out. Total, and linear in its length. */
export const programsOfShell = (command: string, context: CommandContext = {}): readonly CommandProgram[] => {
  const found: CommandProgram[] = []
  shell(command.slice(0, LONGEST), { context, found, depth: 0, by: [], given: [] })
  return found
}

/** The program of a command that is run without a shell, by its words. */
export const programsOfWords = (words: readonly string[], context: CommandContext = {}): readonly CommandProgram[] => {
  const found: CommandProgram[] = []
  run(
    words.map((text) => ({ text, known: true, bare: false })),
    { context, found, depth: 0, by: [], given: [] },
  )
  return found
}

const LONGEST = 64 * 1024
const MOST_PROGRAMS = 64
const DEEPEST = 4

interface State {
  context: CommandContext
  readonly found: CommandProgram[]
  readonly depth: number
  readonly account?: string | undefined
  readonly by: readonly string[]
  readonly given: readonly string[]
}

interface Word {
  readonly text: string
  /** It says what it comes to, without variables and substitutions. */
  readonly known: boolean
  /** Nothing of it is quoted. */
  readonly bare: boolean
}

const shell = (text: string, state: State): void => {
  if (state.depth > DEEPEST) return
  const inner = { ...state }
  const nested: string[] = []
  for (const words of simpleCommands(text, nested)) run(words, inner)
  for (const one of nested) shell(one, { ...inner, depth: state.depth + 1 })
}

/** Splits at everything that ends a simple command of a POSIX shell; substitutions go to `nested`. */
const simpleCommands = (text: string, nested: string[]): Word[][] => {
  const commands: Word[][] = []
  let words: Word[] = []
  let word: { text: string; known: boolean; bare: boolean } | undefined
  let redirected = false
  const grow = (more: string, how: { known?: false; bare?: false } = {}) => {
    word ??= { text: '', known: true, bare: true }
    word.text += more
    if (how.known === false) word.known = false
    if (how.bare === false) word.bare = false
  }
  const endWord = () => {
    if (word === undefined) return
    if (redirected) redirected = false
    else words.push(word)
    word = undefined
  }
  const endCommand = () => {
    endWord()
    redirected = false
    if (words.length > 0) commands.push(words)
    words = []
  }
  const substitute = (start: number): number => {
    const end = substitutionEnd(text, start)
    if (nested.length < MOST_PROGRAMS && (text[start] === '`' || text[start + 1] === '('))
      nested.push(text.slice(start + (text[start] === '`' ? 1 : 2), end - 1))
    // A variable keeps its spelling, for the sake of $HOME; nothing else of it is ever told.
    grow(text[start] === '`' || text[start + 1] === '(' ? '' : text.slice(start, end), { known: false })
    return end
  }

  for (let at = 0; at < text.length;) {
    const unit = text[at]!
    if (unit === '\\') {
      if (text[at + 1] !== '\n') grow(text[at + 1] ?? '', { bare: false })
      at += 2
    } else if (unit === "'") {
      const end = indexOr(text, "'", at + 1)
      grow(text.slice(at + 1, end), { bare: false })
      at = end + 1
    } else if (unit === '"') {
      grow('', { bare: false })
      at++
      while (at < text.length && text[at] !== '"') {
        if (text[at] === '$' || text[at] === '`') at = substitute(at)
        else if (text[at] === '\\') {
          grow('$`"\\'.includes(text[at + 1] ?? ' ') ? text[at + 1]! : text.slice(at, at + 2))
          at += 2
        } else {
          grow(text[at]!)
          at++
        }
      }
      at++
    } else if (unit === '$' || unit === '`') at = substitute(at)
    else if (unit === ' ' || unit === '\t' || unit === '\r') {
      endWord()
      at++
    } else if (unit === '#' && word === undefined) at = indexOr(text, '\n', at)
    else if (unit === '>' || unit === '<') {
      if (word !== undefined && /^\d+$/.test(word.text)) word = undefined
      endWord()
      at += /^(?:>>|>&|>\||<<-|<<|<&|<>|>|<)/.exec(text.slice(at, at + 3))![0].length
      redirected = true
    } else if (';&|\n()'.includes(unit)) {
      endCommand()
      at++
    } else {
      grow(unit)
      at++
    }
  }
  endCommand()
  return commands
}

const indexOr = (text: string, what: string, from: number) => {
  const found = text.indexOf(what, from)
  return found === -1 ? text.length : found
}

/** Where `$x`, `${…}`, `$(…)` or a backquoted command ends. */
const substitutionEnd = (text: string, start: number): number => {
  if (text[start] === '`') return Math.min(indexOr(text, '`', start + 1) + 1, text.length)
  const open = text[start + 1]
  if (open !== '(' && open !== '{') {
    const name = /[A-Za-z_]\w*|[\d@*#?$!-]|/y
    name.lastIndex = start + 1
    return start + 1 + (name.exec(text)?.[0].length ?? 0)
  }
  const close = open === '(' ? ')' : '}'
  let depth = 0
  for (let at = start + 1; at < text.length; at++) {
    const unit = text[at]
    if (unit === '\\') at++
    else if (unit === "'") at = indexOr(text, "'", at + 1)
    else if (unit === open) depth++
    else if (unit === close && --depth === 0) return at + 1
  }
  return text.length
}

const KEYWORDS = new Set('if then elif else do while until ! { } time'.split(' '))
const NO_COMMAND = new Set('fi done esac for case select function in'.split(' '))
const BUILTINS = new Set(
  'alias bg break cd continue declare echo exit export false fg hash history jobs kill let local printf pwd read readonly return set shift shopt test [ [[ times trap true type typeset ulimit umask unalias unset wait : sleep'.split(
    ' ',
  ),
)
const SHELLS = /^(?:ba|da|k|mk|z|a|c|tc|fi)?sh$/
const INTERPRETERS = /^(?:python|perl|ruby|php|php-cgi|node|nodejs|lua|tclsh|java|pypy|Rscript|expect)[\d.]*$/

/** One simple command: what it comes to is added to what was found. */
const run = (words: readonly Word[], state: State): void => {
  const given = [...state.given]
  let at = 0
  for (; at < words.length; at++) {
    const { text, bare } = words[at]!
    if (bare && NO_COMMAND.has(text)) return
    if (bare && KEYWORDS.has(text)) continue
    const variable = /^([A-Za-z_]\w*)\+?=/.exec(text)?.[1]
    if (variable === undefined) break
    if (given.length < MOST_PROGRAMS) given.push(variable)
  }
  const first = words[at]
  if (first === undefined || state.found.length >= MOST_PROGRAMS || state.depth > DEEPEST) return
  const rest = words.slice(at + 1)
  const path = located(first, state.context)
  const base = lastPart(first.text)
  if (base === 'cd' || base === 'chdir') {
    const target = rest.find(({ text }) => !text.startsWith('-'))
    state.context = {
      ...state.context,
      folder: target === undefined ? state.context.home : located(target, state.context),
    }
    return
  }
  if (base === '.' || base === 'source') {
    tell(located(rest[0], state.context), { ...state, given })
    return
  }
  if (BUILTINS.has(base) || path === undefined) return
  const own = { ...state, given }
  const through = { ...own, depth: state.depth + 1, by: path.startsWith('/') ? [...state.by, path] : state.by }
  const prepared = PREPARING[base]
  if (prepared !== undefined) {
    prepared(rest, through)
    return
  }
  if (SHELLS.test(base)) {
    runShell(rest, path, own, through)
    return
  }
  if (INTERPRETERS.test(base)) {
    const script = scriptOf(rest)
    const file = script === undefined ? undefined : located(script, state.context)
    if (file === undefined) tell(path, own)
    else tell(file, through)
    return
  }
  tell(path, own)
}

const tell = (path: string | undefined, { found, account, by, given }: State) => {
  if (path === undefined || path === '' || path.length > 4096) return
  found.push({ path, ...(account === undefined ? {} : { account }), by, given })
}

/** Undefined for what hangs on variables other than the home folder. */
const located = (word: Word | undefined, { home, folder }: CommandContext): string | undefined => {
  if (word === undefined) return undefined
  const inHome = /^(?:~|\$HOME|\$\{HOME\})(?=\/|$)(.*)$/s.exec(word.text)
  if (inHome !== null && home !== undefined && !/[$`]/.test(inHome[1]!)) return `${home}${inHome[1]}`
  if (!word.known || (word.bare && /[*?[~]/.test(word.text))) return undefined
  const { text } = word
  if (text.startsWith('/') || !text.includes('/') || folder === undefined) return text
  return `${folder.replace(/\/$/, '')}/${text.replace(/^(?:\.\/)+/, '')}`
}

const runShell = (rest: readonly Word[], path: string, state: State, through: State) => {
  for (const [index, word] of rest.entries()) {
    if (/^[-+]\w*c\w*$/.test(word.text) && word.text.startsWith('-')) {
      const command = rest.slice(index + 1).find(({ text }) => !/^[-+]/.test(text))
      if (command !== undefined && !command.text.includes('\0')) shell(command.text, through)
      return
    }
    if (/^[-+]/.test(word.text)) continue
    tell(located(word, state.context), through)
    return
  }
  tell(path, state)
}

/** The script of an interpreter: only what is written as a path, so that no other argument is ever taken for one. */
const scriptOf = (rest: readonly Word[]): Word | undefined => {
  for (let at = 0; at < rest.length; at++) {
    const word = rest[at]!
    if (word.text === '-jar' || word.text === '-f') return rest[at + 1]
    if (/^-(?:[cemrE]|-eval|-run)/.test(word.text)) return undefined
    if (word.text.startsWith('-')) {
      if (/^-[dIWXl]$/.test(word.text)) at++
      continue
    }
    return SCRIPT.test(word.text) ? word : undefined
  }
  return undefined
}

const SCRIPT = /^(?:\.{0,2}\/|~\/|\$HOME\/|\$\{HOME\}\/)|^[\w./-]+\.(?:py|pl|rb|php|js|mjs|lua|tcl|jar|R)$/

type Preparing = (rest: readonly Word[], state: State) => void

/** Skips options, of which those in `valued` take the next word, then so many operands, and runs the rest. */
const skipping =
  (valued: string, operands = 0): Preparing =>
  (rest, state) => {
    let at = 0
    for (; at < rest.length; at++) {
      const { text } = rest[at]!
      if (text === '--') {
        at++
        break
      }
      if (!/^-./.test(text)) break
      if (/^-[A-Za-z]$/.test(text) && valued.includes(text[1]!)) at++
    }
    run(rest.slice(at + operands), state)
  }

/** The first operand is the account, as in setuidgid(8). */
const asOperand: Preparing = ([account, ...rest], state) => {
  if (account !== undefined) run(rest, { ...state, account: accountOf(account) })
}

const accountOf = ({ text, known }: Word): string | undefined =>
  known && text.length <= 256 ? text.replace(/:.*$/s, '') || undefined : undefined

/** Options that name an account, whichever way they are written; the rest is run as it. */
const withAccount =
  (option: RegExp, valued: string, otherwise?: string): Preparing =>
  (rest, state) => {
    let account = otherwise
    let at = 0
    for (; at < rest.length; at++) {
      const { text, known } = rest[at]!
      if (text === '--') {
        at++
        break
      }
      if (!/^-./.test(text)) break
      const named = option.exec(text)
      if (named !== null) {
        const value = named[1] ?? ''
        const word = value === '' ? rest[++at] : { text: value, known, bare: true }
        account = word === undefined ? undefined : accountOf(word)
      } else if (/^-[A-Za-z]$/.test(text) && valued.includes(text[1]!)) at++
    }
    run(rest.slice(at), { ...state, account: account ?? state.account })
  }

/** su(1) and the like of runuser(1): an account, and a command for its shell. */
const su: Preparing = (rest, state) => {
  let account: string | undefined = 'root'
  let named = false
  let command: Word | undefined
  for (let at = 0; at < rest.length; at++) {
    const word = rest[at]!
    const { text } = word
    const inline = /^(?:-c|--command=)(.+)$/s.exec(text)
    if (text === '-c' || text === '--command') command = rest[++at]
    else if (inline !== null) command = { ...word, text: inline[1]! }
    else if (/^-[sgGwT]$/.test(text)) at++
    else if (text === '-u' || text === '--user') {
      account = rest[at + 1] === undefined ? undefined : accountOf(rest[at + 1]!)
      const behind = rest.slice(at + 2)
      run(behind[0]?.text === '--' ? behind.slice(1) : behind, { ...state, account })
      return
    } else if (!text.startsWith('-') && !named) {
      account = accountOf(word)
      named = true
    } else if (/^-[lmp]*c$/.test(text)) command = rest[++at]
  }
  if (command !== undefined) shell(command.text, { ...state, account, context: {} })
}

/** start-stop-daemon(8): what `--exec` or `--startas` names, as `--chuid` says. That of OpenRC says `--user`, where others only look for it. */
const startStopDaemon: Preparing = (rest, state) => {
  let account: string | undefined
  let program: Word | undefined
  let startas: Word | undefined
  for (let at = 0; at < rest.length && rest[at]!.text !== '--'; at++) {
    const word = rest[at]!
    const [, option = '', value] = /^(-[a-zA-Z]|--[a-z-]+)(?:=(.*))?$/s.exec(word.text) ?? []
    // Nothing is started.
    if (/^(?:-K|--stop|-T|--status|-H|--help|-t|--test|-s|--signal)$/.test(option)) return
    if (!/^(?:-c|--chuid|-u|--user|-x|--exec|-a|--startas)$/.test(option)) continue
    const taken = value === undefined ? rest[++at] : { ...word, text: value }
    if (taken === undefined) continue
    if (option === '-c' || option === '--chuid') account = accountOf(taken)
    else if (option === '-u' || option === '--user') account ??= state.context.openrc ? accountOf(taken) : undefined
    else if (option === '-x' || option === '--exec') program = taken
    else startas = taken
  }
  const path = located(startas ?? program, state.context)
  tell(path, { ...state, account: account ?? state.account })
}

/** The shell function of Red Hat's init scripts: `daemon [+nice] [--user=…] command`. */
const daemon: Preparing = (rest, state) => {
  const behind = rest.filter(({ text }) => !/^[+]\d+$/.test(text))
  withAccount(/^--user(?:=(.*))?$/s, '')(behind, state)
}

const flock: Preparing = (rest, state) => {
  const command = rest.findIndex(({ text }) => text === '-c' || text === '--command')
  if (command === -1) skipping('wE', 1)(rest, state)
  else if (rest[command + 1] !== undefined) shell(rest[command + 1]!.text, state)
}

const PREPARING: Readonly<Record<string, Preparing>> = {
  __proto__: null as never,
  nice: skipping('n'),
  ionice: skipping('cnpPu'),
  env: (rest, state) => skipping('uCS')(rest, state),
  timeout: skipping('ks', 1),
  flock,
  nohup: skipping(''),
  setsid: skipping(''),
  exec: skipping('a'),
  command: (rest, state) => {
    if (!/^-[vV]/.test(rest[0]?.text ?? '')) skipping('')(rest, state)
  },
  builtin: skipping(''),
  stdbuf: skipping('ioe'),
  chronic: skipping(''),
  cronic: skipping(''),
  chrt: skipping('TPD', 1),
  taskset: skipping('', 1),
  'systemd-cat': skipping('tp'),
  'systemd-inhibit': skipping(''),
  envdir: skipping('', 1),
  softlimit: skipping('adfmstcoprl'),
  sudo: withAccount(/^(?:-u|--user=?)(.*)$/s, 'gCcDhpRrTtU', 'root'),
  doas: withAccount(/^-u(.*)$/s, 'C', 'root'),
  setpriv: withAccount(/^--reuid(?:=(.*))?$/s, ''),
  chpst: withAccount(/^-[uU](.*)$/s, 'bendlmopfcr/'),
  's6-applyuidgid': withAccount(/^-u(.*)$/s, 'gG'),
  setuidgid: asOperand,
  's6-setuidgid': asOperand,
  gosu: asOperand,
  'su-exec': asOperand,
  su,
  runuser: su,
  'start-stop-daemon': startStopDaemon,
  daemon,
}
