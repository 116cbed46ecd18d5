import type { Place, Reason } from '@rollcall/contract'
import type { SshdAccount } from './sshd-config/accounts.ts'
import { affordableAccounts, type EffectiveSetting } from './sshd-config/effective.ts'
import type { SshdSetup } from './sshd-config/files.ts'
import { conditionHolds, dependsOnConnection, type MatchCondition } from './sshd-config/match.ts'
import { literally } from '../posix-path.ts'

/** Where the keys of an account are, and by what the file is asked for: a path in which only what sshd globs is a pattern. */
export interface KeyFilePlan {
  readonly account: SshdAccount
  readonly pattern: string
}

/** The path that a pattern stands for; undefined when it may stand for several. */
export const pathOfPattern = (pattern: string): string | undefined => {
  if (!/[*?[]/.test(pattern)) return pattern
  const path = pattern.replaceAll(/\[([*?[])\]/g, (_, sign: string) =>
    sign === '*' ? '\u0001' : sign === '?' ? '\u0002' : '\u0003',
  )
  if (/[*?[]/.test(path)) return undefined
  return path.replaceAll('\u0001', '*').replaceAll('\u0002', '?').replaceAll('\u0003', '[')
}

/** A file of authorities, and the accounts that open to their certificates. */
export interface AuthorityPlan {
  readonly pattern: string
  /** Whether all accounts do, whatever their names. */
  readonly opensAll: boolean
  /** Undefined for `names`: the account's own name is enough. Else one of these files has to list a name that is in the certificate. */
  readonly accounts: readonly { readonly account: SshdAccount; readonly names: readonly string[] | undefined }[]
}

export interface KeyPlan {
  readonly files: readonly KeyFilePlan[]
  readonly authorities: readonly AuthorityPlan[]
  /** Files that say which names in certificates open an account. */
  readonly principals: readonly KeyFilePlan[]
  /** The file of keys that are refused, by account; under `undefined` for whom nothing else is set. */
  readonly revoked: ReadonlyMap<string | undefined, string>
  /** Whether the server passes over files that others than their account may change; undefined where that is not known. */
  readonly strictModes: boolean | undefined
  /** Other ways that keys come from, which cannot be followed. */
  readonly reasons: readonly Reason[]
  readonly notes: readonly Reason[]
}

/** Where sshd looks when nothing else is set, from the home folder on. */
export const USUAL = ['.ssh/authorized_keys', '.ssh/authorized_keys2']
const DROPBEAR = '/etc/dropbear/authorized_keys'

/**
 * The files in which the effective configuration of sshd looks for the keys of each account: AuthorizedKeysFile with its
 * tokens, relative to the home folder. What Match blocks set by connection is added to the rest, so that keys which open an
 * account only from some addresses are seen. Without a configuration the usual files, and Dropbear's for root.
 */
export const keyPlan = (setup: SshdSetup, accounts: readonly SshdAccount[]): KeyPlan => {
  const known = PLANS.get(setup)
  if (known?.accounts === accounts) return known.plan
  const plan = planKeys(setup, accounts)
  PLANS.set(setup, { accounts, plan })
  return plan
}

/** A plan is made once to ask by, and once more to read what came. */
const PLANS = new WeakMap<SshdSetup, { accounts: readonly SshdAccount[]; plan: KeyPlan }>()

const planKeys = (setup: SshdSetup, accounts: readonly SshdAccount[]): KeyPlan => {
  const reasons = new Map<string, Reason>()
  const notes = new Map<string, Reason>()
  const tell = (reason: Reason) => void reasons.set(JSON.stringify(reason), reason)
  const files = new Map<string, KeyFilePlan>()
  const principals = new Map<string, KeyFilePlan>()
  const revoked = new Map<string | undefined, string>()
  const plan = (
    account: SshdAccount,
    template: string,
    globs: boolean,
    place: Place | undefined,
    [into, keyword]: readonly [Map<string, KeyFilePlan>, string] = [files, 'AuthorizedKeysFile'],
  ) => {
    const pattern = keyFilePattern(template, account, globs)
    if (pattern === undefined)
      tell({ code: 'unsupported', ...place, detail: `a token of ${keyword} that sshd refuses` })
    else if (pattern.length > LONGEST_PATH)
      tell({ code: 'too-large', ...place, detail: 'a path longer than any can be' })
    else if (into.size < MOST_FILES) into.set(`${account.name}:${pattern}`, { account, pattern })
    else tell({ code: 'too-many', detail: 'files of keys' })
  }
  if (setup.state !== 'known') {
    for (const account of accounts) {
      for (const template of USUAL) plan(account, template, false, undefined)
      if (setup.state === 'absent' && account.uid === 0) plan(account, DROPBEAR, false, undefined)
    }
    return {
      files: [...files.values()],
      authorities: [],
      principals: [],
      revoked,
      strictModes: undefined,
      reasons: [...reasons.values()],
      notes: [],
    }
  }

  const { config, evaluation, defaults } = setup
  // From 10.0 on, told by a keyword that came with it, sshd takes patterns here.
  const globs = defaults.settings.has('sshdauthpath')
  const conditional = config.blocks
    .filter(({ conditions }) => conditions.some(dependsOnConnection))
    .map((block) => ({ conditions: block.conditions.map(withoutConnection), settings: evaluation.of(block) }))
  const authorities = new Map<string, { account: SshdAccount; names: readonly string[] | undefined }[]>()
  const trusted = (settings: ReadonlyMap<string, EffectiveSetting>) => {
    const [authority] = settings.get('trustedusercakeys')?.values ?? []
    return authority === undefined || authority === 'none' ? undefined : literally(authority)
  }
  const note = (settings: ReadonlyMap<string, EffectiveSetting>) => {
    const authority = trusted(settings)
    if (authority !== undefined && !authorities.has(authority)) authorities.set(authority, [])
    for (const [keyword, what] of COMMANDS) {
      const { values, place } = settings.get(keyword.toLowerCase()) ?? { values: [] }
      if (values[0] === undefined || values[0].toLowerCase() === 'none') continue
      const [program = '', ...words] = values[0].split(/[ \t]+/)
      const { from, lasting } = GIVERS.find(({ names }) => names.test([program, ...words].join(' '))) ?? {
        lasting: true,
      }
      const detail = `the ${what} that ${keyword} gives${from === undefined ? '' : `, from ${from},`} are not seen`
      const reason: Reason = { code: 'unsupported', ...place, detail }
      if (lasting) tell(reason)
      else notes.set(JSON.stringify(reason), reason)
    }
  }
  const seen = new Set<ReadonlyMap<string, EffectiveSetting>>([evaluation.general])
  for (const block of config.blocks) if (block.conditions.length > 0) seen.add(evaluation.of(block))
  const looked = affordableAccounts(config, accounts)
  if (looked.length < accounts.length)
    tell({
      code: 'too-many',
      path: '/etc/passwd',
      count: accounts.length - looked.length,
      detail: 'accounts to evaluate',
    })
  for (const [index, account] of accounts.entries()) {
    // Those beyond are looked at by what holds for everyone.
    const context = { user: account.name, groups: account.groups }
    const settings = index < looked.length ? evaluation.for(context) : evaluation.general
    seen.add(settings)
    const possible =
      index >= looked.length
        ? []
        : conditional.filter(({ conditions }) => conditions.every((condition) => conditionHolds(condition, context)))
    for (const { values, place } of [settings, ...possible.map((each) => each.settings)].flatMap(
      (each) => each.get('authorizedkeysfile') ?? [],
    ))
      for (const template of values) if (template.toLowerCase() !== 'none') plan(account, template, globs, place)
    const effective = [settings, ...possible.map((each) => each.settings)]
    for (const { values, place } of effective.flatMap((each) => each.get('authorizedprincipalsfile') ?? []))
      for (const template of values)
        if (template.toLowerCase() !== 'none')
          plan(account, template, false, place, [principals, 'AuthorizedPrincipalsFile'])
    const names = namesAsked(effective, account)
    for (const authority of new Set(effective.flatMap((each) => trusted(each) ?? []))) {
      const opened = authorities.get(authority) ?? []
      authorities.set(authority, opened)
      opened.push({ account, names })
    }
    const refused = settings.get('revokedkeys')?.values[0]
    if (refused !== undefined && refused !== 'none') revoked.set(account.name, literally(refused))
  }
  for (const settings of seen) note(settings)
  const refusedToAll = evaluation.general.get('revokedkeys')?.values[0]
  if (refusedToAll !== undefined && refusedToAll !== 'none') revoked.set(undefined, literally(refusedToAll))
  return {
    files: [...files.values()],
    authorities: [...authorities].map(([pattern, opened]) => ({
      pattern,
      opensAll: opened.length === accounts.length && opened.every(({ names }) => names === undefined),
      accounts: opened,
    })),
    principals: [...principals.values()],
    revoked,
    strictModes: evaluation.general.get('strictmodes')?.values[0] !== 'no',
    reasons: [...reasons.values()],
    notes: [...notes.values()],
  }
}

/** Undefined where a certificate need only bear the account's name, or a program is asked as well, whose answer is not seen. */
const namesAsked = (
  effective: readonly ReadonlyMap<string, EffectiveSetting>[],
  account: SshdAccount,
): readonly string[] | undefined => {
  const [command = 'none'] = effective.flatMap((each) => each.get('authorizedprincipalscommand')?.values ?? [])
  const files = effective.flatMap((each) => each.get('authorizedprincipalsfile')?.values ?? [])
  if (command.toLowerCase() !== 'none' || files.length === 0 || files.some((file) => file.toLowerCase() === 'none'))
    return undefined
  return files.flatMap((file) => keyFilePattern(file, account, false) ?? [])
}

const COMMANDS = [
  ['AuthorizedKeysCommand', 'keys'],
  ['AuthorizedPrincipalsCommand', 'principals'],
] as const

/** Programs that are known to give keys, and whether what they give lasts for more than one login. */
const GIVERS: readonly { readonly names: RegExp; readonly from: string; readonly lasting: boolean }[] = [
  { names: /\/sss_ssh_authorizedkeys\b/, from: "SSSD's directory", lasting: true },
  { names: /\/userdbctl ssh-authorized-keys\b/, from: 'user records of systemd', lasting: true },
  { names: /\/google_authorized_(?:keys|principals)\b/, from: 'OS Login of Google Cloud', lasting: true },
  { names: /\/(?:nslcd|ldap)[\w.-]{0,40}\b/, from: 'an LDAP directory', lasting: true },
  { names: /\/gitlab-shell-authorized-(?:keys|principals)-check\b/, from: 'GitLab', lasting: true },
  { names: /\/(?:gitea|forgejo) keys\b/, from: 'Gitea', lasting: true },
  // Keys that are sent for one login and live a minute.
  { names: /\/eic_run_authorized_keys\b/, from: 'EC2 Instance Connect', lasting: false },
]

const LONGEST_PATH = 4096
const MOST_FILES = 200_000

const withoutConnection = ({ written, criteria }: MatchCondition): MatchCondition => ({
  written,
  criteria: criteria.filter(({ attribute }) => attribute === 'user' || attribute === 'group'),
})

/** Undefined for a token that AuthorizedKeysFile has not: sshd ends there. */
const keyFilePattern = (template: string, { name, uid, home }: SshdAccount, globs: boolean): string | undefined => {
  let known = true
  const pattern = template.replaceAll(/%(.?)|[*?[]/gs, (found, token: string | undefined) => {
    if (token === undefined) return globs ? found : `[${found}]`
    if (token === '%') return '%'
    if (token === 'h') return literally(home)
    if (token === 'u') return literally(name)
    if (token === 'U') return String(uid)
    known = false
    return ''
  })
  if (!known) return undefined
  return pattern.startsWith('/')
    ? pattern
    : `${home.startsWith('/') ? '' : '/'}${literally(home)}/${pattern}`.replace(/^\/\/+/, '/')
}
