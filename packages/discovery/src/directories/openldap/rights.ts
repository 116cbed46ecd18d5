import type { FindingOf } from '@rollcall/contract'
import type { DirectoryGathering } from '../../directory-make.ts'
import type { DirectoryEntry } from '../../directory.ts'
import type { AccountEntry } from '../../formats/ldap/accounts.ts'
import { clippedDn, normalDn } from '../../formats/ldap/dn.ts'
import type { LdapLook } from '../../formats/ldap/look.ts'
import { rulesFor, type OlcConfig, type OlcDatabase } from '../../formats/ldap/olc-config.ts'
import { evaluateAccess } from '../../formats/ldap/olc-evaluate.ts'
import { accessRights, type AccessRight } from '../../formats/ldap/olc-rights.ts'
import { rightOf } from '../../formats/ldap/right.ts'
import { clipped, weaknessOf, type Subject } from '../../formats/ldap/subject.ts'
import { IDS } from './ids.ts'
import type { Sight } from './sight.ts'

/** A right that waits until it is known who holds it. */
export interface PendingRight {
  readonly finding: FindingOf<'directory-right'>
  /** The DN over which it is held, where that is not the directory as a whole. */
  readonly over?: string
  readonly trusteeDn?: string
}

/** Rights that are found while entries go by, and the look that sees those. */
interface Pending {
  readonly rights: PendingRight[]
  readonly look: LdapLook
}

/** What the configuration says: settings, administrators, rules of access, and what is wrong with them. */
export const tellServer = (
  gathering: DirectoryGathering,
  config: OlcConfig,
  [domain]: readonly Subject[],
  pending: Pending,
  sight: Sight,
): void => {
  const { rights, look } = pending
  const { base } = config
  const proxies = (policyOf(config) ?? 'none') !== 'none'
  const tellSettings = (dn: string, settings: OlcDatabase['settings']) => {
    for (const [name, values] of settings)
      gathering.tell('directory-servers', {
        kind: 'setting',
        subject: 'directory',
        object: clipped(dn, 512),
        name,
        values: [...values],
        place: { path: clippedDn(dn) },
      })
  }
  tellSettings(base, config.settings)
  for (const database of config.databases) {
    tellSettings(database.dn, database.settings)
    const over = overOf(database, domain, base)
    if (over === undefined) continue
    if (database.rootDn !== undefined) {
      look.references.wantDn(database.rootDn)
      rights.push({
        finding: rightOf(over, 'administer', database.rootDn, `olcRootDN: ${database.rootDn}`, database.dn, {
          ordinary: true,
        }),
        trusteeDn: database.rootDn,
      })
    }
    const suffix = database.type === 'config' ? base : (database.suffixes[0] ?? '')
    const options = { suffix: normalDn(suffix), schema: sight.world.schema, proxies }
    for (const right of accessRights(rulesFor(database, config), options))
      if (rights.length < MOST_RIGHTS) rights.push(pendingOf(right, over, database, config, look))
  }
  if (domain === undefined) return
  mappings(config, domain, pending)
  const database = config.databases.find((one) =>
    one.suffixes.some((suffix) => normalDn(suffix) === normalDn(domain.dn)),
  )
  if (database === undefined) return
  const demands = [...config.settings, ...database.settings].flatMap(([name, values]) =>
    name === 'olcsecurity' ? values : [],
  )
  if (!demands.some((value) => /(?:^|\s)(?:simple_bind|ssf|tls|transport)=[1-9]/i.test(value)))
    gathering.tell(
      'directory-servers',
      weaknessOf(domain, 'directory-in-clear', 'high', 'olcSecurity asks for no encryption'),
    )
  const rules = rulesFor(database, config)
  const refuses = config.settings.some(
    ([name, values]) =>
      (name === 'olcrequires' && values.join(' ').includes('authc')) ||
      (name === 'olcdisallows' && values.join(' ').includes('bind_anon')),
  )
  if (
    !refuses &&
    ['entry', 'uid'].every(
      (attribute) => evaluateAccess(rules, {}, { dn: `uid=any,${normalDn(domain.dn)}`, attribute }).has('r') === true,
    )
  )
    gathering.tell(
      'directory-servers',
      weaknessOf(domain, 'anonymous-access', 'medium', 'olcAccess gives anonymous read'),
    )
  if (!sight.administrator && sight.accessor.dn !== undefined) {
    const writes = evaluateAccess(
      rules,
      sight.accessor,
      { dn: `uid=any,${normalDn(domain.dn)}`, attribute: 'uidnumber' },
      sight.world,
    )
    if (writes.has('a') === true)
      gathering.tell(
        'directory-servers',
        weaknessOf(domain, 'scan-account-may-write', 'medium', 'olcAccess gives write'),
      )
  }
}

