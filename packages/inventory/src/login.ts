import type { FindingOf, Place } from '@rollcall/contract'
import type { YesNoUnknown } from '@rollcall/contract/api'
import { certificatesThatOpen, type OpenedByCertificate } from './certificates.ts'
import { isComplete, type HostFacts } from './host-facts.ts'
import type { Held } from './ssh-methods.ts'
import { sshdSays, type SshdAnswer, type SshdSays } from './sshd-answer.ts'

type Account = FindingOf<'account'>
type Credential = FindingOf<'credential'>

/** A sentence, and the file and line that says so. */
export interface LoginReason {
  readonly sentence: string
  readonly place?: Place
}

export interface Login {
  readonly loginAllowed: YesNoUnknown
  readonly loginReasons: readonly LoginReason[]
}

/** What is known of an account's password: the field that counts, and the line that holds its age. */
export interface PasswordKnowledge {
  /** Undefined where it could not be looked at. */
  readonly state: Credential['state'] | undefined
  readonly field: Credential | undefined
  readonly aging: Credential | undefined
}

/**
 * The password field that logins go by: one in passwd(5) comes before that of shadow(5) (pam_unix(8)). An account that a
 * complete look found no field for has none, and no password matches.
 */
export const passwordOf = ({ name, place }: Account, facts: HostFacts): PasswordKnowledge => {
  const all = facts.passwords.get(name) ?? []
  const aging = firstByLine(all.filter(({ place }) => place.path !== PASSWD))
  const field = firstByLine(all.filter((one) => one.place.path === PASSWD && one.place.line === place.line)) ?? aging
  const state = field?.state ?? (isComplete(facts, 'local-passwords') ? 'none' : undefined)
  return { state, field, aging }
}

const PASSWD = '/etc/passwd'

const firstByLine = (credentials: readonly Credential[]) =>
  credentials.reduce<Credential | undefined>(
    (first, next) => (first === undefined || (next.place.line ?? 0) < (first.place.line ?? 0) ? next : first),
    undefined,
  )

/**
 * Whether somebody can log in to the account, at the console or over SSH, with its password or a key. Becoming the account
 * by `su` or sudo is not a login. A root account that nobody can log in to is no less root.
 */
export const loginOf = (account: Account, facts: HostFacts, now: Date): Login => {
  const password = passwordOf(account, facts)
  const bars = barsOf(account, password, facts, now)
  if (bars.length > 0) return { loginAllowed: 'no', loginReasons: bars }
  const ways = [passwordWay(password), keyWay(account, password, facts)]
  const answers = new Set(ways.map(({ open }) => open))
  return {
    loginAllowed: answers.has('yes') ? 'yes' : answers.has('unknown') ? 'unknown' : 'no',
    loginReasons: [...ways.flatMap(({ reasons }) => reasons), ...passwordOverSsh(account, password, facts)],
  }
}

interface Way {
  readonly open: YesNoUnknown
  readonly reasons: readonly LoginReason[]
}

/** What keeps everybody out, whatever they hold. */
const barsOf = (account: Account, { aging }: PasswordKnowledge, facts: HostFacts, now: Date): LoginReason[] => {
  const bars: LoginReason[] = []
  const first = facts.firstOfName.get(account.name)
  if (first !== undefined && first.place.line !== account.place.line) {
    bars.push({ sentence: `an earlier line of the same name is the one that logins get`, place: first.place })
  }
  if (!account.interactiveShell)
    bars.push({ sentence: `its shell ${account.shell} ends the session at once`, place: account.place })
  const today = now.toISOString().slice(0, 10)
  const expired = aging?.accountExpires
  if (aging !== undefined && expired !== undefined && expired <= today)
    bars.push({ sentence: `the account expired on ${expired}`, place: aging.place })
  const inactive = inactiveSince(aging)
  if (aging !== undefined && inactive !== undefined && inactive < today) {
    bars.push({
      sentence: `its password ran out and was not changed in time: the account is disabled since ${inactive}`,
      place: aging.place,
    })
  }
  return bars
}

