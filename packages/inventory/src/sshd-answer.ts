import type { FindingOf } from '@rollcall/contract'
import type { YesNoUnknown } from '@rollcall/contract/api'
import { isComplete, type HostFacts } from './host-facts.ts'
import type { LoginReason } from './login.ts'
import { letsIn, methodLists, type Held, type Method, type MethodLists } from './ssh-methods.ts'

type Account = FindingOf<'account'>
type Setting = FindingOf<'setting'>

/** Something sshd says about a way in, and why. */
export interface SshdAnswer {
  readonly open: YesNoUnknown
  readonly reason: LoginReason
}

/** What sshd's settings mean for one account; undefined where they put nothing in the way. */
export interface SshdSays {
  readonly reachable: SshdAnswer | undefined
  /** By AllowUsers, DenyUsers, AllowGroups, DenyGroups. */
  readonly refusesAccount: SshdAnswer | undefined
  readonly keys: SshdAnswer | undefined
  /** By AuthenticationMethods: whether a key does, with what else of its own it has to go with. */
  byKey(held: Held): SshdAnswer | undefined
  /** The same of a password without a key. */
  byPassword(held: Held): SshdAnswer | undefined
  /** What a session is held to that is let in: ForceCommand, ChrootDirectory. */
  readonly confines: readonly SshdAnswer[]
  readonly rootLogin: (SshdAnswer & { readonly value: string }) | undefined
  passwords(state: 'usable' | 'empty'): SshdAnswer | undefined
  /** Whether PAM may ask in a conversation, and then for what only it knows. */
  readonly converses: boolean
  lock(state: string | undefined): SshdAnswer | undefined
}

export const sshdSays = (account: Account, facts: HostFacts): SshdSays => {
  const asked = settingsFor(account.name, facts)
  const known = asked.size > 0
  const value = (name: string, otherwise: string) => asked.get(name)?.setting?.values[0]?.toLowerCase() ?? otherwise
  const answer = (name: string, open: YesNoUnknown, sentence: string): SshdAnswer => {
    const place = asked.get(name)?.setting?.place
    return { open, reason: { sentence, ...(place === undefined ? {} : { place }) } }
  }
  /** A condition that decides by the connection may make it another. */
  const unless = (name: string, refused: boolean, sentence: string): SshdAnswer | undefined => {
    const conditional = asked.get(name)?.conditional
    if (conditional !== undefined) {
      const place = conditional.place
      return {
        open: 'unknown',
        reason: { sentence: `${name} depends on where somebody comes from`, ...(place === undefined ? {} : { place }) },
      }
    }
    return refused ? answer(name, 'no', sentence) : undefined
  }
  const root = value('permitrootlogin', 'prohibit-password')
  const rootAnswer = unless('permitrootlogin', root !== 'yes', `sshd's PermitRootLogin is ${root}`)
  return {
    reachable: known
      ? undefined
      : {
          open: 'unknown',
          reason: {
            sentence: isComplete(facts, 'sshd-settings')
              ? 'no OpenSSH server is set up; whether another SSH server takes keys is not known'
              : "sshd's settings could not be looked at",
          },
        },
    refusesAccount: listRefusal(account, asked, facts),
    keys: unless(
      'pubkeyauthentication',
      value('pubkeyauthentication', 'yes') === 'no',
      "sshd's PubkeyAuthentication is no",
    ),
    ...byMethods(
      methodLists(asked.get(METHODS)?.setting?.values ?? [], (method) => value(...SWITCHES[method]) === 'yes'),
      unless,
      answer,
    ),
    confines: (['forcecommand', 'chrootdirectory'] as const).flatMap((name) =>
      value(name, 'none') === 'none'
        ? []
        : [answer(name, 'yes', `sshd's ${CONFINES[name]} holds its sessions to what is written there`)],
    ),
    rootLogin: rootAnswer === undefined ? undefined : { ...rootAnswer, value: root },
    passwords: (state) => {
      // Without PAM nobody asks in a conversation.
      const converses = value('kbdinteractiveauthentication', 'yes') === 'yes' && value('usepam', 'yes') === 'yes'
      const closed = value('passwordauthentication', 'yes') === 'no' && !converses
      if (closed) return unless('passwordauthentication', true, "sshd's PasswordAuthentication is no")
      return unless(
        'permitemptypasswords',
        state === 'empty' && value('permitemptypasswords', 'no') === 'no',
        "sshd's PermitEmptyPasswords is no",
      )
    },
    converses: value('usepam', 'yes') === 'yes',
    lock: (state) =>
      known && value('usepam', 'no') === 'no' && state === 'locked'
        ? answer('usepam', 'no', 'its password is locked, and sshd without UsePAM keeps locked accounts out')
        : undefined,
  }
}

const CONFINES = { forcecommand: 'ForceCommand', chrootdirectory: 'ChrootDirectory' } as const

const METHODS = 'authenticationmethods'

/** The setting that switches a method on, with what it is where nothing says so. */
const SWITCHES: Record<Method, readonly [name: string, byDefault: string]> = {
  publickey: ['pubkeyauthentication', 'yes'],
  password: ['passwordauthentication', 'yes'],
  'keyboard-interactive': ['kbdinteractiveauthentication', 'yes'],
  hostbased: ['hostbasedauthentication', 'no'],
  'gssapi-with-mic': ['gssapiauthentication', 'no'],
  none: ['permitemptypasswords', 'no'],
}

