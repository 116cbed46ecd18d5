/** Fields that hold a DN as `place`: paths of at most 4,096 units. */
const LONGEST_PLACE = 4096
/** Longer ones are compared as they are written. */
const LONGEST_READ = 16_384

/** A DN as the place of a finding. */
export const clippedDn = (dn: string): string => (dn.length <= LONGEST_PLACE ? dn : dn.slice(0, LONGEST_PLACE))

/**
 * A DN (RFC 4514) in the one form that it is compared in: lower case, no blanks around separators, each character escaped in one way. Any
 * text has such a form.
 */
export const normalDn = (dn: string): string =>
  ODD.test(dn) && dn.length <= LONGEST_READ ? rdnsOf(dn).map(writtenRdn).join(',') : dn.toLowerCase()

/** What makes a DN that may be written in several ways. */
const ODD = /[\\"+;]|, | ,|= | =|^ | $|#/

/** The first value of its first part, as it is meant: `ann` of `uid=ann,ou=People`. */
export const rdnValue = (dn: string): string => {
  const from = dn.indexOf('=')
  if (from < 0) return dn
  if (!ODD.test(dn)) {
    const to = dn.indexOf(',', from)
    return dn.slice(from + 1, to < 0 ? dn.length : to)
  }
  return rdnsOf(dn.slice(0, LONGEST_READ))[0]?.[0]?.value ?? dn
}

/** The DN above it, as it is written; empty for the topmost. */
export const parentDn = (dn: string): string => {
  for (let at = 0; at < dn.length; at++) {
    if (dn[at] === '\\') at++
    else if (dn[at] === ',') return dn.slice(at + 1).trimStart()
  }
  return ''
}

/** Whether a DN is another one or below it, both in their normal form. */
export const isWithinDn = (dn: string, base: string): boolean =>
  base === '' || dn === base || (dn.endsWith(base) && dn[dn.length - base.length - 1] === ',')

interface Part {
  readonly name: string
  readonly value: string
}

const rdnsOf = (dn: string): Part[][] => {
  const rdns: Part[][] = []
  let rdn: Part[] = []
  let at = 0
  while (at <= dn.length) {
    const equals = dn.indexOf('=', at)
    const end = endOfPart(dn, at)
    const [name, raw] =
      equals < 0 || equals > end ? ['', dn.slice(at, end)] : [dn.slice(at, equals), dn.slice(equals + 1, end)]
    rdn.push({ name: name.trim().toLowerCase(), value: unescaped(raw) })
    if (dn[end] !== '+') {
      rdns.push(rdn)
      rdn = []
    }
    at = end + 1
  }
  return rdns
}

/** Where the next `,`, `;` or `+` stands that is no part of a value. */
const endOfPart = (dn: string, from: number): number => {
  let quoted = false
  for (let at = from; at < dn.length; at++) {
    const unit = dn[at]
    if (unit === '\\') at++
    else if (unit === '"') quoted = !quoted
    else if (!quoted && (unit === ',' || unit === ';' || unit === '+')) return at
  }
  return dn.length
}

const unescaped = (raw: string): string => {
  const text = raw.replace(/^ +/, '').replace(/(?<!\\) +$/, '')
  const bare = text.length >= 2 && text.startsWith('"') && text.endsWith('"') ? text.slice(1, -1) : text
  if (!bare.includes('\\')) return bare
  return bare.replaceAll(/(?:\\[0-9a-f]{2})+|\\([^])/gi, (whole, one: string | undefined) =>
    one === undefined
      ? UTF8.decode(Uint8Array.from(whole.slice(1).split('\\'), (pair) => Number.parseInt(pair, 16)))
      : one,
  )
}

const UTF8 = new TextDecoder('utf-8', { ignoreBOM: true })

const writtenRdn = (rdn: readonly Part[]): string => {
  const parts = rdn.map(({ name, value }) => (name === '' ? escaped(value) : `${name}=${escaped(value)}`))
  return (parts.length === 1 ? parts : parts.sort()).join('+')
}

const escaped = (value: string) =>
  value
    .toLowerCase()
    .replaceAll(/[\\",;+<>]/g, '\\$&')
    .replace(/^[ #]/, '\\$&')
    .replace(/(?<=.) $/, '\\ ')
