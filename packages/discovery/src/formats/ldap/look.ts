import type { Finding, FindingOf } from '@rollcall/contract'
import type { DirectoryGathering, DirectoryProbe } from '../../directory-make.ts'
import type { DirectoryEntry, SearchEnd, SearchRequest } from '../../directory.ts'
import { ACCOUNT_ATTRIBUTES, ACCOUNT_CLASSES, CLASS, readAccount, type AccountEntry } from './accounts.ts'
import { SECRET_ATTRIBUTES, secretFindings, secretsIn } from './attribute-secrets.ts'
import { attributeKeys } from './key-attributes.ts'
import { normalDn } from './dn.ts'
import { GROUP_ATTRIBUTES, GROUP_CLASSES, readGroup, userOfTriple, type GroupEntry } from './groups.ts'
import { NumberSet } from './number-set.ts'
import { applyPolicy, type PasswordPolicy } from './password-policy.ts'
import type { KnownEntries, KnownEntry, Walk } from './known-entries.ts'
import { memberFinding, References, type Known, type Membership } from './references.ts'
import { filterText } from '../active-directory/identifiers.ts'
import { nameOf, objectOf, weaknessOf, type ObjectType, type Subject } from './subject.ts'
import { classFilter, knownAttributes, type Subschema } from './subschema.ts'
import { SUDO_ATTRIBUTES, readSudoRole, sudoFindings, type SudoRule } from './sudo-role.ts'
import { DAY } from './times.ts'

type Kept = Pick<KnownEntry, 'login' | 'number' | 'proxies' | 'password'>

/** Whether the absence of an attribute says something. */
export type Verdict = 'readable' | 'denied' | 'unknown'

export interface LookOptions {
  readonly gathering: DirectoryGathering
  /** The attribute that names an entry for good, lower case. */
  readonly ids: string
  readonly suffixes: readonly string[]
  readonly schema: Subschema | undefined
  readonly verdict: (attribute: string) => Verdict
  /** The DN of whoever scans, in its normal form: what it may read of itself says nothing. */
  readonly own?: string | undefined
  /** That whoever scans may read everything by design. */
  readonly administrator: boolean
  /** The policy that holds for an account: the one it names, or the one of its place in the tree. */
  readonly policyOf: (read: AccountEntry) => PasswordPolicy | undefined
  /** What a make adds to an account before it is told; false leaves it out. */
  readonly account?: (entry: DirectoryEntry, read: AccountEntry) => boolean
  readonly group?: (entry: DirectoryEntry, read: GroupEntry) => void
  /** Any entry that is neither account nor group nor rule. */
  readonly other?: (entry: DirectoryEntry, subject: Subject) => void
  /** Further attributes that those need, lower case. */
  readonly accountAttributes?: readonly string[]
  readonly groupAttributes?: readonly string[]
  readonly otherAttributes?: readonly string[]
  /** Classes beyond the usual ones, or in their place. */
  readonly accountClasses?: readonly string[]
  readonly groupClasses?: readonly string[]
  readonly sudoClasses?: readonly string[]
  /** What else the entries are looked at for that are neither account nor group nor rule. */
  readonly otherProbes?: readonly DirectoryProbe[]
  /** Further groups that no class alone tells, as a filter. */
  readonly furtherGroups?: string
  /** Is shown every entry. */
  readonly seen?: (entry: DirectoryEntry) => void
  /** Accounts of computers have a scope of their own. */
  readonly computersApart?: true
  readonly sudoRule?: (entry: DirectoryEntry, subject: Subject) => SudoRule | undefined
  readonly sudoAttributes?: readonly string[]
  /** Whether what an account has counts for others, so that it is told at each look. */
  readonly tied?: (entry: DirectoryEntry) => boolean
  /** Groups are read at each look, before all else: what is told of others rests on them. */
  readonly groupsFirst?: true
  /** How the next look is to be one at changes, and whether this one is. */
  readonly again?: LookingAgain
  /** Attributes that accounts rest on and of which it has to be said when their absence says nothing. */
  readonly restsOn: readonly string[]
}

/** Finds out what changed since the last look, and sees to it that the next one may be told. */
export interface LookingAgain {
  /** The attribute that says when an entry changed, lower case: it is asked for. */
  readonly stamp: string
  /** Entries that went by, those of former looks included where this is one at changes. */
  readonly known: KnownEntries
  /** Is shown every entry that goes by and is kept among those known. */
  stamped(entry: DirectoryEntry, object: string): void
  /** Undefined where everything is to be looked at. */
  since(look: LdapLook): Promise<ChangedEntries | undefined>
  /** Everything that had to go by went by. */
  remember(look: LdapLook): void
}

