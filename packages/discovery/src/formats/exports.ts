/** One client of one exported folder, with what holds for it. */
export interface NfsExport {
  readonly path: string
  /** As written: a host, network, wildcard, `@netgroup`, or `*` for everyone. */
  readonly client: string
  readonly insecure: boolean
  readonly subtreeCheck: boolean
  readonly anonuid: number
  readonly anongid: number
  /** What holds under each security flavour, in the order of preference. */
  readonly flavours: readonly NfsFlavour[]
  readonly line: number
}

export interface NfsFlavour {
  readonly name: string
  readonly readOnly: boolean
  readonly rootSquash: boolean
  readonly allSquash: boolean
  readonly insecure: boolean
}

export interface ParsedExports {
  readonly exports: readonly NfsExport[]
  /** The line at which exportfs gives up: it exports nothing of what follows. */
  readonly brokenAt?: number
}

/**
 * Reads exports(5) as exportfs(8) of nfs-utils does: words of a line, the first a path, then clients with options in parentheses and
 * default options after a dash. A backslash before the end of a line makes one line of two, `#` starts a comment where a
 * word would begin, and spaces may be written in quotes or as three octal digits.
 */
export const parseExports = (text: string): ParsedExports => {
  const exports: NfsExport[] = []
  const seen = new Set<string>()
  for (const { words, line } of logicalLines(text)) {
    const [path, ...rest] = words
    if (path === undefined) continue
    if (path === BROKEN || exports.length >= MOST_EXPORTS) return { exports, brokenAt: line }
    let defaults = DEFAULTS
    // A path alone is for everyone.
    for (let at = 0; at < Math.max(1, rest.length); at++) {
      let word = rest[at] ?? ''
      if (word.startsWith('-')) {
        const read = options(word.slice(1), defaults)
        if (read === undefined) return { exports, brokenAt: line }
        defaults = read
        word = rest[++at] ?? ''
      }
      const read = client(word, defaults)
      if (read === undefined) return { exports, brokenAt: line }
      const key = `${path}\0${word.split('(', 1)[0]}`
      // Of several for one client exportfs takes the first, and warns. Default options after others are taken for a host, and none is called so.
      if (!seen.has(key) && !word.startsWith('-')) exports.push({ path, ...read, line })
      seen.add(key)
    }
  }
  return { exports }
}

const MOST_EXPORTS = 10_000
/** Stands for a word that does not end as it must; no word can hold a NUL otherwise, since one ends it. */
const BROKEN = '\0'
const LONGEST_WORD = 4096

type Known = Omit<NfsExport, 'path' | 'client' | 'line'> & Omit<NfsFlavour, 'name'>

const DEFAULTS: Known = {
  insecure: false,
  subtreeCheck: false,
  anonuid: 65_534,
  anongid: 65_534,
  readOnly: true,
  rootSquash: true,
  allSquash: false,
  flavours: [],
}

const client = (word: string, defaults: Known): Omit<NfsExport, 'path' | 'line'> | undefined => {
  const open = word.indexOf('(')
  const name = open === -1 ? word : word.slice(0, open)
  if (open !== -1 && word.indexOf(')', open) !== word.length - 1) return undefined
  const known = open === -1 ? defaults : options(word.slice(open + 1, -1), defaults)
  if (known === undefined || name.length > 1024) return undefined
  const { insecure, subtreeCheck, anonuid, anongid, flavours, readOnly, rootSquash, allSquash } = known
  return {
    client: name === '' ? '*' : name,
    insecure,
    subtreeCheck,
    anonuid,
    anongid,
    flavours: flavours.length > 0 ? flavours : [{ name: 'sys', readOnly, rootSquash, allSquash, insecure }],
  }
}

/** Options that hold for the flavours named right before them in the same list, and for those named later. */
type Switch = 'readOnly' | 'rootSquash' | 'allSquash' | 'insecure'

const SWITCHES: ReadonlyMap<string, readonly [name: Switch, value: boolean]> = new Map([
  ['ro', ['readOnly', true]],
  ['rw', ['readOnly', false]],
  ['root_squash', ['rootSquash', true]],
  ['no_root_squash', ['rootSquash', false]],
  ['all_squash', ['allSquash', true]],
  ['no_all_squash', ['allSquash', false]],
  ['secure', ['insecure', false]],
  ['insecure', ['insecure', true]],
])

