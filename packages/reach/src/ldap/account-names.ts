/** By what an account is known to be the same however its name is written. */
export interface AccountNames {
  /** Two names that have one of these in common are the same account. */
  readonly keys: readonly string[]
  /** What all its names have in common, to be put beside a password. */
  readonly own: string
  /** It is the same account in whatever directory: its name says which domain it is of. */
  readonly everywhere: boolean
}

/**
 * `DOMAIN\user`, `user@domain` and DNs, in any case and with any blanks. The short name of a domain is taken for the first label of its long one, as
 * Windows makes it unless it is told otherwise: where that is wrong, two accounts are spared for one.
 */
export const accountNames = (name: string): AccountNames => {
  const text = name.trim().toLowerCase()
  const slash = text.indexOf('\\')
  const isDn = /^[a-z][\w.-]*\s*=/.test(text) || /^\d[\d.]*\s*=/.test(text)
  if (isDn) {
    const dn = plainDn(text)
    return { keys: [`dn:${dn}`], own: dn, everywhere: false }
  }
  const at = text.lastIndexOf('@')
  if (slash > 0) return ofDomain(text.slice(slash + 1).trim(), text.slice(0, slash).trim())
  if (at > 0) return ofDomain(text.slice(0, at).trim(), text.slice(at + 1).trim())
  return { keys: [`name:${text}`], own: text, everywhere: false }
}

const ofDomain = (user: string, domain: string): AccountNames => {
  const long = domain.replace(/\.$/, '')
  const [short = ''] = long.split('.')
  return {
    keys: [`short:${short}\\${user}`, ...(long.includes('.') ? [`long:${user}@${long}`] : [])],
    own: user,
    everywhere: true,
  }
}

const LONGEST = 4096

/** A DN (RFC 4514) in lower case already, without blanks around its separators and with each character escaped in one way. */
const plainDn = (dn: string): string =>
  dn
    .slice(0, LONGEST)
    .replaceAll(/\\([\da-f]{2})/g, (whole, hex: string) => {
      const code = Number.parseInt(hex, 16)
      return code >= 0x20 && code < 0x7f ? `\\${String.fromCharCode(code)}` : whole
    })
    .replaceAll(/(\\[^])|\s*([,;=+])\s*/g, (_, escaped: string | undefined, sign: string | undefined) =>
      sign === undefined ? plainEscape((escaped ?? '').toLowerCase()) : sign === ';' ? ',' : sign,
    )

/** Letters, digits and the like need no escape. */
const plainEscape = (escaped: string) => (/^\\[\w.@-]$/.test(escaped) ? escaped.slice(1) : escaped)
