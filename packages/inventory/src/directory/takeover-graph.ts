import type { DirectoryObjectType, DirectorySignals } from '@rollcall/contract'
import type { DirectoryVia } from '@rollcall/contract/api'
import { takeoverEdges, type Takeover } from './reach-of-takeover.ts'
import type { AccountFacts, GroupFacts, MemberFacts, TakeoverFacts } from './takeover-facts.ts'

export interface Node {
  readonly name: string
  readonly type: DirectoryObjectType | 'principal' | 'container-list' | 'container-policies' | 'container-below'
  readonly finding?: AccountFacts | GroupFacts
  /** Why somebody who gets here has the directory in hand. */
  goal?: { readonly via: DirectoryVia; readonly sentence: string; readonly place?: { path: string } }
}

/** What an edge says. */
export interface About {
  readonly via: DirectoryVia | 'chain'
  readonly sentence: string
  readonly place?: { path: string } | undefined
  readonly evidence?: string | undefined
  /** Of an edge that is not certain. */
  readonly unless?: string
}

/** There are very many, and hardly any is ever told: what they say is made of their finding when it is. */
type Told = About | MemberFacts | AccountFacts | ((from: string, to: string) => About)

/** What is made of a directory's facts: who has the one in hand gets the other. Ways put their edges in. */
export interface TakeoverGraph {
  readonly facts: TakeoverFacts
  readonly signals: DirectorySignals
  /** Of Active Directory. */
  readonly windows: boolean
  readonly nodes: readonly Node[]
  readonly node: (made: Node) => number
  /** An edge that is a step for a person, unless it is `chain`; certain, unless it says what is not known. */
  readonly edge: (from: number, to: number, about: About) => void
  /** A certain one that is hardly ever told. */
  readonly silently: (from: number, to: number, about: (from: string, to: string) => About) => void
  /** Who is in which group, so far as ways put it in: a member and a group in turn. */
  readonly memberships: readonly number[]
  /** That somebody is in a group, by a membership or as its primary one. */
  readonly membership: (from: number, to: number, told: MemberFacts | AccountFacts) => void
  readonly goal: (at: number, via: DirectoryVia, sentence: string, place?: { path: string }) => void
  readonly named: (at: number) => string
  /** A principal that is known by its SID, or by what a rule calls it, and by nothing else. */
  readonly principal: (text: string, name?: string) => number
  /** An entry that something is told of, whether or not it was seen. */
  readonly entry: (object: string, name: string, type: DirectoryObjectType) => number
  readonly ofObject: (object: string) => number | undefined
  readonly ofDn: (dn: string) => number | undefined
  /** Says where an entry lies that is neither account nor group. */
  readonly lies: (dn: string, at: number) => void
  /** Whoever is privileged, of whom more is not known. */
  readonly anyGoal: () => number
  /** What of the ways themselves is not known, where they lead to a goal. */
  readonly open: (at: number, because: string) => void
}

export interface BuiltGraph {
  readonly nodes: readonly Node[]
  readonly goals: ReadonlySet<number>
  readonly takeover: Takeover
  readonly aboutOf: (edge: number) => About
  /** Who is in which group, for tiers: a member and a group in turn. */
  readonly memberships: readonly number[]
  readonly ofObject: (object: string) => number
  /** What of the ways is open, whoever takes them. */
  readonly open: readonly string[]
  /** What is not known of the way from somebody. */
  readonly conditions: (node: number) => string[]
}

export const EVERYBODY: Readonly<Record<string, string>> = {
  '*': 'S-1-1-0',
  anyone: 'S-1-1-0',
  'ldap:///anyone': 'S-1-1-0',
  users: 'S-1-5-11',
  all: 'S-1-5-11',
  'ldap:///all': 'S-1-5-11',
  anonymous: 'S-1-5-7',
}
const EVERYONE = 'S-1-1-0'
const AUTHENTICATED = 'S-1-5-11'
const ANONYMOUS = 'S-1-5-7'
const WELL_KNOWN: Readonly<Record<string, string>> = {
  [EVERYONE]: 'Everyone',
  [AUTHENTICATED]: 'Authenticated Users',
  [ANONYMOUS]: 'Anonymous',
}

/** The identifiers of groups that have a domain in hand, for where their entries were not seen. */
const TAKING_RIDS: ReadonlySet<string> = new Set(['512', '516', '518', '519', '526', '527'])
const TAKING_SIDS = /^S-1-5-32-(?:544|548|549|550|551)$/
const ANY_GOAL = 'somebody privileged'
const MOST_STEPS = 200

