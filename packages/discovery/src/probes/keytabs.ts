import type { FindingOf, Reason } from '@rollcall/contract'
import { clipped, MAX_NAME, MAX_PATH } from '../formats/accounts/account-file.ts'
import { parseKeytab, type KeytabEntry } from '../formats/keytab.ts'
import { parseKrb5Conf } from '../formats/krb5-conf.ts'
import { LEFT_OUT, SEARCHED_FOLDERS } from '../formats/searched-folders.ts'
import type { FindResult, HostFile } from '../host.ts'
import { hostProbe, textOf } from '../probe.ts'
import { literally, octalMode } from '../posix-path.ts'

type Credential = FindingOf<'credential'>

interface Gathered {
  readonly found: FindResult
  readonly files: readonly HostFile[]
}

/** Where libraries look by themselves: on Linux, on Solaris, and where MIT's own builds do. */
const USUAL = ['/etc/krb5.keytab', '/etc/krb5/krb5.keytab', '/etc/*.keytab', '/usr/local/etc/krb5.keytab'] as const
const CONFIGURATION = ['/etc/krb5.conf', '/etc/krb5.conf.d/*', '/etc/krb5/krb5.conf'] as const
const NAMES = ['*.keytab', 'krb5.keytab*', '*.keytab[._~-]*', '*.ktab']
const MOST_FILES = 500
const MOST_BYTES = 256 * 1024

export default hostProbe<Gathered>({
  id: 'keytabs',
  title: 'Keytabs: whose keys of Kerberos lie in which file, how strong they are and who may read them',
  needs: [
    {
      reads: `${USUAL.join(', ')}, and files called *.keytab below ${SEARCHED_FOLDERS.join(', ')}`,
      right: 'root',
      hides: 'principals that anybody who reads the file can act as',
      grants: { read: USUAL },
    },
    { reads: CONFIGURATION.join(', '), right: 'any-account', hides: 'keytabs in places of their own' },
  ],

  async gather(host) {
    const [found, usual, configuration] = await Promise.all([
      host.find({
        under: SEARCHED_FOLDERS,
        except: LEFT_OUT,
        where: { types: ['file'], names: NAMES, maxBytes: MOST_BYTES },
        maxEntries: MOST_FILES,
      }),
      host.readWith({ stat: true, maxBytes: MOST_BYTES }, ...USUAL),
      host.read(...CONFIGURATION),
    ])
    const known = new Set(usual.map(({ path }) => path))
    const further = [...foundPaths(found), ...configuredPaths(configuration)].filter((path) => !known.has(path))
    const more = await host.readWith({ stat: true, maxBytes: MOST_BYTES }, ...new Set(further.map(literally)))
    return { found, files: [...usual, ...more] }
  },

  parse({ files }) {
    const findings: Credential[] = []
    const reasons: Reason[] = []
    const notes: Reason[] = []
    const seen = new Set<string>()
    for (const file of files) {
      if (file.state !== 'read' || seen.has(file.path)) continue
      seen.add(file.path)
      const { entries, problem } = parseKeytab(file.bytes)
      const path = clipped(file.path, MAX_PATH)
      if (problem === 'not-a-keytab') notes.push({ code: 'unparsable', path, detail: 'it is no keytab' })
      else if (problem !== undefined && !file.truncated)
        reasons.push({ code: problem === 'too-many' ? 'too-many' : 'unparsable', path })
      findings.push(...credentials(entries, file, path))
    }
    return { findings, reasons, notes, nothingRead: seen.size === 0 }
  },

  examples: examples(),
})

const foundPaths = (found: FindResult) =>
  found.state === 'found' ? found.entries.flatMap(({ path, type }) => (type === 'file' ? [path] : [])).toSorted() : []

/** What default_keytab_name and its like name, without the kind before it; `%{…}` is left for the library to fill. */
const configuredPaths = (files: readonly HostFile[]) =>
  files
    .flatMap((file) => parseKrb5Conf(textOf(file), file.path))
    .flatMap(({ name, value }) =>
      name === 'default_keytab_name' || name === 'default_client_keytab_name'
        ? [value.replace(/^(?:FILE|WRFILE):/, '')]
        : [],
    )
    .filter((path) => path.startsWith('/') && !path.includes('%{') && path.length <= MAX_PATH)

/** One for each principal: the newest of its keys is the one that counts, all kinds are told. */
const credentials = (
  entries: readonly KeytabEntry[],
  { stat }: Extract<HostFile, { state: 'read' }>,
  path: string,
): Credential[] =>
  Array.from(
    Map.groupBy(entries, ({ principal }) => principal),
    ([principal, own]): Credential => {
      const version = own.reduce((most, entry) => Math.max(most, entry.version), 0)
      const newest = own.filter((entry) => entry.version === version)
      const written = newest.reduce((most, entry) => Math.max(most, entry.written), 0)
      return {
        kind: 'credential',
        class: 'keytab',
        account: clipped(principal, MAX_NAME),
        state: 'usable',
        strength: newest.some(({ weak }) => weak) ? 'weak' : 'strong',
        ...(stat === undefined ? {} : { file: { mode: octalMode(stat.mode), owner: stat.uid, group: stat.gid } }),
        encryption: [...new Set(newest.map(({ encryption }) => encryption))].slice(0, 32),
        keyVersion: version,
        ...(written === 0 ? {} : { changed: new Date(written * 1000).toISOString().slice(0, 10) }),
        place: { path },
      }
    },
  )

