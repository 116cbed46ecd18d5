import type { DirectoryObjectType, DirectoryRightName } from '@rollcall/contract'
import { LOCAL_ADMIN_PASSWORDS, SUCCESSOR_CLASS, type SchemaNames } from './schema-names.ts'
import { INHERIT_ONLY, rightsOf, type Ace, type SecurityDescriptor } from './security-descriptor.ts'
import { EVERYONE, OWNER_RIGHTS } from './well-known.ts'

/** A right that an access control list gives. */
export interface HeldRight {
  readonly right: DirectoryRightName
  /** By SID, as the list says it; the owner's where it says "owner". */
  readonly trustee: string
  /** What gives it. Absent: being the owner, or that there is no list. */
  readonly ace?: Ace
  readonly conditional?: true
  /** Whom an earlier denial of the same keeps from it, where they are others than the trustee. */
  readonly except: readonly string[]
}

/** What evaluating a list takes to know. */
export interface RightsContext {
  readonly schema: SchemaNames
  /** Whether whoever is `trustee` is also `other`: a member of it, directly or not. */
  readonly includes: (other: string, trustee: string) => boolean
  /** Whether owning a computer gives no right over it (dSHeuristics). */
  readonly ownersBlocked: boolean
}

/** What a list is evaluated for. */
export interface RightsSubject {
  readonly type: DirectoryObjectType
  /** GUIDs of all its classes, its own last. */
  readonly classes: ReadonlySet<string>
}

/**
 * The rights over an entry that take it over or read what it stands for. The list is gone through in its order, as a server does: what
 * comes first decides, so that denials take away what follows them. Entries that are only to be inherited do not count; for which class
 * they are to be inherited says nothing of the entry itself (MS-ADTS 5.1.3.3). Whoever has a stronger right is not told with the weaker ones that it includes.
 */
export const heldRights = (
  descriptor: SecurityDescriptor,
  subject: RightsSubject,
  context: RightsContext,
): readonly HeldRight[] => {
  const { owner, dacl } = descriptor
  if (dacl === undefined) return []
  if (dacl === 'everyone') return [{ right: 'full-control', trustee: EVERYONE, except: [] }]
  const list = effective(dacl, owner)
  const held: HeldRight[] = []
  if (owner !== undefined && ownerMatters(dacl, subject, context))
    held.push({ right: 'owns', trustee: owner, except: [] })
  const asked = questions(subject.type, context.schema)
  const trustees = new Set<string>()
  for (const ace of list) if (ace.type === 'allow' && (rightsOf(ace) & GIVING) !== 0) trustees.add(ace.sid)
  for (const trustee of trustees) {
    const whole = new Set<DirectoryRightName>()
    for (const question of asked) {
      if (whole.has(question.right) || question.in?.some((stronger) => whole.has(stronger))) continue
      const answer = answerOf(question, list, trustee, context, subject)
      if (answer === undefined) continue
      // Who is kept from it in one way may have it in another.
      held.push(answer)
      if (isWhole(answer)) whole.add(question.right)
    }
  }
  return CONTAINING.has(subject.type) ? withSuccessors(held, context.schema) : held
}

const CONTAINING: ReadonlySet<DirectoryObjectType> = new Set(['container', 'domain'])

/** Who changes the list of a container may create there whatever they like: also accounts that stand for others. */
const withSuccessors = (held: readonly HeldRight[], schema: SchemaNames): readonly HeldRight[] => {
  if (schema.class(SUCCESSOR_CLASS) === undefined) return held
  const having = new Set(held.filter(({ right }) => right === 'create-managed-account').map(({ trustee }) => trustee))
  const more = held.filter(({ right, trustee }) => {
    if (!LISTING.has(right) || having.has(trustee)) return false
    having.add(trustee)
    return true
  })
  return [...held, ...more.map((one) => ({ ...one, right: 'create-managed-account' as const }))]
}
const LISTING: ReadonlySet<DirectoryRightName> = new Set(['owns', 'full-control', 'write-dacl', 'write-owner'])

/** Whether somebody with these SIDs may do all of this to an entry: how the scan account's own rights are told. */
export const mayAccess = (
  descriptor: SecurityDescriptor,
  subject: RightsSubject,
  sids: ReadonlySet<string>,
  rights: number,
  objects: readonly (string | undefined)[],
): boolean => {
  const { owner, dacl } = descriptor
  if (dacl === 'everyone') return true
  if (dacl === undefined) return false
  let left = rights
  const list = effective(dacl, owner)
  if (owner !== undefined && sids.has(owner) && !isOwnerStated(dacl)) left &= ~(READ_CONTROL | WRITE_DACL)
  const own = classFor(rights, subject)
  for (const ace of list) {
    if (left === 0) break
    // What holds under a condition may not be had, and may be denied.
    if (!sids.has(ace.sid) || (ace.conditional === true && ace.type === 'allow')) continue
    const about = concerning(ace, objects, own) & left
    if (about === 0) continue
    if (ace.type === 'deny') return false
    left &= ~about
  }
  return left === 0
}

