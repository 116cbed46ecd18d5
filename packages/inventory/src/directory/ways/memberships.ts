import type { TakeoverGraph } from '../takeover-graph.ts'

/** Who is in which group: by its members, by a search that was carried out, or as the primary group of an account. */
export const memberships = (graph: TakeoverGraph): void => {
  const { facts, nodes, principal, entry, ofObject, open } = graph
  const byName = new Map(facts.accounts.map(({ name, object }) => [name, ofObject(object)!]))
  const carriedOut = new Set<string>()
  for (const finding of facts.members) {
    const { object, group, member, memberObject, memberSid, memberName, memberType, via } = finding
    const into = ofObject(object) ?? entry(object, group, 'group')
    if (via !== 'member' && via !== 'uniqueMember' && via !== 'memberUid') carriedOut.add(object)
    const from =
      (memberObject === undefined ? undefined : ofObject(memberObject)) ??
      (memberSid === undefined ? undefined : principal(memberSid, memberName)) ??
      (memberObject === undefined ? undefined : entry(memberObject, memberName ?? member, memberType ?? 'other')) ??
      (via === 'memberUid' ? byName.get(member) : undefined) ??
      principal(member, memberName)
    const said = nodes[into]!.finding
    if (said?.kind === 'directory-group' && said.security === false) continue
    graph.membership(from, into, finding)
  }
  for (const { object, name, dynamic } of facts.groups)
    if (dynamic !== undefined && !carriedOut.has(object))
      open(
        ofObject(object)!,
        `who is in ${name} is decided by a search that was not carried out: ${dynamic.slice(0, 200)}`,
      )
  if (!graph.windows) return
  for (const finding of facts.accounts) {
    const { sid = '', primaryGroup, object } = finding
    if (primaryGroup === undefined) continue
    const domain = /^(S-1-5-21-\d+-\d+-\d+)-\d+$/.exec(sid)?.[1]
    if (domain !== undefined) graph.membership(ofObject(object)!, principal(`${domain}-${primaryGroup}`), finding)
  }
}
