import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { HostAnswer, HostRequest } from '@rollcall/discovery'
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { execLine, findHello } from './exec-line.ts'
import { converse, nonce, type Shell } from './posix-host.ts'
import { quoted } from './shell-word.ts'
import { asked, shellsHere, startedShell } from './fixtures/tested-shells.ts'

const signal = new AbortController().signal

let root: string
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'rollcall-script-'))
})
afterAll(() => rm(root, { recursive: true, force: true }))

const shellOf = (shell: readonly [string, ...string[]], env: Record<string, string> = {}): Shell =>
  startedShell(shell, { env })

const files = (answer: HostAnswer | undefined): Record<string, string> =>
  Object.fromEntries(
    (answer?.kind === 'read' ? answer.files : []).map((file) => [
      file.path.replace(`${root}/`, ''),
      file.state === 'read' ? `${Buffer.from(file.bytes).toString()}${file.truncated ? '…' : ''}` : `(${file.why})`,
    ]),
  )

const write = async (path: string, text: string) => {
  await mkdir(dirname(join(root, path)), { recursive: true })
  await writeFile(join(root, path), text)
}

describe.each(shellsHere)('in %s', (_, shell) => {
  test('any text is one word that stands for itself', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }), { minLength: 1, maxLength: 40 }),
        (words) => {
          const wanted = words.map((word) => word.replaceAll('\0', ''))
          const script = `printf '%s\\0' ${words.map(quoted).join(' ')}\n`
          const said = execFileSync(shell[0], [...shell.slice(1), '-s'], { input: script })
          expect(said.toString()).toBe(Buffer.from(`${wanted.join('\0')}\0`).toString())
        },
      ),
      { numRuns: 40 },
    )
  })

  test('files with hostile names are found, read and nothing else happens', async () => {
    const names = [
      '-rf',
      "it's",
      '$(touch pwned)',
      '`touch pwned`',
      'a b',
      'new\nline',
      '*',
      '[x]',
      '\\',
      'é',
      '\u001b[31m',
      '!!',
      '"',
      ';',
      'trailing\n',
    ]
    for (const name of names) await write(`hostile/${name}`, `of ${name}`)
    const [listed, ...single] = await asked(shellOf(shell), [
      { kind: 'read', pattern: `${root}/hostile/*`, stat: true },
      { kind: 'read', pattern: `${root}/hostile/it's` },
      { kind: 'read', pattern: `${root}/hostile/$(touch pwned)` },
      { kind: 'read', pattern: `${root}/hostile/[$]*` },
      { kind: 'read', pattern: `${root}/hostile/[!a-z]b` },
      { kind: 'read', pattern: `${root}/hostile/a[[:space:]]b` },
      { kind: 'read', pattern: `${root}/hostile/é` },
    ])
    expect(files(listed)).toEqual(Object.fromEntries(names.map((name) => [`hostile/${name}`, `of ${name}`])))
    expect(
      listed?.kind === 'read' && listed.files.every((file) => file.state === 'read' && file.stat !== undefined),
    ).toBe(true)
    expect(single.map(files)).toEqual([
      { "hostile/it's": "of it's" },
      { 'hostile/$(touch pwned)': 'of $(touch pwned)' },
      { 'hostile/$(touch pwned)': 'of $(touch pwned)' },
      { 'hostile/[!a-z]b': '(no-such-file)' },
      { 'hostile/a b': 'of a b' },
      { 'hostile/é': 'of é' },
    ])
    expect(existsSync('/pwned') || existsSync(join(root, 'hostile/pwned'))).toBe(false)
  })

  test('files of several folders are found, folders are skipped, and the limits hold', async () => {
    for (const name of ['a', 'b', 'c']) await write(`many/${name}/keys/one`, '0123456789')
    await write('many/file', 'x')
    await write('many/empty', '')
    await mkdir(join(root, 'many/folder'), { recursive: true })
    if (!existsSync(join(root, 'many/fifo'))) execFileSync('mkfifo', [join(root, 'many/fifo')])
    const answers = await asked(shellOf(shell), [
      { kind: 'read', pattern: `${root}/many/*/keys/*`, maxBytes: 4 },
      { kind: 'read', pattern: `${root}/many/?/keys/one`, maxFiles: 2, tail: true, maxBytes: 4 },
      { kind: 'read', pattern: `${root}/many/*` },
      { kind: 'read', pattern: `${root}/many/fifo`, pseudo: true },
      { kind: 'read', pattern: `${root}/many/folder` },
      { kind: 'read', pattern: `${root}/many/nothing*` },
      { kind: 'read', pattern: `${root}/nowhere/*/x` },
      { kind: 'read', pattern: '/dev/null' },
      { kind: 'read', pattern: '/proc/self/cmdline', pseudo: true, maxBytes: 2 },
      { kind: 'read', pattern: '/et[c]/../etc/passwd', maxBytes: 4 },
      { kind: 'read', pattern: '/*/passwd', maxBytes: 4 },
      { kind: 'read', pattern: 'a\0b' },
    ])
    expect(answers.slice(0, 8).map(files)).toEqual([
      { 'many/a/keys/one': '0123…', 'many/b/keys/one': '0123…', 'many/c/keys/one': '0123…' },
      { 'many/a/keys/one': '6789…', 'many/b/keys/one': '6789…', 'many/?/keys/one': '(too-many)' },
      { 'many/empty': '', 'many/fifo': '(not-a-regular-file)', 'many/file': 'x' },
      { 'many/fifo': '(not-a-regular-file)' },
      { 'many/folder': '(not-a-regular-file)' },
      { 'many/nothing*': '(no-such-file)' },
      { 'nowhere/*/x': '(no-such-file)' },
      { '/dev/null': '(not-a-regular-file)' },
    ])
    expect(Object.values(files(answers[8]))[0]).toHaveLength(3)
    expect(files(answers[9])).toEqual({ '/etc/../etc/passwd': 'root…' })
    expect(files(answers[10])['/etc/passwd']).toBe('root…')
    expect(files(answers[11])).toEqual({ ab: '(no-such-file)' })
  })

  test('programs run with exactly their arguments, an empty input and a bounded output', async () => {
    const answers = await asked(shellOf(shell), [
      { kind: 'run', argv: ['printf', '%s|', "a'b", '', '*', '$HOME', '-n'] },
      { kind: 'run', argv: ['cat'] },
      { kind: 'run', argv: ['/bin/sh', '-c', 'echo noise >&2; exit 7'] },
      { kind: 'run', argv: ['no-such-program'] },
      { kind: 'run', argv: ['/no/such/program'] },
      { kind: 'run', argv: ['/etc/passwd'] },
      { kind: 'run', argv: ['yes'], maxBytes: 10 },
      { kind: 'run', argv: ['/bin/sh', '-c', 'echo $LC_ALL'] },
    ])
    const results = answers.map((answer) => (answer.kind === 'run' ? answer.result : undefined))
    expect(
      results.map((result) =>
        result?.state === 'ran' ? [Buffer.from(result.stdout).toString(), result.truncated] : result?.why,
      ),
    ).toEqual([
      ["a'b||*|$HOME|-n|", false],
      ['', false],
      ['', false],
      'tool-missing',
      'tool-missing',
      'not-permitted',
      ['y\ny\ny\ny\ny\n', true],
      ['C\n', false],
    ])
    expect(results[2]).toMatchObject({ exit: 7 })
  })

  test('a file cannot end its own frame, whatever it contains', async () => {
    const plausible = `\n${nonce()} E\n\n${'0'.repeat(32)} E\n\n$N E\n\n E\n`
    await write('fake', plausible)
    await write('fake-env', '\n R 0\n P\n W no-such-file\n')
    const answers = await asked(shellOf(shell), [
      { kind: 'read', pattern: `${root}/fake*` },
      { kind: 'run', argv: ['cat', `${root}/fake`] },
    ])
    expect(files(answers[0])).toEqual({ fake: plausible, 'fake-env': '\n R 0\n P\n W no-such-file\n' })
    expect(answers[1]).toMatchObject({ result: { state: 'ran', stdout: Buffer.from(plausible) } })
  })

  test('several batches are answered by the same shell, however long their text is', async () => {
    const over = new AbortController()
    const { ask, batches } = converse(shellOf(shell), { idleMs: 20_000, totalBytes: 1e8, over: over.signal })
    const many: HostRequest[] = Array.from({ length: 400 }, (_, index) => ({
      kind: 'read',
      pattern: `/etc/${'nothing'.repeat(5)}${index}`,
    }))
    expect((await ask(many, signal)).map((answer) => Object.values(files(answer)))).toEqual(
      many.map(() => ['(no-such-file)']),
    )
    expect(files((await ask([{ kind: 'read', pattern: '/etc/passwd', maxBytes: 4 }], signal))[0])).toEqual({
      '/etc/passwd': 'root…',
    })
    expect(batches()).toBe(2)
    over.abort('cancelled')
  })

  test('what was said is not held back while another program takes its time', async () => {
    const last = join(root, 'last')
    await rm(last, { force: true })
    const inner = shellOf(shell)
    let early: boolean | undefined
    // Two seconds pass from each look at the clock to the next.
    const hurried: Shell = {
      ...inner,
      write: (text) => inner.write(text.replace(/^rc_clock\(\) .*$/m, 'rc_clock() { rc_now=$((rc_now+2)); }')),
      hear: (listener) =>
        inner.hear({
          ...listener,
          output(bytes) {
            if (Buffer.from(bytes).includes('first said')) early ??= !existsSync(last)
            listener.output(bytes)
          },
        }),
    }
    const saying = ['first said', 'b', 'c', 'd', 'e'].map((word): HostRequest => ({
      kind: 'run',
      argv: ['echo', word],
    }))
    const answers = await asked(hurried, [
      ...saying,
      { kind: 'run', argv: ['/bin/sh', '-c', `sleep 2; echo done >${quoted(last)}`] },
      { kind: 'find', under: ['/', '/etc'], maxDepth: 0 },
    ])
    expect(early).toBe(true)
    expect(answers.map((answer) => (answer.kind === 'run' ? answer.result : undefined)).slice(0, 5)).toMatchObject(
      ['first said', 'b', 'c', 'd', 'e'].map((word) => ({ state: 'ran', exit: 0, stdout: Buffer.from(`${word}\n`) })),
    )
    expect(answers[6]).toMatchObject({ result: { state: 'found', entries: [{ path: '/' }, { path: '/etc' }] } })
  })

  test('without head, stat, timeout and readlink files are read all the same', async () => {
    const bin = join(root, 'bin')
    await mkdir(bin, { recursive: true })
    for (const tool of ['cat', 'dd', 'tail', 'id'])
      await symlink(`/usr/bin/${tool}`, join(bin, tool)).catch(() => undefined)
    await write('plain', 'x'.repeat(10_000))
    await chmod(join(root, 'plain'), 0o600)
    const over = new AbortController()
    const inner = shellOf(shell)
    // The search path is narrowed after the preamble has widened it.
    const narrowed: Shell = {
      ...inner,
      write: (text) =>
        inner.write(
          text.replace('PATH=/usr/sbin:/usr/bin:/sbin:/bin:$PATH:/usr/local/sbin:/usr/local/bin', `PATH=${bin}`),
        ),
    }
    const answers = await converse(narrowed, { idleMs: 20_000, totalBytes: 1e8, over: over.signal }).ask(
      [
        { kind: 'read', pattern: `${root}/plain`, maxBytes: 5000, stat: true },
        { kind: 'read', pattern: `${root}/plain`, maxBytes: 20_000 },
        { kind: 'read', pattern: '/proc/self/status', pseudo: true, maxBytes: 20 },
        { kind: 'run', argv: ['cat', `${root}/plain`], maxBytes: 100 },
      ],
      signal,
    )
    over.abort('cancelled')
    // BusyBox may have them built into the shell; the answers are the same but for the file's facts.
    expect(answers[0]).toMatchObject({
      files: [{ state: 'read', bytes: Buffer.from('x'.repeat(5000)), truncated: true }],
    })
    expect(answers[1]).toMatchObject({
      files: [{ state: 'read', bytes: Buffer.from('x'.repeat(10_000)), truncated: false }],
    })
    expect(answers[2]).toMatchObject({ files: [{ state: 'read', truncated: true }] })
    expect(answers[3]).toMatchObject({
      result: { state: 'ran', stdout: Buffer.from('x'.repeat(100)), truncated: true },
    })
  })
})

test('the line that starts the shell holds nothing that a login shell could take differently', () => {
  for (const elevation of ['none', 'if-allowed', 'password'] as const) {
    const line = execLine(elevation, { hello: nonce(), prompt: `rollcall-${nonce()}:` })
    expect(line).toMatch(/^exec sh -c '[^'!\\\n]*'$/)
    expect(line.length).toBeLessThan(1000)
  }
})

test('the hello is found after any noise', () => {
  fc.assert(
    fc.property(fc.string(), fc.nat(), (noise, uid) => {
      const hello = nonce()
      expect(findHello(`${noise}${hello} ${uid} plain\n`, hello)).toEqual({ uid, how: 'plain' })
      expect(findHello(noise, hello)).toBeUndefined()
    }),
  )
})
