import type { Grantee, Place } from '@rollcall/contract'
import { decisionList } from '../decision-list.ts'
import type { PamRule } from './conf.ts'
import { passes, type Passes, type Stack } from './stack.ts'

/**
 * The least that su takes of a caller that is not root, to become an account that has a password. `nothing` promises that it lets
 * the caller through without; with the right password other lines of the stack may decide, and even refuse.
 */
export type SuAnswer = 'nothing' | 'password' | 'never' | 'unknown'

/** Callers of whom su thinks the same, in the order in which they decide: the last of them that names a caller does. */
export interface SuRule {
  /** Absent: everybody. */
  readonly grantees?: readonly Grantee[]
  readonly answer: SuAnswer
  /** Where the answer is `password`: an empty one of the account that one becomes is as good as none. */
  readonly emptyDoes: boolean
  readonly place: Place
}

export interface SuStacks {
  readonly auth: Stack
  readonly account: Stack
}

/** What decides beside the stacks themselves. */
export interface SuWorld {
  /** The group that pam_wheel means where none is named: `wheel` or, without one, that of number 0. */
  readonly wheel: Grantee
  /** Whether a group is among the host's own. */
  readonly hasGroup: (name: string) => boolean
  /** The lines of the files that pam_listfile names; undefined where one could not be read. */
  readonly list: (path: string) => readonly string[] | undefined
  /** FreeBSD's modules differ from Linux's of the same name. */
  readonly openPam: boolean
}

/**
 * Whom su lets become root, or another account, and for what. Undefined with the lines to blame where who the caller is decides in a
 * way that cannot be told as a list of names and groups.
 */
export const suRules = (
  stacks: SuStacks,
  target: 'root' | 'other',
  world: SuWorld,
): { readonly rules: readonly SuRule[] } | { readonly blame: readonly Place[] } => {
  const atoms = atomsOf(stacks, target, world)
  const start = stacks.auth.lines.find(({ rule }) => rule !== undefined)?.rule?.place ?? { path: '/etc/pam.d/su' }
  const list = decisionList(atoms, (held) => answerOf(stacks, target, world, held), same)
  if ('blame' in list) return { blame: list.blame.map(({ place }) => place) }
  const opaque = list.order.filter(({ condition }) => condition.grantees === undefined)
  if (opaque.length > 0) return { blame: opaque.map(({ condition }) => condition.place) }
  return {
    rules: [
      { ...list.otherwise, place: start },
      ...list.order.map(({ condition, outcome }) => ({
        grantees: condition.grantees ?? [],
        ...outcome,
        place: condition.place,
      })),
    ],
  }
}

/** A condition on the caller. Without grantees it is none that a list of names and groups could say. */
interface Atom {
  readonly id: string
  readonly grantees?: readonly Grantee[]
  readonly place: Place
}

const atomsOf = ({ auth, account }: SuStacks, target: 'root' | 'other', world: SuWorld): Atom[] => {
  const atoms = new Map<string, Atom>()
  for (const { rule } of [...auth.lines, ...account.lines]) {
    const condition = rule === undefined ? undefined : conditionOf(rule, target, world)
    if (rule !== undefined && condition !== undefined)
      for (const { id, grantees } of condition.atoms)
        if (!atoms.has(id)) atoms.set(id, { id, place: rule.place, ...(grantees === undefined ? {} : { grantees }) })
  }
  return [...atoms.values()]
}

type Outcome = Pick<SuRule, 'answer' | 'emptyDoes'>
const same = (one: Outcome, other: Outcome) => one.answer === other.answer && one.emptyDoes === other.emptyDoes

const answerOf = (
  { auth, account }: SuStacks,
  target: 'root' | 'other',
  world: SuWorld,
  held: ReadonlySet<string>,
): { answer: SuAnswer; emptyDoes: boolean } => {
  const through = (knows: Knows): Passes =>
    both(
      passes(auth, (rule) => returned(rule, knows, target, world, held), credentialsOf),
      passes(account, (rule) => returned(rule, 'password', target, world, held, true)),
    )
  const free = through('nothing')
  if (free === 'yes') return { answer: 'nothing', emptyDoes: true }
  const emptyDoes = through('empty') === 'yes'
  if (free === 'maybe') return { answer: 'unknown', emptyDoes }
  const known = through('password')
  return { answer: known === 'yes' ? 'password' : known === 'no' ? 'never' : 'unknown', emptyDoes }
}

const both = (one: Passes, other: Passes): Passes =>
  one === 'no' || other === 'no' ? 'no' : one === 'yes' && other === 'yes' ? 'yes' : 'maybe'

/** What the caller has of the account it wants: nothing, its password, or no need of one since it is empty. */
type Knows = 'nothing' | 'password' | 'empty'

