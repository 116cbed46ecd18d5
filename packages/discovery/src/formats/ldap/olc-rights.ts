import { evaluateAccess, holderKey, type Accessor, type AccessWorld, type HeldAccess } from './olc-evaluate.ts'
import type { AccessGrant, AccessHolder, AccessRule, AccessTarget, DnStyle } from './olc-access.ts'
import type { SchemaTree } from './schema-tree.ts'
import { parentDn } from './dn.ts'

/** A right that a rule gives somebody, to be told. */
export interface AccessRight {
  /** The entry or container it is over, in its normal form; empty: all of the database. */
  readonly dn: string
  readonly style: DnStyle
  readonly right:
    | 'full-control'
    | 'write-all'
    | 'write-password'
    | 'add-member'
    | 'add-self'
    | 'create-child'
    | 'write-bound-keys'
    | 'write-account-control'
    | 'proxy'
    /** Those of sudo. */
    | 'write-rules'
  readonly holder: AccessHolder
  /** A condition was not evaluated. */
  readonly conditional: boolean
  /** The number of the rule among those that were given. */
  readonly rule: number
  /** Rule and clause, as they are written. */
  readonly clause: string
}

/** Rights by the attributes that they take something over with; the first stands for them where a rule speaks of all. */
const TAKES: readonly (readonly [right: AccessRight['right'], attributes: readonly string[]])[] = [
  ['write-password', ['userpassword', 'authpassword', 'sambantpassword', 'krbprincipalkey']],
  ['add-member', ['member', 'uniquemember', 'memberuid', 'membernisnetgroup', 'nisnetgrouptriple', 'memberurl']],
  ['write-bound-keys', ['sshpublickey', 'usercertificate', 'usercertificate;binary']],
  ['proxy', ['authzto', 'authzfrom']],
  ['write-account-control', ['uidnumber', 'gidnumber', 'homedirectory', 'loginshell', 'objectclass', 'uid']],
  ['write-rules', ['sudouser', 'sudocommand', 'sudohost', 'sudooption', 'sudorunasuser', 'sudorunas']],
  ['create-child', ['children']],
]

export interface RightsOptions {
  /** Where the entries of the database begin, in the normal form. */
  readonly suffix?: string
  readonly schema?: SchemaTree | undefined
  /** That `authzTo` and `authzFrom` count. */
  readonly proxies?: boolean
}

/**
 * Which rights to take something over the rules of a database give. Each clause that writes is put to the test: whoever it names, and nobody
 * else is known to be, is asked for as slapd would ask, so that what comes before it is taken into account, and what is behind it as well.
 */
export const accessRights = (
  rules: readonly AccessRule[],
  { suffix = '', schema, proxies = false }: RightsOptions = {},
): AccessRight[] => {
  const rights: AccessRight[] = []
  for (const [index, { what, by, to }] of rules.entries())
    for (const grant of by) {
      const { privileges, sign, self } = grant.access
      if (sign === '-' || !(privileges.has('m') || privileges.has('a') || privileges.has('z'))) continue
      const holder = grant.who.find(({ type }) => !CONDITIONS.has(type)) ?? grant.who[0]!
      const trial = trialOf(grant, holder, what, suffix, schema)
      const unsure = isConditional(grant.who, holder, what)
      for (const [right, sure] of rightsOver(rules, what, privileges.has('m'), self, proxies, trial))
        rights.push({
          dn: what.dn === undefined || what.dn.style === 'regex' ? '' : what.dn.pattern,
          style: what.dn?.style ?? 'subtree',
          right,
          holder,
          conditional: unsure || !sure,
          rule: index,
          clause: `${to} ${grant.by}`,
        })
    }
  return rights
}

/** What restricts somebody, and names nobody. */
const CONDITIONS: ReadonlySet<AccessHolder['type']> = new Set(['connection', 'strength', 'other'])

const isConditional = (who: readonly AccessHolder[], holder: AccessHolder, what: AccessTarget): boolean =>
  who.length > 1 ||
  CONDITIONS.has(holder.type) ||
  holder.type === 'set' ||
  what.filter !== undefined ||
  what.value !== undefined ||
  what.dn?.style === 'regex' ||
  ((holder.type === 'group' || holder.type === 'dn') && holder.expanded)

