import { z } from 'zod'
import { formatComputersOf, isComputersOf, parseComputersOf, type ComputersOf } from './computers-of.ts'
import type { TargetId } from './target-id.ts'
import { formatTarget, ipv4Number, ipv4Text, parseTarget, type HostTarget, type Target } from './target.ts'
import { text } from './text.ts'

/** No set may name more addresses than this: a /12. A slip of the pen must not become a scan of the internet. */
export const MAX_ADDRESSES = 1_048_576

/** A whole-estate sweep never logs in blindly: addresses of a range are probed by TCP first, single hosts are not. */
export type TargetPart =
  | { kind: 'host'; target: Target }
  | ComputersOf
  | { kind: 'range'; first: number; last: number; port: number; user?: string }

/** What is scanned together, as people write it: hosts, CIDR blocks and ranges, and what of it is left out. */
export const targetSet = z.object({
  include: z.array(text(512)).min(1).max(100_000),
  exclude: z.array(text(512)).max(100_000).default([]),
})
export type TargetSet = z.output<typeof targetSet>

/** What is wrong with one entry, as a sentence. */
export type TargetProblem = { entry: string; problem: string }

/**
 * Reads one entry: a host as `parseTarget` has it, `10.0.0.0/24`, `10.0.0.5-10.0.0.20` or `10.0.0.5-20`, the latter with `user@` and `:port`
 * too, or `computers of` a directory as `parseComputersOf` has it.
 */
export const parseTargetPart = (entry: string): TargetPart | TargetProblem => {
  if (isComputersOf(entry)) {
    const computers = parseComputersOf(entry)
    return typeof computers === 'string' ? { entry, problem: computers } : computers
  }
  const match = /^(?:ssh:\/\/)?(?:([^@]+)@)?([\d.]+)(?:\/(\d{1,2})|-([\d.]+))(?::(\d{1,5}))?$/.exec(entry)
  if (!match) {
    const target = parseTarget(entry)
    return target === undefined
      ? {
          entry,
          problem:
            'expected a host, [user@]host:port, ldaps://host, a CIDR block such as 10.0.0.0/24, a range such as 10.0.0.5-10.0.0.20, or computers of ldaps://host',
        }
      : { kind: 'host', target }
  }
  const [, user, firstText = '', prefixText, lastText, portText] = match
  const address = ipv4Number(firstText)
  if (address === undefined) return { entry, problem: `${firstText} is not an IPv4 address` }
  if (user !== undefined && parseTarget(`${user}@x`) === undefined)
    return { entry, problem: `${user} is not a user name` }
  const port = portText === undefined ? 22 : Number(portText)
  if (port < 1 || port > 65_535) return { entry, problem: `${port} is not a port` }
  const bounds =
    prefixText === undefined ? rangeBounds(address, lastText ?? '') : cidrBounds(address, Number(prefixText))
  if (typeof bounds === 'string') return { entry, problem: bounds }
  const [first, last] = bounds
  if (last - first + 1 > MAX_ADDRESSES)
    return { entry, problem: `it names ${last - first + 1} addresses; the limit is ${MAX_ADDRESSES}` }
  return { kind: 'range', first, last, port, ...(user === undefined ? {} : { user }) }
}

/** A block's network and broadcast addresses are nobody's; /31 and /32 have none (RFC 3021). */
const cidrBounds = (address: number, prefix: number): [number, number] | string => {
  if (prefix > 32) return `/${prefix} is not a prefix length; expected 0 to 32`
  const size = 2 ** (32 - prefix)
  const first = Math.floor(address / size) * size
  return size > 2 ? [first + 1, first + size - 2] : [first, first + size - 1]
}

const rangeBounds = (first: number, lastText: string): [number, number] | string => {
  const last = /^\d{1,3}$/.test(lastText) ? Math.floor(first / 256) * 256 + Number(lastText) : ipv4Number(lastText)
  if (last === undefined || (/^\d+$/.test(lastText) && Number(lastText) > 255))
    return `${lastText} is not the end of a range`
  return last < first ? 'the range ends before it begins' : [first, last]
}

/** A set, read: single hosts and directories to scan, ranges to sweep first, computers to ask directories for, and what is left out. */
export type ParsedTargetSet = {
  hosts: Target[]
  ranges: Extract<TargetPart, { kind: 'range' }>[]
  computers: ComputersOf[]
  /** Whether an exclusion names it; ranges and blocks exclude every address in them, whatever port or user. */
  excluded: (target: Target) => boolean
  /** Whether addresses are left out, so that whoever learns a name from elsewhere has to look at its addresses too. */
  excludesAddresses: boolean
}

/** Reads a whole set; every entry that cannot be read is a problem, and nothing is scanned before all are mended. */
export const parseTargetSet = (set: TargetSet): { parsed: ParsedTargetSet } | { problems: TargetProblem[] } => {
  const problems: TargetProblem[] = []
  const read = (entry: string) => {
    const part = parseTargetPart(entry.trim())
    if ('problem' in part) problems.push(part)
    return part
  }
  const included = set.include.map(read)
  const left = set.exclude.map(read)
  for (const [index, part] of left.entries())
    if ('directory' in part)
      problems.push({ entry: set.exclude[index]!, problem: 'only hosts, blocks and ranges can be left out' })
  if (problems.length > 0) return { problems }

  const hosts = new Map<TargetId, Target>()
  for (const part of included) if ('target' in part) hosts.set(formatTarget(part.target), part.target)
  const ranges = included.filter((part) => 'first' in part)
  const computers = new Map<TargetId, ComputersOf>()
  for (const part of included) if ('directory' in part) computers.set(formatComputersOf(part), part)
  const leftRanges = left.filter((part) => 'first' in part)
  const leftHosts = new Set(
    left.flatMap((part) => ('target' in part ? [part.target.kind === 'local' ? 'local' : part.target.host] : [])),
  )
  const excluded = (target: Target) => {
    if (target.kind === 'local') return leftHosts.has('local')
    const number = ipv4Number(target.host)
    return (
      leftHosts.has(target.host) ||
      (number !== undefined && leftRanges.some(({ first, last }) => first <= number && number <= last))
    )
  }
  return {
    parsed: {
      hosts: [...hosts.values()].filter((host) => !excluded(host)),
      ranges,
      computers: [...computers.values()],
      excluded,
      excludesAddresses:
        leftRanges.length > 0 || [...leftHosts].some((host) => ipv4Number(host) !== undefined || host.includes(':')),
    },
  }
}

/** The targets of a range in order of address, exclusions left out; lazily, since a range may be large. */
export function* targetsOfRange(
  range: Extract<TargetPart, { kind: 'range' }>,
  excluded: ParsedTargetSet['excluded'],
): Generator<HostTarget> {
  for (let number = range.first; number <= range.last; number++) {
    const target: HostTarget = {
      kind: 'ssh',
      host: ipv4Text(number),
      port: range.port,
      ...(range.user === undefined ? {} : { user: range.user }),
    }
    if (!excluded(target)) yield target
  }
}
