import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FindingOf } from '@rollcall/contract'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { FindResult, FoundEntry } from '../host.ts'
import { lookAtPaths, pathFindings } from './path-trust.ts'

/*
 * Who may change what root runs, compared with the kernel: accounts that do not exist anywhere try to write to it, to put another in
 * its place, to change the modes of what is theirs, and to lay it there where it is not.
 */
const able = process.getuid?.() === 0 && spawnSync('perl', ['-e', '1']).status === 0
if (!able) console.warn('Skipped: trying as other accounts takes root and perl')

interface Account {
  readonly uid: number
  readonly gid: number
  readonly groups: readonly number[]
}

const ACCOUNTS: readonly Account[] = [
  { uid: 61_001, gid: 61_001, groups: [] },
  { uid: 61_002, gid: 61_002, groups: [62_001] },
  { uid: 61_003, gid: 61_003, groups: [62_001, 62_002] },
]

interface Piece {
  readonly uid: number
  readonly gid: number
  readonly mode: number
}

interface Tree {
  /** Folders within each other, the first in a folder of root's. */
  readonly folders: readonly Piece[]
  readonly file: Piece | undefined
  /** The use goes through a link that lies in the last folder, of this owner, and leads to a folder of its own. */
  readonly link: { readonly uid: number; readonly folder: Piece } | undefined
}

const folderMode = fc.constantFrom(
  0o755,
  0o775,
  0o777,
  0o1777,
  0o1775,
  0o750,
  0o700,
  0o771,
  0o707,
  0o1770,
  0o766,
  0o2775,
)
const fileMode = fc.constantFrom(0o755, 0o644, 0o775, 0o666, 0o606, 0o660, 0o622, 0o444)
const owner = fc.constantFrom(0, 0, 0, 61_001, 61_002)
const group = fc.constantFrom(0, 0, 62_001, 62_002)
const piece = (mode: fc.Arbitrary<number>) => fc.record({ uid: owner, gid: group, mode })
const tree: fc.Arbitrary<Tree> = fc.record({
  folders: fc.array(piece(folderMode), { minLength: 1, maxLength: 3 }),
  file: fc.option(piece(fileMode), { nil: undefined, freq: 4 }),
  link: fc.option(fc.record({ uid: owner, folder: piece(folderMode) }), { nil: undefined, freq: 2 }),
})

/** The owner of a link in a sticky folder of a group is told even where it is no member any more: nobody says who else is. */
const isDecided = ({ folders, link }: Tree) => {
  const { mode } = folders.at(-1)!
  return link === undefined || (mode & 0o1000) === 0 || (mode & 0o003) === 0o003
}

const lay = (base: string, { folders, file, link }: Tree): string => {
  let at = base
  const pieces: (readonly [path: string, piece: Piece])[] = []
  for (const [index, one] of folders.entries()) {
    at = join(at, `d${index}`)
    mkdirSync(at)
    pieces.push([at, one])
  }
  let content = at
  if (link !== undefined) {
    content = join(base, 'elsewhere')
    mkdirSync(content)
    pieces.push([content, link.folder])
    symlinkSync(`${'../'.repeat(folders.length)}elsewhere`, join(at, 'way'))
    lchownSync(join(at, 'way'), link.uid, 0)
    at = join(at, 'way')
  }
  if (file !== undefined) {
    writeFileSync(join(content, 'run'), '')
    pieces.push([join(content, 'run'), file])
  }
  for (const [path, { uid, gid, mode }] of pieces) {
    lchownSync(path, uid, gid)
    chmodSync(path, mode)
  }
  return join(at, 'run')
}

