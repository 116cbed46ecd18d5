import type { FindingOf, Grant, Grantee, GrantedCommand, Place } from '../index.ts'
import { escapeNames, escapeOf, loadsCode } from './escapes.ts'
import { groupPower } from './root-groups.ts'
import { dependsOnRun, granteesMatch, settingsFor, type Certainty, type SudoAccount } from './sudo-account.ts'
import { covers, isOpen, nameOf, wordsOf } from './sudo-command.ts'

export type { SudoAccount } from './sudo-account.ts'

/** A rule that holds for an account; `unknown` where a netgroup or a group we cannot see decides. */
export interface EffectiveGrant {
  readonly grant: Grant
  readonly applies: 'yes' | 'unknown'
}

/** The rules that hold for an account or may do so, in the order in which sudo reads them: what `sudo -l -U name` prints. */
export const effectiveSudo = (account: SudoAccount, grants: readonly Grant[]): readonly EffectiveGrant[] =>
  grants
    .filter(({ mechanism }) => mechanism === 'sudo')
    .toSorted((a, b) => a.order - b.order)
    .flatMap((grant): EffectiveGrant[] => {
      const matches = granteesMatch(grant.grantees, account)
      if (matches === 'no') return []
      return [{ grant, applies: matches === 'yes' && grant.here === 'yes' ? 'yes' : 'unknown' }]
    })

/** One thing that an account may do by sudo. */
export interface SudoPath {
  /** `root`: as good as root. `limited`: more than its own rights, and less than root as far as can be told. */
  readonly effect: 'root' | 'limited'
  readonly applies: 'yes' | 'unknown'
  /** The command as the rule has it. */
  readonly command: string
  /** Completes "the account …". */
  readonly sentence: string
  readonly password: 'needed' | 'not-needed' | 'unknown'
  /** Whose password, where one is needed. */
  readonly whose: 'own' | 'root' | 'target'
  /** Whose that is by name, where it is another's and one alone. */
  readonly asksFor?: string
  /** Where the command gives all that whoever it runs as may do, and that is not root: who that is. */
  readonly becomes?: { readonly users: readonly Grantee[]; readonly except: readonly (readonly Grantee[])[] }
  readonly place: Place
}

/** What sudo makes of an account. */
export interface RootThroughSudo {
  readonly answer: Certainty
  /** The easiest way to root; absent when there is none. */
  readonly password?: { readonly needed: SudoPath['password']; readonly whose: SudoPath['whose'] }
  /** Those to root first, each at its rule. */
  readonly paths: readonly SudoPath[]
  /** Why the answer is unknown, or why there may be more than is known. */
  readonly unsure: readonly { readonly sentence: string; readonly place: Place }[]
}

/**
 * Whether an account can become root by sudo. Of the rules that match a command the last decides, so that a later `!ALL`
 * takes away what went before; `ALL, !/bin/su` takes away nothing that a copy under another name would not give back.
 *
 * What is seen are rules. Whether the account can write to a program or file that a rule names is not known here.
 */
export const rootThroughSudo = (
  account: SudoAccount,
  grants: readonly Grant[],
  settings: readonly FindingOf<'setting'>[],
  now?: Date,
  entered: Entered = () => undefined,
): RootThroughSudo => {
  const unsure: { sentence: string; place: Place }[] = []
  const defaults = settingsFor(account, settings)
  let offers: Offer[] = []
  for (const { grant, applies: named } of effectiveSudo(account, grants)) {
    const holds = now === undefined ? 'yes' : holdsAt(grant, now)
    if (holds === 'no') continue
    const applies = holds === 'yes' ? named : 'unknown'
    const targets = targetsOf(grant, account, defaults.text('runas_default') ?? 'root')
    if (targets.length > 0 && applies === 'unknown')
      unsure.push({ sentence: uncertainty(grant, account), place: grant.place })
    for (const command of grant.commands)
      for (const target of targets) {
        const offer: Offer = {
          command,
          grant,
          target,
          applies: applies === 'yes' && target.sure ? 'yes' : 'unknown',
          exceptions: 0,
          spared: [],
        }
        if (command.negated === true) offers = offers.flatMap((before) => afterDenial(before, offer))
        else {
          // The last match decides of password and tags, too.
          if (offer.applies === 'yes' && command.digests === undefined)
            offers = offers.filter((before) => !coversTarget(target, before.target) || !covers(command, before.command))
          offers.push(offer)
        }
      }
  }
  const bound = settings.some(dependsOnRun)
  const defaultsFor = ({ command, target }: Offer) =>
    bound ? settingsFor(account, settings, { command, as: RUN_AS[target.as] ?? target.users ?? 'itself' }) : defaults
  const paths = withoutLesser(
    offers.map((offer) => ({ offer, path: pathOf(offer, account, defaultsFor(offer), entered) })),
  ).toSorted((a, b) => rank(a) - rank(b))
  const roots = paths.filter(({ effect }) => effect === 'root')
  const best = roots.find(({ applies }) => applies === 'yes') ?? roots[0]
  return {
    answer: roots.some(({ applies }) => applies === 'yes') ? 'yes' : roots.length > 0 ? 'unknown' : 'no',
    ...(best === undefined ? {} : { password: { needed: best.password, whose: best.whose } }),
    paths,
    unsure,
  }
}

