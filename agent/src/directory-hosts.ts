import { lookup } from 'node:dns/promises'
import type { ComputersOf, HostTarget, Outcome, ParsedTargetSet } from '@rollcall/contract'
import { ReachError } from '@rollcall/reach'
import type { DirectoryReading } from './directory-look.ts'
import { ScannerEnded } from './scanner/scanner-ended.ts'
import { unreached } from './unreached.ts'

export interface DirectoryHosts {
  readonly hosts: readonly HostTarget[]
  /** How asking the directory fared, and how many of its computers were left out and why. */
  readonly outcome: Outcome
}

/**
 * The hosts that an entry such as `computers of ldaps://dc.example.com` stands for at this time, without what its set leaves out: by name,
 * and where addresses are left out, by every address that a name has. A name that has none is a host all the same, so that its scan
 * says so.
 */
export const directoryHosts = async (
  computers: ComputersOf,
  { list }: Pick<DirectoryReading, 'list'>,
  { excluded, excludesAddresses }: Pick<ParsedTargetSet, 'excluded' | 'excludesAddresses'>,
  now: Date,
  signal: AbortSignal,
): Promise<DirectoryHosts> => {
  const hosts: HostTarget[] = []
  let out = 0
  const take = async (some: readonly HostTarget[]) => {
    for (let from = 0; from < some.length; from += AT_ONCE) {
      const batch = some.slice(from, from + AT_ONCE)
      const left = await Promise.all(batch.map((host) => isLeftOut(host, excluded, excludesAddresses)))
      for (const [index, host] of batch.entries()) {
        if (left[index] === true) out++
        else hosts.push(host)
      }
    }
  }
  try {
    const { status, reasons } = await list(computers, { now, signal, take })
    const told = out === 0 ? [] : [{ code: 'left-out' as const, detail: 'excluded from the set', count: out }]
    return { hosts, outcome: { status, reasons: [...reasons.slice(0, 49), ...told] } }
  } catch (error) {
    if (!(error instanceof ReachError || error instanceof ScannerEnded)) throw error
    return { hosts, outcome: unreached(error) }
  }
}

/** Names looked up at the same time. */
const AT_ONCE = 32

const isLeftOut = async (host: HostTarget, excluded: ParsedTargetSet['excluded'], byAddress: boolean) => {
  if (excluded(host)) return true
  if (!byAddress || host.kind !== 'ssh') return false
  // A name that leads nowhere cannot lead to what is left out.
  const addresses = await lookup(host.host, { all: true }).catch(() => [])
  return addresses.some(({ address }) => excluded({ ...host, host: address }))
}
