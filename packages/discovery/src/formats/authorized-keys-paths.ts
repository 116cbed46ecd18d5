import type { Place, Reason } from '@rollcall/contract'
import type { SshdAccount } from './sshd-config-accounts.ts'
import { affordableAccounts, type EffectiveSetting } from './sshd-config-effective.ts'
import type { SshdSetup } from './sshd-config-files.ts'
import { conditionHolds, dependsOnConnection, type MatchCondition } from './sshd-config-match.ts'

/** Where the keys of an account are, and by what the file is asked for: a path in which only what sshd globs is a pattern. */
export interface KeyFilePlan {
  readonly account: SshdAccount
  readonly pattern: string
}

export interface KeyPlan {
  readonly files: readonly KeyFilePlan[]
  /** Files of authorities whose certificates open accounts. */
  readonly authorities: readonly string[]
  /** Other ways that keys come from, which cannot be followed. */
  readonly reasons: readonly Reason[]
}

const USUAL = ['.ssh/authorized_keys', '.ssh/authorized_keys2']
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
  const tell = (reason: Reason) => void reasons.set(JSON.stringify(reason), reason)
  const files = new Map<string, KeyFilePlan>()
  const plan = (account: SshdAccount, template: string, globs: boolean, place: Place | undefined) => {
    const pattern = keyFilePattern(template, account, globs)
    if (pattern === undefined)
      tell({ code: 'unsupported', ...place, detail: 'a token of AuthorizedKeysFile that sshd refuses' })
    else if (pattern.length > LONGEST_PATH)
      tell({ code: 'too-large', ...place, detail: 'a path longer than any can be' })
    else if (files.size < MOST_FILES) files.set(`${account.name}:${pattern}`, { account, pattern })
    else tell({ code: 'too-many', detail: 'files of keys' })
  }
  if (setup.state !== 'known') {
    for (const account of accounts) {
      for (const template of USUAL) plan(account, template, false, undefined)
      if (setup.state === 'absent' && account.uid === 0) plan(account, DROPBEAR, false, undefined)
    }
    return { files: [...files.values()], authorities: [], reasons: [...reasons.values()] }
  }

  const { config, evaluation, defaults } = setup
  // From 10.0 on, told by a keyword that came with it, sshd takes patterns here.
  const globs = defaults.settings.has('sshdauthpath')
  const conditional = config.blocks
    .filter(({ conditions }) => conditions.some(dependsOnConnection))
    .map((block) => ({ conditions: block.conditions.map(withoutConnection), settings: evaluation.of(block) }))
  const authorities = new Set<string>()
  const note = (settings: ReadonlyMap<string, EffectiveSetting>) => {
    const [authority] = settings.get('trustedusercakeys')?.values ?? []
    if (authority !== undefined && authority !== 'none') authorities.add(literalPattern(authority))
    const command = settings.get('authorizedkeyscommand')
    if (command?.values[0] !== undefined && command.values[0].toLowerCase() !== 'none')
      tell({ code: 'unsupported', ...command.place, detail: 'the keys that AuthorizedKeysCommand gives are not seen' })
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
  }
  for (const settings of seen) note(settings)
  return { files: [...files.values()], authorities: [...authorities], reasons: [...reasons.values()] }
}

const LONGEST_PATH = 4096
const MOST_FILES = 200_000

const withoutConnection = ({ written, criteria }: MatchCondition): MatchCondition => ({
  written,
  criteria: criteria.filter(({ attribute }) => attribute === 'user' || attribute === 'group'),
})

/** A path as a pattern that matches it alone. */
const literalPattern = (path: string) => path.replaceAll(/[*?[]/g, '[$&]')

/** Undefined for a token that AuthorizedKeysFile has not: sshd ends there. */
const keyFilePattern = (template: string, { name, uid, home }: SshdAccount, globs: boolean): string | undefined => {
  let known = true
  const pattern = template.replaceAll(/%(.?)|[*?[]/gs, (found, token: string | undefined) => {
    if (token === undefined) return globs ? found : `[${found}]`
    if (token === '%') return '%'
    if (token === 'h') return literalPattern(home)
    if (token === 'u') return literalPattern(name)
    if (token === 'U') return String(uid)
    known = false
    return ''
  })
  if (!known) return undefined
  return pattern.startsWith('/')
    ? pattern
    : `${home.startsWith('/') ? '' : '/'}${literalPattern(home)}/${pattern}`.replace(/^\/\/+/, '/')
}
