import {
  describeReason,
  type DirectoryObjectType,
  type DirectorySignals,
  type Finding,
  type FindingOf,
  type Outcome,
  type Reason,
} from '@rollcall/contract'
import type { DirectoryPath, DirectoryStep, DirectoryVia, YesNoUnknown } from '@rollcall/contract/api'
import { takeoverEdges, type Takeover } from './reach-of-takeover.ts'
import { LINK_RIGHTS, LIST_RIGHTS, rightEffect, rightPhrase, viaOf } from './right-meaning.ts'

export interface DirectorySight {
  readonly signals: DirectorySignals
  readonly scopes: readonly { readonly probe: string; readonly outcome: Outcome }[]
}

/** Whether an account, or whoever is in a group, can take its directory over: become its administrator. */
export interface DirectoryStandingOf {
  readonly object: string
  readonly privileged: YesNoUnknown
  /** The least tier of the groups it is in; 0 where it takes the directory over. */
  readonly tier: number | null
  /** The shortest first. */
  readonly paths: readonly DirectoryPath[]
  readonly unknownBecause: readonly string[]
}

export interface DirectoryStandings {
  readonly accounts: Iterable<DirectoryStandingOf>
  readonly groups: Iterable<DirectoryStandingOf>
  /** Who has it in hand and is no account or group that was seen. */
  readonly outside: readonly { readonly name: string; readonly path: DirectoryPath }[]
  /** Why nobody can be said to have no way. */
  readonly unknownBecause: readonly string[]
}

/** Takes all current findings of one directory, in any order, and then says who can take it over. */
export interface DirectoryPrivilege {
  add(finding: Finding): void
  resolve(): DirectoryStandings
}

/**
 * Who can take a directory over, by which steps. Ways are memberships, rights over whatever is on the way, containers and policies that
 * hold what is on the way, delegation, managed passwords, certificates and histories of identities.
 *
 * `no` is only said where everything that could tell of a way was read. What holds under a condition that is not known here, such as
 * what stands behind a search, makes `unknown` with that reason.
 */
export const directoryPrivilege = ({ signals, scopes }: DirectorySight): DirectoryPrivilege => {
  const accounts: FindingOf<'directory-account'>[] = []
  const groups: FindingOf<'directory-group'>[] = []
  const members: FindingOf<'directory-member'>[] = []
  const rights: FindingOf<'directory-right'>[] = []
  const weaknesses: FindingOf<'directory-weakness'>[] = []
  const links: FindingOf<'setting'>[] = []
  return {
    add(finding) {
      if (finding.kind === 'directory-account') accounts.push(finding)
      else if (finding.kind === 'directory-group') groups.push(finding)
      else if (finding.kind === 'directory-member') members.push(finding)
      else if (finding.kind === 'directory-right') rights.push(finding)
      else if (finding.kind === 'directory-weakness' && TELLING.has(finding.weakness)) weaknesses.push(finding)
      else if (finding.kind === 'setting' && POLICY_LINKS.test(finding.name)) links.push(finding)
    },
    resolve: () => resolve({ signals, scopes, accounts, groups, members, rights, weaknesses, links }),
  }
}

/** Templates whose certificates let somebody be another. */
const TELLING: ReadonlySet<string> = new Set([
  'template-subject-from-requester',
  'template-any-purpose',
  'template-enrolment-agent',
])
const POLICY_LINKS = /^(?:gplink|policy-links?|linked-policies)$/i

interface Found extends DirectorySight {
  readonly accounts: readonly FindingOf<'directory-account'>[]
  readonly groups: readonly FindingOf<'directory-group'>[]
  readonly members: readonly FindingOf<'directory-member'>[]
  readonly rights: readonly FindingOf<'directory-right'>[]
  readonly weaknesses: readonly FindingOf<'directory-weakness'>[]
  readonly links: readonly FindingOf<'setting'>[]
}

interface Node {
  name: string
  readonly type: DirectoryObjectType | 'principal' | 'container-list' | 'container-policies' | 'container-below'
  readonly finding?: FindingOf<'directory-account'> | FindingOf<'directory-group'>
  /** Why somebody who gets here has the directory in hand. */
  goal?: { readonly via: DirectoryVia; readonly sentence: string; readonly place?: { path: string } }
}

/** What an edge says. */
interface About {
  readonly via: DirectoryVia | 'chain'
  readonly sentence: string
  readonly place?: { path: string } | undefined
  readonly evidence?: string | undefined
  /** Of an edge that is not certain. */
  readonly unless?: string
}

