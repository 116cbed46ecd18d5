import type { Finding } from '@rollcall/contract'
import type { DirectoryGathering, DirectoryProbe } from '../../directory-make.ts'
import type { DirectoryEntry, SearchEnd, SearchRequest } from '../../directory.ts'
import { ACCOUNT_ATTRIBUTES, ACCOUNT_CLASSES, CLASS, readAccount, type AccountEntry } from './accounts.ts'
import { SECRET_ATTRIBUTES, secretFindings, secretsIn } from './attribute-secrets.ts'
import { attributeKeys } from './key-attributes.ts'
import { normalDn } from './dn.ts'
import { GROUP_ATTRIBUTES, GROUP_CLASSES, readGroup, userOfTriple, type GroupEntry } from './groups.ts'
import { applyPolicy, type PasswordPolicy } from './password-policy.ts'
import { memberFinding, References, type Known, type Membership } from './references.ts'
import { nameOf, objectOf, weaknessOf, type ObjectType, type Subject } from './subject.ts'
import { classFilter, knownAttributes, type Subschema } from './subschema.ts'
import { SUDO_ATTRIBUTES, readSudoRole, sudoFindings, type SudoRule } from './sudo-role.ts'
import { DAY } from './times.ts'

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
  /** Attributes that accounts rest on and of which it has to be said when their absence says nothing. */
  readonly restsOn: readonly string[]
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
const ACCOUNT_PROBES = ['directory-accounts', 'directory-keys', 'directory-secrets'] as const

/**
 * What OpenLDAP, 389-DS and FreeIPA have in common: groups, rules and all else are read first, so that while the accounts go by it is known
 * which of them something refers to. Nothing of an account is kept that nothing refers to.
 */
export class LdapLook {
  readonly references = new References()
  /** Entries that went by, each once. */
  seen = 0
  readonly referrals = new Set<string>()
  /** Whether every search came to its end. */
  whole = true
  /** Accounts that came with a value of userPassword. */
  passwords = 0
  readonly #options: LookOptions
  readonly #memberships: Membership[] = []
  readonly #rules: SudoRule[] = []
  readonly #uids = new Set<number>()
  readonly #duplicates = new Set<number>()
  readonly #now: string
  readonly #stale: string
  readonly #old: string
  #keysUnread = 0

  constructor(options: LookOptions) {
    this.#options = options
    const now = options.gathering.now.getTime()
    const at = (days: number) => new Date(now - days * DAY).toISOString().replace(/\.\d+Z$/, 'Z')
    this.#now = at(0)
    this.#stale = at(STALE_DAYS)
    this.#old = at(OLD_PASSWORD_DAYS)
  }

  async groups(): Promise<void> {
    const { groupClasses = GROUP_CLASSES, groupAttributes = [], furtherGroups = '' } = this.#options
    const filter = `(|${this.#filter(groupClasses) ?? ''}${furtherGroups})`
    const wanted = [...GROUP_ATTRIBUTES, ...SECRET_ATTRIBUTES, ...groupAttributes]
    await this.#walk(['directory-groups'], filter === '(|)' ? undefined : filter, wanted, (entry) => {
      this.#see(entry)
      this.takeGroup(entry)
    })
  }

  async sudo(): Promise<void> {
    const { sudoClasses = SUDO_CLASSES, sudoAttributes = [] } = this.#options
    const wanted = [...SUDO_ATTRIBUTES, 'entryuuid', 'nsuniqueid', 'ipauniqueid', ...sudoAttributes]
    await this.#walk(['directory-sudo'], this.#filter(sudoClasses), wanted, (entry) => {
      this.#see(entry)
      this.#takeSudo(entry)
    })
    for (const finding of sudoFindings(this.#rules, this.#now)) this.#tell('directory-sudo', finding)
  }

  /** All that is no account, group or rule: containers, policies, devices. */
  async others(): Promise<void> {
    const {
      otherAttributes = [],
      accountClasses = ACCOUNT_CLASSES,
      groupClasses = GROUP_CLASSES,
      sudoClasses = SUDO_CLASSES,
    } = this.#options
    const rest = this.#filter([...accountClasses, ...groupClasses, ...sudoClasses])
    const wanted = [
      'objectclass',
      'cn',
      'ou',
      'entryuuid',
      'nsuniqueid',
      'ipauniqueid',
      ...SECRET_ATTRIBUTES,
      ...otherAttributes,
    ]
    await this.#walk(
      ['directory-secrets', ...(this.#options.otherProbes ?? [])],
      rest === undefined ? '(objectClass=*)' : `(!${rest})`,
      wanted,
      (entry) => {
        this.#see(entry)
        const subject = this.subjectOf(entry, 'container')
        this.references.see(entry.dn, subject, undefined)
        this.#takeSecrets(entry, SECRET_ATTRIBUTES, subject)
        this.#options.other?.(entry, subject)
      },
    )
  }

  async accounts(): Promise<void> {
    const { accountClasses = ACCOUNT_CLASSES, accountAttributes = [], verdict, restsOn, gathering } = this.#options
    await this.#walk(
      ACCOUNT_PROBES,
      this.#filter(accountClasses),
      [...ACCOUNT_ATTRIBUTES, ...accountAttributes],
      (entry) => {
        this.#see(entry)
        this.takeAccount(entry)
      },
    )
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

  #see(entry: DirectoryEntry): void {
    this.seen++
    this.#options.seen?.(entry)
  }

  takeGroup(entry: DirectoryEntry): void {
    const read = readGroup(entry, this.#options.ids)
    this.#options.group?.(entry, read)
    const { group, members } = read
    const type: ObjectType = group.type === 'role' ? 'role' : 'group'
    const known = { object: group.object, type, name: group.name, dn: entry.dn }
    this.references.keep(entry.dn, { object: group.object, type, name: group.name })
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
    if (password === undefined) {
      if (
        (read.classes & (CLASS.posix | CLASS.simpleSecurity | CLASS.person)) !== 0 &&
        (read.classes & CLASS.kerberos) === 0 &&
        verdict('userpassword') === 'readable'
      )
        states.push('no-password')
    } else if (!isOwn) this.passwords++
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
    else for (const setting of read) this.#tell('directory-sudo', setting)
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
  }

  #isOurs({ form, member }: Membership): boolean {
    if (form === 'name') return member !== '*'
    const dn = normalDn(member)
    return this.#options.suffixes.some((suffix) => dn.endsWith(normalDn(suffix)))
  }

  /** Who shares a number was not kept: it is asked for again. */
  async #duplicateNumbers(): Promise<void> {
    const { gathering, suffixes, ids } = this.#options
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
    filter: string | undefined,
    wanted: readonly string[],
    take: (entry: DirectoryEntry) => void,
  ): Promise<void> {
    if (filter === undefined) return
    const { gathering, suffixes, schema } = this.#options
    const attributes = [...new Set(knownAttributes(schema, wanted))]
    for (const base of suffixes) {
      const end = await this.search(gathering, probes, { base, scope: 'sub', filter, attributes }, take)
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