const byMethods = (
  lists: MethodLists,
  unless: (name: string, refused: boolean, sentence: string) => SshdAnswer | undefined,
  answer: (name: string, open: YesNoUnknown, sentence: string) => SshdAnswer,
): Pick<SshdSays, 'byKey' | 'byPassword'> => {
  const conditional = unless(METHODS, false, '')
  const says = (open: YesNoUnknown, sentence: string) =>
    conditional ?? answer(METHODS, open, `sshd's ${NAME} ${sentence}`)
  return {
    byKey(held) {
      if (lists === undefined) return conditional
      const withKey = lists.filter((list) => list.includes('publickey'))
      if (withKey.length === 0) return says('no', 'takes no key')
      if (letsIn(withKey, { keys: held.keys, password: 'no', conversation: 'no' }) === 'yes') return conditional
      const open = letsIn(withKey, held)
      const twoKeys = withKey.every((list) => list.every((method) => method === 'publickey'))
      return says(
        open,
        twoKeys
          ? 'asks for more keys than open it'
          : open === 'yes'
            ? 'asks for its password beside a key'
            : open === 'no'
              ? 'asks beside a key for what it does not have, such as a password'
              : 'asks for more beside a key',
      )
    },
    byPassword(held) {
      if (lists === undefined) return conditional
      const open = letsIn(lists, { ...held, keys: 0 })
      if (open === 'yes') return conditional
      return says(
        open,
        lists.some((list) => list.includes('password') || list.includes('keyboard-interactive'))
          ? 'asks for more beside a password'
          : 'takes no password',
      )
    },
  }
}

const NAME = 'AuthenticationMethods'

interface Asked {
  readonly setting: Setting | undefined
  /** A value that holds under a condition which this account might meet. */
  readonly conditional: Setting | undefined
}

const settingsFor = (name: string, { sshd }: HostFacts): ReadonlyMap<string, Asked> => {
  const asked = new Map<string, Asked>()
  for (const setting of [...(sshd.get(undefined) ?? []), ...(sshd.get(name) ?? [])]) {
    const before = asked.get(setting.name)
    if (setting.condition !== undefined) {
      // A Match on names that this host does not have says nothing about an account that it has.
      if (/\b(?:address|host|localaddress|localport|rdomain|version)\b/i.test(setting.condition)) {
        asked.set(setting.name, { setting: before?.setting, conditional: before?.conditional ?? setting })
      }
    } else if (before?.setting?.account === undefined) {
      asked.set(setting.name, { setting, conditional: before?.conditional })
    }
  }
  return asked
}

/** sshd_config(5): refused by DenyUsers, not named by AllowUsers, then the same of groups. */
const listRefusal = (
  { name }: Account,
  asked: ReadonlyMap<string, Asked>,
  facts: HostFacts,
): SshdAnswer | undefined => {
  const groups = (facts.memberships.get(name) ?? [])
    .filter(({ role }) => role !== 'administrator')
    .map(({ group }) => group)
  let unsure: SshdAnswer | undefined
  for (const [keyword, subjects, denies] of [
    ['denyusers', [name], true],
    ['allowusers', [name], false],
    ['denygroups', groups, true],
    ['allowgroups', groups, false],
  ] as const) {
    const setting = asked.get(keyword)?.setting
    if (setting === undefined || setting.values.length === 0) continue
    const named = namedBy(
      setting.values.flatMap((value) => value.split(/\s+/)).filter((pattern) => pattern !== ''),
      subjects,
    )
    const reason: LoginReason = {
      sentence:
        `sshd's ${SPELLING[keyword]} ${denies ? 'names' : 'does not name'} ${subjects === groups ? 'any of its groups' : 'it'}`.replace(
          'names any',
          'names one',
        ),
      ...(setting.place === undefined ? {} : { place: setting.place }),
    }
    if (named === 'unknown')
      unsure ??= {
        open: 'unknown',
        reason: { ...reason, sentence: `sshd's ${SPELLING[keyword]} depends on where somebody comes from` },
      }
    else if ((named === 'yes') === denies) return { open: 'no', reason }
  }
  return unsure
}

const SPELLING = {
  denyusers: 'DenyUsers',
  allowusers: 'AllowUsers',
  denygroups: 'DenyGroups',
  allowgroups: 'AllowGroups',
} as const

/** Whether a list of patterns names one of some subjects; a negated pattern that matches takes it out, `user@host` leaves it open. */
const namedBy = (patterns: readonly string[], subjects: readonly string[]): YesNoUnknown => {
  let answer: YesNoUnknown = 'no'
  for (const subject of subjects) {
    if (
      patterns.some(
        (pattern) => pattern.startsWith('!') && !pattern.includes('@') && matches(pattern.slice(1), subject),
      )
    )
      continue
    for (const pattern of patterns) {
      if (pattern.startsWith('!')) continue
      const at = pattern.lastIndexOf('@')
      if (matches(pattern, subject)) return 'yes'
      if (at > 0 && matches(pattern.slice(0, at), subject)) answer = 'unknown'
    }
  }
  return answer
}

/** `*` and `?` as in ssh_config(5), PATTERNS; in time proportional to the product of the lengths. */
const matches = (pattern: string, text: string): boolean => {
  let [p, t, star, resume] = [0, 0, -1, 0]
  while (t < text.length) {
    if (pattern[p] === '*') {
      star = p++
      resume = t
    } else if (p < pattern.length && (pattern[p] === '?' || pattern[p] === text[t])) {
      p++
      t++
    } else if (star !== -1) {
      p = star + 1
      t = ++resume
    } else return false
  }
  while (pattern[p] === '*') p++
  return p === pattern.length
}
