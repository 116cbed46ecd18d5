import { addressBytes, inNetwork, isTruncationOf } from './addresses.ts'
import { matchesGlob } from './glob.ts'
import type { HostMember } from './syntax.ts'

/** What is known of the host that the lists are read for. */
export interface ThisHost {
  /** What `uname -n` says. */
  readonly hostname?: string
  readonly fqdn?: string
  /** Its own addresses; those of the loopback and the link are not among them. */
  readonly addresses: readonly string[]
  /** Whether sudo looks its full name up (`Defaults fqdn`); unknown where that is up to how sudo was built. */
  readonly usesFqdn: boolean | 'unknown'
  /** Whether a netgroup names a host of this name; absent where netgroups come from elsewhere. */
  readonly inNetgroup?: (netgroup: string, host: string) => boolean | undefined
}

/** Whether a host list, its aliases resolved, names this host. `unknown` where a netgroup or something we cannot see decides. */
export const hostListMatches = (members: readonly HostMember[], host: ThisHost): 'yes' | 'no' | 'unknown' => {
  const possible = new Set<'yes' | 'no'>()
  for (let index = members.length - 1; index >= 0; index--) {
    const member = members[index]!
    const matches = memberMatches(member, host)
    if (matches === 'no') continue
    possible.add(member.negated ? 'no' : 'yes')
    if (matches === 'yes') return only(possible)
  }
  return only(possible.add('no'))
}

const only = (possible: ReadonlySet<'yes' | 'no'>) => (possible.size === 1 ? [...possible][0]! : 'unknown')

const memberMatches = (member: HostMember, host: ThisHost): 'yes' | 'no' | 'unknown' => {
  switch (member.type) {
    case 'all':
      return 'yes'
    case 'netgroup':
      return netgroupMatches(member.name, host)
    case 'network':
      return networkMatches(member.name, host.addresses)
    default:
      return nameMatches(member.name, host)
  }
}

/** By its full name or the part before the first dot. */
const netgroupMatches = (netgroup: string, { hostname, fqdn, inNetgroup }: ThisHost): 'yes' | 'no' | 'unknown' => {
  if (inNetgroup === undefined || hostname === undefined) return 'unknown'
  const names = new Set([hostname, hostname.split('.', 1)[0]!, ...(fqdn === undefined ? [] : [fqdn])])
  const found = new Set([...names].map((name) => inNetgroup(netgroup, name)))
  return found.has(true) ? 'yes' : found.has(undefined) ? 'unknown' : 'no'
}

/** A name with a dot is compared with the full name, one without with the part before the first dot. */
const nameMatches = (pattern: string, { hostname, fqdn, usesFqdn }: ThisHost): 'yes' | 'no' | 'unknown' => {
  if (hostname === undefined) return 'unknown'
  const matches = (name: string) => matchesGlob(pattern.toLowerCase(), name.toLowerCase())
  const short = hostname.split('.', 1)[0]!
  if (!pattern.includes('.')) return matches(short) ? 'yes' : 'no'
  if (hostname.includes('.')) return matches(hostname) ? 'yes' : 'no'
  if (usesFqdn === false) return matches(hostname) ? 'yes' : 'no'
  const found =
    fqdn === undefined ? matchesGlob(pattern.split('.', 1)[0]!.toLowerCase(), short.toLowerCase()) : matches(fqdn)
  if (!found) return 'no'
  return usesFqdn === true && fqdn !== undefined ? 'yes' : 'unknown'
}

const networkMatches = (text: string, own: readonly string[]): 'yes' | 'no' | 'unknown' => {
  const [address = '', mask] = text.split('/')
  const network = addressBytes(address)
  if (network === undefined) return 'no'
  const maskBytes = mask === undefined ? undefined : netmask(mask, network.length)
  if (mask !== undefined && maskBytes === undefined) return 'no'
  if (own.length === 0) return 'unknown'
  let possible = isLinkLocal(network)
  for (const text of own) {
    const candidate = addressBytes(text)
    if (candidate === undefined || candidate.length !== network.length) continue
    if (maskBytes === undefined) {
      if (candidate.every((byte, index) => byte === network[index])) return 'yes'
      // Without a mask sudo takes that of the interface, which is not known here.
      if (isTruncationOf(network, candidate)) possible = true
    } else if (inNetwork(candidate, network, maskBytes)) return 'yes'
  }
  return possible ? 'unknown' : 'no'
}

const netmask = (text: string, length: number): Uint8Array | undefined => {
  if (!/^\d+$/.test(text)) {
    const mask = addressBytes(text)
    return mask?.length === length ? mask : undefined
  }
  const bits = Math.min(Number(text), length * 8)
  return Uint8Array.from({ length }, (_, index) => (0xff00 >> Math.max(0, Math.min(8, bits - index * 8))) & 0xff)
}

const isLinkLocal = (bytes: Uint8Array) => bytes.length === 16 && bytes[0] === 0xfe && (bytes[1]! & 0xc0) === 0x80
