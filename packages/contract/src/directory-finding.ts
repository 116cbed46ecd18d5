import { z } from 'zod'
import { directoryWeaknesses } from './directory-weakness.ts'
import { instant, place, principalName, text } from './text.ts'

/**
 * What names an entry for good: its objectGUID, entryUUID, nsUniqueId or ipaUniqueID in the usual spelling, lower case. A directory that
 * gives none is asked for nothing more stable than the DN, which then stands here. The DN itself is always the `place`.
 */
export const objectId = text(512)

/** A security identifier as text, `S-1-5-21-…-512` (MS-DTYP 2.4.2.1). */
export const sid = text(184)

/** The kinds of entries that rights, memberships and weaknesses speak of. */
export const directoryObjectType = z.enum([
  'user',
  'computer',
  'managed-service',
  'group',
  'role',
  'container',
  'domain',
  'policy',
  'certificate-template',
  'certificate-authority',
  'trust',
  'foreign-principal',
  'server-configuration',
  'other',
])
export type DirectoryObjectType = z.output<typeof directoryObjectType>

/** What an account is allowed or has to do, as its directory keeps it. Only what is known to hold is told. */
export const directoryAccountState = z.enum([
  'disabled',
  'locked',
  'expired',
  'password-expired',
  'must-change-password',
  'password-not-required',
  'password-never-expires',
  'password-cannot-change',
  'password-reversible',
  'no-password',
  'smartcard-required',
  'no-preauthentication',
  'des-only',
  'trusted-for-delegation',
  'protocol-transition',
  'not-delegated',
  'admin-count',
  'inheritance-off',
  'read-only-controller',
  'domain-controller',
  'deleted',
  'preserved',
  'staged',
])
export type DirectoryAccountState = z.output<typeof directoryAccountState>

/** A user, service or computer account of a directory. */
export const directoryAccount = z.object({
  kind: z.literal('directory-account'),
  object: objectId,
  /** `sAMAccountName`, `uid` or whatever it logs in by; the first value of its RDN where there is none. */
  name: principalName,
  type: z.enum(['user', 'computer', 'managed-service']),
  sid: sid.optional(),
  /** `userPrincipalName` or `krbPrincipalName`, and every further one. */
  principals: z.array(text(512)).max(64).optional(),
  displayName: text(256).optional(),
  states: z.array(directoryAccountState).max(32),
  /** Which signs say that a program uses it rather than a person, such as `spn`, `managed`, `name`, `container`, `class`, `no-shell`. */
  serviceSigns: z.array(text(32)).max(16).optional(),
  created: instant.optional(),
  /** Until when the account is good. */
  expires: instant.optional(),
  passwordChanged: z.union([instant, z.literal('never')]).optional(),
  passwordExpires: instant.optional(),
  /** The last time as far as this directory replicates it; see `lastLoginLag`. `never`: it is kept, and there is none. */
  lastLogin: z.union([instant, z.literal('never')]).optional(),
  /** By how many days `lastLogin` may be too early, as lastLogonTimestamp is (MS-ADA1). */
  lastLoginLag: z.int().nonnegative().optional(),
  /** Relative identifier of the primary group, or its gidNumber. */
  primaryGroup: z.int().nonnegative().optional(),
  spns: z.array(text(512)).max(256).optional(),
  /** Kerberos encryption types that it says it supports, such as `rc4`, `aes256`. Absent: it says nothing, so the domain's default holds. */
  encryption: z.array(text(32)).max(16).optional(),
  /** Services that it may act towards on behalf of others (msDS-AllowedToDelegateTo, krbAllowedToDelegateTo). */
  delegatesTo: z.array(text(512)).max(256).optional(),
  /** SIDs of who may act on behalf of others towards it (msDS-AllowedToActOnBehalfOfOtherIdentity). */
  actedOnBehalfBy: z.array(sid).max(256).optional(),
  /** SIDs of who may read the password of a managed service account (msDS-GroupMSAMembership). */
  passwordReaders: z.array(sid).max(256).optional(),
  /** DNs of the accounts whose place it has taken (msDS-ManagedAccountPrecededByLink of a migration that is over). */
  succeeds: z.array(text(2048)).max(64).optional(),
  /**
   * DNs of the accounts that took its place (msDS-SupersededManagedAccountLink): since August 2025 controllers take notice of a successor
   * only where both name each other.
   */
  succeededBy: z.array(text(2048)).max(64).optional(),
  sidHistory: z.array(sid).max(64).optional(),
  /** How many keys are bound to it that log it in without a password (msDS-KeyCredentialLink). */
  boundKeys: z.int().positive().optional(),
  /** Certificates and external identities mapped to it (altSecurityIdentities), without SSH keys. */
  mappedIdentities: z.array(text(512)).max(64).optional(),
  /** POSIX attributes (RFC 2307). */
  posix: z
    .object({
      uid: z.int().nonnegative().optional(),
      gid: z.int().nonnegative().optional(),
      home: text(4096).optional(),
      shell: text(4096).optional(),
    })
    .optional(),
  /** How its password is kept where that may be seen: scheme of userPassword such as `ssha512`, `crypt-sha512`, `sasl`, `cleartext`. */
  passwordScheme: text(64).optional(),
  passwordStrength: z.enum(['strong', 'acceptable', 'weak']).optional(),
  /** Keyed digest of that value as it is kept: equal where one was copied from the other. */
  passwordDigest: text(64).optional(),
  /** The password policy that holds for it: DN or name. */
  passwordPolicy: text(512).optional(),
  /** Of a computer: how it is reached and what runs there. */
  computer: z
    .object({
      dnsName: text(253).optional(),
      os: text(256).optional(),
      osVersion: text(128).optional(),
      /** Whether its local administrator's password is managed (LAPS), as the expiry tells, never the password. */
      localAdminPassword: z.enum(['managed', 'expired', 'not-managed', 'unknown']).optional(),
      /** SID of the ordinary account that joined it (ms-DS-CreatorSID). */
      joinedBy: sid.optional(),
    })
    .optional(),
  /** Who it belongs to and where, as its directory says: what tells a leaver's account. */
  person: z
    .object({
      mail: text(320).optional(),
      employeeId: text(128).optional(),
      department: text(256).optional(),
      company: text(256).optional(),
      title: text(256).optional(),
      manager: text(2048).optional(),
      /** Who answers for it (managedBy, owner). */
      owner: text(2048).optional(),
    })
    .optional(),
  place,
})

