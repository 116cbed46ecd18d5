/**
 * A value of YAML, so far as configuration files of programs commonly write it: blocks of mappings and lists, words plain or in
 * quotes on one line, lists in brackets of such words. All else is `opaque`, and its line is told.
 */
export type YamlNode =
  | { readonly kind: 'map'; readonly entries: ReadonlyMap<string, YamlNode>; readonly line: number }
  | { readonly kind: 'list'; readonly items: readonly YamlNode[]; readonly line: number }
  | { readonly kind: 'text'; readonly text: string; readonly line: number }
  | { readonly kind: 'opaque'; readonly line: number }

export interface ParsedYaml {
  readonly root: YamlNode
  /** Lines whose meaning was not taken in. Never what stands there. */
  readonly unread: readonly number[]
}

const MOST_LINES = 20_000
const DEEPEST = 20

interface Line {
  readonly indent: number
  readonly text: string
  readonly number: number
}

export const parseYaml = (text: string): ParsedYaml => {
  const unread = new Set<number>()
  const lines = linesOf(text, unread)
  const reading: Reading = { lines, at: 0, unread }
  const root = block(reading, lines[0]?.indent ?? 0, 0)
  if (reading.at < lines.length) unread.add(lines[reading.at]!.number)
  return { root, unread: [...unread].slice(0, 50) }
}

/** The value under some keys; undefined where there is none. */
export const yamlAt = (node: YamlNode | undefined, ...keys: readonly string[]): YamlNode | undefined =>
  keys.reduce<YamlNode | undefined>((at, key) => (at?.kind === 'map' ? at.entries.get(key) : undefined), node)

/** Its text, where it is one. */
export const yamlText = (node: YamlNode | undefined): string | undefined =>
  node?.kind === 'text' ? node.text : undefined

interface Reading {
  readonly lines: Line[]
  at: number
  readonly unread: Set<number>
}

const linesOf = (text: string, unread: Set<number>): Line[] => {
  const lines: Line[] = []
  for (const [index, raw] of text.split('\n').entries()) {
    const content = raw.slice(0, 8192).trimEnd()
    const found = /^( *)(\S.*)$/.exec(content)
    if (found === null) {
      if (content.trim() !== '') unread.add(index + 1)
      continue
    }
    const [, spaces = '', rest = ''] = found
    if (rest.startsWith('#') || /^(?:---|\.\.\.)(?:\s|$)/.test(content) || rest.startsWith('%')) continue
    if (lines.length >= MOST_LINES) {
      unread.add(index + 1)
      break
    }
    lines.push({ indent: spaces.length, text: rest, number: index + 1 })
  }
  return lines
}

const block = (reading: Reading, indent: number, depth: number): YamlNode => {
  const first = reading.lines[reading.at]
  if (first === undefined || first.indent < indent) return { kind: 'text', text: '', line: first?.number ?? 1 }
  if (depth >= DEEPEST) {
    reading.unread.add(first.number)
    skipDeeper(reading, indent - 1)
    return { kind: 'opaque', line: first.number }
  }
  return isItem(first.text) ? list(reading, first.indent, depth) : map(reading, first.indent, depth)
}

const isItem = (text: string) => text === '-' || text.startsWith('- ')

const list = (reading: Reading, indent: number, depth: number): YamlNode => {
  const items: YamlNode[] = []
  const line = reading.lines[reading.at]!.number
  for (let at = reading.lines[reading.at]; at !== undefined; at = reading.lines[reading.at]) {
    if (at.indent !== indent || !isItem(at.text)) break
    const rest = at.text.slice(1).trimStart()
    if (rest === '') {
      reading.at++
      items.push(block(reading, indent + 1, depth + 1))
    } else if (isItem(rest) || keyOf(rest) !== undefined) {
      // What follows the dash is the first line of a block that is as deep as it stands.
      reading.lines[reading.at] = { ...at, indent: indent + at.text.length - rest.length, text: rest }
      items.push(block(reading, indent + 1, depth + 1))
    } else items.push(scalar(reading, rest, indent))
  }
  return { kind: 'list', items, line }
}

