import type { FindingOf, Reason } from '@rollcall/contract'
import { clipped } from '../formats/accounts/account-file.ts'
import { parseExports, type NfsExport } from '../formats/exports.ts'
import { isWithin, parseMountinfo, type Mount } from '../formats/mounts.ts'
import type { HostFile } from '../host.ts'
import { exampleFile, hostProbe, textOf } from '../probe.ts'
import { lastPart } from '../posix-path.ts'

type Setting = FindingOf<'setting'>

interface Gathered {
  readonly tables: readonly HostFile[]
  readonly mounts: HostFile | undefined
  /** What the kernel's server counts; there once it was started. */
  readonly server: HostFile | undefined
}

export default hostProbe<Gathered>({
  id: 'nfs-exports',
  title: 'What other machines may mount by NFS, and whether root there is root in it',
  needs: [
    { reads: '/etc/exports and /etc/exports.d', right: 'any-account', hides: 'what is exported to whom' },
    {
      reads: '/proc/self/mountinfo and /proc/net/rpc/nfsd',
      right: 'any-account',
      hides: 'whether a server runs, and whether setuid counts on what it exports',
    },
  ],

  async gather(host) {
    const [tables, [mounts], [server]] = await Promise.all([
      host.read('/etc/exports', '/etc/exports.d/*.exports'),
      host.readWith({ pseudo: true }, '/proc/self/mountinfo'),
      host.readWith({ pseudo: true, maxBytes: 64 * 1024 }, '/proc/net/rpc/nfsd'),
    ])
    return { tables, mounts, server }
  },

  parse({ tables, mounts, server }) {
    const known = parseMountinfo(textOf(mounts))
    const notes: Reason[] = []
    const findings = new Map<string, Setting>()
    for (const table of tables.toSorted(byOrder)) {
      const path = table.path.slice(0, 4096)
      if (lastPart(path).startsWith('.')) continue
      const { exports, brokenAt } = parseExports(textOf(table))
      if (brokenAt !== undefined)
        notes.push({ code: 'unparsable', path, line: brokenAt, detail: 'exportfs reads no further' })
      for (const one of exports) {
        const finding = exported(one, path, known)
        if (!findings.has(finding.condition ?? '')) findings.set(finding.condition ?? '', finding)
      }
    }
    const running = textOf(server).match(/^th ([1-9]\d*)/m) !== null
    return {
      findings: [...findings.values(), ...(running && findings.size > 0 ? [RUNNING] : [])],
      notes: notes.slice(0, 50),
    }
  },

  examples: examples(),
})

const RUNNING: Setting = {
  kind: 'setting',
  subject: 'nfs',
  name: 'server',
  values: ['running'],
  place: { path: '/proc/net/rpc/nfsd' },
}

/** /etc/exports comes first, then the folder by name. */
const byOrder = (one: HostFile, other: HostFile) => (orderOf(one) < orderOf(other) ? -1 : 1)
const orderOf = ({ path }: HostFile) => (path === '/etc/exports' ? '' : path)

/**
 * One client of one folder: `condition` is both as written, the values its options as they come out. After those of all flavours come
 * those of each, `sec=krb5` first. `nosuid` at the end is not one of exports(5): the file system is mounted so here, and
 * setuid programs that a client leaves there count for nothing.
 */
const exported = (one: NfsExport, path: string, mounts: readonly Mount[]): Setting => {
  const mount = mounts.reduce<Mount | undefined>(
    (best, next) =>
      isWithin(one.path, next.folder) && (best === undefined || next.folder.length > best.folder.length) ? next : best,
    undefined,
  )
  return {
    kind: 'setting',
    subject: 'nfs',
    name: 'export',
    values: [
      one.subtreeCheck ? 'subtree_check' : 'no_subtree_check',
      `anonuid=${one.anonuid}`,
      `anongid=${one.anongid}`,
      ...one.flavours.flatMap(({ name, readOnly, rootSquash, allSquash, insecure }) => [
        `sec=${name}`,
        readOnly ? 'ro' : 'rw',
        insecure ? 'insecure' : 'secure',
        rootSquash ? 'root_squash' : 'no_root_squash',
        allSquash ? 'all_squash' : 'no_all_squash',
      ]),
      ...(mount?.powerless === true ? ['nosuid'] : []),
    ],
    condition: `${clipped(one.path, 700)} ${clipped(one.client, 300)}`,
    place: { path, line: one.line },
  }
}