/** Puts all accounts and groups in, then what each way says, and works out who gets to a goal. */
export const takeoverGraph = (
  facts: TakeoverFacts,
  signals: DirectorySignals,
  ways: readonly ((graph: TakeoverGraph) => void)[],
): BuiltGraph => {
  const nodes: Node[] = []
  const told: Told[] = []
  const edges = takeoverEdges()
  const byObject = new Map<string, number>()
  const bySid = new Map<string, number>()
  const byDn = new Map<string, number>()
  const memberships: number[] = []
  const open: { readonly at: number; readonly because: string }[] = []
  let [everybodyHolds, anyGoal] = [false, undefined as number | undefined]

  const node = (made: Node): number => nodes.push(made) - 1
  const add = (from: number, to: number, weight: 0 | 1, certain: boolean, one: Told) => {
    edges.add(from, to, weight, certain, told.length)
    told.push(one)
  }
  const goal: TakeoverGraph['goal'] = (at, via, sentence, place) => {
    nodes[at]!.goal ??= { via, sentence, ...(place === undefined ? {} : { place }) }
  }
  const principal: TakeoverGraph['principal'] = (text, name) => {
    const key = EVERYBODY[text.toLowerCase()] ?? text
    everybodyHolds ||= key === EVERYONE || key === AUTHENTICATED
    const known = bySid.get(key) ?? byDn.get(foldDn(key))
    if (known !== undefined) return known
    const made = node({ name: name ?? WELL_KNOWN[key] ?? key, type: 'principal' })
    bySid.set(key, made)
    if (isTaking(key, signals.id))
      goal(made, 'built-in', `${nodes[made]!.name} has the directory in hand: it is one of its built-in groups.`)
    return made
  }
  const edge: TakeoverGraph['edge'] = (from, to, about) =>
    add(from, to, about.via === 'chain' ? 0 : 1, about.unless === undefined, about)

  const seen = (finding: AccountFacts | GroupFacts) => {
    const { object, name, sid, place } = finding
    const known = sid === undefined ? undefined : bySid.get(sid)
    const made = known ?? node({ name, type: finding.kind === 'directory-group' ? 'group' : finding.type, finding })
    byObject.set(object, made)
    if (sid !== undefined) bySid.set(sid, made)
    byDn.set(foldDn(place.path), made)
  }
  for (const finding of facts.accounts) seen(finding)
  for (const finding of facts.groups) seen(finding)
  const authenticated = principal(AUTHENTICATED)
  const everyone = principal(EVERYONE)
  edge(authenticated, everyone, { via: 'member', sentence: 'Authenticated Users are among Everyone.' })
  edge(principal(ANONYMOUS), everyone, { via: 'member', sentence: 'Who does not log in is among Everyone.' })
  everybodyHolds = false

  const graph: TakeoverGraph = {
    facts,
    signals,
    windows: signals.make === 'active-directory' || signals.make === 'samba-ad',
    nodes,
    node,
    edge,
    memberships,
    silently: (from, to, about) => add(from, to, about('', '').via === 'chain' ? 0 : 1, true, about),
    membership(from, to, one) {
      memberships.push(from, to)
      add(from, to, 1, true, one)
    },
    goal,
    named: (at) => nodes[at]!.name,
    principal,
    entry(object, name, type) {
      const known = byObject.get(object)
      if (known !== undefined) return known
      const made = node({ name, type })
      byObject.set(object, made)
      return made
    },
    ofObject: (object) => byObject.get(object),
    ofDn: (dn) => byDn.get(foldDn(dn)),
    lies: (dn, at) => void byDn.set(foldDn(dn), at),
    anyGoal: () => (anyGoal ??= principal(ANY_GOAL)),
    open: (at, because) => void open.push({ at, because }),
  }
  for (const way of ways) way(graph)
  if (anyGoal !== undefined) goal(anyGoal, 'delegation', 'Somebody privileged has the directory in hand.')
  // All accounts are among them, which only matters where they are given something.
  if (everybodyHolds)
    for (const finding of facts.accounts) add(byObject.get(finding.object)!, authenticated, 1, true, finding)

  const goals = new Set<number>()
  for (const [at, { goal: own }] of nodes.entries()) if (own !== undefined) goals.add(at)
  const takeover = edges.towards(goals, nodes.length)
  return {
    nodes,
    goals,
    takeover,
    aboutOf(at) {
      const { from, to, about } = takeover.edge(at)
      return aboutOf(told[about]!, nodes[from]!.name, nodes[to]!.name, to === authenticated)
    },
    memberships,
    ofObject: (object) => byObject.get(object)!,
    open: open.filter(({ at }) => takeover.possibly(at)).map(({ because }) => because),
    conditions(start) {
      const because: string[] = []
      for (let at = start, steps = 0; steps < MOST_STEPS; steps++) {
        const next = takeover.next(at)
        if (next === undefined) break
        const one = told[takeover.edge(next).about]!
        if ('unless' in one && one.unless !== undefined) because.push(one.unless)
        at = takeover.edge(next).to
      }
      return because
    },
  }
}

const aboutOf = (told: Told, from: string, to: string, all: boolean): About => {
  if (typeof told === 'function') return told(from, to)
  if (!('kind' in told)) return told
  if (told.kind === 'directory-member')
    return { via: 'member', sentence: `${from} is in ${to}.`, place: told.place, evidence: told.via }
  if (all) return { via: 'member', sentence: `${from} can log in.` }
  return {
    via: 'member',
    sentence: `The primary group of ${from} is ${to}.`,
    place: told.place,
    evidence: `primaryGroupID: ${told.primaryGroup}`,
  }
}

export const isOwn = (sid: string, domain: string | undefined): boolean =>
  sid.startsWith('S-1-5-21-') && (domain === undefined || !domain.startsWith('S-1-') || sid.startsWith(`${domain}-`))

const isTaking = (sid: string, domain: string | undefined) =>
  TAKING_SIDS.test(sid) || (isOwn(sid, domain) && TAKING_RIDS.has(sid.slice(sid.lastIndexOf('-') + 1)))

/** A DN without what makes no difference. */
export const foldDn = (dn: string): string => dn.toLowerCase().replaceAll(/\s*,\s*/g, ',')

export const parentOf = (dn: string): string | undefined => {
  for (let at = 0; at < dn.length; at++) {
    if (dn[at] === '\\') at++
    else if (dn[at] === ',') return dn.slice(at + 1)
  }
  return undefined
}
