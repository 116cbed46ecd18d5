import type { DirectorySignals, Finding, Reason } from '@rollcall/contract'
import type { Directory, DirectoryEntry, SearchEnd, SearchRequest } from './directory.ts'
import type { KeyedDigest, Sha256 } from './probe.ts'

/** A make of directory: how to tell it, what to look for in it and how to read that. One file each in `directories/`. */
export interface DirectoryMake {
  readonly id: DirectorySignals['make']
  readonly title: string
  /** What it looks for, each with an outcome of its own. */
  readonly sections: readonly DirectorySection[]
  /** Whether it is this one. The most particular is asked first: those with the higher `rank`. */
  readonly recognises: (root: DirectoryEntry) => boolean
  readonly rank: number
  /** Reads the directory. Never rejects for anything that the directory does. */
  readonly look: (gathering: DirectoryGathering) => Promise<DirectorySignals>
}

export interface DirectorySection {
  /** The id of its scope, the same in every make that has it: `directory-accounts`. */
  readonly probe: DirectoryProbe
  /** What it finds, as one sentence for the documentation. */
  readonly finds: string
  /** What the scan account has to be able to read for it. */
  readonly needs: string
}

/** All scopes that a directory can have. */
export type DirectoryProbe =
  /** Users, service accounts: `directory-account`, and what is wrong with each. */
  | 'directory-accounts'
  /** Computer accounts. */
  | 'directory-computers'
  /** Groups, roles and who is directly in them. */
  | 'directory-groups'
  /** Who may change or read what, as far as it takes something over. */
  | 'directory-rights'
  /** Policies of passwords and lockout, functional level, settings of the directory as a whole. */
  | 'directory-policies'
  /** Trusts with other domains. */
  | 'directory-trusts'
  /** Certificate templates and authorities. */
  | 'directory-certificates'
  /** SSH keys in attributes. */
  | 'directory-keys'
  /** Passwords in text attributes. */
  | 'directory-secrets'
  /** Rules of sudo that the directory keeps. */
  | 'directory-sudo'
  /** Rules about who may log in to which host. */
  | 'directory-access'
  /** Administrators of the server itself, its access control and replication. */
  | 'directory-servers'

/** What a make may ask and tell while it looks. */
export interface DirectoryGathering {
  readonly directory: Pick<Directory, 'root' | 'server' | 'identity' | 'certificate'>
  readonly now: Date
  readonly sha256: Sha256
  readonly keyedDigest: KeyedDigest
  /**
   * Searches on behalf of some scopes: how it ends counts for the outcome of each. `take` may tell findings as it goes; they travel as soon
   * as there are enough.
   */
  search(
    probes: readonly DirectoryProbe[],
    request: SearchRequest,
    take: (entries: readonly DirectoryEntry[]) => void | Promise<void>,
  ): Promise<SearchEnd>
  /** Tells findings of a scope. */
  tell(probe: DirectoryProbe, ...findings: readonly Finding[]): void
  /** Lets what was told travel; to be awaited now and then where much is told without a search. */
  flush(): Promise<void>
  /** Something that the scope is about could not be read: its outcome is then no longer `complete`. */
  missed(probe: DirectoryProbe, reason: Reason): void
  /** Worth telling and hides nothing. */
  note(probe: DirectoryProbe, reason: Reason): void
  /**
   * Says that a scope tells only of entries that changed since the last look: each by its `object`, gone ones included. Of each it then
   * tells all.
   */
  changesOnly(probe: DirectoryProbe): { changed(object: string): void }
  /** Leaves a scope out of this look: nothing is said of it, and what is known of it stays as it was. */
  leaveOut(probe: DirectoryProbe): void
  /** What the make asked to be remembered at the end of the last look that went well; undefined: look at everything. */
  readonly remembered: DirectoryMemory | undefined
  /** To be remembered for the next look; kept only when all that was told is kept. Holds no secrets. */
  remember(memory: DirectoryMemory): void
}

/** From where on changes are to be told: cookies, sequence numbers, the server that they hold for. Small texts. */
export type DirectoryMemory = Readonly<Record<string, string>>
