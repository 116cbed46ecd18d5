import type { DirectorySignals, Finding, Outcome } from '@rollcall/contract'
import type { DirectoryPath, YesNoUnknown } from '@rollcall/contract/api'

export interface DirectorySight {
  readonly signals: DirectorySignals
  readonly scopes: readonly { readonly probe: string; readonly outcome: Outcome }[]
}

/** Whether an account, or whoever is in a group, can take the directory over. */
export interface DirectoryStandingOf {
  readonly object: string
  readonly privileged: YesNoUnknown
  readonly tier: number | null
  readonly paths: readonly DirectoryPath[]
  readonly unknownBecause: readonly string[]
}

export interface DirectoryPrivilege {
  add(finding: Finding): void
  resolve(): {
    readonly accounts: Iterable<DirectoryStandingOf>
    readonly groups: Iterable<DirectoryStandingOf>
    readonly outside: readonly { readonly name: string; readonly path: DirectoryPath }[]
    readonly unknownBecause: readonly string[]
  }
}

export const directoryPrivilege = (_sight: DirectorySight): DirectoryPrivilege => ({
  add: () => {},
  resolve: () => ({ accounts: [], groups: [], outside: [], unknownBecause: [] }),
})
