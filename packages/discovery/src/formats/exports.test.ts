import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseExports, type NfsExport } from './exports.ts'

/** What holds for a client, in the words of exportfs. */
const said = ({ path, client, subtreeCheck, anonuid, anongid, flavours }: NfsExport) =>
  `${path} ${client} ${subtreeCheck ? '' : 'no_'}subtree_check anonuid=${anonuid} anongid=${anongid} ${flavours
    .map(
      ({ name, readOnly, rootSquash, allSquash }) =>
        `${name}:${readOnly ? 'ro' : 'rw'},${rootSquash ? '' : 'no_'}root_squash,${allSquash ? '' : 'no_'}all_squash`,
    )
    .join(' ')}`

const FOLDERS = ['a', 'b', 'with space', 'c#d', 'e"f']

/** Runs exportfs over a file in a mount namespace of its own and reads the table that it writes; it needs no server. */
const byExportfs = (texts: readonly string[]): string[][] => {
  const folder = mkdtempSync(join(tmpdir(), 'exports-'))
  try {
    mkdirSync(join(folder, 'lib'))
    for (const name of FOLDERS) mkdirSync(join(folder, 'srv', name), { recursive: true })
    for (const [index, text] of texts.entries()) writeFileSync(join(folder, `case-${index}`), text)
    const script = `mount --make-rprivate /
mount --bind "$1/srv" /srv
mount --bind "$1/lib" /var/lib/nfs
index=0
while [ "$index" -lt "$2" ]; do
  rm -f /var/lib/nfs/*
  mount --bind "$1/case-$index" /etc/exports
  /usr/sbin/exportfs -ra 2>/dev/null
  echo "@@ $index"
  cat /var/lib/nfs/etab 2>/dev/null
  umount /etc/exports
  index=$((index + 1))
done`
    const { stdout } = spawnSync('unshare', ['-m', 'sh', '-c', script, 'sh', folder, String(texts.length)], {
      encoding: 'utf8',
    })
    return stdout
      .split(/^@@ \d+\n/m)
      .slice(1)
      .map((table) =>
        table
          .split('\n')
          .filter((line) => line !== '')
          .map(inWords)
          .toSorted(),
      )
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const inWords = (line: string) => {
  const [path = '', rest = ''] = line.split('\t')
  const [, client = '', options = ''] = /^(.*?)\((.*)\)$/.exec(rest) ?? []
  const [base = '', ...flavours] = options.split(/,(?=sec=)/)
  const value = (name: string) => new RegExp(`(?:^|,)${name}=(-?\\d+)`).exec(base)?.[1]
  return `${path.replaceAll(/\\(\d{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)))} ${client === '' ? '*' : client} ${
    base.includes('no_subtree_check') ? 'no_' : ''
  }subtree_check anonuid=${value('anonuid')} anongid=${value('anongid')} ${flavours
    .flatMap((flavour) => {
      const [sec = '', ...flags] = flavour.split(',')
      const kept = flags.filter((flag) => /^r[ow]$|squash$/.test(flag)).join(',')
      return sec
        .slice(4)
        .split(':')
        .map((name) => `${name}:${kept}`)
    })
    .join(' ')}`
}

const able =
  existsSync('/usr/sbin/exportfs') &&
  existsSync('/etc/exports') &&
  spawnSync('unshare', ['-m', 'mount', '--make-rprivate', '/']).status === 0

const word = fc.constantFrom(
  ...'ro rw root_squash no_root_squash all_squash no_all_squash insecure sync async no_subtree_check subtree_check'.split(
    ' ',
  ),
  ...'anonuid=150 anonuid=0 anongid=7 sec=sys sec=krb5 sec=krb5:krb5i sec=sys:krb5p fsid=3 crossmnt no_wdelay mp'.split(
    ' ',
  ),
)
const list = fc.array(word, { minLength: 1, maxLength: 6 }).map((words) => words.join(','))
const host = fc.constantFrom('192.0.2.7', '10.0.0.0/8', '*', '*.example.org', '@trusted', '2001:db8::/32', 'h[0-9].x')
const client = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(host, list).map(([name, all]) => `${name}(${all})`) },
  { weight: 1, arbitrary: host },
  { weight: 1, arbitrary: list.map((all) => `-${all}`) },
)
const separator = fc.constantFrom(' ', '\t', '  ', ' \\\n ', '\\\n')
const line = fc.oneof(
  {
    weight: 8,
    arbitrary: fc
      .tuple(
        fc.constantFrom('/srv/a', '/srv/b', '"/srv/with space"', '/srv/with\\040space', '"/srv/c#d"'),
        fc.array(fc.tuple(separator, client), { minLength: 1, maxLength: 4 }),
        fc.constantFrom('', ' # a comment', ' #'),
      )
      .map(([path, clients, end]) => path + clients.map((pair) => pair.join('')).join('') + end),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom('', '# nothing', '   ', '/srv/a', '/srv/a *(rw', '/srv/b *(nonsense)', '/srv/a *(rw)x'),
  },
)

test.skipIf(!able)('what holds for whom is what exportfs makes of it', () => {
  const texts = fc.sample(
    fc.array(line, { minLength: 1, maxLength: 5 }).map((lines) => `${lines.join('\n')}\n`),
    150,
  )
  const theirs = byExportfs(texts)
  for (const [index, text] of texts.entries())
    expect(parseExports(text).exports.map(said).toSorted(), `in\n${text}`).toEqual(theirs[index])
})

describe('the examples of exports(5)', () => {
  test('read as it explains them', () => {
    const { exports, brokenAt } = parseExports(`# sample
/               192.0.2.1(rw) 192.0.2.2(rw,no_root_squash)
/home/joe       pc001(rw,all_squash,anonuid=150,anongid=100)
/srv/www        -sync,rw server @trusted @external(ro)
/foo            2001:db8:9:e54::/64(rw) 192.0.2.0/24(rw)
`)
    expect(brokenAt).toBeUndefined()
    expect(exports.map(said)).toEqual([
      '/ 192.0.2.1 no_subtree_check anonuid=65534 anongid=65534 sys:rw,root_squash,no_all_squash',
      '/ 192.0.2.2 no_subtree_check anonuid=65534 anongid=65534 sys:rw,no_root_squash,no_all_squash',
      '/home/joe pc001 no_subtree_check anonuid=150 anongid=100 sys:rw,root_squash,all_squash',
      '/srv/www server no_subtree_check anonuid=65534 anongid=65534 sys:rw,root_squash,no_all_squash',
      '/srv/www @trusted no_subtree_check anonuid=65534 anongid=65534 sys:rw,root_squash,no_all_squash',
      '/srv/www @external no_subtree_check anonuid=65534 anongid=65534 sys:ro,root_squash,no_all_squash',
      '/foo 2001:db8:9:e54::/64 no_subtree_check anonuid=65534 anongid=65534 sys:rw,root_squash,no_all_squash',
      '/foo 192.0.2.0/24 no_subtree_check anonuid=65534 anongid=65534 sys:rw,root_squash,no_all_squash',
    ])
    expect(exports.map(({ line: at }) => at)).toEqual([2, 2, 3, 4, 4, 4, 5, 5])
  })
})

test('any text is read, and in proportion to its length', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'/ab \t\n\\"#()-,=*@0'.split('')) }), (text) => {
      expect(parseExports(text).exports.length).toBeLessThanOrEqual(text.length)
    }),
  )
  expect(parseExports(`/a ${'x '.repeat(200_000)}`).exports).toHaveLength(1)
})
