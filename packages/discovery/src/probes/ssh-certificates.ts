import type { FindingOf, Reason } from '@rollcall/contract'
import { clipped, MAX_NAME, MAX_PATH } from '../formats/accounts/account-file.ts'
import { localPeople } from '../formats/accounts/local-people.ts'
import { passwdOf } from '../formats/accounts/passwd.ts'
import { LEFT_OUT, SEARCHED_FOLDERS } from '../formats/searched-folders.ts'
import { readCertificate } from '../formats/ssh-keys/certificate.ts'
import { weaknessesOf } from '../formats/ssh-keys/concerns.ts'
import { fingerprintOfBlob } from '../formats/ssh-keys/public-key.ts'
import { gatherSshd, SSHD_FILES, sshdSetup, type SshdGathered } from '../formats/sshd-config/files.ts'
import type { FindResult, FoundEntry, HostFile } from '../host.ts'
import { exampleFile, hostProbe, textOf } from '../probe.ts'
import { literally, octalMode } from '../posix-path.ts'

interface Gathered {
  readonly passwd: HostFile | undefined
  readonly group: HostFile | undefined
  readonly found: readonly FindResult[]
  readonly files: readonly HostFile[]
}

type Key = FindingOf<'key'>

export default hostProbe<Gathered>({
  id: 'ssh-certificates',
  title: 'Certificates of SSH keys: who signed them, for whom, until when',
  needs: [
    {
      reads: `files called *-cert.pub below ${SEARCHED_FOLDERS.join(', ')}, and in the .ssh folders of homes elsewhere`,
      right: 'root',
      hides: 'certificates in folders that are closed to the scan account',
      grants: { searches: true },
      unlisted: 'the files that the search finds have names that only the host knows',
    },
    {
      reads: '/etc/ssh/sshd_config and the files it includes, for HostCertificate',
      right: 'root',
      hides: 'certificates of the host in other places',
      grants: { read: SSHD_FILES },
    },
    { reads: '/etc/passwd, /etc/group', right: 'any-account', hides: 'whose certificates they are' },
  ],

  async gather(host) {
    const [[passwd], [group], sshd, found] = await Promise.all([
      host.read('/etc/passwd'),
      host.read('/etc/group'),
      gatherSshd(host),
      host.find({ under: SEARCHED_FOLDERS, except: LEFT_OUT, where: CALLED_SO, maxEntries: MOST_FILES }),
    ])
    const read = (paths: readonly string[]) =>
      paths.length === 0 ? [] : host.readWith({ stat: true, maxBytes: LARGEST }, ...paths.map(literally))
    const folders = foldersElsewhere(passwd)
    const near = [...new Set([...pathsOf([found]), ...hostCertificates(sshd)])]
    const [files, far] = await Promise.all([
      read(near),
      folders.length === 0
        ? undefined
        : host.find({ under: folders.map(literally), maxDepth: 1, where: CALLED_SO, maxEntries: MOST_FILES }),
    ])
    if (far === undefined) return { passwd, group, found: [found], files }
    const further = await read(pathsOf([far]).filter((path) => !near.includes(path)))
    return { passwd, group, found: [found, far], files: [...files, ...further] }
  },

  parse({ passwd, group, files }, context) {
    const people = localPeople(passwd, group)
    const findings: Key[] = []
    const notes: Reason[] = []
    const reasons: Reason[] = []
    for (const file of files) {
      if (file.state !== 'read') continue
      const path = clipped(file.path, MAX_PATH)
      for (const [index, line] of textOf(file).split('\n', MOST_LINES).entries()) {
        const [, type = '', base64 = '', comment = ''] = LINE.exec(line) ?? []
        if (type === '') continue
        const place = { path, line: index + 1 }
        const read = readCertificate(type, base64, context.sha256)
        if (read === undefined) {
          notes.push({ code: 'unparsable', ...place, detail: 'no certificate' })
          continue
        }
        if (read.cut) reasons.push({ code: 'too-large', ...place, detail: 'what a certificate says' })
        const { key, certificate } = read
        const account = certificate.type === 'host' ? undefined : people.homeOwner(file.path, file.stat?.uid ?? -1)
        const fingerprint = fingerprintOfBlob(key.blob, context.sha256)
        const concerns = weaknessesOf(key, fingerprint)
        const ineffective = ineffectiveAt(certificate, context.now)
        findings.push({
          kind: 'key',
          role: 'certificate',
          fingerprint,
          algorithm: key.algorithm,
          bits: key.bits,
          certificate,
          ...(account === undefined ? {} : { account: clipped(account, MAX_NAME) }),
          ...(comment.trim() === '' ? {} : { comment: clipped(comment.trim(), LONGEST_COMMENT) }),
          ...(concerns.length === 0 ? {} : { concerns }),
          ...(ineffective === undefined ? {} : { ineffective }),
          ...(file.stat === undefined
            ? {}
            : { file: { modified: file.stat.modified, mode: octalMode(file.stat.mode), owner: file.stat.uid } }),
          place,
        })
      }
    }
    return { findings, reasons, notes: notes.slice(0, MOST_NOTES) }
  },

  examples: examples(),
})