/** Memberships are by far the most, and hardly any is ever told: what they say is made of their finding when it is. */
type Told = About | FindingOf<'directory-member'> | FindingOf<'directory-account'>

const aboutOf = (told: Told, from: string, to: string): About => {
  if (!('kind' in told)) return told
  return told.kind === 'directory-account'
    ? { via: 'member', sentence: `${from} can log in.` }
    : { via: 'member', sentence: `${from} is in ${to}.`, place: told.place, evidence: told.via }
}

const EVERYONE = 'S-1-1-0'
const AUTHENTICATED = 'S-1-5-11'
const ANONYMOUS = 'S-1-5-7'
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
const EVERYBODY: Readonly<Record<string, string>> = {
  '*': EVERYONE,
  anyone: EVERYONE,
  'ldap:///anyone': EVERYONE,
  users: AUTHENTICATED,
  all: AUTHENTICATED,
  'ldap:///all': AUTHENTICATED,
  anonymous: ANONYMOUS,
}
const WELL_KNOWN: Readonly<Record<string, string>> = {
  [EVERYONE]: 'Everyone',
  [AUTHENTICATED]: 'Authenticated Users',
  [ANONYMOUS]: 'Anonymous',
}

/** The identifiers of groups that have a domain in hand, for where their entries were not seen. */
const TAKING_RIDS: ReadonlySet<string> = new Set(['512', '516', '518', '519', '526', '527'])
const TAKING_SIDS = /^S-1-5-32-(?:544|548|549|550|551)$/

/** Ancestors of an entry that are looked at: a DN is no longer, unless somebody wants this to take long. */
const DEEPEST = 64
const MOST_PATHS = 10
const MOST_OUTSIDE = 200
const MOST_PATTERNS = 50

const resolve = (found: Found): DirectoryStandings => {
  const graph = graphOf(found)
  const { nodes, goals, takeover } = graph
  const hidden = hiddenWays(found.scopes)
  const everywhere = [...new Set([...hidden, ...graph.open(takeover)])]
  const tiers = tiersOf(graph)
  const most = mostPaths(nodes, takeover)

  const standing = (node: number, object: string): DirectoryStandingOf => {
    const tier = tiers[node] === NO_TIER ? null : tiers[node]!
    if (takeover.certainly(node))
      return { object, privileged: 'yes', tier: 0, paths: pathsFrom(graph, node, most), unknownBecause: [] }
    if (takeover.possibly(node)) {
      const paths = pathsFrom(graph, node, most)
      const because = [...new Set(graph.conditions(node))]
      return { object, privileged: 'unknown', tier, paths, unknownBecause: [...because, ...everywhere] }
    }
    return everywhere.length === 0
      ? { object, privileged: 'no', tier, paths: [], unknownBecause: [] }
      : { object, privileged: 'unknown', tier, paths: [], unknownBecause: everywhere }
  }
  const all = function* (findings: readonly { readonly object: string }[]) {
    for (const { object } of findings) yield standing(graph.ofObject(object), object)
  }
  const outside = [...nodes.keys()]
    .filter((node) => nodes[node]!.type === 'principal' && takeover.certainly(node) && !goals.has(node))
    .slice(0, MOST_OUTSIDE)
    .map((node) => ({ name: nodes[node]!.name, path: pathsFrom(graph, node, 1)[0]! }))
  return { accounts: all(found.accounts), groups: all(found.groups), outside, unknownBecause: everywhere }
}

interface Graph {
  readonly nodes: readonly Node[]
  readonly goals: ReadonlySet<number>
  readonly takeover: Takeover
  readonly aboutOf: (edge: number) => About
  /** Who is in which group, for tiers. */
  readonly memberships: readonly (readonly [member: number, group: number])[]
  readonly ofObject: (object: string) => number
  /** What of the ways themselves is open, whoever takes them. */
  readonly open: (takeover: Takeover) => string[]
  readonly conditions: (node: number) => string[]
}

