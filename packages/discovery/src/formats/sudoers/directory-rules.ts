import type { Grant, Grantee, Place, Reason, Rights } from '@rollcall/contract'
import type { CommandResult, HostFile } from '../../host.ts'
import { outputOf, textOf, type Gathering } from '../../probe.ts'
import { gatherDirectory, readDirectory, SSSD_FILES, SWITCH } from '../accounts/directory-accounts.ts'
import { isInteractiveShell } from '../accounts/login-shell.ts'
import { passwdOf } from '../accounts/passwd.ts'
import { parseSudoListing, type ListedRule } from './listing.ts'
import type { Defaults, DefaultsParameter, Member } from './syntax.ts'

/** What a host said of the sudo rules that it takes from a directory. */
export interface DirectoryRules {
  readonly nsswitch?: HostFile | undefined
  /** Of the files of SSSD and of sudo's LDAP only the lines that say whether sudo is served. */
  readonly configured: readonly HostFile[]
  /** What `id -u` says; absent where no directory has rules. */
  readonly uid?: CommandResult
  /** What sudo lists for each account that was asked for. */
  readonly listings?: readonly { readonly account: string; readonly result: CommandResult }[]
}

const SOCKETS = '/etc/systemd/system/sssd.service.wants/sssd-sudo.socket'
/** Of these the first often holds a password, so that only root may read it. */
export const LDAP_FILES = [
  '/etc/sudo-ldap.conf',
  '/etc/ldap.conf',
  '/etc/ldap/ldap.conf',
  '/usr/local/etc/ldap.conf',
] as const

/** Accounts asked for at most: sudo asks its directory for each. */
const MOST_ACCOUNTS = 200
/** Rules of all accounts together. */
const MOST_RULES = 2000
const MOST_DEFAULTS = 200

/**
 * Asks sudo what the rules of a directory let the accounts of this host do. Only sudo itself knows: the rules are in no file. Nothing
 * is asked where no directory is set up for it, and nothing of a sudo that does not answer for root in time, or that would take the
 * question for an attempt because it is not root that asks.
 */
