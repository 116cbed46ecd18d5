import { z } from 'zod'
import { LOCAL_SEGMENT, segmentName } from './bus/fleet-names.ts'
import { isComputersOf, parseComputersOf } from './computers-of.ts'
import { ipv4Number, parseTarget, type Target } from './target.ts'

/** What a credential that scans is made of: a private key, a password to log in with, one for sudo, or one to bind to a directory with. */
export const scanCredentialKind = z.enum(['ssh-key', 'password', 'sudo-password', 'ldap-bind'])
export type ScanCredentialKind = z.output<typeof scanCredentialKind>

/** A host, an address, a name with `*` for any text, a block such as `10.0.0.0/8`, or a range; with `:port` behind where it matters. */
const targetPattern = z
  .string()
  .min(1)
  .max(255)
  .regex(/^(?:\[[0-9a-f:.]+\]|[a-z0-9*._-]+(?:\/\d{1,2})?)(?::\d{1,5})?$/, 'a host, a name with *, or a block')

/** What is told of a credential without telling it: what it is, whose, and where it may be used. Whoever sealed the secret sealed it to these words. */
export const scanCredential = z.object({
  id: z.uuid(),
  name: z
    .string()
    .min(1)
    .max(64)
    .regex(/^[\w][\w .@-]*$/, 'letters, digits, spaces and . _ @ -'),
  kind: scanCredentialKind,
  /** The account that it logs in as: a name, or for directories a DN, `user@domain` or `DOMAIN\user`. */
  user: z
    .string()
    .min(1)
    .max(512)
    // oxlint-disable-next-line no-control-regex -- what would change a terminal has no place in a name
    .regex(/^[^\u0000-\u001f\u007f]+$/),
  /** Segments whose agents may be lent it. */
  segments: z.array(segmentName).min(1).max(100).default([LOCAL_SEGMENT]),
  targets: z.array(targetPattern).min(1).max(1000),
})
export type ScanCredential = z.output<typeof scanCredential>

/** The parts of its secret. */
export const SECRET_PARTS: Readonly<Record<ScanCredentialKind, { readonly needed: string; readonly may?: string }>> = {
  'ssh-key': { needed: 'privateKey', may: 'passphrase' },
  password: { needed: 'password' },
  'sudo-password': { needed: 'password' },
  'ldap-bind': { needed: 'password' },
}

/** For what a secret is sealed on its way to the vault. */
export const CREDENTIAL_SEAL = 'rollcall credential 1'

/** The words that a secret is sealed to: changed ones do not open it. */
export const credentialWords = ({ id, name, kind, user, segments, targets }: ScanCredential): string =>
  JSON.stringify(['credential', id, name, kind, user, segments, targets])

/** For what a secret is sealed on its way to an agent. */
export const LEASE_SEAL = 'rollcall lease 1'

/** What one loan is: which secret, to whom, and for what. */
export interface LeaseTerms {
  readonly lease: string
  readonly credential: string
  readonly version: number
  readonly kind: ScanCredentialKind
  readonly user: string
  readonly agent: string
  readonly run: string
  readonly attempt: string
  readonly target: string
}

/** The words that a lent secret is sealed to: it opens for nothing else. */
export const leaseWords = (terms: LeaseTerms): string => {
  const { lease, credential, version, kind, user, agent, run, attempt, target } = terms
  return JSON.stringify(['lease', lease, credential, version, kind, user, agent, run, attempt, target])
}

/** What is logged in to for a target of a run: itself, or the directory that is asked for computers. */
export const leaseTarget = (text: string): Target | undefined => {
  if (!isComputersOf(text)) return parseTarget(text)
  const computers = parseComputersOf(text)
  return typeof computers === 'string' ? undefined : computers.directory
}

/** Whether a credential may be used on a target of a segment. */
export const mayBeUsedOn = (
  { kind, user, segments, targets }: Pick<ScanCredential, 'kind' | 'user' | 'segments' | 'targets'>,
  segment: string,
  target: Target,
): boolean => {
  if (target.kind === 'local' || !segments.includes(segment)) return false
  if ((target.kind === 'directory') !== (kind === 'ldap-bind')) return false
  // A target that names its account is of nobody else's.
  if (target.kind === 'ssh' && target.user !== undefined && target.user !== user) return false
  return targets.some((pattern) => fits(pattern, target.host, target.port))
}

const fits = (pattern: string, host: string, port: number): boolean => {
  const [, bracketed, plain = '', portText] = /^(?:\[([0-9a-f:.]+)\]|([^:]*))(?::(\d+))?$/.exec(pattern) ?? []
  if (portText !== undefined && Number(portText) !== port) return false
  if (bracketed !== undefined) return bracketed === host
  const address = ipv4Number(host)
  const [, first, prefix, last] = /^([\d.]+)(?:\/(\d+)|-([\d.]+))$/.exec(plain) ?? []
  if (first !== undefined) return address !== undefined && isWithin(address, first, prefix, last)
  // An address is no name: `10.*` would be read as more than it says.
  if (address !== undefined) return plain === '*' || plain === host
  return isNamed(plain, host)
}

const isWithin = (address: number, first: string, prefix: string | undefined, last: string | undefined): boolean => {
  const from = ipv4Number(first)
  if (from === undefined) return false
  if (last !== undefined) return from <= address && address <= (ipv4Number(last) ?? -1)
  if (Number(prefix) > 32) return false
  const size = 2 ** (32 - Number(prefix))
  return Math.floor(address / size) === Math.floor(from / size)
}

/** `*` is any text. By hand and in one pass: a pattern is not to take time. */
const isNamed = (pattern: string, host: string): boolean => {
  const [start = '', ...rest] = pattern.split('*')
  if (rest.length === 0) return pattern === host
  if (!host.startsWith(start)) return false
  const end = rest.pop()!
  let at = start.length
  for (const part of rest) {
    const found = host.indexOf(part, at)
    if (found < 0) return false
    at = found + part.length
  }
  return host.length - at >= end.length && host.endsWith(end)
}
