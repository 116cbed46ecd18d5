import type { DirectoryObjectType, DirectoryRightName } from '@rollcall/contract'
import type { DirectoryVia } from '@rollcall/contract/api'
import { LINK_RIGHTS, LIST_RIGHTS, rightEffect, rightPhrase, viaOf } from '../right-meaning.ts'
import { isPolicyLink } from '../takeover-facts.ts'
import type { About, TakeoverGraph } from '../takeover-graph.ts'
import { containersByName, dnOf, IN_SITE, isSite, type Containers } from './containers.ts'

/** Who these are follows from the entry, or is the server itself: no way of anybody else. */
const NOBODY: ReadonlySet<string> = new Set([
  'S-1-5-10',
  'S-1-3-0',
  'S-1-3-1',
  'S-1-3-4',
  'S-1-5-18',
  'S-1-5-9',
  'self',
  'owner',
])

/** Rights over whatever is on the way, and over what holds it. */
export const rights = (graph: TakeoverGraph, containers: Containers): void => {
  const { facts, windows, named, goal, edge, principal, entry, ofObject, lies, anyGoal } = graph
  const containerNamed = containersByName(graph)
  const enrols = enrolsOf(facts)
  const linksKnown = facts.settings.some(({ name }) => isPolicyLink(name))
  for (const right of facts.rights) {
    const { object, objectName, objectType, trustee, trusteeObject, trusteeName, evidence, place, conditional } = right
    if (NOBODY.has(trustee) || NOBODY.has(trustee.toLowerCase())) continue
    const from = (trusteeObject === undefined ? undefined : ofObject(trusteeObject)) ?? principal(trustee, trusteeName)
    const onto = entry(object, objectName, objectType)
    if (objectType === 'policy') lies(place.path, onto)
    const below = right.below ?? []
    const unless =
      conditional === true ? `a condition that was not evaluated decides: ${evidence.slice(0, 200)}` : undefined
    const about = (over: string, via: DirectoryVia, more?: string): About => ({
      via,
      sentence: `${named(from)} ${rightPhrase(right.right)} ${over}.`,
      place,
      evidence,
      ...((more ?? unless) === undefined ? {} : { unless: (more ?? unless)! }),
    })
    const itself =
      below.length === 0 || below.includes(objectType) || (objectType === 'domain' && below.includes('container'))
    if (itself) {
      const effect = rightEffect(right.right, objectType, { windows, enrols: enrols.get(object) ?? false })
      if (objectType === 'domain' || objectType === 'server-configuration' || objectType === 'certificate-authority')
        goal(onto, viaOf(right.right, objectType), goalOf(objectType, objectName))
      if (objectType === 'certificate-template')
        goal(onto, 'certificate', `Certificates of ${objectName} stand for whoever they name.`)
      if (objectType === 'container' && (right.right === 'create-managed-account' || ADMIN_HOLDER.test(place.path)))
        goal(
          onto,
          viaOf(right.right, objectType),
          right.right === 'create-managed-account'
            ? `A managed account made in ${objectName} can take the place of any account.`
            : `The list of ${objectName} is stamped on all privileged accounts.`,
        )
      if (effect !== 'nothing')
        edge(
          from,
          onto,
          about(
            objectName,
            viaOf(right.right, objectType),
            effect === 'maybe' ? (DOUBTS[right.right] ?? MAYBE) : undefined,
          ),
        )
      if (objectType === 'policy' && !linksKnown && DEFAULT_POLICY.test(place.path))
        goal(onto, 'policy', `The policy ${objectName} applies to the domain containers.`)
    }
    const dn = dnOf(right) ?? containerNamed(objectName)
    if (objectType === 'container' && dn === undefined && (LIST_RIGHTS.has(right.right) || below.length > 0))
      edge(from, anyGoal(), about(objectName, 'right', `what lies in ${objectName} is not known`))
    if ((objectType === 'container' || objectType === 'domain') && dn !== undefined) {
      for (const type of below)
        if (rightEffect(right.right, type, { windows, enrols: false }) === 'takes')
          edge(
            from,
            containers.below(dn, type),
            about(`${article(type)} below ${objectName}`, viaOf(right.right, type)),
          )
      if (below.length === 0 && objectType === 'container') {
        if (LIST_RIGHTS.has(right.right))
          edge(from, containers.list(dn), about(objectName, viaOf(right.right, objectType)))
        if (windows && (LINK_RIGHTS.has(right.right) || LIST_RIGHTS.has(right.right))) {
          if (isSite(dn)) edge(from, anyGoal(), about(objectName, 'policy', IN_SITE))
          else edge(from, containers.policies(dn), about(objectName, 'policy'))
        }
      }
    }
  }
}

/** Of templates: whether whoever enrols gets certificates that stand for others, which one weakness does not say for certain. */
const enrolsOf = ({ weaknesses }: TakeoverGraph['facts']): ReadonlyMap<string, true | 'maybe'> => {
  const enrols = new Map<string, true | 'maybe'>()
  for (const { object, weakness } of weaknesses) {
    if (weakness === 'template-group-by-policy') continue
    const known = weakness !== 'template-purpose-from-requester' || enrols.get(object) === true
    enrols.set(object, known ? true : 'maybe')
  }
  return enrols
}

const DOUBTS: Partial<Record<DirectoryRightName, string>> = {
  enrol: 'whether the authority has the updates of November 2024 is not known',
  'replicate-filtered': 'whether a password that is kept there opens a controller is not known',
  'install-replica': 'whether it may also make a controller of a computer and enter it among the sites is not known',
}
const MAYBE = 'whether that is enough depends on what is not known here'
/** Default Domain Policy and Default Domain Controllers Policy are called so in every domain. */
const DEFAULT_POLICY = /^cn=\{(?:31b2f340-016d-11d2-945f-00c04fb984f9|6ac1786c-016f-11d2-945f-00c04fb984f9)\},/i
const ADMIN_HOLDER = /^cn=adminsdholder,cn=system,/i

const goalOf = (type: DirectoryObjectType, name: string) =>
  type === 'certificate-authority'
    ? `The certificate authority ${name} gives certificates in any name.`
    : type === 'domain'
      ? `Whoever has ${name} in hand has the directory.`
      : `Whoever administers ${name} has the directory in hand.`

const article = (type: DirectoryObjectType) => (type === 'managed-service' ? 'managed accounts' : `every ${type}`)