const OTHERS =
  /^(?:a?sync|(?:no_)?wdelay|(?:no)?hide|(?:no)?crossmnt|(?:no_)?auth_nlm|(?:in)?secure_locks|(?:no_)?acl|nordirplus|(?:no_)?pnfs|security_label|root_squash|mp|mountpoint|(?:mp|mountpoint|fsid|refer|replicas|mapping|squash_uids|squash_gids|xprtsec)=.*|map_identity|map_daemon)?$/

/** Undefined where one is not known or not well formed. */
const options = (text: string, before: Known): Known | undefined => {
  const known = { ...before, flavours: before.flavours.map((flavour) => ({ ...flavour })) }
  let active: string[] = []
  for (const option of text.replace(/^[ \t]+/, '').split(',')) {
    const toggle = SWITCHES.get(option)
    if (toggle !== undefined) {
      const [name, value] = toggle
      known[name] = value
      for (const flavour of known.flavours) if (active.includes(flavour.name)) flavour[name] = value
    } else if (option === 'subtree_check' || option === 'no_subtree_check')
      known.subtreeCheck = option === 'subtree_check'
    else if (option.startsWith('anonuid=') || option.startsWith('anongid=')) {
      const number = option.slice(8)
      if (!/^\s*[+-]?\d+$/.test(number)) return undefined
      known[option.startsWith('anonuid') ? 'anonuid' : 'anongid'] = Number(BigInt.asUintN(32, BigInt(number.trim())))
    } else if (option.startsWith('sec=')) {
      active = option.slice(4).split(':')
      if (!active.every((name) => /^(?:sys|krb5[ip]?|null|none|unix|lkey[ip]?|spkm3?[ip]?|\d+)$/.test(name)))
        return undefined
      const { readOnly, rootSquash, allSquash, insecure } = known
      for (const name of active)
        if (known.flavours.every((flavour) => flavour.name !== name))
          known.flavours.push({ name, readOnly, rootSquash, allSquash, insecure })
      if (known.flavours.length > MOST_FLAVOURS) return undefined
    } else if (!OTHERS.test(option)) return undefined
  }
  return known
}

const MOST_FLAVOURS = 16

interface LogicalLine {
  readonly words: readonly string[]
  readonly line: number
}

/** Words with what quotes and octal digits stand for; `BROKEN` in place of a line that cannot be read. */
function* logicalLines(text: string): Generator<LogicalLine> {
  let words: string[] = []
  let word = ''
  let isWord = false
  let isQuoted = false
  let line = 1
  let start = 1
  const endWord = () => {
    if (isWord) words.push(word)
    word = ''
    isWord = false
  }
  for (let at = 0; at <= text.length; at++) {
    const sign = text[at]
    if (sign === '\\' && text[at + 1] === '\n') {
      line++
      at++
      while (text[at + 1] === ' ' || text[at + 1] === '\t') at++
      if (!isQuoted) endWord()
      else word += ' '
      continue
    }
    if (sign === '#' && !isQuoted && !isWord) {
      const end = text.indexOf('\n', at)
      at = (end === -1 ? text.length : end) - 1
      continue
    }
    if (sign === undefined || sign === '\n') {
      endWord()
      if (isQuoted || words.some(({ length }) => length > LONGEST_WORD)) {
        yield { words: [BROKEN], line: start }
        return
      }
      if (words.length > 0) yield { words, line: start }
      words = []
      line++
      start = line
      continue
    }
    if (sign === '"') {
      isQuoted = !isQuoted
      isWord = true
      continue
    }
    if (!isQuoted && /[ \t\r\v\f]/.test(sign)) {
      endWord()
      continue
    }
    const octal = sign === '\\' ? /^[0-3][0-7]{2}/.exec(text.slice(at + 1, at + 4))?.[0] : undefined
    word += octal === undefined ? sign : String.fromCharCode(Number.parseInt(octal, 8))
    if (octal !== undefined) at += 3
    isWord = true
  }
}