const graphOf = (found: Found): Graph => {
  const windows = found.signals.make === 'active-directory' || found.signals.make === 'samba-ad'
  const nodes: Node[] = []
  const abouts: Told[] = []
  const edges = takeoverEdges()
  const byObject = new Map<string, number>()
  const bySid = new Map<string, number>()
  const byName = new Map<string, number>()
  const byDn = new Map<string, number>()
  const memberships: [number, number][] = []
  const open: { readonly node: number; readonly because: string }[] = []

  const node = (made: Node): number => nodes.push(made) - 1
  const edge = (from: number, to: number, about: About, certain = true) => {
    abouts.push(about)
    edges.add(from, to, about.via === 'chain' ? 0 : 1, certain && about.unless === undefined, abouts.length - 1)
  }
  const membership = (from: number, to: number, told: Told) => {
    abouts.push(told)
    edges.add(from, to, 1, true, abouts.length - 1)
  }
  const goal = (at: number, via: DirectoryVia, sentence: string, place?: { path: string }) => {
    nodes[at]!.goal ??= { via, sentence, ...(place === undefined ? {} : { place }) }
  }
  const named = (at: number) => nodes[at]!.name

  /** A principal that is known by its SID, or by what a rule calls it, and by nothing else. */
  let everybodyHolds = false
  const principal = (text: string, name?: string): number => {
    const key = EVERYBODY[text.toLowerCase()] ?? text
    everybodyHolds ||= key === EVERYONE || key === AUTHENTICATED
    const known = bySid.get(key) ?? byDn.get(foldDn(key))
    if (known !== undefined) return known
    const made = node({ name: name ?? WELL_KNOWN[key] ?? key, type: 'principal' })
    bySid.set(key, made)
    if (isTaking(key, found.signals.id))
      goal(made, 'built-in', `${named(made)} has the directory in hand: it is one of its built-in groups.`)
    return made
  }

  for (const finding of [...found.accounts, ...found.groups]) {
    const { object, name, sid, place } = finding
    const known = sid === undefined ? undefined : bySid.get(sid)
    const made = known ?? node({ name, type: finding.kind === 'directory-group' ? 'group' : finding.type, finding })
    byObject.set(object, made)
    if (sid !== undefined) bySid.set(sid, made)
    byDn.set(foldDn(place.path), made)
    if (finding.kind === 'directory-account') byName.set(name, made)
  }
  const authenticated = principal(AUTHENTICATED)
  const everyone = principal(EVERYONE)
  edge(authenticated, everyone, { via: 'member', sentence: 'Authenticated Users are among Everyone.' })
  edge(principal(ANONYMOUS), everyone, { via: 'member', sentence: 'Who does not log in is among Everyone.' })
  everybodyHolds = false

  const entry = (object: string, name: string, type: DirectoryObjectType): number => {
    const known = byObject.get(object)
    if (known !== undefined) return known
    const made = node({ name, type })
    byObject.set(object, made)
    return made
  }

  // Goals by themselves.
  for (const finding of found.accounts) {
    const at = byObject.get(finding.object)!
    const { sid = '', states, name, place } = finding
    if (isOwn(sid, found.signals.id) && sid.endsWith('-500'))
      goal(at, 'built-in', `${name} is the built-in administrator.`, place)
    if (isOwn(sid, found.signals.id) && sid.endsWith('-502'))
      goal(at, 'built-in', `${name} is the account whose key signs all tickets.`, place)
    if (states.includes('domain-controller') && !states.includes('read-only-controller'))
      goal(at, 'built-in', `${name} is a domain controller.`, place)
  }
  for (const { object, name, wellKnown, tier, place } of found.groups)
    if (tier === 0)
      goal(
        byObject.get(object)!,
        'member',
        `Whoever is in ${name}${wellKnown === undefined ? '' : ` (${wellKnown})`} has the directory in hand.`,
        place,
      )

  // Memberships.
  const resolvedDynamic = new Set<string>()
  for (const finding of found.members) {
    const { object, group, member, memberObject, memberSid, memberName, memberType, via } = finding
    const into = byObject.get(object) ?? entry(object, group, 'group')
    if (via !== 'member' && via !== 'uniqueMember' && via !== 'memberUid') resolvedDynamic.add(object)
    const from =
      (memberObject === undefined ? undefined : byObject.get(memberObject)) ??
      (memberSid === undefined ? undefined : principal(memberSid, memberName)) ??
      (memberObject === undefined ? undefined : entry(memberObject, memberName ?? member, memberType ?? 'other')) ??
      (via === 'memberUid' ? byName.get(member) : undefined) ??
      principal(member, memberName)
    const said = nodes[into]!.finding
    if (said?.kind === 'directory-group' && said.security === false) continue
    memberships.push([from, into])
    membership(from, into, finding)
  }
  for (const { object, name, dynamic } of found.groups)
    if (dynamic !== undefined && !resolvedDynamic.has(object))
      open.push({
        node: byObject.get(object)!,
        because: `who is in ${name} is decided by a search that was not carried out: ${dynamic.slice(0, 200)}`,
      })
  if (windows)
    for (const { sid = '', primaryGroup, name, object, place } of found.accounts) {
      const domain = /^(S-1-5-21-\d+-\d+-\d+)-\d+$/.exec(sid)?.[1]
      if (primaryGroup === undefined || domain === undefined) continue
      const from = byObject.get(object)!
      const into = principal(`${domain}-${primaryGroup}`)
      memberships.push([from, into])
      const sentence = `The primary group of ${name} is ${named(into)}.`
      edge(from, into, { via: 'member', sentence, place, evidence: `primaryGroupID: ${primaryGroup}` })
    }

  // What lies in what, only as far as a right, policy or pattern needs it.
  const controllers = containersOf({ found, node, nodes, edge, byObject, named })

  const containerNamed = containersByName(found)

  // Rights.
  const enrols = new Set(found.weaknesses.map(({ object }) => object))
  for (const right of found.rights) {
    const { object, objectName, objectType, trustee, trusteeObject, trusteeName, evidence, place, conditional } = right
    if (NOBODY.has(trustee) || NOBODY.has(trustee.toLowerCase())) continue
    const from =
      (trusteeObject === undefined ? undefined : byObject.get(trusteeObject)) ?? principal(trustee, trusteeName)
    const onto = entry(object, objectName, objectType)
    if (objectType === 'policy') byDn.set(foldDn(place.path), onto)
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
      const effect = rightEffect(right.right, objectType, { windows, enrols: enrols.has(object) })
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
        edge(from, onto, about(objectName, viaOf(right.right, objectType), effect === 'maybe' ? MAYBE : undefined))
      if (objectType === 'policy' && DEFAULT_POLICY.test(place.path))
        goal(onto, 'policy', `The policy ${objectName} applies to the domain controllers.`)
    }
    const dn = dnOf(right) ?? containerNamed(objectName)
    if (objectType === 'container' && dn === undefined && (LIST_RIGHTS.has(right.right) || below.length > 0))
      edge(from, principal(ANY_GOAL), about(objectName, 'right', `what lies in ${objectName} is not known`))
    if ((objectType === 'container' || objectType === 'domain') && dn !== undefined) {
      for (const type of below)
        if (rightEffect(right.right, type, { windows, enrols: false }) === 'takes')
          edge(
            from,
            controllers.below(dn, type),
            about(`${article(type)} below ${objectName}`, viaOf(right.right, type)),
          )
      if (below.length === 0 && objectType === 'container') {
        if (LIST_RIGHTS.has(right.right))
          edge(from, controllers.list(dn), about(objectName, viaOf(right.right, objectType)))
        if (windows && (LINK_RIGHTS.has(right.right) || LIST_RIGHTS.has(right.right))) {
          if (SITE.test(dn)) edge(from, principal(ANY_GOAL), about(objectName, 'policy', IN_SITE))
          else edge(from, controllers.policies(dn), about(objectName, 'policy'))
        }
      }
    }
  }
  for (const { object, name, values = [], place } of linkedPolicies(found)) {
    for (const value of values) {
      const policy = byObject.get(value) ?? byDn.get(foldDn(value))
      if (policy === undefined) continue
      const site = SITE.test(object)
      edge(policy, site ? principal(ANY_GOAL) : controllers.policies(object), {
        via: 'policy',
        sentence: `The policy ${named(policy)} applies to what lies in ${name}.`,
        place,
        ...(site ? { unless: IN_SITE } : {}),
      })
    }
  }
  const linked = new Set(found.links.flatMap(({ values }) => values?.map((value) => foldDn(value)) ?? []))
  for (const { object, objectName, objectType, place } of found.rights)
    if (
      objectType === 'policy' &&
      nodes[byObject.get(object)!]!.goal === undefined &&
      !isLinked(linked, object, place.path)
    ) {
      const about = {
        via: 'policy' as const,
        sentence: `The policy ${objectName} may apply to privileged accounts or controllers.`,
        unless: `to what the policy ${objectName} applies is not known`,
      }
      if (found.links.length === 0) edge(byObject.get(object)!, principal(ANY_GOAL), about, false)
    }

  // What accounts themselves say.
  const machines = new Map<string, number>()
  for (const { object, computer, name, type } of found.accounts)
    if (type === 'computer') {
      if (computer?.dnsName !== undefined) machines.set(computer.dnsName.toLowerCase(), byObject.get(object)!)
      machines.set(name.toLowerCase().replace(/\$$/, ''), byObject.get(object)!)
    }
  for (const finding of found.accounts) {
    const at = byObject.get(finding.object)!
    const { name, place, states } = finding
    for (const sid of finding.actedOnBehalfBy ?? [])
      edge(principal(sid), at, {
        via: 'delegation',
        sentence: `${named(principal(sid))} may act on behalf of anybody towards ${name}.`,
        place,
        evidence: `msDS-AllowedToActOnBehalfOfOtherIdentity: ${sid}`,
      })
    for (const sid of finding.passwordReaders ?? [])
      edge(principal(sid), at, {
        via: 'managed-account',
        sentence: `${named(principal(sid))} may read the managed password of ${name}.`,
        place,
        evidence: `msDS-GroupMSAMembership: ${sid}`,
      })
    for (const dn of finding.succeeds ?? []) {
      const before = byDn.get(foldDn(dn))
      if (before === undefined) continue
      const said = nodes[before]!.finding
      const confirmed =
        said?.kind === 'directory-account' &&
        said.succeededBy?.some((one) => foldDn(one) === foldDn(place.path)) === true
      edge(at, before, {
        via: 'managed-account',
        sentence: `${name} takes the place of ${named(before)}.`,
        place,
        evidence: 'msDS-ManagedAccountPrecededByLink',
        ...(confirmed
          ? {}
          : {
              unless: `whether the controllers take notice of it, though ${named(before)} does not name it, is not known`,
            }),
      })
    }
    for (const sid of finding.sidHistory ?? [])
      edge(at, principal(sid), {
        via: 'sid-history',
        sentence: `${name} carries the rights of ${named(principal(sid))}.`,
        place,
        evidence: `sIDHistory: ${sid}`,
      })
    for (const spn of finding.delegatesTo ?? []) {
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
      edge(at, principal(ANY_GOAL), {
        via: 'delegation',
        sentence: `Whoever logs in to ${name} hands over their identity.`,
        place,
        unless: `whether somebody privileged, or a controller, logs in to ${name} is not known`,
      })
  }
  patternsOf(found, principal, byObject, edge, open)
  const anyGoal = bySid.get(ANY_GOAL)
  if (anyGoal !== undefined) goal(anyGoal, 'delegation', 'Somebody privileged has the directory in hand.')

  controllers.close()
  // All accounts are among them, which only matters where they are given something.
  if (everybodyHolds)
    for (const finding of found.accounts) membership(byObject.get(finding.object)!, authenticated, finding)
  const goals = new Set([...nodes.keys()].filter((at) => nodes[at]!.goal !== undefined))
  const takeover = edges.towards(goals, nodes.length)
  return {
    nodes,
    goals,
    takeover,
    aboutOf: (at) => {
      const { from, to, about } = takeover.edge(at)
      return aboutOf(abouts[about]!, named(from), named(to))
    },
    memberships,
    ofObject: (object) => byObject.get(object)!,
    open: (reached) => open.filter(({ node: at }) => reached.possibly(at)).map(({ because }) => because),
    conditions(start) {
      const told: string[] = []
      for (let at = start, steps = 0; steps < MOST_STEPS; steps++) {
        const next = takeover.next(at)
        if (next === undefined) break
        const about = abouts[takeover.edge(next).about]!
        if ('unless' in about && about.unless !== undefined) told.push(about.unless)
        at = takeover.edge(next).to
      }
      return told
    },
  }
}

