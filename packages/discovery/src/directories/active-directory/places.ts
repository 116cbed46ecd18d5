import type { DirectoryEntry } from '../../directory.ts'
import { SECRET_ATTRIBUTES } from '../../formats/ldap/attribute-secrets.ts'
import { tellSecrets } from './accounts.ts'
import type { Look } from './look.ts'
import { DESCRIPTORS, THIS_PARTITION } from './look.ts'

const ATTRIBUTES = ['objectclass', 'objectguid', 'objectsid', 'gplink', 'displayname', 'ntsecuritydescriptor'] as const
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
    return policyLinks === undefined ? {} : { more: { policyLinks: policyLinks.slice(0, 100_000) } }
  }
  await gathering.search(
    ['directory-rights'],
    { base: domain.base, scope: 'base', filter: '(objectClass=*)', attributes: ATTRIBUTES, controls, pageSize: 0 },
    (found) => {
      for (const entry of found) entries.add(entry, 'domain', links(entry))
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
      for (const entry of found) entries.add(entry, 'container', links(entry))
    },
  )
}
