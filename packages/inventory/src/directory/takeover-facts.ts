import type { DirectoryAccountState, Finding, FindingOf } from '@rollcall/contract'

/** What of an account tells of ways to take its directory over. */
export type AccountFacts = Pick<
  FindingOf<'directory-account'>,
  | 'kind'
  | 'object'
  | 'name'
  | 'type'
  | 'sid'
  | 'states'
  | 'primaryGroup'
  | 'delegatesTo'
  | 'actedOnBehalfBy'
  | 'passwordReaders'
  | 'sidHistory'
  | 'succeeds'
  | 'succeededBy'
  | 'place'
> & { readonly dnsName?: string | undefined }

export type GroupFacts = Pick<
  FindingOf<'directory-group'>,
  'kind' | 'object' | 'name' | 'sid' | 'security' | 'wellKnown' | 'tier' | 'states' | 'dynamic' | 'place'
>

export type MemberFacts = Pick<
  FindingOf<'directory-member'>,
  'kind' | 'object' | 'group' | 'member' | 'memberObject' | 'memberSid' | 'memberType' | 'memberName' | 'via' | 'place'
>

/** What tells of ways to take a directory over: of a hundred thousand entries only this is held. */
export interface TakeoverFacts {
  readonly accounts: readonly AccountFacts[]
  readonly groups: readonly GroupFacts[]
  readonly members: readonly MemberFacts[]
  readonly rights: readonly FindingOf<'directory-right'>[]
  readonly weaknesses: readonly FindingOf<'directory-weakness'>[]
  /** Of policies, trusts and templates. */
  readonly settings: readonly FindingOf<'setting'>[]
}

export interface GatheredFacts extends TakeoverFacts {
  readonly add: (finding: Finding) => void
}

export const gatherFacts = (): GatheredFacts => {
  const accounts: AccountFacts[] = []
  const groups: GroupFacts[] = []
  const members: MemberFacts[] = []
  const rights: FindingOf<'directory-right'>[] = []
  const weaknesses: FindingOf<'directory-weakness'>[] = []
  const settings: FindingOf<'setting'>[] = []
  const texts = new Map<string, string>()
  /** The same text once, however often it is told. */
  const one = <T extends string | undefined>(text: T): T => {
    if (text === undefined) return text
    const known = texts.get(text)
    if (known !== undefined) return known as T
    texts.set(text, text)
    return text
  }
  return {
    accounts,
    groups,
    members,
    rights,
    weaknesses,
    settings,
    add(finding) {
      if (finding.kind === 'directory-account') accounts.push(accountFacts(finding, one))
      else if (finding.kind === 'directory-group') groups.push(groupFacts(finding, one))
      else if (finding.kind === 'directory-member') members.push(memberFacts(finding, one))
      else if (finding.kind === 'directory-right') rights.push(finding)
      else if (finding.kind === 'directory-weakness' && isTellingWeakness(finding)) weaknesses.push(finding)
      else if (finding.kind === 'setting' && isTellingSetting(finding)) settings.push(finding)
    },
  }
}

/** Whether who can take a directory over may be another when a finding becomes another one; undefined: when it was not there, or no longer is. */
export const tellsOfTakeover = (finding: Finding, before: Finding | undefined): boolean => {
  switch (finding.kind) {
    case 'directory-account':
      return before?.kind !== 'directory-account' || !same(accountFacts(finding), accountFacts(before))
    case 'directory-group':
      return before?.kind !== 'directory-group' || !same(groupFacts(finding), groupFacts(before))
    case 'directory-member':
    case 'directory-right':
      return true
    case 'directory-weakness':
      return isTellingWeakness(finding)
    case 'setting':
      return isTellingSetting(finding)
    default:
      return false
  }
}

const same = (one: unknown, other: unknown) => JSON.stringify(one) === JSON.stringify(other)

type Once = <T extends string | undefined>(text: T) => T
const asIs: Once = (text) => text

const accountFacts = (finding: FindingOf<'directory-account'>, one: Once = asIs): AccountFacts => {
  const { delegatesTo, actedOnBehalfBy, passwordReaders, sidHistory, succeeds, succeededBy, computer } = finding
  const states = finding.states.filter((state) => TELLING_STATES.has(state))
  return {
    kind: finding.kind,
    object: one(finding.object),
    name: one(finding.name),
    type: finding.type,
    sid: one(finding.sid),
    states: states.length === 0 ? NONE : states,
    primaryGroup: finding.primaryGroup,
    place: { path: one(finding.place.path) },
    // Few have any of these.
    ...(delegatesTo === undefined ? {} : { delegatesTo }),
    ...(actedOnBehalfBy === undefined ? {} : { actedOnBehalfBy }),
    ...(passwordReaders === undefined ? {} : { passwordReaders }),
    ...(sidHistory === undefined ? {} : { sidHistory }),
    ...(succeeds === undefined ? {} : { succeeds }),
    ...(succeededBy === undefined ? {} : { succeededBy }),
    ...(computer?.dnsName === undefined ? {} : { dnsName: computer.dnsName }),
  }
}

const NONE: DirectoryAccountState[] = []
const TELLING_STATES: ReadonlySet<DirectoryAccountState> = new Set([
  'domain-controller',
  'read-only-controller',
  'inheritance-off',
  'protocol-transition',
  'trusted-for-delegation',
])

const groupFacts = (finding: FindingOf<'directory-group'>, one: Once = asIs): GroupFacts => ({
  kind: finding.kind,
  object: one(finding.object),
  name: one(finding.name),
  sid: one(finding.sid),
  security: finding.security,
  wellKnown: finding.wellKnown,
  tier: finding.tier,
  states: finding.states,
  dynamic: finding.dynamic,
  place: { path: one(finding.place.path) },
})

const memberFacts = (finding: FindingOf<'directory-member'>, one: Once): MemberFacts => ({
  kind: finding.kind,
  object: one(finding.object),
  group: one(finding.group),
  member: one(finding.member),
  memberObject: one(finding.memberObject),
  memberSid: one(finding.memberSid),
  memberType: finding.memberType,
  memberName: one(finding.memberName),
  via: one(finding.via),
  place: { path: one(finding.place.path) },
})

/** Templates whose certificates let somebody be another, or a member of a group. */
const isTellingWeakness = ({ weakness }: FindingOf<'directory-weakness'>) =>
  weakness === 'template-subject-from-requester' ||
  weakness === 'template-purpose-from-requester' ||
  weakness === 'template-group-by-policy' ||
  weakness === 'template-any-purpose' ||
  weakness === 'template-enrolment-agent'

const isTellingSetting = ({ subject, name }: FindingOf<'setting'>) =>
  isPolicyLink(name) ||
  (subject === 'trust' && TRUST.has(name)) ||
  (subject === 'directory' && POLICY.has(name)) ||
  (subject === 'certificate-template' && name === 'groups')

export const isPolicyLink = (name: string): boolean => /^(?:gplink|policy-links?|linked-policies)$/i.test(name)

/** What decides about where policies apply, beside their links. */
const POLICY: ReadonlySet<string> = new Set(['gplink-enforced', 'gpoptions', 'applies-to', 'kept-from'])

const TRUST: ReadonlySet<string> = new Set(['partner', 'direction', 'type', 'attributes', 'sid'])
