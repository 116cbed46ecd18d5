import type { DirectorySignals } from '@rollcall/contract'
import type { DirectoryEntry, SearchEnd } from '../../directory.ts'
import type { DirectoryGathering, DirectoryProbe } from '../../directory-make.ts'
import { filterBytes, filterText, guidText, sidText } from '../../formats/active-directory/identifiers.ts'
import {
  LOCAL_ADMIN_EXPIRIES,
  LOCAL_ADMIN_PASSWORDS,
  LOOKED_UP,
  schemaNames,
  SUCCESSOR_CLASS,
} from '../../formats/active-directory/schema-names.ts'
import { bitsOf } from '../../formats/active-directory/account-control.ts'
import { mayAccess, READ_PROPERTY } from '../../formats/active-directory/rights.ts'
import { functionalLevel } from '../../formats/active-directory/settings.ts'
import { interval } from '../../formats/active-directory/times.ts'
import { AUTHENTICATED, EVERYONE } from '../../formats/active-directory/well-known.ts'
import { SECRET_ATTRIBUTES } from '../../formats/ldap/attribute-secrets.ts'
import { seenEntries } from './entries.ts'
import { NO_POLICIES } from './password-policies.ts'
import { THIS_PARTITION, type Domain, type ForestSchema, type Look, type OwnAccount } from './look.ts'

/** Finds out what the domain is and who looks at it. No look where the root entry does not even say where its domain is. */
export const findOut = async (
  gathering: DirectoryGathering,
): Promise<{ readonly signals: DirectorySignals; readonly look?: Look; readonly head?: DirectoryEntry }> => {
  const { root, server, identity, certificate } = gathering.directory
  const base = root.text('defaultnamingcontext') ?? ''
  const make = root.text('vendorname')?.startsWith('Samba') === true ? 'samba-ad' : 'active-directory'
  const configuration = root.text('configurationnamingcontext') ?? `CN=Configuration,${base}`
  const domain: Domain = {
    base,
    configuration,
    schema: root.text('schemanamingcontext') ?? `CN=Schema,${configuration}`,
    forestRoot: root.text('rootdomainnamingcontext') ?? base,
    make,
  }
  const asked = new Asking(gathering)
  const head = await asked.one(base, HEAD)
  const heads = await asked.one(`CN=Directory Service,CN=Windows NT,CN=Services,${configuration}`, ['dsheuristics'])
  const { flatName, others } = await domainsOf(asked, configuration, base)
  const instance = await asked.one(root.text('dsservicename') ?? '', ['invocationid'])
  const level = Number(root.text('domaincontrollerfunctionality'))
  const domainSid = sidText(head?.values('objectsid')[0] ?? NOTHING)
  const invocation = guidText(instance?.values('invocationid')[0] ?? NOTHING)
  const signals: DirectorySignals = {
    make,
    ...(domainSid === undefined ? {} : { id: domainSid }),
    suffix: base.slice(0, 1024),
    domain: dnsName(base).slice(0, 253),
    ...(flatName === undefined ? {} : { flatName: flatName.slice(0, 64) }),
    server: (root.text('dnshostname') ?? server).slice(0, 253),
    ...(invocation === undefined ? {} : { serverInstance: invocation }),
    ...(Number.isNaN(level) ? {} : { version: `Windows Server ${functionalLevel(level)}`.slice(0, 256) }),
    ...(certificate === undefined ? {} : { certificate }),
    ...(identity === undefined ? {} : { identity: identity.slice(0, 512) }),
  }
  if (base === '') return { signals }
  const schema = await readSchema(asked, domain)
  const own = await ownAccount(asked, domain, root, identity)
  const entries = seenEntries(schema, gathering.sha256)
  const lag = Number(head?.text('msds-logontimesyncinterval') ?? '14')
  const look: Look = {
    gathering,
    now: gathering.now,
    domain,
    domainSid,
    schema,
    entries,
    own,
    loginLag: Number.isInteger(lag) && lag >= 0 && lag < 10_000 ? lag : 14,
    lockoutSeconds: interval(head?.text('lockoutduration')) ?? 0,
    uids: new Map(),
    heuristics: heads?.text('dsheuristics'),
    rollsSmartcards: head?.text('msds-expirepasswordsonsmartcardonlyaccounts') === 'TRUE',
    passwords: NO_POLICIES,
    otherDomains: others,
    localAdminTold(seen) {
      const descriptor = entries.descriptor(seen.descriptor)
      if (!schema.told) return false
      const expiries = LOCAL_ADMIN_EXPIRIES.flatMap((name) => schema.attribute(name) ?? [])
      if (expiries.length === 0) return true
      if (descriptor === undefined || own.sids === undefined) return false
      const subject = { type: seen.type, classes: entries.classes(seen.classes) }
      const sids = own.sids
      return expiries.every(({ guid, set }) => mayAccess(descriptor, subject, sids, READ_PROPERTY, [guid, set]))
    },
  }
  return { signals, look, ...(head === undefined ? {} : { head }) }
}

