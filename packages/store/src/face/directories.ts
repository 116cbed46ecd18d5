import type { DirectorySignals, TargetId } from '@rollcall/contract'
import type { DirectoryPath, YesNoUnknown } from '@rollcall/contract/api'
import type { KnownDirectory } from '@rollcall/inventory'
import type {
  DirectoryAccountTable,
  DirectoryGroupTable,
  DirectoryMemberTable,
  DirectoryRightTable,
  DirectoryWeaknessTable,
} from '../tables.ts'

/** What is known of directories beside what is known of hosts: `Hosts` has what they share, under the same ids. */
export interface Directories {
  /** Directories that share an id, suffix or target with a sighting, the latest seen first. */
  candidates(signals: DirectorySignals, target: TargetId): Promise<KnownDirectory[]>
  byId(id: string): Promise<KnownDirectory | undefined>
  /** Inserts or replaces what a directory says of itself, and counts anew what is in it. The host must be there. */
  save(id: string, signals: DirectorySignals, told: DirectoryTold): Promise<void>
  told(id: string): Promise<DirectoryTold>
  /** What is held of the privilege of some accounts or groups of it. */
  standings(of: 'account' | 'group', ids: readonly string[]): Promise<(DirectoryStanding & { readonly id: string })[]>
  saveStandings(
    of: 'account' | 'group',
    standings: readonly (DirectoryStanding & { readonly id: string })[],
  ): Promise<void>
  account(id: string): Promise<DirectoryAccountTable | undefined>
  group(id: string): Promise<DirectoryGroupTable | undefined>
  /** Memberships in a group, of a member, and rights over an entry or of somebody, that are not gone: at most `limit`. */
  membersOf(group: string, limit: number): Promise<DirectoryMemberTable[]>
  groupsOf(member: string, limit: number): Promise<DirectoryMemberTable[]>
  /** Memberships in a group that are gone, the last to go first: at most 200. */
  formerMembersOf(group: string): Promise<DirectoryMemberTable[]>
  /** Memberships in a group, gone ones too, the last to come first: at most 200. */
  latestMembersOf(group: string): Promise<DirectoryMemberTable[]>
  rightsOver(entry: string, limit: number): Promise<DirectoryRightTable[]>
  rightsOf(trustee: string, limit: number): Promise<DirectoryRightTable[]>
  weaknessesOf(entry: string): Promise<DirectoryWeaknessTable[]>
  /** Accounts of hosts that are an account of a directory, and by what: at most 200. */
  accountsOnHosts(id: string): Promise<AccountOnHost[]>
  /** Rules of sudo that name groups, of those of all hosts, of which at most 50,000 are looked at. */
  rulesOfGroups(): Promise<{ host: string; grantees: readonly string[] }[]>
  /** Whether the directory has a computer account of that name, in whatever case. */
  hasComputer(directory: string, name: string): Promise<boolean>
  /** Whether a directory has a computer of this name in DNS, in lower case. */
  hasComputerCalled(directory: string, dnsName: string): Promise<boolean>
  /** Accounts of hosts that go by a name of a directory's and say nothing else of who they are there. */
  namedOnHosts(login: string): Promise<Omit<AccountOnHost, 'by'>[]>
  /** Weaknesses that are not gone, by code and severity. */
  weaknesses(id: string): Promise<{ weakness: string; severity: string; count: number }[]>
}

/** An account of a host that is one of a directory. */
export interface AccountOnHost {
  readonly uid: number
  readonly id: string
  readonly name: string
  readonly host: string
  readonly hostName: string
  readonly privileged: YesNoUnknown
  readonly by: 'sid' | 'object' | 'uid' | 'mapped-uid'
}

/** What follows from all of a directory and belongs to no entry. */
export interface DirectoryTold {
  /** Who has it in hand and has no row. */
  readonly outside: readonly { readonly name: string; readonly path: DirectoryPath }[]
  readonly unknownBecause: readonly string[]
}

/** Whether an account, or whoever is in a group, can take its directory over, as columns have it. */
export interface DirectoryStanding {
  readonly privileged: YesNoUnknown
  readonly tier: number | null
  readonly privilegedBy: string
  readonly path: string | null
  readonly unknownBecause: string
  /** `DirectoryPath`s as JSON. */
  readonly detail: string
}
