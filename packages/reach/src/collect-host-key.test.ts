import { mkdtempSync, rmSync } from 'node:fs'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { collectHostKey, keepCollected } from './collect-host-key.ts'
import { startTestHost, whyNoTestHost, type TestHost } from './fixtures/openssh.ts'
import { startImpostor, startRogue } from './fixtures/rogue.ts'
import { knownHosts, type HostKeys } from './host-keys.ts'
import type { HostKey } from './known-hosts.ts'
import { openHost } from './open-host.ts'
import { approvePins, listPins, vouchForKeys } from './pins.ts'
import { ReachError } from './reach-error.ts'

const target = ({ host, port }: { host: string; port: number }) => ({ kind: 'ssh', host, port }) as const
const never = new AbortController().signal
const asText = ({ algorithm, blob }: HostKey) => `${algorithm} ${Buffer.from(blob).toString('base64')}`
const failureOf = async (work: Promise<unknown>) => {
  const error = await work.then(
    () => undefined,
    (caught: unknown) => caught,
  )
  return error instanceof ReachError ? error.code : error
}

let folder: string
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'rollcall-collect-'))))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const why = whyNoTestHost()
describe.skipIf(why !== undefined)(`a real OpenSSH host${why === undefined ? '' : ` (${why})`}`, () => {
  let host: TestHost
  beforeAll(async () => void (host = await startTestHost([])))
  afterAll(() => host[Symbol.asyncDispose]())

  test('its key is asked for, and to the host it is no login', async () => {
    const key = await collectHostKey(target(host), { known: [], over: never })
    expect(asText(key)).toBe(await host.hostKey())
    const log = await host.log()
    // What sshd says of whoever names a user, whatever becomes of it.
    expect(log).toMatch(/Connection (closed|reset) by 127\.\S+ port \d+( \[preauth\])?/)
    expect(log).not.toMatch(/user|authenticat|Accepted|Failed|invalid/i)
  })

  test('a host with several keys shows the one by which it is known', async () => {
    for (const type of ['rsa', 'ecdsa'] as const) {
      const [algorithm = '', blob = ''] = (await host.hostKey(type)).split(' ')
      const known = [{ algorithm, blob: Buffer.from(blob, 'base64') }]
      expect(asText(await collectHostKey(target(host), { known, over: never }))).toBe(await host.hostKey(type))
    }
  })
})

test('a hostile host sees no user, no credential and no request to log in', async () => {
  await using rogue = await startRogue({ auth: (context) => context.accept() })
  const key = await collectHostKey(target(rogue), { known: [], over: never })
  expect(asText(key)).toBe(rogue.hostKey)
  expect(rogue.offered).toEqual([])
})

