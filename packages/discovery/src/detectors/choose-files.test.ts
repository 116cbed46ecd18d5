import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { chooseFiles } from './choose-files.ts'
import { formats } from './formats/index.ts'

const at = (path: string, size = 100) => ({ path, size })
const chosen = (...paths: readonly string[]) => chooseFiles(paths.map((path) => at(path))).read
const readOf = (...paths: readonly string[]) => chosen(...paths).map(({ file }) => file.path)
const whyOf = (path: string) => chosen(path)[0]?.why

/** A path that the pattern of a format stands for. */
const pathOf = (pattern: string) => `/srv/${pattern.replaceAll('*', 'x')}`

test('whatever a format is called, its files are read as known', () => {
  const others = formats
    .flatMap(({ files }) => files.map(pathOf))
    .filter((path) => !/\.(?:gz|xz|bz2|zst)$/.test(path) && whyOf(path) !== 'known')
  expect(others).toEqual([])
})

test('configuration, scripts and notes are read for what they are called, also copies of them', () => {
  const paths = ['/etc/app.conf', '/opt/run.sh', '/srv/web/settings.php', '/srv/app/application.yml', '/opt/Dockerfile']
  expect(paths.map(whyOf).filter((why) => why !== 'known')).not.toContain('perhaps')
  for (const path of paths) {
    expect(whyOf(path)).not.toBe(undefined)
    for (const end of ['.bak', '~', '.old', '.orig', '.1', '.dpkg-old', '.rpmsave', '.bak.20260101'])
      expect([path + end, whyOf(path + end)]).toEqual([path + end, whyOf(path)])
  }
})

test('text of no known kind is read up to a limit; what is longer is told of, not counted against the scan', () => {
  expect(whyOf('/opt/app/notes')).toBe('perhaps')
  const { read, reasons, notes } = chooseFiles([at('/var/lib/app/blob', 10_000_000), at('/opt/app.conf', 10_000_000)])
  expect(read.map(({ file }) => file.path)).toEqual(['/opt/app.conf'])
  expect(read[0]!.maxBytes).toBeLessThan(10_000_000)
  expect(reasons).toEqual([])
  expect(notes).toEqual([{ code: 'too-large', detail: expect.any(String), count: 1 }])
})

test('programs, media, archives and databases are not read, nor what is too short to hold anything', () => {
  expect(readOf('/opt/lib.so', '/home/a/x.mp4', '/srv/data.tar', '/var/lib/mysql/t.ibd', '/opt/app.jar')).toEqual([])
  expect(chooseFiles([at('/etc/a.conf', 3)]).read).toEqual([])
})

test('packed files are read where what is in them is worth it, some of them, and small ones', () => {
  expect(whyOf('/var/backups/app.conf.gz')).toBe('packed')
  expect(whyOf('/var/lib/blob.gz')).toBe(undefined)
  const many = Array.from({ length: 60 }, (_, index) => at(`/var/backups/a${index}.conf.xz`))
  const { read, notes } = chooseFiles([...many, at('/var/backups/huge.conf.gz', 1_000_000)])
  expect(read).toHaveLength(50)
  expect(notes).toEqual([{ code: 'left-out', detail: 'packed files', count: 11 }])
})

test('settings in homes come first, then /etc, then the rest; what is known comes before what may be text', () => {
  expect(
    readOf('/opt/app/blob', '/opt/app/.netrc', '/etc/x.conf', '/etc/.netrc', '/home/a/b/notes', '/root/.netrc'),
  ).toEqual(['/root/.netrc', '/etc/.netrc', '/opt/app/.netrc', '/etc/x.conf', '/home/a/b/notes', '/opt/app/blob'])
})

test('a name that is not UTF-8 cannot be asked for: it is told as a reason', () => {
  expect(chooseFiles([at('/srv/caf\\xe9.conf')])).toMatchObject({
    read: [],
    reasons: [{ code: 'unsupported', count: 1 }],
  })
})

test('any names and sizes are taken, each at most once', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.string({ maxLength: 60 }), { maxLength: 40 }), fc.nat(), (names, size) => {
      const files = names.map((name) => at(`/srv/${name}`, size))
      const { read } = chooseFiles(files)
      expect(new Set(read.map(({ file }) => file)).size).toBe(read.length)
      expect(read.length).toBeLessThanOrEqual(files.length)
    }),
  )
})
