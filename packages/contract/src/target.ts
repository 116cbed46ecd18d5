import type { TargetId } from './target-id.ts'

/** A host that is scanned: this machine, or one reached over SSH. */
export type HostTarget = { kind: 'local' } | { kind: 'ssh'; host: string; port: number; user?: string }

/** A directory that is scanned over LDAP: TLS from the first byte (`ldaps`), or after StartTLS (RFC 4511 4.14). Never in clear. */
export type DirectoryTarget = { kind: 'directory'; security: 'ldaps' | 'starttls'; host: string; port: number }

/** Something that is scanned. */
export type Target = HostTarget | DirectoryTarget

const NAME = /^(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*\.?$/i
const USER = /^[^\s@/:'"\\\u0000-\u001f-][^\s@/:'"\\\u0000-\u001f]{0,63}$/

/** Writes a target in its canonical form; the same host, port and user always give the same text. */
export const formatTarget = (target: Target): TargetId => {
  if (target.kind === 'local') return 'local'
  const host = target.host.includes(':') ? `[${target.host}]` : target.host
  if (target.kind === 'directory') return `${target.security === 'ldaps' ? 'ldaps' : 'ldap'}://${host}:${target.port}`
  return `ssh://${target.user === undefined ? '' : `${target.user}@`}${host}:${target.port}`
}

/**
 * Reads `local`, `[ssh://][user@]host[:port]`, `ldaps://host[:port]` or `ldap://host[:port]`, the host a name, IPv4 address or IPv6
 * address in brackets. Undefined when it is none. Who reads a directory is never part of the target: whoever it is, the directory is
 * the same.
 */
export const parseTarget = (text: string): Target | undefined => {
  if (text === 'local') return { kind: 'local' }
  const match =
    /^(?:(ssh|ldaps?):\/\/)?(?:([^@]*)@)?(?:\[([0-9a-f:.]+(?:%[\w.]+)?)\]|([^@:[\]/\s]+))(?::(\d{1,5}))?\/?$/i.exec(
      text,
    )
  if (!match) return undefined
  const [, scheme = 'ssh', user, bracketed, plain, portText] = match
  const kind = scheme.toLowerCase() as keyof typeof PORTS
  const port = portText === undefined ? PORTS[kind] : Number(portText)
  if (port < 1 || port > 65_535) return undefined
  if (user !== undefined && (kind !== 'ssh' || !USER.test(user))) return undefined
  const host = bracketed === undefined ? hostName(plain ?? '') : ipv6(bracketed)
  if (host === undefined) return undefined
  if (kind !== 'ssh') return { kind: 'directory', security: kind === 'ldaps' ? 'ldaps' : 'starttls', host, port }
  return { kind: 'ssh', host, port, ...(user === undefined ? {} : { user }) }
}

const PORTS = { ssh: 22, ldaps: 636, ldap: 389 } as const

const hostName = (text: string) => {
  // Four numbers are an address or nothing: `10.0.0.300` is a slip, not a name.
  if (/^[\d.]+$/.test(text)) return ipv4Number(text) === undefined ? undefined : text
  return NAME.test(text) ? text.toLowerCase().replace(/\.$/, '') : undefined
}

const ipv6 = (text: string) => {
  try {
    return new URL(`http://[${text.replace(/%.*$/, '')}]/`).hostname.slice(1, -1) + (/%.*$/.exec(text)?.[0] ?? '')
  } catch {
    return undefined
  }
}

/** An IPv4 address in dotted decimal as a number; undefined when it is not one. */
export const ipv4Number = (text: string): number | undefined => {
  const parts = text.split('.')
  if (parts.length !== 4 || !parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256))
    return undefined
  return parts.reduce((sum, part) => sum * 256 + Number(part), 0)
}

/** The dotted decimal form of `ipv4Number`'s result. */
export const ipv4Text = (number: number): string =>
  [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join('.')