test('of what does not exchange keys, the reason is told, and nothing waits for ever', async () => {
  const limits = { loginMs: 400 }
  const cases: [string, (socket: Socket) => void, string][] = [
    ['silent', () => undefined, 'timed-out'],
    ['a web server', (socket) => void socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'), 'not-ssh'],
    ['one that hangs up', (socket) => void socket.destroy(), 'connection-lost'],
    ['one that babbles', (socket) => void socket.write('x'.repeat(100_000)), 'not-ssh'],
    ['one that greets and stops', (socket) => void socket.write('SSH-2.0-Slow\r\n'), 'timed-out'],
    [
      'one that greets and sends rubbish',
      (socket) => void socket.write(`SSH-2.0-Rubbish\r\n${'\u0000'.repeat(4000)}`, 'latin1'),
      'not-ssh',
    ],
  ]
  for (const [name, behave, code] of cases) {
    await using impostor = await startImpostor(behave)
    expect([name, await failureOf(collectHostKey(target(impostor), { known: [], limits, over: never }))]).toEqual([
      name,
      code,
    ])
  }
})

test('a host that shows a key which it does not hold is not believed', async () => {
  await using real = await startRogue()
  await using other = await startRogue()
  // Between the two: what the one signs, the other’s key is put in front of.
  const [own, stolen] = [other, real].map(({ hostKey }) => Buffer.from(hostKey.split(' ')[1]!, 'base64'))
  const middle = createServer((socket) => {
    const up = connect(other.port, other.host)
    socket.on('data', (data) => up.write(data))
    up.on('data', (data: Buffer) => {
      const at = data.indexOf(own!)
      socket.write(at < 0 ? data : Buffer.concat([data.subarray(0, at), stolen!, data.subarray(at + own!.length)]))
    })
    for (const one of [socket, up]) one.on('error', () => undefined).on('close', () => (socket.destroy(), up.destroy()))
  })
  await new Promise<void>((resolve) => middle.listen(0, '127.0.80.2', resolve))
  const { port } = middle.address() as { port: number }
  try {
    const code = await failureOf(collectHostKey({ kind: 'ssh', host: '127.0.80.2', port }, { known: [], over: never }))
    expect(code).toMatch(/not-ssh|connection-lost/)
  } finally {
    middle.close()
  }
})

test('an abort ends it', async () => {
  await using impostor = await startImpostor(() => undefined)
  const controller = new AbortController()
  const asked = failureOf(collectHostKey(target(impostor), { known: [], over: controller.signal }))
  controller.abort(new Error('cancelled'))
  expect(await asked).toBe('cancelled')
})

describe('what was collected', () => {
  const file = (name: string) => join(folder, name)
  const keyed = async (hostKeys: HostKeys, rogue: Awaited<ReturnType<typeof startRogue>>) =>
    (await keepCollected(target(rogue), await collectHostKey(target(rogue), { known: [], over: never }), hostKeys))
      .standing

  test('is kept where nothing was known, and another key after it is told and kept apart', async () => {
    const shown: string[] = []
    const pins = file('first')
    const hostKeys: HostKeys = {
      ...knownHosts({ read: [], pins }),
      shown: async (host, port, key) => void shown.push(`${host} ${port} ${asText(key)}`),
    }
    await using one = await startRogue()
    expect(await keyed(hostKeys, one)).toBe('new')
    expect(await keyed(hostKeys, one)).toBe('known')
    await using other = await startRogue()
    const key = await collectHostKey(target(other), { known: [], over: never })
    expect((await keepCollected(target(one), key, hostKeys)).standing).toBe('changed')
    expect(shown).toEqual([`${one.host} ${one.port} ${other.hostKey}`])
    expect((await listPins(pins)).map(({ standing, key: held }) => [standing, asText(held)])).toEqual([
      ['collected', one.hostKey],
    ])
  })

  test('makes a host known to nobody who is strict, until somebody approves it', async () => {
    const pins = file('strict')
    const hostKeys = knownHosts({ read: [], pins })
    await using rogue = await startRogue({ session: 'reject' })
    await keyed(hostKeys, rogue)
    const look = () =>
      failureOf(
        openHost(target(rogue), {
          hostKeys,
          policy: 'strict',
          logins: [{ user: 'scan', methods: [], sudo: { kind: 'never' } }],
          signal: never,
        }),
      )
    expect(await look()).toBe('host-key-unknown')
    await approvePins(pins, 'all')
    expect(await look()).not.toBe('host-key-unknown')
  })

  test('goes when somebody vouches for another key of the host', async () => {
    const pins = file('vouched')
    const hostKeys = knownHosts({ read: [], pins })
    await using one = await startRogue()
    await using other = await startRogue()
    await keyed(hostKeys, one)
    const [algorithm = '', blob = ''] = other.hostKey.split(' ')
    const name = `[${one.host}]:${one.port}`
    await vouchForKeys(pins, [{ name, key: { algorithm, blob: Buffer.from(blob, 'base64') }, revoked: false }])
    expect((await hostKeys.of(one.host, one.port)).keys.map(asText)).toEqual([other.hostKey])
    expect(await keyed(hostKeys, one)).toBe('changed')
  })
})
