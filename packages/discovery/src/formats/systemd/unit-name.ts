/** A unit's name taken apart: `prefix@instance.type` (systemd.unit(5)). */
export interface UnitName {
  readonly name: string
  readonly prefix: string
  /** Empty for a template, absent for what is neither a template nor made of one. */
  readonly instance?: string
  readonly type: string
}

/** Undefined for what cannot be the name of a unit. */
export const unitName = (name: string): UnitName | undefined => {
  const found = name.length > 255 ? null : /^([\w:.\\-]+)(?:@([\w:.\\@-]*))?\.([a-z]+)$/.exec(name)
  if (found === null) return undefined
  const [, prefix = '', instance, type = ''] = found
  return { name, prefix, type, ...(instance === undefined ? {} : { instance }) }
}

/** The template that a unit is made of; undefined for a template itself and for an ordinary unit. */
export const templateOf = ({ prefix, instance, type }: UnitName): string | undefined =>
  instance === undefined || instance === '' ? undefined : `${prefix}@.${type}`

export const isTemplate = ({ instance }: UnitName): boolean => instance === ''

/** The folders of drop-ins that belong to a name, in the order in which they win; those of the whole type are not among them. */
export const dropInFolders = ({ prefix, instance, type }: UnitName): readonly string[] => {
  const folders = new Set<string>()
  const visit = (part: string, of: string | undefined): void => {
    const folder = `${part}${of === undefined ? '' : `@${of}`}.${type}.d`
    if (folders.has(folder)) return
    folders.add(folder)
    if (of !== undefined && of !== '') visit(part, '')
    const dash = part.lastIndexOf('-', part.length - 2)
    if (dash > 0) visit(part.slice(0, dash + 1), of === '' ? undefined : of)
  }
  visit(prefix, instance)
  return [...folders]
}

/** What a unit's specifiers are replaced by, where that can be known from outside; undefined leaves a specifier unresolved. */
export interface SpecifierValues {
  readonly unit: UnitName
  readonly hostname?: string | undefined
  /** The account of the manager: root for the system's. */
  readonly account: string
  readonly home: string
  /** Of a user's own manager. */
  readonly user?: true
}

/** Replaces the specifiers of systemd.unit(5); undefined where one of them cannot be told from outside. */
export const resolveSpecifiers = (text: string, values: SpecifierValues): string | undefined => {
  if (!text.includes('%')) return text
  let unknown = false
  const resolved = text.replaceAll(/%(.?)/gsu, (whole, letter: string) => {
    if (!LETTERS.includes(letter)) return whole
    const value = specifier(letter, values)
    if (value === undefined) unknown = true
    return value ?? ''
  })
  return unknown ? undefined : resolved
}

/** Whether systemd refuses a text for a specifier that it does not know: a percent sign before any other character stands for itself. */
export const hasWrongSpecifier = (text: string): boolean =>
  text.includes('%') && [...text.matchAll(/%([A-Za-z0-9%])/g)].some(([, letter]) => !LETTERS.includes(letter!))

/** All that systemd knows. */
const LETTERS = '%aAbBCdDEfgGhHiIjJlLmMnNopPqsStTuUvVwWyY'.split('')

