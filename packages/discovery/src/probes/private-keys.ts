import type { FindingOf, Reason } from '@rollcall/contract'
import { clipped, MAX_NAME, MAX_PATH } from '../formats/accounts/account-file.ts'
import {
  DEBIAN_BLACKLISTS,
  findDebianBlacklists,
  isBlacklistedIn,
  lookUpInDebianBlacklists,
  type DebianBlacklist,
} from '../formats/ssh-keys/debian-blacklist.ts'
import { concernsWhere, weaknessesOf } from '../formats/ssh-keys/concerns.ts'
import { keyFileTrust } from '../formats/key-file-trust.ts'
import { localPeople, type LocalPeople } from '../formats/accounts/local-people.ts'
import { exampleLook, lookAtPaths, ways, type PathLook } from '../formats/path-trust.ts'
import { readPrivateKeys, type PrivateKey } from '../formats/private-key/private-keys.ts'
import { LEFT_OUT, SEARCHED_FOLDERS } from '../formats/searched-folders.ts'
import { fingerprintOfBlob, readSshPublicKey, type SshPublicKey } from '../formats/ssh-keys/public-key.ts'
import type { FindCondition, FindResult, FoundEntry, HostFile } from '../host.ts'
import { exampleFile, hostProbe, textOf, type Gathering, type PublicPoint } from '../probe.ts'
import { literally, octalMode } from '../posix-path.ts'

interface Gathered {
  readonly passwd: HostFile | undefined
  readonly group: HostFile | undefined
  /** Files that hold what keys begin with, and those called as Dropbear's are. */
  readonly found: readonly FindResult[]
  readonly sockets: readonly FindResult[]
  /** Each of them, and what is beside it under the same name with `.pub`. */
  readonly files: readonly { readonly entry: FoundEntry; readonly file: HostFile; readonly beside: HostFile }[]
  readonly look: PathLook
  readonly blacklist: DebianBlacklist
}

type Key = FindingOf<'key'>