const ANY_GOAL = 'somebody privileged'
const SITE = /^cn=[^,]+,cn=sites,cn=configuration,/i
const IN_SITE = 'which controllers are in that site is not known'
const MAYBE = 'whether that is enough depends on what is not known here'
const MOST_STEPS = 200
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

const isOwn = (sid: string, domain: string | undefined) =>
  sid.startsWith('S-1-5-21-') && (domain === undefined || !domain.startsWith('S-1-') || sid.startsWith(`${domain}-`))

const isTaking = (sid: string, domain: string | undefined) =>
  TAKING_SIDS.test(sid) || (isOwn(sid, domain) && TAKING_RIDS.has(sid.slice(sid.lastIndexOf('-') + 1)))

/** A DN without what makes no difference. */
const foldDn = (dn: string): string => dn.toLowerCase().replaceAll(/\s*,\s*/g, ',')

/** The DN of the entry that a right is held over. */
const dnOf = ({ object, objectName, place }: FindingOf<'directory-right'>): string | undefined => {
  if (/^[a-z][\w-]*=/i.test(object)) return object
  if (/^[a-z][\w-]*=.*,/i.test(objectName)) return objectName
  return /(?:^|,)\s*cn=config$/i.test(place.path) ? undefined : place.path
}

/** The container that has a name, where only one that anything lies in has it: some lists are read without saying where it is. */
const containersByName = ({ accounts, groups }: Found) => {
  let byName: Map<string, Set<string>> | undefined
  return (name: string): string | undefined => {
    if (byName === undefined) {
      byName = new Map()
      const seen = new Set<string>()
      for (const { place } of [...accounts, ...groups]) {
        let dn = parentOf(foldDn(place.path))
        for (let depth = 0; dn !== undefined && depth < DEEPEST && !seen.has(dn); depth++) {
          seen.add(dn)
          const value = /^[^=,]+=([^,]*)/.exec(dn)?.[1] ?? dn
          byName.set(value, (byName.get(value) ?? new Set()).add(dn))
          dn = parentOf(dn)
        }
      }
    }
    const named = byName.get(name.toLowerCase())
    return named?.size === 1 ? [...named][0] : undefined
  }
}

