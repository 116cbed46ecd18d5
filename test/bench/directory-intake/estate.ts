import { createHash } from 'node:crypto'
import type { DirectorySignals, Finding } from '@rollcall/contract'

/** A made-up domain: the same numbers always give the same findings. */
export const USERS = 97_000
export const COMPUTERS = 3000
export const GROUPS = 2000
/** Groups that an account is told to be in by name, beside its primary one. */
const GROUPS_EACH = 2
const RIGHTS = 4000

export const signals: DirectorySignals = {
  make: 'active-directory',
  id: 'S-1-5-21-1004336348-1177238915-682003330',
  suffix: 'DC=corp,DC=example,DC=com',
  domain: 'corp.example.com',
  flatName: 'CORP',
  server: 'dc1.corp.example.com',
  identity: 'rollcall@corp.example.com',
}

/** The findings of a probe; `changed`: those of every hundredth account, group and right are others than in the first look. */
export const probes: Readonly<Record<string, (changed: boolean) => Iterable<Finding>>> = {
  *'directory-accounts'(changed) {
    for (let n = 0; n < USERS; n++) yield user(n, changed && n % 100 === 0)
  },
  *'directory-computers'(changed) {
    for (let n = 0; n < COMPUTERS; n++) yield computer(n, changed && n % 100 === 0)
  },
  *'directory-groups'(changed) {
    for (let n = 0; n < GROUPS; n++) {
      yield group(n, changed && n % 100 === 0)
      if (n > 0) yield member({ ...entry('group', n), type: 'group' }, above(n))
    }
    for (let n = 0; n < USERS + COMPUTERS; n++)
      for (let nth = 0; nth < GROUPS_EACH; nth++) {
        const from =
          n < USERS
            ? { ...entry('user', n), type: 'user' as const }
            : { ...entry('computer', n - USERS), type: 'computer' as const }
        // Few are in the first fifty, which lead to those that have the domain in hand.
        const spread = n % 500 === 0 ? n / 500 : 50 + ((n * 31 + nth * 977) % (GROUPS - 50))
        yield member(from, (spread + (changed && n % 100 === 1 ? 7 : 0)) % GROUPS)
      }
  },
  *'directory-rights'(changed) {
    for (let n = 0; n < RIGHTS; n++) yield right(n, changed && n % 100 === 0)
  },
}

const BASE = signals.suffix
/** Trees of groups, each in the one above: six levels. The first five are those that have the domain in hand, or nearly. */
const above = (n: number) => (n < 50 ? 0 : n < 300 ? 50 + (n % 5) * 10 : 50 + (n % 250))

type Kind = 'user' | 'computer' | 'group'

const entry = (kind: Kind, n: number) => {
  const name = kind === 'user' ? `u${String(n).padStart(6, '0')}` : kind === 'computer' ? `PC${n}$` : `group ${n}`
  const digest = createHash('md5').update(`${kind} ${n}`).digest('hex')
  const object = `${digest.slice(0, 8)}-${digest.slice(8, 12)}-${digest.slice(12, 16)}-${digest.slice(16, 20)}-${digest.slice(20)}`
  const unit =
    kind === 'computer' ? 'OU=Machines' : `OU=Department ${n % 40},OU=${kind === 'user' ? 'People' : 'Groups'}`
  const rid = kind === 'group' ? (n === 0 ? 512 : 3000 + n) : kind === 'user' ? 10_000 + n : 200_000 + n
  return { name, object, sid: `${signals.id}-${rid}`, dn: `CN=${name.replace('$', '')},${unit},${BASE}` }
}

const user = (n: number, changed: boolean): Finding => {
  const { name, object, sid, dn } = entry('user', n)
  const service = n % 50 === 0
  return {
    kind: 'directory-account',
    object,
    name,
    type: 'user',
    sid,
    principals: [`${name}@${signals.domain}`],
    displayName: `Person ${n}`,
    states: n % 20 === 0 ? ['disabled'] : n % 7 === 0 ? ['password-never-expires'] : [],
    ...(service ? { serviceSigns: ['spn'], spns: [`HTTP/app${n}.${signals.domain}`] } : {}),
    created: '2019-04-01T08:00:00.000Z',
    passwordChanged: new Date(Date.UTC(2025, n % 12, 1 + (n % 27))).toISOString(),
    lastLogin: new Date(Date.UTC(2025, changed ? 11 : n % 11, 1 + (n % 27))).toISOString(),
    lastLoginLag: 14,
    primaryGroup: 513,
    passwordPolicy: 'Default Domain Policy',
    person: {
      mail: `${name}@example.com`,
      department: `Department ${n % 40}`,
      title: 'Clerk',
      manager: entry('user', n % 500).dn,
    },
    place: { path: dn },
  }
}

const computer = (n: number, changed: boolean): Finding => {
  const { name, object, sid, dn } = entry('computer', n)
  return {
    kind: 'directory-account',
    object,
    name,
    type: 'computer',
    sid,
    states: n < 2 ? ['domain-controller'] : [],
    spns: [`HOST/pc${n}.${signals.domain}`, `HOST/PC${n}`],
    encryption: ['aes128', 'aes256'],
    lastLogin: new Date(Date.UTC(2025, changed ? 11 : n % 11, 1)).toISOString(),
    primaryGroup: n < 2 ? 516 : 515,
    computer: {
      dnsName: `pc${n}.${signals.domain}`,
      os: 'Windows 11',
      osVersion: '10.0 (22631)',
      localAdminPassword: 'managed',
    },
    place: { path: dn },
  }
}

const group = (n: number, changed: boolean): Finding => {
  const { name, object, sid, dn } = entry('group', n)
  return {
    kind: 'directory-group',
    object,
    name,
    type: 'group',
    sid,
    scope: 'global',
    security: true,
    ...(n === 0 ? { wellKnown: 'domain-admins', tier: 0 } : {}),
    members: changed ? n + 1 : n,
    place: { path: dn },
  }
}

const member = (from: ReturnType<typeof entry> & { readonly type: Kind }, into: number): Finding => {
  const { name, object, dn } = entry('group', into)
  return {
    kind: 'directory-member',
    object,
    group: name,
    member: from.dn,
    memberObject: from.object,
    memberSid: from.sid,
    memberType: from.type,
    memberName: from.name,
    via: 'member',
    place: { path: dn },
  }
}

/** Groups of helpers over accounts, of which one is privileged: nearly nobody has a way from there, as where administrators are kept apart. */
const right = (n: number, changed: boolean): Finding => {
  const nth = (n * 17) % USERS
  const over = entry('user', n === 0 ? 0 : nth % 500 === 0 ? nth + 1 : nth)
  const holder = n === 0 ? entry('user', 1) : entry('group', 50 + (n % (GROUPS - 50)))
  const name = changed ? 'write-dacl' : 'reset-password'
  return {
    kind: 'directory-right',
    object: over.object,
    objectName: over.name,
    objectType: 'user',
    right: name,
    trustee: holder.sid,
    trusteeObject: holder.object,
    trusteeName: holder.name,
    trusteeType: n === 0 ? 'user' : 'group',
    evidence: `(OA;;CR;00299570-246d-11d0-a768-00aa006e0529;;${holder.sid})`,
    place: { path: over.dn },
  }
}
