import type { FindingOf, Reason } from '@rollcall/contract'
import { clipped, MAX_NAME, MAX_PATH } from '../formats/accounts/account-file.ts'
import { HOMES_ELSEWHERE, inUsualHomes, homeReader, readInHomes, type HomeFile } from '../formats/home-files.ts'
import { weaknessesOf } from '../formats/ssh-keys/concerns.ts'
import {
  nameFinder,
  parseKnownHosts,
  type KnownHosts,
  type KnownKeys,
  type NameFinder,
} from '../formats/known-hosts.ts'
import { localPeople } from '../formats/accounts/local-people.ts'
import { fingerprintOfBlob } from '../formats/ssh-keys/public-key.ts'
import type { HostFile } from '../host.ts'
import { exampleFile, hostProbe, textOf, type ParseContext } from '../probe.ts'
import { octalMode } from '../posix-path.ts'

interface Gathered {
  readonly passwd: HostFile | undefined
  /** For all accounts of the host. */
  readonly shared: readonly HostFile[]
  readonly own: readonly HomeFile[]
  /** Where further names may stand: /etc/hosts and the configurations of clients. */
  readonly names: readonly HostFile[]
}

type Key = FindingOf<'key'>

export default hostProbe<Gathered>({
  id: 'known-hosts',
  title: 'Host keys of other machines that the host or an account takes for genuine',
  needs: [
    {
      reads: '/etc/ssh/ssh_known_hosts and /etc/ssh/ssh_known_hosts2',
      right: 'any-account',
      hides: 'host keys that all accounts trust',
    },
    {
      reads: '~/.ssh/known_hosts and ~/.ssh/known_hosts2 of all accounts',
      right: 'root',
      hides: 'to which hosts other accounts went',
      grants: { read: inUsualHomes('.ssh/known_hosts', '.ssh/known_hosts2') },
      unlisted: HOMES_ELSEWHERE,
    },
    {
      reads: '/etc/hosts, /etc/ssh/ssh_config and ~/.ssh/config of all accounts',
      right: 'root',
      hides: 'names by which hashed entries could be told',
      grants: { read: inUsualHomes('.ssh/config') },
      unlisted: HOMES_ELSEWHERE,
    },
  ],

  async gather(host) {
    const [reader, configReader] = [homeReader(host, NAMES, { stat: true }), homeReader(host, CONFIGS)]
    const [[passwd], shared, [hosts], system] = await Promise.all([
      host.read('/etc/passwd'),
      host.readWith({ stat: true }, '/etc/ssh/ssh_known_hosts', '/etc/ssh/ssh_known_hosts2'),
      host.read('/etc/hosts'),
      host.read('/etc/ssh/ssh_config', '/etc/ssh/ssh_config.d/*.conf'),
    ])
    const people = localPeople(passwd, undefined)
    const [own, configs] = await Promise.all([
      readInHomes(host, people, reader, NAMES),
      readInHomes(host, people, configReader, CONFIGS),
    ])
    const names = [...(hosts === undefined ? [] : [hosts]), ...system, ...configs.map(({ file }) => file)]
    return { passwd, shared, own, names: names.filter(({ state }) => state === 'read') }
  },

  parse({ shared, own, names }, { host, sha256 }) {
    const keys: KnownKeys = new Map()
    const files = [
      ...shared.map((file) => ({ file, accounts: [undefined] })),
      ...own.map(({ file, accounts }) => ({ file, accounts })),
    ].map((one) => ({ ...one, read: parseKnownHosts(textOf(one.file), keys) }))
    const finder = nameFinder(
      namesKnown(
        host,
        names,
        files.map(({ read }) => read),
      ),
      MOST_DIGESTS,
    )
    const weaknesses = new Map<string, Key['concerns']>()
    const notes: Reason[] = []
    const findings: Key[] = []
    for (const { file, accounts, read } of files) {
      const path = clipped(file.path, MAX_PATH)
      for (const { line, why } of read.refused.slice(0, MOST_NOTES - notes.length))
        notes.push({ code: 'unparsable', path, line, detail: why })
      const told = keysOf(file, path, read, finder, sha256, weaknesses, notes)
      for (const account of accounts)
        for (const key of told)
          if (findings.length < MOST_FINDINGS)
            findings.push(account === undefined ? key : { ...key, account: clipped(account, MAX_NAME) })
    }
    if (finder.unsought() > 0)
      notes.push({
        code: 'too-many',
        detail: 'hashed names that were not held against all known names',
        count: finder.unsought(),
      })
    return { findings, notes }
  },

  examples: examples(),
})