export default hostProbe<Gathered>({
  id: 'private-keys',
  title: 'Private keys in files, with what protects them, and sockets of agents that sign',
  needs: [
    {
      reads:
        'small files below /root, /home, /etc, /opt, /srv, /usr/local, /var/lib, /var/www, /var/opt, /var/backups, /tmp and /var/tmp, and below the homes of accounts elsewhere, for what private keys begin with; container storage, package caches and repositories left out',
      right: 'root',
      hides: 'private keys in folders that are closed to the scan account',
      grants: { searches: true },
      unlisted: 'a list shows where they are; to read them would take a list that lets the scan account use them',
    },
    {
      reads: 'sockets below these folders and /run/user',
      right: 'root',
      hides: 'agents of other accounts that hold keys',
      grants: { searches: true },
    },
    {
      reads: `${DEBIAN_BLACKLISTS.join(' and ')}, where they exist`,
      right: 'any-account',
      hides: "keys of Debian's broken generator (CVE-2008-0166); on hosts without these lists that is not tested",
    },
    { reads: '/etc/passwd and /etc/group', right: 'any-account', hides: 'whose the keys are' },
  ],

  async gather(host) {
    const [[passwd], [group], keys, named, sockets, running, lists] = await Promise.all([
      host.read('/etc/passwd'),
      host.read('/etc/group'),
      host.find({ under: SEARCHED_FOLDERS, except: LEFT_OUT, where: HOLDS_A_KEY, maxEntries: MOST_FILES }),
      host.find({ under: SEARCHED_FOLDERS, except: LEFT_OUT, where: CALLED_AS_DROPBEARS, maxEntries: MOST_NAMED }),
      host.find({ under: SEARCHED_FOLDERS, except: LEFT_OUT, where: AGENT_SOCKETS, maxEntries: MOST_SOCKETS }),
      host.find({ under: ['/run/user/*'], maxDepth: 3, where: AGENT_SOCKETS, maxEntries: MOST_SOCKETS }),
      findDebianBlacklists(host),
    ])
    const people = localPeople(passwd, group)
    const here = entriesOf([keys, named])
    const [elsewhere, files, look] = await Promise.all([
      searchHomes(host, people),
      readAll(host, here),
      lookAtPaths(
        host,
        here.map(({ path }) => path),
      ),
    ])
    const found = [keys, named, ...elsewhere]
    const seen = new Set(here.map(({ path }) => path))
    const further = entriesOf(elsewhere).filter(({ path }) => !seen.has(path))
    const [moreFiles, moreLook] =
      further.length === 0
        ? [[], NO_LOOK]
        : await Promise.all([
            readAll(host, further),
            lookAtPaths(
              host,
              further.map(({ path }) => path),
            ),
          ])
    const all = [...files, ...moreFiles]
    const blacklist = await lookUpInDebianBlacklists(
      host,
      lists,
      // The lists know no keys of curves.
      all.flatMap(({ entry, file }) =>
        keysOf(entry, file, () => undefined).keys.flatMap(({ publicKey }) => publicKey ?? []),
      ),
    )
    return { passwd, group, found, sockets: [sockets, running], files: all, look: joined(look, moreLook), blacklist }
  },

  parse({ passwd, group, found, sockets, files, look, blacklist }, { sha256, publicPoint }) {
    const people = localPeople(passwd, group)
    const wayTo = ways(look)
    const isBlacklisted = isBlacklistedIn(blacklist)
    const homes = new Map(people.accounts.map(({ name, home }) => [name, home]))
    const notes: Reason[] = []
    const note = (reason: Reason) => {
      if (notes.length < MOST_NOTES) notes.push(reason)
    }
    const findings: (Key | FindingOf<'file'>)[] = []
    for (const { entry, file, beside } of files) {
      const path = clipped(entry.path, MAX_PATH)
      const { keys, certificate, malformed } = keysOf(entry, file, publicPoint)
      for (const line of malformed) note({ code: 'unparsable', path, line, detail: 'a private key of no known form' })
      const amongServers = SERVER_PATH.test(entry.path)
      const owner = people.homeOwner(entry.path, entry.uid) ?? people.nameOf(entry.uid)
      const trust = keyFileTrust(
        wayTo(entry.path),
        { uid: entry.uid, home: (owner === undefined ? undefined : homes.get(owner)) ?? '' },
        entry.path,
        people,
      )
      for (const key of keys) {
        if (!key.sshUsable) {
          note({ code: 'unsupported', path, ...lineOf(key), detail: 'a private key of a kind that SSH has not' })
          continue
        }
        const ofServer = certificate || (amongServers && SERVER_FORMATS.has(key.format))
        const account = ofServer ? undefined : owner
        const half = keys.length === 1 ? publicHalf(key, textOf(beside)) : { publicKey: key.publicKey, comment: '' }
        const fingerprint = half.publicKey && fingerprintOfBlob(half.publicKey.blob, sha256)
        const comment = key.comment ?? half.comment
        const concerns = [
          ...(half.publicKey === undefined || fingerprint === undefined
            ? concernsWhere({ dsa: key.algorithm === 'ssh-dss' })
            : weaknessesOf(half.publicKey, fingerprint, isBlacklisted)),
          ...concernsWhere({
            'file-readable-by-others': trust.readable,
            'symbolic-link': trust.linked,
            'no-passphrase': key.passphrase === 'no' && !ofServer && !key.algorithm.startsWith('sk-'),
          }),
        ]
        findings.push({
          kind: 'key',
          role: 'private',
          ...(fingerprint === undefined ? {} : { fingerprint }),
          algorithm: clipped(half.publicKey?.algorithm ?? key.algorithm, 64),
          ...(half.publicKey === undefined ? {} : { bits: half.publicKey.bits }),
          ...(account === undefined ? {} : { account: clipped(account, MAX_NAME) }),
          ...(comment === '' ? {} : { comment: clipped(comment, LONGEST_COMMENT) }),
          ...(concerns.length === 0 ? {} : { concerns }),
          format: key.format,
          passphrase: key.passphrase,
          file: { modified: entry.modified, mode: octalMode(entry.mode), owner: entry.uid },
          place: { path, ...lineOf(key) },
        })
      }
    }
    findings.push(...agents(sockets, people))
    return { findings, reasons: [...look.left, ...unread(found, files)], notes }
  },

  examples: examples(),
})