function examples() {
  const mounts = exampleFile(
    '/proc/self/mountinfo',
    '22 1 8:1 / / rw - ext4 /dev/sda1 rw\n30 22 8:2 / /srv/safe rw,nosuid - ext4 /dev/sda2 rw\n',
  )
  const gathered = (text: string, more: Partial<Gathered> = {}): Gathered => ({
    tables: [exampleFile('/etc/exports', text)],
    mounts,
    server: undefined,
    ...more,
  })
  const found = (
    condition: string,
    line: number,
    flavours: readonly string[],
    values: readonly string[] = [],
  ): Setting => ({
    kind: 'setting',
    subject: 'nfs',
    name: 'export',
    values: [...(values.length > 0 ? values : ['no_subtree_check', 'anonuid=65534', 'anongid=65534']), ...flavours],
    condition,
    place: { path: '/etc/exports', line },
  })
  const running: Setting = {
    kind: 'setting',
    subject: 'nfs',
    name: 'server',
    values: ['running'],
    place: { path: '/proc/net/rpc/nfsd' },
  }
  const sys = (access: string, root: string, all = 'no_all_squash', port = 'secure') => [
    'sec=sys',
    access,
    port,
    root,
    all,
  ]
  return [
    { title: 'nothing exported', gathered: gathered('# nothing\n'), finds: [] },
    {
      title: 'each client has its own options, and root is squashed unless it says otherwise',
      gathered: gathered('/srv/data 192.0.2.7(rw,no_root_squash) *.example.org\n'),
      finds: [
        found('/srv/data 192.0.2.7', 1, sys('rw', 'no_root_squash')),
        found('/srv/data *.example.org', 1, sys('ro', 'root_squash')),
      ],
    },
    {
      title: 'defaults hold for the clients after them, lines go on after a backslash, and paths may be quoted',
      gathered: gathered('"/srv/old data" -rw,insecure \\\n  10.0.0.0/8 @trusted(ro)\n'),
      finds: [
        found('/srv/old data 10.0.0.0/8', 1, sys('rw', 'root_squash', 'no_all_squash', 'insecure')),
        found('/srv/old data @trusted', 1, sys('ro', 'root_squash', 'no_all_squash', 'insecure')),
      ],
    },
    {
      title: 'flavours of security have options of their own',
      gathered: gathered('/srv a(sec=krb5,rw,no_root_squash,sec=sys,ro,all_squash,anonuid=0)\n'),
      finds: [
        found(
          '/srv a',
          1,
          ['sec=krb5', 'rw', 'secure', 'no_root_squash', 'no_all_squash', ...sys('ro', 'no_root_squash', 'all_squash')],
          ['no_subtree_check', 'anonuid=0', 'anongid=65534'],
        ),
      ],
    },
    {
      title: 'a file system that is mounted nosuid here is told as such, and that a server runs',
      gathered: gathered('/srv/safe *(rw,no_root_squash)\n', {
        server: exampleFile('/proc/net/rpc/nfsd', 'rc 0 0 0\nth 8 0 0.000\n'),
      }),
      finds: [found('/srv/safe *', 1, [...sys('rw', 'no_root_squash'), 'nosuid']), running],
    },
    {
      title: 'exportfs reads nothing after a line that it does not understand',
      gathered: gathered('/srv/a *(rw)\n/srv/b *(rw, sync)\n/srv/c *(rw)\n'),
      finds: [found('/srv/a *', 1, sys('rw', 'root_squash'))],
      notes: [{ code: 'unparsable' as const, path: '/etc/exports', line: 2, detail: 'exportfs reads no further' }],
    },
  ]
}
