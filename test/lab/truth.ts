import type { Finding } from '@rollcall/contract'
import type { AccountDescription, HashScheme, HostDescription, PasswordDescription } from './description.ts'
import type { Seeded, SeededKey } from './seed.ts'

/** One thing a scan must find. Only the fields given are compared: what a host decides for itself, such as a file's time, is left out. */
export interface Expected {
  readonly finding: Partial<Finding> & Pick<Finding, 'kind'>
  /** Permission bits and owner of the file that a key lies in. */
  readonly file?: { readonly mode: number; readonly owner: number }
  /** Whose rights suffice to read it: anybody's, only root's, or also those of one account. */
  readonly readableBy: 'anyone' | 'root' | { readonly account: string }
}

/** What a scan of a host must find of these kinds: everything listed and nothing else. */
export interface HostTruth {
  readonly expected: readonly Expected[]
  /** What an account can read without sudo; for root everything. */
  seenBy(account: string): readonly Expected[]
}

/** Derives from a description, and from the keys made for it, what a scan must find. */
export const truthOf = (host: HostDescription, seeded: Seeded): HostTruth => {
  const expected = [
    ...host.accounts.flatMap((account, index) => [
      anyone(accountTruth(host, account, index + 1)),
      ...primaryMembership(host, account, index + 1),
    ]),
    ...memberships(host),
    ...credentials(host),
    ...(host.base === 'debian' ? host.accounts.map(usageTruth) : []),
    ...seeded.keys
      .filter(({ effective }) => effective !== false)
      .flatMap((key) => openedBy(host, key).map((account) => keyTruth(host, key, account))),
    ...(host.furtherTruth ?? []).map((finding): Expected => ({ finding, readableBy: 'root' })),
  ]
  return {
    expected,
    seenBy: (account) =>
      account === 'root'
        ? expected
        : expected.filter(
            ({ readableBy }) =>
              readableBy === 'anyone' || (typeof readableBy === 'object' && readableBy.account === account),
          ),
  }
}

export interface Difference {
  /** Expected and not found. */
  readonly missing: readonly Expected['finding'][]
  /** Found and not expected. */
  readonly unexpected: readonly Finding[]
  /** Found, with a field that says something else. */
  readonly wrong: readonly { readonly expected: Expected['finding']; readonly found: Finding }[]
}

/** Compares findings with the truth, item by item, for the kinds given. Equal is `{ missing: [], unexpected: [], wrong: [] }`. */
export const differenceFrom = (
  expected: readonly Expected[],
  found: readonly Finding[],
  kinds: readonly Finding['kind'][],
): Difference => {
  const left = new Map<string, Finding[]>()
  for (const finding of found.filter(({ kind }) => kinds.includes(kind))) {
    const sameKey = left.get(keyOf(finding)) ?? []
    left.set(keyOf(finding), sameKey)
    sameKey.push(finding)
  }
  const missing: Expected['finding'][] = []
  const wrong: { expected: Expected['finding']; found: Finding }[] = []
  for (const { finding } of expected.filter(({ finding }) => kinds.includes(finding.kind))) {
    const candidates = left.get(keyOf(finding)) ?? []
    const exact = candidates.findIndex((candidate) => agrees(finding, candidate))
    const [taken] = candidates.splice(Math.max(exact, 0), 1)
    if (taken === undefined) missing.push(finding)
    else if (exact < 0) wrong.push({ expected: finding, found: taken })
  }
  return { missing, unexpected: [...left.values()].flat(), wrong }
}

/** What makes two findings speak of the same thing. */
const keyOf = (finding: Expected['finding']): string => {
  const parts: Partial<Record<string, unknown>> = finding
  return JSON.stringify([finding.kind, ...IDENTIFYING.map((name) => parts[name])])
}

const IDENTIFYING = ['account', 'name', 'group', 'role', 'fingerprint', 'consumer', 'class']

const agrees = (expected: unknown, found: unknown): boolean => {
  if (Array.isArray(expected))
    return (
      Array.isArray(found) &&
      expected.length === found.length &&
      expected.every((value, index) => agrees(value, found[index]))
    )
  if (typeof expected === 'object' && expected !== null)
    return (
      typeof found === 'object' &&
      found !== null &&
      Object.entries(expected).every(([name, value]) => agrees(value, (found as Record<string, unknown>)[name]))
    )
  return Object.is(expected, found)
}

const anyone = (finding: Expected['finding']): Expected => ({ finding, readableBy: 'anyone' })