const parentOf = (dn: string): string | undefined => {
  for (let at = 0; at < dn.length; at++) {
    if (dn[at] === '\\') at++
    else if (dn[at] === ',') return dn.slice(at + 1)
  }
  return undefined
}

interface Linked {
  readonly object: string
  readonly name: string
  readonly values?: readonly string[] | undefined
  readonly place: { path: string }
}

/** Containers with the policies that apply to them; `object` is the container's DN here. */
const linkedPolicies = ({ links }: Found): Linked[] =>
  links.flatMap(({ values, place }) =>
    place === undefined ? [] : [{ object: place.path, name: place.path, values, place }],
  )

const isLinked = (linked: ReadonlySet<string>, object: string, dn: string) =>
  linked.has(object) || linked.has(foldDn(dn))

interface Containers {
  /** Who changes the list of a container, so that it says something else of all that inherits from it. */
  list(dn: string): number
  /** Who lets policies run on whatever account lies below. */
  policies(dn: string): number
  /** Who has a right over entries of a type below. */
  below(dn: string, type: DirectoryObjectType): number
  /** Ties the containers asked for to the entries and containers that lie in them. */
  close(): void
}

/** Only containers that somebody has something over are ever nodes, with those between them and what lies below. */
const containersOf = ({
  found,
  node,
  nodes,
  edge,
  byObject,
  named,
}: {
  readonly found: Found
  readonly node: (made: Node) => number
  readonly nodes: readonly Node[]
  readonly edge: (from: number, to: number, about: About) => void
  readonly byObject: ReadonlyMap<string, number>
  readonly named: (at: number) => string
}): Containers => {
  const made = new Map<string, number>()
  const get = (kind: 'list' | 'policies' | 'below', dn: string, type = '') => {
    const key = `${kind} ${type} ${foldDn(dn)}`
    const known = made.get(key)
    if (known !== undefined) return known
    const at = node({ name: dn, type: `container-${kind}` })
    made.set(key, at)
    return at
  }
  return {
    list: (dn) => get('list', dn),
    policies: (dn) => get('policies', dn),
    below: (dn, type) => get('below', dn, type),
    close() {
      if (made.size === 0) return
      const asked = new Map<string, [kind: string, type: string, at: number][]>()
      for (const [key, at] of made) {
        const [kind = '', type = ''] = key.split(' ', 2)
        const dn = key.slice(kind.length + type.length + 2)
        const own = asked.get(dn) ?? []
        own.push([kind, type, at])
        asked.set(dn, own)
      }
      // The containers that matter for what lies in a folder: its own and those above it. Each is worked out once.
      const above = new Map<string, readonly [kind: string, type: string, at: number][]>()
      const aboveOf = (dn: string): readonly [string, string, number][] => {
        const way: string[] = []
        let at: string | undefined = dn
        while (at !== undefined && way.length < DEEPEST && !above.has(at)) {
          way.push(at)
          at = parentOf(at)
        }
        let all = at === undefined ? [] : (above.get(at) ?? [])
        for (const one of way.toReversed()) {
          const own = asked.get(one)
          if (own !== undefined) all = nearest([...own, ...all], edge)
          above.set(one, all)
        }
        return all
      }
      const lying: { object: string; type: DirectoryObjectType; dn: string; open: boolean }[] = [
        ...found.accounts.map(({ object, type, place, states }) => ({
          object,
          type,
          dn: place.path,
          open: !states.includes('inheritance-off'),
        })),
        ...found.groups.map(({ object, place, states = [] }) => ({
          object,
          type: 'group' as const,
          dn: place.path,
          open: !states.includes('inheritance-off'),
        })),
      ]
      const seen = new Set(lying.map(({ object }) => object))
      // Of these each right is told by itself, denials taken into account, and what is told of their container does not count.
      const single = new Set(
        found.rights.flatMap(({ object, below = [], applies }) =>
          below.length === 0 && applies === undefined ? [object] : [],
        ),
      )
      for (const right of found.rights) {
        const dn = dnOf(right)
        if (dn === undefined || seen.has(right.object) || right.objectType === 'domain') continue
        seen.add(right.object)
        lying.push({ object: right.object, type: right.objectType, dn, open: true })
      }
      for (const { object, type, dn, open } of lying) {
        const parent = parentOf(foldDn(dn))
        const at = byObject.get(object)
        if (parent === undefined || at === undefined) continue
        for (const [kind, of, container] of aboveOf(parent)) {
          if (kind === 'policies' && !ACCOUNTS.has(type)) continue
          if (kind === 'list' && !open) continue
          if (kind === 'below' && (!open || of !== type || single.has(object))) continue
          const sentence =
            kind === 'policies'
              ? `Policies of ${nodes[container]!.name} apply to ${named(at)}.`
              : `${named(at)} lies in ${nodes[container]!.name} and inherits from it.`
          edge(container, at, { via: kind === 'policies' ? 'policy' : 'chain', sentence, place: { path: dn } })
        }
      }
    },
  }
}

