import type { FindingOf, Reason } from '@rollcall/contract'
import { clipped, MAX_PATH } from '../formats/accounts/account-file.ts'
import {
  DEBIAN_BLACKLISTS,
  findDebianBlacklists,
  isBlacklistedIn,
  lookUpInDebianBlacklists,
  type DebianBlacklist,
} from '../formats/ssh-keys/debian-blacklist.ts'
import { concernsWhere, weaknessesOf } from '../formats/ssh-keys/concerns.ts'
import { keyFileTrust } from '../formats/key-file-trust.ts'
import { localPeople } from '../formats/accounts/local-people.ts'
import { exampleLook, lookAtPaths, ways, type PathLook } from '../formats/path-trust.ts'
import { readPrivateKeys } from '../formats/private-key/private-keys.ts'
import { fingerprintOfBlob, readSshPublicKey, type SshPublicKey } from '../formats/ssh-keys/public-key.ts'
import { gatherSshd, SSHD_FILES, sshdSetup, type SshdGathered } from '../formats/sshd-config/files.ts'
import type { HostFile } from '../host.ts'
import { exampleFile, exampleOutput, hostProbe, textOf, type PublicPoint } from '../probe.ts'
import { literally, octalMode } from '../posix-path.ts'

interface Gathered {
  readonly sshd: SshdGathered
  readonly passwd: HostFile | undefined
  readonly group: HostFile | undefined
  /** Public halves: those of the usual place, and beside what HostKey names elsewhere. */
  readonly halves: readonly HostFile[]
  /** Dropbear's keys, whose files hold both halves, and private halves that have no public one beside them. */
  readonly whole: readonly HostFile[]
  readonly look: PathLook
  readonly blacklist: DebianBlacklist
}

type Key = FindingOf<'key'>

export default hostProbe<Gathered>({
  id: 'host-keys',
  title: 'The keys by which the SSH server proves which host it is',
  needs: [
    {
      reads: '/etc/ssh/ssh_host_*_key.pub, and those beside what HostKey names elsewhere',
      right: 'any-account',
      hides: 'which keys the host has',
    },
    {
      reads: '/etc/dropbear/dropbear_*_host_key, and host keys without a public half beside them',
      right: 'root',
      hides: 'host keys that have no file for their public half',
      unlisted: 'a list would let the scan account read the private keys of the host',
    },
    {
      reads: `${DEBIAN_BLACKLISTS.join(' and ')}, where they exist`,
      right: 'any-account',
      hides: "keys of Debian's broken generator (CVE-2008-0166); on hosts without these lists that is not tested",
    },
    {
      reads: '/etc/ssh/sshd_config',
      right: 'root',
      hides: 'which of them the server uses',
      grants: { read: SSHD_FILES },
    },
    { reads: '/etc/passwd and /etc/group', right: 'any-account', hides: 'who may read private halves by their group' },
  ],

  async gather(host) {
    const [sshd, [passwd], [group], usual, dropbear, lists] = await Promise.all([
      gatherSshd(host),
      host.read('/etc/passwd'),
      host.read('/etc/group'),
      host.read(USUAL),
      host.readWith({ maxBytes: LARGEST }, DROPBEAR),
      findDebianBlacklists(host),
    ])
    const named = privateHalves(sshd, usual)
    const further = named.filter((path) => !isUsual(path))
    const dropbears = dropbear.filter(({ state }) => state === 'read')
    const [elsewhere, look] = await Promise.all([
      Promise.all(further.map((path) => host.read(`${literally(path)}.pub`))),
      named.length + dropbears.length === 0
        ? NO_LOOK
        : lookAtPaths(host, [...named, ...dropbears.map(({ path }) => path)]),
    ])
    const halves = [...usual, ...elsewhere.flat()].filter(({ state }) => state === 'read')
    const wayTo = ways(look)
    const alone = named.filter(
      (path) => !halves.some((half) => half.path === `${path}.pub`) && wayTo(path).end === 'there',
    )
    const whole = await Promise.all(alone.map((path) => host.readWith({ maxBytes: LARGEST }, literally(path))))
    const gathered = { halves, whole: [...dropbears, ...whole.flat().filter(({ state }) => state === 'read')] }
    const blacklist = await lookUpInDebianBlacklists(
      host,
      lists,
      // The list that it is for knows no keys of curves.
      hostKeys(gathered, () => undefined).map(({ key }) => key),
    )
    return { sshd, passwd, group, ...gathered, look, blacklist }
  },

  parse({ sshd, passwd, group, halves, whole, look, blacklist }, { sha256, publicPoint }) {
    const people = localPeople(passwd, group)
    const wayTo = ways(look)
    const used = new Set(privateHalves(sshd, halves))
    const isBlacklisted = isBlacklistedIn(blacklist)
    const keys = hostKeys({ halves, whole }, publicPoint)
    const findings = keys
      .filter(({ privatePath }) => used.has(privatePath) || DROPBEAR_PATH.test(privatePath))
      .map(({ path, line, privatePath, key, comment }): Key => {
        const fingerprint = fingerprintOfBlob(key.blob, sha256)
        const way = wayTo(privatePath)
        const entry = way.end === 'there' ? way.passed.at(-1) : undefined
        const { readable } = keyFileTrust(way, { uid: 0, home: '' }, privatePath, people)
        const concerns = [
          ...weaknessesOf(key, fingerprint, isBlacklisted),
          ...concernsWhere({ 'file-readable-by-others': readable }),
        ]
        return {
          kind: 'key',
          role: 'host',
          fingerprint,
          algorithm: key.algorithm,
          bits: key.bits,
          ...(comment === '' ? {} : { comment: clipped(comment, LONGEST_COMMENT) }),
          ...(concerns.length === 0 ? {} : { concerns }),
          ...(entry === undefined
            ? {}
            : {
                file: {
                  modified: entry.modified,
                  mode: octalMode(entry.mode),
                  owner: entry.uid,
                },
              }),
          place: { path: clipped(path, MAX_PATH), ...(line === undefined ? {} : { line }) },
        }
      })
    return { findings, reasons: look.left, notes: hidden(used, [...halves, ...whole], keys) }
  },

  examples: examples(),
})

