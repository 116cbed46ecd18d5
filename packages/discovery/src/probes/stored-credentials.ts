import type { FindingOf, Reason } from '@rollcall/contract'
import { chooseFiles, isPacked, type ChosenFile } from '../detectors/choose-files.ts'
import { detect, type Detected } from '../detectors/detect.ts'
import { ENGINE } from '../detectors/engine.ts'
import { clipped, MAX_PATH } from '../formats/accounts/account-file.ts'
import { localPeople } from '../formats/accounts/local-people.ts'
import { CREDENTIAL_FOLDERS, PLACES_WITHIN } from '../formats/credential-folders.ts'
import { LEFT_OUT } from '../formats/searched-folders.ts'
import type { FindResult, FoundEntry, HostFile } from '../host.ts'
import { folderOf, literally, octalMode } from '../posix-path.ts'
import { hostProbe, type FileLook, type Gathering, type LookedAt } from '../probe.ts'

interface Gathered {
  readonly found: readonly FindResult[]
  readonly chosen: readonly ChosenFile<FoundEntry>[]
  /** What of them was found out, in the same order. */
  readonly looked: readonly LookedAt<Kept>[]
  readonly notes: readonly Reason[]
}

/** What is kept of a file: what was found in it. */
interface Kept {
  readonly found: readonly Told[]
  /** How many more there were. */
  readonly cut: number
}

type Told = Omit<Detected, 'at' | 'span'>
type StoredCredential = FindingOf<'stored-credential'>

export default hostProbe<Gathered>({
  id: 'stored-credentials',
  title: 'Passwords, tokens and keys that lie in files, with whom they open and who may read them',
  needs: [
    {
      reads:
        'names, sizes and times of files below /root, /home, /etc, /opt, /srv, /usr/local, /var/lib, /var/www, /var/opt, /var/backups, /var/spool/cron, /boot/grub, /run/secrets, /app, /data, /tmp and /var/tmp, and below the homes of accounts elsewhere; container storage, package caches and repositories left out',
      right: 'root',
      hides: 'credentials in folders that are closed to the scan account',
      grants: { searches: true },
    },
    {
      reads: 'of these files what may hold settings, scripts or notes, as far as it is text and not too large',
      right: 'root',
      hides: 'credentials in files that only other accounts may read, which is where most of them should be',
      unlisted:
        'which files these are follows from the search; a list that lets the scan account read any file lets it read every secret of the host',
    },
    { reads: '/etc/passwd', right: 'any-account', hides: 'homes outside of the usual folders' },
  ],

  async gather(host) {
    const wishes = host.wishes.credentials ?? {}
    if (wishes.off === true) {
      host.missed({ code: 'left-out', detail: 'stored credentials are not searched for in this scan' })
      return { found: [], chosen: [], looked: [], notes: [] }
    }
    const { found, candidates } = await findCandidates(host)
    const { read, reasons, notes } = chooseFiles(candidates)
    for (const reason of reasons) host.missed(reason)
    const looked = await host.distil.files(
      read.map(({ file: { path, size, stamp }, maxBytes }) => ({
        path,
        size,
        maxBytes,
        ...(stamp === undefined ? {} : { stamp }),
        ...(isPacked(path) ? { unpack: true as const } : {}),
      })),
      { ...LOOK, maxFiles: wishes.maxFiles ?? LOOK.maxFiles, maxBytes: wishes.maxBytes ?? LOOK.maxBytes },
    )
    const passedOver = (wishes.exclude ?? []).map((path): Reason => ({
      code: 'left-out',
      path: clipped(path, MAX_PATH),
    }))
    return { found, chosen: read, looked, notes: [...passedOver, ...notes] }
  },

  parse({ found, chosen, looked, notes }) {
    const mayPass = openToAll(found)
    const findings: StoredCredential[] = []
    let cut = 0
    for (const [index, { file }] of chosen.entries()) {
      const seen = looked[index]
      if (seen?.state !== 'looked' || seen.kept === undefined) continue
      cut += seen.kept.cut
      const open = (file.mode & 0o004) !== 0 && mayPass(file.path)
      for (const told of seen.kept.found) findings.push(findingOf(told, file, open))
    }
    return { findings, reasons: cut === 0 ? [] : [{ code: 'too-many', detail: 'in one file', count: cut }], notes }
  },

  examples: examples(),
})

const LOOK: FileLook<Kept> = {
  version: ENGINE,
  maxFiles: 20_000,
  maxBytes: 32 * 1024 * 1024,
  of(path, bytes, truncated, tools) {
    const { found, cut } = detect(path, bytes, tools, truncated)
    return found.length === 0 && cut === 0
      ? undefined
      : { found: found.map(({ at: _, span: __, ...told }) => told), cut }
  },
}