/** A group or role of a directory. */
export const directoryGroup = z.object({
  kind: z.literal('directory-group'),
  object: objectId,
  name: principalName,
  type: z.enum(['group', 'role', 'netgroup', 'privilege', 'permission']),
  sid: sid.optional(),
  gid: z.int().nonnegative().optional(),
  /** Of Active Directory: where it may be used. */
  scope: z.enum(['global', 'domain-local', 'universal', 'builtin']).optional(),
  /** A distribution list gives no rights. */
  security: z.boolean().optional(),
  /** Which of the well-known privileged ones it is, by identifier and never by name: `domain-admins`, `administrators`, `ipa-admins`. */
  wellKnown: text(64).optional(),
  /** 0: whoever is in it has the directory in hand; 1: nearly; 2: some of it. Absent for ordinary ones. */
  tier: z.int().min(0).max(2).optional(),
  states: z
    .array(z.enum(['admin-count', 'inheritance-off', 'deleted']))
    .max(8)
    .optional(),
  /** Direct members as told, primary ones not among them; absent where it was not possible to count. */
  members: z.int().nonnegative().optional(),
  /** Who answers for it. */
  owner: text(2048).optional(),
  /** A search that decides who is in it (memberURL, nsRoleFilter), as written. */
  dynamic: text(2048).optional(),
  place,
})

/**
 * That an entry is directly in a group. Primary groups of accounts are told with the account. `member` names it as the group's entry does:
 * a DN, a name (memberUid) or a SID.
 */
export const directoryMember = z.object({
  kind: z.literal('directory-member'),
  /** The group's `object`. */
  object: objectId,
  group: principalName,
  member: text(2048),
  /** The member's own `object` and what it is, where it is an entry that was seen. */
  memberObject: objectId.optional(),
  memberSid: sid.optional(),
  memberType: directoryObjectType.optional(),
  memberName: principalName.optional(),
  /** The attribute that says so, such as `member`, `memberUid`, `uniqueMember`, `nsRole`, `memberURL`. */
  via: text(64),
  place,
})

/** What somebody may do to an entry that lets them take it over, or what it stands for. */
export const directoryRightName = z.enum([
  'owns',
  'full-control',
  'write-dacl',
  'write-owner',
  'write-all',
  'replicate-secrets',
  'replicate-filtered',
  'install-replica',
  'reset-password',
  'add-member',
  'add-self',
  'write-spn',
  'write-bound-keys',
  'write-acting-on-behalf',
  'write-delegation',
  'write-account-control',
  'write-mapped-identities',
  'write-script-path',
  'write-policy-links',
  'write-policy-files',
  'read-local-admin-password',
  'read-managed-password',
  'create-child',
  'create-managed-account',
  'migrate-sid-history',
  'reanimate',
  'set-password-not-required',
  'set-reversible-password',
  'protect-admin-groups',
  'enrol',
  'write-template',
  'manage-authority',
  'manage-certificates',
  'write-password',
  'write-aci',
  'proxy',
  'administer',
])
export type DirectoryRightName = z.output<typeof directoryRightName>

/** A right over an entry or, with `below`, over what lies below it, and the entry in its access control list that gives it. */
export const directoryRight = z.object({
  kind: z.literal('directory-right'),
  /** The `object` that it is held over. */
  object: objectId,
  objectName: principalName,
  objectType: directoryObjectType,
  right: directoryRightName,
  /** Who holds it: by SID, DN or name, as the list says it, and the entry that is, where it was seen. */
  trustee: text(2048),
  trusteeObject: objectId.optional(),
  trusteeName: principalName.optional(),
  trusteeType: directoryObjectType.optional(),
  /** Of a right over many entries below a container: to which types it applies. */
  below: z.array(directoryObjectType).max(16).optional(),
  /** How many entries seen it applies to, where it is told once for all of them. */
  applies: z.int().nonnegative().optional(),
  /** The DN that its list inherits it from; absent where it is set on the entry itself. */
  inheritedFrom: text(2048).optional(),
  /** The condition of a conditional entry was not evaluated. */
  conditional: z.literal(true).optional(),
  /** The entry of the list as its own language writes it: SDDL, an olcAccess clause, an aci's name. */
  evidence: text(2048),
  /** Shipped so by the maker of the directory. */
  ordinary: z.boolean().optional(),
  place,
})

/** Something wrong with an entry or the directory as a whole, as a code for programs. `describeDirectoryWeakness` gives the sentence. */
export const directoryWeakness = z.object({
  kind: z.literal('directory-weakness'),
  object: objectId,
  objectName: principalName,
  objectType: directoryObjectType,
  weakness: z.enum(directoryWeaknesses),
  severity: z.enum(['critical', 'high', 'medium', 'low', 'info']),
  /** What says so, in a few words that never hold a secret: attribute names, dates, SIDs, counts. */
  evidence: z.array(text(512)).max(32),
  place,
})