function examples() {
  const none: FindResult = { state: 'found', entries: [], unsearched: [], unnamed: 0 }
  /** Keys of zeros: what stands there is never looked at. */
  const keytab = (
    ...entries: readonly { parts: readonly string[]; type: number; version: number; written?: number }[]
  ) => {
    const bytes: number[] = [5, 2]
    const short = (value: number) => [(value >> 8) & 255, value & 255]
    const long = (value: number) => [...short(value >>> 16), ...short(value & 0xffff)]
    for (const { parts, type, version, written = 1_767_225_600 } of entries) {
      const body = [
        ...short(parts.length - 1),
        ...parts.flatMap((part) => [...short(part.length), ...new TextEncoder().encode(part)]),
        ...long(1),
        ...long(written),
        version & 255,
        ...short(type),
        ...short(16),
        ...Array.from({ length: 16 }, () => 0),
        ...long(version),
      ]
      bytes.push(...long(body.length), ...body)
    }
    return Uint8Array.from(bytes)
  }
  const file = (path: string, bytes: Uint8Array, mode = 0o600): HostFile => ({
    path,
    state: 'read',
    bytes,
    truncated: false,
    stat: { mode, uid: 0, gid: 0, modified: '2026-03-01T12:00:00Z' },
  })
  const usual = '/etc/krb5.keytab'
  const host = ['EXAMPLE.ORG', 'host', 'web.example.org']
  const found = {
    kind: 'credential' as const,
    class: 'keytab' as const,
    account: 'host/web.example.org@EXAMPLE.ORG',
    state: 'usable' as const,
    strength: 'strong' as const,
    file: { mode: '0600', owner: 0, group: 0 },
    encryption: ['aes256-cts-hmac-sha1-96'],
    keyVersion: 2,
    changed: '2026-01-01',
    place: { path: usual },
  }
  return [
    {
      title: 'one credential for each principal, of the newest keys; older ones are no longer what counts',
      gathered: {
        found: none,
        files: [
          file(
            usual,
            keytab(
              { parts: host, type: 23, version: 1 },
              { parts: host, type: 18, version: 2 },
              { parts: ['EXAMPLE.ORG', 'WEB$'], type: 20, version: 300 },
            ),
          ),
        ],
      },
      finds: [
        found,
        { ...found, account: 'WEB$@EXAMPLE.ORG', encryption: ['aes256-cts-hmac-sha384-192'], keyVersion: 300 },
      ],
    },
    {
      title: 'one weak kind among the newest keys makes it weak; a file that all may read says so by its mode',
      gathered: {
        found: none,
        files: [
          file(
            '/srv/http.keytab',
            keytab({ parts: host, type: 18, version: 2 }, { parts: host, type: 23, version: 2 }),
            0o644,
          ),
        ],
      },
      finds: [
        {
          ...found,
          strength: 'weak' as const,
          file: { mode: '0644', owner: 0, group: 0 },
          encryption: ['aes256-cts-hmac-sha1-96', 'arcfour-hmac'],
          place: { path: '/srv/http.keytab' },
        },
      ],
    },
    {
      title: 'a keytab that is cut gives what comes before, and says that there may be more',
      gathered: {
        found: none,
        files: [
          file(
            usual,
            keytab({ parts: host, type: 18, version: 2 }, { parts: host, type: 18, version: 3 }).subarray(0, -9),
          ),
        ],
      },
      finds: [found],
      reasons: [{ code: 'unparsable' as const, path: usual }],
    },
    {
      title: 'a file that is only called like a keytab is told and is none',
      gathered: { found: none, files: [file('/etc/old.keytab', new TextEncoder().encode('moved elsewhere\n'))] },
      finds: [],
      notes: [{ code: 'unparsable' as const, path: '/etc/old.keytab', detail: 'it is no keytab' }],
    },
    {
      title: 'a keytab that the scan may not read hides whose keys it holds; without one there is nothing',
      gathered: { found: none, files: [{ path: usual, state: 'unread' as const, why: 'not-permitted' as const }] },
      finds: [],
    },
    {
      title: 'removed entries leave holes, and a realm or name with a slash in it is written with a backslash',
      gathered: {
        found: none,
        files: [
          file(
            usual,
            Uint8Array.from([
              5,
              2,
              255,
              255,
              255,
              252,
              9,
              9,
              9,
              9,
              ...keytab({ parts: ['A', 'x/y', 'z@w'], type: 17, version: 2 }).subarray(2),
            ]),
          ),
        ],
      },
      finds: [{ ...found, account: 'x\\/y/z\\@w@A', encryption: ['aes128-cts-hmac-sha1-96'] }],
    },
  ]
}