const [CREATE, SELF_WRITE, READ, WRITE, CONTROL] = [0x1, 0x8, 0x10, 0x20, 0x100]
const [READ_CONTROL, WRITE_DACL, WRITE_OWNER, FULL] = [0x20000, 0x40000, 0x80000, 0xf01ff]
const GIVING = CREATE | SELF_WRITE | WRITE | CONTROL | WRITE_DACL | WRITE_OWNER

export const READ_PROPERTY = READ
export const CONTROL_ACCESS = CONTROL

/** Those that apply to the entry itself. */
const effective = (dacl: readonly Ace[], owner: string | undefined): Ace[] =>
  dacl
    .filter(({ flags }) => (flags & INHERIT_ONLY) === 0)
    .map((ace) => (ace.sid === OWNER_RIGHTS && owner !== undefined ? { ...ace, sid: owner } : ace))

/** An owner may read and change the list, unless an entry for the owner says what else it may. */
const ownerMatters = (dacl: readonly Ace[], { type }: RightsSubject, context: RightsContext) =>
  !isOwnerStated(dacl) && !(context.ownersBlocked && (type === 'computer' || type === 'managed-service'))

const isOwnerStated = (dacl: readonly Ace[]) =>
  dacl.some(({ sid, flags }) => sid === OWNER_RIGHTS && (flags & INHERIT_ONLY) === 0)

/**
 * The class of the entry, where rights over its attributes are asked for: an entry of the list that is about the class is about all of
 * them (MS-ADTS 5.1.3.3.3). Confidential ones take the extended right besides.
 */
const classFor = (rights: number, { classes }: RightsSubject): string | undefined => {
  if ((rights & (READ | WRITE | CONTROL)) !== rights || rights === CONTROL) return undefined
  let own: string | undefined
  for (const one of classes) own = one
  return own
}

/** With which rights an entry of a list is about one of these objects. */
const concerning = (ace: Ace, objects: readonly (string | undefined)[], own: string | undefined): number =>
  ace.object === undefined || ace.object === own || objects.includes(ace.object) ? rightsOf(ace) : 0

/** What has to be allowed for a right. */
interface Question {
  readonly right: DirectoryRightName
  /** Each of these bits, */
  readonly rights: number
  /** by an entry about one of these, or about all. */
  readonly objects: readonly string[]
  /** Not told to whom has one of these. */
  readonly in?: readonly DirectoryRightName[]
  /** And each of these by whatever list entry, everybody's too. */
  readonly besides?: { readonly rights: number; readonly objects: readonly string[] }
}

const answerOf = (
  { right, rights, objects, besides }: Question,
  list: readonly Ace[],
  trustee: string,
  context: RightsContext,
  subject: RightsSubject,
): HeldRight | undefined => {
  const own = classFor(rights | (besides?.rights ?? 0), subject)
  let left = rights
  let giving: Ace | undefined
  let conditional = false
  const except = new Set<string>()
  for (const ace of list) {
    const about = concerning(ace, objects, own) & left
    if (about === 0) continue
    if (ace.type === 'deny') {
      const concerned = ace.sid === trustee || context.includes(ace.sid, trustee)
      // A condition that is not evaluated may not hold, so it takes nothing away for certain, and whoever is in both may not have it.
      if (ace.conditional === true) conditional = true
      else if (concerned) return undefined
      else except.add(ace.sid)
    } else if (ace.sid === trustee) {
      left &= ~about
      giving ??= ace
      conditional ||= ace.conditional === true
      if (left === 0) break
    }
  }
  if (left !== 0 || giving === undefined) return undefined
  if (besides !== undefined && !isAllowed(besides, list, trustee, context, own)) return undefined
  return { right, trustee, ace: giving, ...(conditional ? { conditional: true } : {}), except: [...except] }
}

const isAllowed = (
  { rights, objects }: NonNullable<Question['besides']>,
  list: readonly Ace[],
  trustee: string,
  context: RightsContext,
  own: string | undefined,
) => {
  for (const ace of list) {
    if ((concerning(ace, objects, own) & rights) === 0) continue
    if (ace.sid !== trustee && !context.includes(ace.sid, trustee)) continue
    return ace.type === 'allow'
  }
  return false
}

