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
  /** Inserts or replaces what a directory says of itself. The host must be there. Without `counts` they stay as they are. */
  save(id: string, signals: DirectorySignals, told: DirectoryTold, counts?: DirectoryCounts): Promise<void>
  /** What is in one of `SHARES` shares of a directory: one after the other, so that it takes long for nobody. */
  counts(id: string, share: number): Promise<DirectoryCounts>
  /**
   * Where in a scope the rows lie that tell of some entries, those gone left out; undefined when there are very many. Of what has no row, such
   * as settings, it says nothing.
   */
  spotsOf(id: string, probe: string, objects: readonly string[]): Promise<number[] | undefined>
  told(id: string): Promise<DirectoryTold>
  /** Brings up to date what is held of the privilege of some accounts or groups; what is as it was is not written. */
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

/** How many there are in a directory. */
export type DirectoryCounts = Readonly<
  Record<
    | 'accounts'
    | 'privileged'
    | 'unknown_privilege'
    | 'users'
    | 'computers'
    | 'managed_services'
    | 'groups'
    | 'critical'
    | 'high'
    | 'medium'
    | 'low'
    | 'info',
    number
  >
>

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