const NAMES = ['.ssh/known_hosts', '.ssh/known_hosts2']
const CONFIGS = ['.ssh/config']

/** What matching hashed names may cost in all. */
const MOST_DIGESTS = 4000
const MOST_FINDINGS = 100_001
const MOST_NOTES = 200
const MOST_HOSTS = 64
const LONGEST_HOST = 256
const LONGEST_COMMENT = 1024
const MOST_NAMES = 5000

/** One finding for each key of a file, with all the names that its lines give it. */
const keysOf = (
  file: HostFile,
  path: string,
  { entries }: KnownHosts,
  finder: NameFinder,
  sha256: ParseContext['sha256'],
  weaknesses: Map<string, Key['concerns']>,
  notes: Reason[],
): Key[] => {
  const stat = file.state === 'read' ? file.stat : undefined
  const byKey = new Map<string, { key: Omit<Key, 'hosts'>; hosts: Set<string> }>()
  for (const { line, marker, hosts, key, comment } of entries) {
    const fingerprint = fingerprintOfBlob(key.blob, sha256)
    const named = hosts.map((name) => (name.startsWith('|') ? (finder.find(name) ?? name) : name))
    const known = byKey.get(`${marker ?? ''} ${fingerprint}`)
    if (known !== undefined) {
      for (const name of named) known.hosts.add(clipped(name, LONGEST_HOST))
      continue
    }
    const concerns = weaknesses.get(fingerprint) ?? weaknessesOf(key, fingerprint)
    weaknesses.set(fingerprint, concerns)
    byKey.set(`${marker ?? ''} ${fingerprint}`, {
      hosts: new Set(named.map((name) => clipped(name, LONGEST_HOST))),
      key: {
        kind: 'key',
        role: 'known',
        fingerprint,
        algorithm: key.algorithm,
        bits: key.bits,
        ...(comment === '' ? {} : { comment: clipped(comment, LONGEST_COMMENT) }),
        ...(marker === undefined ? {} : { options: [{ name: marker }] }),
        ...(concerns.length === 0 ? {} : { concerns }),
        ...(stat === undefined
          ? {}
          : { file: { modified: stat.modified, mode: octalMode(stat.mode), owner: stat.uid } }),
        place: { path, line },
      },
    })
  }
  return [...byKey.values()].map(({ key, hosts }): Key => {
    if (hosts.size > MOST_HOSTS)
      notes.push({ code: 'too-many', ...key.place, detail: 'names of one key', count: hosts.size - MOST_HOSTS })
    return { ...key, hosts: [...hosts].slice(0, MOST_HOSTS) }
  })
}