const LARGEST = 64 * 1024
const CALLED_SO = { types: ['file', 'link'], names: ['*-cert.pub'], maxBytes: LARGEST } as const
const MOST_FILES = 500
const MOST_LINES = 100
const MOST_NOTES = 100
const MOST_HOMES = 2000
const LONGEST_COMMENT = 1024
const LINE = /^\s*([a-z][^\s#]{1,100})[ \t]+(\S+)[ \t]*([^\r\n]*)/

const pathsOf = (found: readonly FindResult[]): string[] => entriesOf(found).map(({ path }) => path)

const entriesOf = (found: readonly FindResult[]): FoundEntry[] =>
  found
    .flatMap((result) => (result.state === 'found' ? result.entries : []))
    .filter(({ type }) => type === 'file' || type === 'link')
    .toSorted((one, other) => (one.path < other.path ? -1 : 1))
    .slice(0, MOST_FILES)

/** What sshd shows of its own keys, so far as it is not called as such files are. */
const hostCertificates = (sshd: SshdGathered): string[] => {
  const setup = sshdSetup(sshd, [])
  const named = setup.state === 'known' ? (setup.evaluation.general.get('hostcertificate')?.values ?? []) : []
  return named.filter((path) => path.startsWith('/')).slice(0, MOST_FILES)
}

/** The `.ssh` folders of homes that are not among the folders searched anyhow. */
const foldersElsewhere = (passwd: HostFile | undefined): string[] =>
  [...new Set(passwdOf(passwd).entries.map(({ home }) => home.replace(/\/{1,64}$/, '')))]
    .filter((home) => /^\/[^\0\r\n/][^\0\r\n]{0,3000}$/.test(home) && !/\/\.{1,2}(?:\/|$)/.test(home))
    .filter((home) => !SEARCHED_FOLDERS.some((folder) => `${home}/`.startsWith(`${folder}/`)) && !SYSTEM.test(home))
    .slice(0, MOST_HOMES)
    .map((home) => `${home}/.ssh`)

const SYSTEM = /^\/(?:bin|sbin|lib\w*|usr|dev|proc|sys|run|boot|nonexistent|nowhere|none|var)(?:\/|$)/

const ineffectiveAt = (
  { validFrom, validTo }: NonNullable<Key['certificate']>,
  now: Date,
): Key['ineffective'] | undefined => {
  if (validTo !== undefined && Date.parse(validTo) <= now.getTime()) return 'expired'
  return validFrom !== undefined && Date.parse(validFrom) > now.getTime() ? 'not-yet-valid' : undefined
}

function examples() {
  const kind = 'ssh-ed25519-cert-v01@openssh.com'
  const valid = [
    'AAAAIHNzaC1lZDI1NTE5LWNlcnQtdjAxQG9wZW5zc2guY29tAAAAIN96JhqRug7Bhe/tg2/6Uhs9jpldPZ/rsgGbMyzHoA9UAAAA',
    'INNrlInNPLAskG+SAC0Ih33YtJ5/zz2bGTiI+0sJmrYzAAAAAAAAAAcAAAABAAAAC2FubiBhdCB3b3JrAAAADgAAAANhbm4AAAAD',
    'b3BzAAAAAGlVuQAAAAAAazbsgAAAAB8AAAANZm9yY2UtY29tbWFuZAAAAAoAAAAGYmFja3VwAAAAEgAAAApwZXJtaXQtcHR5AAAA',
    'AAAAAAAAAAAzAAAAC3NzaC1lZDI1NTE5AAAAIJ/LPuo7jugoH2FjlZx4PAQIBtkqN5Nc//ucB+aYRsGqAAAAUwAAAAtzc2gtZWQy',
    'NTUxOQAAAEA6YXGUXzZlb3QRJMm4EJuwE8EzaVQdEbiUWHW2PKu0wiBmxgHenNNOIPBTGvMlNcb27nWIsBI43mQGcm+5pUMN',
  ].join('')
  const old = [
    'AAAAIHNzaC1lZDI1NTE5LWNlcnQtdjAxQG9wZW5zc2guY29tAAAAIJ00FE33i8R76z+mxDwDN8YieHK7N60pAeKk9i/Z0DrtAAAA',
    'INNrlInNPLAskG+SAC0Ih33YtJ5/zz2bGTiI+0sJmrYzAAAAAAAAAAgAAAABAAAAC2FubiBhdCB3b3JrAAAABwAAAANhbm4AAAAA',
    'Z3SFgAAAAABpVbkAAAAAAAAAAAAAAAAAAAAAMwAAAAtzc2gtZWQyNTUxOQAAACCfyz7qO47oKB9hY5WceDwECAbZKjeTXP/7nAfm',
    'mEbBqgAAAFMAAAALc3NoLWVkMjU1MTkAAABAWxBzSJW0TDBfIxkcB5I0ct8nsTq5bGtg4R96CNyYkcvBOFEktOfZf8lqhBIWsq/N',
    'X2LPbjsuISRTTJkbBWGVCw==',
  ].join('')
  const later = [
    'AAAAIHNzaC1lZDI1NTE5LWNlcnQtdjAxQG9wZW5zc2guY29tAAAAIHmj62b7hhg499fOuygxexrj4iSxEVXPyULgTh5628ZsAAAA',
    'INNrlInNPLAskG+SAC0Ih33YtJ5/zz2bGTiI+0sJmrYzAAAAAAAAAAkAAAABAAAABWxhdGVyAAAABwAAAANhbm4AAAAAazbsgAAA',
    'AABtGCAAAAAAAAAAAAAAAAAAAAAAMwAAAAtzc2gtZWQyNTUxOQAAACCfyz7qO47oKB9hY5WceDwECAbZKjeTXP/7nAfmmEbBqgAA',
    'AFMAAAALc3NoLWVkMjU1MTkAAABANZNxIF1gTqkPufmhk5ZWlfJ2uSaSpn0uvmHmPRhoO9WRanl2DTzBd6/ua89IsuS/Pkmt4Bu1',
    'FxlYC9w86t2UCQ==',
  ].join('')
  const ofHost = [
    'AAAAIHNzaC1lZDI1NTE5LWNlcnQtdjAxQG9wZW5zc2guY29tAAAAIPDQ91XSQWPGj1+D522B8nFnao7NdNKVWIA2CMHmO90eAAAA',
    'INNrlInNPLAskG+SAC0Ih33YtJ5/zz2bGTiI+0sJmrYzAAAAAAAAAAAAAAACAAAAA3dlYgAAABMAAAAPd2ViLmV4YW1wbGUub3Jn',
    'AAAAAAAAAAD//////////wAAAAAAAAAAAAAAAAAAADMAAAALc3NoLWVkMjU1MTkAAAAgn8s+6juO6CgfYWOVnHg8BAgG2So3k1z/',
    '+5wH5phGwaoAAABTAAAAC3NzaC1lZDI1NTE5AAAAQPGnMGzspDEQzaKDJKmBR3yY5BbpPjq2jFnMMMIw+4FdDf/DnrcIW6zNzGgK',
    'lXnUgQae1LJ7G2icVi7WKeVWQgU=',
  ].join('')
  const path = '/home/ann/.ssh/id_ed25519-cert.pub'
  const stat = { mode: 0o644, uid: 1000, gid: 1000, modified: '2026-01-01T00:00:00Z' }
  const gathered = (...files: readonly HostFile[]): Gathered => ({
    passwd: exampleFile('/etc/passwd', 'root:x:0:0::/root:/bin/sh\nann:x:1000:1000::/home/ann:/bin/sh\n'),
    group: exampleFile('/etc/group', 'ann:x:1000:\n'),
    found: [{ state: 'found', entries: [], unsearched: [], unnamed: 0 }],
    files,
  })
  const file = (text: string, at = path): HostFile => {
    const read = exampleFile(at, text)
    return read.state === 'read' ? { ...read, stat } : read
  }
  const found = (certificate: Partial<NonNullable<Key['certificate']>>, rest: Partial<Key> = {}): Key => ({
    kind: 'key',
    role: 'certificate',
    fingerprint: 'SHA256:65QO62H29PHw8aZSMMyGQhxfzoki+cDn0DehtJNFo8s',
    algorithm: 'ssh-ed25519',
    bits: 256,
    ...(certificate.type === 'host' ? {} : { account: 'ann' }),
    certificate: {
      type: 'user',
      serial: '0',
      keyId: 'ann at work',
      principals: ['ann'],
      criticalOptions: [],
      extensions: [],
      signedBy: 'SHA256:Ohms7EQ9WR/YCqphx363ccjBt2/yx9duuGjpIup8grY',
      ...certificate,
    },
    file: { modified: '2026-01-01T00:00:00Z', mode: '0644', owner: 1000 },
    place: { path, line: 1 },
    ...rest,
  })
  return [
    {
      title: 'what an authority says of a key: its number, for whom, until when, and what may be done with it',
      gathered: gathered(file(`${kind} ${valid} ann@desk\n`)),
      finds: [
        found(
          {
            serial: '7',
            principals: ['ann', 'ops'],
            validFrom: '2026-01-01T00:00:00.000Z',
            validTo: '2027-01-01T00:00:00.000Z',
            criticalOptions: [{ name: 'force-command', value: 'backup' }],
            extensions: ['permit-pty'],
          },
          { comment: 'ann@desk' },
        ),
      ],
    },
    {
      title: 'one whose time is over, and one whose time has not begun, open nothing',
      gathered: gathered(file(`# earlier and later\n${kind} ${old}\n${kind} ${later}\n`)),
      finds: [
        found(
          { serial: '8', validFrom: '2025-01-01T00:00:00.000Z', validTo: '2026-01-01T00:00:00.000Z' },
          { ineffective: 'expired', place: { path, line: 2 } },
        ),
        found(
          { serial: '9', keyId: 'later', validFrom: '2027-01-01T00:00:00.000Z', validTo: '2028-01-01T00:00:00.000Z' },
          { ineffective: 'not-yet-valid', place: { path, line: 3 } },
        ),
      ],
    },
    {
      title: 'a certificate of the host is nobody’s, and may have no end',
      gathered: gathered(file(`${kind} ${ofHost}\n`, '/etc/ssh/ssh_host_ed25519_key-cert.pub')),
      finds: [
        found(
          { type: 'host', keyId: 'web', principals: ['web.example.org'] },
          { place: { path: '/etc/ssh/ssh_host_ed25519_key-cert.pub', line: 1 } },
        ),
      ],
    },
    {
      title: 'what is no certificate is told by its line',
      gathered: gathered(file('ssh-ed25519 AAAA plain\n\n')),
      finds: [],
      notes: [{ code: 'unparsable' as const, path, line: 1, detail: 'no certificate' }],
    },
    { title: 'a host without certificates has none', gathered: gathered(), finds: [] },
  ]
}
