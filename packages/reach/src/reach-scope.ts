import { lookup as resolve, type LookupAddress, type LookupOptions } from 'node:dns'
import { BlockList, isIP, SocketAddress, type LookupFunction } from 'node:net'

/** Where connections may go, as plain words, so that a process that scans can be told. */
export interface ReachScope {
  /** Addresses that may be connected to, such as `10.0.0.0/24`. */
  readonly cidrs: readonly string[]
  /** Names that may be used, in which `*` is any text; absent: any. */
  readonly names?: readonly string[]
  /** Absent: any. */
  readonly ports?: readonly number[]
  /** Never, whatever else is allowed. */
  readonly deny: { readonly cidrs: readonly string[]; readonly names: readonly string[] }
}

/** Whether an address may be connected to. A name has to be resolved first. */
export const addressIn = (scope: ReachScope, address: string): 'in' | 'out' | 'denied' => {
  const { allowed, denied } = listsOf(scope)
  const forms = formsOf(address)
  if (forms.some((form) => denied[form.family].check(form.address, form.family))) return 'denied'
  return forms.length > 0 && forms.every((form) => allowed[form.family].check(form.address, form.family)) ? 'in' : 'out'
}

/** Whether a host, by the name or address that it is called by, may be tried on a port; what a name resolves to is another question. */
export const hostIn = (scope: ReachScope, host: string, port: number): 'in' | 'out' | 'denied' => {
  if (scope.ports !== undefined && !scope.ports.includes(port)) return 'out'
  if (isIP(bare(host)) !== 0) return addressIn(scope, host)
  const name = host.toLowerCase()
  if (scope.deny.names.some((pattern) => matchesName(pattern, name))) return 'denied'
  return scope.names === undefined || scope.names.some((pattern) => matchesName(pattern, name)) ? 'in' : 'out'
}

/** What `connect` is given so that it goes nowhere else: not even where a name leads that resolves otherwise the next time it is asked. */
export const connectingWithin = (
  scope: ReachScope | undefined,
  host: string,
  port: number,
): { readonly lookup?: LookupFunction } | { readonly refused: Error } => {
  if (scope === undefined) return {}
  if (hostIn(scope, host, port) !== 'in') return { refused: outside() }
  return { lookup: lookupWithin(scope) }
}

/** The code of a connection that was not made, for the same reasons as any other. */
const OUTSIDE = 'EOUTSIDE'

const outside = () => Object.assign(new Error('outside of where connections may go'), { code: OUTSIDE })

const lookupWithin =
  (scope: ReachScope): LookupFunction =>
  (hostname, options: LookupOptions, callback) => {
    resolve(hostname, { ...options, all: true }, (error, found: LookupAddress[]) => {
      if (error !== null) return callback(error, [])
      const within = found.filter(({ address }) => addressIn(scope, address) === 'in')
      const [first] = within
      if (first === undefined) return callback(outside(), [])
      if (options.all === true) return callback(null, within)
      callback(null, first.address, first.family)
    })
  }

/** One list for each family: the system's own takes an IPv4 address for one in `::/0`. */
interface Lists {
  readonly allowed: Record<Form['family'], BlockList>
  readonly denied: Record<Form['family'], BlockList>
}
const made = new WeakMap<ReachScope, Lists>()

const listsOf = (scope: ReachScope): Lists => {
  const known = made.get(scope)
  if (known !== undefined) return known
  const lists = { allowed: listOf(scope.cidrs), denied: listOf(scope.deny.cidrs) }
  made.set(scope, lists)
  return lists
}

const listOf = (cidrs: readonly string[]): Record<Form['family'], BlockList> => {
  const lists = { ipv4: new BlockList(), ipv6: new BlockList() }
  for (const cidr of cidrs) {
    const [address = '', prefix = ''] = cidr.split('/')
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4'
    lists[family].addSubnet(address, Number(prefix), family)
  }
  return lists
}

interface Form {
  readonly address: string
  readonly family: 'ipv4' | 'ipv6'
}

/** Every address that one stands for: IPv6 can carry an IPv4 address (RFC 4291 2.5.5.2, RFC 6052), and then both must be allowed. */
const formsOf = (text: string): Form[] => {
  const address = bare(text)
  const kind = isIP(address)
  if (kind === 0) return []
  if (kind === 4) return [{ address, family: 'ipv4' }]
  const plain = new SocketAddress({ address, family: 'ipv6' }).address
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(plain)?.[1]
  if (mapped !== undefined) return [{ address: mapped, family: 'ipv4' }]
  const embedded = /^64:ff9b::([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(plain)
  const own: Form = { address: plain, family: 'ipv6' }
  if (embedded === null) return [own]
  const [high, low] = [Number.parseInt(embedded[1]!, 16), Number.parseInt(embedded[2]!, 16)]
  return [own, { address: [high >> 8, high & 255, low >> 8, low & 255].join('.'), family: 'ipv4' }]
}

const bare = (host: string) => host.replace(/%.*$/, '')

const matchesName = (pattern: string, name: string): boolean => {
  const [first = '', ...rest] = pattern.toLowerCase().split('*')
  if (rest.length === 0) return name === first
  if (!name.startsWith(first)) return false
  let at = first.length
  const last = rest.pop()!
  for (const part of rest) {
    const found = name.indexOf(part, at)
    if (found === -1) return false
    at = found + part.length
  }
  return name.length - last.length >= at && name.endsWith(last)
}
