import type { DirectoryObjectType } from '@rollcall/contract'
import type { DirectoryProbe } from '../../directory-make.ts'
import { CONTROL_ACCESS, mayAccess, READ_PROPERTY } from '../../formats/active-directory/rights.ts'
import {
  LOCAL_ADMIN_EXPIRIES,
  LOCAL_ADMIN_PASSWORDS,
  SUCCESSOR_ATTRIBUTES,
} from '../../formats/active-directory/schema-names.ts'
import { securityDescriptor } from '../../formats/active-directory/security-descriptor.ts'
import { SECRET_ATTRIBUTES } from '../../formats/ldap/attribute-secrets.ts'
import { clippedDn } from '../../formats/ldap/dn.ts'
import { weaknessOf, type Seen } from './entries.ts'
import { TAKES_OVER, type Holders } from './holders.ts'
import { DESCRIPTORS, SHOW_DELETED, type Look } from './look.ts'

/** Attributes that conclusions of a scope rest on, of which types. */
const RELIED_ON: readonly {
  readonly probe: DirectoryProbe
  readonly types: readonly DirectoryObjectType[]
  readonly attributes: readonly string[]
  /** Only of entries of this class, or of one derived from it. */
  readonly class?: string
}[] = [
  {
    probe: 'directory-accounts',
    types: ['user'],
    attributes: [
      'useraccountcontrol',
      'pwdlastset',
      'lastlogontimestamp',
      'serviceprincipalname',
      'msds-allowedtodelegateto',
      'sidhistory',
      'admincount',
      'primarygroupid',
      'msds-keycredentiallink',
    ],
  },
  {
    probe: 'directory-computers',
    types: ['computer', 'managed-service'],
    attributes: [
      'useraccountcontrol',
      'pwdlastset',
      'lastlogontimestamp',
      'msds-allowedtodelegateto',
      'msds-allowedtoactonbehalfofotheridentity',
      'operatingsystem',
      'primarygroupid',
      ...LOCAL_ADMIN_EXPIRIES,
    ],
  },
  {
    probe: 'directory-computers',
    types: ['managed-service'],
    attributes: ['msds-groupmsamembership', ...SUCCESSOR_ATTRIBUTES],
  },
  { probe: 'directory-rights', types: ['domain'], attributes: ['gplink'] },
  { probe: 'directory-rights', types: ['container'], class: 'organizationalunit', attributes: ['gplink', 'gpoptions'] },
  { probe: 'directory-groups', types: ['group'], attributes: ['member', 'admincount'] },
  { probe: 'directory-keys', types: ['user'], attributes: ['altsecurityidentities'] },
  {
    probe: 'directory-secrets',
    types: ['user'],
    attributes: [...new Set([...SECRET_ATTRIBUTES, 'userpassword', 'unixuserpassword'])],
  },
]

/** The same list over entries of the same kind is looked at once. */
interface Kind {
  readonly example: Seen
  count: number
}

/**
 * Says what the scan account could not see. A server leaves out what may not be read as if it were not there, so it is told from the
 * lists of the entries seen and from who the account is.
 */
export const tellCoverage = async (look: Look, holders: Holders): Promise<void> => {
  const kinds = new Map<string, Kind>()
  let undescribed = 0
  for (const seen of look.entries.all) {
    if (seen.descriptor === -1) undescribed++
    const key = `${seen.type} ${seen.descriptor} ${seen.classes}`
    const kind = kinds.get(key)
    if (kind === undefined) kinds.set(key, { example: seen, count: 1 })
    else kind.count++
  }
  tellLists(look, undescribed)
  tellAttributes(look, [...kinds.values()])
  tellOwnRights(look, holders, [...kinds.values()])
  await tellDeleted(look)
  const { gathering } = look
  for (const [dn, name] of look.otherDomains)
    gathering.note('directory-accounts', {
      code: 'referral',
      path: clippedDn(dn),
      detail: `${name}, another domain of the forest`.slice(0, 500),
    })
  gathering.note('directory-accounts', { code: 'not-over-ldap', detail: 'lastLogon of other domain controllers' })
  gathering.note('directory-computers', { code: 'not-over-ldap', detail: 'local groups and logins of computers' })
  gathering.note('directory-rights', {
    code: 'not-over-ldap',
    detail: 'files of group policies (SYSVOL), user rights of hosts',
  })
}

const tellLists = ({ gathering, entries }: Look, undescribed: number) => {
  const { skipped, unparsable, dropped } = entries.unread
  if (undescribed - dropped > 0)
    gathering.missed('directory-rights', {
      code: 'attribute-denied',
      detail: 'nTSecurityDescriptor',
      count: undescribed - dropped,
    })
  if (skipped > 0)
    gathering.missed('directory-rights', {
      code: 'unparsable',
      detail: 'entries of access control lists',
      count: skipped,
    })
  if (unparsable > 0)
    gathering.missed('directory-rights', { code: 'unparsable', detail: 'nTSecurityDescriptor', count: unparsable })
  if (dropped > 0)
    gathering.missed('directory-rights', { code: 'too-many', detail: 'different access control lists', count: dropped })
}

