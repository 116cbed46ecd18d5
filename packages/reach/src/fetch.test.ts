import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { appendFile, chmod, link, mkdir, mkdtemp, rm, symlink, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { FetchRequest, HostAnswer } from '@rollcall/discovery'
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fetchedFiles, readArchive } from './fetch.ts'
import type { Shell } from './posix-host.ts'
import { asked, shellsHere, startedShell } from './fixtures/tested-shells.ts'

const kits = existsSync('/usr/bin/busybox') ? ['gnu', 'busybox', 'no tar'] : ['gnu']
const cases = shellsHere.flatMap(([name, shell]) => kits.map((kit) => [name, kit, shell] as const))

let folder: string
const bins: Record<string, string> = {}
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rollcall-fetch-'))
  await chmod(folder, 0o755)
  if (kits.length === 1) return
  for (const kit of ['busybox', 'no tar']) {
    const bin = join(folder, kit.replace(' ', '-'))
    bins[kit] = bin
    await mkdir(bin)
    for (const tool of execFileSync('/usr/bin/busybox', ['--list'], { encoding: 'utf8' }).split('\n'))
      if (tool !== '' && tool !== 'busybox' && (kit === 'busybox' || tool !== 'tar'))
        await symlink('/usr/bin/busybox', join(bin, tool))
  }
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** A shell as an ordinary account where this runs as root. */
const shellOf = (shell: readonly [string, ...string[]], kit: string): Shell =>
  startedShell(shell, { env: { TAR_OPTIONS: '--verbose' }, programs: bins[kit], asNobody: true })

const told = (answer: HostAnswer | undefined, base: string) =>
  answer?.kind === 'fetch'
    ? answer.files.map((file) => [
        file.path.replace(`${base}/`, ''),
        file.state === 'read' ? `${Buffer.from(file.bytes).toString('latin1')}${file.truncated ? '…' : ''}` : file.why,
      ])
    : expect.unreachable(JSON.stringify(answer))

const plant = async (base: string, files: Record<string, string | Buffer>) => {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(base, path)), { recursive: true })
    await writeFile(join(base, path), text)
  }
}

