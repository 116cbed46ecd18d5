import type { FindingOf } from '@rollcall/contract'
import type { DirectoryEntry } from '../../directory.ts'
import { bitsOf } from '../../formats/active-directory/account-control.ts'
import { policyLinks } from '../../formats/active-directory/settings.ts'
import { AUTHENTICATED, EVERYONE } from '../../formats/active-directory/well-known.ts'
import { SECRET_ATTRIBUTES } from '../../formats/ldap/attribute-secrets.ts'
import { clippedDn } from '../../formats/ldap/dn.ts'
import { tellSecrets } from './accounts.ts'
import type { Seen } from './entries.ts'
import type { Holders } from './holders.ts'
import type { Look } from './look.ts'
import { DESCRIPTORS, THIS_PARTITION } from './look.ts'

const ATTRIBUTES = [
  'objectclass',
  'objectguid',
  'objectsid',
  'gplink',
  'gpoptions',
  'displayname',
  'ntsecuritydescriptor',
  'msds-approx-immed-subordinates',
] as const
const WITH_SECRETS = [...new Set([...ATTRIBUTES, ...SECRET_ATTRIBUTES])]

/**
 * What lies above the accounts and decides about them: the head of the domain, its containers, the policies that are linked to them, and
 * the entry whose list is stamped on all who are privileged. They are kept, and told with the rights over them.
 */
export const lookAtPlaces = async (look: Look): Promise<void> => {
  const { gathering, domain, entries } = look
  const controls = [DESCRIPTORS, THIS_PARTITION]
  const links = (entry: DirectoryEntry) => {
    const policyLinks = entry.text('gplink')
    const children = bitsOf(entry.text('msds-approx-immed-subordinates'))
    const more = {
      ...(policyLinks === undefined ? {} : { policyLinks: policyLinks.slice(0, 100_000) }),
      ...(children === undefined ? {} : { children }),
    }
    return Object.keys(more).length === 0 ? {} : { more }
  }
  await gathering.search(
    ['directory-rights'],
    { base: domain.base, scope: 'base', filter: '(objectClass=*)', attributes: ATTRIBUTES, controls, pageSize: 0 },
    (found) => {
      for (const entry of found) tellLinks(entries.add(entry, 'domain', links(entry)), look)
    },
  )
  await gathering.search(
    ['directory-rights', 'directory-secrets'],
    {
      base: domain.base,
      scope: 'sub',
      filter:
        '(&(|(objectCategory=organizationalUnit)(objectClass=container)(objectClass=builtinDomain))(!(objectClass=groupPolicyContainer)))',
      attributes: WITH_SECRETS,
      controls,
    },
    (found) => {
      for (const entry of found) {
        const seen = entries.add(entry, 'container', links(entry))
        tellLinks(seen, look)
        if (seen !== undefined && entry.text('gpoptions') === '1')
          gathering.tell('directory-rights', policySetting(seen, 'gpoptions', ['1']))
        if (seen !== undefined) tellSecrets(entry, seen, look)
      }
    },
  )
  await gathering.search(
    ['directory-rights', 'directory-secrets'],
    {
      base: domain.base,
      scope: 'sub',
      filter: '(objectCategory=groupPolicyContainer)',
      attributes: WITH_SECRETS,
      controls,
    },
    (found) => {
      for (const entry of found) {
        const name = entry.text('displayname')?.slice(0, 256)
        const seen = entries.add(entry, 'policy', name === undefined ? {} : { name })
        if (seen !== undefined) tellSecrets(entry, seen, look)
      }
    },
  )
  await gathering.search(
    ['directory-rights'],
    {
      base: `CN=Sites,${domain.configuration}`,
      scope: 'sub',
      filter: '(&(objectClass=site)(gPLink=*))',
      attributes: ATTRIBUTES,
      controls,
    },
    (found) => {
      for (const entry of found) tellLinks(entries.add(entry, 'container', links(entry)), look)
    },
  )
}

/** Which policies apply to what lies in a container: whoever changes one of them has what it applies to. */
const tellLinks = (seen: Seen | undefined, { gathering }: Look) => {
  const inForce = policyLinks(seen?.more?.policyLinks).filter(({ disabled }) => !disabled)
  if (seen === undefined || inForce.length === 0) return
  const tell = (name: string, dns: readonly string[]) =>
    gathering.tell('directory-rights', policySetting(seen, name, dns))
  tell(
    'gplink',
    inForce.map(({ dn }) => dn),
  )
  const enforced = inForce.filter((link) => link.enforced)
  if (enforced.length > 0)
    tell(
      'gplink-enforced',
      enforced.map(({ dn }) => dn),
    )
}

/** To whom policies apply and whom they are kept from by their lists, where that is not everybody. */
export const tellPolicyFilters = ({ gathering, entries }: Look, holders: Holders): void => {
  for (const seen of entries.all) {
    if (seen.type !== 'policy') continue
    const applying = holders.applying(seen)
    if (applying === 'everyone') continue
    const keptFrom = new Set(applying.flatMap(({ except }) => except))
    if (keptFrom.size === 0 && applying.some(({ trustee }) => TO_ALL.has(trustee))) continue
    // What applies under a condition may apply.
    const appliesTo = applying.map(({ trustee }) => trustee)
    gathering.tell('directory-rights', policySetting(seen, 'applies-to', appliesTo))
    if (keptFrom.size > 0) gathering.tell('directory-rights', policySetting(seen, 'kept-from', [...keptFrom]))
  }
}
const TO_ALL: ReadonlySet<string> = new Set([AUTHENTICATED, EVERYONE])

const policySetting = (seen: Seen, name: string, values: readonly string[]): FindingOf<'setting'> => ({
  kind: 'setting',
  subject: 'directory',
  object: seen.object,
  name,
  values: values.slice(0, 1000).map((value) => value.slice(0, 4096)),
  place: { path: clippedDn(seen.dn) },
})