const NOTHING = new Uint8Array()

/** What is asked of the head of the domain. */
const HEAD =
  'objectClass objectGUID objectSid maxPwdAge minPwdAge minPwdLength pwdHistoryLength pwdProperties lockoutThreshold lockoutDuration lockOutObservationWindow ms-DS-MachineAccountQuota msDS-LogonTimeSyncInterval gPLink msDS-Behavior-Version msDS-Approx-Immed-Subordinates msDS-ExpirePasswordsOnSmartCardOnlyAccounts'
    .toLowerCase()
    .split(' ')

/** The domains of the forest: the short name of this one, and where the others are. */
const domainsOf = async (asked: Asking, configuration: string, base: string) => {
  const others = new Map<string, string>()
  let flatName: string | undefined
  await asked.all(
    [],
    `CN=Partitions,${configuration}`,
    'one',
    '(objectClass=crossRef)',
    ['ncname', 'dnsroot', 'netbiosname', 'systemflags'],
    (entry) => {
      const head = entry.text('ncname')?.toLowerCase() ?? ''
      if (head === base.toLowerCase()) flatName = entry.text('netbiosname')
      else if (((bitsOf(entry.text('systemflags')) ?? 0) & DOMAIN_PARTITION) !== 0 && others.size < 1000)
        others.set(head, entry.text('dnsroot') ?? head)
    },
  )
  return { flatName, others }
}
/** Of systemFlags (MS-ADTS 2.2.10): the partition is that of a domain. */
const DOMAIN_PARTITION = 0x2

const dnsName = (base: string) =>
  base
    .split(',')
    .map((part) => part.replace(/^\s*dc=/i, ''))
    .join('.')
    .toLowerCase()

/** Searches of a few entries, whose ends count for no scope unless they are named. */
class Asking {
  readonly #gathering: DirectoryGathering

  constructor(gathering: DirectoryGathering) {
    this.#gathering = gathering
  }

  async one(base: string, attributes: readonly string[]): Promise<DirectoryEntry | undefined> {
    return base === '' ? undefined : this.first(base, 'base', '(objectClass=*)', attributes)
  }

  async first(
    base: string,
    scope: 'base' | 'one' | 'sub',
    filter: string,
    attributes: readonly string[],
  ): Promise<DirectoryEntry | undefined> {
    let first: DirectoryEntry | undefined
    await this.all([], base, scope, filter, attributes, (entry) => {
      first ??= copyOf(entry)
    })
    return first
  }

  all(
    probes: readonly DirectoryProbe[],
    base: string,
    scope: 'base' | 'one' | 'sub',
    filter: string,
    attributes: readonly string[],
    take: (entry: DirectoryEntry) => void,
  ): Promise<SearchEnd> {
    const request = {
      base,
      scope,
      filter,
      attributes,
      controls: [THIS_PARTITION],
      ...(scope === 'base' ? { pageSize: 0 } : {}),
    }
    return this.#gathering.search(probes, request, (entries) => {
      for (const entry of entries) take(entry)
    })
  }
}

/** An entry that may be kept. */
const copyOf = (entry: DirectoryEntry): DirectoryEntry => {
  const values = new Map(entry.names.map((name) => [name, entry.values(name).map((value) => new Uint8Array(value))]))
  const texts = new Map(entry.names.map((name) => [name, entry.texts(name)]))
  return {
    dn: entry.dn,
    names: [...entry.names],
    values: (name) => values.get(name) ?? [],
    texts: (name) => texts.get(name) ?? [],
    text: (name) => texts.get(name)?.[0],
  }
}

/** That of Windows Server 2025. */
const LEVEL_WITH_SUCCESSORS = 10