const overOf = (database: OlcDatabase, domain: Subject | undefined, base: string): Subject | undefined => {
  if (database.type === 'config')
    return { object: 'cn=config', name: 'cn=config', type: 'server-configuration', dn: base }
  const [suffix] = database.suffixes
  if (suffix === undefined || database.type === 'monitor') return undefined
  return domain !== undefined && normalDn(domain.dn) === normalDn(suffix)
    ? domain
    : { object: clipped(suffix, 512), name: clipped(suffix, 256), type: 'domain', dn: suffix }
}

type Right = FindingOf<'directory-right'>

const BELOW: Readonly<Record<AccessRight['right'], readonly Right['objectType'][]>> = {
  'write-rules': ['policy'],
  'full-control': ['user', 'group', 'container', 'policy'],
  'write-all': ['user', 'group', 'container', 'policy'],
  'write-password': ['user'],
  'add-member': ['group'],
  'add-self': ['group'],
  'create-child': ['container'],
  'write-bound-keys': ['user'],
  'write-account-control': ['user'],
  proxy: ['user'],
}

const pendingOf = (
  { dn, style, right, holder, conditional, rule, clause }: AccessRight,
  over: Subject,
  database: OlcDatabase,
  config: OlcConfig,
  look: LdapLook,
): PendingRight => {
  const own = database.access.length
  const [place, number] = rule < own ? [database.dn, rule] : [config.frontendDn, rule - own]
  const evidence = `olcAccess: {${number}}${clause}`
  const trusteeDn =
    (holder.type === 'group' || (holder.type === 'dn' && holder.style === 'base')) && !holder.expanded
      ? holder.pattern
      : undefined
  if (trusteeDn !== undefined) look.references.wantDn(trusteeDn)
  if (dn !== '') look.references.wantDn(dn)
  const trustee = trusteeDn ?? holderText(holder)
  // What everybody may do to their own entry: change its password.
  const ordinary =
    (holder.type === 'self' && holder.level === 0 && right === 'write-password') || LOCAL_ROOT.test(trustee)
  const finding = rightOf(over, right === 'write-rules' ? 'write-all' : right, trustee, evidence, place, {
    ...(holder.type === 'group' ? { trusteeType: 'group' as const } : {}),
    ...(style === 'base' ? {} : { below: [...BELOW[right]] }),
    ...(conditional ? { conditional: true as const } : {}),
    ...(ordinary ? { ordinary: true } : {}),
  })
  return {
    finding,
    ...(dn === '' || dn === normalDn(over.dn) ? {} : { over: dn }),
    ...(trusteeDn === undefined ? {} : { trusteeDn }),
  }
}

const holderText = (holder: AccessRight['holder']): string => {
  switch (holder.type) {
    case 'all':
      return '*'
    case 'dn':
      return `dn.${holder.style}=${holder.pattern}`
    case 'group':
      return `group/${holder.objectClass}/${holder.attribute}=${holder.pattern}`
    case 'dnattr':
      return `dnattr=${holder.attribute}`
    case 'set':
      return `set=${holder.pattern}`
    case 'self':
      return holder.level === 0 ? 'self' : `self.level{${holder.level}}`
    case 'connection':
      return `${holder.of}${holder.style === '' ? '' : `.${holder.style}`}=${holder.pattern}`
    case 'strength':
      return `${holder.of}=${holder.least}`
    case 'other':
      return holder.text
    default:
      return holder.type
  }
}

/**
 * Who may act as whom (authzTo, authzFrom), which counts only where the policy of the server lets it. Where it asks for both, one of them alone
 * is a condition.
 */
