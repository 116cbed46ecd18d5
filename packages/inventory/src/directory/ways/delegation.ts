import type { TakeoverGraph } from '../takeover-graph.ts'

/**
 * Acting on behalf of others.
 *
 * - Who is named by a computer as one who may act on behalf of anybody towards it takes it over, and so does who may write that list.
 * - Who may act with any protocol towards a service of a computer takes it over: tickets are good for other services of it as well
 *   (the name of the service is not part of what is protected, MS-SFU 5.1.2). Without the change of protocol somebody has to come first.
 * - Who is trusted to act towards all is handed the identity of whoever logs in there. A controller can often be made to, over
 *   printing and other calls, but whether they are open is not in the directory: so this is never certain.
 */
export const delegation = ({ facts, ofObject, principal, edge, named, anyGoal }: TakeoverGraph): void => {
  const machines = new Map<string, number>()
  for (const { object, dnsName, name, type } of facts.accounts)
    if (type === 'computer') {
      if (dnsName !== undefined) machines.set(dnsName.toLowerCase(), ofObject(object)!)
      machines.set(name.toLowerCase().replace(/\$$/, ''), ofObject(object)!)
    }
  for (const { object, name, place, states, actedOnBehalfBy = [], delegatesTo = [] } of facts.accounts) {
    const at = ofObject(object)!
    for (const sid of actedOnBehalfBy)
      edge(principal(sid), at, {
        via: 'delegation',
        sentence: `${named(principal(sid))} may act on behalf of anybody towards ${name}.`,
        place,
        evidence: `msDS-AllowedToActOnBehalfOfOtherIdentity: ${sid}`,
      })
    for (const spn of delegatesTo) {
      const host = /^[^/]+\/([^/:]+)/.exec(spn)?.[1]?.toLowerCase()
      const target = host === undefined ? undefined : (machines.get(host) ?? machines.get(host.split('.')[0]!))
      if (target === undefined) continue
      edge(at, target, {
        via: 'delegation',
        sentence: `${name} may act on behalf of others towards ${spn} on ${named(target)}.`,
        place,
        evidence: `msDS-AllowedToDelegateTo: ${spn}`,
        ...(states.includes('protocol-transition')
          ? {}
          : { unless: `whether somebody privileged logs in to ${name} is not known` }),
      })
    }
    if (states.includes('trusted-for-delegation') && !states.includes('domain-controller'))
      edge(at, anyGoal(), {
        via: 'delegation',
        sentence: `Whoever logs in to ${name} hands over their identity.`,
        place,
        evidence: 'userAccountControl: TRUSTED_FOR_DELEGATION',
        unless: `whether somebody privileged logs in to ${name}, or a controller can be made to, is not known`,
      })
  }
}
