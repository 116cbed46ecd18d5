import type { Finding, Grantee } from '@rollcall/contract'

/**
 * The natural key of each finding within its scope, in the order given: what it is about, never where in a file it stands or
 * what is said of it, so that a moved line stays the same finding and a changed one is seen to change. Findings that would
 * share a key are told apart by their order of appearance. Keys are printable ASCII of at most 200 characters.
 */
export const findingKeys = (findings: readonly Finding[]): string[] => findings.map(findingKeyer())

/** Gives the findings of one scope their keys, one after the other: for scopes of which nobody holds all. */
export const findingKeyer = (): ((finding: Finding) => string) => {
  const seen = new Map<string, number>()
  return (finding) => {
    const key = bounded(naturalKey(finding))
    const times = (seen.get(key) ?? 0) + 1
    seen.set(key, times)
    return times === 1 ? key : `${key}#${times}`
  }
}

/** The key of an account or group of a directory by what names its entry: for finding it without the rest. */
export const entryKey = (kind: 'directory-account' | 'directory-group', object: string): string =>
  bounded(joined(kind, object))

/** The entry of a directory that a finding speaks of; undefined where it names none. */
export const objectOf = (finding: Finding): string | undefined => ('object' in finding ? finding.object : undefined)

/** The account that a finding is about; undefined when it is about none, or about several. */
export const accountOf = (finding: Finding): string | undefined => {
  switch (finding.kind) {
    case 'account':
      return finding.name
    case 'credential':
      return finding.class === 'login-password' ? finding.account : undefined
    case 'membership':
    case 'usage':
    case 'key':
    case 'setting':
      return finding.account
    case 'file':
      return finding.account
    case 'grant':
    case 'service-account':
    // The account it opens may be one of another host or of a service.
    case 'stored-credential':
    case 'directory-group':
    case 'directory-member':
    case 'directory-right':
      return undefined
    case 'directory-account':
      return finding.name
    case 'directory-weakness':
      return ACCOUNTS.has(finding.objectType) ? finding.objectName : undefined
  }
}

const ACCOUNTS: ReadonlySet<string> = new Set(['user', 'computer', 'managed-service'])

/** A finding as a person would name it, on one line. */
export const thingOf = (finding: Finding): string => {
  switch (finding.kind) {
    case 'account':
      return `account ${finding.name}`
    case 'membership':
      return `${finding.account} in group ${finding.group}`
    case 'grant':
      return `${finding.mechanism} rule for ${some(finding.grantees.map(granteeText))}: ${some(finding.commands.map(({ command }) => command))}`.slice(
        0,
        300,
      )
    case 'key':
      return `${keyRole[finding.role]} ${finding.fingerprint ?? 'without a fingerprint'}${finding.account === undefined ? '' : ` of ${finding.account}`}`
    case 'credential':
      return `${credentialClass[finding.class]} ${finding.account}`
    case 'usage':
      return finding.name === undefined
        ? `last ${finding.consumer} of ${finding.account}`
        : `${finding.consumer} ${finding.name} as ${finding.account}`
    case 'service-account':
      return `${finding.service} account ${finding.name}${finding.scope === undefined ? '' : `@${finding.scope}`}`
    case 'file':
      return `${finding.role} ${finding.place.path}`
    case 'stored-credential':
      return `${finding.secret}${finding.account === undefined ? '' : ` of ${finding.account}`} in ${finding.program ?? finding.place.path}`
    case 'directory-account':
      return `${finding.type} ${finding.name}`
    case 'directory-group':
      return `${finding.type} ${finding.name}`
    case 'directory-member':
      return `${finding.memberName ?? finding.member} in ${finding.group}`
    case 'directory-right':
      return `${finding.trusteeName ?? finding.trustee} ${finding.right} over ${finding.objectName}`
    case 'directory-weakness':
      return `${finding.weakness} of ${finding.objectName}`
    case 'setting':
      return `${finding.subject} setting ${finding.name}${finding.account === undefined ? '' : ` for ${finding.account}`}`
  }
}

/** A grantee in the spelling of sudoers(5). */
export const granteeText = ({ type, name, negated }: Grantee): string =>
  `${negated === true ? '!' : ''}${granteeSign[type]}${type === 'all' ? 'ALL' : name}`

const keyRole = {
  authorized: 'authorized key',
  authority: 'authorized authority',
  host: 'host key',
  private: 'private key',
  known: 'known host key',
  certificate: 'certificate of key',
} as const
const credentialClass = {
  'login-password': 'password of',
  'group-password': 'password of group',
  keytab: 'keytab of',
} as const
const granteeSign = {
  user: '',
  uid: '#',
  group: '%',
  gid: '%#',
  netgroup: '+',
  'external-group': '%:',
  all: '',
} as const

