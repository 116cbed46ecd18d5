import { EVERYBODY, foldDn, type TakeoverGraph } from '../takeover-graph.ts'

const MOST_PATTERNS = 50

/** Rules that name holders by where they lie; of other patterns it is not known whom they name. */
export const patterns = ({ facts: { accounts, rights }, principal, ofObject, silently, open }: TakeoverGraph): void => {
  const told = new Set(
    rights.flatMap(({ trustee, trusteeObject }) =>
      trusteeObject === undefined && /^(?:dn\.\w+=|dnattr=|set[=.]|group\/|userattr|roledn|ldap:\/\/\/)/i.test(trustee)
        ? [trustee]
        : [],
    ),
  )
  for (const pattern of [...told].slice(0, MOST_PATTERNS)) {
    if (EVERYBODY[pattern.toLowerCase()] !== undefined) continue
    const at = principal(pattern)
    const [, base] = /^dn\.(?:sub(?:tree)?|children|one(?:level)?)=(.+)$/i.exec(pattern) ?? []
    if (base === undefined) {
      open(at, `whom ${pattern.slice(0, 200)} names is not known`)
      continue
    }
    const suffix = `,${foldDn(base)}`
    for (const { object, place } of accounts)
      if (foldDn(place.path).endsWith(suffix))
        silently(ofObject(object)!, at, (from) => ({ via: 'member', sentence: `${from} lies below ${base}.`, place }))
  }
}
