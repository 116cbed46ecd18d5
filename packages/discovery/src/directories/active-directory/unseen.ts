import type { DirectoryProbe } from '../../directory-make.ts'
import { filterGuid, filterText } from '../../formats/active-directory/identifiers.ts'
import { mayAccess } from '../../formats/active-directory/rights.ts'
import { clippedDn } from '../../formats/ldap/dn.ts'
import { memberFindings } from './groups.ts'
import { parentDn, typeByClasses, weaknessOf, type Seen } from './entries.ts'
import { DESCRIPTORS, THIS_PARTITION, type Look } from './look.ts'

/** Members whose entries were not among those seen, by group. */
export interface Waiting {
  readonly group: Seen
  readonly dns: readonly string[]
}

/** Entries that are looked up by their DN, and at a time. */
const MOST_LOOKED_UP = 5000
const BATCH = 50
/** Containers whose entries are counted anew. */
const MOST_COUNTED = 200
const MOST_LISTED = 50_000

/** Where the entries of people, computers and groups are told. */
const OF_ENTRIES: readonly DirectoryProbe[] = ['directory-accounts', 'directory-computers', 'directory-groups']

/**
 * Tells members that were no entry seen when their group was: groups that followed, entries of other kinds, those of other domains. What a
 * group names and cannot be found is hidden from this account, unless it could see all that lies there: then the member is gone.
 */
export const tellWaiting = async (look: Look, waiting: readonly Waiting[]): Promise<void> => {
  const { gathering, domain, entries, otherDomains } = look
  const elsewhere = new Map<string, number>()
  const missing = new Map<string, Seen[]>()
  const end = `,${domain.base.toLowerCase()}`
  for (const { group, dns } of waiting)
    for (const dn of dns) {
      if (entries.byDn(dn) !== undefined || FOREIGN.test(dn)) continue
      const other = domainOf(dn, otherDomains)
      if (other !== undefined || !dn.toLowerCase().endsWith(end)) {
        const name = other ?? 'another domain'
        elsewhere.set(name, (elsewhere.get(name) ?? 0) + 1)
        continue
      }
      const groups = missing.get(dn)
      if (groups === undefined) missing.set(dn, [group])
      else groups.push(group)
    }
  await lookUp(look, [...missing.keys()].slice(0, MOST_LOOKED_UP))
  for (const { group, dns } of waiting) {
    gathering.tell('directory-groups', ...memberFindings(group, dns, entries))
    await gathering.flush()
  }
  for (const [name, count] of elsewhere)
    gathering.missed('directory-groups', { code: 'referral', detail: `members of ${name}`.slice(0, 500), count })
  await tellMissing(look, missing)
}

const FOREIGN = /^CN=S-1-[\d-]{1,180},CN=ForeignSecurityPrincipals,/i

/** The name of the other domain of the forest that a DN is of. */
const domainOf = (dn: string, others: ReadonlyMap<string, string>) => {
  for (let at: string | undefined = dn.toLowerCase(); at !== undefined; at = parentDn(at)) {
    const name = others.get(at)
    if (name !== undefined) return name
  }
  return undefined
}

const lookUp = async ({ gathering, domain, entries }: Look, dns: readonly string[]) => {
  for (let at = 0; at < dns.length; at += BATCH) {
    const named = dns.slice(at, at + BATCH).map((dn) => `(distinguishedName=${filterText(dn)})`)
    await gathering.search(
      ['directory-groups'],
      {
        base: domain.base,
        scope: 'sub',
        filter: `(|${named.join('')})`,
        attributes: ['objectclass', 'objectguid', 'objectsid', 'samaccountname', 'ntsecuritydescriptor'],
        controls: [DESCRIPTORS, THIS_PARTITION],
      },
      (found) => {
        for (const entry of found) entries.add(entry, typeByClasses(entry.texts('objectclass')))
      },
    )
  }
}

/** Entries that groups name and that were not found: hidden where they lie, or gone. */
const tellMissing = async (look: Look, missing: ReadonlyMap<string, readonly Seen[]>) => {
  const { gathering, entries } = look
  const hidden = new Map<string, number>()
  const gone = new Map<Seen, string[]>()
  for (const [dn, groups] of missing) {
    if (entries.byDn(dn) !== undefined) continue
    const above = parentDn(dn) ?? ''
    const container = entries.byDn(above)
    if (container === undefined || mayList(container, look) !== true) hidden.set(above, (hidden.get(above) ?? 0) + 1)
    else
      for (const group of groups) {
        const named = gone.get(group) ?? []
        named.push(dn)
        gone.set(group, named)
      }
  }
  for (const [group, dns] of gone) {
    const left = await stillNamed(look, group, dns.slice(0, 32))
    if (left.length > 0) gathering.tell('directory-groups', weaknessOf(group, 'dangling-member', 'low', ...left))
  }
  for (const [path, count] of hidden)
    for (const probe of OF_ENTRIES)
      gathering.missed(probe, {
        code: 'fewer-than-counted',
        path: clippedDn(path),
        detail: 'entries that groups name',
        count,
      })
}

