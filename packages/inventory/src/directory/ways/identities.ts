import { foldDn, type TakeoverGraph } from '../takeover-graph.ts'

/** Being another: by what is carried of former identities, by standing for another, and by reading a password that is kept by the directory. */
export const identities = ({ facts, nodes, ofObject, ofDn, principal, edge, named }: TakeoverGraph): void => {
  for (const { object, name, place, passwordReaders = [], sidHistory = [], succeeds = [] } of facts.accounts) {
    const at = ofObject(object)!
    for (const sid of passwordReaders)
      edge(principal(sid), at, {
        via: 'managed-account',
        sentence: `${named(principal(sid))} may read the managed password of ${name}.`,
        place,
        evidence: `msDS-GroupMSAMembership: ${sid}`,
      })
    for (const sid of sidHistory)
      edge(at, principal(sid), {
        via: 'sid-history',
        sentence: `${name} carries the rights of ${named(principal(sid))}.`,
        place,
        evidence: `sIDHistory: ${sid}`,
      })
    for (const dn of succeeds) {
      const before = ofDn(dn)
      if (before === undefined) continue
      const said = nodes[before]!.finding
      const confirmed =
        said?.kind === 'directory-account' &&
        said.succeededBy?.some((one) => foldDn(one) === foldDn(place.path)) === true
      const unless = `whether the controllers take notice of it, though ${named(before)} does not name it, is not known`
      edge(at, before, {
        via: 'managed-account',
        sentence: `${name} takes the place of ${named(before)}.`,
        place,
        evidence: 'msDS-ManagedAccountPrecededByLink',
        ...(confirmed ? {} : { unless }),
      })
    }
  }
}
