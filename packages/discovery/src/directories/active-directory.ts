import type { DirectoryMake } from '../directory-make.ts'
import { ACCOUNT_ATTRIBUTES, COMPUTER_ATTRIBUTES, readAccount } from './active-directory/accounts.ts'
import { changesFrom, lookAtChanges, memoryOf } from './active-directory/changes.ts'
import { lookAtCertificates, tellCertificates } from './active-directory/certificates.ts'
import { tellConclusions } from './active-directory/conclusions.ts'
import { tellCoverage } from './active-directory/coverage.ts'
import { membership } from './active-directory/entries.ts'
import { findOut } from './active-directory/forest.ts'
import { GROUP_ATTRIBUTES, memberFindings, readGroup } from './active-directory/groups.ts'
import { rightHolders } from './active-directory/holders.ts'
import { lastChanges } from './active-directory/last-changes.ts'
import { lookAtPlaces, tellPolicyFilters } from './active-directory/places.ts'
import { lookAtPolicies, lookAtTrusts } from './active-directory/policies.ts'
import { tellRights } from './active-directory/rights.ts'
import { DESCRIPTORS, THIS_PARTITION, type Look } from './active-directory/look.ts'
import { tellUncounted, tellVeiled, tellWaiting, type Waiting } from './active-directory/unseen.ts'

const CAPABILITY = '1.2.840.113556.1.4.800'

/** Active Directory and Samba, which speaks as it does. */
const make: DirectoryMake = {
  id: 'active-directory',
  title: 'Active Directory and Samba AD',
  rank: 50,
  recognises: (root) => root.texts('supportedcapabilities').includes(CAPABILITY),
  sections: [
    {
      probe: 'directory-accounts',
      finds:
        'Users and what is wrong with each: tickets that may be guessed, delegation, old passwords, history of identities, bound keys.',
      needs: 'What every account may read by default.',
    },
    {
      probe: 'directory-computers',
      finds: 'Computers and managed service accounts, and whether the password of the local administrator is managed.',
      needs:
        'What every account may read by default. Passwords of local administrators and managed accounts are never asked for.',
    },
    {
      probe: 'directory-groups',
      finds: 'Groups and who is directly in them, the privileged ones known by their identifiers in every language.',
      needs: 'What every account may read by default.',
    },
    {
      probe: 'directory-rights',
      finds:
        'Who may take over what: rights of access control lists with denials, inheritance and types honoured; what the scan account itself may do.',
      needs: 'What every account may read by default: owner and list of every entry, not the list of audits.',
    },
    {
      probe: 'directory-policies',
      finds: 'Policies of passwords and lockout, functional level, heuristics, the age of the key that signs tickets.',
      needs:
        'What every account may read by default; to read CN=Password Settings Container for policies of single groups.',
    },
    {
      probe: 'directory-trusts',
      finds: 'Trusts with other domains, their direction and what they let pass.',
      needs: 'What every account may read by default.',
    },
    {
      probe: 'directory-certificates',
      finds: 'Certificate templates and authorities, and templates whose certificates stand for others than who asks.',
      needs:
        'What every account may read by default. What an authority keeps in its own registry is not told over LDAP.',
    },
    {
      probe: 'directory-keys',
      finds: 'SSH keys in attributes.',
      needs: 'What every account may read by default.',
    },
    {
      probe: 'directory-secrets',
      finds: 'Passwords in text attributes, by place and shape, never by value.',
      needs: 'What every account may read by default; unixUserPassword takes an extended right.',
    },
  ],
  look: async (gathering) => {
    const { look: first, signals, head } = await findOut(gathering)
    if (first === undefined) return signals
    const { serverInstance } = signals
    const look: Look = { ...first, passwords: await lookAtPolicies(first, head) }
    if (!(await lookAtChanges(look, serverInstance))) await lookAtAll(look, serverInstance)
    return signals
  },
}
export default make

const lookAtAll = async (look: Look, instance: string | undefined): Promise<void> => {
  const cookie = await changesFrom(look)
  await lookAtPlaces(look)
  await lookAtAccounts(look)
  await lookAtGroups(look)
  await lookAtTrusts(look)
  const certificates = await lookAtCertificates(look)
  // From here on everything is seen, and it can be said who holds what.
  const members = membership(look.entries)
  const holders = rightHolders(look, members)
  tellConclusions(look, holders, members)
  tellCertificates(certificates, look, holders)
  tellPolicyFilters(look, holders)
  await look.gathering.flush()
  await tellRights(look, holders, members)
  await tellCoverage(look, holders)
  await tellVeiled(look)
  await tellUncounted(look)
  if (cookie === undefined || instance === undefined) return
  const memory = memoryOf(look, members, cookie, instance, await lastChanges(look))
  if (memory !== undefined) look.gathering.remember(memory)
}

const PERSONS = '(&(objectCategory=person)(objectClass=user))'

const lookAtAccounts = async (look: Look): Promise<void> => {
  const { gathering, domain, entries } = look
  await gathering.search(
    ['directory-groups'],
    {
      base: `CN=ForeignSecurityPrincipals,${domain.base}`,
      scope: 'one',
      filter: '(objectClass=foreignSecurityPrincipal)',
      attributes: ['objectclass', 'objectguid', 'objectsid', 'ntsecuritydescriptor'],
      controls: [DESCRIPTORS, THIS_PARTITION],
    },
    (found) => {
      for (const entry of found) entries.add(entry, 'foreign-principal')
    },
  )
  const base = { base: domain.base, scope: 'sub', controls: [DESCRIPTORS, THIS_PARTITION] } as const
  const take = (found: readonly Parameters<typeof readAccount>[0][]) => {
    for (const entry of found) readAccount(entry, look)
  }
  await gathering.search(
    ['directory-accounts', 'directory-keys', 'directory-secrets', 'directory-rights'],
    { ...base, filter: PERSONS, attributes: [...ACCOUNT_ATTRIBUTES, ...look.passwords.asked] },
    take,
  )
  await gathering.search(
    ['directory-computers', 'directory-keys', 'directory-secrets', 'directory-rights'],
    { ...base, filter: '(objectClass=computer)', attributes: COMPUTER_ATTRIBUTES },
    take,
  )
}

const lookAtGroups = async (look: Look): Promise<void> => {
  const { gathering, domain, entries } = look
  const waiting: Waiting[] = []
  await gathering.search(
    ['directory-groups', 'directory-secrets', 'directory-rights'],
    {
      base: domain.base,
      scope: 'sub',
      filter: '(objectCategory=group)',
      attributes: GROUP_ATTRIBUTES,
      controls: [DESCRIPTORS, THIS_PARTITION],
    },
    (found) => {
      for (const entry of found) {
        const group = readGroup(entry, look)
        if (group === undefined) continue
        const dns: string[] = []
        gathering.tell('directory-groups', ...memberFindings(group, entry.texts('member'), entries, dns))
        if (dns.length > 0) waiting.push({ group, dns })
      }
    },
  )
  await tellWaiting(look, waiting)
}