/** Somebody and something to try a clause with. */
interface Trial {
  readonly grant: AccessGrant
  readonly accessor: Accessor
  readonly entry: string
  readonly world: AccessWorld & { readonly assumed: NonNullable<AccessWorld['assumed']> }
}

/** Parts of a DN that no rule names. */
const [NOBODY, SOMETHING] = ['cn=\u0001', 'cn=\u0002']

const trialOf = (
  grant: AccessGrant,
  holder: AccessHolder,
  what: AccessTarget,
  suffix: string,
  schema: SchemaTree | undefined,
): Trial => {
  const below = what.dn === undefined || what.dn.style === 'regex' ? suffix : what.dn.pattern
  const entry = what.dn?.style === 'base' ? below : join(SOMETHING, below)
  const dn = personOf(holder, entry)
  return {
    grant,
    accessor: {
      ...(dn === undefined ? {} : { dn }),
      // Who is named as a member of one group is taken to be in no other.
      isIn: () => false,
    },
    entry,
    world: {
      schema,
      assumed: { target: what, holders: new Set(grant.who.map(holderKey)) },
      values: (_, attribute) =>
        attribute === 'objectclass'
          ? undefined
          : dn !== undefined && holder.type === 'dnattr' && holder.attribute === attribute
            ? [dn]
            : undefined,
    },
  }
}

const personOf = (holder: AccessHolder, entry: string): string | undefined => {
  switch (holder.type) {
    case 'anonymous':
      return undefined
    case 'self':
      return holder.level === 0 ? entry : holder.level > 0 ? join(NOBODY, entry) : parentDn(entry)
    case 'dn':
      return holder.expanded ? NOBODY : holder.style === 'base' ? holder.pattern : join(NOBODY, holder.pattern)
    default:
      return NOBODY
  }
}

const join = (part: string, dn: string) => (dn === '' ? part : `${part},${dn}`)

const rightsOver = (
  rules: readonly AccessRule[],
  what: AccessTarget,
  manages: boolean,
  self: boolean,
  proxies: boolean,
  { accessor, entry, world, grant }: Trial,
): (readonly [right: AccessRight['right'], sure: boolean])[] => {
  const value = self ? { value: { text: accessor.dn ?? '' } } : {}
  const may = (attribute: string, by: AccessWorld) =>
    writes(evaluateAccess(rules, accessor, { dn: entry, attribute, ...value }, by))
  const { attributes } = what
  const byClause = { ...world, assumed: { ...world.assumed, grant } }
  if (
    attributes === undefined ||
    attributes.some((one) => one === '*' || one.startsWith('!') || one === '@extensibleobject')
  ) {
    const each = TAKES.map(([right, [first = '']]) => ({ right, held: may(first, world), given: may(first, byClause) }))
    // What an earlier rule keeps back is not told as given.
    if (each.every(({ held }) => held !== false) && each.some(({ given }) => given !== false))
      return [[manages ? 'full-control' : 'write-all', each.every(({ held }) => held === true)]]
    return each.flatMap(({ right, given }) =>
      given === false || (right === 'proxy' && !proxies) ? [] : [[right, given === true] as const],
    )
  }
  return TAKES.flatMap(([right, names]) => {
    const speaksOf = names.filter((name) => attributes.some((one) => one === name || includes(one, name, world.schema)))
    const given = new Set(speaksOf.map((name) => may(name, byClause)))
    if (!given.has(true) && !given.has(undefined)) return []
    return [[right === 'add-member' && self ? 'add-self' : right, given.has(true)] as const]
  })
}

const includes = (listed: string, name: string, schema: SchemaTree | undefined): boolean => {
  if (!listed.startsWith('@')) return false
  const attributes = schema?.attributesOf(listed.slice(1))
  return attributes !== undefined && (attributes === 'all' || attributes.has(name))
}

const writes = (held: HeldAccess): boolean | undefined => {
  const each = new Set((['a', 'z', 'm'] as const).map((one) => held.has(one)))
  return each.has(true) ? true : each.has(undefined) ? undefined : false
}
