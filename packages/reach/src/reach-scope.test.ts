import { createServer, type AddressInfo } from 'node:net'
import { once } from 'node:events'
import { expect, onTestFinished, test } from 'vitest'
import { knownHosts } from './host-keys.ts'
import { openHost } from './open-host.ts'
import { addressIn, hostIn, type ReachScope } from './reach-scope.ts'
import { sweep } from './sweep.ts'

const scope = (more: Partial<ReachScope> = {}): ReachScope => ({
  cidrs: ['10.0.0.0/24', '2001:db8::/64'],
  deny: { cidrs: ['10.0.0.66/32'], names: ['*.bank.example.com'] },
  ...more,
})

test.each([
  ['10.0.0.1', 'in'],
  ['10.0.1.1', 'out'],
  ['10.0.0.66', 'denied'],
  ['2001:db8::5', 'in'],
  ['2001:db8:0:1::5', 'out'],
  // The same addresses, told otherwise
  ['::ffff:10.0.0.1', 'in'],
  ['::ffff:a00:1', 'in'],
  ['::ffff:10.0.0.66', 'denied'],
  ['0:0:0:0:0:ffff:0a00:0042', 'denied'],
  ['::ffff:10.0.1.1', 'out'],
  ['fe80::1%eth0', 'out'],
  ['not an address', 'out'],
] as const)('the address %s is %s', (address, verdict) => {
  expect(addressIn(scope(), address)).toBe(verdict)
})

test('an IPv4 address within an IPv6 one must be allowed as well', () => {
  const wide = scope({ cidrs: ['10.0.0.0/24', '::/0'] })
  expect(addressIn(wide, '64:ff9b::a00:1')).toBe('in')
  expect(addressIn(wide, '64:ff9b::a00:42')).toBe('denied')
  expect(addressIn(wide, '64:ff9b::b00:1')).toBe('out')
})

test.each([
  ['web.dmz.example.com', 22, 'in'],
  ['WEB.dmz.example.com', 22, 'in'],
  ['web.lan.example.com', 22, 'out'],
  ['a.bank.example.com', 22, 'denied'],
  ['web.dmz.example.com', 23, 'out'],
  ['10.0.0.1', 22, 'in'],
  ['10.0.0.1', 8022, 'out'],
] as const)('the host %s, port %i is %s', (host, port, verdict) => {
  expect(hostIn(scope({ names: ['*.dmz.example.com', '*.bank.example.com'], ports: [22, 636] }), host, port)).toBe(
    verdict,
  )
})

test.each(['*', 'a*c', '*b*', 'abc', 'a*b*c', '**c'])('the pattern %s takes in abc', (pattern) => {
  expect(hostIn(scope({ names: [pattern] }), 'abc', 22)).toBe('in')
})
test.each(['a', '*d*', 'abc*c', 'ab', 'b*', 'abca*'])('the pattern %s does not take in abc', (pattern) => {
  expect(hostIn(scope({ names: [pattern] }), 'abc', 22)).toBe('out')
})

/** Something that listens on loopback and counts who comes. */
const listener = async () => {
  let came = 0
  const server = createServer((socket) => {
    came++
    socket.destroy()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return { port: (server.address() as AddressInfo).port, came: () => came }
}

const open = async (host: string, port: number, within: ReachScope) => {
  try {
    await using _ = await openHost(
      { kind: 'ssh', host, port },
      {
        logins: [{ user: 'nobody', methods: [{ kind: 'agent', socket: '/nowhere' }], sudo: { kind: 'never' } }],
        hostKeys: knownHosts({ read: [] }),
        policy: 'strict',
        limits: { within },
        signal: new AbortController().signal,
      },
    )
    return undefined
  } catch (error) {
    return (error as { code?: string }).code
  }
}

test('a name that leads outside is not connected to', async () => {
  const { port, came } = await listener()
  const elsewhere = scope({ cidrs: ['10.0.0.0/8'] })
  expect(await open('localhost', port, elsewhere)).toBe('out-of-scope')
  expect(await open('127.0.0.1', port, elsewhere)).toBe('out-of-scope')
  expect(came()).toBe(0)
  expect(await open('localhost', port, scope({ cidrs: ['127.0.0.0/8'] }))).not.toBe('out-of-scope')
  expect(came()).toBe(1)
})

test('nothing outside is swept', async () => {
  const { port, came } = await listener()
  const states: string[] = []
  for await (const { state } of sweep([{ kind: 'ssh', host: '127.0.0.1', port }], {
    within: scope(),
    signal: new AbortController().signal,
  }))
    states.push(state)
  expect(states).toEqual(['error'])
  expect(came()).toBe(0)
})