const ACCOUNTS: ReadonlySet<string> = new Set(['user', 'computer', 'managed-service'])

/** Of several containers above each other that are asked for the same, only the nearest is tied to what lies below; the others to it. */
const nearest = (
  all: readonly [kind: string, type: string, at: number][],
  edge: (from: number, to: number, about: About) => void,
) => {
  const first = new Map<string, [kind: string, type: string, at: number]>()
  for (const one of all) {
    const key = `${one[0]} ${one[1]}`
    const near = first.get(key)
    if (near === undefined) first.set(key, one)
    else if (near[2] !== one[2]) edge(one[2], near[2], { via: 'chain', sentence: '' })
  }
  return [...first.values()]
}

/** Rules that name holders by where they lie; of other patterns it is not known whom they name. */
const patternsOf = (
  { accounts, rights }: Found,
  principal: (text: string) => number,
  byObject: ReadonlyMap<string, number>,
  edge: (from: number, to: number, about: About) => void,
  open: { readonly node: number; readonly because: string }[],
) => {
  const patterns = new Set(
    rights.flatMap(({ trustee, trusteeObject }) =>
      trusteeObject === undefined && /^(?:dn\.\w+=|dnattr=|set[=.]|group\/|userattr|roledn|ldap:\/\/\/)/i.test(trustee)
        ? [trustee]
        : [],
    ),
  )
  for (const pattern of [...patterns].slice(0, MOST_PATTERNS)) {
    if (EVERYBODY[pattern.toLowerCase()] !== undefined) continue
    const at = principal(pattern)
    const [, base] = /^dn\.(?:sub(?:tree)?|children|one(?:level)?)=(.+)$/i.exec(pattern) ?? []
    if (base === undefined) {
      open.push({ node: at, because: `whom ${pattern.slice(0, 200)} names is not known` })
      continue
    }
    const suffix = `,${foldDn(base)}`
    for (const { object, name, place } of accounts)
      if (foldDn(place.path).endsWith(suffix))
        edge(byObject.get(object)!, at, { via: 'member', sentence: `${name} lies below ${base}.`, place })
  }
}

