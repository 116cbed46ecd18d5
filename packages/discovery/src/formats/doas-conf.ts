/** One rule of doas.conf(5), as it stands. */
export interface DoasRule {
  readonly permit: boolean
  readonly options: readonly ('nopass' | 'persist' | 'keepenv' | 'nolog')[]
  /** Names of variables it sets, keeps or removes, in its own spelling without the values: `PATH`, `PATH=`, `PATH=$`, `-PATH`. */
  readonly variables: readonly string[]
  /** A user, or a group behind `:`; names or numbers. */
  readonly identity: string
  /** Whom it may be run as; absent: anybody. */
  readonly target?: string
  /** Absent: any command. */
  readonly command?: string
  /** Absent: any arguments. Empty: none. */
  readonly args?: readonly string[]
  readonly line: number
}

export interface DoasConf {
  readonly rules: readonly DoasRule[]
  /** Lines that doas cannot read. With a single one of them it refuses the whole file and lets nobody through. */
  readonly faults: readonly number[]
}

/** Reads doas.conf as OpenDoas does, whose grammar is OpenBSD's. */
export const parseDoasConf = (text: string): DoasConf => {
  const rules: DoasRule[] = []
  const faults: number[] = []
  for (const { words, line, end, sound } of statements(text)) {
    if (words.length === 0 && sound) continue
    const rule = sound ? ruleOf(words, line) : undefined
    if (rule === undefined) faults.push(end)
    else rules.push(rule)
  }
  return { rules, faults }
}

/** A word; only one that was written without quotes and `\` can be a keyword or a brace. */
interface Word {
  readonly text: string
  readonly bare: boolean
}

interface Statement {
  readonly words: readonly Word[]
  readonly line: number
  readonly end: number
  readonly sound: boolean
}

/** Words that are longer are refused (the buffer of its lexer holds 1,024 bytes). */
const MAX_WORD = 1023

/** Splits at line ends that are neither in quotes nor behind `\`. The last line has to have one. */
function* statements(text: string): Generator<Statement> {
  let line = 1
  for (let at = 0; at < text.length;) {
    const words: Word[] = []
    const start = line
    let sound = true
    let ended = false
    let plain = true
    while (!ended && at < text.length) {
      const character = text[at]!
      if (character === ' ' || character === '\t') at++
      else if (character === '\n') {
        ended = true
        at++
      } else if (character === '#') {
        const end = text.indexOf('\n', at)
        at = end === -1 ? text.length : end
      } else if (character === '{' || character === '}') {
        words.push({ text: character, bare: true })
        at++
      } else {
        const word = wordAt(text, at)
        // Nothing but `\` and a line end is no word, and keeps the next one from being a keyword.
        const none = word.text === '' && !word.quoted
        if (!none) words.push({ text: word.text, bare: word.bare && plain })
        plain = !none
        sound &&= word.sound
        line += word.lines
        at = word.end
      }
    }
    // A comment may end the file, a rule may not.
    yield { words, line: start, end: line, sound: sound && (ended || words.length === 0) }
    line++
  }
}

const wordAt = (text: string, from: number) => {
  let [written, at, lines] = ['', from, 0]
  let [quotes, quoted, escape, bare, sound] = [false, false, false, true, true]
  for (; at < text.length; at++) {
    const character = text[at]!
    if (character === '\0') {
      sound = false
      escape = false
      continue
    }
    if (character === '\\' && !escape) {
      escape = true
      bare = false
      continue
    }
    if (character === '\n') {
      if (quotes) sound = false
      if (!escape) break
      escape = false
      lines++
      continue
    }
    if (!escape && !quotes && ENDS_WORD.has(character)) break
    if (character === '"' && !escape) {
      quotes = !quotes
      quoted = true
      bare = false
      continue
    }
    written += character
    escape = false
  }
  if (at >= text.length && (quotes || escape)) sound = false
  return { text: written, bare, quoted, end: at, lines, sound: sound && written.length <= MAX_WORD }
}

const ENDS_WORD = new Set('{}# \t')

const KEYWORDS = new Set([
  'deny',
  'permit',
  'as',
  'cmd',
  'args',
  'nopass',
  'nolog',
  'persist',
  'keepenv',
  'setenv',
  '{',
  '}',
])

const ruleOf = (words: readonly Word[], line: number): DoasRule | undefined => {
  let at = 0
  const keyword = () => {
    const word = words[at]
    return word?.bare === true && KEYWORDS.has(word.text) ? word.text : undefined
  }
  const string = () => (words[at] === undefined || keyword() !== undefined ? undefined : words[at++]!.text)
  const strings = () => {
    const all: string[] = []
    for (let next = string(); next !== undefined; next = string()) all.push(next)
    return all
  }

  const action = keyword()
  if (action !== 'permit' && action !== 'deny') return undefined
  at++
  const options = new Set<DoasRule['options'][number]>()
  const variables: string[] = []
  let set = false
  for (let option = keyword(); option !== undefined; option = keyword()) {
    if (action === 'deny') return undefined
    at++
    if (option === 'setenv') {
      if (set || keyword() !== '{') return undefined
      set = true
      at++
      variables.push(...strings().map(withoutValue))
      if (keyword() !== '}') return undefined
      at++
    } else if (option === 'nopass' || option === 'persist' || option === 'keepenv' || option === 'nolog')
      options.add(option)
    else return undefined
  }
  if (options.has('nopass') && options.has('persist')) return undefined
  const identity = string()
  if (identity === undefined) return undefined
  let target: string | undefined
  if (keyword() === 'as') {
    at++
    target = string()
    if (target === undefined) return undefined
  }
  let [command, args]: [string | undefined, string[] | undefined] = [undefined, undefined]
  if (keyword() === 'cmd') {
    at++
    command = string()
    if (command === undefined) return undefined
    if (keyword() === 'args') {
      at++
      args = strings()
    }
  }
  if (at < words.length) return undefined
  return {
    permit: action === 'permit',
    options: [...options],
    variables,
    identity,
    ...(target === undefined ? {} : { target }),
    ...(command === undefined ? {} : { command }),
    ...(args === undefined ? {} : { args }),
    line,
  }
}

/** A value may be a secret; where it is taken from the user's own environment that is worth knowing. */
const withoutValue = (variable: string) => {
  const equals = variable.indexOf('=')
  if (equals === -1) return variable
  return variable.slice(0, equals + 1) + (variable[equals + 1] === '$' ? '$' : '')
}
