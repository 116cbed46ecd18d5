import type { ComputersOf, HostTarget, Outcome, Reason } from '@rollcall/contract'
import { parseTarget } from '@rollcall/contract/plain'
import { boundedReasons } from './bounded-reasons.ts'
import type { Directory, DirectoryEntry } from './directory.ts'

export interface ListingTools {
  readonly now: Date
  readonly signal: AbortSignal
  /** Takes hosts as they come; nothing more is read until it is done. */
  readonly take: (hosts: readonly HostTarget[]) => void | Promise<void>
}

/**
 * Lists the computers that a directory knows as hosts to scan: those that are enabled, have a name in DNS and, in Active Directory, were
 * seen within 90 days and do not run Windows, which is not read over SSH. The outcome counts those that were left out, and why; whether a
 * name leads anywhere is for whoever scans it to find out.
 */
export const listComputers = async (
  directory: Pick<Directory, 'root' | 'search'>,
  { below, matching }: Pick<ComputersOf, 'below' | 'matching'>,
  { now, signal, take }: ListingTools,
): Promise<Outcome> => {
  const active = isActiveDirectory(directory.root)
  const leftOut = new Map<string, number>()
  const reasons: Reason[] = []
  let listed = 0
  for (const base of below === undefined ? basesOf(directory.root, active) : [below]) {
    const request = { base, scope: 'sub', filter: filterOf(active, matching), attributes: ATTRIBUTES } as const
    const end = await directory.search(
      request,
      async (entries) => {
        const hosts: HostTarget[] = []
        for (const entry of entries) {
          const host = active ? activeHost(entry, now) : postedHost(entry)
          if (typeof host === 'string') leftOut.set(host, (leftOut.get(host) ?? 0) + 1)
          else if (host !== undefined) hosts.push(host)
        }
        listed += hosts.length
        if (hosts.length > 0) await take(hosts)
      },
      signal,
    )
    if (end.reason !== undefined) reasons.push(end.reason)
    const elsewhere = end.referrals.filter((url) => !active || mayHoldComputers(url)).length
    if (elsewhere > 0) reasons.push({ code: 'referral', count: elsewhere })
  }
  const notes = [...leftOut].map(([detail, count]): Reason => ({ code: 'left-out', detail, count }))
  const status = reasons.length === 0 ? 'complete' : listed > 0 ? 'partial' : 'failed'
  return { status, reasons: boundedReasons([...reasons, ...notes]) }
}

const ATTRIBUTES = [
  'objectClass',
  'dNSHostName',
  'fqdn',
  'ipHostNumber',
  'cn',
  'operatingSystem',
  'userAccountControl',
  'nsAccountLock',
  'lastLogonTimestamp',
  'pwdLastSet',
]

/** LDAP_CAP_ACTIVE_DIRECTORY_OID (MS-ADTS 3.1.1.3.4.3.1), which Samba has too. */
const isActiveDirectory = (root: DirectoryEntry) =>
  root.texts('supportedcapabilities').includes('1.2.840.113556.1.4.800')

/** A domain refers to the configuration of its forest and to its zones of DNS, which hold none; and to domains below, which do. */
const mayHoldComputers = (url: string) =>
  !/^ldaps?:\/\/[^/]*\/(?:cn=configuration|dc=(?:domain|forest)dnszones)(?:,|%2c)/i.test(url)

const basesOf = (root: DirectoryEntry, active: boolean): readonly string[] => {
  const usual = root.text('defaultnamingcontext')
  if (active && usual !== undefined) return [usual]
  return root
    .texts('namingcontexts')
    .filter((base) => !/^(?:cn=(?:config|changelog|schema|monitor)|o=ipaca)$/i.test(base))
}

const filterOf = (active: boolean, matching: string | undefined): string => {
  if (active) return matching === undefined ? COMPUTERS : `(&${COMPUTERS}${matching})`
  return matching ?? '(|(objectClass=ipaHost)(objectClass=ipHost)(objectClass=computer))'
}

/** By category, which is indexed. Managed service accounts are of a class below and are told apart by it. */
const COMPUTERS = '(objectCategory=computer)'

/** A host; why it is none; nothing for what is no computer at all. */
const activeHost = (entry: DirectoryEntry, now: Date): HostTarget | string | undefined => {
  if (entry.texts('objectclass').some((name) => /^msDS-(?:Group|Delegated)?ManagedServiceAccount$/i.test(name)))
    return undefined
  if ((Number(entry.text('useraccountcontrol') ?? 0) & DISABLED) !== 0) return 'disabled'
  const seen = Math.max(...['lastlogontimestamp', 'pwdlastset'].map((name) => fileTime(entry.text(name))))
  if (seen > 0 && now.getTime() - seen > STALE_MS) return 'not seen for 90 days'
  if (/^windows/i.test(entry.text('operatingsystem') ?? '')) return 'Windows, which is not read over SSH'
  return hostNamed(entry.text('dnshostname'))
}

const DISABLED = 0x2
const STALE_MS = 90 * 24 * 3600_000

/** FILETIME as milliseconds since 1970; 0 where there is none. */
const fileTime = (text: string | undefined): number => {
  const value = Number(text ?? 0)
  return Number.isFinite(value) && value > 0 ? value / 10_000 - 11_644_473_600_000 : 0
}

const postedHost = (entry: DirectoryEntry): HostTarget | string => {
  if (/^true$/i.test(entry.text('nsaccountlock') ?? '')) return 'disabled'
  const dotted = entry.texts('cn').find((name) => name.includes('.'))
  return hostNamed(entry.text('fqdn') ?? entry.text('dnshostname') ?? entry.text('iphostnumber') ?? dotted)
}

const hostNamed = (name: string | undefined): HostTarget | string => {
  if (name === undefined || name === '') return 'without a name in DNS'
  const target = parseTarget(`ssh://${name.includes(':') ? `[${name}]` : name}`)
  return target?.kind === 'ssh' && target.user === undefined && target.port === 22
    ? target
    : 'with a name that no host can have'
}
