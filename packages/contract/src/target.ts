import type { z } from 'zod'
import { text } from './text.ts'

/** A host that is scanned: this machine, or one reached over SSH. */
export type HostTarget = { kind: 'local' } | { kind: 'ssh'; host: string; port: number; user?: string }

/** The canonical text of a target: `local`, `ssh://host:22`, `ssh://user@[2001:db8::1]:22`. */
export const targetId = text(512)
export type TargetId = z.output<typeof targetId>

const NAME = /^(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*\.?$/i
const USER = /^[^\s@/:'"\\\u0000-\u001f-][^\s@/:'"\\\u0000-\u001f]{0,63}$/

/** Writes a target in its canonical form; the same host, port and user always give the same text. */
export const formatTarget = (target: HostTarget): TargetId => {
  if (target.kind === 'local') return 'local'
  const host = target.host.includes(':') ? `[${target.host}]` : target.host
  return `ssh://${target.user === undefined ? '' : `${target.user}@`}${host}:${target.port}`
}

/** Reads `local` or `[ssh://][user@]host[:port]`, the host a name, IPv4 address or IPv6 address in brackets. Undefined when it is none. */
export const parseTarget = (text: string): HostTarget | undefined => {
  if (text === 'local') return { kind: 'local' }
  const match = /^(?:ssh:\/\/)?(?:([^@]*)@)?(?:\[([0-9a-f:.]+(?:%[\w.]+)?)\]|([^@:[\]/\s]+))(?::(\d{1,5}))?\/?$/i.exec(
    text,
  )
  if (!match) return undefined
  const [, user, bracketed, plain, portText] = match
  const port = portText === undefined ? 22 : Number(portText)
  if (port < 1 || port > 65_535) return undefined
  if (user !== undefined && !USER.test(user)) return undefined
  const host = bracketed === undefined ? hostName(plain ?? '') : ipv6(bracketed)
  if (host === undefined) return undefined
  return { kind: 'ssh', host, port, ...(user === undefined ? {} : { user }) }
}

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