const USUAL = '/etc/ssh/ssh_host_*_key.pub'
const DROPBEAR = '/etc/dropbear/dropbear_*_host_key'
const DROPBEAR_PATH = /^\/etc\/dropbear\/dropbear_[^/]*_host_key$/
const LARGEST = 65_536
const MOST_KEYS = 32
const LONGEST_COMMENT = 1024
const NO_LOOK: PathLook = { asked: [], found: [], left: [] }

const isUsual = (path: string) => /^\/etc\/ssh\/ssh_host_[^/]*_key$/.test(path)

/** Where the private halves are that the server uses: what HostKey names. Where that is not known, all of the usual place. */
const privateHalves = (sshd: SshdGathered, usual: readonly HostFile[]): string[] => {
  const setup = sshdSetup(sshd, [])
  const named = setup.state === 'known' ? (setup.evaluation.general.get('hostkey')?.values ?? []) : []
  if (named.length > 0) return [...new Set(named.filter((path) => path.startsWith('/')))].slice(0, MOST_KEYS)
  return usual.flatMap(({ path }) => (path.endsWith('.pub') ? [path.slice(0, -4)] : [])).slice(0, MOST_KEYS)
}

interface HostKey {
  readonly path: string
  readonly line?: number
  readonly privatePath: string
  readonly key: SshPublicKey
  readonly comment: string
}

const hostKeys = ({ halves, whole }: Pick<Gathered, 'halves' | 'whole'>, publicPoint: PublicPoint): HostKey[] => [
  ...halves.flatMap((file): HostKey[] => {
    const [, type = '', base64 = '', comment = ''] = /^\s*(\S{1,100})[ \t]+(\S+)[ \t]*([^\n]*)/.exec(textOf(file)) ?? []
    const key = readSshPublicKey(type, base64)
    if (key === undefined) return []
    return [{ path: file.path, line: 1, privatePath: file.path.replace(/\.pub$/, ''), key, comment: comment.trim() }]
  }),
  ...whole.flatMap((file): HostKey[] =>
    file.state === 'read'
      ? readPrivateKeys(file.bytes, publicPoint, /dropbear/.test(file.path)).keys.flatMap(
          ({ publicKey, comment = '' }) =>
            publicKey === undefined ? [] : [{ path: file.path, privatePath: file.path, key: publicKey, comment }],
        )
      : [],
  ),
]

/** Keys that the server names and nothing tells; on many hosts it names more than were ever made. */
const hidden = (used: ReadonlySet<string>, files: readonly HostFile[], keys: readonly HostKey[]): Reason[] => {
  const told = new Set(keys.map(({ privatePath }) => privatePath))
  return files
    .filter(({ path }) => used.has(path.replace(/\.pub$/, '')) && !told.has(path.replace(/\.pub$/, '')))
    .map(({ path }) => ({ code: 'unparsable' as const, path: clipped(path, MAX_PATH), detail: 'no key' }))
}

