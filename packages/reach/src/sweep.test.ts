import { createServer, type AddressInfo } from 'node:net'
import type { HostTarget } from '@rollcall/contract'
import { expect, test } from 'vitest'
import { sweep, type Swept } from './sweep.ts'

const signal = new AbortController().signal
const target = (host: string, port: number): HostTarget => ({ kind: 'ssh', host, port })

const listening = async () => {
  let bytes = 0
  const server = createServer((socket) => {
    socket.on('data', (data) => (bytes += data.length))
    socket.on('error', () => undefined)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.79.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    received: () => bytes,
    [Symbol.asyncDispose]: async () => void server.close(),
  }
}

const all = async (swept: AsyncIterable<Swept>) => {
  const states: Record<string, number> = {}
  for await (const { state } of swept) states[state] = (states[state] ?? 0) + 1
  return states
}

test('each target is told once, open or refused, and nothing is sent to it', async () => {
  await using server = await listening()
  const targets = Array.from({ length: 600 }, (_, index) =>
    target(index % 3 === 0 ? '127.0.79.1' : `127.0.79.${(index % 200) + 2}`, server.port),
  )
  expect(await all(sweep(targets, { concurrency: 50, signal }))).toEqual({ open: 200, refused: 400 })
  expect(server.received()).toBe(0)
})

test('a name without an address is an error, and one target does not stop the others', async () => {
  await using server = await listening()
  expect(
    await all(
      sweep([target('no-such-name.invalid', 22), target('127.0.79.1', server.port), { kind: 'local' }], { signal }),
    ),
  ).toEqual({ error: 1, open: 2 })
})

test('targets are taken only as fast as they are asked, and leaving early takes no more', async () => {
  await using server = await listening()
  let taken = 0
  const endless = function* () {
    for (;;) {
      taken++
      yield target('127.0.79.1', server.port)
    }
  }
  let seen = 0
  for await (const _ of sweep(endless(), { concurrency: 4, signal })) if (++seen === 20) break
  expect(taken).toBeLessThan(20 + 3 * 4)
})

test('an aborted sweep ends', async () => {
  await using server = await listening()
  const controller = new AbortController()
  const endless = function* () {
    for (;;) yield target('127.0.79.1', server.port)
  }
  let seen = 0
  for await (const _ of sweep(endless(), { concurrency: 4, signal: controller.signal }))
    if (++seen === 10) controller.abort()
  expect(seen).toBeLessThan(30)
})
