import type { DirectoryGathering } from '../../directory-make.ts'
import type { SchemaNames } from '../../formats/active-directory/schema-names.ts'
import type { Entries, Seen } from './entries.ts'
import type { PasswordPolicies } from './password-policies.ts'

/** What is known while a domain is looked at. */
export interface Look {
  readonly gathering: DirectoryGathering
  readonly now: Date
  readonly domain: Domain
  readonly domainSid: string | undefined
  readonly schema: ForestSchema
  readonly entries: Entries
  readonly own: OwnAccount
  /** By how many days the replicated time of a login may be too early (msDS-LogonTimeSyncInterval). */
  readonly loginLag: number
  readonly lockoutSeconds: number | 'none'
  /** The first account with each uid number. */
  readonly uids: Map<number, { readonly seen: Seen; alone: boolean }>
  /** Whether a computer would tell that the password of its local administrator is managed. */
  readonly localAdminTold: (seen: Seen) => boolean
  readonly heuristics: string | undefined
  /** Whether accounts that need a smart card get new passwords that nobody knows (msDS-ExpirePasswordsOnSmartCardOnlyAccounts). */
  readonly rollsSmartcards: boolean
  readonly passwords: PasswordPolicies
  /** Other domains of the forest, which are not looked at, by the DN of their head in lower case. */
  readonly otherDomains: ReadonlyMap<string, string>
}

/** Where things are. */
export interface Domain {
  readonly base: string
  readonly configuration: string
  readonly schema: string
  readonly forestRoot: string
  readonly make: 'active-directory' | 'samba-ad'
}

export interface ForestSchema extends SchemaNames {
  /** Whether the forest told it, so that what it lacks does not exist. */
  readonly told: boolean
  /** Names of attributes that take an extended right to read, lower case. */
  readonly confidential: readonly string[]
}

/** Who looks: with what rights the answers came. */
export interface OwnAccount {
  /** Absent where it could not be told who that is. */
  readonly sids: ReadonlySet<string> | undefined
  readonly object: string | undefined
}

/** Control by which the owner and the list of an entry come, and not the list of audits, without which ordinary accounts get nothing. */
export const DESCRIPTORS = {
  oid: '1.2.840.113556.1.4.801',
  critical: true,
  value: Uint8Array.of(0x30, 3, 2, 1, 7),
} as const
/** Nothing of other partitions is told of, not even where they are. */
export const THIS_PARTITION = { oid: '1.2.840.113556.1.4.1339' } as const
export const SHOW_DELETED = { oid: '1.2.840.113556.1.4.417', critical: true } as const