function examples() {
  const blob = 'AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f'
  const line = `ssh-ed25519 ${blob}`
  const main = '/etc/ssh/sshd_config'
  const usual = '/etc/ssh/ssh_host_ed25519_key'
  const modified = '2026-03-01T12:00:00Z'
  const seed = String.fromCharCode(...Array.from({ length: 32 }, (_, index) => index))
  const absent: HostFile = { path: main, state: 'unread', why: 'no-such-file' }
  const gathered = (config: string | undefined, more: Partial<Gathered> = {}): Gathered => ({
    sshd: {
      files: [config === undefined ? absent : exampleFile(main, config)],
      included: [],
      defaults: exampleOutput(
        'port 22\npermitrootlogin no\nhostkey /etc/ssh/ssh_host_rsa_key\nhostkey /etc/ssh/ssh_host_ed25519_key\n',
      ),
    },
    passwd: exampleFile('/etc/passwd', 'root:x:0:0::/root:/bin/sh\nalice:x:1000:1000::/home/alice:/bin/sh\n'),
    group: exampleFile('/etc/group', 'root:x:0:\nkeys:x:7:alice\n'),
    halves: [exampleFile(`${usual}.pub`, `${line} root@host\n`)],
    whole: [],
    look: { asked: [], found: [], left: [] },
    blacklist: [],
    ...more,
  })
  const look = (mode: number, gid = 0, path = usual) =>
    exampleLook(
      [path],
      [
        ...['/etc', '/etc/ssh', '/etc/dropbear'].map((folder) => ({
          path: folder,
          type: 'folder' as const,
          mode: 0o755,
        })),
        { path, mode, gid, modified },
      ],
    )
  const found: Key = {
    kind: 'key',
    role: 'host',
    fingerprint: 'SHA256:ZkAslGjFiUHdGf/WUL8rQvkib4PTvQatUV0OUQSncCA',
    algorithm: 'ssh-ed25519',
    bits: 256,
    place: { path: `${usual}.pub`, line: 1 },
  }
  return [
    {
      title: 'the public half tells the key, and what is known of its private half is told with it',
      gathered: gathered('', { look: look(0o600) }),
      finds: [{ ...found, comment: 'root@host', file: { modified, mode: '0600', owner: 0 } }],
    },
    {
      title: 'a private half that others may read is told to be so, also when it is their group that may',
      gathered: gathered('', { look: look(0o640, 7) }),
      finds: [
        {
          ...found,
          comment: 'root@host',
          concerns: ['file-readable-by-others' as const],
          file: { modified, mode: '0640', owner: 0 },
        },
      ],
    },
    {
      title: 'HostKey says which keys the server uses, and where they are',
      gathered: gathered('HostKey /opt/keys/host\n', {
        halves: [exampleFile(`${usual}.pub`, `${line}\n`), exampleFile('/opt/keys/host.pub', `${line} elsewhere\n`)],
      }),
      finds: [{ ...found, comment: 'elsewhere', place: { path: '/opt/keys/host.pub', line: 1 } }],
    },
    {
      title: 'where the configuration is not known all keys of the usual place are told',
      gathered: gathered(undefined),
      finds: [{ ...found, comment: 'root@host' }],
    },
    {
      title: "a key of Dropbear's is read from the one file that holds it",
      gathered: gathered(undefined, {
        halves: [],
        whole: [
          {
            path: '/etc/dropbear/dropbear_ed25519_host_key',
            state: 'read',
            bytes: new TextEncoder().encode(`\0\0\0\u000bssh-ed25519\0\0\0@${'\0'.repeat(32)}${seed}`),
            truncated: false,
          },
        ],
        look: look(0o600, 0, '/etc/dropbear/dropbear_ed25519_host_key'),
      }),
      finds: [
        {
          ...found,
          file: { modified, mode: '0600', owner: 0 },
          place: { path: '/etc/dropbear/dropbear_ed25519_host_key' },
        },
      ],
    },
    {
      title: 'a file that holds no key is noted',
      gathered: gathered('', { halves: [exampleFile(`${usual}.pub`, 'nothing\n')] }),
      finds: [],
      notes: [{ code: 'unparsable' as const, path: `${usual}.pub`, detail: 'no key' }],
    },
  ]
}
