import { isOwn, type TakeoverGraph } from '../takeover-graph.ts'

/** Accounts and groups that have the directory in hand by what they are. */
export const builtIn = ({ facts, signals, goal, ofObject }: TakeoverGraph): void => {
  for (const { object, sid = '', states, name, place } of facts.accounts) {
    const own = isOwn(sid, signals.id)
    if (own && sid.endsWith('-500'))
      goal(ofObject(object)!, 'built-in', `${name} is the built-in administrator.`, place)
    if (own && sid.endsWith('-502'))
      goal(ofObject(object)!, 'built-in', `${name} is the account whose key signs all tickets.`, place)
    if (states.includes('domain-controller') && !states.includes('read-only-controller'))
      goal(ofObject(object)!, 'built-in', `${name} is a domain controller.`, place)
  }
  for (const { object, name, wellKnown, tier, place } of facts.groups)
    if (tier === 0)
      goal(
        ofObject(object)!,
        'member',
        `Whoever is in ${name}${wellKnown === undefined ? '' : ` (${wellKnown})`} has the directory in hand.`,
        place,
      )
}
