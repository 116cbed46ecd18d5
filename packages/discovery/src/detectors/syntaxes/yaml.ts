import type { Entry, Syntax } from '../detector.ts'
import { DEEPEST, isBlank, lineEnd, MOST_ENTRIES, nextLine, skipBlanks, trimBlanks } from './scanning.ts'

/**
 * YAML: blocks and flow, all kinds of scalars, several documents, anchors and merges within bounds, settings in comments. What
 * programs make YAML from is read as far as it goes: lines that hold statements of a template are passed over, and expressions are
 * words. Values are text as they are written: nothing is taken for a number or for nothing.
 */
export const yaml: Syntax = (text) => {
  const reading = new Reading(text)
  reading.read()
  return reading.out
}

interface Frame {
  readonly list: boolean
  readonly indent: number
  readonly path: readonly string[]
  readonly group: number
  readonly outer: readonly number[]
  index: number
  key: string
  /** Where a value was looked for and none has come yet. */
  pending: number | undefined
  properties: Properties
  /** Of itself: its anchor, and where its entries begin. */
  readonly anchor: string | undefined
  readonly from: number
  merges: string[] | undefined
}

interface Properties {
  readonly anchor?: string | undefined
  readonly tag?: string | undefined
}

interface Anchored {
  readonly from: number
  readonly to: number
  readonly depth: number
}

interface Scalar {
  readonly value: string
  readonly at: number
  readonly length: number
  readonly quoted: boolean
}

/** How many entries aliases may make: a few lines of them could stand for billions. */
const MOST_COPIES = 20_000
const NOTHING: Properties = {}

class Reading {
  readonly out: Entry[] = []
  readonly #text: string
  #groups = 0
  #copies = MOST_COPIES
  #frames: Frame[] = []
  #anchors = new Map<string, Anchored>()
  #commented: Commented | undefined
  /** Where the line that is read begins, and where the next one does. */
  #line = 0
  #next = 0

  constructor(text: string) {
    this.#text = text
    this.#begin()
  }

  read() {
    const text = this.#text
    for (; this.#next < text.length && this.out.length < MOST_ENTRIES;) {
      this.#line = this.#next
      const end = lineEnd(text, this.#line)
      this.#next = nextLine(text, end)
      const from = skipBlanks(text, this.#line, end)
      if (from === end) continue
      const code = text.charCodeAt(from)
      if (code === HASH) this.#comment(from, end)
      else {
        this.#commented = undefined
        const marker = from === this.#line ? this.#marker(from, end) : undefined
        if (marker !== undefined) {
          if (marker < end && text.charCodeAt(marker) !== HASH) this.#content(marker, end)
        } else if (!isStatement(text, from, end)) this.#content(from, end)
      }
    }
    this.#close(-2)
  }

  #begin() {
    this.#frames = [this.#frame(false, -1, [], [], undefined)]
    this.#frames[0]!.pending = undefined
    this.#anchors = new Map()
  }

  #frame(list: boolean, indent: number, path: readonly string[], outer: readonly number[], anchor: string | undefined) {
    const group = this.#groups++
    const from = this.out.length
    return {
      list,
      indent,
      path,
      group,
      outer,
      index: -1,
      key: '',
      pending: undefined,
      properties: NOTHING,
      anchor,
      from,
      merges: undefined,
    } as Frame
  }