const isWhole = ({ except, conditional }: HeldRight) => except.length === 0 && conditional !== true

/** Extended rights and property sets, which are the same in every forest (MS-ADTS 5.1.3.2.1, 3.1.1.2.3.3). */
const EXTENDED = {
  resetPassword: '00299570-246d-11d0-a768-00aa006e0529',
  getChanges: '1131f6aa-9c07-11d1-f79f-00c04fc2dcd2',
  getChangesAll: '1131f6ad-9c07-11d1-f79f-00c04fc2dcd2',
  getChangesFiltered: '89e95b76-444d-4c62-991a-0facbeda640c',
  installReplica: '9923a32a-3607-11d2-b9be-0000f87a36b2',
  applyPolicy: 'edacfd8f-ffb3-11d1-b41d-00a0c968f939',
  migrateSidHistory: 'ba33815a-4f93-4c76-87f3-57574bff8109',
  reanimate: '45ec5156-db7e-47bb-b53f-dbeb2d03c40f',
  passwordNotRequired: '280f369c-67c7-438e-ae98-1d46f3c6f541',
  reversible: '05c74c5e-4deb-43b4-bd9f-86664c2a7fd5',
  protectAdminGroups: '7726b9d5-a4b4-4288-a6b2-dce952e80a7f',
  enrol: '0e10c968-78fb-11d2-90d4-00c04f79dc55',
  autoEnrol: 'a05b8cc2-17bc-4802-a710-e7c15ab866a2',
  selfMembership: 'bf9679c0-0de6-11d0-a285-00aa003049e2',
  validatedSpn: 'f3a64788-5306-11d1-a9c5-0000f80367c1',
  localAdminPasswords: 'f3531ec6-6330-4f8e-8d39-7a671fbac605',
} as const

/**
 * The halves of reading as a domain controller does: of changes, and of all secrets or of what is kept from read-only controllers besides. Whoever has two
 * of them, by whatever groups, has the right. Those that read all need not be allowed the filtered ones by themselves.
 */
export const replicationHalves = (
  descriptor: SecurityDescriptor,
  subject: RightsSubject,
  context: RightsContext,
): Readonly<Record<'changes' | 'all' | 'filtered', readonly HeldRight[]>> => {
  const holders = (right: DirectoryRightName, object: string) =>
    extendedHolders(right, object, descriptor, subject, context)
  return {
    changes: holders('replicate-secrets', EXTENDED.getChanges),
    all: holders('replicate-secrets', EXTENDED.getChangesAll),
    filtered: holders('replicate-filtered', EXTENDED.getChangesFiltered),
  }
}

/** To whom a group policy applies, so far as its list decides: reading it is taken for granted. `everyone` without a list. */
export const policyAppliesTo = (
  descriptor: SecurityDescriptor,
  subject: RightsSubject,
  context: RightsContext,
): readonly Pick<HeldRight, 'trustee' | 'except' | 'conditional'>[] | 'everyone' =>
  descriptor.dacl === 'everyone'
    ? 'everyone'
    : // Which right it is called is of no account: only who has it is.
      extendedHolders('write-policy-files', EXTENDED.applyPolicy, descriptor, subject, context)

const extendedHolders = (
  right: DirectoryRightName,
  object: string,
  { dacl, owner }: SecurityDescriptor,
  subject: RightsSubject,
  context: RightsContext,
): HeldRight[] => {
  if (dacl === undefined || dacl === 'everyone') return []
  const list = effective(dacl, owner)
  const trustees = [...new Set(list.filter(({ type }) => type === 'allow').map(({ sid }) => sid))]
  const question: Question = { right, rights: CONTROL, objects: [object] }
  return trustees.flatMap((trustee) => answerOf(question, list, trustee, context, subject) ?? [])
}

const cached = new WeakMap<SchemaNames, Map<DirectoryObjectType, readonly Question[]>>()

const questions = (type: DirectoryObjectType, schema: SchemaNames): readonly Question[] => {
  const known = cached.get(schema) ?? new Map<DirectoryObjectType, readonly Question[]>()
  cached.set(schema, known)
  const made = known.get(type) ?? questionsOf(type, schema)
  known.set(type, made)
  return made
}

