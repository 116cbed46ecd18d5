/** A word of sudoers(5). `text` has its prefix and its escapes resolved; `line` is 1-based. */
export type Token = { readonly line: number } & (
  | {
      readonly type: 'word' | 'alias' | 'user-group' | 'netgroup' | 'network' | 'digest' | 'parameter'
      readonly text: string
    }
  | { readonly type: 'tag' | 'option' | 'digest-type'; readonly text: string }
  | {
      readonly type: 'command'
      readonly text: string
      readonly arguments?: string
      /** The line its arguments end on. */ readonly end: number
    }
  | { readonly type: 'defaults'; readonly binding: '' | ':' | '@' | '>' | '!' }
  | { readonly type: 'alias-kind'; readonly of: 'user' | 'runas' | 'host' | 'command' }
  | { readonly type: 'all' | 'include' | 'include-directory' | 'wrong' }
  | { readonly type: ',' | ':' | '=' | '+=' | '-=' | '!' | '(' | ')' }
)
export type TokenType = Token['type']

/** The tokens of one logical line, which may span several lines of the file. Never empty. */
export interface TokenLine {
  readonly tokens: readonly Token[]
  readonly line: number
  readonly end: number
}

/**
 * Cuts a sudoers file into lines of tokens, as the scanner of sudo 1.9 does: what a character means depends on what went
 * before it on the line, and of several possible tokens the longest is taken. Total and linear in the length of the text:
 * what is no token becomes a `wrong` one.
 */
export const tokenLines = function* (text: string): Generator<TokenLine> {
  // sudo ends the last line where the file does not.
  const scanner = new Scanner(text.endsWith('\n') ? text : `${text}\n`)
  for (;;) {
    const tokens: Token[] = []
    let ended: 'line' | 'file' | undefined
    let end = scanner.line
    while (ended === undefined) {
      end = scanner.line
      const { atEnd } = scanner
      const next = scanner.next()
      if (next === 'line' || next === 'file') ended = next
      // A line that ends with the file within its first token says nothing to sudo, not even that it is wrong.
      else if (next !== undefined && (tokens.length > 0 || !atEnd)) tokens.push(next)
    }
    const [first] = tokens
    if (first !== undefined) yield { tokens, line: first.line, end }
    if (ended === 'file') return
  }
}

type State =
  | 'initial'
  | 'defaults'
  | 'parameter'
  | 'value'
  | 'string'
  | 'arguments'
  | 'regex-arguments'
  | 'digest'
  | 'path'
  | 'include'