const returned = (
  rule: PamRule,
  knows: Knows,
  target: 'root' | 'other',
  world: SuWorld,
  held: ReadonlySet<string>,
  account = false,
): readonly string[] => {
  const condition = conditionOf(rule, target, world)
  if (condition !== undefined) return [condition.returns(held)]
  const { module, args } = rule
  switch (module) {
    case 'pam_permit':
    case 'pam_localuser':
      return ['success']
    case 'pam_deny':
      return ['auth_err']
    case 'pam_rootok':
      return ['auth_err']
    // OpenPAM: that caller and target are the same account.
    case 'pam_self':
      return ['auth_err']
    case 'pam_unix':
    case 'pam_unix2':
    case 'pam_pwdb':
      if (account) return ['success']
      return knows === 'password' || (knows === 'empty' && args.some((one) => one.startsWith('nullok')))
        ? ['success']
        : ['auth_err']
    case 'pam_usertype':
      return [usertype(args, target)]
    case 'pam_faillock':
      return account || args.includes('preauth')
        ? ['ignore', 'success']
        : args.includes('authsucc')
          ? ['success']
          : ['auth_err']
    case 'pam_tally':
    case 'pam_tally2':
      return account ? ['success'] : ['success', 'ignore']
    case 'pam_shells':
      return ['success']
    default:
      if (QUIET.has(module) || (module === 'pam_group' && !world.openPam)) return ['ignore']
      if (module === 'pam_nologin') return target === 'root' ? ['success', 'ignore'] : ['success', 'ignore', 'auth_err']
      if (CREDENTIALS.has(module)) {
        if (account) return ['success', 'ignore', 'user_unknown']
        return knows === 'password' ? ['success', 'auth_err', 'user_unknown', 'ignore'] : ['auth_err', 'user_unknown']
      }
      return ['success', 'ignore', 'auth_err', 'user_unknown']
  }
}

/** What modules return when the credentials of the account are set. */
const credentialsOf = ({ module }: PamRule) =>
  module === 'pam_deny' ? 'cred_err' : module === 'pam_succeed_if' || module === 'pam_usertype' ? 'ignore' : 'success'

/** Modules that set something up and leave the decision to others. */
const QUIET = new Set([
  'pam_env',
  'pam_faildelay',
  'pam_echo',
  'pam_warn',
  'pam_debug',
  'pam_cap',
  'pam_keyinit',
  'pam_mail',
  'pam_motd',
  'pam_gnome_keyring',
  'pam_kwallet5',
  'pam_ecryptfs',
])

/** Modules that take something of the target's own, which a caller does not have: a password elsewhere, a token, a finger. */
const CREDENTIALS = new Set([
  'pam_sss',
  'pam_ldap',
  'pam_krb5',
  'pam_winbind',
  'pam_fprintd',
  'pam_u2f',
  'pam_yubico',
  'pam_google_authenticator',
  'pam_oath',
  'pam_radius_auth',
  'pam_duo',
  'pam_pkcs11',
  'pam_systemd_home',
  'pam_opie',
  'pam_opieaccess',
  'pam_lsass',
  'pam_centrifydc',
  'pam_vas3',
])

const usertype = (args: readonly string[], target: 'root' | 'other') => {
  if (args.includes('use_uid')) return 'success'
  const wanted = target === 'root' ? 'issystem' : 'isregular'
  return args.includes(wanted) ? 'success' : 'auth_err'
}

/** A module whose answer depends on the caller: on which conditions, and what it returns where some of them hold. */
interface Condition {
  readonly atoms: readonly Pick<Atom, 'id' | 'grantees'>[]
  readonly returns: (held: ReadonlySet<string>) => string
}

const conditionOf = (rule: PamRule, target: 'root' | 'other', world: SuWorld): Condition | undefined => {
  switch (rule.module) {
    case 'pam_wheel':
      return wheel(rule, target, world)
    case 'pam_group':
      return world.openPam ? bsdGroup(rule, target) : undefined
    case 'pam_succeed_if':
      return succeedIf(rule, target)
    case 'pam_listfile':
      return listfile(rule, target, world)
    default:
      return undefined
  }
}

const named = (grantees: readonly Grantee[]): Pick<Atom, 'id' | 'grantees'> => ({
  id: JSON.stringify(grantees),
  grantees,
})
const fixed = (value: string): Condition => ({ atoms: [], returns: () => value })

/** pam_wheel(8). Where its group does not exist it fails in another way, and denies nobody. */
const wheel = ({ args }: PamRule, target: 'root' | 'other', world: SuWorld): Condition => {
  if (args.includes('root_only') && target !== 'root') return fixed('ignore')
  const name = args.findLast((one) => one.startsWith('group='))?.slice('group='.length)
  const atom = named([name === undefined || name === '' ? world.wheel : { type: 'group', name }])
  const [deny, trust] = [args.includes('deny'), args.includes('trust')]
  const denied = name === undefined || name === '' || world.hasGroup(name) ? 'perm_denied' : 'auth_err'
  return {
    atoms: [atom],
    returns: (held) => (held.has(atom.id) === deny ? denied : trust ? 'success' : 'ignore'),
  }
}

