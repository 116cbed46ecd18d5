import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Socket } from 'node:net'
import type { HostTarget } from '@rollcall/contract'
import type { HostRequest } from '@rollcall/discovery'
import { Secret } from '@rollcall/secret'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  generateKeyPair,
  helloOf,
  startImpostor,
  startRogue,
  type Rogue,
  type RogueBehaviour,
} from './fixtures/rogue.ts'
import { knownHosts, openHost, ReachError, type Login, type OpenHostOptions } from './index.ts'

const PASSWORD = 'correct horse battery staple'
const password = Secret.ofText(PASSWORD)
const key = () => Secret.ofText(generateKeyPair().private)
const signal = new AbortController().signal
const limits = { loginMs: 700, idleMs: 700, hostMs: 5000, totalBytes: 1_000_000 }
const keyLogin: Login = { user: 'scan', methods: [{ kind: 'key', privateKey: key() }], sudo: { kind: 'never' } }
const passwordLogin: Login = {
  user: 'scan',
  methods: [{ kind: 'password', password }],
  sudo: { kind: 'password', password },
}

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rollcall-rogue-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const target = ({ host, port }: { host: string; port: number }): HostTarget => ({ kind: 'ssh', host, port })
const unknown = (more: Partial<OpenHostOptions> = {}): OpenHostOptions => ({
  logins: [keyLogin],
  hostKeys: knownHosts({ read: [] }),
  policy: 'trust-on-first-use',
  limits,
  signal,
  ...more,
})
const pinned = async (
  rogue: Rogue,
  hostKey = rogue.hostKey,
  more: Partial<OpenHostOptions> = {},
): Promise<OpenHostOptions> => {
  const file = join(folder, `known-${rogue.port}`)
  await writeFile(file, `[${rogue.host}]:${rogue.port} ${hostKey}\n`)
  return unknown({ hostKeys: knownHosts({ read: [file] }), policy: 'strict', ...more })
}
const failure = (opening: Promise<unknown>): Promise<ReachError> =>
  opening.then(
    () => expect.unreachable('it opened'),
    (error: unknown) => {
      expect(error).toBeInstanceOf(ReachError)
      return error as ReachError
    },
  )