const some = (texts: readonly string[]) =>
  texts.length > 3 ? `${texts.slice(0, 3).join(', ')} and ${texts.length - 3} more` : texts.join(', ')

const naturalKey = (finding: Finding): string => {
  switch (finding.kind) {
    case 'account':
      return joined('account', finding.name)
    case 'membership':
      return joined('membership', finding.account, finding.group, finding.role)
    case 'grant':
      // What it grants and in which file; its order and line move when a neighbour is added.
      return joined('grant', finding.mechanism, finding.place.path, digest(grantContent(finding)))
    case 'key':
      return joined('key', finding.role, finding.fingerprint ?? '', finding.account ?? '', finding.place.path)
    case 'credential':
      return joined(
        'credential',
        finding.class,
        finding.account,
        ...(finding.class === 'keytab' ? [finding.place.path] : []),
      )
    case 'usage':
      return joined(
        'usage',
        finding.consumer,
        finding.account,
        finding.place.path,
        ...[finding.name, finding.key].filter((part) => part !== undefined),
      )
    case 'setting':
      return joined(
        'setting',
        finding.subject,
        finding.name,
        finding.account ?? '',
        finding.condition ?? '',
        ...(finding.object === undefined ? [] : [finding.object]),
      )
    case 'service-account':
      return joined('service-account', finding.service, finding.instance ?? '', finding.name, finding.scope ?? '')
    case 'stored-credential':
      return joined(
        'stored-credential',
        finding.detector,
        finding.program ?? finding.place.path,
        finding.name ?? '',
        finding.account ?? '',
        ...(finding.runsAs === undefined ? [] : [finding.runsAs]),
      )
    case 'file':
      return joined('file', finding.role, finding.account ?? '', finding.place.path)
    // Entries are moved and renamed, and stay the same.
    case 'directory-account':
    case 'directory-group':
      return joined(finding.kind, finding.object)
    case 'directory-member':
      return joined('directory-member', finding.object, finding.via, finding.memberObject ?? finding.member)
    case 'directory-right':
      return joined(
        'directory-right',
        finding.object,
        finding.right,
        finding.trusteeObject ?? finding.trustee,
        ...(finding.below === undefined ? [] : ['below', finding.below.join(',')]),
      )
    case 'directory-weakness':
      return joined('directory-weakness', finding.object, finding.weakness)
  }
}

const grantContent = ({ grantees, runAs, commands, tags, options }: Extract<Finding, { kind: 'grant' }>) =>
  JSON.stringify([grantees, runAs.users ?? null, runAs.groups ?? null, commands, sorted(tags), sorted(options)])

const sorted = (record: Readonly<Record<string, unknown>>) =>
  Object.entries(record).sort(([one], [other]) => (one < other ? -1 : 1))

const PLAIN = /^[\w./+:@=-]*$/

const joined = (...parts: readonly string[]): string =>
  // Nearly all parts are plain, and one test of all of them tells.
  PLAIN.test(parts.join(''))
    ? parts.join(' ')
    : parts.map((part) => (PLAIN.test(part) ? part : escaped(part))).join(' ')

/** Each other code unit becomes `%` and its number, so that no content can look like a separator or get lost in a database. */
const escaped = (part: string) =>
  part.replaceAll(/[^\w./+:@=-]/g, (unit) => `%${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)

const MAX_KEY = 160

const bounded = (key: string) => (key.length <= MAX_KEY ? key : `${key.slice(0, MAX_KEY - 17)}~${digest(key)}`)

/**
 * 64 bits over a text as hexadecimal digits. Not proof against somebody who seeks collisions, and need not be: findings that
 * collide are told apart by order and none is lost.
 */
const digest = (text: string): string => {
  let one = 0xdeadbeef
  let other = 0x41c6ce57
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    one = Math.imul(one ^ unit, 2_654_435_761)
    other = Math.imul(other ^ unit, 1_597_334_677)
  }
  one = Math.imul(one ^ (one >>> 16), 2_246_822_507) ^ Math.imul(other ^ (other >>> 13), 3_266_489_909)
  other = Math.imul(other ^ (other >>> 16), 2_246_822_507) ^ Math.imul(one ^ (one >>> 13), 3_266_489_909)
  return [one, other].map((half) => (half >>> 0).toString(16).padStart(8, '0')).join('')
}