/** A member that is deleted while it is looked at is no longer named when that is asked again. */
const stillNamed = async ({ gathering, domain }: Look, group: Seen, dns: readonly string[]): Promise<string[]> => {
  const left: string[] = []
  for (const dn of dns)
    await gathering.search(
      [],
      {
        base: domain.base,
        scope: 'sub',
        filter: `(&(objectGUID=${filterGuid(group.object)})(member=${filterText(dn)}))`,
        attributes: ['objectguid'],
        controls: [THIS_PARTITION],
      },
      (found) => {
        if (found.length > 0) left.push(dn)
      },
    )
  return left
}

/** Whether all that lies directly in a container is told to this account; undefined where that is not known. */
const mayList = ({ descriptor, type, classes }: Seen, { entries, own }: Look): boolean | undefined => {
  const list = entries.descriptor(descriptor)
  if (list === undefined || own.sids === undefined) return undefined
  return mayAccess(list, { type, classes: entries.classes(classes) }, own.sids, LIST, [])
}
const LIST = 0x4

/**
 * Entries that may be listed, and of which not even the class may be read: no search for a class finds them. What may not be read is not
 * there for a filter either, so that they are all that seem to have no class.
 */
export const tellVeiled = async ({ gathering, domain }: Look): Promise<void> => {
  const veiled = new Map<string, number>()
  await gathering.search(
    OF_ENTRIES,
    {
      base: domain.base,
      scope: 'sub',
      filter: '(|(!(objectClass=top))(!(objectCategory=*)))',
      attributes: ['1.1'],
      controls: [THIS_PARTITION],
    },
    (found) => {
      for (const { dn } of found) {
        if (VEILED_ANYWAY.test(dn)) continue
        const above = parentDn(dn) ?? ''
        if (veiled.has(above) || veiled.size < MOST_COUNTED) veiled.set(above, (veiled.get(above) ?? 0) + 1)
      }
    },
  )
  for (const [path, count] of veiled)
    for (const probe of OF_ENTRIES)
      gathering.missed(probe, {
        code: 'fewer-than-counted',
        path: clippedDn(path),
        detail: 'entries of which not even the class may be read',
        count,
      })
}

/** Nobody but administrators may read these in a new domain; none of them is an account, a group or what holds any. */
const VEILED_ANYWAY =
  /^(?:CN=[^,]{1,100},CN=IP Security,CN=System,|(?:CN=[^,]{1,256},)?CN=Password Settings Container,CN=System,|CN=NTDS Quotas,DC=|CN=(?:G\$)?BCKUPKEY_[^,]{1,100},CN=System,)/i

/**
 * Compares how many entries lie in each container by the server's own count, which does not depend on who asks, with how many were seen.
 * Where it counts more than are of the kinds that were asked for, all that lies there and may be seen is counted. What may not be listed at
 * all, and is not known to be empty, is hidden.
 */
export const tellUncounted = async (look: Look): Promise<void> => {
  const { gathering, entries } = look
  const seen = new Map<string, number>()
  for (const { dn } of entries.all) {
    const above = entries.byDn(parentDn(dn) ?? '')?.object
    if (above !== undefined) seen.set(above, (seen.get(above) ?? 0) + 1)
  }
  const containers = entries.all.filter(({ type }) => type === 'container' || type === 'domain')
  const more = containers
    .map((container) => ({ container, counted: container.more?.children, here: seen.get(container.object) ?? 0 }))
    .filter(({ counted, here }) => counted !== undefined && counted > here)
    .sort((one, other) => other.counted! - other.here - (one.counted! - one.here))
  let listed = 0
  for (const { container, counted } of more.slice(0, MOST_COUNTED)) {
    if (listed >= MOST_LISTED) break
    const here = await countIn(look, container.dn, MOST_LISTED - listed)
    if (here === undefined) continue
    listed += here
    if (!isFewer(here, counted!)) continue
    for (const probe of OF_ENTRIES)
      gathering.missed(probe, { code: 'fewer-than-counted', path: clippedDn(container.dn), count: counted! - here })
  }
  for (const container of containers) {
    if (container.more?.children !== undefined || mayList(container, look) !== false) continue
    if ((seen.get(container.object) ?? 0) > 0) continue
    for (const probe of OF_ENTRIES)
      gathering.missed(probe, {
        code: 'no-such-entry',
        path: clippedDn(container.dn),
        detail: 'whatever lies in it: the scan account may not list it',
      })
  }
}

/** The count is about right, and exact for few. */
const isFewer = (here: number, counted: number) =>
  here === 0 ? counted > 0 : counted - here > (counted <= 100 ? 0 : Math.ceil(counted / 10))

const countIn = async ({ gathering }: Look, base: string, most: number): Promise<number | undefined> => {
  const end = await gathering.search(
    [],
    {
      base,
      scope: 'one',
      filter: '(objectClass=*)',
      attributes: ['1.1'],
      controls: [THIS_PARTITION],
      maxEntries: most,
    },
    () => undefined,
  )
  return end.reason === undefined ? end.entries : undefined
}