/** What a program with fixed arguments leads into that is as good as root, as the end of a sentence. */
type Entered = (program: string, words: readonly string[]) => string | undefined

/** Whom a rule lets the account become that matters here. */
interface Target {
  readonly as: 'root' | 'group' | 'other'
  /** As a person would say it. */
  readonly name: string
  readonly sure: boolean
  /** Of others: the list that says who. Of a rule without such a list, whom it means. */
  readonly users?: readonly Grantee[]
}

/** Of a group alone one stays oneself. */
const RUN_AS = { root: 'root', group: 'itself', other: undefined } as const

interface Offer {
  readonly command: GrantedCommand
  readonly grant: Grant
  readonly target: Target
  readonly applies: 'yes' | 'unknown'
  /** Commands that later denials except from it. */
  readonly exceptions: number
  /** Lists of those whom later denials except from its others. */
  readonly spared: readonly (readonly Grantee[])[]
}

const ROOT: SudoAccount = { name: 'root', uid: 0, groups: [{ name: 'root', gid: 0 }] }

/** Root, a group, others; a list that names root and others besides gives both. */
const targetsOf = ({ runAs: { users, groups } }: Grant, account: SudoAccount, byDefault: string): readonly Target[] => {
  if (users === undefined && groups === undefined) {
    return byDefault === 'root' || byDefault === '#0'
      ? [{ as: 'root', name: 'root', sure: true }]
      : [{ as: 'other', name: byDefault, sure: true, users: [defaultUser(byDefault)] }]
  }
  const root = users === undefined ? 'no' : granteesMatch(users, ROOT)
  const named = users?.filter(({ negated }) => negated !== true) ?? []
  const others = named.filter(
    ({ type, name }) => !(type === 'user' && name === 'root') && !(type === 'uid' && name === '0'),
  )
  const targets: Target[] = []
  if (root !== 'no') targets.push({ as: 'root', name: 'root', sure: root === 'yes' })
  if (users !== undefined && others.length > 0)
    targets.push({ as: 'other', name: nameOfOthers(others, users), sure: true, users })
  if (targets.length > 0 || named.length > 0) return targets
  const power = groups?.flatMap((group) => (group.negated === true ? [] : (powerOf(group) ?? []))) ?? []
  if (power[0] !== undefined) return [{ as: 'group', name: power[0], sure: true }]
  const group = groups?.find(({ negated }) => negated !== true)
  // As oneself and with one's own groups, nothing is gained.
  return group === undefined || account.groups.some(({ name }) => name === group.name)
    ? []
    : [{ as: 'other', name: `itself with group ${group.name}`, sure: true }]
}

const nameOfOthers = (others: readonly Grantee[], all: readonly Grantee[]) => {
  const not = all.filter(({ negated }) => negated === true)
  const names = listed(others.map(written))
  return not.length === 0 ? names : `${names} but ${listed(not.map(written))}`
}

const defaultUser = (name: string): Grantee =>
  name.startsWith('#') ? { type: 'uid', name: name.slice(1) } : { type: 'user', name }

const powerOf = ({ type, name }: Grantee): string | undefined => {
  if (type === 'all') return 'disk'
  const power = groupPower(type === 'gid' ? Number(name) : -1, type === 'group' ? [name] : [])
  return power?.effect === 'root' || (type === 'gid' && Number(name) === 0) || name === 'root' ? name : undefined
}

const written = ({ type, name }: Grantee) =>
  ({
    user: name,
    uid: `#${name}`,
    group: `%${name}`,
    gid: `%#${name}`,
    netgroup: `+${name}`,
    'external-group': `%:${name}`,
    all: 'anyone',
  })[type]