/** The largest keys of 16,384 bits take 13 KB; files with certificates and several keys some more. */
const LARGEST_FILE = 65_536

const HOLDS_A_KEY: FindCondition = {
  types: ['file'],
  minBytes: 100,
  maxBytes: LARGEST_FILE,
  containing: ['PRIVATE KEY-----', 'PuTTY-User-Key-File-', 'BEGIN SSH2 ENCRYPTED PRIVATE KEY'],
}
const CALLED_AS_DROPBEARS: FindCondition = {
  types: ['file'],
  names: ['dropbear_*_key', 'id_dropbear*', '*.dropbear'],
  maxBytes: LARGEST_FILE,
}
const AGENT_SOCKETS: FindCondition = {
  types: ['socket'],
  names: ['agent.*', '*.agent.*', 'S.gpg-agent.ssh', 'ssh-agent*', 'openssh_agent', 'ssh', '.ssh'],
}

const MOST_FILES = 500
const MOST_NAMED = 100
const MOST_SOCKETS = 500
const MOST_HOMES = 2000
const MOST_NOTES = 200
const LONGEST_COMMENT = 1024
const NO_LOOK: PathLook = { asked: [], found: [], left: [] }

/** The host's own keys are told by another probe. */
const HOST_KEY = /^\/etc\/(?:ssh\/ssh_host_[^/]{1,64}_key|dropbear\/dropbear_[a-z0-9]{1,16}_host_key)$/

/** Folders in which keys belong to certificates of servers: nobody logs in with them. */
const SERVER_PATH = /\/(?:ssl|tls|pki|x509|letsencrypt|acme|certs?|certificates?|ca)\//i

/** Formats that servers of TLS read. Keys in others are for SSH wherever they lie, such as those of its authorities. */
const SERVER_FORMATS: ReadonlySet<Key['format']> = new Set(['pkcs1', 'sec1', 'dsa-pem', 'pkcs8'])

/** Homes of accounts of the system: no folders to search. */
const SYSTEM_FOLDER =
  /^\/(?:$|(?:bin|sbin|lib\w*|usr|dev|proc|sys|run|boot|nonexistent|nowhere|none)(?:\/|$)|var(?:$|\/(?:run|cache|mail|spool|list|empty|adm|log|tmp)(?:\/|$)|\/[^/]*$))/

/**
 * Homes outside of the folders that are searched anyhow, and the `.ssh` folder of every home: it may lie on another file system, into
 * which a search does not go by itself.
 */
const searchHomes = async (host: Gathering, people: LocalPeople): Promise<FindResult[]> => {
  const homes = [...new Set(people.accounts.map(({ home }) => home.replace(/\/{1,64}$/, '')))].filter(
    (home) => /^\/[^\0\r\n]{1,3000}$/.test(home) && !/\/\.{1,2}(?:\/|$)/.test(home),
  )
  if (homes.length > MOST_HOMES)
    host.missed({ code: 'too-many', path: '/etc/passwd', count: homes.length - MOST_HOMES, detail: 'homes' })
  const looked = homes.slice(0, MOST_HOMES)
  const outside = looked.filter(
    (home) => !SEARCHED_FOLDERS.some((folder) => `${home}/`.startsWith(`${folder}/`)) && !SYSTEM_FOLDER.test(home),
  )
  const usual = looked.filter((home) => !outside.includes(home)).map((home) => `${literally(home)}/.ssh`)
  const search = (under: readonly string[], maxDepth: number) =>
    under.length === 0
      ? []
      : [host.find({ under, maxDepth, except: LEFT_OUT, where: HOLDS_A_KEY, maxEntries: MOST_FILES })]
  return Promise.all([...search(outside.map(literally), 32), ...search(usual, 1)])
}

const entriesOf = (found: readonly FindResult[]): FoundEntry[] => {
  const byPath = new Map<string, FoundEntry>()
  for (const result of found)
    if (result.state === 'found')
      for (const entry of result.entries)
        if (entry.type === 'file' && !HOST_KEY.test(entry.path)) byPath.set(entry.path, entry)
  return [...byPath.values()].toSorted((one, other) => (one.path < other.path ? -1 : 1)).slice(0, MOST_FILES)
}