/** Entries that changed, by the walks in which they go by. No others are looked at. */
export interface ChangedEntries {
  readonly entries: Readonly<Record<Walk, readonly DirectoryEntry[]>>
  /** All that changed, those that are gone included. */
  readonly objects: ReadonlySet<string>
  /** Whether groups are among them, so that all groups are read. */
  readonly groups: boolean
}

/** Months without a login, and years without another password, that are told. */
const STALE_DAYS = 180
const OLD_PASSWORD_DAYS = 3 * 365
const MOST_DUPLICATES = 200
const MOST_MEMBERSHIPS = 1_000_000
const MOST_RULES = 20_000
/** Members that are looked for one by one where no entry that went by was them. */
const MOST_LOOKED_FOR = 200

const SUDO_CLASSES = ['sudoRole']
const MOST_DEFAULTS = 256
const ACCOUNT_PROBES: readonly DirectoryProbe[] = ['directory-accounts', 'directory-keys', 'directory-secrets']

/**
 * What OpenLDAP, 389-DS and FreeIPA have in common: groups, rules and all else are read first, so that while the accounts go by it is known
 * which of them something refers to. Nothing of an account is kept that nothing refers to.
 */
export class LdapLook {
  readonly references: References
  readonly referrals = new Set<string>()
  /** Whether every search came to its end. */
  whole = true
  readonly #options: LookOptions
  readonly #memberships: Membership[] = []
  readonly #rules: SudoRule[] = []
  readonly #sudoDefaults: FindingOf<'setting'>[] = []
  readonly #uids = new NumberSet()
  readonly #duplicates = new Set<number>()
  readonly #now: string
  readonly #stale: string
  readonly #old: string
  /** Absent: everything is looked at. */
  #changed: ChangedEntries | undefined
  #seen = 0
  #passwords = 0
  #keysUnread = 0