const tellAttributes = ({ gathering, entries, schema, own }: Look, kinds: readonly Kind[]) => {
  if (own.sids === undefined) {
    for (const { probe } of RELIED_ON)
      gathering.missed(probe, { code: 'attribute-unknown', detail: 'groups of the scan account' })
    return
  }
  const sids = own.sids
  const unreadable = (
    attribute: string,
    types: readonly DirectoryObjectType[],
    confidential: boolean,
    only?: string,
  ) => {
    const { guid, set } = schema.attribute(attribute) ?? {}
    if (guid === undefined) return 0
    const rights = READ_PROPERTY | (confidential ? CONTROL_ACCESS : 0)
    let count = 0
    for (const { example, count: of } of kinds) {
      const classes = entries.classes(example.classes)
      if (!types.includes(example.type) || (only !== undefined && !classes.has(only))) continue
      const descriptor = entries.descriptor(example.descriptor)
      const subject = { type: example.type, classes }
      if (descriptor !== undefined && !mayAccess(descriptor, subject, sids, rights, [guid, set])) count += of
    }
    return count
  }
  for (const { probe, types, attributes, class: name } of RELIED_ON)
    for (const attribute of attributes) {
      const only = name === undefined ? undefined : schema.class(name)
      const count = unreadable(attribute, types, schema.attribute(attribute)?.confidential === true, only)
      if (count > 0) gathering.missed(probe, { code: 'attribute-denied', detail: attribute, count })
    }
  // Never asked for; but that this account sees none does not mean that there is none.
  for (const attribute of LOCAL_ADMIN_PASSWORDS) {
    const count = unreadable(attribute, ['computer'], true)
    if (count === 0) continue
    gathering.note('directory-computers', { code: 'attribute-denied', detail: attribute, count })
    gathering.missed('directory-secrets', { code: 'attribute-denied', detail: attribute, count })
  }
}

/** What the scan account may do itself: it should do nothing but read, and no secrets. */
const tellOwnRights = ({ gathering, entries, schema, own }: Look, holders: Holders, kinds: readonly Kind[]) => {
  const self =
    entries.all.find(({ object }) => object === own.object) ?? entries.all.find(({ type }) => type === 'domain')
  if (own.sids === undefined || self === undefined) return
  const sids = own.sids
  const [writes, reads] = [new Map<string, number>(), new Map<string, number>()]
  const count = (map: Map<string, number>, key: string, by: number) => map.set(key, (map.get(key) ?? 0) + by)
  for (const { example, count: of } of kinds) {
    if (example.object === own.object && of === 1) continue
    for (const held of holders.over(example)) {
      if (!sids.has(held.trustee) || !TAKES_OVER.has(held.right)) continue
      count(SECRET_RIGHTS.has(held.right) ? reads : writes, `${held.right} ${example.type}`, of)
    }
    const descriptor = entries.descriptor(example.descriptor)
    if (descriptor === undefined || example.type !== 'computer') continue
    for (const attribute of LOCAL_ADMIN_PASSWORDS) {
      const { guid, set } = schema.attribute(attribute) ?? {}
      const subject = { type: example.type, classes: entries.classes(example.classes) }
      if (guid !== undefined && mayAccess(descriptor, subject, sids, READ_PROPERTY | CONTROL_ACCESS, [guid, set]))
        count(reads, attribute, of)
    }
  }
  for (const { more } of entries.all)
    if (more?.passwordReaders?.some((sid) => sids.has(sid)) === true) count(reads, 'msDS-ManagedPassword', 1)
  const evidence = (map: Map<string, number>) => [...map].map(([what, times]) => `${what}: ${times}`).sort()
  if (writes.size > 0)
    gathering.tell('directory-rights', weaknessOf(self, 'scan-account-may-write', 'medium', ...evidence(writes)))
  if (reads.size > 0)
    gathering.tell('directory-rights', weaknessOf(self, 'scan-account-reads-secrets', 'high', ...evidence(reads)))
}

const SECRET_RIGHTS: ReadonlySet<string> = new Set([
  'replicate-secrets',
  'replicate-filtered',
  'read-local-admin-password',
  'read-managed-password',
])

/** Entries that were deleted may be seen only by who was given that. Others learn of it by a look at everything. */
export const tellDeleted = async ({ gathering, domain, own }: Look): Promise<void> => {
  const base = `CN=Deleted Objects,${domain.base}`
  let listed = false
  await gathering.search(
    [],
    {
      base,
      scope: 'base',
      filter: '(objectClass=*)',
      attributes: ['ntsecuritydescriptor'],
      controls: [DESCRIPTORS, SHOW_DELETED],
      pageSize: 0,
    },
    (found) => {
      for (const entry of found) {
        const descriptor = securityDescriptor(entry.values('ntsecuritydescriptor')[0] ?? new Uint8Array())
        const subject = { type: 'container', classes: new Set<string>() } as const
        listed ||=
          descriptor !== undefined && own.sids !== undefined && mayAccess(descriptor, subject, own.sids, LIST, [])
      }
    },
  )
  if (!listed)
    gathering.note('directory-accounts', {
      code: 'attribute-denied',
      path: base.slice(0, 4096),
      detail: 'deleted entries; that one is gone is told by the next look at everything',
    })
}

const LIST = 0x4