const readAll = (host: Gathering, entries: readonly FoundEntry[]): Promise<Gathered['files']> =>
  Promise.all(
    entries.map(async (entry) => {
      const path = literally(entry.path)
      const [[file], [beside]] = await Promise.all([
        host.readWith({ maxBytes: LARGEST_FILE }, path),
        host.readWith({ maxBytes: LARGEST_PUBLIC }, `${path}.pub`),
      ])
      const lost = (name: string): HostFile => ({ path: name, state: 'unread', why: 'io-error' })
      return { entry, file: file ?? lost(entry.path), beside: beside ?? lost(`${entry.path}.pub`) }
    }),
  )

const LARGEST_PUBLIC = 16_384

const joined = (one: PathLook, other: PathLook): PathLook => ({
  asked: [...one.asked, ...other.asked],
  found: [...one.found, ...other.found],
  left: [...one.left, ...other.left],
})

const lineOf = ({ line }: PrivateKey) => (line === undefined ? {} : { line })

const keysOf = ({ path }: FoundEntry, file: HostFile, publicPoint: PublicPoint) =>
  file.state === 'read'
    ? readPrivateKeys(file.bytes, publicPoint, /dropbear[^/]*$/.test(path))
    : { keys: [], certificate: false, malformed: [] }

/**
 * What the file beside it tells: the public half where the private one hides it, and a comment. It counts as far as it can be held
 * against what the key's own file tells.
 */
const publicHalf = (
  { publicKey, algorithm }: PrivateKey,
  beside: string,
): { readonly publicKey: SshPublicKey | undefined; readonly comment: string } => {
  const [, type = '', base64 = '', comment = ''] = /^\s*(\S{1,100})[ \t]+(\S+)[ \t]*([^\n]*)/.exec(beside) ?? []
  const told = readSshPublicKey(type, base64)
  if (told === undefined || told.certificate) return { publicKey, comment: '' }
  if (publicKey !== undefined) {
    const same =
      publicKey.blob.length === told.blob.length && publicKey.blob.every((byte, at) => byte === told.blob[at])
    return { publicKey, comment: same ? comment.trim() : '' }
  }
  const fits = algorithm === 'unknown' || told.algorithm.startsWith(algorithm)
  return fits ? { publicKey: told, comment: comment.trim() } : { publicKey, comment: '' }
}

const unread = (found: readonly FindResult[], files: Gathered['files']): Reason[] => {
  const count = entriesOf(found).length - files.length
  return count > 0 ? [{ code: 'too-many', detail: 'files with private keys', count }] : []
}

const agents = (sockets: readonly FindResult[], people: LocalPeople): FindingOf<'file'>[] => {
  const told = new Map<string, FindingOf<'file'>>()
  for (const result of sockets)
    for (const { path, type, uid, gid, mode, modified } of result.state === 'found' ? result.entries : []) {
      const because = AGENTS.find(([pattern]) => pattern.test(path))?.[1]
      if (type !== 'socket' || because === undefined) continue
      const account = people.nameOf(uid)
      told.set(path, {
        kind: 'file',
        role: 'agent-socket',
        type,
        owner: uid,
        group: gid,
        mode: octalMode(mode),
        modified,
        ...(account === undefined ? {} : { account: clipped(account, MAX_NAME) }),
        because,
        place: { path: clipped(path, MAX_PATH) },
      })
    }
  return [...told.values()]
}

/** Programs of other kinds have sockets of such names too: where they lie tells. */
const AGENTS: readonly (readonly [RegExp, string])[] = [
  [/\/ssh-[^/]+\/agent\.\d+$/, 'ssh-agent'],
  [/\/\.ssh\/agent\/[^/]*\.agent\.[^/]*$/, 'ssh-agent'],
  [/^\/run\/user\/\d+\/(?:ssh-agent[^/]*|openssh_agent)$/, 'ssh-agent'],
  [/\/S\.gpg-agent\.ssh$/, 'gpg-agent'],
  [/\/(?:keyring[^/]*|gcr)\/\.?ssh$/, 'keyring'],
  [/\/\.1password\/agent\.sock$/, '1Password'],
]