describe.each(cases)('in %s with the programs of %s', (_, kit, shell) => {
  test('files are given whole and in the order of the paths, whatever they hold and are called', async () => {
    const base = await mkdtemp(join(folder, 'files-'))
    await chmod(base, 0o755)
    const bytes = Buffer.from(Array.from({ length: 5000 }, (_, index) => (index * 7) % 256))
    const files: Record<string, string | Buffer> = {
      plain: 'one\ntwo\n',
      'with space': 'x',
      "it's $(id) `id` *": 'quoted',
      '-rf': 'dash',
      empty: '',
      bytes,
      é: 'utf-8',
      'back\\slash': 'b',
      'block-of-512': 'x'.repeat(512),
      [`${'long/'.repeat(30)}name`]: 'deep',
      ['a'.repeat(200)]: 'long name',
    }
    await plant(base, files)
    const paths = Object.keys(files).map((name) => join(base, name))
    const [answer] = await asked(shellOf(shell, kit), [{ kind: 'fetch', paths, maxBytes: 100_000 }])
    expect(told(answer, base)).toEqual(
      Object.entries(files).map(([name, content]) => [
        name,
        Buffer.isBuffer(content) ? content.toString('latin1') : content,
      ]),
    )
  })

  test('of what is not a regular file, is not there or may not be read, it is said why; links are not followed', async () => {
    const base = await mkdtemp(join(folder, 'why-'))
    await chmod(base, 0o755)
    await plant(base, { first: '1', closed: 'secret', 'locked/in': 'secret', folder1: 'x', last: '2' })
    await chmod(join(base, 'closed'), 0)
    await chmod(join(base, 'locked'), 0)
    await symlink('/etc/passwd', join(base, 'link'))
    await symlink('nowhere', join(base, 'broken'))
    await mkdir(join(base, 'folder'))
    execFileSync('mkfifo', [join(base, 'fifo')])
    const names = ['first', 'closed', 'locked/in', 'absent', 'link', 'broken', 'folder', 'fifo', 'last']
    const paths = names.map((name) => join(base, name))
    const [answer] = await asked(shellOf(shell, kit), [{ kind: 'fetch', paths, maxBytes: 1000 }])
    await chmod(join(base, 'locked'), 0o700)
    const files = Object.fromEntries(told(answer, base))
    expect(files).toMatchObject({
      first: '1',
      closed: 'not-permitted',
      'locked/in': 'not-permitted',
      absent: 'no-such-file',
      link: 'not-a-regular-file',
      fifo: 'not-a-regular-file',
      last: '2',
    })
    expect(['not-a-regular-file', 'broken-link']).toContain(files['broken'])
    expect(files['folder']).toBe('not-a-regular-file')
  })

  test('a file that has grown or is sparse takes no more than all together may', async () => {
    const base = await mkdtemp(join(folder, 'grown-'))
    await chmod(base, 0o755)
    await plant(base, { small: 'first', huge: 'x', last: 'y' })
    await truncate(join(base, 'huge'), 8 * 1024 ** 3)
    const paths = ['small', 'huge', 'last'].map((name) => join(base, name))
    const [answer, after] = await asked(shellOf(shell, kit), [
      { kind: 'fetch', paths, maxBytes: 5000 },
      { kind: 'run', argv: ['echo', 'on it goes'] },
    ])
    const files = told(answer, base)
    expect(files[0]).toEqual(['small', 'first'])
    expect(files[1]![1]!.length).toBeLessThan(20_000)
    expect(after).toMatchObject({ result: { state: 'ran' } })
  })

  test('two names of one file both have what it holds', async () => {
    const base = await mkdtemp(join(folder, 'hard-'))
    await chmod(base, 0o755)
    await plant(base, { one: 'same' })
    await link(join(base, 'one'), join(base, 'two'))
    const paths = ['one', 'two'].map((name) => join(base, name))
    const [answer] = await asked(shellOf(shell, kit), [{ kind: 'fetch', paths, maxBytes: 1000 }])
    expect(told(answer, base)).toEqual([
      ['one', 'same'],
      ['two', 'same'],
    ])
  })

  test('hundreds of files come in one go, beside what else is asked', async () => {
    const base = await mkdtemp(join(folder, 'many-'))
    await chmod(base, 0o755)
    await plant(base, Object.fromEntries(Array.from({ length: 300 }, (_, index) => [`f${index}`, `${index}`])))
    await appendFile(join(base, 'f7'), '\n')
    const paths = Array.from({ length: 300 }, (_, index) => join(base, `f${index}`))
    const answers = await asked(shellOf(shell, kit), [
      { kind: 'fetch', paths: paths.slice(0, 150), maxBytes: 100_000 },
      { kind: 'read', pattern: join(base, 'f7') },
      { kind: 'find', under: [base], maxDepth: 0 },
      { kind: 'fetch', paths: paths.slice(150), maxBytes: 100_000 },
    ])
    expect([...told(answers[0], base), ...told(answers[3], base)].map(([, text]) => text?.trim())).toEqual(
      paths.map((_, index) => `${index}`),
    )
  })
})

test('an archive of any bytes is read to its end without a fault', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 4000 }), fc.nat({ max: 2000 }), (bytes, at) => {
      const archive = new Uint8Array(4096)
      archive.set(new TextEncoder().encode('etc/x'), 0)
      archive.set(new TextEncoder().encode('00000000012'), 124)
      archive.set(bytes.subarray(0, 4096 - at), at)
      for (const [path, content] of readArchive(archive)) {
        expect(path.startsWith('/')).toBe(true)
        expect(typeof content === 'string' || content.length <= archive.length).toBe(true)
      }
    }),
  )
})

test('an archive gives nothing under a path that was not asked for', () => {
  const request: FetchRequest = { kind: 'fetch', paths: ['/etc/a'], maxBytes: 10 }
  const archive = execFileSync('tar', ['cf', '-', '-C', '/', 'etc/hostname'])
  expect(fetchedFiles(request, { bytes: archive, cut: false }, [], undefined)).toEqual({
    kind: 'fetch',
    files: [{ path: '/etc/a', state: 'unread', why: 'io-error' }],
  })
})