export const proxyRights = (
  entry: DirectoryEntry,
  { account }: AccountEntry,
  [domain]: readonly Subject[],
  config: OlcConfig | undefined,
  { rights, look }: Pending,
): void => {
  if (domain === undefined || rights.length > MOST_RIGHTS) return
  const policy = policyOf(config)
  const counts = (direction: string) => policy === undefined || BOTH.has(policy) || policy === direction
  const subject: Subject = { object: account.object, name: account.name, type: account.type, dn: entry.dn }
  const known = { trusteeObject: account.object, trusteeName: account.name, trusteeType: account.type }
  const certain = policy !== undefined && policy !== 'all'
  if (counts('to'))
    for (const rule of entry.texts('authzto').slice(0, 64)) {
      const { dn, whole, sure } = readIdentity(rule)
      const isBelow = dn !== undefined && !whole
      if (dn !== undefined && dn !== '') look.references.wantDn(dn)
      rights.push({
        finding: rightOf(domain, 'proxy', entry.dn, `authzTo: ${rule}`, entry.dn, {
          ...known,
          ...(isBelow ? { below: ['user' as const] } : {}),
          ...(certain && sure ? {} : { conditional: true as const }),
        }),
        ...(dn === undefined || dn === '' || dn === normalDn(domain.dn) ? {} : { over: dn }),
      })
    }
  if (counts('from'))
    for (const rule of entry.texts('authzfrom').slice(0, 64)) {
      const { dn, whole, sure, group } = readIdentity(rule)
      const trusteeDn = dn !== undefined && (whole || group) ? dn : undefined
      if (trusteeDn !== undefined) look.references.wantDn(trusteeDn)
      const trustee = trusteeDn ?? (dn === '' && sure ? 'users' : rule.replace(/^\{-?\d+\}/, ''))
      rights.push({
        finding: rightOf(subject, 'proxy', trustee, `authzFrom: ${rule}`, entry.dn, {
          ...(group ? { trusteeType: 'group' as const } : {}),
          ...(certain && (sure || group) ? {} : { conditional: true as const }),
        }),
        ...(trusteeDn === undefined ? {} : { trusteeDn }),
      })
    }
}

/** Undefined where it is not known. */
const policyOf = (config: OlcConfig | undefined): string | undefined =>
  config === undefined
    ? undefined
    : (config.settings.find(([name]) => name === 'olcauthzpolicy')?.[1][0]?.toLowerCase() ?? 'none')

const BOTH: ReadonlySet<string> = new Set(['any', 'all', 'both'])
const MOST_RIGHTS = 10_000

interface IdentityRule {
  /** The entry, or where those that are meant begin; empty: all of them. Absent where that cannot be said. */
  readonly dn?: string
  /** It is that one entry. */
  readonly whole: boolean
  /** All that it names are meant, without more conditions. */
  readonly sure: boolean
  readonly group: boolean
}