  constructor(options: LookOptions) {
    this.#options = options
    this.references = new References(() => (this.#changed === undefined ? undefined : options.again?.known))
    const now = options.gathering.now.getTime()
    const at = (days: number) => new Date(now - days * DAY).toISOString().replace(/\.\d+Z$/, 'Z')
    this.#now = at(0)
    this.#stale = at(STALE_DAYS)
    this.#old = at(OLD_PASSWORD_DAYS)
  }

  /** Whether only what changed is looked at. */
  get isPartial(): boolean {
    return this.#changed !== undefined
  }

  /** Entries that went by, each once, or that did when all were looked at. */
  get seen(): number {
    return this.#seen + (this.#changed === undefined ? 0 : (this.#options.again?.known.seen ?? 0))
  }

  /** Accounts that came with a value of userPassword, likewise. */
  get passwords(): number {
    return this.#changed === undefined ? this.#passwords : (this.#options.again?.known.passwords ?? 0)
  }

  /**
   * All entries in the order in which they are best read. `before`: what is to be done before accounts go by. Of changes, groups come last,
   * since what names them may have changed too.
   */
  async all(before: () => void | Promise<void> = () => {}): Promise<void> {
    this.#changed = await this.#options.again?.since(this)
    if (this.#changed === undefined) {
      await this.groups()
      await this.sudo()
      await this.others()
      await before()
      return this.accounts()
    }
    const { gathering, computersApart, otherProbes = [], groupsFirst } = this.#options
    const scopes = [...ACCOUNT_PROBES, ...otherProbes]
    if (computersApart === true) scopes.push('directory-computers')
    for (const probe of scopes) {
      const scope = gathering.changesOnly(probe)
      for (const object of this.#changed.objects) scope.changed(object)
    }
    if (groupsFirst === true) await this.groups()
    await this.others()
    await before()
    await this.accounts()
    await this.sudo()
    if (groupsFirst === true) return
    if (this.#changed.groups || this.#options.again?.known.renamed !== false) await this.groups()
    else gathering.changesOnly('directory-groups')
  }

  async groups(): Promise<void> {
    await this.#walk(['directory-groups'], this.requestOf('groups'), (entry) => {
      this.#see(entry, this.#changed === undefined)
      this.takeGroup(entry)
    })
  }

  async sudo(): Promise<void> {
    await this.#walk(['directory-sudo'], this.requestOf('sudo'), (entry) => {
      this.#see(entry, true)
      this.#takeSudo(entry)
    })
    const { findings, unjudged } = sudoFindings(this.#rules, this.#sudoDefaults, this.#now)
    for (const finding of findings) this.#tell('directory-sudo', finding)
    if (unjudged > 0)
      this.#options.gathering.missed('directory-sudo', {
        code: 'too-many',
        detail: 'what rules with very many commands are worth',
        count: unjudged,
      })
  }

  /** All that is no account, group or rule: containers, policies, devices. */
  async others(): Promise<void> {
    const take = (entry: DirectoryEntry) => {
      this.#see(entry, this.#changed === undefined)
      const subject = this.subjectOf(entry, 'container')
      this.references.see(entry.dn, subject, undefined)
      this.#keep('others', entry, subject)
      this.#takeSecrets(entry, SECRET_ATTRIBUTES, subject)
      this.#options.other?.(entry, subject)
    }
    if (this.#changed !== undefined) return this.#changed.entries.others.forEach(take)
    await this.#walk(['directory-secrets', ...(this.#options.otherProbes ?? [])], this.requestOf('others'), take)
  }

  async accounts(): Promise<void> {
    const { verdict, restsOn, gathering } = this.#options
    const take = (entry: DirectoryEntry) => {
      this.#see(entry, this.#changed === undefined)
      this.takeAccount(entry)
    }
    if (this.#changed === undefined) await this.#walk(ACCOUNT_PROBES, this.requestOf('accounts'), take)
    else
      for (const [index, entry] of this.#changed.entries.accounts.entries()) {
        take(entry)
        if (index % 1000 === 999) await gathering.flush()
      }
    for (const attribute of restsOn) {
      const told = verdict(attribute)
      const probe = attribute.includes('sshpub') ? 'directory-keys' : 'directory-accounts'
      if (told === 'denied') gathering.missed(probe, { code: 'attribute-denied', detail: attribute })
      else if (told === 'unknown') gathering.missed(probe, { code: 'attribute-unknown', detail: attribute })
    }
    if (this.#keysUnread > 0)
      gathering.missed('directory-keys', {
        code: 'unparsable',
        detail: 'a value that is no SSH key',
        count: this.#keysUnread,
      })
  }

  /** How the entries of a walk are asked for, below any base; undefined where the server knows none of the kind. */
  requestOf(walk: Walk | 'sudo'): Pick<SearchRequest, 'filter' | 'attributes'> | undefined {
    const {
      schema,
      again,
      accountClasses = ACCOUNT_CLASSES,
      groupClasses = GROUP_CLASSES,
      sudoClasses = SUDO_CLASSES,
      accountAttributes = [],
      groupAttributes = [],
      sudoAttributes = [],
      otherAttributes = [],
      furtherGroups = '',
    } = this.#options
    const asking = (filter: string | undefined, ...wanted: readonly string[]) => {
      const all = again === undefined ? wanted : [...wanted, again.stamp]
      return filter === undefined ? undefined : { filter, attributes: [...new Set(knownAttributes(schema, all))] }
    }
    switch (walk) {
      case 'groups': {
        const filter = `(|${this.#filter(groupClasses) ?? ''}${furtherGroups})`
        return asking(
          filter === '(|)' ? undefined : filter,
          ...GROUP_ATTRIBUTES,
          ...SECRET_ATTRIBUTES,
          ...groupAttributes,
        )
      }
      case 'sudo':
        return asking(
          this.#filter(sudoClasses),
          ...SUDO_ATTRIBUTES,
          'entryuuid',
          'nsuniqueid',
          'ipauniqueid',
          ...sudoAttributes,
        )
      case 'others': {
        const rest = this.#filter([...accountClasses, ...groupClasses, ...sudoClasses])
        return asking(
          rest === undefined ? '(objectClass=*)' : `(!${rest})`,
          'objectclass',
          'cn',
          'ou',
          'entryuuid',
          'nsuniqueid',
          'ipauniqueid',
          ...SECRET_ATTRIBUTES,
          ...otherAttributes,
        )
      }
      case 'accounts':
        return asking(this.#filter(accountClasses), ...ACCOUNT_ATTRIBUTES, ...accountAttributes)
    }
  }

  /** Several accounts are called so: the one that goes by last is meant, as when all are looked at. */
  async #lookForName(name: string): Promise<void> {
    const { gathering, ids } = this.#options
    const request = this.requestOf('accounts')
    if (request === undefined) return
    for (const base of this.#options.suffixes)
      await gathering.search(
        ['directory-groups'],
        { base, scope: 'sub', filter: `(&${request.filter}(uid=${filterText(name)}))`, attributes: request.attributes },
        (entries) => {
          for (const entry of entries) {
            const { account, uid } = readAccount(entry, { keyedDigest: () => undefined, ids, now: this.#now })
            this.references.see(entry.dn, account, uid)
          }
        },
      )
  }

  #keep(walk: Walk, entry: DirectoryEntry, { object, name, type }: Known, more: Partial<Kept> = {}): void {
    const { again } = this.#options
    if (again === undefined) return
    again.stamped(entry, object)
    const { login = false, number, proxies = false, password = false } = more
    again.known.add(walk, { object, name, type, dn: normalDn(entry.dn), login, number, proxies, password })
  }

  /** `counted`: it is none of those that are known to be there. */
  #see(entry: DirectoryEntry, counted: boolean): void {
    if (!counted) return
    this.#seen++
    this.#options.seen?.(entry)
  }

  takeGroup(entry: DirectoryEntry): void {
    const read = readGroup(entry, this.#options.ids)
    this.#options.group?.(entry, read)
    const { group, members } = read
    const type: ObjectType = group.type === 'role' ? 'role' : 'group'
    const known = { object: group.object, type, name: group.name, dn: entry.dn }
    this.references.keep(entry.dn, { object: group.object, type, name: group.name })
    this.#keep('groups', entry, known)
    this.#tell('directory-groups', group)
    for (const { via, form, values } of members)
      for (const value of values) {
        const member = via === 'nisNetgroupTriple' ? userOfTriple(value) : value
        if (member === undefined) continue
        const byName = form === 'name' || (via === 'nisNetgroupTriple' && member !== '*')
        const membership: Membership = { group: known, via, form: byName ? 'name' : form, member }
        if (this.#memberships.length >= MOST_MEMBERSHIPS) {
          this.#tell('directory-groups', memberFinding(membership, this.references))
          continue
        }
        if (membership.form === 'dn') this.references.wantDn(member)
        else if (byName) this.references.wantName(member)
        this.#memberships.push(membership)
      }
    this.#takeSecrets(entry, SECRET_ATTRIBUTES, known)
  }

  takeAccount(entry: DirectoryEntry): void {
    const { gathering, ids, policyOf, verdict, administrator, own } = this.#options
    const read = readAccount(entry, { keyedDigest: gathering.keyedDigest, ids, now: this.#now })
    const { account, uid, password, keyAttributes, textAttributes, policy } = read
    if (this.#options.account?.(entry, read) === false) return
    applyPolicy(account, policy, policyOf(read), this.#now, (attribute) => verdict(attribute) === 'readable')
    const { object, name, type, states, posix } = account
    const isOwn = password !== undefined && own !== undefined && normalDn(entry.dn) === own
    const probe: DirectoryProbe =
      type === 'computer' && this.#options.computersApart === true ? 'directory-computers' : 'directory-accounts'
    const known: Known = { object, type, name }
    this.references.see(entry.dn, known, uid)
    this.#keep('accounts', entry, known, {
      login: uid === name,
      number: posix?.uid,
      proxies: read.proxies || this.#options.tied?.(entry) === true,
      password: password !== undefined && !isOwn,
    })
    if (password === undefined) {
      if (
        (read.classes & (CLASS.posix | CLASS.simpleSecurity | CLASS.person)) !== 0 &&
        (read.classes & CLASS.kerberos) === 0 &&
        verdict('userpassword') === 'readable'
      )
        states.push('no-password')
    } else if (!isOwn) this.#passwords++
    if (states.length > 1) account.states = [...new Set(states)]
    this.#tell(probe, account)
    const usable = !account.states.includes('disabled') && !account.states.includes('expired')
    const subject: Subject = { object, name, type, dn: entry.dn }
    const weak = (
      code: Parameters<typeof weaknessOf>[1],
      severity: Parameters<typeof weaknessOf>[2],
      evidence: string,
    ) => this.#tell(probe, weaknessOf(subject, code, severity, evidence))
    if (posix?.uid !== undefined) {
      if (posix.uid === 0) weak('uid-zero', 'critical', 'uidNumber 0')
      if (this.#uids.has(posix.uid)) this.#duplicates.add(posix.uid)
      else this.#uids.add(posix.uid)
    }
    if (password !== undefined) {
      if (password.kept === 'cleartext') weak('password-cleartext', 'critical', 'userPassword without a scheme')
      else if (password.kept === 'reversible') weak('password-reversible', 'high', `userPassword {${password.scheme}}`)
      else if (password.strength === 'weak') weak('password-weak-hash', 'medium', `userPassword {${password.scheme}}`)
      if (password.kept === 'hash' && !administrator && !isOwn)
        weak('password-hash-readable', 'high', `userPassword {${password.scheme}}`)
    }
    if (usable) {
      if (account.states.includes('password-never-expires') && !account.states.includes('no-password'))
        weak('password-never-expires', 'low', account.passwordPolicy ?? 'no time of a change')
      if (account.states.includes('no-preauthentication') && type === 'user')
        weak('asrep-roastable', 'high', 'krbTicketFlags')
      if (account.lastLogin !== undefined && account.lastLogin !== 'never' && account.lastLogin < this.#stale)
        weak('stale', 'medium', `last login ${account.lastLogin}`)
      if (
        account.passwordChanged !== undefined &&
        account.passwordChanged !== 'never' &&
        account.passwordChanged < this.#old
      )
        weak('password-old', 'medium', `changed ${account.passwordChanged}`)
      if (account.states.includes('trusted-for-delegation'))
        weak('delegation-unconstrained', type === 'computer' ? 'medium' : 'high', 'krbTicketFlags')
      if (account.delegatesTo !== undefined) weak('delegation-constrained', 'medium', 'krbAllowedToDelegateTo')
      if (account.states.includes('protocol-transition'))
        weak('delegation-protocol-transition', 'high', 'krbTicketFlags')
    }
    if (textAttributes.length > 0) this.#takeSecrets(entry, textAttributes, subject)
    if (keyAttributes.length > 0) {
      const { findings, unread } = attributeKeys(entry, keyAttributes, subject, gathering.sha256)
      this.#keysUnread += unread
      for (const finding of findings) this.#tell('directory-keys', finding)
    }
  }

  #takeSudo(entry: DirectoryEntry): void {
    const subject = this.subjectOf(entry, 'policy')
    const own = this.#options.sudoRule?.(entry, subject)
    if (own !== undefined) {
      this.#keepRule(own)
      return
    }
    const read = readSudoRole(entry, subject)
    if ('users' in read) this.#keepRule(read)
    else
      for (const setting of read) {
        this.#tell('directory-sudo', setting)
        if (this.#sudoDefaults.length < MOST_DEFAULTS) this.#sudoDefaults.push(setting)
      }
  }

  #keepRule(rule: SudoRule): void {
    if (this.#rules.length < MOST_RULES) this.#rules.push(rule)
    else if (this.#rules.length === MOST_RULES) this.#options.gathering.missed('directory-sudo', { code: 'too-many' })
  }

  #takeSecrets(entry: DirectoryEntry, attributes: readonly string[], subject: Subject): void {
    const { gathering } = this.#options
    const seen = secretsIn(entry, attributes, { keyedDigest: gathering.keyedDigest, account: subject.name })
    if (seen.length === 0) return
    for (const finding of secretFindings(seen, subject)) this.#tell('directory-secrets', finding)
  }

  subjectOf(entry: DirectoryEntry, type: ObjectType): Subject {
    return { object: objectOf(entry, this.#options.ids), name: nameOf(entry, 'cn', 'ou'), type, dn: entry.dn }
  }

  /** What can be told only once all went by: who shares a number, who is in which group, members that do not exist. */
  async finish(): Promise<void> {
    for (const name of this.references.ambiguous()) await this.#lookForName(name)
    await this.#duplicateNumbers()
    await this.#lookForMembers()
    const dangling = new Map<string, { group: Membership['group']; names: string[] }>()
    // Of what was not seen nothing is concluded where something may have been hidden.
    const sure = this.whole && this.#options.verdict('entry') === 'readable'
    for (const [index, membership] of this.#memberships.entries()) {
      const finding = memberFinding(membership, this.references)
      this.#tell('directory-groups', finding)
      if (sure && finding.memberObject === undefined && membership.form !== 'text' && this.#isOurs(membership)) {
        const { group } = membership
        const one = dangling.get(group.object) ?? { group, names: [] }
        if (one.names.length < 32) one.names.push(`${membership.via} ${membership.member}`)
        dangling.set(group.object, one)
      }
      if (index % 5000 === 4999) await this.#options.gathering.flush()
    }
    for (const { group, names } of dangling.values())
      this.#tell('directory-groups', weaknessOf({ ...group, name: group.name }, 'dangling-member', 'medium', ...names))
    this.#options.again?.remember(this)
  }

  #isOurs({ form, member }: Membership): boolean {
    if (form === 'name') return member !== '*'
    const dn = normalDn(member)
    return this.#options.suffixes.some((suffix) => dn.endsWith(normalDn(suffix)))
  }

  /** Who shares a number was not kept: it is asked for again. */
  async #duplicateNumbers(): Promise<void> {
    const { gathering, suffixes, ids, again } = this.#options
    if (this.#changed !== undefined)
      for (const [number, sharing] of again?.known.withNumbers(this.#uids) ?? [])
        if (sharing.length > 1) this.#duplicates.add(number)
    if (this.#duplicates.size > MOST_DUPLICATES)
      gathering.missed('directory-accounts', {
        code: 'too-many',
        detail: 'numbers that several accounts have',
        count: this.#duplicates.size - MOST_DUPLICATES,
      })
    for (const number of [...this.#duplicates].slice(0, MOST_DUPLICATES)) {
      const sharing: Subject[] = []
      for (const base of suffixes)
        await gathering.search(
          ['directory-accounts'],
          {
            base,
            scope: 'sub',
            filter: `(uidNumber=${number})`,
            attributes: ['uid', 'cn', ids],
            maxEntries: 1000,
          },
          (entries) => {
            for (const entry of entries)
              sharing.push({ object: objectOf(entry, ids), name: nameOf(entry, 'uid'), type: 'user', dn: entry.dn })
          },
        )
      for (const one of sharing) {
        const others = sharing.filter(({ object }) => object !== one.object).map(({ name }) => name)
        if (others.length > 0)
          this.#tell(
            'directory-accounts',
            weaknessOf(one, 'duplicate-uid', 'high', `uidNumber ${number}`, ...others.slice(0, 31)),
          )
      }
    }
  }

  /** Members that are neither account nor group: whether they exist, and what they are. */
  async #lookForMembers(): Promise<void> {
    const { gathering, ids } = this.#options
    let left = MOST_LOOKED_FOR
    const asked = new Set<string>()
    for (const membership of this.#memberships) {
      const { form, member } = membership
      if (form !== 'dn' || this.references.ofDn(member) !== undefined || asked.has(member) || !this.#isOurs(membership))
        continue
      asked.add(member)
      if (left-- === 0) return
      await gathering.search(
        [],
        { base: member, scope: 'base', filter: '(objectClass=*)', attributes: ['objectclass', 'cn', ids], pageSize: 0 },
        (entries) => {
          for (const entry of entries) {
            const { object, name } = this.subjectOf(entry, 'other')
            this.references.keep(entry.dn, { object, name, type: 'other' })
          }
        },
      )
    }
  }

  #filter(classes: readonly string[]): string | undefined {
    return classFilter(this.#options.schema, classes)
  }

  async #walk(
    probes: readonly DirectoryProbe[],
    request: Pick<SearchRequest, 'filter' | 'attributes'> | undefined,
    take: (entry: DirectoryEntry) => void,
  ): Promise<void> {
    if (request === undefined) return
    const { gathering, suffixes } = this.#options
    for (const base of suffixes) {
      const end = await this.search(gathering, probes, { ...request, base, scope: 'sub' }, take)
      if (end.reason !== undefined) this.whole = false
      for (const referral of end.referrals) this.referrals.add(referral)
    }
  }

  search(
    gathering: DirectoryGathering,
    probes: readonly DirectoryProbe[],
    request: SearchRequest,
    take: (entry: DirectoryEntry) => void,
  ): Promise<SearchEnd> {
    return gathering.search(probes, request, (entries) => {
      for (let at = 0; at < entries.length; at++) take(entries[at]!)
    })
  }

  #tell(probe: DirectoryProbe, finding: Finding): void {
    this.#options.gathering.tell(probe, finding)
  }
}