  get #top(): Frame {
    return this.#frames.at(-1)!
  }

  /** Behind the mark of a new document, if this is one; a document's end and directives hold nothing. */
  #marker(from: number, end: number): number | undefined {
    const text = this.#text
    if (text.charCodeAt(from) === PERCENT && text.charCodeAt(from + 1) !== BRACE_CLOSE) return end
    const dashes = text.startsWith('---', from)
    if (!dashes && !text.startsWith('...', from)) return undefined
    if (from + 3 < end && !isBlank(text.charCodeAt(from + 3))) return undefined
    this.#close(-2)
    this.#begin()
    return dashes ? skipBlanks(text, from + 3, end) : end
  }

  /** What a line holds: items and names as many as there are, and at last a value or the beginning of one. */
  #content(begin: number, end: number) {
    const text = this.#text
    let at = begin
    for (;;) {
      const indent = at - this.#line
      const code = text.charCodeAt(at)
      if (code === DASH && endsWord(text, at + 1, end)) {
        if (!this.#open(true, indent)) return
        const frame = this.#top
        frame.index++
        frame.pending = at + 1
        at = skipBlanks(text, at + 1, end)
        if (at === end || text.charCodeAt(at) === HASH) return
        continue
      }
      if ((code === COLON || code === QUESTION) && endsWord(text, at + 1, end) && this.#explicit(at, end)) return
      const key = this.#keyAt(at, end)
      if (key !== undefined) {
        if (!this.#open(false, indent)) return
        const frame = this.#top
        frame.key = key.name
        frame.pending = key.behind
        this.#value(key.behind, end)
        return
      }
      this.#reach(indent)
      this.#value(at, end)
      return
    }
  }

  /** `? name` and, on a line of its own, `: value`. */
  #explicit(at: number, end: number): boolean {
    const text = this.#text
    const from = skipBlanks(text, at + 1, end)
    if (text.charCodeAt(at) === COLON) {
      this.#reach(at - this.#line + 1)
      if (this.#top.list || this.#top.indent !== at - this.#line) return false
      this.#value(from, end)
      return true
    }
    const name = text
      .slice(from, Math.min(end, from + LONGEST_NAME))
      .trim()
      .replace(/^(["'])(.*)\1$/, '$2')
    if (!this.#open(false, at - this.#line)) return true
    this.#top.key = name
    this.#top.pending = end
    return true
  }

  /** Makes the innermost block the list or mapping that is indented so far. */
  #open(list: boolean, indent: number): boolean {
    this.#reach(indent + 1)
    const frames = this.#frames
    // A list may be indented as far as the mapping that it is a value in.
    if (!list && this.#top.list && this.#top.indent === indent) this.#pop()
    let top = this.#top
    if (top.indent === indent && top.list === list) {
      this.#settle(top)
      return true
    }
    if (frames.length >= DEEPEST) return false
    const { anchor } = top.properties
    top.pending = undefined
    top.properties = NOTHING
    const frame = this.#frame(list, indent, placeOf(top), [top.group, ...top.outer], anchor)
    top = frame
    frames.push(frame)
    return true
  }

  /** Leaves the blocks that end where a line is indented no further than this. */
  #reach(indent: number) {
    while (this.#frames.length > 1 && this.#top.indent >= indent) this.#pop()
  }

  #close(indent: number) {
    this.#reach(indent)
    this.#settle(this.#frames[0]!)
  }

  #pop() {
    const frame = this.#frames.pop()!
    this.#settle(frame)
    if (frame.merges !== undefined) this.#merge(frame, frame.merges)
    if (frame.anchor !== undefined)
      this.#anchors.set(frame.anchor, { from: frame.from, to: this.out.length, depth: frame.path.length })
  }

  /** A name or an item that no value came for holds nothing. */
  #settle(frame: Frame) {
    if (frame.pending === undefined) return
    const at = Math.min(frame.pending, this.#text.length)
    this.#give(frame, { value: '', at, length: 0, quoted: false }, frame.properties)
  }

  #give(frame: Frame, { value, at, length, quoted }: Scalar, { anchor, tag }: Properties) {
    const { group, outer } = frame
    const keys = placeOf(frame)
    frame.pending = undefined
    frame.properties = NOTHING
    const from = this.out.length
    if (from >= MOST_ENTRIES) return
    this.out.push({ keys, value, at, length, quoted, group, outer, ...(tag === undefined ? {} : { tag }) })
    if (anchor !== undefined) this.#anchors.set(anchor, { from, to: from + 1, depth: keys.length })
  }

  /** The name that stands here before a colon. */
  #keyAt(from: number, end: number): { readonly name: string; readonly behind: number } | undefined {
    const text = this.#text
    const at = propertiesAt(text, from, end).behind
    const code = text.charCodeAt(at)
    if (code === QUOTE || code === APOSTROPHE) {
      const close = quoteEnd(text, at, end)
      if (close < 0) return undefined
      const colon = skipBlanks(text, close + 1, end)
      if (text.charCodeAt(colon) !== COLON || !endsWord(text, colon + 1, end)) return undefined
      return { name: unquoted(text.slice(at + 1, close), code), behind: skipBlanks(text, colon + 1, end) }
    }
    if (at < end && NO_PLAIN.includes(text.charAt(at)) && !isExpression(text, at)) return undefined
    const stop = Math.min(end, at + LONGEST_NAME)
    for (let colon = at; colon < stop; colon++) {
      const sign = text.charCodeAt(colon)
      if (sign === COLON && endsWord(text, colon + 1, end))
        return { name: text.slice(at, trimBlanks(text, at, colon)), behind: skipBlanks(text, colon + 1, end) }
      if (sign === HASH && colon > at && isBlank(text.charCodeAt(colon - 1))) return undefined
    }
    return undefined
  }

  /** The value that begins here, or on a later line, for the innermost block. */
  #value(begin: number, end: number) {
    const text = this.#text
    const frame = this.#top
    const { behind: from, ...properties } = propertiesAt(text, begin, end)
    const told = { ...frame.properties, ...properties }
    if (from >= end || (text.charCodeAt(from) === HASH && isBlank(text.charCodeAt(from - 1)))) {
      frame.properties = told
      if (frame.pending !== undefined) frame.pending = from
      return
    }
    const code = text.charCodeAt(from)
    if (!frame.list && frame.key === '<<' && (code === STAR || code === BRACKET_OPEN)) {
      const names = text.slice(from, Math.min(end, from + 2048)).match(/\*[^\s,\]]+/g) ?? []
      frame.merges = [...(frame.merges ?? []), ...names.map((name) => name.slice(1))].slice(0, 100)
      frame.pending = undefined
      frame.properties = NOTHING
    } else if (code === STAR && ALIAS.test(text.slice(from, Math.min(end, from + 256)))) {
      const name = ALIAS.exec(text.slice(from, Math.min(end, from + 256)))![1]!
      const anchored = this.#anchors.get(name)
      frame.pending = undefined
      frame.properties = NOTHING
      if (anchored !== undefined) this.#copy(anchored, placeOf(frame), frame)
    } else if ((code === PIPE || code === GREATER) && this.#block(from, end, frame, told)) {
      return
    } else if (code === QUOTE || code === APOSTROPHE) {
      this.#give(frame, this.#quotedScalar(from, end, frame.indent) ?? this.#plainScalar(from, end, frame.indent), told)
    } else if ((code === BRACE_OPEN || code === BRACKET_OPEN) && !isExpression(text, from))
      this.#flow(from, frame, told)
    else this.#give(frame, this.#plainScalar(from, end, frame.indent), told)
  }

  #plainScalar(from: number, end: number, indent: number): Scalar {
    const text = this.#text
    const first = plainEnd(text, from, end)
    const parts = [text.slice(from, first)]
    let stop = first
    let breaks = 0
    // What a comment follows, or a line that is a name or no more indented, has ended.
    for (let line = this.#next; !hasComment(text, stop, end) && line < text.length;) {
      const next = lineEnd(text, line)
      const at = skipBlanks(text, line, next)
      if (at === next) {
        breaks++
        line = nextLine(text, next)
        continue
      }
      if (at - line <= indent || text.charCodeAt(at) === HASH || isStatement(text, at, next)) break
      if ((at === line && isMarker(text, at, next)) || this.#keyAt(at, next) !== undefined) break
      const done = plainEnd(text, at, next)
      parts.push(breaks === 0 ? ' ' : '\n'.repeat(breaks), text.slice(at, done))
      breaks = 0
      stop = done
      end = next
      line = this.#next = nextLine(text, next)
    }
    return { value: parts.join(''), at: from, length: stop - from, quoted: false }
  }

  /** A value between quotes, on one line or several; undefined where they do not close before the block does. */
  #quotedScalar(from: number, end: number, indent: number): Scalar | undefined {
    const text = this.#text
    const quote = text.charCodeAt(from)
    let close = quoteEnd(text, from, end)
    let next = this.#next
    if (close >= 0) {
      const behind = skipBlanks(text, close + 1, end)
      if (behind < end && !(text.charCodeAt(behind) === HASH && behind > close + 1)) return undefined
    } else {
      for (let line = next; close < 0;) {
        if (line >= text.length) return undefined
        const stop = lineEnd(text, line)
        const at = skipBlanks(text, line, stop)
        if (at < stop && this.#leaves(line, at, stop, indent)) return undefined
        close = quoteEnd(text, line - 1, stop, quote)
        line = next = nextLine(text, stop)
      }
      this.#next = next
    }
    const written = text.slice(from + 1, close)
    return { value: unquoted(written, quote), at: from + 1, length: written.length, quoted: true }
  }

  /** Whether a line is no part of a value between quotes, but stands behind the block that the value is in. */
  #leaves(line: number, at: number, end: number, indent: number): boolean {
    if (at === line && isMarker(this.#text, at, end)) return true
    if (at - line > indent) return false
    return this.#text.charCodeAt(at) === DASH || this.#keyAt(at, end) !== undefined
  }

  /** `|` or `>` and the lines that are indented further. */
  #block(from: number, end: number, frame: Frame, properties: Properties): boolean {
    const text = this.#text
    const header = BLOCK.exec(text.slice(from, Math.min(end, from + 256)))
    if (header === null) return false
    const [, style, a = '', b = ''] = header
    const chomping = /[+-]/.exec(a + b)?.[0]
    const told = Number(/\d/.exec(a + b)?.[0] ?? 0)
    let indent = told === 0 ? -1 : Math.max(frame.indent, 0) + told
    const lines: string[] = []
    let first = -1
    let last = -1
    for (let line = this.#next; line < text.length;) {
      const stop = lineEnd(text, line)
      let at = line
      const margin = indent < 0 ? stop : Math.min(stop, line + indent)
      while (at < margin && text.charCodeAt(at) === SPACE) at++
      const empty = at === stop
      if (!empty) {
        if (indent < 0) {
          if (at - line <= frame.indent) break
          indent = at - line
        } else if (at - line < indent) break
        if (at === line && isMarker(text, at, stop)) break
        if (first < 0) first = at
        last = stop
      }
      lines.push(text.slice(at, stop))
      line = this.#next = nextLine(text, stop)
    }
    if (first < 0) first = last = end
    const value = style === '|' ? lines.join('\n') : folded(lines)
    const body = value.replace(/\n+$/, '')
    const breaks =
      chomping === '-' ? 0 : chomping === '+' ? lines.length - lastFilled(lines) + (body === '' ? 0 : 1) : 1
    const all = body === '' && chomping !== '+' ? '' : body + '\n'.repeat(breaks)
    this.#give(frame, { value: all, at: first, length: last - first, quoted: true }, properties)
    return true
  }

  /** Lists and mappings between brackets. They end at the latest where the block does that they are in. */
  #flow(begin: number, around: Frame, properties: Properties) {
    const text = this.#text
    const { indent } = around
    const frames: Frame[] = []
    let at = begin
    let lineStop = lineEnd(text, at)
    let told = NOTHING
    let beyond = 0
    let top = around
    const opened = (list: boolean, single: boolean) => {
      const anchor = told.anchor ?? (frames.length === 0 ? properties.anchor : undefined)
      const path = placeOf(top)
      top.pending = undefined
      top.properties = NOTHING
      top = this.#frame(list, single ? SINGLE : 0, path, [top.group, ...top.outer], anchor)
      frames.push(top)
      told = NOTHING
    }
    const closed = () => {
      const frame = frames.pop()!
      if (!frame.list) this.#settle(frame)
      if (frame.anchor !== undefined)
        this.#anchors.set(frame.anchor, { from: frame.from, to: this.out.length, depth: frame.path.length })
      top = frames.at(-1) ?? around
    }
    const given = (scalar: Scalar, end: number) => {
      const colon = skipBlanks(text, end, lineStop)
      if (text.charCodeAt(colon) === COLON && (scalar.quoted || flowEnds(text, colon + 1, lineStop))) {
        if (top.list) {
          top.index++
          if (frames.length + this.#frames.length < DEEPEST) opened(false, true)
        }
        this.#settle(top)
        top.key = scalar.value
        top.pending = colon + 1
        told = NOTHING
        return colon + 1
      }
      if (top.list) top.index++
      else if (top.pending === undefined) {
        top.key = scalar.value
        top.pending = end
        return end
      }
      this.#give(top, scalar, told)
      told = NOTHING
      return end
    }
    for (;;) {
      at = skipBlanks(text, at, lineStop)
      const code = text.charCodeAt(at)
      if (at >= lineStop || (code === HASH && isBlank(text.charCodeAt(at - 1)))) {
        const line = nextLine(text, lineStop)
        if (line >= text.length) break
        const stop = lineEnd(text, line)
        const first = skipBlanks(text, line, stop)
        const sign = text.charCodeAt(first)
        if (first < stop && first - line <= indent && sign !== BRACKET_CLOSE && sign !== BRACE_CLOSE) break
        if (first === line && isMarker(text, first, stop)) break
        this.#next = nextLine(text, stop)
        lineStop = stop
        at = sign === HASH ? stop : first
        continue
      }
      if (this.out.length >= MOST_ENTRIES) break
      if ((code === BRACE_OPEN || code === BRACKET_OPEN) && !isExpression(text, at)) {
        if (frames.length + this.#frames.length >= DEEPEST) beyond++
        else {
          if (frames.length > 0 && top.list) top.index++
          opened(code === BRACKET_OPEN, false)
        }
        at++
      } else if (code === BRACE_CLOSE || code === BRACKET_CLOSE) {
        if (beyond > 0) beyond--
        else {
          if (top.indent === SINGLE && frames.length > 1) closed()
          closed()
        }
        at++
        if (frames.length === 0) break
      } else if (code === COMMA) {
        if (top.indent === SINGLE && frames.length > 1) closed()
        else if (!top.list) this.#settle(top)
        at++
      } else if (code === AMPERSAND || code === BANG) {
        const read = propertiesAt(text, at, lineStop)
        told = { ...told, ...read }
        at = Math.max(read.behind, at + 1)
      } else if (code === STAR) {
        const name = FLOW_ALIAS.exec(text.slice(at, Math.min(lineStop, at + 256)))?.[1] ?? ''
        const anchored = this.#anchors.get(name)
        if (top.list) top.index++
        top.pending = undefined
        if (anchored !== undefined) this.#copy(anchored, placeOf(top), top)
        at += 1 + name.length
      } else if (code === QUOTE || code === APOSTROPHE) {
        let close = quoteEnd(text, at, lineStop)
        const from = at
        for (let line = nextLine(text, lineStop); close < 0 && line < text.length;) {
          const stop = lineEnd(text, line)
          const first = skipBlanks(text, line, stop)
          if (first < stop && (first - line <= indent || (first === line && isMarker(text, first, stop)))) break
          close = quoteEnd(text, line - 1, stop, code)
          lineStop = stop
          line = this.#next = nextLine(text, stop)
        }
        if (close < 0) close = lineStop
        const written = text.slice(from + 1, close)
        at = given(
          { value: unquoted(written, code), at: from + 1, length: written.length, quoted: true },
          Math.min(close + 1, lineStop),
        )
      } else if (code === COLON && flowEnds(text, at + 1, lineStop)) {
        if (!top.list && top.pending === undefined) {
          top.key = ''
          top.pending = at + 1
        }
        at++
      } else if (code === QUESTION && endsWord(text, at + 1, lineStop)) at++
      else {
        const from = at
        let end = isExpression(text, at) ? expressionEnd(text, at, lineStop) : at
        end = flowPlainEnd(text, end, lineStop)
        const parts = [text.slice(from, end)]
        // A plain scalar goes on with what follows on the next lines, unless those begin with a sign.
        while (skipBlanks(text, end, lineStop) >= lineStop) {
          const line = nextLine(text, lineStop)
          const stop = lineEnd(text, line)
          const first = skipBlanks(text, line, stop)
          if (line >= text.length || first - line <= indent || first === stop) break
          if (NO_PLAIN.includes(text.charAt(first)) || text.charCodeAt(first) === COLON) break
          const done = flowPlainEnd(text, first, stop)
          parts.push(' ', text.slice(first, done))
          end = done
          lineStop = stop
          this.#next = nextLine(text, stop)
        }
        if (end === from) {
          at++
          continue
        }
        at = given({ value: parts.join(''), at: from, length: end - from, quoted: false }, end)
      }
    }
    while (frames.length > 0) closed()
  }

  /** Gives again under another name what an anchor stands for. */
  #copy({ from, to, depth }: Anchored, path: readonly string[], frame: Frame, without?: ReadonlySet<string>) {
    const groups = new Map<number, number>()
    for (let index = from; index < to && this.#copies > 0 && this.out.length < MOST_ENTRIES; index++) {
      const entry = this.out[index]!
      const keys = entry.keys.slice(depth)
      if (keys.length + path.length > 2 * DEEPEST || (keys[0] !== undefined && without?.has(keys[0]))) continue
      let group = frame.group
      if (keys.length > (without === undefined ? 0 : 1)) {
        group = groups.get(entry.group) ?? this.#groups++
        groups.set(entry.group, group)
      }
      this.out.push({ ...entry, keys: [...path, ...keys], group, outer: [frame.group, ...frame.outer] })
      this.#copies--
    }
  }

  /** What a mapping takes over from others: what it does not tell itself. */
  #merge(frame: Frame, names: readonly string[]) {
    for (const name of names) {
      const anchored = this.#anchors.get(name)
      if (anchored === undefined || this.#copies <= 0) continue
      const own = new Set<string>()
      for (let index = frame.from; index < this.out.length; index++) {
        const key = this.out[index]!.keys[frame.path.length]
        if (key !== undefined) own.add(key)
      }
      this.#copy(anchored, frame.path, frame, own)
    }
  }

  /** A setting that is commented out. Where lines of comment follow each other, they nest as they are indented. */
  #comment(from: number, end: number) {
    const text = this.#text
    let at = from
    while (at < end && text.charCodeAt(at) === HASH) at++
    at = skipBlanks(text, at, end)
    while (text.charCodeAt(at) === DASH && isBlank(text.charCodeAt(at + 1))) at = skipBlanks(text, at + 1, end)
    const found = SETTING.exec(text.slice(at, Math.min(end, at + LONGEST_COMMENT)))
    if (found === null) return
    const [, name = '', value = ''] = found
    const column = at - this.#line
    if (this.#commented === undefined) {
      const around = this.#frames.findLast((frame) => frame.indent <= from - this.#line) ?? this.#frames[0]!
      const path = around.indent === from - this.#line && !around.list ? around.path : placeOf(around)
      this.#commented = { path, group: this.#groups++, outer: [around.group, ...around.outer], within: [] }
    }
    const { path, group, outer, within } = this.#commented
    while (within.length > 0 && within.at(-1)!.column >= column) within.pop()
    const keys = [...path, ...within.map(({ key }) => key), name.replaceAll(/^["']|["']$/g, '')]
    if (value === '') {
      if (within.length < DEEPEST) within.push({ key: keys.at(-1)!, column, group: this.#groups++ })
      return
    }
    const begins = at + found[0].length - value.length
    const quote = text.charCodeAt(begins)
    const close = quote === QUOTE || quote === APOSTROPHE ? quoteEnd(text, begins, end) : -1
    const scalar =
      close > 0
        ? {
            value: unquoted(text.slice(begins + 1, close), quote),
            at: begins + 1,
            length: close - begins - 1,
            quoted: true,
          }
        : plainOf(text, begins, plainEnd(text, begins, Math.min(end, begins + LONGEST_COMMENT)))
    this.out.push({
      keys,
      ...scalar,
      commented: true,
      group: within.at(-1)?.group ?? group,
      outer: [
        ...within
          .map((one) => one.group)
          .slice(0, -1)
          .toReversed(),
        ...(within.length > 0 ? [group] : []),
        ...outer,
      ],
    })
  }
}

interface Commented {
  readonly path: readonly string[]
  readonly group: number
  readonly outer: readonly number[]
  readonly within: { readonly key: string; readonly column: number; readonly group: number }[]
}

const SPACE = 32
const BANG = 33
const QUOTE = 34
const HASH = 35
const PERCENT = 37
const AMPERSAND = 38
const APOSTROPHE = 39
const STAR = 42
const COMMA = 44
const DASH = 45
const COLON = 58
const GREATER = 62
const QUESTION = 63
const BRACKET_OPEN = 91
const BACKSLASH = 92
const BRACKET_CLOSE = 93
const BRACE_OPEN = 123
const PIPE = 124
const BRACE_CLOSE = 125

/** What no plain word begins with. */
const NO_PLAIN = '[]{},#&*!|>\'"%@`'
const LONGEST_NAME = 1024
const LONGEST_COMMENT = 4096
/** The indentation of a mapping that is a single pair in a list between brackets: `[name: value]`. */
const SINGLE = 1

const ALIAS = /^\*([^\s,[\]{}]+)\s*(?:#.*)?$/
const FLOW_ALIAS = /^\*([^\s,[\]{}]+)/
const BLOCK = /^([|>])([+-]?)(\d?[+-]?)[ \t]*(?:#.*)?$/
const SETTING = /^("[\w./ -]{1,128}"|'[\w./ -]{1,128}'|[A-Za-z_][\w./-]{0,127}):(?:[ \t]+(?!#)(\S[^]*))?[ \t]*$/

const placeOf = ({ list, path, index, key, indent }: Frame): readonly string[] => {
  if (list) return [...path, String(index)]
  return indent === -1 ? path : [...path, key]
}

const plainOf = (text: string, at: number, end: number): Scalar => ({
  value: text.slice(at, end),
  at,
  length: end - at,
  quoted: false,
})

const endsWord = (text: string, at: number, end: number) => at >= end || isBlank(text.charCodeAt(at))

const flowEnds = (text: string, at: number, end: number) => endsWord(text, at, end) || ',[]{}'.includes(text.charAt(at))

/** A line that only tells a template what to do. */
const isStatement = (text: string, from: number, end: number): boolean => {
  if (!isExpression(text, from)) return false
  const line = text.slice(from, Math.min(end, from + 1024))
  return STATEMENT.test(line)
}

const STATEMENT = /^(?:\{%|<%|\{\{[-#/*~]|\{\{(?!.*\}\}["']?:(?:\s|$)))/

/** `{{ … }}`, `{% … %}`, `<% … %>` of templates. */
const isExpression = (text: string, at: number): boolean => {
  const code = text.charCodeAt(at)
  const next = text.charCodeAt(at + 1)
  return (code === BRACE_OPEN && (next === BRACE_OPEN || next === PERCENT)) || (code === 60 && next === PERCENT)
}

const expressionEnd = (text: string, from: number, end: number): number => {
  for (let at = from + 2; at < end - 1; at++)
    if (
      text.charCodeAt(at + 1) === BRACE_CLOSE &&
      (text.charCodeAt(at) === BRACE_CLOSE || text.charCodeAt(at) === PERCENT)
    )
      return at + 2
  return end
}

const isMarker = (text: string, at: number, end: number) =>
  (text.startsWith('---', at) || text.startsWith('...', at)) && endsWord(text, at + 3, end)

/** Tags and anchors, and where what they are of begins. */
const propertiesAt = (text: string, from: number, end: number): Properties & { readonly behind: number } => {
  let at = from
  let anchor: string | undefined
  let tag: string | undefined
  for (let count = 0; count < 3; count++) {
    const code = text.charCodeAt(at)
    if (at >= end || (code !== AMPERSAND && code !== BANG)) break
    let stop = at + 1
    while (stop < end && stop - at < 256 && !isBlank(text.charCodeAt(stop)) && !',[]{}'.includes(text.charAt(stop)))
      stop++
    const word = text.slice(at, stop)
    if (code === AMPERSAND) {
      if (word.length < 2) break
      anchor = word.slice(1)
    } else tag = word
    at = skipBlanks(text, stop, end)
  }
  return { ...(anchor === undefined ? {} : { anchor }), ...(tag === undefined ? {} : { tag }), behind: at }
}

/** Where a plain word ends that begins here: before a comment or the end of the line. */
const plainEnd = (text: string, from: number, end: number): number => {
  for (let at = from + 1; at < end; at++)
    if (text.charCodeAt(at) === HASH && isBlank(text.charCodeAt(at - 1))) return trimBlanks(text, from, at)
  return trimBlanks(text, from, end)
}

const hasComment = (text: string, from: number, end: number) => skipBlanks(text, from, end) < end

const flowPlainEnd = (text: string, from: number, end: number): number => {
  let at = from
  for (; at < end; at++) {
    const code = text.charCodeAt(at)
    if (
      code === COMMA ||
      code === BRACKET_OPEN ||
      code === BRACKET_CLOSE ||
      code === BRACE_OPEN ||
      code === BRACE_CLOSE
    )
      break
    if (code === COLON && flowEnds(text, at + 1, end)) break
    if (code === HASH && at > from && isBlank(text.charCodeAt(at - 1))) break
  }
  return trimBlanks(text, from, at)
}

/** Where the quote stands that closes the one at `from`, before `end`; -1 where none does. */
const quoteEnd = (text: string, from: number, end: number, quote = text.charCodeAt(from)): number => {
  for (let at = from + 1; at < end; at++) {
    const code = text.charCodeAt(at)
    if (code === BACKSLASH && quote === QUOTE) at++
    else if (code === quote) {
      if (quote === QUOTE || text.charCodeAt(at + 1) !== APOSTROPHE) return at
      at++
    }
  }
  return -1
}

const unquoted = (written: string, quote: number): string => {
  const joined = written.includes('\n') ? joinedLines(written, quote === QUOTE) : written
  if (quote === APOSTROPHE) return joined.replaceAll("''", "'")
  if (!joined.includes('\\')) return joined
  return joined.replaceAll(ESCAPE, (_, hex: string | undefined, sign: string | undefined) => {
    if (hex === undefined) return sign === undefined ? '' : (SIGNS[sign] ?? sign)
    const code = Number.parseInt(hex.slice(1), 16)
    return code > 0x10ffff ? '\uFFFD' : String.fromCodePoint(code)
  })
}

const ESCAPE = /\\(?:(x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8})|([^])|$)/g
const SIGNS: Readonly<Record<string, string>> = {
  0: '\0',
  a: '\u0007',
  b: '\b',
  t: '\t',
  n: '\n',
  v: '\v',
  f: '\f',
  r: '\r',
  e: '\u001b',
  N: '\u0085',
  _: '\u00a0',
  L: '\u2028',
  P: '\u2029',
}

/** Lines between quotes: one break is a space, each more is a break; behind a backslash nothing is. */
const joinedLines = (written: string, escapes: boolean): string => {
  const lines = written.split('\n')
  const parts: string[] = []
  let breaks = 0
  let joins = false
  for (const [index, raw] of lines.entries()) {
    const line = index === 0 ? raw : raw.replace(/^[ \t]+/, '')
    const last = index === lines.length - 1
    const trimmed = last ? line : trimmedEnd(line, escapes)
    if (index > 0) {
      if (trimmed === '' && !last) {
        breaks++
        continue
      }
      if (breaks > 0) parts.push('\n'.repeat(breaks))
      else if (!joins) parts.push(' ')
      breaks = 0
    }
    joins = !last && escapes && /(?:^|[^\\])(?:\\\\)*\\$/.test(trimmed.slice(-1000))
    parts.push(joins ? trimmed.slice(0, -1) : trimmed)
  }
  return parts.join('')
}

/** Without blanks at its end, but for one that a backslash keeps. */
const trimmedEnd = (line: string, escapes: boolean) => {
  const end = trimBlanks(line, 0, line.endsWith('\r') ? line.length - 1 : line.length)
  return escapes && line.charAt(end - 1) === '\\' && end < line.length && line.charAt(end) !== '\r'
    ? line.slice(0, end + 1)
    : line.slice(0, end)
}

/** How many lines there are up to the last that holds something. */
const lastFilled = (lines: readonly string[]): number => {
  let count = lines.length
  while (count > 0 && lines[count - 1] === '') count--
  return count
}

/** The lines of `>`: those that begin at the margin are one, parted by spaces; empty lines and what is indented further keep breaks. */
const folded = (lines: readonly string[]): string => {
  const parts: string[] = []
  let before: string | undefined
  let breaks = 0
  for (const line of lines) {
    if (line === '') {
      breaks++
      continue
    }
    const indented = isBlank(line.charCodeAt(0)) || (before !== undefined && isBlank(before.charCodeAt(0)))
    if (before === undefined) parts.push('\n'.repeat(breaks))
    else if (indented) parts.push('\n'.repeat(breaks + 1))
    else parts.push(breaks === 0 ? ' ' : '\n'.repeat(breaks))
    parts.push(line)
    before = line
    breaks = 0
  }
  parts.push('\n'.repeat(breaks))
  return parts.join('')
}
