import type { TakeoverGraph } from '../takeover-graph.ts'

/** Certificates of some templates make their holder a member of a group for as long as they are used (msDS-OIDToGroupLink). */
export const certificates = ({ facts, edge, named, ofObject, ofDn, principal }: TakeoverGraph): void => {
  const open = new Set(
    facts.weaknesses.flatMap(({ object, weakness }) => (weakness === 'template-group-by-policy' ? [object] : [])),
  )
  if (open.size === 0) return
  const groups = new Map<string, readonly string[]>()
  for (const { subject, object, name, values } of facts.settings)
    if (subject === 'certificate-template' && name === 'groups' && object !== undefined) groups.set(object, values)
  for (const { object, objectName, right, trustee, trusteeObject, trusteeName, evidence, place } of facts.rights) {
    if (right !== 'enrol' || !open.has(object)) continue
    const from = (trusteeObject === undefined ? undefined : ofObject(trusteeObject)) ?? principal(trustee, trusteeName)
    for (const dn of groups.get(object) ?? []) {
      const group = ofDn(dn)
      if (group === undefined) continue
      edge(from, group, {
        via: 'certificate',
        sentence: `${named(from)} may enrol for certificates of ${objectName}, which make their holder a member of ${named(group)}.`,
        place,
        evidence,
      })
    }
  }
}