/** Classes, and the attributes that lists speak of: those known by name, and whatever takes an extended right to read. */
const readSchema = async (asked: Asking, { schema, configuration }: Domain): Promise<ForestSchema> => {
  const attributes = new Map<string, { guid: string; set?: string; confidential?: boolean }>()
  const classes = new Map<string, string>()
  const names = [...new Set([...LOOKED_UP, ...LOCAL_ADMIN_PASSWORDS, ...LOCAL_ADMIN_EXPIRIES, ...SECRET_ATTRIBUTES])]
  const named = names.map((name) => `(lDAPDisplayName=${filterText(name)})`).join('')
  const end = await asked.all(
    [],
    schema,
    'one',
    `(|(objectClass=classSchema)(searchFlags:1.2.840.113556.1.4.803:=128)${named})`,
    ['objectclass', 'ldapdisplayname', 'schemaidguid', 'attributesecurityguid', 'searchflags'],
    (entry) => {
      const name = entry.text('ldapdisplayname')?.toLowerCase()
      const guid = guidText(entry.values('schemaidguid')[0] ?? NOTHING)
      if (name === undefined || guid === undefined || attributes.size + classes.size > 20_000) return
      if (entry.texts('objectclass').some((one) => one.toLowerCase() === 'classschema')) classes.set(name, guid)
      else {
        const set = guidText(entry.values('attributesecurityguid')[0] ?? NOTHING)
        const confidential = (Number(entry.text('searchflags') ?? 0) & 128) !== 0
        attributes.set(name, { guid, ...(set === undefined ? {} : { set }), ...(confidential ? { confidential } : {}) })
      }
    },
  )
  // They stand for others only where a controller knows them, whatever the schema has.
  if (classes.has(SUCCESSOR_CLASS)) {
    const knowing = await asked.first(
      `CN=Sites,${configuration}`,
      'sub',
      `(&(objectClass=nTDSDSA)(msDS-Behavior-Version>=${LEVEL_WITH_SUCCESSORS}))`,
      ['objectguid'],
    )
    if (knowing === undefined) classes.delete(SUCCESSOR_CLASS)
  }
  return {
    ...schemaNames(attributes, classes),
    told: end.reason === undefined && attributes.size > 0,
    confidential: [...attributes].filter(([, { confidential }]) => confidential === true).map(([name]) => name),
  }
}

/**
 * Who looks, as lists name it. Servers tell the groups of whoever asks in their root entry; where one does not, they are those of the account, and what
 * everybody is in who logged in.
 */
const ownAccount = async (
  asked: Asking,
  domain: Domain,
  root: DirectoryEntry,
  identity?: string,
): Promise<OwnAccount> => {
  const token = sidsOf(root.values('tokengroups'))
  if (token.length > 0) {
    const own = await asked.first(domain.base, 'sub', `(objectSid=${filterBytes(root.values('tokengroups')[0]!)})`, [
      'objectguid',
    ])
    return { sids: new Set(token), object: guidText(own?.values('objectguid')[0] ?? NOTHING) }
  }
  const everybody =
    identity === undefined ? [EVERYONE, 'S-1-5-7', 'S-1-5-2'] : [EVERYONE, AUTHENTICATED, 'S-1-5-2', 'S-1-5-15']
  const groups = everybody
    .slice(0, 2)
    .map((sid) => `(member=CN=${sid},CN=ForeignSecurityPrincipals,${filterText(domain.base)})`)
  const sids = new Set(everybody)
  await asked.all([], domain.base, 'sub', `(&(objectCategory=group)(|${groups.join('')}))`, ['objectsid'], (entry) => {
    for (const sid of sidsOf(entry.values('objectsid'))) sids.add(sid)
  })
  if (identity === undefined) return { sids, object: undefined }
  const own = await entryOf(asked, domain, identity)
  const told = own === undefined ? undefined : await asked.one(own.dn, ['objectguid', 'objectsid', 'tokengroups'])
  const object = guidText(told?.values('objectguid')[0] ?? NOTHING)
  const groupsOf = sidsOf(told?.values('tokengroups') ?? [])
  // Without its groups nothing is concluded: it may be in any.
  if (told === undefined || groupsOf.length === 0) return { sids: undefined, object }
  for (const sid of [...sidsOf(told.values('objectsid')), ...groupsOf]) sids.add(sid)
  return { sids, object }
}

const sidsOf = (values: readonly Uint8Array[]) => values.flatMap((value) => sidText(value) ?? [])

/** By its DN, by `user@domain` as it is kept, or by `DOMAIN\user`. */
const entryOf = async (asked: Asking, { base }: Domain, identity: string) => {
  if (/^[A-Za-z]{1,32}=/.test(identity)) return asked.one(identity, ['objectguid'])
  const plain = identity.replace(/^[^\\]*\\/, '')
  const kept = await asked.first(base, 'sub', `(userPrincipalName=${filterText(plain)})`, ['objectguid'])
  const name = filterText(plain.replace(/@.*$/, ''))
  return kept ?? asked.first(base, 'sub', `(&(objectClass=user)(sAMAccountName=${name}))`, ['objectguid'])
}