/** What a value of authzTo or authzFrom names (slapd.conf(5), authz-policy). */
const readIdentity = (rule: string): IdentityRule => {
  const text = rule.replace(/^\{-?\d+\}/, '').trim()
  const one = (dn: string): IdentityRule => ({ dn: normalDn(dn), whole: true, sure: true, group: false })
  const below = (dn: string, sure: boolean): IdentityRule => ({ dn: normalDn(dn), whole: false, sure, group: false })
  if (text === '*') return below('', true)
  const [, style = '', pattern = ''] = /^dn(?:\.(\w{1,16}))?:(.*)$/is.exec(text) ?? []
  switch (text.startsWith('dn') ? style.toLowerCase() : 'none') {
    case '':
    case 'exact':
    case 'base':
    case 'baseobject':
      return pattern === '*' ? below('', true) : one(pattern)
    case 'subtree':
    case 'sub':
    case 'children':
    case 'onelevel':
    case 'one':
      return below(pattern, true)
    case 'regex':
      return below('', /^\^?\.[*+]\$?$/.test(pattern))
  }
  const [, group] = /^group(?:\/[^:]*)?(?:\.exact)?:(.+)$/is.exec(text) ?? []
  if (group !== undefined) return { dn: normalDn(group), whole: false, sure: false, group: true }
  const [, base, filter] = /^ldap:\/\/\/([^?]*)(?:\?[^?]*\?[^?]*\??(.*))?$/is.exec(text) ?? []
  if (base !== undefined)
    return below(base, filter === undefined || filter === '' || /^\(?objectClass=\*\)?$/i.test(filter))
  // An expression, as it was before there were styles.
  if (/^[^:]+=/.test(text)) return /[*^$[\\+?|]/.test(text) ? below('', false) : one(text)
  return { whole: false, sure: false, group: false }
}

/** Who is taken for one certain entry whatever their name is: mappings (olcAuthzRegexp) to a DN that nothing is put into. */
const mappings = (config: OlcConfig, domain: Subject, { rights, look }: Pending): void => {
  const values = config.settings.find(([name]) => name === 'olcauthzregexp')?.[1] ?? []
  for (const value of values.slice(0, 200)) {
    const [, pattern = '', to = ''] =
      /^(?:\{-?\d+\})?\s*("(?:[^"\\]|\\.)*"|\S+)\s+"?((?:[^"\\]|\\.)*)"?\s*$/s.exec(value) ?? []
    if (!to.includes('=') || /\$\d|^ldap:/i.test(to)) continue
    const dn = normalDn(to)
    look.references.wantDn(dn)
    const trustee = pattern.replaceAll(/^"|"$/g, '')
    rights.push({
      finding: rightOf(
        domain,
        'proxy',
        trustee,
        `olcAuthzRegexp: ${value}`,
        config.base,
        LOCAL_ROOT.test(trustee) ? { ordinary: true } : {},
      ),
      over: dn,
    })
  }
}

/** Root on the server itself, over its socket. */
const LOCAL_ROOT = /gidnumber=0\\?\+uidnumber=0,cn=peercred,cn=external,cn=auth/i

const MOST_TARGETS = 200

/** Rights with whom they are held by and over, now that all entries went by; rules that no entry of an administrator is behind. */
export const tellRights = async (gathering: DirectoryGathering, { rights, look }: Pending): Promise<void> => {
  let left = MOST_TARGETS
  for (const { finding, over, trusteeDn } of rights) {
    for (const dn of [over, trusteeDn])
      if (dn !== undefined && look.references.ofDn(dn) === undefined && left-- > 0)
        await gathering.search(
          [],
          {
            base: dn,
            scope: 'base',
            filter: '(objectClass=*)',
            attributes: ['objectclass', 'cn', 'uid', 'ou', IDS],
            pageSize: 0,
          },
          (entries) => {
            for (const entry of entries) {
              const { object, name } = look.subjectOf(entry, 'other')
              look.references.keep(entry.dn, {
                object,
                name,
                type: /^(?:ou|dc|o|c|l)=/i.test(entry.dn) ? 'container' : 'other',
              })
            }
          },
        )
    const target = over === undefined ? undefined : look.references.ofDn(over)
    const trustee = trusteeDn === undefined ? undefined : look.references.ofDn(trusteeDn)
    const told: Right = {
      ...finding,
      ...(over === undefined
        ? {}
        : {
            object: target?.object ?? clipped(over, 512),
            objectName: clipped(target?.name ?? over, 256),
            objectType: target?.type ?? ('container' as const),
          }),
      ...(trustee === undefined
        ? {}
        : { trusteeObject: trustee.object, trusteeName: trustee.name, trusteeType: trustee.type }),
    }
    gathering.tell('directory-rights', told)
    const subject: Subject = {
      object: told.object,
      name: told.objectName,
      type: told.objectType,
      dn: over ?? told.place.path,
    }
    if (finding.right === 'administer' && trustee === undefined)
      gathering.tell(
        'directory-servers',
        weaknessOf({ ...subject, dn: told.place.path }, 'admin-without-entry', 'info', told.evidence),
      )
    if (EVERYBODY.has(finding.trustee) && finding.conditional !== true)
      gathering.tell(
        'directory-rights',
        weaknessOf(subject, 'everyone-has-right', finding.right === 'add-self' ? 'medium' : 'critical', told.evidence),
      )
  }
}

const EVERYBODY: ReadonlySet<string> = new Set(['*', 'users', 'anonymous'])