const listed = (names: readonly string[]) =>
  names.length <= 3 ? names.join(', ') : `${names.slice(0, 3).join(', ')} and ${names.length - 3} more`

/** Whether everybody that one target stands for is among another's. */
const coversTarget = (wide: Target, narrow: Target) =>
  wide.as === narrow.as && (wide.as !== 'other' || wide.name === narrow.name || wide.users?.some(isAnyone) === true)

/** `ALL` counts for everybody only where nobody is taken out again. */
const isAnyone = ({ type }: Grantee, _: number, list: readonly Grantee[]) =>
  type === 'all' && list.every(({ negated }) => negated !== true)

/** What is left of an offer after a denial that comes behind it. */
const afterDenial = (offer: Offer, denial: Offer): Offer[] => {
  if (offer.target.as !== denial.target.as) return [offer]
  if (!covers(denial.command, offer.command)) return [{ ...offer, exceptions: offer.exceptions + 1 }]
  if (coversTarget(denial.target, offer.target))
    return denial.applies === 'yes' ? [] : [{ ...offer, applies: 'unknown' }]
  return denial.target.users === undefined ? [offer] : [{ ...offer, spared: [...offer.spared, denial.target.users] }]
}

/** Of what may be run as root and as others as well, the former says it all. */
const withoutLesser = (all: readonly { readonly offer: Offer; readonly path: SudoPath }[]): SudoPath[] => {
  const asRoot = new Set(
    all.flatMap(({ offer, path }) => (path.effect === 'root' && path.applies === 'yes' ? [offer.command] : [])),
  )
  return all.flatMap(({ offer, path }) => (offer.target.as === 'other' && asRoot.has(offer.command) ? [] : [path]))
}

const pathOf = (
  offer: Offer,
  account: SudoAccount,
  defaults: ReturnType<typeof settingsFor>,
  entered: Entered,
): SudoPath => {
  const { command, grant, target } = offer
  const { effect, sentence, sure } = powerOfCommand(offer, defaults, entered)
  const password = isItself(target, account) ? 'not-needed' : passwordOf(grant, account, defaults)
  const { whose, sure: sureWhose } = whosePassword(defaults, target)
  const applies = offer.applies === 'yes' && sure && (password === 'not-needed' || sureWhose) ? 'yes' : 'unknown'
  // As with su: who knows the password of another is that other, with or without the rule.
  const takesAnothers = password === 'needed' && whose !== 'own'
  const told = target.as === 'other' ? `may run ${textOf(command)} as ${target.name}` : sentence
  const becomes = takesAnothers ? undefined : becomesOf(offer, effect)
  const asksFor = takesAnothers ? ownerOfPassword(offer, whose, defaults) : undefined
  return {
    effect: target.as === 'other' || takesAnothers ? 'limited' : effect,
    ...(becomes === undefined ? {} : { becomes: { users: becomes, except: offer.spared } }),
    ...(asksFor === undefined ? {} : { asksFor }),
    applies,
    command: textOf(command),
    sentence: takesAnothers
      ? `${told}, for which sudo asks for the password of ${whose === 'root' || target.as === 'root' ? 'root' : 'that account'}`
      : told,
    password,
    whose,
    place: grant.place,
  }
}

/** Where it is not sure whose, it may be one's own. */
const whosePassword = (
  defaults: ReturnType<typeof settingsFor>,
  target: Target,
): { readonly whose: SudoPath['whose']; readonly sure: boolean } => {
  const [root, runAs, ofTarget] = ['rootpw', 'runaspw', 'targetpw'].map((name) => defaults.flag(name, false))
  if (root === 'yes') return { whose: 'root', sure: true }
  if (runAs === 'yes' && root === 'no') return { whose: 'root', sure: true }
  if (ofTarget === 'yes' && root === 'no' && runAs === 'no')
    return { whose: target.as === 'group' ? 'own' : 'target', sure: true }
  return { whose: 'own', sure: [root, runAs, ofTarget].every((flag) => flag === 'no') }
}