const questionsOf = (type: DirectoryObjectType, schema: SchemaNames): Question[] => {
  const attribute = (name: string) => {
    const { guid, set } = schema.attribute(name) ?? {}
    return [guid, set].filter((one) => one !== undefined)
  }
  const write = (right: DirectoryRightName, name: string, rights = WRITE): Question[] => {
    const objects = attribute(name)
    return objects.length === 0 ? [] : [{ right, rights, objects, in: rights === WRITE ? WRITING : ['full-control'] }]
  }
  const extended = (right: DirectoryRightName, object: string): Question => ({
    right,
    rights: CONTROL,
    objects: [object],
    in: ['full-control'],
  })
  const general: Question[] = [
    { right: 'full-control', rights: FULL, objects: [] },
    { right: 'write-dacl', rights: WRITE_DACL, objects: [], in: ['full-control'] },
    { right: 'write-owner', rights: WRITE_OWNER, objects: [], in: ['full-control'] },
    { right: 'write-all', rights: WRITE, objects: [], in: ['full-control'] },
  ]
  const account = () => [
    extended('reset-password', EXTENDED.resetPassword),
    ...write('write-spn', 'serviceprincipalname'),
    ...write('write-bound-keys', 'msds-keycredentiallink'),
    ...write('write-delegation', 'msds-allowedtodelegateto'),
    ...write('write-account-control', 'useraccountcontrol'),
    ...write('write-mapped-identities', 'altsecurityidentities'),
  ]
  const spnByCheck: Question = {
    right: 'write-spn',
    rights: SELF_WRITE,
    objects: [EXTENDED.validatedSpn],
    in: ['full-control', 'write-all'],
  }
  switch (type) {
    case 'user':
      return [...general, ...account(), spnByCheck, ...write('write-script-path', 'scriptpath')]
    case 'computer':
    case 'managed-service':
      return [
        ...general,
        ...account(),
        ...write('write-acting-on-behalf', 'msds-allowedtoactonbehalfofotheridentity'),
        ...localAdminPasswords(type, schema),
      ]
    case 'group':
      return [
        ...general,
        ...write('add-member', 'member'),
        { right: 'add-self', rights: SELF_WRITE, objects: [EXTENDED.selfMembership], in: [...WRITING, 'add-member'] },
      ]
    case 'domain':
      return [
        ...general,
        ...creating(schema),
        ...write('write-policy-links', 'gplink'),
        extended('migrate-sid-history', EXTENDED.migrateSidHistory),
        extended('reanimate', EXTENDED.reanimate),
        extended('set-password-not-required', EXTENDED.passwordNotRequired),
        extended('set-reversible-password', EXTENDED.reversible),
        extended('protect-admin-groups', EXTENDED.protectAdminGroups),
        extended('install-replica', EXTENDED.installReplica),
      ]
    case 'container':
      return [...general, ...creating(schema), ...write('write-policy-links', 'gplink')]
    case 'policy':
      return [...general, ...write('write-policy-files', 'gpcfilesyspath')]
    case 'certificate-template':
      return [
        ...general,
        ...write('write-template', 'mspki-certificate-name-flag'),
        ...write('write-template', 'mspki-enrollment-flag'),
        extended('enrol', EXTENDED.enrol),
        extended('enrol', EXTENDED.autoEnrol),
      ]
    case 'certificate-authority':
      return [...general, extended('enrol', EXTENDED.enrol)]
    case 'role':
    case 'trust':
    case 'foreign-principal':
    case 'server-configuration':
    case 'other':
      return general
  }
}

const WRITING: readonly DirectoryRightName[] = ['full-control', 'write-all']

/** Confidential, so that reading takes the extended right besides the ordinary one, which nearly everybody has. */
const localAdminPasswords = (type: DirectoryObjectType, schema: SchemaNames): Question[] =>
  type !== 'computer'
    ? []
    : LOCAL_ADMIN_PASSWORDS.flatMap((name) => {
        const { guid, set } = schema.attribute(name) ?? {}
        if (guid === undefined) return []
        const objects = [guid, EXTENDED.localAdminPasswords, ...(set === undefined ? [] : [set])]
        const besides = { rights: READ, objects }
        return [
          { right: 'read-local-admin-password', rights: CONTROL, objects, in: ['full-control'], besides } as const,
        ]
      })

/** Creating anything, or one of the classes that make an account or a group; a delegated managed account can take over another's place. */
const creating = (schema: SchemaNames): Question[] => {
  const create = (right: DirectoryRightName, objects: readonly string[]): Question => ({
    right,
    rights: CREATE,
    objects,
    in: ['full-control'],
  })
  const named = (...names: readonly string[]) => names.flatMap((name) => schema.class(name) ?? [])
  return [
    create('create-child', []),
    // Before those of one class: who may create users may not for that reason create these.
    ...named(SUCCESSOR_CLASS).map((one) => create('create-managed-account', [one])),
    ...named('user', 'computer', 'group', 'inetorgperson').map((one) => create('create-child', [one])),
  ]
}
