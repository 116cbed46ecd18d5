import type { Entry, Syntax } from '../detector.ts'
import { DEEPEST, isName, lineEnd, MOST_ENTRIES } from './scanning.ts'
import { unescaped } from './json.ts'

/**
 * HCL as Terraform, Consul, Vault, Nomad and Packer take it, and what is written alike (UCL, libconfig): blocks with labels, settings,
 * lists and objects, here-documents, settings in comments. An expression that is no string is given as it is written.
 */
export const hcl: Syntax = (text) => {
  const out: Entry[] = []
  read(
    text,
    0,
    text.length,
    { out, groups: { next: 1 }, commented: false },
    { list: false, path: [], group: 0, outer: [], index: 0 },
  )
  return out
}

interface Reading {
  readonly out: Entry[]
  readonly groups: { next: number }
  readonly commented: boolean
}

interface Frame {
  readonly list: boolean
  readonly path: readonly string[]
  readonly group: number
  readonly outer: readonly number[]
  index: number
}

const read = (text: string, begin: number, end: number, reading: Reading, root: Frame) => {
  const { out, groups, commented } = reading
  const stack: Frame[] = [root]
  let beyond = 0
  const open = (list: boolean, names: readonly string[]) => {
    if (stack.length >= DEEPEST) beyond++
    else {
      const { path, group, outer } = stack.at(-1)!
      stack.push({ list, path: [...path, ...names], group: groups.next++, outer: [group, ...outer], index: 0 })
    }
  }
  const give = (names: readonly string[], at: number, length: number, value: string, quoted: boolean) => {
    if (beyond > 0) return
    const { path, group, outer } = stack.at(-1)!
    out.push({
      keys: [...path, ...names],
      value,
      at,
      length,
      quoted,
      group,
      outer,
      ...(commented ? { commented } : {}),
    })
  }
  /** Reads the value of some name, and tells where what follows begins. */
  const value = (from: number, names: readonly string[]): number => {
    const sign = text.charAt(from)
    if (sign === '{' || sign === '[') {
      open(sign === '[', names)
      return from + 1
    }
    if (sign === '"' || sign === "'") {
      const close = stringEnd(text, from, end)
      const written = text.slice(from + 1, close)
      give(names, from + 1, close - from - 1, sign === '"' ? unescaped(written) : written, true)
      return close + 1
    }
    HEREDOC.lastIndex = from
    const heredoc = HEREDOC.exec(text)
    if (heredoc !== null && !commented) {
      const body = HEREDOC.lastIndex
      const [stop, next] = heredocEnd(text, body, heredoc[1]!)
      give(names, body, stop - body, text.slice(body, stop).replaceAll('\r', ''), true)
      return next
    }
    const stop = expressionEnd(text, from, end)
    const written = text.slice(from, stop).trimEnd()
    if (written !== '') give(names, from, written.length, written, false)
    return Math.max(stop, from + 1)
  }
  for (let at = begin; at < end && out.length < MOST_ENTRIES;) {
    const code = text.charCodeAt(at)
    if (code <= 32 || code === 44 || code === 59) {
      at++
      continue
    }
    const comment = commentEnd(text, at, end)
    if (comment > at) {
      if (!commented) fromComment(text, at, comment, reading, stack.at(-1)!)
      at = comment
      continue
    }
    const sign = text.charAt(at)
    const top = stack.at(-1)!
    if (sign === '}' || sign === ']') {
      if (beyond > 0) beyond--
      else if (stack.length > 1) stack.pop()
      at++
    } else if (top.list && beyond === 0) at = value(at, [String(top.index++)])
    else if (sign === '{' || sign === '[') {
      open(sign === '[', [])
      at++
    } else {
      // A name, labels, and what they are of.
      const names: string[] = []
      let next = at
      while (next < end && names.length < 8) {
        const word = wordAt(text, next, end)
        if (word === undefined) break
        names.push(word.name)
        next = skipLine(text, word.behind, end)
      }
      if (names.length === 0) {
        at++
        continue
      }
      const after = text.charAt(next)
      if (next < end && (after === '=' || after === ':')) {
        let from = skipLine(text, next + 1, end)
        if (text.charAt(from) === '=' || text.charAt(from) === '>') from = skipLine(text, from + 1, end)
        at = value(from, names)
      } else if (next < end && after === '{') {
        open(false, names)
        at = next + 1
      } else at = Math.max(next, at + 1)
    }
  }
}