function examples() {
  const openssh = `-----BEGIN OPENSSH PRIVATE KEY-----
b3BlbnNzaC1rZXktdjEAAAAACmFlczI1Ni1jdHIAAAAGYmNyeXB0AAAAGAAAABBzYWx0c2FsdH
NhbHRzYWx0AAAAGAAAAAEAAAAzAAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8Q
ERITFBUWFxgZGhscHR4fAAAABEVOQ1I=
-----END OPENSSH PRIVATE KEY-----
`
  const locked = `-----BEGIN ENCRYPTED PRIVATE KEY-----
MCAwGwYJKoZIhvcNAQUNMA4GCSqGSIb3DQEFDDABAAQBAA==
-----END ENCRYPTED PRIVATE KEY-----
`
  const blob = 'AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f'
  const fingerprint = 'SHA256:ZkAslGjFiUHdGf/WUL8rQvkib4PTvQatUV0OUQSncCA'
  const modified = '2026-03-01T12:00:00Z'
  const passwd = exampleFile(
    '/etc/passwd',
    'root:x:0:0::/root:/bin/sh\nalice:x:1000:1000::/home/alice:/bin/sh\nbob:x:1001:1000::/home/bob:/bin/sh\n',
  )
  const group = exampleFile('/etc/group', 'root:x:0:\nstaff:x:1000:\n')
  const at = (path: string, more: Partial<FoundEntry> = {}): FoundEntry => ({
    path,
    type: 'file',
    mode: 0o600,
    uid: 1000,
    gid: 1000,
    size: 400,
    modified,
    ...more,
  })
  const result = (...entries: readonly FoundEntry[]): FindResult => ({
    state: 'found',
    entries,
    unsearched: [],
    unnamed: 0,
  })
  const absent = (path: string): HostFile => ({ path, state: 'unread', why: 'no-such-file' })
  const gathered = (
    files: readonly { readonly entry: FoundEntry; readonly text: string; readonly beside?: string }[],
    sockets: readonly FoundEntry[] = [],
  ): Gathered => ({
    passwd,
    group,
    found: [result(...files.map(({ entry }) => entry))],
    sockets: [result(...sockets)],
    files: files.map(({ entry, text, beside }) => ({
      entry,
      file: exampleFile(entry.path, text),
      beside: beside === undefined ? absent(`${entry.path}.pub`) : exampleFile(`${entry.path}.pub`, beside),
    })),
    look: exampleLook(
      files.map(({ entry }) => entry.path),
      [
        ...['/home', '/home/alice', '/etc', '/etc/ssl', '/srv', '/srv/keys'].map((path) => ({
          path,
          type: 'folder' as const,
          mode: 0o755,
        })),
        ...files.map(({ entry }) => entry),
      ],
    ),
    blacklist: [],
  })
  const found = (path: string, more: Partial<Key> = {}): Key => ({
    kind: 'key',
    role: 'private',
    fingerprint,
    algorithm: 'ssh-ed25519',
    bits: 256,
    account: 'alice',
    format: 'openssh',
    passphrase: 'yes',
    file: { modified, mode: '0600', owner: 1000 },
    place: { path, line: 1 },
    ...more,
  })
  const nobodys = (path: string): Key => {
    const { account: _, ...key } = found(path, { file: { modified, mode: '0600', owner: 0 } })
    return key
  }
  return [
    {
      title: 'a key of OpenSSH has its fingerprint in clear, also behind a passphrase; its account is that of the home',
      gathered: gathered([{ entry: at('/home/alice/id'), text: openssh, beside: `ssh-ed25519 ${blob} alice@desk\n` }]),
      finds: [found('/home/alice/id', { comment: 'alice@desk' })],
    },
    {
      title: 'what a key of another form hides the file beside it may tell',
      gathered: gathered([
        { entry: at('/srv/keys/a'), text: locked, beside: `ssh-ed25519 ${blob}\n` },
        { entry: at('/srv/keys/b', { uid: 4711 }), text: locked },
      ]),
      finds: [
        found('/srv/keys/a', { format: 'pkcs8' }),
        {
          kind: 'key' as const,
          role: 'private' as const,
          algorithm: 'unknown',
          format: 'pkcs8' as const,
          passphrase: 'yes' as const,
          file: { modified, mode: '0600', owner: 4711 },
          place: { path: '/srv/keys/b', line: 1 },
        },
      ],
    },
    {
      title: 'a file that the group of its owner or everybody may read is told to be so',
      gathered: gathered([
        { entry: at('/home/alice/all', { mode: 0o604 }), text: openssh },
        { entry: at('/home/alice/staff', { mode: 0o640 }), text: openssh },
        { entry: at('/srv/keys/root', { mode: 0o640, uid: 0, gid: 0 }), text: openssh },
      ]),
      finds: [
        found('/home/alice/all', {
          concerns: ['file-readable-by-others'],
          file: { modified, mode: '0604', owner: 1000 },
        }),
        found('/home/alice/staff', {
          concerns: ['file-readable-by-others'],
          file: { modified, mode: '0640', owner: 1000 },
        }),
        found('/srv/keys/root', { account: 'root', file: { modified, mode: '0640', owner: 0 } }),
      ],
    },
    {
      title:
        "a server's key beside its certificate, or among certificates, is nobody's login; one in a format of SSH's is",
      gathered: gathered([
        { entry: at('/etc/ssl/key.pem', { uid: 0, gid: 0 }), text: locked, beside: `ssh-ed25519 ${blob}\n` },
        {
          entry: at('/srv/keys/server', { uid: 0, gid: 0 }),
          text: `${openssh}-----BEGIN CERTIFICATE-----\n`,
        },
        { entry: at('/srv/keys/ca/users', { uid: 0, gid: 0 }), text: openssh },
      ]),
      finds: [
        { ...nobodys('/etc/ssl/key.pem'), format: 'pkcs8' as const },
        nobodys('/srv/keys/server'),
        found('/srv/keys/ca/users', { account: 'root', file: { modified, mode: '0600', owner: 0 } }),
      ],
    },
    {
      title: 'text about keys is none; a broken key and one that SSH cannot use are noted',
      gathered: gathered([
        { entry: at('/srv/keys/howto'), text: '-----BEGIN RSA PRIVATE KEY-----\n...\n' },
        { entry: at('/srv/keys/broken'), text: `-----BEGIN RSA PRIVATE KEY-----\n${'QUJD'.repeat(12)}\n` },
        {
          entry: at('/srv/keys/x25519'),
          text: '-----BEGIN PRIVATE KEY-----\nMAwCAQAwBQYDK2VuBAA=\n-----END PRIVATE KEY-----\n',
        },
      ]),
      finds: [],
      notes: [
        { code: 'unparsable' as const, path: '/srv/keys/broken', line: 1, detail: 'a private key of no known form' },
        {
          code: 'unsupported' as const,
          path: '/srv/keys/x25519',
          line: 1,
          detail: 'a private key of a kind that SSH has not',
        },
      ],
    },
    {
      title: 'the sockets of agents are told; sockets of other programs with such names are not',
      gathered: gathered(
        [],
        [
          at('/tmp/ssh-XXXXabcd/agent.4711', { type: 'socket' }),
          at('/run/user/1000/gnupg/S.gpg-agent.ssh', { type: 'socket' }),
          at('/opt/monitor/agent.sock', { type: 'socket' }),
        ],
      ),
      finds: [
        { path: '/tmp/ssh-XXXXabcd/agent.4711', because: 'ssh-agent' },
        { path: '/run/user/1000/gnupg/S.gpg-agent.ssh', because: 'gpg-agent' },
      ].map(({ path, because }) => ({
        kind: 'file' as const,
        role: 'agent-socket' as const,
        type: 'socket' as const,
        owner: 1000,
        group: 1000,
        mode: '0600',
        modified,
        account: 'alice',
        because,
        place: { path },
      })),
    },
  ]
}
