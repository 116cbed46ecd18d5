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
    ['drips its name', 'timed-out', (socket) => drip(socket, `SSH-2.0-${'x'.repeat(200)}`)],
    ['drips its name and then a packet', 'timed-out', (socket) => drip(socket, 'SSH-2.0-x\r\n\0\0\u0004\u0000')],
    ['never begins the key exchange', 'timed-out', (socket) => socket.write('SSH-2.0-x\r\n')],
    ['hangs up after its name', 'connection-lost', (socket) => socket.end('SSH-2.0-x\r\n')],
    [
      'sends half a key exchange',
      'timed-out',
      (socket) => socket.write(Buffer.concat([NAME, packet(KEXINIT).subarray(0, 20)])),
    ],
    [
      'hangs up in the key exchange',
      'connection-lost',
      (socket) => socket.end(Buffer.concat([NAME, packet(KEXINIT).subarray(0, 20)])),
    ],
    [
      'announces a packet of four gigabytes',
      'not-ssh',
      (socket) => socket.write(Buffer.concat([NAME, Buffer.from('ffffffff04140000', 'hex')])),
    ],
    ['announces a packet of nothing', 'not-ssh', (socket) => socket.write(Buffer.concat([NAME, Buffer.alloc(64)]))],
    ['offers no algorithm', 'not-ssh', (socket) => socket.write(Buffer.concat([NAME, packet(KEXINIT)]))],
    [
      'says goodbye at once',
      'connection-lost',
      (socket) => socket.end(Buffer.concat([NAME, packet(Buffer.from('0100000002000000000000000000', 'hex'))])),
    ],
    [
      'sends ignored packets for ever',
      'timed-out',
      (socket) => {
        socket.write(NAME)
        floodBytes(socket, packet(Buffer.from('0200000004aaaaaaaa', 'hex')))
      },
    ],
    ['colours its name', 'not-ssh', (socket) => socket.end('\u001b]0;owned\u0007\u001b[31mSSH-2.0-x\r\n')],
    ['sends zeros', 'not-ssh', (socket) => flood(socket, '\0'.repeat(4000))],
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

  const searching: HostRequest[] = [
    { kind: 'find', under: ['/etc'], where: { types: ['file'] }, maxEntries: 5 },
    { kind: 'find', under: ['/etc'], where: { containing: ['KEY'] } },
    { kind: 'read', pattern: '/etc/passwd', stat: true },
  ]
  const passwd = (mark: string) => `\n${mark} R 2\n\n${mark} P\n/etc/passwd\n${mark} D\nroot\n${mark} C 0\n`
  const record = (index: number, path: string) => `\0${index} f 644 0 0 1 0.0 ${path}\0\n`
  const found = (mark: string, records: string, messages = '=0') =>
    `${passwd(mark)}\n${mark} F 0\n\n${mark} D n\n${records}\n${mark} M\n${messages}\n${mark} C\n\n${mark} E\n`

  test.each<[string, (mark: string) => string, unknown]>([
    ['finds what is not a path', (mark) => found(mark, '\x000 f 644 0 0 1 0.0 etc\0\n'), { entries: [] }],
    ['finds things of a search that nobody asked for', (mark) => found(mark, record(7, '/x')), { entries: [] }],
    [
      'breaks off a record',
      (mark) => found(mark, `${record(0, '/x')}\x000 f 644 0 0 1 0.0 /y`),
      { entries: [{ path: '/x' }] },
    ],
    [
      'finds more than it was asked for',
      (mark) => found(mark, Array.from({ length: 9 }, (_, at) => record(0, `/${at}`)).join('')),
      { entries: { length: 5 }, cut: 'too-many' },
    ],
    ['finds the same again and again', (mark) => found(mark, record(0, '/x').repeat(9)), { entries: [{ path: '/x' }] }],
    ['finds names with line feeds', (mark) => found(mark, record(0, '/x\n/etc/shadow')), { entries: [], unnamed: 1 }],
    [
      'finds files of the year 300,000,000',
      (mark) => found(mark, '\x000 f 644 0 0 1 99999999999999999 /x\0\n'),
      { entries: [{ modified: '9999-12-31T23:59:59.000Z' }] },
    ],
    [
      'finds files from before the year 0',
      (mark) => found(mark, '\x000 f 644 0 0 1 -99999999999999999.5 /x\0\n'),
      { entries: [{ modified: '0000-01-01T00:00:00.000Z' }] },
    ],
    [
      'finds files of the year 1',
      (mark) => found(mark, '\x000 f 644 0 0 1 -62135596800.0 /x\0\n'),
      { entries: [{ modified: '0001-01-01T00:00:00.000Z' }] },
    ],
    ['counts in letters', (mark) => found(mark, '\x000 f rwx root root many today /x\0\n'), { entries: [] }],
    [
      'complains without end',
      (mark) => found(mark, '', `${"find: '/x': Permission denied\n".repeat(20_000)}=1`),
      { unsearched: [{ path: '/x', why: 'not-permitted' }] },
    ],
    [
      'complains in riddles',
      (mark) => found(mark, '', '\u001b[31m\n=1'),
      { unsearched: [{ path: '/etc', why: 'io-error' }] },
    ],
    ['forges its end in complaints', (mark) => found(mark, '', '=0\n=124'), { cut: 'timed-out' }],
    ['says no status', (mark) => found(mark, '', 'killed'), { cut: 'timed-out' }],
  ])('of a host that %s no more is believed than it says', async (_, says, result) => {
    await using rogue = await startRogue({ batch: (channel, mark) => void channel.write(says(mark)) })
    await using open = await openHost(target(rogue), unknown())
    const [first, second, read] = await open.ask(searching, signal)
    expect(first).toMatchObject({ kind: 'find', result: { state: 'found', ...(result as object) } })
    expect(second).toMatchObject({ result: { state: 'found', entries: [] } })
    expect(read).toMatchObject({ files: [{ state: 'read', bytes: Buffer.from('root') }] })
  })

  test.each<[string, (mark: string) => string]>([
    [
      'answers walks before files',
      (mark) => `\n${mark} F 0\n\n${mark} D n\n${record(0, '/x')}\n${mark} C\n${passwd(mark)}`,
    ],
    ['answers a walk twice', (mark) => `${passwd(mark)}\n${mark} F 0\n\n${mark} C\n\n${mark} F 0\n`],
    ['answers a walk that nobody asked for', (mark) => `${passwd(mark)}\n${mark} F 1\n`],
    ['answers a file twice', (mark) => passwd(mark) + passwd(mark)],
    ['ends before it answers', (mark) => `${passwd(mark)}\n${mark} E\n`],
    ['answers a search as a program', (mark) => `${passwd(mark)}\n${mark} X 0\n\n${mark} D\nx\n${mark} C 0\n`],
    ['speaks another dialect', (mark) => `${passwd(mark)}\n${mark} F 0\n\n${mark} D x\n`],
    ['sends records twice', (mark) => `${passwd(mark)}\n${mark} F 0\n\n${mark} D n\n\n${mark} D n\n`],
    ['complains before it finds', (mark) => `${passwd(mark)}\n${mark} F 0\n\n${mark} M\n=0\n`],
    ['gives a status without a file', (mark) => `\n${mark} R 2\n\n${mark} C 0\n`],
    [
      'gives two statuses',
      (mark) => `\n${mark} R 2\n\n${mark} P\n/etc/passwd\n${mark} D\nx\n${mark} C 0\n\n${mark} C 0\n`,
    ],
    ['sends a header of nothing', (mark) => `\n${mark} \n`],
    ['sends a mark without a header', (mark) => `\n${mark} ${'\u001b'.repeat(64)}`],
  ])('a host that %s is no longer listened to, and nothing was found', async (_, says) => {
    await using rogue = await startRogue({ batch: (channel, mark) => void channel.write(says(mark)) })
    await using open = await openHost(target(rogue), unknown())
    const answers = await open.ask(searching, signal)
    expect(
      answers
        .slice(0, 2)
        .flatMap((answer) => (answer.kind === 'find' && answer.result.state === 'found' ? answer.result.entries : [])),
    ).toEqual([])
    expect(await open.ask(searching, signal)).toMatchObject([
      { result: { state: 'unread', why: 'connection-lost' } },
      { result: { state: 'unread', why: 'connection-lost' } },
      { files: [{ state: 'unread', why: 'connection-lost' }] },
    ])
  })

  test.each<[string, NonNullable<RogueBehaviour['batch']>]>([
    [
      'finds for ever',
      (channel, mark) => {
        channel.write(`${passwd(mark)}\n${mark} F 0\n\n${mark} D n\n`)
        flood(channel, record(0, '/x').repeat(500))
      },
    ],
    [
      'complains for ever',
      (channel, mark) => {
        channel.write(`${passwd(mark)}\n${mark} F 0\n\n${mark} D n\n${record(0, '/x')}\n${mark} M\n`)
        flood(channel, "find: '/x': Permission denied\n".repeat(500))
      },
    ],
    [
      'stalls in a walk',
      (channel, mark) => void channel.write(`${passwd(mark)}\n${mark} F 0\n\n${mark} D n\n${record(0, '/x')}\0`),
    ],
    [
      'goes away in a walk',
      (channel, mark, connection) =>
        void channel.write(`${passwd(mark)}\n${mark} F 0\n\n${mark} D n\n${record(0, '/x')}\0`, () => connection.end()),
    ],
  ])('of a host that %s what was found is kept, and it is said that there may be more', async (_, batch) => {
    await using rogue = await startRogue({ batch })
    await using open = await openHost(target(rogue), unknown())
    const [first] = await open.ask(searching, signal)
    if (first?.kind !== 'find' || first.result.state !== 'found') return expect.unreachable()
    expect(first.result.entries.map(({ path }) => path)).toEqual(['/x'])
    expect(first.result.cut !== undefined || first.result.unsearched.length > 0).toBe(true)
  })

  test('a host that reads nothing has only the time of a question', async () => {
    await using rogue = await startRogue({
      exec(channel, command) {
        channel.write(`${helloOf(command)} 1000 plain\n`)
        channel.pause()
      },
    })
    await using open = await openHost(target(rogue), unknown())
    const many = Array.from({ length: 3000 }, (_, at): HostRequest => ({
      kind: 'read',
      pattern: `/${'x'.repeat(1000)}/${at}`,
    }))
    const answers = await open.ask(many, signal)
    expect(
      answers.every(
        (answer) =>
          answer.kind === 'read' && answer.files.every((file) => file.state === 'unread' && file.why === 'timed-out'),
      ),
    ).toBe(true)
  })

  test('marks that are only similar end nothing', async () => {
    await using rogue = await startRogue({
      batch: (channel, mark) => channel.write(`\n${mark.slice(1)} E\n${mark} E\n\n${mark.toUpperCase()}x E\n`),
    })
    await using open = await openHost(target(rogue), unknown())
    const answers = await open.ask(requests, signal)
    expect(answers.map((answer) => ('files' in answer ? answer.files[0] : answer.result))).toMatchObject(
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

const NAME = Buffer.from('SSH-2.0-x\r\n')

/** A key exchange without any algorithm. */
const KEXINIT = Buffer.concat([
  Buffer.from([20]),
  Buffer.alloc(16),
  Buffer.alloc(40),
  Buffer.from([0]),
  Buffer.alloc(4),
])

/** A packet of SSH before encryption. */
const packet = (payload: Buffer): Buffer => {
  const padding = 8 - ((payload.length + 5) % 8) + 8
  const head = Buffer.alloc(5)
  head.writeUInt32BE(payload.length + padding + 1)
  head.writeUInt8(padding, 4)
  return Buffer.concat([head, payload, Buffer.alloc(padding)])
}

const drip = (socket: Socket, text: string) => {
  let at = 0
  const next = setInterval(() => {
    if (socket.destroyed || at === text.length) return clearInterval(next)
    return socket.write(text[at++]!)
  }, 20)
}

const floodBytes = (socket: Socket, bytes: Buffer) => {
  const more = () => {
    if (!socket.destroyed) socket.write(bytes, () => setImmediate(more))
  }
  more()
}

const flood = (stream: { write(text: string, done: () => void): unknown; destroyed?: boolean }, text: string) => {
  const more = () => {
    if (stream.destroyed !== true) stream.write(text, () => setImmediate(more))
  }
  more()
}