export const gatherDirectoryRules = async (host: Gathering): Promise<DirectoryRules> => {
  const [[nsswitch], sssd, sockets, ldap] = await Promise.all([
    host.read(SWITCH),
    host.readWith({ matching: ['services', 'sudo'] }, ...SSSD_FILES),
    host.readWith({ matching: ['SocketMode', 'ListenStream'] }, SOCKETS),
    host.readWith({ matching: ['sudoers_base', 'SUDOERS_BASE', 'Sudoers_base'] }, ...LDAP_FILES),
  ])
  const begun: DirectoryRules = { nsswitch, configured: [...sssd, ...sockets, ...ldap] }
  if (directorySources(begun).length === 0) return begun
  const [uid, people, [passwd]] = await Promise.all([
    host.run('id', '-u'),
    gatherDirectory(host),
    host.read('/etc/passwd'),
  ])
  if (outputOf(uid).trim() !== '0') return { ...begun, uid }
  const root = await list(host, 'root')
  if (root.result.state === 'unread') return { ...begun, uid, listings: [root] }
  const names = [
    ...readDirectory(people).accounts.map(({ entry }) => entry.name),
    ...localAccounts(passwd).filter((name) => name !== 'root'),
  ]
  const askable = [...new Set(names)].filter((name) => !/^[-+#%]|[\0-\x1f\x7f]/.test(name) && name !== '')
  if (askable.length > MOST_ACCOUNTS)
    host.missed({ code: 'too-many', detail: 'accounts to list sudo rules of', count: askable.length - MOST_ACCOUNTS })
  const listings = await Promise.all(askable.slice(0, MOST_ACCOUNTS).map((name) => list(host, name)))
  return { ...begun, uid, listings }
}

const list = async (host: Gathering, account: string) => ({
  account,
  result: await host.runWith({ maxBytes: 256 * 1024 }, 'sudo', '-n', '-ll', '-U', account),
})

/** Who may work here comes first. */
const localAccounts = (passwd: HostFile | undefined): string[] => {
  const entries = passwdOf(passwd).entries.filter(({ uid }) => uid !== 0)
  const [people, others] = [true, false].map((works) =>
    entries.filter(({ shell }) => isInteractiveShell(shell) === works).map(({ name }) => name),
  )
  return [...people!, ...others!]
}

/** A directory that nsswitch.conf(5) names for sudo and that is set up, with its place among the sources. */
export interface DirectorySource {
  readonly name: 'sss' | 'ldap'
  readonly at: Place
  /** Whether its rules apply before those of the sudoers files, which then have the last word. */
  readonly first: boolean
  /** The file that would say whether it is set up at all, where that could not be read. */
  readonly unsure?: string
}

/** Many distributions name sources that nobody has set up: those hide nothing, and are not among them. */
export const directorySources = ({
  nsswitch,
  configured,
}: Pick<DirectoryRules, 'nsswitch' | 'configured'>): DirectorySource[] => {
  const lines = textOf(nsswitch).split('\n')
  const index = lines.findLastIndex((line) => /^[ \t]*sudoers[ \t]*:/i.test(line))
  if (index === -1) return []
  const words = lines[index]!.replace(/#.*/, '')
    .replace(/^[^:]*:/, '')
    .toLowerCase()
    .split(/[ \t\r]+/)
  const files = words.indexOf('files')
  return (['sss', 'ldap'] as const)
    .filter((name) => words.includes(name))
    .flatMap((name): DirectorySource[] => {
      const own = configured.filter(({ path }) => path.includes('sssd') === (name === 'sss'))
      const source = { name, at: { path: SWITCH, line: index + 1 }, first: words.indexOf(name) < files }
      if (own.some((file) => file.state === 'read' && setsUp(name, file))) return [source]
      // What may not be read may set it up.
      const hidden = own.find((file) => file.state === 'unread' && file.why !== 'no-such-file')
      return hidden === undefined ? [] : [{ ...source, unsure: hidden.path }]
    })
}

const setsUp = (source: 'sss' | 'ldap', file: HostFile): boolean =>
  file.path === SOCKETS ||
  (source === 'sss'
    ? /^[ \t]*services[ \t]*=.*\bsudo\b/m.test(textOf(file))
    : /^[ \t]*sudoers_base[ \t]+\S/im.test(textOf(file)))

export interface ReadRules {
  /** In the order in which they apply; `order` counts from nothing. */
  readonly grants: readonly Grant[]
  /** Those that are not among the known ones. */
  readonly defaults: readonly Defaults[]
  readonly first: boolean
  readonly reasons: readonly Reason[]
  readonly notes: readonly Reason[]
}

/** The rules of the directory, each once with all it is for, and what of them is not known. `known`: the Defaults of the files. */
export const readDirectoryRules = (
  gathered: DirectoryRules,
  known: readonly Defaults[],
  privilege: Rights,
): ReadRules => {
  const sources = directorySources(gathered)
  const [source] = sources
  const nothing = { grants: [], defaults: [], first: false, reasons: [], notes: [] }
  if (source === undefined) return nothing
  const { at, first } = source
  const name = sources.map((one) => one.name).join(' and ')
  const unseen = (why: string): ReadRules => ({
    ...nothing,
    reasons: [{ code: 'unsupported', ...at, detail: `sudo rules may come from ${name} as well: ${why}` }],
  })
  const { uid, listings = [] } = gathered
  if (uid === undefined || outputOf(uid).trim() !== '0') {
    const who =
      privilege === 'listed' ? 'no list of commands lets anybody but root list them' : 'only root may list them'
    const reasons = sources.map(({ name: one, unsure }): Reason =>
      unsure === undefined
        ? { code: 'not-permitted', ...at, detail: `sudo rules from ${one}: ${who}` }
        : { code: 'not-permitted', path: unsure, detail: `whether sudo takes rules from ${one} as well; ${who}` },
    )
    return { ...nothing, reasons }
  }
  const read = listings.map(({ account, result }) => ({ account, listing: parseSudoListing(outputOf(result), at) }))
  const answered = read.filter(({ listing }) => listing.state !== 'unread')
  if (answered.length === 0) return unseen('sudo did not list them')
  const { grants, left } = folded(answered, at)
  const defaults = foreignDefaults(
    answered.filter(({ listing }) => listing.state === 'listed'),
    known,
    at,
  )
  if (grants.length === 0 && defaults.length === 0)
    return unseen('it gave none for anybody here, and whether it answered is not said')
  const reasons: Reason[] = []
  const unlisted = read.length - answered.length
  if (unlisted > 0)
    reasons.push({ code: 'tool-failed', ...at, detail: 'sudo did not list the rules of an account', count: unlisted })
  const skipped = answered.reduce((sum, { listing }) => sum + listing.skipped, 0)
  if (skipped > 0) reasons.push({ code: 'unparsable', ...at, detail: 'an entry of what sudo lists', count: skipped })
  // SSSD gives Defaults only to who runs sudo, and knows no root.
  if (defaults.length === 0 && sources.some((one) => one.name === 'sss'))
    reasons.push({
      code: 'unsupported',
      path: SSSD_FILES[0],
      detail: 'Defaults that SSSD holds are not listed to root',
    })
  if (left > 0) reasons.push({ code: 'too-many', ...at, detail: `sudo rules from ${name}`, count: left })
  const notes: Reason[] = [
    { code: 'left-out', ...at, detail: `sudo rules from ${name} for accounts that this host does not mention` },
  ]
  return {
    grants,
    defaults,
    first,
    reasons,
    notes,
  }
}

/**
 * The same entry of several accounts is one rule for all of them. Each account's entries stay in their order; an entry that would
 * come too early for another account stands once more.
 */
const folded = (
  listed: readonly { readonly account: string; readonly listing: { readonly rules: readonly ListedRule[] } }[],
  place: Place,
): { grants: Grant[]; left: number } => {
  let left = 0
  const rules: { rule: ListedRule; grantees: Grantee[] }[] = []
  const places = new Map<string, (typeof rules)[number]>()
  for (const { account, listing } of listed) {
    let reached = -1
    for (const rule of listing.rules) {
      const key = JSON.stringify([rule.role, rule.runAs, rule.commands, rule.tags, rule.options])
      const known = places.get(key)
      const index = known === undefined ? -1 : rules.indexOf(known)
      const grantee: Grantee = { type: 'user', name: account }
      if (known !== undefined && index > reached && known.grantees.at(-1)?.name !== account) {
        known.grantees.push(grantee)
        reached = index
        continue
      }
      if (rules.length >= MOST_RULES) {
        left++
        continue
      }
      const one = { rule, grantees: [grantee] }
      // A rule that is new stands right behind this account's last, so that others of its kind may follow.
      rules.splice(++reached, 0, one)
      if (known === undefined) places.set(key, one)
    }
  }
  const grants = rules.map(({ rule: { role, options, ...rule }, grantees }, order): Grant => ({
    kind: 'grant',
    mechanism: 'sudo',
    order,
    grantees,
    here: 'yes',
    ...rule,
    options: { ...options, 'directory-role': role },
    place,
  }))
  return { grants, left }
}

/**
 * What is listed as Defaults and stands in no file. A directory has none but for everybody (sudoers.ldap(5)); what not all have is
 * for those whom it answered for, which SSSD does for its own people only.
 */
const foreignDefaults = (
  listed: readonly {
    readonly account: string
    readonly listing: { readonly defaults: readonly DefaultsParameter[] }
  }[],
  known: readonly Defaults[],
  at: Place,
): Defaults[] => {
  const keyOf = ({ name, operator, value = '' }: DefaultsParameter) => JSON.stringify([name, operator, value])
  const ofFiles = new Set(known.flatMap(({ parameters }) => parameters.map(keyOf)))
  const found = new Map<string, { parameter: DefaultsParameter; accounts: Set<string> }>()
  for (const { account, listing } of listed) {
    for (const parameter of listing.defaults) {
      const key = keyOf(parameter)
      if (ofFiles.has(key)) continue
      const one = found.get(key) ?? { parameter, accounts: new Set<string>() }
      if (found.size < MOST_DEFAULTS) found.set(key, one)
      one.accounts.add(account)
    }
  }
  return [...found.values()].map(({ parameter, accounts }) => ({
    kind: 'defaults',
    binding:
      accounts.size === listed.length
        ? { type: 'everyone' }
        : {
            type: 'user',
            members: [...accounts].map((name): Member => ({ type: 'user', name, negated: false, at })),
          },
    parameters: [parameter],
    at,
  }))
}