/** `runaspw` asks for the password of whoever commands run as by default (sudoers(5)). */
const ownerOfPassword = (
  { target }: Offer,
  whose: SudoPath['whose'],
  defaults: ReturnType<typeof settingsFor>,
): string | undefined => {
  if (whose === 'root' && defaults.flag('rootpw', false) !== 'yes') return defaults.text('runas_default') ?? 'root'
  if (whose === 'root' || target.as === 'root') return 'root'
  const [user, ...more] = target.as === 'other' ? (target.users ?? []) : []
  return user?.type === 'user' && user.negated !== true && more.length === 0 ? user.name : undefined
}

/** Whom the command makes of the account besides root: those it runs as, or the one that `su` as root is told to become. */
const becomesOf = ({ command, target }: Offer, effect: SudoPath['effect']): readonly Grantee[] | undefined => {
  if (target.as === 'other') return effect === 'root' ? target.users : undefined
  if (target.as !== 'root' || effect === 'root' || !/^(?:su|runuser)$/.test(nameOf(command.command))) return undefined
  const words = wordsOf(command)
  const [user, ...more] = words.filter((word) => !/^-[lmp]*$|^--(?:login|preserve-environment)$/.test(word))
  return user === undefined || user.startsWith('-') || more.length > 0 ? undefined : [{ type: 'user', name: user }]
}

const textOf = ({ command, arguments: given }: GrantedCommand) =>
  given === undefined ? command : given === '""' ? `${command} without arguments` : `${command} ${given}`

interface Power {
  readonly effect: 'root' | 'limited'
  readonly sentence: string
  readonly sure: boolean
}

const powerOfCommand = (offer: Offer, defaults: ReturnType<typeof settingsFor>, entered: Entered): Power => {
  const { command, grant, target, exceptions } = offer
  const as = target.as === 'group' ? `itself with group ${target.name} (as good as root)` : 'root'
  const limited = (sentence: string, sure = true): Power => ({ effect: 'limited', sentence, sure })
  const root = (sentence: string, sure = true): Power => ({ effect: 'root', sentence, sure })
  const text = textOf(command)
  const { command: path } = command

  if (path === 'list') return limited('may list what others may do by sudo')
  if (path === 'ALL' && command.digests === undefined) {
    return root(
      exceptions === 0
        ? `may run any command as ${as}`
        : `may run any command as ${as}; the exceptions do not hold, since a copy of the program under another name is not excepted`,
    )
  }
  if (path === 'ALL') return limited(`may run any program with the given digest as ${as}`)
  if (path === 'sudoedit') return editing(command, root, limited)

  // An environment that makes any program run what it says is worth as much as the best of programs.
  const environment = environmentOf(offer, defaults)
  if (environment !== undefined) return root(`may run ${text} as ${as} and ${environment.how}`, environment.sure)
  if (grant.options.chroot !== undefined && grant.options.chroot !== '*')
    return limited(`may run ${text} as ${as}, confined to ${grant.options.chroot}`)
  if (grant.options.chroot === '*')
    return root(`may run ${text} as ${as} under a root folder of its choice, whose libraries it brings along`)

  const programs = programsOf(path)
  if (programs === 'any') return root(`may run every program that ${path} matches as ${as}, shells among them`)
  if (programs === 'unknown')
    return limited(`may run what ${path} matches as ${as}; which programs that is cannot be told`, true)
  const words = wordsOf(command)
  const open = isOpen(command)
  const quiet = noexec(grant, defaults)
  for (const program of programs) {
    const inside = entered(program, words)
    if (inside !== undefined) return root(`may run ${text} as ${as}: ${inside}`)
    const escape = escapeOf(program)
    if (escape === undefined) continue
    if (escape.kind === 'read' && !(open || escape.fixed?.(words) === true)) continue
    if (!open && escape.fixed?.(words) !== true) continue
    if (escape.kind === 'escape' && quiet === 'yes' && escape.despiteNoexec !== undefined)
      return root(`may run ${text} as ${as}: ${program} ${escape.despiteNoexec}`)
    if (escape.kind === 'escape' && quiet === 'yes')
      return limited(
        `may run ${text} as ${as}: ${program} ${escape.how}, which NOEXEC stops for programs that are linked dynamically`,
      )
    if (escape.kind === 'read' && !open)
      return root(`may run ${text} as ${as}, which shows what only root may read, such as hashes and private keys`)
    return root(`may run ${text} as ${as}: ${program} ${escape.how}`)
  }
  return limited(`may run ${text} as ${as}${open ? ' with arguments of its choice' : ''}`)
}