describe('before the login', () => {
  test.each<[string, string, (socket: Socket) => void]>([
    ['says nothing', 'timed-out', () => undefined],
    ['hangs up', 'connection-lost', (socket) => socket.end()],
    ['speaks HTTP', 'not-ssh', (socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')],
    ['never ends its first line', 'not-ssh', (socket) => flood(socket, 'SSH-2.0-' + 'x'.repeat(4000))],
    ['greets without an end', 'not-ssh', (socket) => flood(socket, 'welcome\r\n'.repeat(500))],
    [
      'sends random bytes after its name',
      'not-ssh',
      (socket) => flood(socket, 'SSH-2.0-x\r\n' + '\u00ff\u0001\u0080'.repeat(500)),
    ],
    ['speaks an old SSH', 'not-ssh', (socket) => socket.write('SSH-1.5-old\r\n')],
  ])('what %s is %s', async (_, code, behave) => {
    await using impostor = await startImpostor(behave)
    expect((await failure(openHost(target(impostor), unknown()))).code).toBe(code)
  })

  test('nothing there, no name and no login are told apart', async () => {
    expect((await failure(openHost({ kind: 'ssh', host: '127.0.80.9', port: 9 }, unknown()))).code).toBe('refused')
    expect((await failure(openHost({ kind: 'ssh', host: 'no-such-name.invalid', port: 22 }, unknown()))).code).toBe(
      'no-address',
    )
    expect((await failure(openHost({ kind: 'ssh', host: '127.0.80.9', port: 9 }, unknown({ logins: [] })))).code).toBe(
      'no-credential',
    )
  })

  test('a cancelled opening ends at once', async () => {
    await using impostor = await startImpostor(() => undefined)
    const controller = new AbortController()
    const opening = openHost(target(impostor), unknown({ signal: controller.signal }))
    setTimeout(() => controller.abort(), 50)
    expect((await failure(opening)).code).toBe('cancelled')
    expect((await failure(openHost(target(impostor), unknown({ signal: controller.signal })))).code).toBe('cancelled')
  })
})

describe('the login', () => {
  const everything: Login = {
    user: 'scan',
    methods: [{ kind: 'password', password }, ...keyLogin.methods],
    sudo: { kind: 'password', password },
  }

  test('a host with another key than the known one is offered nothing at all', async () => {
    await using rogue = await startRogue()
    const other = generateKeyPair().public.split(' ').slice(0, 2).join(' ')
    expect((await failure(openHost(target(rogue), await pinned(rogue, other, { logins: [everything] })))).code).toBe(
      'host-key-changed',
    )
    expect((await failure(openHost(target(rogue), unknown({ logins: [everything], policy: 'strict' })))).code).toBe(
      'host-key-unknown',
    )
    expect(rogue.offered).toEqual([])
    expect(rogue.written()).toBe('')
  })

  test('a host that is seen for the first time is offered keys only, and no sudo password', async () => {
    await using rogue = await startRogue({
      auth: (context) =>
        context.method === 'publickey'
          ? context.accept()
          : context.reject(['password', 'publickey', 'keyboard-interactive']),
      exec: (channel, command) => {
        channel.stderr.write(/-p (\S+)/.exec(command)?.[1] ?? 'Password: ')
        channel.write(`${helloOf(command)} 1000 denied\n`)
      },
    })
    await using open = await openHost(target(rogue), unknown({ logins: [everything] }))
    expect(open.notes).toEqual([{ code: 'host-key-unverified', detail: 'the sudo password was kept back' }])
    expect(new Set(rogue.offered.map(({ method }) => method))).toEqual(new Set(['publickey']))
    expect(rogue.written()).not.toContain('horse')
  })

  test('at most five keys and one password are offered, and never the method none', async () => {
    await using rogue = await startRogue({ auth: (context) => context.reject(['publickey', 'password']) })
    const keys = Array.from({ length: 8 }, () => ({ kind: 'key' as const, privateKey: key() }))
    const login: Login = { ...passwordLogin, methods: [...keys, { kind: 'password', password }] }
    const error = await failure(openHost(target(rogue), await pinned(rogue, undefined, { logins: [login, login] })))
    expect(error.code).toBe('login-rejected')
    const methods = rogue.offered.map(({ method }) => method)
    expect(methods).toEqual([...Array.from({ length: 5 }, () => 'publickey'), 'password'])
  })

  test('a host that only asks questions is answered a single hidden one, once', async () => {
    const answers: string[][] = []
    const asking = (prompts: { prompt: string; echo: boolean }[]): RogueBehaviour => ({
      auth(context) {
        if (context.method !== 'keyboard-interactive') return context.reject(['keyboard-interactive'])
        return context.prompt(prompts, (given) => {
          answers.push(given ?? [])
          context.reject(['keyboard-interactive'])
        })
      },
    })
    for (const prompts of [
      [{ prompt: 'Password: ', echo: false }],
      [{ prompt: 'Name: ', echo: true }],
      [
        { prompt: 'Password: ', echo: false },
        { prompt: 'Token: ', echo: false },
      ],
    ]) {
      await using rogue = await startRogue(asking(prompts))
      await failure(openHost(target(rogue), await pinned(rogue, undefined, { logins: [passwordLogin] })))
    }
    expect(answers).toEqual([[PASSWORD], [], []])
  })

  test('a host that never decides is timed out', async () => {
    await using rogue = await startRogue({ auth: () => undefined })
    expect((await failure(openHost(target(rogue), unknown()))).code).toBe('timed-out')
  })

  test('a sudo prompt that comes twice gets the password once', async () => {
    await using rogue = await startRogue({
      exec(channel, command) {
        const prompt = /-p (\S+)/.exec(command)?.[1]
        channel.write(prompt === undefined ? `${helloOf(command)} 1000 plain\n` : 'no hello yet\n')
        channel.stderr.write(prompt ?? '')
        if (prompt !== undefined) channel.on('data', () => channel.stderr.write(`Sorry, try again.\n${prompt}`))
      },
    })
    await using open = await openHost(
      target(rogue),
      await pinned(rogue, undefined, { logins: [{ ...keyLogin, sudo: { kind: 'password', password } }] }),
    )
    expect(open).toMatchObject({ rights: 'user', notes: [{ code: 'sudo-rejected' }] })
    expect(rogue.written()).toBe(`${PASSWORD}\n`)
  })
})

describe('the shell', () => {
  test.each<[string, string, RogueBehaviour]>([
    ['opens no session', 'login-shell-failed', { session: 'reject' }],
    ['stalls over the session', 'timed-out', { session: 'stall' }],
    ['starts nothing', 'timed-out', { exec: () => undefined }],
    ['ends it', 'login-shell-failed', { exec: (channel) => (channel.exit(1), channel.end()) }],
    ['never stops its greeting', 'login-shell-failed', { exec: (channel) => flood(channel, 'Welcome! '.repeat(1000)) }],
    [
      'never stops its complaints',
      'login-shell-failed',
      { exec: (channel) => flood(channel.stderr, 'Oh dear! '.repeat(1000)) },
    ],
    ['echoes the command line', 'timed-out', { exec: (channel, command) => channel.write(command) }],
  ])('a host that %s is %s', async (_, code, behaviour) => {
    await using rogue = await startRogue(behaviour)
    expect((await failure(openHost(target(rogue), unknown()))).code).toBe(code)
  })
})

describe('the answers', () => {
  const requests: HostRequest[] = [
    { kind: 'read', pattern: '/etc/passwd' },
    { kind: 'read', pattern: '/etc/group' },
    { kind: 'run', argv: ['id'] },
  ]
  const half = (mark: string) =>
    `\n${mark} R 0\n\n${mark} P\n/etc/passwd\n${mark} D\nroot\n${mark} C 0\n\n${mark} R 1\n\n${mark} P\n/etc/group\n${mark} D\nro`
  const kept = (why: string) => [
    { kind: 'read', files: [{ path: '/etc/passwd', state: 'read', bytes: Buffer.from('root'), truncated: false }] },
    { kind: 'read', files: [{ path: '/etc/group', state: 'unread', why }] },
    { kind: 'run', result: { state: 'unread', why } },
  ]

  test.each<[string, string, NonNullable<RogueBehaviour['batch']>]>([
    ['stalls in the middle', 'timed-out', (channel, mark) => channel.write(half(mark))],
    [
      'disconnects in the middle',
      'connection-lost',
      (channel, mark, connection) => channel.write(half(mark), () => connection.end()),
    ],
    [
      'ends its shell in the middle',
      'connection-lost',
      (channel, mark) => channel.write(half(mark), () => channel.close()),
    ],
    ['breaks the form', 'connection-lost', (channel, mark) => channel.write(`${half(mark)}\n${mark} nonsense\n`)],
    [
      'never ends a header',
      'connection-lost',
      (channel, mark) => channel.write(`${half(mark)}\n${mark} ${'x'.repeat(100)}`),
    ],
    ['answers what was not asked', 'connection-lost', (channel, mark) => channel.write(`${half(mark)}\n${mark} X 7\n`)],
    ['never stops', 'too-large', (channel, mark) => (channel.write(half(mark)), flood(channel, 'x'.repeat(10_000)))],
    [
      'never stops to complain',
      'too-large',
      (channel, mark) => (channel.write(half(mark)), flood(channel.stderr, 'x'.repeat(10_000))),
    ],
  ])('of a host that %s what was read is kept, and the rest is %s', async (_, why, batch) => {
    await using rogue = await startRogue({ batch })
    await using open = await openHost(target(rogue), unknown())
    expect(await open.ask(requests, signal)).toEqual(kept(why))
    expect(await open.ask(requests.slice(2), signal)).toEqual([{ kind: 'run', result: { state: 'unread', why } }])
  })

  test('marks that are only similar end nothing', async () => {
    await using rogue = await startRogue({
      batch: (channel, mark) => channel.write(`\n${mark.slice(1)} E\n${mark} E\n\n${mark.toUpperCase()}x E\n`),
    })
    await using open = await openHost(target(rogue), unknown())
    const answers = await open.ask(requests, signal)
    expect(answers.map((answer) => (answer.kind === 'read' ? answer.files[0] : answer.result))).toMatchObject(
      requests.map(() => ({ state: 'unread' })),
    )
  })

  test('a host that drips has only the time of a whole host', async () => {
    await using rogue = await startRogue({
      batch(channel, mark) {
        channel.write(half(mark))
        const drip = setInterval(() => channel.write('x'), 50)
        channel.on('close', () => clearInterval(drip))
      },
    })
    await using open = await openHost(target(rogue), unknown({ limits: { ...limits, hostMs: 1500 } }))
    expect(await open.ask(requests, signal)).toEqual(kept('timed-out'))
  })

  test('a cancelled question is answered at once', async () => {
    await using rogue = await startRogue({ batch: (channel, mark) => channel.write(half(mark)) })
    await using open = await openHost(target(rogue), unknown())
    const controller = new AbortController()
    setTimeout(() => controller.abort(), 200)
    expect(await open.ask(requests, controller.signal)).toEqual(kept('cancelled'))
  })
})

const flood = (stream: { write(text: string, done: () => void): unknown; destroyed?: boolean }, text: string) => {
  const more = () => {
    if (stream.destroyed !== true) stream.write(text, () => setImmediate(more))
  }
  more()
}
