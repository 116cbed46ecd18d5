import {
  formatComputersOf,
  formatTarget,
  ipv4Number,
  ipv4Text,
  parseTargetPart,
  type Target,
  type TargetPart,
  type TargetSet,
} from '@rollcall/contract'
import type { OrderRefusal, PolicyScope, PolicyStatement } from '@rollcall/contract/bus'
import { hostIn, type ReachScope } from '@rollcall/reach'

export interface ScopeProblem {
  readonly code: Extract<OrderRefusal, 'out-of-scope' | 'denied' | 'malformed' | 'too-fast'>
  /** The entry, and why. */
  readonly detail: string
}

/** What a policy allows in a segment; undefined: nothing. */
export const scopeOf = (policy: PolicyStatement, segment: string): PolicyScope | undefined =>
  policy.segments[segment] ?? policy.segments['*']

/** The part of it that holds for every connection. */
export const connections = ({ cidrs, names, ports, deny }: PolicyScope): ReachScope => ({
  cidrs,
  deny,
  ...(names === undefined ? {} : { names }),
  ...(ports === undefined ? {} : { ports }),
})

/** How many targets sets name at most, before any is resolved. */
export const targetsIn = (sets: readonly TargetSet[]): number =>
  sets
    .flatMap(({ include }) => include)
    .map((entry) => parseTargetPart(entry.trim()))
    .reduce((sum, part) => sum + ('first' in part ? part.last - part.first + 1 : 1), 0)

/**
 * The first entry that lies outside of a scope; undefined where all lie in it. Names are judged as names here, and by what they resolve to when
 * something connects. What a set leaves out may lie anywhere.
 */
export const outsideOf = (scope: PolicyScope, sets: readonly TargetSet[]): ScopeProblem | undefined => {
  for (const set of sets) {
    const left = set.exclude.map((entry) => parseTargetPart(entry.trim()))
    for (const entry of set.include) {
      const part = parseTargetPart(entry.trim())
      if ('problem' in part) return { code: 'malformed', detail: `${entry}: ${part.problem}`.slice(0, 500) }
      const problem = partOutside(scope, part, left)
      if (problem !== undefined) return problem
    }
  }
  return undefined
}

type Range = Extract<TargetPart, { kind: 'range' }>
type Left = ReturnType<typeof parseTargetPart>

const partOutside = (scope: PolicyScope, part: TargetPart, left: readonly Left[]): ScopeProblem | undefined => {
  switch (part.kind) {
    case 'range':
      return rangeOutside(scope, part, left)
    case 'computers':
      return hostOutside(scope, part.directory) ?? baseOutside(scope, formatComputersOf(part), part.below)
    case 'host':
      return left.some((other) => leavesOut(other, part.target)) ? undefined : targetOutside(scope, part.target)
  }
}

const leavesOut = (other: Left, target: Target): boolean => {
  if ('problem' in other || target.kind === 'local' || other.kind === 'computers') return false
  const number = ipv4Number(target.host)
  if (other.kind === 'range') return number !== undefined && other.first <= number && number <= other.last
  return other.target.kind !== 'local' && other.target.host === target.host
}

const targetOutside = (scope: PolicyScope, target: Target): ScopeProblem | undefined => {
  if (target.kind === 'local')
    return scope.local ? undefined : { code: 'out-of-scope', detail: 'the machine that the agent runs on' }
  const problem = hostOutside(scope, target)
  return problem ?? (target.kind === 'directory' ? baseOutside(scope, formatTarget(target), undefined) : undefined)
}

const hostOutside = (scope: PolicyScope, target: Exclude<Target, { kind: 'local' }>): ScopeProblem | undefined => {
  const verdict = hostIn(connections(scope), target.host, target.port)
  if (verdict === 'in') return undefined
  return { code: verdict === 'denied' ? 'denied' : 'out-of-scope', detail: formatTarget(target) }
}

/** A scan of a directory reads all of it, so it is allowed only where no bases are named, or the root is one. */
const baseOutside = (scope: PolicyScope, name: string, base: string | undefined): ScopeProblem | undefined => {
  const bases = scope.ldapBases
  if (bases === undefined) return undefined
  const wanted = normal(base ?? '')
  const inside = bases
    .map(normal)
    .some((allowed) => allowed === '' || wanted === allowed || wanted.endsWith(`,${allowed}`))
  return inside
    ? undefined
    : { code: 'out-of-scope', detail: `${name}: what it reads is not limited to an allowed base` }
}

const normal = (dn: string) =>
  dn
    .toLowerCase()
    .replaceAll(/\s*([,=])\s*/g, '$1')
    .trim()

/** Addresses of a range that lie in something denied are looked at one by one, up to so many. */
const LOOKED_AT = 65_536

const rangeOutside = (scope: PolicyScope, range: Range, left: readonly Left[]): ScopeProblem | undefined => {
  const name = `${ipv4Text(range.first)}-${ipv4Text(range.last)}`
  if (scope.ports !== undefined && !scope.ports.includes(range.port))
    return { code: 'out-of-scope', detail: `${name}: port ${range.port}` }
  const gaps = left.flatMap((other) => {
    if ('problem' in other) return []
    if (other.kind === 'range') return [{ first: other.first, last: other.last }]
    const number = other.kind === 'host' && other.target.kind !== 'local' ? ipv4Number(other.target.host) : undefined
    return number === undefined ? [] : [{ first: number, last: number }]
  })
  const allowed = scope.cidrs.flatMap(bounds)
  const open = uncovered(range, [...allowed, ...gaps])
  if (open !== undefined) return { code: 'out-of-scope', detail: `${name}: ${ipv4Text(open)} is not in it` }
  for (const denied of scope.deny.cidrs.flatMap(bounds)) {
    const [first, last] = [Math.max(range.first, denied.first), Math.min(range.last, denied.last)]
    if (first > last) continue
    const within = uncovered({ first, last: Math.min(last, first + LOOKED_AT) }, gaps)
    if (within !== undefined) return { code: 'denied', detail: `${name}: ${ipv4Text(within)} has to be left out` }
  }
  return undefined
}

interface Bounds {
  readonly first: number
  readonly last: number
}

const bounds = (cidr: string): Bounds[] => {
  const [address = '', prefix = ''] = cidr.split('/')
  const number = ipv4Number(address)
  if (number === undefined) return []
  const size = 2 ** (32 - Number(prefix))
  const first = Math.floor(number / size) * size
  return [{ first, last: first + size - 1 }]
}

/** The first number of a range that none of others covers. */
const uncovered = ({ first, last }: Bounds, others: readonly Bounds[]): number | undefined => {
  let at = first
  for (const other of others.toSorted((one, two) => one.first - two.first)) {
    if (other.first > at) break
    at = Math.max(at, other.last + 1)
  }
  return at > last ? undefined : at
}