/** Ways told of each: fewer where there are very many who have some, since all of them are kept. */
const mostPaths = (nodes: readonly Node[], takeover: Takeover): number => {
  let many = 0
  for (const [at, { finding }] of nodes.entries()) if (finding !== undefined && takeover.possibly(at)) many++
  return many > 20_000 ? 1 : many > 2000 ? 3 : MOST_PATHS
}

/** The shortest ways from somebody, each by another first step. */
const pathsFrom = (graph: Graph, start: number, most: number): DirectoryPath[] => {
  const { takeover, nodes } = graph
  const own = nodes[start]!.goal
  const firsts = takeover
    .from(start)
    .toSorted((one, other) => takeover.steps(takeover.edge(one).to) - takeover.steps(takeover.edge(other).to))
    .slice(0, most * 2)
  const paths = firsts.flatMap((first) => {
    const way = wayFrom(graph, start, first)
    return way === undefined ? [] : [way]
  })
  if (own !== undefined)
    paths.unshift({
      via: own.via,
      effect: 'takes-over',
      sentence: own.sentence,
      steps: [{ sentence: own.sentence, ...(own.place === undefined ? {} : { place: own.place }) }],
    })
  return paths.slice(0, most)
}

const wayFrom = ({ takeover, aboutOf, nodes }: Graph, start: number, first: number): DirectoryPath | undefined => {
  const steps: DirectoryStep[] = []
  let via: DirectoryVia | undefined
  let at = start
  for (let edge: number | undefined = first, count = 0; edge !== undefined; edge = takeover.next(at), count++) {
    const { to } = takeover.edge(edge)
    if (to === start || count > MOST_STEPS) return undefined
    const { via: by, sentence, place, evidence, unless } = aboutOf(edge)
    if (by !== 'member' && by !== 'chain') via ??= by
    if (sentence !== '')
      steps.push({
        sentence: unless === undefined ? sentence : `${sentence.slice(0, -1)}; ${unless}.`,
        ...(place === undefined ? {} : { place }),
        ...(evidence === undefined ? {} : { evidence }),
      })
    at = to
  }
  const end = nodes[at]!.goal
  if (end !== undefined) {
    steps.push({ sentence: end.sentence, ...(end.place === undefined ? {} : { place: end.place }) })
    via ??= end.via === 'built-in' ? 'member' : end.via
  }
  return {
    via: via ?? 'member',
    effect: 'takes-over',
    sentence: steps.map(({ sentence }) => sentence).join(' '),
    steps,
  }
}

