import type { DirectoryObjectType, DirectoryRightName } from '@rollcall/contract'
import type { DirectoryVia } from '@rollcall/contract/api'

/**
 * What a right over an entry of some type gives. `takes`: the entry, and so all that it stands for. `maybe`: so where something holds that
 * is not known here. `nothing`: not the entry.
 */
export type RightEffect = 'takes' | 'maybe' | 'nothing'

const ALL: ReadonlySet<DirectoryRightName> = new Set([
  'owns',
  'full-control',
  'write-dacl',
  'write-owner',
  'write-all',
  'write-aci',
  'administer',
])

/** Rights over the list of an entry: with them others are given, also over what lies below. */
export const LIST_RIGHTS: ReadonlySet<DirectoryRightName> = new Set([
  'owns',
  'full-control',
  'write-dacl',
  'write-owner',
  'write-aci',
  'administer',
])

/** Rights with which a policy is applied to what lies below. */
export const LINK_RIGHTS: ReadonlySet<DirectoryRightName> = new Set(['write-all', 'write-policy-links'])

const ACCOUNT: ReadonlySet<DirectoryRightName> = new Set([
  'reset-password',
  'write-password',
  'write-spn',
  'write-bound-keys',
  'write-account-control',
  'write-mapped-identities',
  'write-script-path',
  'proxy',
])
const MACHINE: ReadonlySet<DirectoryRightName> = new Set([
  ...ACCOUNT,
  'write-acting-on-behalf',
  'read-local-admin-password',
  'read-managed-password',
])
const GROUP: ReadonlySet<DirectoryRightName> = new Set(['add-member', 'add-self'])
const DOMAIN: ReadonlySet<DirectoryRightName> = new Set(['replicate-secrets', 'write-policy-links'])
/** Since the updates of August 2025, an account that stands for another does so only where that one names it as well. */
const DOMAIN_MAYBE: ReadonlySet<DirectoryRightName> = new Set([
  // Passwords of local administrators, if any are kept there, and never those of the domain.
  'replicate-filtered',
  // It takes a computer of the domain and an entry among its sites besides.
  'install-replica',
  'migrate-sid-history',
  'proxy',
  'create-managed-account',
])
const AUTHORITY: ReadonlySet<DirectoryRightName> = new Set(['manage-authority', 'manage-certificates'])

/** Only Active Directory makes a way in of what these write. */
const OF_WINDOWS: ReadonlySet<DirectoryRightName> = new Set([
  'write-spn',
  'write-bound-keys',
  'write-account-control',
  'write-mapped-identities',
  'write-script-path',
])

/** `windows`: of Active Directory. `enrols`: of a template whose certificates stand for others than who asks, or may do so. */
export const rightEffect = (
  right: DirectoryRightName,
  type: DirectoryObjectType,
  { windows, enrols }: { readonly windows: boolean; readonly enrols: boolean | 'maybe' },
): RightEffect => {
  if (ALL.has(right)) return type === 'trust' || type === 'foreign-principal' ? 'maybe' : 'takes'
  switch (type) {
    case 'user':
      return ACCOUNT.has(right) && (windows || !OF_WINDOWS.has(right)) ? 'takes' : 'nothing'
    case 'computer':
    case 'managed-service':
      return MACHINE.has(right) && (windows || !OF_WINDOWS.has(right)) ? 'takes' : 'nothing'
    case 'group':
    case 'role':
      return GROUP.has(right) ? 'takes' : 'nothing'
    case 'domain':
    case 'server-configuration':
      return DOMAIN.has(right) ? 'takes' : DOMAIN_MAYBE.has(right) ? 'maybe' : 'nothing'
    case 'container':
      return right === 'create-managed-account' ? 'maybe' : 'nothing'
    case 'policy':
      return right === 'write-policy-files' ? 'takes' : 'nothing'
    case 'certificate-template':
      if (right === 'enrol') return enrols === 'maybe' ? 'maybe' : enrols ? 'takes' : 'nothing'
      return right === 'write-template' ? 'takes' : 'nothing'
    case 'certificate-authority':
      return AUTHORITY.has(right) ? 'takes' : 'nothing'
    case 'trust':
    case 'foreign-principal':
    case 'other':
      return 'nothing'
  }
}

/** Which of the ways to take a directory over a right is. */
export const viaOf = (right: DirectoryRightName, type: DirectoryObjectType): DirectoryVia => {
  if (right === 'replicate-secrets' || right === 'replicate-filtered' || right === 'install-replica')
    return 'replication'
  if (type === 'certificate-template' || type === 'certificate-authority') return 'certificate'
  if (type === 'server-configuration' || right === 'administer' || right === 'proxy') return 'server'
  if (type === 'policy' || right === 'write-policy-links' || right === 'write-policy-files') return 'policy'
  if (right === 'write-acting-on-behalf' || right === 'write-delegation') return 'delegation'
  if (right === 'read-managed-password' || right === 'create-managed-account') return 'managed-account'
  return 'right'
}

const phrases: Record<DirectoryRightName, string> = {
  owns: 'owns',
  'full-control': 'has full control over',
  'write-dacl': 'may change the access control list of',
  'write-owner': 'may make itself the owner of',
  'write-all': 'may write every attribute of',
  'replicate-secrets': 'may fetch all secrets, as controllers do, from',
  'replicate-filtered':
    'may fetch what is kept from read-only controllers, such as passwords of local administrators, from',
  'install-replica': 'may add a controller to',
  'reset-password': 'may reset the password of',
  'add-member': 'may add members to',
  'add-self': 'may add itself to',
  'write-spn': 'may give a service name, and so a ticket to guess the password from, to',
  'write-bound-keys': 'may bind a key that logs in to',
  'write-acting-on-behalf': 'may let itself act on behalf of anybody towards',
  'write-delegation': 'may change on whose behalf others are acted towards by',
  'write-account-control': 'may switch off preauthentication of',
  'write-mapped-identities': 'may map its own certificate to',
  'write-script-path': 'may choose what is run at the login of',
  'write-policy-links': 'may apply policies to',
  'write-policy-files': 'may change the policy',
  'read-local-admin-password': 'may read the password of the local administrator of',
  'read-managed-password': 'may read the managed password of',
  'create-child': 'may create entries in',
  'create-managed-account': 'may create managed accounts that take the place of others in',
  'migrate-sid-history': 'may give identities of elsewhere to accounts of',
  reanimate: 'may bring back deleted entries of',
  'set-password-not-required': 'may let accounts have no password in',
  'set-reversible-password': 'may let passwords be kept recoverably in',
  'protect-admin-groups': 'may start the protection of privileged groups of',
  enrol: 'may enrol for certificates of',
  'write-template': 'may change the certificate template',
  'manage-authority': 'manages the certificate authority',
  'manage-certificates': 'approves certificates of',
  'write-password': 'may write the password of',
  'write-aci': 'may change the access control of',
  proxy: 'may act as any account it names in',
  administer: 'administers',
}

/** `may reset the password of`: between who holds a right and what it is held over. */
export const rightPhrase = (right: DirectoryRightName): string => phrases[right]
