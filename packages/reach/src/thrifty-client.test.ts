import { KeyObject } from 'node:crypto'
import { once } from 'node:events'
import { connect, createServer, type AddressInfo } from 'node:net'
import ssh2, { type CipherAlgorithm } from 'ssh2'
import { expect, onTestFinished, test } from 'vitest'
import { generateKeyPair } from './fixtures/rogue.ts'
import { gatherWrites, thriftyClient } from './thrifty-client.ts'

const hostKey = generateKeyPair().private

/** An SSH server that sends back what it is given, with one cipher only; a second session is to it a wish for new keys. */
const echo = async (cipher: CipherAlgorithm) => {
  const server = new ssh2.Server({ hostKeys: [hostKey], algorithms: { cipher: [cipher] } }, (connection) => {
    connection.on('error', () => undefined)
    connection.on('authentication', (attempt) => attempt.accept())
    let sessions = 0
    connection.on('session', (accept) => {
      if (++sessions === 2) connection.rekey()
      accept().on('exec', (start) => {
        const channel = start()
        channel.pipe(channel)
      })
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return (server.address() as AddressInfo).port
}

const session = async (cipher: CipherAlgorithm) => {
  const socket = connect(await echo(cipher), '127.0.0.1')
  await once(socket, 'connect')
  gatherWrites(socket)
  const client = thriftyClient()
  onTestFinished(() => void client.end())
  client.connect({ sock: socket, username: 'anyone', password: 'any', algorithms: { cipher: [cipher] } })
  await once(client, 'ready')
  const channel = await new Promise<ssh2.ClientChannel>((resolve, reject) => {
    client.exec('echo', (error, opened) => (error === undefined ? resolve(opened) : reject(error)))
  })
  const echoed = (text: string) =>
    new Promise<string>((resolve) => {
      let heard = ''
      channel.removeAllListeners('data').on('data', (bytes: Buffer) => {
        heard += bytes.toString()
        if (heard.length >= text.length) resolve(heard)
      })
      channel.write(text)
    })
  return { client, echoed }
}

/** The keys of a connection, where this ssh2 keeps them. */
const keysOf = (client: ssh2.Client) => {
  const { _cipher, _decipher } = (client as unknown as { _protocol: Record<string, Record<string, unknown>> })._protocol
  return [_cipher?.['_encKey'] ?? _cipher?.['_macKey'], _decipher?.['_decipherKey'] ?? _decipher?.['_macKey']]
}

test.each<CipherAlgorithm>(['aes128-gcm@openssh.com', 'aes256-gcm@openssh.com', 'aes128-ctr'])(
  'a connection with %s prepares its keys once, and carries what is said over many packets',
  async (cipher) => {
    const { client, echoed } = await session(cipher)
    for (const key of keysOf(client)) expect(key).toBeInstanceOf(KeyObject)
    const text = 'many packets '.repeat(10_000)
    expect(await echoed(text)).toBe(text)
  },
)

test('after a further key exchange the new keys are prepared as well', async () => {
  const { client, echoed } = await session('aes128-gcm@openssh.com')
  const before = keysOf(client)
  client.exec('again', () => undefined)
  await once(client, 'handshake')
  expect(await echoed('after')).toBe('after')
  for (const [index, key] of keysOf(client).entries()) {
    expect(key).toBeInstanceOf(KeyObject)
    expect(key).not.toBe(before[index])
  }
})

test('what is written in pieces arrives whole and in order, the end too', async () => {
  let heard = ''
  const server = createServer((socket) => socket.on('data', (bytes) => (heard += bytes.toString())))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
  await once(socket, 'connect')
  gatherWrites(socket)
  for (const piece of ['a', 'b', 'c']) socket.write(piece)
  await new Promise((resolve) => setImmediate(resolve))
  for (const piece of ['d', 'e']) socket.write(piece)
  socket.end('f')
  await once(socket, 'close')
  expect(heard).toBe('abcdef')
})