/** The last day on which an expired password could still be changed at login (shadow(5)); undefined where there is no such day. */
const inactiveSince = (aging: Credential | undefined): string | undefined => {
  if (aging?.changed === undefined || aging.changed === 'must-change') return undefined
  const { changed, maximumDays = -1, inactiveDays = -1 } = aging
  if (maximumDays < 0 || inactiveDays < 0) return undefined
  const last = Date.parse(`${changed}T00:00:00Z`) + (maximumDays + inactiveDays) * 86_400_000
  return last > LAST_INSTANT ? undefined : new Date(last).toISOString().slice(0, 10)
}

const LAST_INSTANT = Date.parse('9999-12-31T00:00:00Z')

const passwordWay = ({ state, field, aging }: PasswordKnowledge): Way => {
  const place = field === undefined ? {} : { place: field.place }
  switch (state) {
    case 'empty':
      return { open: 'yes', reasons: [{ sentence: 'it needs no password', ...place }] }
    case 'usable':
      return {
        open: 'yes',
        reasons: [
          { sentence: 'it has a password', ...place },
          ...(aging?.changed === 'must-change'
            ? [{ sentence: 'the password must be changed at the next login', place: aging.place }]
            : []),
        ],
      }
    case 'locked':
      return { open: 'no', reasons: [{ sentence: 'its password is locked', ...place }] }
    case 'none':
      return { open: 'no', reasons: [{ sentence: 'no password matches', ...place }] }
    case undefined:
    default:
      return { open: 'unknown', reasons: [{ sentence: 'whether it has a password could not be looked at' }] }
  }
}

const keyWay = (account: Account, password: PasswordKnowledge, facts: HostFacts): Way => {
  const listed = facts.keys.get(account.name) ?? []
  const held = listed.filter(({ ineffective }) => ineffective === undefined)
  const keys = [...held, ...facts.authorities.filter(({ ineffective }) => ineffective === undefined)]
  if (keys.length === 0 && listed.length > 0 && isComplete(facts, 'authorized-keys'))
    return { open: 'no', reasons: listed.slice(0, MAX_KEYS_TOLD).map(ineffectiveReason) }
  if (keys.length === 0) {
    return isComplete(facts, 'authorized-keys')
      ? { open: 'no', reasons: [{ sentence: 'no key opens it' }] }
      : { open: 'unknown', reasons: [{ sentence: 'which keys open it could not be looked at' }] }
  }
  const sshd = sshdSays(account, facts)
  const reasons = [
    ...keys.slice(0, MAX_KEYS_TOLD).map(keyReason),
    ...moreKeys(keys.length),
    ...certificatesThatOpen(account.name, facts).slice(0, MAX_KEYS_TOLD).map(certificateReason),
  ]
  const refusals: (SshdAnswer | undefined)[] = [
    sshd.reachable,
    sshd.refusesAccount,
    sshd.keys,
    sshd.byKey({
      keys: keys.some(({ role }) => role === 'authority') ? Infinity : distinctKeys(held),
      ...heldBeside(account, password, sshd),
    }),
    rootByKey(account, held, sshd.rootLogin),
    sshd.lock(password.state),
  ]
  const closing = refusals.filter((answer) => answer !== undefined)
  const shut = closing.find(({ open }) => open === 'no')
  if (shut !== undefined) return { open: 'no', reasons: [...reasons, shut.reason] }
  const unsure = closing.find(({ open }) => open === 'unknown')
  if (unsure !== undefined) return { open: 'unknown', reasons: [...reasons, unsure.reason] }
  return { open: 'yes', reasons: [...reasons, ...[...closing, ...sshd.confines].map(({ reason }) => reason)] }
}

const MAX_KEYS_TOLD = 5

const distinctKeys = (keys: readonly FindingOf<'key'>[]) => new Set(keys.map(({ fingerprint }) => fingerprint)).size

/** What sshd would take beside a key. For root it takes none of it unless PermitRootLogin is `yes`. */
const heldBeside = (account: Account, { state }: PasswordKnowledge, sshd: SshdSays): Omit<Held, 'keys'> => {
  if (account.uid === 0 && sshd.rootLogin !== undefined && sshd.rootLogin.open === 'no')
    return { password: 'no', conversation: 'no' }
  const open = passwordWay({ state, field: undefined, aging: undefined }).open
  const taken = state === 'usable' || state === 'empty' ? sshd.passwords(state)?.open : undefined
  return { password: taken ?? open, conversation: sshd.converses ? 'unknown' : 'no' }
}