/** Arguments: the path, where it leads in the end, the folder where its tree begins, uid, gid, further groups. Prints what worked; whatever it does is undone. */
const TRY = `
use POSIX (); use Fcntl;
my ($path, $direct, $base, $uid, $gid, @groups) = @ARGV;
$( = $gid; $) = join(' ', $gid, $gid, @groups); POSIX::setuid($uid);
sub out { print "@_\\n"; exit 0 }
sub look {
  my ($p) = @_;
  my @st = lstat($p) or return;
  my $isLink = -l _; my $isFile = -f _;
  if ($isFile and sysopen(my $f, $p, O_WRONLY)) { out("write $p") }
  if (!$isLink and chmod(07777 & $st[2], $p)) { out("chmod $p") }
  if (rename($p, "$p.x")) { rename("$p.x", $p); out("replace $p") }
}
sub walk {
  my ($p, $links) = @_;
  return if $links > 5;
  my $at = $base;
  my @parts = split m{/}, substr($p, length($base) + 1);
  while (@parts) {
    my $part = shift @parts;
    if ($part eq '..') { $at =~ s{/[^/]*$}{}; next }
    my $next = "$at/$part";
    look($next);
    if (-l $next) { my $to = readlink($next); unshift @parts, split(m{/}, $to); next }
    if (!@parts and !-e $next) {
      # Absent, or hidden by a folder that may not be passed: only who may make it finds out.
      if (sysopen(my $f, $next, O_WRONLY | O_CREAT | O_EXCL)) { unlink($next); out("make $next") }
    }
    $at = $next;
  }
}
walk($path, 0);
walk($direct, 0);
out('no');
`

const attempts = (path: string, direct: string, base: string, { uid, gid, groups }: Account): string =>
  spawnSync('perl', ['-e', TRY, path, direct, base, ...[uid, gid, ...groups].map(String)], {
    encoding: 'utf8',
  }).stdout.trim()

/** Answers as a host does, from this machine's own files. */
const find = async ({ under }: { readonly under: readonly string[] }): Promise<FindResult> => ({
  state: 'found',
  entries: under.flatMap((pattern): FoundEntry[] => {
    const path = pattern.replaceAll(/\[([*?[])\]/g, '$1')
    const stat = lstatSync(path, { throwIfNoEntry: false })
    if (stat === undefined) return []
    const type = stat.isFile() ? 'file' : stat.isDirectory() ? 'folder' : stat.isSymbolicLink() ? 'link' : 'other'
    return [
      {
        path,
        type,
        mode: stat.mode & 0o7777,
        uid: stat.uid,
        gid: stat.gid,
        size: stat.size,
        modified: stat.mtime.toISOString(),
        ...(type === 'link' ? { target: readlinkSync(path) } : {}),
      },
    ]
  }),
  unsearched: [],
  unnamed: 0,
})

const permits = (
  { uid, gid, groups }: Account,
  entry: { owner: number; group: number; mode: string },
  bits: number,
) => {
  const isMember = [gid, ...groups].includes(entry.group)
  const shift = uid === entry.owner ? 6 : isMember ? 3 : 0
  return ((Number.parseInt(entry.mode, 8) >> shift) & bits) === bits
}

/** What a finding says to whom: by its permission, and past the folders that not everybody may pass. */
const gives = (account: Account, finding: FindingOf<'file'>) =>
  ((finding.writableBy?.includes('owner') === true && account.uid === finding.owner) ||
    (account.uid !== finding.owner &&
      finding.writableBy?.some((writer) => writer !== 'owner') === true &&
      permits(account, finding, finding.type === 'folder' ? 3 : 2))) &&
  (finding.behind ?? []).every((folder) => account.uid === folder.owner || permits(account, folder, 1))

test.skipIf(!able)(
  'findings give what root runs to exactly those who can change it',
  { timeout: 120_000 },
  async () => {
    const root = mkdtempSync(join(tmpdir(), 'path-trust-'))
    try {
      chmodSync(root, 0o755)
      for (const [index, one] of fc.sample(tree.filter(isDecided), 60).entries()) {
        const base = join(root, `t${index}`)
        mkdirSync(base, { mode: 0o755 })
        const path = lay(base, one)
        const { findings } = pathFindings(
          [{ path, role: 'run-as', account: 'root', uid: 0 }],
          await lookAtPaths({ find }, [path]),
        )
        for (const account of ACCOUNTS) {
          // Who may not read a link may still know where it leads.
          const direct = one.link === undefined ? path : join(base, 'elsewhere', 'run')
          const tried = attempts(path, direct, base, account)
          const said = findings.filter((finding) => gives(account, finding)).map(({ place }) => place.path)
          expect(
            [said.length > 0, tried !== 'no'],
            `${JSON.stringify(account)} ${tried}; said ${said.join()}; ${JSON.stringify(one)}`,
          ).toEqual([tried !== 'no', tried !== 'no'])
        }
      }
    } finally {
      rmSync(root, { recursive: true, force: true })
    }
  },
)