const NO_TIER = 255

/** The least tier of the groups that each node is in, nested ones too. */
const tiersOf = ({ nodes, memberships }: Graph): Uint8Array => {
  const tiers = new Uint8Array(nodes.length).fill(NO_TIER)
  const into = Map.groupBy(memberships, ([, group]) => group)
  for (const tier of [0, 1, 2]) {
    const waiting = [...nodes.keys()].filter((at) => {
      const { finding } = nodes[at]!
      return finding?.kind === 'directory-group' && finding.tier === tier
    })
    while (waiting.length > 0) {
      const at = waiting.pop()!
      if (tiers[at]! <= tier) continue
      tiers[at] = tier
      for (const [member] of into.get(at) ?? []) if (tiers[member]! > tier) waiting.push(member)
    }
  }
  return tiers
}

/** Scopes in which a way may be told. */
const WAYS: ReadonlySet<string> = new Set([
  'directory-accounts',
  'directory-computers',
  'directory-groups',
  'directory-rights',
  'directory-certificates',
  'directory-servers',
])

/** Attributes that tell of ways. Others may be hidden without anything being hidden of who can take a directory over. */
const TELLING_ATTRIBUTES =
  /^(?:entry|member|memberuid|uniquemember|memberof|memberurl|primarygroupid|objectsid|sidhistory|ntsecuritydescriptor|useraccountcontrol|msds-allowedto.*|msds-groupmsamembership|nsrole.*|aci|olcaccess|olcrootdn|roleoccupant)$/i

/** What could tell of a way and was not read, as sentences. */
const hiddenWays = (scopes: DirectorySight['scopes']): string[] => {
  const told = scopes
    .filter(({ probe, outcome }) => WAYS.has(probe) && outcome.status !== 'complete')
    .flatMap(({ probe, outcome: { status, reasons } }) => {
      const hiding = reasons.filter(hidesWays)
      if (hiding.length === 0)
        return reasons.length === 0 ? [`${titled(probe)} were not read completely (${status})`] : []
      return hiding.slice(0, 5).map((reason) => `${titled(probe)}: ${sentence(reason)}`)
    })
  const missing = ['directory-groups', 'directory-rights'].filter((needed) =>
    scopes.every(({ probe }) => probe !== needed),
  )
  return [...told, ...missing.map((probe) => `${titled(probe)} were not looked at`)]
}

const hidesWays = ({ code, detail = '', path = '' }: Reason): boolean => {
  if (code === 'not-over-ldap' || detail === 'deleted entries') return false
  if (code !== 'attribute-denied' && code !== 'attribute-unknown') return true
  // One word names an attribute; more of them say what is not known otherwise.
  const name = detail === '' ? path : detail
  return !/^[a-z][\w.;-]*$/i.test(name) || TELLING_ATTRIBUTES.test(name)
}

const sentence = ({ code, detail, path }: Reason) =>
  `${path === undefined ? '' : `${path}: `}${describeReason(code)}${detail === undefined ? '' : ` (${detail})`}`

/** `directory-groups` is `groups`. */
const titled = (probe: string) => probe.replace(/^directory-/, '').replaceAll('-', ' ')