const accountTruth = (
  { accounts }: HostDescription,
  { name, uid, gid, gecos, home, shell }: AccountDescription,
  line: number,
): Expected['finding'] => ({
  kind: 'account',
  name,
  uid,
  gid,
  ...(typeof gecos === 'string' && gecos !== '' ? { description: gecos } : {}),
  home,
  shell: shell === '' ? '/bin/sh' : shell,
  interactiveShell: !/\/(nologin|false|sync|true|halt|shutdown)$/.test(shell),
  ...sharing(accounts.filter((other) => other.uid === uid && other.name !== name)),
  place: { path: '/etc/passwd', line },
})

const sharing = (others: readonly AccountDescription[]) =>
  others.length === 0 ? {} : { sharesUid: others.map(({ name }) => name) }

const primaryMembership = (host: HostDescription, { name, gid }: AccountDescription, line: number): Expected[] => {
  // A group without a name goes by its number.
  const group = host.groups.find((group) => group.gid === gid)?.name ?? String(gid)
  return [
    anyone({ kind: 'membership', account: name, group, gid, role: 'primary', place: { path: '/etc/passwd', line } }),
  ]
}

const memberships = (host: HostDescription): Expected[] =>
  host.groups.flatMap(({ name: group, gid, members = [], administrators = [] }, index) => [
    ...members.map((account) =>
      anyone({
        kind: 'membership',
        account,
        group,
        gid,
        role: 'member',
        place: { path: '/etc/group', line: index + 1 },
      }),
    ),
    ...administrators.map((account): Expected => ({
      finding: {
        kind: 'membership',
        account,
        group,
        gid,
        role: 'administrator',
        place: { path: '/etc/gshadow', line: index + 1 },
      },
      readableBy: 'root',
    })),
  ])

const credentials = (host: HostDescription): Expected[] => [
  ...host.accounts.map(({ name, password, aging = {} }, index): Expected => ({
    finding: {
      kind: 'credential',
      class: 'login-password',
      account: name,
      ...passwordTruth(password),
      ...aging,
      place: { path: '/etc/shadow', line: index + 1 },
    },
    readableBy: 'root',
  })),
  ...host.groups.flatMap(({ name, password }, index): Expected[] =>
    password === undefined || password.state === 'none' || host.base !== 'debian'
      ? []
      : [
          {
            finding: {
              kind: 'credential',
              class: 'group-password',
              account: name,
              ...passwordTruth(password),
              place: { path: '/etc/gshadow', line: index + 1 },
            },
            readableBy: 'root',
          },
        ],
  ),
]

const passwordTruth = (password: PasswordDescription) =>
  password.state === 'usable' || password.state === 'locked'
    ? { state: password.state, scheme: password.scheme, strength: STRENGTHS[password.scheme] }
    : { state: password.state }

/** At the costs that the seed uses: the defaults of crypt(3). */
const STRENGTHS: Record<HashScheme, 'strong' | 'acceptable' | 'weak'> = {
  yescrypt: 'strong',
  bcrypt: 'acceptable',
  sha512crypt: 'acceptable',
  sha256crypt: 'acceptable',
  md5crypt: 'weak',
  descrypt: 'weak',
}

const usageTruth = ({ name, lastLogin = 'never' }: AccountDescription): Expected =>
  anyone({
    kind: 'usage',
    account: name,
    consumer: 'login',
    ...(lastLogin === 'never'
      ? { lastUsed: 'never' }
      : { lastUsed: lastLogin.at, from: lastLogin.from === '' ? lastLogin.line : lastLogin.from }),
  })

/** Accounts that share a home share the keys in it: each of them is opened. */
const openedBy = (host: HostDescription, { account, path, role }: SeededKey): readonly (string | undefined)[] => {
  const home = host.accounts.find(({ name }) => name === account)?.home
  if (home === undefined || role === 'private' || !path.startsWith(`${home}/`)) return [account]
  return host.accounts.filter((other) => other.home === home).map(({ name }) => name)
}

const keyTruth = (
  host: HostDescription,
  { role, fingerprint, algorithm, bits, comment, path, line, mode, owner, told = {} }: SeededKey,
  account: string | undefined,
): Expected => {
  const inHome = host.accounts.some(({ name, home }) => name === account && path.startsWith(`${home}/`))
  return {
    finding: {
      kind: 'key',
      role,
      ...(fingerprint === undefined ? {} : { fingerprint }),
      algorithm,
      ...(bits === undefined ? {} : { bits }),
      ...(account === undefined ? {} : { account }),
      ...(comment === '' || role === 'private' ? {} : { comment }),
      ...told,
      place: { path, ...(line === undefined ? {} : { line }) },
    },
    ...(role === 'host' ? {} : { file: { mode, owner } }),
    readableBy:
      inHome && account !== undefined
        ? { account }
        : role === 'private' || path.startsWith('/etc/dropbear/')
          ? 'root'
          : 'anyone',
  }
}