const map = (reading: Reading, indent: number, depth: number): YamlNode => {
  const entries = new Map<string, YamlNode>()
  const line = reading.lines[reading.at]!.number
  for (let at = reading.lines[reading.at]; at !== undefined && at.indent >= indent; at = reading.lines[reading.at]) {
    const found = at.indent === indent ? keyOf(at.text) : undefined
    if (found === undefined) {
      if (at.indent === indent && isItem(at.text)) break
      reading.unread.add(at.number)
      reading.at++
      continue
    }
    // What is merged in from elsewhere is not seen.
    if (found.key === '<<') reading.unread.add(at.number)
    entries.set(found.key, valueOf(reading, found.rest, indent, at.number, depth))
  }
  return { kind: 'map', entries, line }
}

const valueOf = (reading: Reading, rest: string, indent: number, line: number, depth: number): YamlNode => {
  if (rest !== '' && !rest.startsWith('#')) return scalar(reading, rest, indent)
  reading.at++
  const next = reading.lines[reading.at]
  // A list may stand as far left as the key that it belongs to.
  if (next !== undefined && next.indent === indent && isItem(next.text)) return block(reading, indent, depth + 1)
  if (next === undefined || next.indent <= indent) return { kind: 'text', text: '', line }
  return block(reading, indent + 1, depth + 1)
}

/** A word before a colon that ends it or has a space behind it. */
const keyOf = (text: string): { key: string; rest: string } | undefined => {
  const found =
    /^"([^"\\]*)"\s*:(?:\s+(.*))?$/.exec(text) ??
    /^'([^']*)'\s*:(?:\s+(.*))?$/.exec(text) ??
    /^([^\s"'[\]{}&*!|>%@`#,:?-](?:[^:]|:(?=\S))*|-[^\s:](?:[^:]|:(?=\S))*):(?:\s+(.*))?$/.exec(text)
  const key = found?.[1]?.trimEnd()
  return key === undefined ? undefined : { key, rest: found?.[2] ?? '' }
}

const scalar = (reading: Reading, text: string, indent: number): YamlNode => {
  const { number: line } = reading.lines[reading.at]!
  reading.at++
  const continued = skipDeeper(reading, indent)
  const opaque = (): YamlNode => {
    reading.unread.add(line)
    return { kind: 'opaque', line }
  }
  // The text of a block is nobody's key; that it is there is enough.
  if (/^[|>][-+\d]*(?:\s+#.*)?$/.test(text)) return { kind: 'opaque', line }
  if (continued || /^[&*!|>%@`{]/.test(text))
    return /^\{\s*\}(?:\s+#.*)?$/.test(text) ? { kind: 'map', entries: new Map(), line } : opaque()
  if (text.startsWith('[')) {
    const inside = /^\[([^[\]{}]*)\](?:\s+#.*)?$/.exec(text)?.[1]
    if (inside === undefined) return opaque()
    const words = inside.split(',').map((word) => wordOf(word.trim()))
    if (words.includes(undefined)) return opaque()
    return {
      kind: 'list',
      items: words.flatMap((word) =>
        word === undefined || word === '' ? [] : [{ kind: 'text', text: word, line } as const],
      ),
      line,
    }
  }
  const word = wordOf(text)
  return word === undefined ? opaque() : { kind: 'text', text: word, line }
}

const wordOf = (text: string): string | undefined => {
  if (text.startsWith('"')) return /^"([^"\\]*)"(?:\s+#.*)?$/.exec(text)?.[1]
  if (text.startsWith("'")) return /^'((?:[^']|'')*)'(?:\s+#.*)?$/.exec(text)?.[1]?.replaceAll("''", "'")
  const comment = text.search(/\s#/)
  return (comment === -1 ? text : text.slice(0, comment)).trim()
}

/** Passes over lines that are further right. */
const skipDeeper = (reading: Reading, indent: number): boolean => {
  const start = reading.at
  while ((reading.lines[reading.at]?.indent ?? -1) > indent) reading.at++
  return reading.at > start
}
