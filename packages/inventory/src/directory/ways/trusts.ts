import type { TakeoverGraph } from '../takeover-graph.ts'

interface Trust {
  partner: string
  direction: string
  type: string
  attributes: readonly string[]
  place: { path: string }
}

/**
 * What comes from other domains. Who administers a domain can claim any identity in the tickets it gives, and where a trust does not
 * filter them they count here (MS-PAC 4.1.2.2):
 *
 * - within a forest none of this is filtered, unless the trust is quarantined: so each of its domains has the others in hand;
 * - what crosses the boundary of a forest without a quarantine, or treated as external, still loses the identities of built-in groups,
 *   so that it takes another privileged one;
 * - delegation over a trust hands over identities of whoever of here logs in there, as other delegation does.
 *
 * Whether there is anybody over there is nothing that this directory says: they are told as those outside of it.
 */
export const trusts = (graph: TakeoverGraph): void => {
  if (!graph.windows) return
  for (const { partner, direction, type, attributes, place } of trustsOf(graph)) {
    const incoming = direction === 'outbound' || direction === 'both'
    const has = (name: string) => attributes.includes(name)
    const evidence = `trustDirection: ${direction}; trustAttributes: ${attributes.join(' ') || 'none'}`
    const from = () => graph.principal(`administrators of ${partner}`)
    const sentence = (because: string) =>
      `Administrators of ${partner} can claim any identity of this domain: ${because}.`
    const via = 'sid-history'
    const goal = graph.anyGoal
    if (incoming && type === 'uplevel') {
      if (has('within-forest')) {
        if (!has('filtered'))
          graph.edge(from(), goal(), { via, sentence: sentence('it is of the same forest'), place, evidence })
      } else if (has('forest') ? has('treat-as-external') : !has('filtered'))
        graph.edge(from(), goal(), {
          via,
          sentence: sentence('its trust lets identities of here through'),
          place,
          evidence,
          unless: 'those of built-in groups are filtered, and whether another privileged one is enough is not known',
        })
    }
    if (has('tgt-delegation') && direction !== 'disabled')
      graph.edge(from(), goal(), {
        via: 'delegation',
        sentence: `Whoever of here logs in to ${partner} hands over their identity.`,
        place,
        evidence,
        unless: `whether somebody privileged logs in to ${partner}, or a controller can be made to, is not known`,
      })
  }
}

const trustsOf = ({ facts }: TakeoverGraph): Trust[] => {
  const byObject = new Map<string, Partial<Trust>>()
  for (const { subject, object, name, values, place } of facts.settings) {
    if (subject !== 'trust' || object === undefined) continue
    const trust = byObject.get(object) ?? {}
    byObject.set(object, trust)
    if (place !== undefined) trust.place = place
    const [value = ''] = values
    if (name === 'partner') trust.partner = value
    else if (name === 'direction') trust.direction = value
    else if (name === 'type') trust.type = value
    else if (name === 'attributes') trust.attributes = values
  }
  return [...byObject.values()].filter(isWhole)
}

/** Of a trust of which something was not read nothing is concluded. */
const isWhole = (trust: Partial<Trust>): trust is Trust =>
  [trust.partner, trust.direction, trust.type, trust.attributes, trust.place].every((one) => one !== undefined)