const GUARDED =
  /^\/etc(?:\/(?:sudoers|passwd|shadow|group|gshadow|crontab|pam\.d|cron|ssh|systemd|ld\.so|profile|security))|^\/root\b|^\/(?:usr\/)?(?:lib|s?bin)\//

const editing = (
  command: GrantedCommand,
  root: (sentence: string) => Power,
  limited: (sentence: string) => Power,
): Power => {
  const files = wordsOf(command)
  if (command.arguments === undefined) return root('may edit any file as root')
  if (command.arguments.startsWith('^'))
    return GUARDED.test(command.arguments.slice(1))
      ? root(`may edit files that decide who is root: ${command.arguments}`)
      : limited(`may edit files that match ${command.arguments}`)
  const guarded = files.find((file) => GUARDED.test(file))
  if (guarded !== undefined) return root(`may edit ${guarded} as root, which decides who is root or what root runs`)
  // A `*` in a folder matches links that whoever may write there has laid; sudo itself follows none unless told to.
  const wide = files.find((file) => /^\/?[*?]|^\/(?:etc\/)?[*?[]/.test(file))
  if (wide !== undefined) return root(`may edit ${wide} as root, which matches files that decide who is root`)
  return limited(`may edit ${files.join(' ')} as root`)
}

/** What the environment adds to a command that would otherwise do only its own. */
const environmentOf = (
  { command: { command: path }, grant }: Offer,
  defaults: ReturnType<typeof settingsFor>,
): { how: string; sure: boolean } | undefined => {
  const setenv = grant.tags.setenv ?? defaults.flag('setenv', false)
  if (setenv === true || setenv === 'yes')
    return { how: 'set LD_PRELOAD for it, since SETENV lets it choose the environment', sure: true }
  const ways = keptVariables(grant, defaults).flatMap(({ value, sure }) => {
    const loading = loadsCode(value, path)
    return loading === 'no' ? [] : [{ value, sure: sure && loading === 'yes' }]
  })
  const keeps = ways.find(({ sure }) => sure) ?? ways[0]
  if (keeps !== undefined)
    return {
      how: keeps.sure
        ? `keep ${keeps.value}, which makes it load code of its choice`
        : `perhaps keep ${keeps.value}, which makes it load code of its choice`,
      sure: keeps.sure,
    }
  return setenv === 'unknown' ? { how: 'perhaps set LD_PRELOAD for it', sure: false } : undefined
}

/** Variables that come from the account's own environment. */
const keptVariables = (grant: Grant, defaults: ReturnType<typeof settingsFor>) => {
  if (grant.tags.keepenv === true || grant.options.setenv !== undefined) return keptByDoas(grant)
  const reset = defaults.flag('env_reset', true)
  const kept = defaults.list('env_keep')
  // Of these only values without `/` and `%` pass: `.` does, for a path of libraries.
  const checked = defaults
    .list('env_check')
    .map(({ value, sure }) => ({ value, sure: sure && !/^LD_(?:PRELOAD|AUDIT)/.test(value) }))
  if (reset === 'yes') return [...kept, ...checked]
  const deleted = defaults.removed('env_delete')
  return [...kept, ...checked, ...[...UNDELETED, ...deleted].map((value) => ({ value, sure: reset === 'no' }))]
}

/** Loader variables that sudo leaves in an environment it does not reset (its own list of those it removes has all others). */
const UNDELETED = ['NODE_OPTIONS', 'NODE_PATH', 'LUA_INIT', 'LUA_PATH', 'LUA_CPATH', 'CLASSPATH', '_JAVA_OPTIONS']

/** The loader itself takes its variables away from a setuid program before doas sees them; glibc's does, others may not. */
const keptByDoas = ({ tags, options }: Grant) => {
  const named = (options.setenv ?? '')
    .split(' ')
    .filter((name) => name !== '' && !name.startsWith('-') && !(name.endsWith('=') || name === '='))
    .map((name) => name.replace(/=\$$/, ''))
  const all = tags.keepenv === true ? [...INTERPRETED, ...named] : named
  return all.map((value) => ({ value, sure: !/^(?:LD_|DYLD_)/.test(value) }))
}

const INTERPRETED = ['BASH_ENV', 'PERL5LIB', 'PYTHONPATH', 'RUBYLIB', 'NODE_OPTIONS', 'LUA_INIT', 'CLASSPATH']

const noexec = (grant: Grant, defaults: ReturnType<typeof settingsFor>): Certainty => {
  if (grant.tags.exec !== undefined) return grant.tags.exec ? 'no' : 'yes'
  return defaults.flag('noexec', false)
}

const STANDARD = /^\/(?:usr\/(?:local\/)?)?s?bin\/$/
const FOLDERS = ['/bin/', '/sbin/', '/usr/bin/', '/usr/sbin/', '/usr/local/bin/', '/usr/local/sbin/']

/** The programs that a path, folder or pattern may stand for, by name. */
const programsOf = (path: string): readonly string[] | 'any' | 'unknown' => {
  if (path.startsWith('^')) {
    // Expressions are not run: they are the target's, and may take for ever.
    return /\.[*+]|\[[^\]]*\][*+]/.test(path)
      ? 'any'
      : escapeNames.filter((name) => new Set(path.split(/[^A-Za-z0-9_-]+/)).has(name))
  }
  if (path.endsWith('/')) return STANDARD.test(path) ? 'any' : 'unknown'
  if (!/[*?[]/.test(path)) return [nameOf(path)]
  const pattern = { command: path }
  if (
    FOLDERS.some(
      (folder) => covers(pattern, { command: `${folder}sh` }) || covers(pattern, { command: `${folder}bash` }),
    )
  )
    return 'any'
  const named = escapeNames.filter((name) => FOLDERS.some((folder) => covers(pattern, { command: folder + name })))
  return named.length > 0 ? named : 'unknown'
}

/** Whoever runs something as itself is asked for nothing. */
const isItself = ({ as, users = [] }: Target, { name }: SudoAccount) =>
  as === 'other' && users.length === 1 && users[0]!.type === 'user' && users[0]!.name === name

const passwordOf = (
  grant: Grant,
  account: SudoAccount,
  defaults: ReturnType<typeof settingsFor>,
): SudoPath['password'] => {
  if (account.uid === 0) return 'not-needed'
  const exempt = defaults.text('exempt_group')
  if (exempt !== undefined && account.groups.some(({ name }) => name === exempt)) return 'not-needed'
  if (grant.tags.passwd !== undefined) return grant.tags.passwd ? 'needed' : 'not-needed'
  const authenticate = defaults.flag('authenticate', true)
  return authenticate === 'yes' ? 'needed' : authenticate === 'no' ? 'not-needed' : 'unknown'
}

/** Whether a rule that is bound to a time holds at this one; without a zone it is the host's own, which only the host knows. */
const holdsAt = ({ options: { notbefore, notafter } }: Grant, now: Date): Certainty => {
  const parts = new Set([
    ...(notbefore === undefined ? [] : [isPast(notbefore, now)]),
    ...(notafter === undefined ? [] : [not(isPast(notafter, now))]),
  ])
  return parts.has('no') ? 'no' : parts.has('unknown') ? 'unknown' : 'yes'
}

const not = (one: Certainty): Certainty => (one === 'yes' ? 'no' : one === 'no' ? 'yes' : 'unknown')

const isPast = (text: string, now: Date): Certainty => {
  const [, year, month, day, hour, minute = '00', second = '00', zone, sign, hours = '0', minutes = '0'] =
    /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)?(\d\d)?(?:[.,]\d+)?(Z|([+-])(\d\d)(\d\d)?)?$/.exec(text) ?? []
  const written = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
  if (Number.isNaN(written)) return 'unknown'
  const offset = (Number(hours) * 60 + Number(minutes)) * (sign === '-' ? -60_000 : 60_000)
  const ago = now.getTime() - (written - offset)
  return zone === undefined && Math.abs(ago) < FARTHEST_ZONE ? 'unknown' : ago >= 0 ? 'yes' : 'no'
}

const FARTHEST_ZONE = 14 * 3_600_000

const uncertainty = ({ here, grantees, options }: Grant, account: SudoAccount) =>
  here === 'yes' && (options.notbefore ?? options.notafter) !== undefined && granteesMatch(grantees, account) === 'yes'
    ? 'whether the rule holds now is up to the time zone of the host'
    : here === 'unknown'
      ? 'whether the rule holds on this host is up to a netgroup or its full name'
      : granteesMatch(grantees, account) === 'unknown'
        ? 'whether the rule holds for the account is up to a netgroup or a group of a directory'
        : 'whether the rule holds is not known'

const rank = ({ effect, applies, password }: SudoPath) =>
  (effect === 'root' ? 0 : 4) + (applies === 'yes' ? 0 : 2) + (password === 'not-needed' ? 0 : 1)