/** Names that a hashed entry may stand for: those of clients' configurations, plain entries, /etc/hosts, and the host's own. */
const namesKnown = (
  { hostname, fqdn, addresses }: ParseContext['host'],
  files: readonly HostFile[],
  known: readonly KnownHosts[],
): string[] => {
  const names = new Set<string>()
  const ports = new Set<string>()
  const add = (name: string | undefined) => {
    if (name !== undefined && name.length <= LONGEST_HOST && /^[\w.:[\]-]+$/.test(name)) names.add(name.toLowerCase())
  }
  for (const file of files)
    for (const line of textOf(file).split('\n', 20_000)) {
      if (file.path === '/etc/hosts') for (const word of line.replace(/#.*/, '').trim().split(/\s+/)) add(word)
      else {
        const [, keyword, rest = ''] =
          /^\s*(host|hostname|hostkeyalias|proxyjump|port)(?:\s*=\s*|\s+)(.*)$/i.exec(line) ?? []
        if (keyword === undefined) continue
        for (const word of rest.split(/[\s,]+/)) {
          if (keyword.toLowerCase() === 'port') ports.add(word)
          else add(word.replace(/^.*@/, '').replaceAll('"', ''))
        }
      }
    }
  for (const { entries } of known)
    for (const { hosts } of entries)
      for (const name of hosts) {
        const [, inside, port] = /^\[([^\]]+)\]:(\d+)$/.exec(name) ?? []
        add(inside ?? name)
        if (port !== undefined) ports.add(port)
      }
  for (const name of ['localhost', '127.0.0.1', '::1', hostname, fqdn, ...addresses]) add(name)
  const plain = [...names].slice(0, MOST_NAMES)
  const other = [...ports].filter((port) => /^\d{1,5}$/.test(port) && port !== '22').slice(0, 16)
  return [...plain, ...other.flatMap((port) => plain.map((name) => `[${name}]:${port}`))]
}

function examples() {
  const blob = 'AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f'
  const line = `ssh-ed25519 ${blob}`
  const hashed = '|1|AAECAwQFBgcICQoLDA0ODxAREhM=|NBy/GTn6gndJZcf+8e0V/maplm8='
  const passwd = exampleFile('/etc/passwd', 'root:x:0:0::/root:/bin/sh\nalice:x:1000:1000::/home/alice:/bin/sh\n')
  const home = '/home/alice/.ssh/known_hosts'
  const gathered = (own: string, more: Partial<Gathered> = {}): Gathered => ({
    passwd,
    shared: [],
    own: [{ accounts: ['alice'], home: '/home/alice', file: exampleFile(home, own) }],
    names: [],
    ...more,
  })
  const found: Key = {
    kind: 'key',
    role: 'known',
    fingerprint: 'SHA256:ZkAslGjFiUHdGf/WUL8rQvkib4PTvQatUV0OUQSncCA',
    algorithm: 'ssh-ed25519',
    bits: 256,
    account: 'alice',
    place: { path: home, line: 1 },
  }
  return [
    {
      title: 'each key of a file is told once, with all the names that it stands for',
      gathered: gathered(`web,192.0.2.1 ${line}\n# a comment\n[git.example.org]:2222 ${line}\n`),
      finds: [{ ...found, hosts: ['web', '192.0.2.1', '[git.example.org]:2222'] }],
    },
    {
      title: 'a hashed name is told where it is one of those known here, and stays hashed where it is not',
      gathered: gathered(`${hashed} ${line}\n`, {
        names: [exampleFile('/home/alice/.ssh/config', 'Host short\n  HostName db.example.org\n')],
      }),
      finds: [{ ...found, hosts: ['db.example.org'] }],
    },
    {
      title: 'of a hashed name that nothing else names the hash is told',
      gathered: gathered(`${hashed} ${line}\n`),
      finds: [{ ...found, hosts: [hashed] }],
    },
    {
      title: 'a key of the whole host has no account; markers come as options',
      gathered: {
        passwd,
        own: [],
        names: [],
        shared: [
          exampleFile('/etc/ssh/ssh_known_hosts', `@cert-authority *.example.org ${line} ca\n@revoked old ${line}\n`),
        ],
      },
      finds: [
        { name: 'cert-authority', hosts: ['*.example.org'], comment: 'ca', line: 1 },
        { name: 'revoked', hosts: ['old'], line: 2 },
      ].map(({ name, hosts, comment, line: number }): Key => {
        const { account: _, ...key } = found
        return {
          ...key,
          ...(comment === undefined ? {} : { comment }),
          options: [{ name }],
          place: { path: '/etc/ssh/ssh_known_hosts', line: number },
          hosts,
        }
      }),
    },
    {
      title: 'lines that ssh passes over are told by their number alone',
      gathered: gathered(`web ssh-rsa ${blob}\nold 1024 35 123456789\n`),
      finds: [],
      notes: [
        { code: 'unparsable' as const, path: home, line: 1, detail: 'a key that does not agree with its type' },
        { code: 'unparsable' as const, path: home, line: 2, detail: 'a key of protocol 1' },
      ],
    },
  ]
}
