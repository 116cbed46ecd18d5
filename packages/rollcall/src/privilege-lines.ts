import type { DirectorySignals, Finding } from '@rollcall/contract'
import type { ReportPart, ScanReport } from '@rollcall/contract/bus'
import { directoryPrivilege, type DirectorySight } from '@rollcall/inventory'

/** Says who can take a directory over, from the findings of one look as they go by. Of those only what tells of it is held. */
export interface PrivilegeLines {
  see(part: Pick<ReportPart, 'findings'>): void
  /** Once the report is there: a line for each that has a way, or may have, and how many there are. */
  of(report: ScanReport & { readonly directory: DirectorySignals }): {
    readonly lines: object[]
    readonly counts: PrivilegeCounts
  }
}

/** Of accounts. */
interface PrivilegeCounts {
  readonly yes: number
  readonly unknown: number
  readonly no: number
  /** Why nobody can be said to have no way. */
  readonly unknownBecause: readonly string[]
}

export const privilegeLines = (): PrivilegeLines => {
  const sight = new LateSight()
  const privilege = directoryPrivilege(sight)
  const names = new Map<string, string>()
  const add = (finding: Finding) => {
    if (finding.kind === 'directory-account' || finding.kind === 'directory-group')
      names.set(finding.object, finding.name)
    privilege.add(finding)
  }
  return {
    see: ({ findings }) => {
      for (const finding of findings) add(finding)
    },
    of({ target, directory, sections }) {
      for (const { findings = [] } of sections) for (const finding of findings) add(finding)
      sight.known = { signals: directory, scopes: sections }
      const { accounts, groups, outside, unknownBecause } = privilege.resolve()
      const counts = { yes: 0, unknown: 0, no: 0 }
      const lines: object[] = []
      for (const [of, standings] of [
        ['account', accounts],
        ['group', groups],
      ] as const)
        for (const standing of standings) {
          if (of === 'account') counts[standing.privileged]++
          if (standing.privileged === 'no' || standing.paths.length === 0) continue
          lines.push({ kind: 'privilege', target, of, name: names.get(standing.object), ...standing })
        }
      for (const { name, path } of outside)
        lines.push({
          kind: 'privilege',
          target,
          of: 'outside',
          name,
          privileged: 'yes',
          tier: 0,
          paths: [path],
          unknownBecause: [],
        })
      return { lines, counts: { ...counts, unknownBecause } }
    },
  }
}

/** What is told of the look as a whole comes behind all its findings. */
class LateSight implements DirectorySight {
  known: DirectorySight | undefined

  get signals() {
    return this.#now().signals
  }

  get scopes() {
    return this.#now().scopes
  }

  #now(): DirectorySight {
    if (this.known === undefined) throw new Error('the report is not there yet')
    return this.known
  }
}