const specifier = (letter: string, { unit, hostname, account, home, user }: SpecifierValues): string | undefined => {
  const name = `${unit.prefix}${unit.instance === undefined ? '' : `@${unit.instance}`}`
  switch (letter) {
    case '%':
      return '%'
    case 'n':
      return unit.name
    case 'N':
      return name
    case 'p':
      return unit.prefix
    case 'P':
      return unescaped(unit.prefix)
    case 'i':
      return unit.instance ?? ''
    case 'I':
      return unescaped(unit.instance ?? '')
    case 'j':
      return unit.prefix.slice(unit.prefix.lastIndexOf('-') + 1)
    case 'J':
      return unescaped(unit.prefix.slice(unit.prefix.lastIndexOf('-') + 1))
    case 'f':
      return `/${unescaped(unit.instance === undefined || unit.instance === '' ? unit.prefix : unit.instance)}`
    case 'u':
      return account
    case 'U':
      return user ? undefined : '0'
    case 'g':
      return user ? undefined : 'root'
    case 'G':
      return user ? undefined : '0'
    case 'h':
      return home
    case 'H':
      return hostname
    case 'l':
      return hostname?.replace(/\..*$/s, '')
    case 't':
      return user ? undefined : '/run'
    case 'S':
      return user ? `${home}/.config` : '/var/lib'
    case 'C':
      return user ? `${home}/.cache` : '/var/cache'
    case 'L':
      return user ? undefined : '/var/log'
    case 'E':
      return user ? `${home}/.config` : '/etc'
    case 'T':
      return '/tmp'
    case 'V':
      return '/var/tmp'
    default:
      return undefined
  }
}

/** What systemd-escape(1) `--unescape` makes of it: `-` is `/`, `\x2d` the character. */
const unescaped = (text: string) =>
  bytesAsText(
    text.replaceAll('-', '/').replaceAll(/\\x([0-9a-f]{2})/gi, (_, digits: string) => {
      return String.fromCharCode(Number.parseInt(digits, 16))
    }),
  )

/** Escapes are bytes of UTF-8. */
const bytesAsText = (text: string) =>
  /[\u0080-\u00FF]/.test(text) && !/[^\0-\u00FF]/.test(text)
    ? UTF8.decode(Uint8Array.from(text, (unit) => unit.charCodeAt(0)))
    : text

const UTF8 = new TextDecoder()

/**
 * The account that `DynamicUser=` makes where `User=` does not name it: the unit's prefix, where that can be the name of an account.
 * Otherwise a name made of its hash, which differs with its spelling only.
 */
export const dynamicAccount = ({ prefix }: UnitName): string =>
  /^[A-Za-z_][\w-]{0,30}$/.test(prefix) ? prefix : `_du${hash(prefix)}`

const MASK = 0xffff_ffff_ffff_ffffn
/** The key that systemd takes (user_from_unit_name): 58 1a af e6 28 58 4e 96, b4 4e f5 3b 8c 92 07 ec, least significant byte first. */
const KEYS = [0x964e_5828_e6af_1a58n, 0xec07_928c_3bf5_4eb4n] as const

/** SipHash-2-4 as sixteen hexadecimal digits. Names are short, so that speed does not matter. */
const hash = (text: string): string => {
  const bytes = new TextEncoder().encode(text)
  let [a, b, c, d] = [
    KEYS[0] ^ 0x736f_6d65_7073_6575n,
    KEYS[1] ^ 0x646f_7261_6e64_6f6dn,
    KEYS[0] ^ 0x6c79_6765_6e65_7261n,
    KEYS[1] ^ 0x7465_6462_7974_6573n,
  ]
  const round = () => {
    a = (a + b) & MASK
    b = rotated(b, 13n) ^ a
    a = rotated(a, 32n)
    c = (c + d) & MASK
    d = rotated(d, 16n) ^ c
    a = (a + d) & MASK
    d = rotated(d, 21n) ^ a
    c = (c + b) & MASK
    b = rotated(b, 17n) ^ c
    c = rotated(c, 32n)
  }
  const whole = bytes.length - (bytes.length % 8)
  for (let at = 0; at <= whole; at += 8) {
    let word = at === whole ? BigInt(bytes.length & 0xff) << 56n : 0n
    for (let index = at; index < Math.min(at + 8, bytes.length); index++)
      word |= BigInt(bytes[index]!) << BigInt(8 * (index - at))
    d ^= word
    round()
    round()
    a ^= word
  }
  c ^= 0xffn
  for (let times = 0; times < 4; times++) round()
  return (a ^ b ^ c ^ d).toString(16).padStart(16, '0')
}

const rotated = (value: bigint, by: bigint) => ((value << by) | (value >> (64n - by))) & MASK