const HEREDOC = /<<[-~]?["']?([A-Za-z_]\w{0,63})["']?[ \t]*\r?\n/y
const WORD = /[A-Za-z_][\w.-]{0,255}|\d{1,32}|\([^()\n"]{1,255}\)/y

const wordAt = (text: string, from: number, end: number) => {
  const sign = text.charAt(from)
  if (sign === '"' || sign === "'") {
    const close = stringEnd(text, from, end)
    // One that nothing closes takes up its line, so that no quote is looked at twice.
    return { name: text.slice(from + 1, close), behind: Math.min(close + (text.charAt(close) === sign ? 1 : 0), end) }
  }
  WORD.lastIndex = from
  const name = WORD.exec(text)?.[0]
  return name === undefined || from + name.length > end ? undefined : { name, behind: from + name.length }
}

const skipLine = (text: string, from: number, end: number) => {
  let at = from
  while (at < end && (text.charAt(at) === ' ' || text.charAt(at) === '\t')) at++
  return at
}

/** Where a string ends, other strings in its `${…}` passed over; at the latest at the end of its line. */
const stringEnd = (text: string, from: number, end: number): number => {
  const quote = text.charAt(from)
  let depth = 0
  for (let at = from + 1; at < end; at++) {
    const sign = text.charAt(at)
    if (sign === '\n') return at
    if (sign === '\\') at++
    else if ((sign === '$' || sign === '%') && text.charAt(at + 1) === '{' && quote === '"') {
      depth++
      at++
    } else if (depth > 0 && sign === '}') depth--
    else if (depth > 0 && sign === '{') depth++
    else if (sign === quote && depth === 0) return at
  }
  return end
}

/** Where the body of a here-document ends, and what follows it begins. */
const heredocEnd = (text: string, from: number, word: string): readonly [number, number] => {
  for (let line = from; line < text.length;) {
    const end = lineEnd(text, line)
    if (end - line < 256 && text.slice(line, end).trim() === word) return [Math.max(from, line - 1), end]
    const feed = text.indexOf('\n', end)
    line = feed < 0 ? text.length : feed + 1
  }
  return [text.length, text.length]
}

const expressionEnd = (text: string, from: number, end: number): number => {
  let depth = 0
  for (let at = from; at < end; at++) {
    const sign = text.charAt(at)
    if (sign === '\n' && depth === 0) return at
    if (sign === '"') at = stringEnd(text, at, end)
    else if ('([{'.includes(sign)) depth++
    else if (')]}'.includes(sign)) {
      if (depth === 0) return at
      depth--
    } else if (depth === 0 && (sign === ',' || sign === ';' || commentEnd(text, at, end) > at)) return at
    if (at - from > LONGEST) return at
  }
  return end
}

const LONGEST = 65_536

/** Where a comment ends that begins here; the same place where none does. */
const commentEnd = (text: string, at: number, end: number): number => {
  const sign = text.charAt(at)
  if (sign === '#' || (sign === '/' && text.charAt(at + 1) === '/')) return Math.min(end, lineEnd(text, at))
  if (sign !== '/' || text.charAt(at + 1) !== '*') return at
  const close = text.indexOf('*/', at + 2)
  return close < 0 ? end : Math.min(end, close + 2)
}

/** Settings in comments: lines that begin like one. */
const fromComment = (text: string, from: number, end: number, reading: Reading, top: Frame) => {
  for (let line = from; line < end;) {
    const stop = Math.min(end, lineEnd(text, line))
    let at = line
    while (at < stop && '#/* \t'.includes(text.charAt(at))) at++
    SETTING.lastIndex = at
    const name = SETTING.exec(text)?.[1]
    if (name !== undefined && isName(name) && stop - at < 4096)
      read(text, at, stop, { ...reading, commented: true }, { ...top })
    const feed = text.indexOf('\n', stop)
    line = feed < 0 ? end : feed + 1
  }
}

const SETTING = /"?([A-Za-z_][\w.-]{0,127})"?[ \t]{0,32}[=:][ \t]{0,32}(?:["'\d]|true|false)/y