const WORD = /[^#>!=:,() \t\r\n\\"]*(?:\\[^\t\n][^#>!=:,() \t\r\n\\"]*)*/y
const ID = /#-?[0-9]+/y
const PATH = /\/(?:\\[,:= \t#]|[^,:=\\ \t\r\n#])+/y
const VALUE = /(?:[^#!=, \t\r\n\\"]|\\[^\r\n])[^#=, \t\r\n\\"]*(?:\\[^\r\n][^#=, \t\r\n\\"]*)*/y
const ALIAS = /[A-Z][A-Z0-9_]*/y
const BLANKS = /[ \t]+/y
const CONTINUATION = /\\[ \t]*\r?\n/y
const STRING_CONTINUATION = /\\[ \t]*\r?\n[ \t]*/y
const STRING_BODY = /[^"\r\n\\]*(?:\\"[^"\r\n\\]*)*/y
const ARGUMENT = /[^#\\:, \t\r\n]+/y
const REGEX_ARGUMENT = /[^#\\\r\n$]+/y
const PARAMETER = /[a-z_]+/y
const LIST_COMMA = /[ \t]*,[ \t]*/y
const COMMENT = /#(?:-[^\r\n0-9][^\n]*|[^\r\n0-9-][^\n]*)?(?:\r?\n)?/y
const NEWLINE = /\r?\n/y
const BANGS = /!+/y
const OLD_INCLUDE = /#(include(?:dir)?)[ \t]/y
const DEFAULTS =
  /[ \t]*Defaults(?:[:@>!][ \t]*!*"?(?:#-?[0-9]+|(?:[^#>!=:,() \t\r\n\\"]|\\[^\t\n])[^#>!=:,() \t\r\n\\"]*(?:\\[^\t\n][^#>!=:,() \t\r\n\\"]*)*))?/y
const ALIAS_KIND = /[ \t]*(Host|Cmnd|Cmd|User|Runas)_Alias/y
const TAG = /((?:NO)?(?:PASSWD|EXEC|INTERCEPT|SETENV|LOG_OUTPUT|LOG_INPUT|MAIL|FOLLOW))[ \t]*:/y
const OPTION = /(?:TIMEOUT|NOTBEFORE|NOTAFTER|CWD|CHROOT|ROLE|TYPE)/y
const OCTET = '(?:25[0-5]|2[0-4][0-9]|1?[0-9]{1,2})'
const IPV4 = `${OCTET}(?:\\.${OCTET}){3}`
const HEX = '[0-9A-Fa-f]{1,4}'
const IPV6 = `(?:(?:(?:${HEX})?:){2,6}:${IPV4}|(?:(?:${HEX})?:){2,7}(?:${HEX})?)`
const NETWORK4 = new RegExp(`${IPV4}(?:/(?:${IPV4}|3[0-2]|[12]?[0-9]))?`, 'y')
const NETWORK6 = new RegExp(`${IPV6}(?:/(?:${IPV6}|12[0-8]|1[01][0-9]|[1-9][0-9]|[0-9]))?`, 'y')
const DIGEST = /[A-Za-z0-9+/=]+/y
const DIGEST_TYPE = /sha(?:224|256|384|512)/y
const INCLUDE_PATH = /[^" \t\n\r\f\v](?:\\[ \t]|[^ \t\n\r\f\v])*/y

const ALIAS_KINDS = { Host: 'host', Cmnd: 'command', Cmd: 'command', User: 'user', Runas: 'runas' } as const

/** A token that may start here, and how it changes the scanner once it is the longest. */
interface Candidate {
  readonly length: number
  readonly accept: () => Token | undefined
}

class Scanner {
  readonly #text: string
  #at = 0
  #line = 1
  #state: State = 'initial'
  /** Where a string or a path returns to. */
  #before: State = 'initial'
  #string: string | undefined
  #atLineStart = true
  #continued = false
  #sawSpace = false
  #command: { text: string; line: number; arguments?: string } | undefined
  #digestType = 'sha256'
  /** Up to here no regular expression that starts behind `#at` ends: a second look would make the scan quadratic. */
  #noRegexUntil = 0

  constructor(text: string) {
    this.#text = text
  }

  /** The line that is read next. */
  get line() {
    return this.#line
  }

  get atEnd() {
    return this.#at >= this.#text.length
  }

  /** The next token, the end of a line or of the file, or undefined where something without meaning was passed. */
  next(): Token | 'line' | 'file' | undefined {
    if (this.atEnd) return this.#end()
    switch (this.#state) {
      case 'string':
        return this.#inString()
      case 'arguments':
        return this.#inArguments()
      case 'regex-arguments':
        return this.#inRegexArguments()
      case 'include':
        return this.#inInclude()
      case 'parameter':
      case 'value':
        return this.#inDefaults()
      default:
        return this.#plain()
    }
  }

  #end(): Token | 'file' {
    if (this.#state === 'arguments' || this.#state === 'string' || this.#state === 'regex-arguments') {
      this.#state = 'initial'
      this.#command = undefined
      return this.#wrong()
    }
    return 'file'
  }

  #inString(): Token | undefined {
    const continuation = this.#length(STRING_CONTINUATION)
    if (continuation > 0) return this.#continue(continuation)
    const length = this.#length(STRING_BODY)
    if (length > 0) return this.#append(this.#take(length).replaceAll('\\"', '"'))
    const character = this.#text[this.#at]
    if (character === '\\') return this.#append(this.#take(1))
    if (character === '"') {
      this.#take(1)
      this.#state = this.#before
      return this.#string === undefined ? this.#wrong() : this.#quoted(this.#string)
    }
    if (this.#length(NEWLINE) > 0) {
      // sudo throws the string away and reads on behind the line.
      this.#state = 'initial'
      return this.#wrong()
    }
    this.#take(1)
    return this.#wrong()
  }

  #append(text: string): undefined {
    this.#string = (this.#string ?? '') + text
  }

  #quoted(text: string): Token {
    if (this.#state === 'initial' || this.#state === 'defaults') {
      if (text.startsWith('%')) return text === '%' || text === '%:' ? this.#wrong() : this.#token('user-group', text)
      if (text.startsWith('+')) return text === '+' ? this.#wrong() : this.#token('netgroup', text)
    }
    return this.#token('word', text)
  }

  #inArguments(): Token | 'line' | undefined {
    const character = this.#text[this.#at]!
    const following = this.#text[this.#at + 1] ?? ''
    if (character === '\\') {
      const continuation = this.#length(CONTINUATION)
      if (continuation > 0) return this.#continue(continuation)
      if ('*?[]!^'.includes(following) && following !== '') return this.#argument(this.#take(2))
      if (':\\,= \t#'.includes(following) && following !== '') return this.#argument(this.#take(2).slice(1))
      this.#take(1)
      return this.#wrong()
    }
    const blanks = this.#length(BLANKS)
    if (blanks > 0) return this.#blank(blanks)
    // sudo forgets the command before a line break of two characters, and so refuses the line.
    if (character === '\r' && following === '\n') {
      this.#command = undefined
      return this.#newLine(2)
    }
    const length = this.#length(ARGUMENT)
    if ('#:,\r\n'.includes(character) || (character === '=' && length <= 1)) {
      this.#state = 'initial'
      this.#atLineStart = false
      return this.#endCommand()
    }
    if (character === '^' && this.#command?.arguments === undefined) {
      this.#state = 'regex-arguments'
      this.#atLineStart = false
      return undefined
    }
    return this.#argument(this.#take(length))
  }

  #inRegexArguments(): Token | undefined {
    const character = this.#text[this.#at]!
    if (character === '\\') {
      const continuation = this.#length(CONTINUATION)
      if (continuation > 0) return this.#continue(continuation)
      const length = /[\r\n]/.test(this.#text[this.#at + 1] ?? '\n') ? 1 : 2
      const text = this.#take(length)
      if (length === 1) return this.#wrong()
      this.#sawSpace = false
      return this.#argument(text)
    }
    this.#sawSpace = false
    if (character === '$') {
      this.#argument(this.#take(1))
      this.#state = 'initial'
      this.#continued = false
      return this.#endCommand()
    }
    if (character === '#' || character === '\r' || character === '\n') {
      this.#state = 'initial'
      this.#atLineStart = false
      this.#command = undefined
      return this.#wrong()
    }
    const text = this.#take(this.#length(REGEX_ARGUMENT))
    const kept = this.#continued ? text.replace(/^[ \t]+/, '') : text
    this.#continued = false
    return kept === '' ? undefined : this.#argument(kept)
  }

  #argument(text: string): undefined {
    if (this.#command === undefined) return undefined
    const known = this.#command.arguments
    this.#command.arguments = known === undefined ? text : known + (this.#sawSpace ? ' ' : '') + text
    this.#sawSpace = false
  }

  #endCommand(): Token {
    const command = this.#command
    this.#command = undefined
    return command === undefined ? this.#wrong() : { type: 'command', ...command, end: this.#line }
  }

  #inInclude(): Token | 'line' | undefined {
    if (this.#text[this.#at] === '"') {
      this.#take(1)
      return this.#openString('initial')
    }
    const length = this.#length(INCLUDE_PATH)
    // A path of one backslash and a line break is a continuation, which is longer.
    if (length > 0 && this.#length(CONTINUATION) <= length) {
      const token = this.#token('word', unescaped(this.#take(length)))
      this.#state = 'initial'
      return token
    }
    return this.#anywhere()
  }

  #inDefaults(): Token | 'line' | undefined {
    const character = this.#text[this.#at]!
    if (this.#state === 'parameter') {
      const length = this.#length(PARAMETER)
      if (length > 0) {
        this.#state = 'value'
        return this.#token('parameter', this.#take(length))
      }
    } else {
      if (character === ',') {
        this.#state = 'parameter'
        return this.#sign(',')
      }
      if (character === '=') return this.#sign('=')
      if (character === '"') {
        this.#take(1)
        return this.#openString('value')
      }
      for (const sign of ['+=', '-='] as const) if (this.#text.startsWith(sign, this.#at)) return this.#sign(sign)
      const length = this.#length(VALUE)
      if (length > 0 && this.#length(CONTINUATION) <= length) return this.#token('word', unescaped(this.#take(length)))
    }
    return this.#comment() ?? this.#anywhere()
  }

  /** The states in which a line starts and most of it is read. */
  #plain(): Token | 'line' | undefined {
    const state = this.#state
    if (state === 'defaults') {
      const comma = this.#length(LIST_COMMA)
      if (comma > 0) {
        this.#take(comma)
        return { type: ',', line: this.#line }
      }
      const blanks = this.#length(BLANKS)
      if (blanks > 0) {
        this.#take(blanks)
        this.#state = 'parameter'
        return undefined
      }
    }
    const longest = this.#longest()
    if (longest !== undefined) return longest.accept()
    if (state === 'initial' || state === 'defaults') {
      if (this.#text[this.#at] === '"') {
        this.#take(1)
        return this.#openString(state)
      }
    }
    const character = this.#text[this.#at]!
    if (character === ',' || character === ':' || character === '=' || character === '(' || character === ')')
      return this.#sign(character)
    return (state === 'initial' ? this.#comment() : undefined) ?? this.#anywhere()
  }

  /** Of the words that may start here the longest; of equally long ones the first. */
  #longest(): Candidate | undefined {
    let best: Candidate | undefined
    const offer = (length: number, accept: () => Token | undefined) => {
      if (length > (best?.length ?? 0)) best = { length, accept }
    }
    const word = (length: number, type: 'word' | 'alias' | 'user-group' | 'netgroup' | 'network') =>
      offer(length, () => {
        if (type === 'word' && this.#state === 'path') this.#state = this.#before
        return this.#token(type, unescaped(this.#take(length)))
      })
    const state = this.#state
    const character = this.#text[this.#at]!

    if (state === 'digest') this.#offerDigest(offer)
    if (state === 'initial') this.#offerLineStarts(offer)
    if (character >= 'A' && character <= 'Z') {
      const tag = this.#match(TAG)
      if (tag !== undefined)
        offer(tag[0].length, () => this.#after(tag[0].length, { type: 'tag', text: tag[1]!, line: this.#line }))
    }
    if (character === '+' || character === '%') this.#offerGroups(offer, word)
    if (/[0-9A-Fa-f:]/.test(character)) {
      word(this.#length(NETWORK4), 'network')
      const network = this.#match(NETWORK6)
      if (network !== undefined) {
        const [text] = network
        if (isIpv6(text)) word(text.length, 'network')
        else offer(text.length, () => this.#after(text.length, this.#wrong()))
      }
    }
    if (character >= 'A' && character <= 'Z') this.#offerNames(offer, word)
    if (character === 's') {
      const type = this.#match(DIGEST_TYPE)
      if (state === 'defaults' && this.#text.startsWith('sudoedit', this.#at))
        offer(8, () => this.#after(8, { type: 'command', text: 'sudoedit', line: this.#line, end: this.#line }))
      if (type !== undefined) {
        offer(6, () => {
          this.#digestType = type[0]
          this.#state = 'digest'
          return this.#after(6, { type: 'digest-type', text: type[0], line: this.#line })
        })
      }
      if (this.#text.startsWith('sudoedit', this.#at)) offer(8, () => this.#startCommand(8))
    }
    if (character === '/' || character === '^') this.#offerCommands(offer, word)
    if (state === 'initial' || state === 'defaults' || state === 'path') {
      if (state !== 'path') word(this.#length(ID), 'word')
      const length = this.#length(WORD)
      if (length > 0 && !(character === '\\' && this.#length(CONTINUATION) > length)) word(length, 'word')
    }
    return best
  }

  #offerDigest(offer: (length: number, accept: () => Token | undefined) => void) {
    const digest = this.#match(DIGEST)
    if (digest === undefined) return
    const [text] = digest
    offer(text.length, () => {
      this.#take(text.length)
      this.#state = 'initial'
      return isDigest(text, this.#digestType) ? this.#token('digest', text) : undefined
    })
  }

  #offerLineStarts(offer: (length: number, accept: () => Token | undefined) => void) {
    const onNewLine = (token: Token, state: State, length: number) => () => {
      if (this.#continued) return this.#after(length, this.#wrong())
      this.#state = state
      return this.#after(length, token)
    }
    const line = this.#line
    if (this.#text[this.#at] === '@') {
      if (this.#text.startsWith('@includedir', this.#at))
        offer(11, onNewLine({ type: 'include-directory', line }, 'include', 11))
      else if (this.#text.startsWith('@include', this.#at)) offer(8, onNewLine({ type: 'include', line }, 'include', 8))
    }
    if (!this.#atLineStart) return
    const old = this.#match(OLD_INCLUDE)
    if (old !== undefined) {
      const name = old[1]!
      const type = name === 'include' ? 'include' : 'include-directory'
      // The whole line is its own, so nothing else that starts here is longer.
      offer(Number.MAX_SAFE_INTEGER, onNewLine({ type, line }, 'include', name.length + 1))
    }
    const defaults = this.#match(DEFAULTS)
    if (defaults !== undefined) {
      const [text] = defaults
      const opening = /^([ \t]*Defaults)([:@>!]?)([ \t]*)/.exec(text)
      const binding = (opening?.[2] ?? '') as '' | ':' | '@' | '>' | '!'
      const length = binding === '' ? text.length : opening![0].length
      offer(text.length, onNewLine({ type: 'defaults', binding, line }, 'defaults', length))
    }
    const alias = this.#match(ALIAS_KIND)
    if (alias !== undefined) {
      const of = ALIAS_KINDS[alias[1] as keyof typeof ALIAS_KINDS]
      offer(alias[0].length, onNewLine({ type: 'alias-kind', of, line }, 'initial', alias[0].length))
    }
  }

  #offerGroups(
    offer: (length: number, accept: () => Token | undefined) => void,
    word: (length: number, type: 'user-group' | 'netgroup') => void,
  ) {
    const sign = this.#text[this.#at]
    const prefix = sign === '%' && this.#text[this.#at + 1] === ':' ? 2 : 1
    if (this.#state === 'initial' || this.#state === 'defaults') offer(prefix, () => this.#after(prefix, this.#wrong()))
    const name = this.#length(WORD, this.#at + prefix)
    const id = sign === '%' ? this.#length(ID, this.#at + prefix) : 0
    const length = Math.max(name, id)
    if (length > 0) word(prefix + length, sign === '%' ? 'user-group' : 'netgroup')
  }

  #offerNames(
    offer: (length: number, accept: () => Token | undefined) => void,
    word: (length: number, type: 'alias') => void,
  ) {
    if (this.#text.startsWith('ALL', this.#at)) offer(3, () => this.#after(3, { type: 'all', line: this.#line }))
    if (this.#state === 'initial') {
      const option = this.#match(OPTION)
      if (option !== undefined) {
        const [text] = option
        offer(text.length, () => {
          if (text === 'CWD' || text === 'CHROOT') {
            this.#before = this.#state
            this.#state = 'path'
          }
          return this.#after(text.length, { type: 'option', text, line: this.#line })
        })
      }
    }
    word(this.#length(ALIAS), 'alias')
  }

  #offerCommands(
    offer: (length: number, accept: () => Token | undefined) => void,
    word: (length: number, type: 'word') => void,
  ) {
    const length = this.#text[this.#at] === '/' ? this.#length(PATH) : this.#regexLength()
    if (length === 0) return
    if (this.#state === 'path' && this.#text[this.#at] === '/') return word(length, 'word')
    const bound = this.#state === 'defaults'
    const directory = this.#text[this.#at] === '/' && this.#text[this.#at + length - 1] === '/'
    offer(length, () =>
      bound || directory ? this.#after(length, this.#commandToken(length)) : this.#startCommand(length),
    )
  }

  /** The length of `^…$` here. A `$` or `#` inside is written behind a backslash. */
  #regexLength(): number {
    if (this.#at < this.#noRegexUntil) return 0
    let ending = 0
    for (let at = this.#at + 1; ; at++) {
      const character = this.#text[at]
      const escaped = this.#text[at - 1] === '\\'
      if (character === '$') {
        ending = at + 1 - this.#at
        if (!escaped) return ending
      } else if (
        character === undefined ||
        character === '\n' ||
        character === '\r' ||
        (character === '#' && !escaped)
      ) {
        if (ending === 0) this.#noRegexUntil = at
        return ending
      }
    }
  }

  #startCommand(length: number): undefined {
    const { text, line } = this.#commandToken(length)
    this.#take(length)
    this.#state = 'arguments'
    this.#command = { text, line }
  }

  #commandToken(length: number) {
    const written = this.#text.slice(this.#at, this.#at + length)
    const text = written.startsWith('^') ? written : written.replaceAll(/\\([,:= \t#])/g, '$1')
    // sudo takes sudoedit with a path for its own sudoedit.
    return {
      type: 'command',
      text: text.startsWith('/') && text.endsWith('/sudoedit') ? 'sudoedit' : text,
      line: this.#line,
      end: this.#line,
    } as const
  }

  #comment(): Token | 'line' | undefined {
    const length = this.#length(COMMENT)
    if (length === 0) return undefined
    const ends = this.#text[this.#at + length - 1] === '\n' || this.#at + length === this.#text.length
    return ends ? this.#newLine(length) : this.#after(length, this.#wrong())
  }

  /** What every state but strings knows: blanks, continued lines, line breaks, negations. All else is wrong. */
  #anywhere(): Token | 'line' | undefined {
    const bangs = this.#length(BANGS)
    if (bangs > 0) {
      this.#take(bangs)
      return bangs % 2 === 1 ? { type: '!', line: this.#line } : undefined
    }
    const newline = this.#length(NEWLINE)
    if (newline > 0) return this.#newLine(newline)
    const blanks = this.#length(BLANKS)
    if (blanks > 0) return this.#blank(blanks)
    const continuation = this.#length(CONTINUATION)
    if (continuation > 0) return this.#continue(continuation)
    this.#take(1)
    return this.#wrong()
  }

  #newLine(length: number): 'line' {
    if (this.#take(length).endsWith('\n')) this.#line++
    this.#state = 'initial'
    this.#continued = false
    return 'line'
  }

  #continue(length: number): undefined {
    this.#take(length)
    this.#line++
    this.#sawSpace = true
    this.#continued = true
  }

  #blank(length: number): undefined {
    this.#take(length)
    this.#sawSpace = true
  }

  #openString(before: State): undefined {
    this.#before = before
    this.#string = undefined
    this.#state = 'string'
  }

  #sign(type: ',' | ':' | '=' | '+=' | '-=' | '(' | ')'): Token {
    this.#take(type.length)
    return { type, line: this.#line }
  }

  #token(type: 'word' | 'alias' | 'user-group' | 'netgroup' | 'network' | 'digest' | 'parameter', text: string): Token {
    return { type, text, line: this.#line }
  }

  #wrong(): Token {
    return { type: 'wrong', line: this.#line }
  }

  #after(length: number, token: Token): Token {
    this.#take(length)
    return token
  }

  #take(length: number): string {
    const text = this.#text.slice(this.#at, this.#at + length)
    this.#at += length
    this.#atLineStart = text.endsWith('\n')
    return text
  }

  #length(pattern: RegExp, at = this.#at): number {
    pattern.lastIndex = at
    return pattern.test(this.#text) ? pattern.lastIndex - at : 0
  }

  #match(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.#at
    return pattern.exec(this.#text) ?? undefined
  }
}

/** `\xHH` is a byte, a backslash before anything else is dropped. */
const unescaped = (text: string) =>
  text.includes('\\')
    ? text.replaceAll(/((?:\\x[0-9A-Fa-f]{2})+)|\\(.)/gs, (_, bytes: string | undefined, character: string) =>
        bytes === undefined
          ? character
          : new TextDecoder().decode(Uint8Array.from(bytes.slice(2).split('\\x'), (byte) => Number.parseInt(byte, 16))),
      )
    : text

const DIGEST_BYTES: Readonly<Record<string, number>> = { sha224: 28, sha256: 32, sha384: 48, sha512: 64 }

const isDigest = (text: string, type: string) => {
  const bytes = DIGEST_BYTES[type] ?? 0
  if (/^[0-9A-Fa-f]+$/.test(text)) return text.length === bytes * 2
  return text.length === (text.endsWith('=') ? 4 * Math.floor((bytes + 2) / 3) : Math.floor((4 * bytes + 2) / 3))
}

/** sudo takes the scanner's word for the digits and only minds that `::` stands once in an address. */
const isIpv6 = (text: string) => text.split('/').every((address) => (address.match(/:(?=:)/g)?.length ?? 0) <= 1)
