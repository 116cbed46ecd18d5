import { namesSecrets } from '../names/secret-name.ts'

/**
 * Whether source code may give a string, or what a call gets, to one of some names in it: a quick look behind each, so that the code is
 * read only where there is something. Says yes rather than no.
 */
export const mayGive = (text: string, names: readonly number[]): boolean => {
  let documented: ((at: number) => boolean) | undefined
  for (let index = 0; index < names.length; index += 2) {
    const from = names[index]!
    const to = names[index + 1]!
    // An example in a text between three quotes, as modules of Ansible have them.
    if (givesAt(text, from, to) && !(isExample(text, from, to) && (documented ??= blockCursor(text))(from))) return true
  }
  return false
}

/** `name: value` at the beginning of a line, which is no code that gives anything where texts stand between three quotes. */
const isExample = (text: string, from: number, to: number): boolean =>
  text.charAt(to) === ':' && /(?:^|\n)[ \t]*(?:- )?$/.test(text.slice(Math.max(0, from - 100), from))

/** Whether places, asked for in order, are between three quotes. */
const blockCursor = (text: string): ((at: number) => boolean) => {
  let quote = ''
  let next = -1
  const find = (mark: string, from: number) => {
    const at = text.indexOf(mark, from)
    return at < 0 ? Infinity : at
  }
  const open = (from: number) => {
    const double = find('"""', from)
    const single = find("'''", from)
    quote = double < single ? '"""' : "'''"
    return Math.min(double, single)
  }
  let inside = false
  next = open(0)
  return (at) => {
    while (next < at) {
      next = inside ? open(next + 3) : find(quote, next + 3)
      inside = !inside
    }
    return inside
  }
}

const givesAt = (text: string, from: number, to: number): boolean => {
  const direct = signBehind(text, to)
  if (direct >= 0 && follows(text, from, to, direct)) return true
  // A name of several words stands between quotes.
  PHRASE.lastIndex = to
  const phrase = PHRASE.exec(text)
  if (phrase === null) return false
  const sign = signBehind(text, to + phrase[0].length)
  return sign >= 0 && follows(text, from, to, sign)
}

const PHRASE = /[ -][^"'`\n=>]{0,120}(?=["'`])/y

/** Where the sign stands that follows a name, behind what else the name is made of; -1 where there is none. */
const signBehind = (text: string, to: number): number => {
  REST.lastIndex = to
  const rest = REST.exec(text)![0]
  const at = to + rest.length
  return SIGNS.includes(text.charAt(at)) && at < text.length ? at : -1
}

const REST =
  /["'`]?(?:[\])]|\?{0,1}->\$?\w{1,128}|(?:\.|::)\$?\w{1,128}|\[[ \t]{0,4}(?:"[^"\n\]]{0,128}"|'[^'\n\]]{0,128}'|:?[\w.-]{0,64})[ \t]{0,4}\]){0,9}\s{0,64}/y
const SIGNS = '=:,"\'`'

const follows = (text: string, from: number, to: number, at: number): boolean => {
  const sign = text.charAt(at)
  const next = text.charAt(at + 1)
  if (sign === ',') return isArgument(text, from) || isPairName(text, from)
  if (sign === '=') {
    if (next === '=' || next === '~') return false
    if (isConnection(text, from, to)) return true
    return valueFollows(text, text.slice(from, to), at + (next === '>' ? 2 : 1))
  }
  if (sign === ':') return next !== ':' && (isPairName(text, from) || valueFollows(text, text.slice(from, to), at + 1))
  // `name 'value'`, as Ruby's configurations give them.
  return text.charCodeAt(at - 1) <= 32 && !COMMENT.test(text.slice(text.lastIndexOf('\n', from) + 1, from).slice(-400))
}

const COMMENT = /\/\/|#|^[ \t]*\*/

const valueFollows = (text: string, name: string, from: number): boolean => {
  VALUE.lastIndex = from
  const value = VALUE.exec(text)
  if (value === null) return false
  const sign = value[1]!
  if (QUOTES_AND_COMMENTS.includes(sign)) return true
  const at = from + value[0].length
  if ('[{('.includes(sign)) return holds(text, at, name)
  if (CALL.test(text.slice(at - 1, at + 300))) return true
  WORD.lastIndex = at - 1
  const [word, behind = ''] = WORD.exec(text) ?? ['']
  const opens = text.charAt(at - 1 + word.length)
  if (opens === '[' || opens === '{' || (opens === '(' && ARRAYS.test(word.slice(0, word.length - behind.length))))
    return holds(text, at + word.length, name)
  return false
}

/** Up to the first character that says something: other signs say nothing. */
const VALUE = /[^\w"'`[{($@\\#/,;)\]}]{0,200}(["'`[{($@\w\\#/])/y
const QUOTES_AND_COMMENTS = '"\'`#/'
const CALL = /^[$@:&]{0,2}[\w.:\\]{0,40}(?:env|ENV|getenv|environ|fetch|secret|vault|config|lookup)[\w.]{0,20}[([]/i
const WORD =
  /[$@:&\w\\]{1,130}(?:(?:->|\?->|\.|::)\$?[A-Za-z_]\w{0,127}|\[[ \t]{0,4}(?:"[^"\n\]]{0,128}"|'[^'\n\]]{0,128}'|:?[\w.-]{0,64})[ \t]{0,4}\]){0,8}([ \t]{0,64})/y
const ARRAYS = /^(?:array|dict|hash|object|map)$/i

/** Whether within a bracket something has a name that says nothing by itself, or in a collection of secrets any. */
const holds = (text: string, from: number, name: string): boolean => {
  let depth = 1
  let at = from
  for (const end = Math.min(text.length, from + FARTHEST); at < end && depth > 0; at++) {
    const code = text.charCodeAt(at)
    if (code === 0x28 || code === 0x5b || code === 0x7b) depth++
    else if (code === 0x29 || code === 0x5d || code === 0x7d) depth--
  }
  return (namesSecrets(name) ? ANY : GENERIC).test(text.slice(from, at))
}

const FARTHEST = 4000
const ANY = /(?:=>|[:=])\s{0,64}["'`\w$\\]/
const GENERIC =
  /(?:\b(?:value|default|content|plain|plaintext|text|string|raw|data|key|current|literal|cleartext)|\b\d{1,9}|\b_|_text|\$)["']?\]?\s{0,64}(?:=>|[:=])\s{0,64}["'`\w$\\[{(]/i

/** `define('NAME', …)` */
const isArgument = (text: string, from: number): boolean =>
  /(?:define|putenv|setenv|set)[ \t]*\(\s*["'`]$/i.test(text.slice(Math.max(0, from - 40), from))

/** `'name' => 'NAME'`, with the value beside it. */
const isPairName = (text: string, from: number): boolean =>
  /(?:name|key|variable|property|env|id)["'`\]]{0,2}\s{0,20}(?:=>|[:=])\s{0,20}["'`]$/i.test(
    text.slice(Math.max(0, from - 64), from),
  )

const isConnection = (text: string, from: number, to: number): boolean =>
  (text.charAt(to) === '=' || text.charAt(to) === ' ') &&
  /^(?:password|pwd|passwd|accountkey|sharedaccesskey)$/i.test(text.slice(from, to)) &&
  /["'`][^"'`]{0,300}$/.test(text.slice(Math.max(0, from - 300), from))
