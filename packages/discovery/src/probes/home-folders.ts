import type { FindingOf } from '@rollcall/contract'
import { clipped, MAX_PATH } from '../formats/accounts/account-file.ts'
import { isInteractiveShell } from '../formats/accounts/login-shell.ts'
import { passwdOf, type PasswdEntry } from '../formats/accounts/passwd.ts'
import type { FindResult, FoundEntry, HostFile } from '../host.ts'
import { exampleFile, hostProbe } from '../probe.ts'
import { literally, octalMode } from '../posix-path.ts'

const PASSWD = '/etc/passwd'

/** Homes that are looked at: far more than any host's own accounts have. */
const MOST_HOMES = 5000

interface Gathered {
  readonly passwd?: HostFile | undefined
  readonly homes: FindResult
}

export default hostProbe<Gathered>({
  id: 'home-folders',
  title: 'Who owns the home folders of local accounts, and who may write to them',
  needs: [
    { reads: PASSWD, right: 'any-account', hides: 'which homes there are' },
    {
      reads: 'owner and mode of each home folder',
      right: 'any-account',
      hides: 'homes below folders closed to others',
    },
  ],

  async gather(host) {
    const [passwd] = await host.read(PASSWD)
    const homes = homesOf(passwdOf(passwd).entries)
    if (homes.length > MOST_HOMES) host.missed({ code: 'too-many', path: PASSWD, count: homes.length - MOST_HOMES })
    if (homes.length === 0) return { passwd, homes: NOTHING }
    const under = homes.slice(0, MOST_HOMES).map(literally)
    return { passwd, homes: await host.find({ under, maxDepth: 0, maxEntries: MOST_HOMES }) }
  },

  parse({ passwd, homes }) {
    const found = new Map(homes.state === 'found' ? homes.entries.map((entry) => [entry.path, entry]) : [])
    const findings = passwdOf(passwd).entries.flatMap((account): FindingOf<'file'>[] => {
      const entry = found.get(homeOf(account))
      if (entry === undefined || !isWorthTelling(account, entry)) return []
      return [home(account, entry)]
    })
    return { findings }
  },

  examples: [
    {
      title: 'The home of somebody who can work on the host is always told, that of a service only when it is not safe',
      gathered: {
        passwd: exampleFile(
          PASSWD,
          'alice:x:1000:1000::/home/alice:/bin/bash\nwww-data:x:33:33::/var/www:/usr/sbin/nologin\n',
        ),
        homes: found(
          { path: '/home/alice', uid: 1000, gid: 1000, mode: 0o700 },
          { path: '/var/www', uid: 0, gid: 0, mode: 0o755 },
        ),
      },
      finds: [
        {
          kind: 'file',
          role: 'home',
          type: 'folder',
          owner: 1000,
          group: 1000,
          mode: '0700',
          account: 'alice',
          place: { path: '/home/alice' },
        },
      ],
    },
    {
      title: 'A service whose home everybody may write to',
      gathered: {
        passwd: exampleFile(PASSWD, 'backup:x:34:34::/srv/backup/:/usr/sbin/nologin\n'),
        homes: found({ path: '/srv/backup', uid: 34, gid: 34, mode: 0o1777 }),
      },
      finds: [
        {
          kind: 'file',
          role: 'home',
          type: 'folder',
          owner: 34,
          group: 34,
          mode: '1777',
          account: 'backup',
          place: { path: '/srv/backup' },
        },
      ],
    },
    {
      title: 'A service whose home belongs to another account than itself and root',
      gathered: {
        passwd: exampleFile(PASSWD, 'git:x:998:998::/srv/git:/usr/sbin/nologin\n'),
        homes: found({ path: '/srv/git', uid: 1000, gid: 1000, mode: 0o755 }),
      },
      finds: [
        {
          kind: 'file',
          role: 'home',
          type: 'folder',
          owner: 1000,
          group: 1000,
          mode: '0755',
          account: 'git',
          place: { path: '/srv/git' },
        },
      ],
    },
    {
      title: 'A home that is a link elsewhere, and two accounts that share one',
      gathered: {
        passwd: exampleFile(
          PASSWD,
          'root:x:0:0::/root:/bin/bash\ntoor:x:0:0::/root:/bin/sh\nbob:x:1001:1001::/home/bob:/bin/sh\n',
        ),
        homes: found(
          { path: '/root', uid: 0, gid: 0, mode: 0o700 },
          { path: '/home/bob', uid: 0, gid: 0, mode: 0o777, type: 'link' },
        ),
      },
      finds: [
        ...['root', 'toor'].map((account) => ({
          kind: 'file' as const,
          role: 'home' as const,
          type: 'folder' as const,
          owner: 0,
          group: 0,
          mode: '0700',
          account,
          place: { path: '/root' },
        })),
        {
          kind: 'file',
          role: 'home',
          type: 'link',
          owner: 0,
          group: 0,
          mode: '0777',
          account: 'bob',
          place: { path: '/home/bob' },
        },
      ],
    },
    {
      title: 'Homes that do not exist, and names that are no paths, are nothing to tell',
      gathered: {
        passwd: exampleFile(PASSWD, 'nobody:x:65534:65534::/nonexistent:/bin/sh\nodd:x:5:5::home:/bin/sh\n'),
        homes: found(),
      },
      finds: [],
    },
  ],
})

const NOTHING: FindResult = { state: 'found', entries: [], unsearched: [], unnamed: 0 }

/** Without the slashes at its end, as a search prints it. */
const homeOf = ({ home }: PasswdEntry) => (home === '/' ? home : home.replace(/\/{1,64}$/, ''))

const homesOf = (entries: readonly PasswdEntry[]) => [
  ...new Set(
    entries.map(homeOf).filter((home) => home.startsWith('/') && home.length <= MAX_PATH && !/[\0\r\n]/.test(home)),
  ),
]

/** Links are told wherever somebody may work: what they lead to was not looked at. */
const isWorthTelling = ({ uid, shell }: PasswdEntry, { type, uid: owner, mode }: FoundEntry) =>
  isInteractiveShell(shell) || (owner !== uid && owner !== 0) || (type !== 'link' && (mode & 0o022) !== 0)

/** Its time of change is left out: it is that of the newest file in it and says nothing. */
const home = ({ name }: PasswdEntry, { path, type, uid, gid, mode }: FoundEntry): FindingOf<'file'> => ({
  kind: 'file',
  role: 'home',
  type,
  owner: uid,
  group: gid,
  mode: octalMode(mode),
  account: name,
  place: { path: clipped(path, MAX_PATH) },
})

function found(
  ...entries: readonly (Partial<FoundEntry> & Pick<FoundEntry, 'path' | 'uid' | 'gid' | 'mode'>)[]
): FindResult {
  return {
    state: 'found',
    entries: entries.map((entry) => ({ type: 'folder', size: 4096, modified: '2026-03-01T12:00:00.000Z', ...entry })),
    unsearched: [],
    unnamed: 0,
  }
}