const keyReason = ({ role, fingerprint, account, place }: FindingOf<'key'>): LoginReason => ({
  sentence:
    role === 'authority'
      ? account === undefined
        ? `every account opens to keys that the authority ${fingerprint} signs for its name`
        : `keys that the authority ${fingerprint} signs open it`
      : `the key ${fingerprint} opens it`,
  place,
})

const certificateReason = ({ certificate, sure }: OpenedByCertificate): LoginReason => {
  const { keyId = '', serial = '', validTo } = certificate.certificate ?? {}
  const until = validTo === undefined ? '' : ` until ${validTo}`
  return {
    sentence: `the certificate “${keyId}” with the number ${serial}, which lies here, ${sure ? 'opens it' : 'may open it'}${until}`,
    place: certificate.place,
  }
}

const ineffectiveReason = ({ fingerprint, ineffective, place }: FindingOf<'key'>): LoginReason => ({
  sentence: `the key ${fingerprint} opens nothing now: ${ineffective === undefined ? '' : WHY_INEFFECTIVE[ineffective]}`,
  place,
})

const WHY_INEFFECTIVE: Record<NonNullable<FindingOf<'key'>['ineffective']>, string> = {
  expired: 'its time is over',
  'not-yet-valid': 'its time has not begun',
  revoked: 'the SSH server refuses it',
  'strict-modes': 'others may change its file, so that the SSH server passes over it',
  'no-account': 'the SSH server takes it for no account',
}

const moreKeys = (count: number): LoginReason[] =>
  count <= MAX_KEYS_TOLD ? [] : [{ sentence: `and ${count - MAX_KEYS_TOLD} more keys` }]

const rootByKey = (
  { uid }: Account,
  keys: readonly FindingOf<'key'>[],
  rootLogin: (SshdAnswer & { value: string }) | undefined,
): SshdAnswer | undefined => {
  if (uid !== 0 || rootLogin === undefined) return undefined
  // A command bound to the key is what this value asks for; the key then runs that and nothing else.
  if (
    rootLogin.value === 'forced-commands-only' &&
    keys.some(({ options }) => options?.some(({ name }) => name.toLowerCase() === 'command'))
  )
    return undefined
  return rootLogin.value === 'forced-commands-only' || rootLogin.value === 'no' || rootLogin.open === 'unknown'
    ? rootLogin
    : undefined
}

/** Whether somebody gets in over SSH with a key of the account's, and what has to go with it, and with its password alone. */
export const loginOverSsh = (account: Account, facts: HostFacts): Record<'key' | 'password', YesNoUnknown> => {
  const password = passwordOf(account, facts)
  const refusals = new Set(passwordRefusals(account, password, facts).map(({ open }) => open))
  const { open } = passwordWay(password)
  return {
    key: keyWay(account, password, facts).open,
    password: open === 'no' || refusals.has('no') ? 'no' : refusals.has('unknown') ? 'unknown' : open,
  }
}

/** A password that opens the console need not open SSH: told beside it. */
const passwordOverSsh = (account: Account, password: PasswordKnowledge, facts: HostFacts): LoginReason[] => {
  const refusal = passwordRefusals(account, password, facts).find(({ open }) => open === 'no')
  return refusal === undefined
    ? []
    : [{ ...refusal.reason, sentence: `over SSH the password does not do: ${refusal.reason.sentence}` }]
}

const passwordRefusals = (account: Account, password: PasswordKnowledge, facts: HostFacts): SshdAnswer[] => {
  const { state } = password
  if (state !== 'usable' && state !== 'empty') return []
  const sshd = sshdSays(account, facts)
  return [
    sshd.refusesAccount,
    sshd.passwords(state),
    sshd.byPassword({ keys: 0, ...heldBeside(account, password, sshd) }),
    account.uid === 0 && sshd.rootLogin?.value !== 'yes' ? sshd.rootLogin : undefined,
  ].filter((answer) => answer !== undefined)
}