/** What a search for files that may hold credentials finds, homes outside of the usual folders included. */
export const findCandidates = async (
  host: Gathering,
): Promise<{ readonly found: readonly FindResult[]; readonly candidates: readonly FoundEntry[] }> => {
  const { exclude = [] } = host.wishes.credentials ?? {}
  const except = [...LEFT_OUT, ...exclude]
  const search = (under: readonly string[], maxDepth?: number) =>
    host.find({
      under,
      except,
      where: { types: ['file', 'folder'] },
      maxEntries: MOST_ENTRIES,
      stamp: true,
      alone: true,
      ...(maxDepth === undefined ? {} : { maxDepth }),
    })
  const [[passwd], usual, within, above] = await Promise.all([
    host.read('/etc/passwd'),
    search(CREDENTIAL_FOLDERS),
    host.find({
      under: PLACES_WITHIN,
      maxDepth: 0,
      except: [...exclude],
      where: { types: ['file'] },
      maxEntries: 1000,
      stamp: true,
    }),
    host.find({ under: ABOVE, maxDepth: 0 }),
  ])
  const homes = homesElsewhere(passwd)
  const elsewhere = homes.slice(0, MOST_HOMES)
  if (homes.length > elsewhere.length)
    host.missed({ code: 'too-many', path: '/etc/passwd', detail: 'homes', count: homes.length - elsewhere.length })
  const further = elsewhere.length === 0 ? [] : [await search(elsewhere.map(literally))]
  const found = [usual, within, above, ...further]
  const files = new Map<string, FoundEntry>()
  for (const result of found)
    if (result.state === 'found')
      for (const entry of result.entries) if (entry.type === 'file') files.set(entry.path, entry)
  return { found, candidates: [...files.values()] }
}

const MOST_ENTRIES = 60_000

/** Folders that lead to those in which a search begins. */
const ABOVE = ['/', '/usr', '/var', '/var/spool', '/boot', '/run', '/export']

/** Homes of accounts of the system: no folders to search. */
const SYSTEM_FOLDER =
  /^\/(?:$|(?:bin|sbin|lib\w*|usr|dev|proc|sys|run|boot|nonexistent|nowhere|none)(?:\/|$)|var(?:$|\/(?:run|cache|mail|spool|list|empty|adm|log|tmp)(?:\/|$)|\/[^/]*$))/
const MOST_HOMES = 500

const homesElsewhere = (passwd: HostFile | undefined): string[] =>
  [...new Set(localPeople(passwd, undefined).accounts.map(({ home }) => home.replace(/\/{1,64}$/, '')))].filter(
    (home) =>
      /^\/[^\0\r\n]{1,3000}$/.test(home) &&
      !/\/\.{1,2}(?:\/|$)/.test(home) &&
      !SYSTEM_FOLDER.test(home) &&
      !CREDENTIAL_FOLDERS.some((folder) => `${home}/`.startsWith(`${folder}/`)),
  )

/** Whether everybody may pass all folders that lead to a file, as far as their bits tell. One that was not seen is taken to be closed. */
const openToAll = (found: readonly FindResult[]): ((path: string) => boolean) => {
  const known = new Map<string, boolean>()
  for (const result of found)
    if (result.state === 'found')
      for (const { path, type, mode } of result.entries) if (type === 'folder') known.set(path, (mode & 0o001) !== 0)
  const open = new Map<string, boolean>()
  const mayPass = (folder: string): boolean => {
    const told = open.get(folder)
    if (told !== undefined) return told
    const may = known.get(folder === '' ? '/' : folder) === true && (folder === '' || mayPass(folderOf(folder)))
    open.set(folder, may)
    return may
  }
  return (path) => mayPass(folderOf(path))
}

const findingOf = (
  { line, weaknesses = [], ...told }: Told,
  { path, mode, uid, gid, modified }: FoundEntry,
  open: boolean,
): StoredCredential => {
  const all = open && OPENS_SOMETHING.has(told.value) ? [...weaknesses, 'readable-by-others' as const] : weaknesses
  return {
    kind: 'stored-credential',
    ...told,
    ...(all.length === 0 ? {} : { weaknesses: [...all] }),
    file: { modified, mode: octalMode(mode), owner: uid, group: gid },
    place: { path: clipped(path, MAX_PATH), line },
  }
}

/** Whoever reads these has something that he should not. */
const OPENS_SOMETHING: ReadonlySet<string> = new Set(['literal', 'key', 'hash'])

type Looked =
  | { readonly state: 'looked'; readonly kept: Kept | undefined }
  | { readonly state: 'unread'; readonly why: 'not-permitted' }