/** pam_group(8) of FreeBSD: requires the caller, or denies it, by a group. */
const bsdGroup = ({ args }: PamRule, target: 'root' | 'other'): Condition => {
  if (args.includes('root_only') && target !== 'root') return fixed('ignore')
  if (!args.includes('ruser')) return fixed('ignore')
  const name = args.findLast((one) => one.startsWith('group='))?.slice('group='.length) ?? 'wheel'
  const atom = named([{ type: 'group', name }])
  const deny = args.includes('deny')
  return { atoms: [atom], returns: (held) => (held.has(atom.id) === deny ? 'perm_denied' : 'success') }
}

/** pam_succeed_if(8): all its conditions must hold, of the caller with `use_uid` and for `ruser`, else of the account to become. */
const succeedIf = ({ args }: PamRule, target: 'root' | 'other'): Condition | undefined => {
  const words = args.filter((one) => !FLAGS.has(one))
  const caller = args.includes('use_uid')
  const tests: { atom?: Pick<Atom, 'id' | 'grantees'>; wanted: boolean }[] = []
  for (let at = 0; at + 2 < words.length; at += 3) {
    const test = testOf(words[at]!, words[at + 1]!, words[at + 2]!, caller, target)
    if (test === undefined) return undefined
    tests.push(test)
  }
  if (words.length % 3 !== 0) return fixed('service_err')
  return {
    atoms: tests.flatMap(({ atom }) => atom ?? []),
    returns: (held) =>
      tests.every(({ atom, wanted }) => (atom === undefined ? wanted : held.has(atom.id) === wanted))
        ? 'success'
        : 'auth_err',
  }
}

const FLAGS = new Set(['debug', 'use_uid', 'quiet', 'quiet_fail', 'quiet_success', 'audit'])

const testOf = (
  field: string,
  operator: string,
  value: string,
  caller: boolean,
  target: 'root' | 'other',
): { atom?: Pick<Atom, 'id' | 'grantees'>; wanted: boolean } | undefined => {
  const items = value.split(':').filter((item) => item !== '')
  const negated = operator === '!=' || operator === 'ne' || operator.startsWith('not') || operator === '!~'
  const list = (operator === '=' || operator === '!=' ? [value] : items).slice(0, 1024)
  const ofCaller = field === 'ruser' || (caller && (field === 'user' || field === 'uid' || field === 'gid'))
  if (ofCaller) {
    if (/^(?:not)?ingroup$/.test(operator))
      return { atom: named(items.map((name) => ({ type: 'group', name }))), wanted: !negated }
    if (/^(?:not)?innetgr$/.test(operator))
      return { atom: named([{ type: 'netgroup', name: value }]), wanted: !negated }
    const type = field === 'uid' ? 'uid' : field === 'gid' ? undefined : 'user'
    if (type !== undefined && /^(?:=|!=|eq|ne|in|notin)$/.test(operator))
      return { atom: named(list.map((name) => ({ type, name }))), wanted: !negated }
    return { atom: { id: `${field} ${operator} ${value}` }, wanted: true }
  }
  if (field === 'service') return { wanted: list.some((one) => one === 'su' || one === 'su-l') !== negated }
  if (target !== 'root') return undefined
  // Of root all is known that is asked for.
  if (field === 'user') {
    if (/^(?:=|!=|in|notin)$/.test(operator)) return { wanted: list.includes('root') !== negated }
    if (/^(?:not)?ingroup$/.test(operator)) return items.includes('root') ? { wanted: !negated } : undefined
    return undefined
  }
  return field === 'uid' || field === 'gid' ? numbered(0, operator, value) : undefined
}

const numbered = (is: number, operator: string, value: string) => {
  const number = Number(value)
  const holds = {
    '<': is < number,
    lt: is < number,
    '<=': is <= number,
    le: is <= number,
    eq: is === number,
    '=': is === number,
    ne: is !== number,
    '!=': is !== number,
    '>=': is >= number,
    ge: is >= number,
    '>': is > number,
    gt: is > number,
  }[operator]
  return holds === undefined || Number.isNaN(number) ? undefined : { wanted: holds }
}

/** pam_listfile(8) over the caller's name; over the account to become it lists no caller. */
const listfile = ({ args }: PamRule, target: 'root' | 'other', { list }: SuWorld): Condition | undefined => {
  const option = (name: string) => args.findLast((one) => one.startsWith(`${name}=`))?.slice(name.length + 1)
  const [item, path, allows] = [option('item'), option('file'), option('sense') === 'allow']
  if (path === undefined || (item !== 'ruser' && item !== 'user')) return undefined
  const names = list(path)
  if (names === undefined) return undefined
  const says = (found: boolean) => (found === allows ? 'success' : 'auth_err')
  if (item === 'user') return target === 'root' ? fixed(says(names.includes('root'))) : undefined
  if (names.length === 0) return fixed(says(false))
  const atom = named(names.slice(0, 1024).map((name) => ({ type: 'user', name })))
  return { atoms: [atom], returns: (held) => says(held.has(atom.id)) }
}