function examples() {
  const modified = '2026-03-01T12:00:00Z'
  const at = (path: string, more: Partial<FoundEntry> = {}): FoundEntry => ({
    path,
    type: 'file',
    mode: 0o600,
    uid: 1000,
    gid: 1000,
    size: 60,
    modified,
    ...more,
  })
  const folders = (...paths: readonly string[]) =>
    paths.map((path) => at(path, { type: 'folder', mode: path === '/root' ? 0o700 : 0o755 }))
  const login = (line: number, more: Partial<Told> = {}): Told => ({
    secret: 'password',
    value: 'literal',
    state: 'active',
    detector: 'netrc',
    evidence: 'format',
    confidence: 'high',
    name: 'password',
    account: 'alice',
    system: 'ftp.example.org',
    length: '8-11',
    digest: 'A1b2C3',
    line,
    offset: 50,
    ...more,
  })
  const gathered = (
    files: readonly { readonly entry: FoundEntry; readonly look: Looked }[],
    passable: readonly FoundEntry[] = folders('/', '/home', '/home/alice', '/etc', '/root'),
    notes: readonly Reason[] = [],
  ): Gathered => ({
    found: [{ state: 'found', entries: [...passable, ...files.map(({ entry }) => entry)], unsearched: [], unnamed: 0 }],
    chosen: files.map(({ entry }) => ({ file: entry, why: 'known', maxBytes: 1000 })),
    looked: files.map(({ entry, look }) => ({ path: entry.path, ...look })),
    notes,
  })
  const holds = (...found: readonly Told[]) => ({ state: 'looked' as const, kept: { found, cut: 0 } })
  const { line: _, ...told } = login(1)
  const found = (path: string, more: Partial<StoredCredential> = {}): StoredCredential => ({
    kind: 'stored-credential',
    ...told,
    file: { modified, mode: '0600', owner: 1000, group: 1000 },
    place: { path, line: 1 },
    ...more,
  })
  return [
    {
      title: 'what was found in a file is told with where it stands, whom it opens, and the facts of the file',
      gathered: gathered([{ entry: at('/home/alice/.netrc'), look: holds(login(1), login(3, { account: 'bob' })) }]),
      finds: [
        found('/home/alice/.netrc'),
        found('/home/alice/.netrc', { account: 'bob', place: { path: '/home/alice/.netrc', line: 3 } }),
      ],
    },
    {
      title: 'a file that everybody may read in folders that everybody may pass is told to be so',
      gathered: gathered([
        { entry: at('/home/alice/.netrc', { mode: 0o644 }), look: holds(login(1)) },
        { entry: at('/root/.netrc', { mode: 0o644 }), look: holds(login(1)) },
        { entry: at('/etc/unseen/netrc', { mode: 0o644 }), look: holds(login(1)) },
      ]),
      finds: [
        found('/home/alice/.netrc', {
          weaknesses: ['readable-by-others'],
          file: { modified, mode: '0644', owner: 1000, group: 1000 },
        }),
        ...['/root/.netrc', '/etc/unseen/netrc'].map((path) =>
          found(path, { file: { modified, mode: '0644', owner: 1000, group: 1000 } }),
        ),
      ],
    },
    {
      title: 'a reference opens nothing by itself, whoever may read it',
      gathered: gathered([
        {
          entry: at('/etc/app.conf', { mode: 0o644 }),
          look: holds(login(1, { value: 'reference', reference: '${APP_PASSWORD}' })),
        },
      ]),
      finds: [
        found('/etc/app.conf', {
          value: 'reference',
          reference: '${APP_PASSWORD}',
          file: { modified, mode: '0644', owner: 1000, group: 1000 },
        }),
      ],
    },
    {
      title: 'of files without credentials and of files that could not be read nothing is told here',
      gathered: gathered([
        { entry: at('/etc/plain.conf'), look: { state: 'looked' as const, kept: undefined } },
        { entry: at('/etc/closed.conf'), look: { state: 'unread' as const, why: 'not-permitted' as const } },
      ]),
      finds: [],
    },
    {
      title: 'what a file has beyond the limit is counted; what was passed over as wished is told',
      gathered: gathered(
        [{ entry: at('/etc/many.conf'), look: { state: 'looked' as const, kept: { found: [login(1)], cut: 7 } } }],
        [],
        [{ code: 'left-out', path: '/srv/archive' }],
      ),
      finds: [found('/etc/many.conf')],
      reasons: [{ code: 'too-many' as const, detail: 'in one file', count: 7 }],
      notes: [{ code: 'left-out' as const, path: '/srv/archive' }],
    },
  ]
}
