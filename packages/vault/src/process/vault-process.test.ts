import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { randomBytes, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CREDENTIAL_SEAL, credentialWords, LEASE_SEAL, leaseWords, type ScanCredential } from '@rollcall/contract'
import { newKeyPair, packSecrets, seal, Secret, unpackSecrets, unseal } from '@rollcall/secret'
import fc from 'fast-check'
import { expect, onTestFinished, test } from 'vitest'
import { VaultError } from '../vault-error.ts'
import { VAULT_PROGRAM } from './program.ts'
import { vaultClient, type VaultClient } from './vault-client.ts'
import { DOOR, FOUND } from './words.ts'

const newFolder = async () => {
  const folder = await mkdtemp(join(tmpdir(), 'rc-vault-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

interface Running {
  readonly child: ChildProcess
  readonly client: VaultClient
  readonly socket: string
  said: string
}

const start = async (folder: string, ...more: string[]): Promise<Running> => {
  const socket = join(folder, 'vault', 'vault.sock')
  const args = [VAULT_PROGRAM, '--folder', join(folder, 'vault'), '--child', ...more]
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'pipe'] })
  child.stdin.on('error', () => undefined)
  const client = vaultClient(socket)
  const running: Running = { child, client, socket, said: '' }
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (bytes: Buffer) => (running.said += bytes.toString()))
  onTestFinished(async () => {
    await client[Symbol.asyncDispose]()
    await killed(running)
  })
  await Promise.race([once(child.stdout, 'data'), once(child, 'exit')])
  return running
}

const killed = async ({ child }: Pick<Running, 'child'>) => {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGKILL')
  await ended
}

const newCredential = (name: string, more: Partial<ScanCredential> = {}): ScanCredential => ({
  id: randomUUID(),
  name,
  kind: 'password',
  user: 'scan',
  segments: ['dmz'],
  targets: ['10.0.0.0/8'],
  ...more,
})

const sealedFor = (key: string, credential: ScanCredential, password: string) => {
  const about = credentialWords(credential)
  const packed = packSecrets({ password: Secret.ofText(password) })
  return text(seal(bytes(key), { info: CREDENTIAL_SEAL, about }, packed))
}

const text = (given: Uint8Array) => Buffer.from(given).toString('base64url')
const bytes = (given: string) => Buffer.from(given, 'base64url')

const codeOf = async (work: Promise<unknown>): Promise<string> => {
  try {
    await work
  } catch (error) {
    if (error instanceof VaultError) return error.code
    throw error
  }
  return 'done'
}

const add = async ({ client }: Pick<Running, 'client'>, credential: ScanCredential, password: string) => {
  const { receiving } = await client.ask({ ask: 'state' })
  return client.ask({ ask: 'add', credential, sealed: sealedFor(receiving!, credential, password) })
}

const agent = newKeyPair('open')
const askedLease = (credential: ScanCredential, more: { target?: string; segment?: string } = {}) => ({
  ask: 'lease' as const,
  lease: randomUUID(),
  credential: credential.id,
  agent: 'a'.repeat(26),
  key: text(agent.public),
  segment: 'dmz',
  run: randomUUID(),
  attempt: randomUUID(),
  target: 'ssh://10.1.2.3:22',
  ...more,
})

test('what is given sealed is lent sealed, to one agent for one login, and opens for nothing else', async () => {
  const vault = await start(await newFolder())
  const credential = newCredential('web')
  await add(vault, credential, 'hunter2-canary')
  const asked = askedLease(credential)
  const { version, sealed } = await vault.client.ask(asked)
  const { ask: _, key: __, segment: ___, ...rest } = asked
  const terms = { ...rest, version, kind: credential.kind, user: credential.user }
  const opened = unpackSecrets(unseal(agent, { info: LEASE_SEAL, about: leaseWords(terms) }, bytes(sealed)))
  expect(opened?.['password']?.reveal()).toBe('hunter2-canary')
  for (const other of [{ target: 'ssh://10.1.2.4:22' }, { run: randomUUID() }, { agent: 'b' }, { user: 'root' }])
    expect(() =>
      unseal(agent, { info: LEASE_SEAL, about: leaseWords({ ...terms, ...other }) }, bytes(sealed)),
    ).toThrow()
  expect((await vault.client.ask({ ask: 'lent' })).lent).toMatchObject([{ credential: credential.id, times: 1 }])
})

test('it keeps to what the credential is for by itself, whoever asks', async () => {
  const vault = await start(await newFolder())
  const credential = newCredential('web')
  await add(vault, credential, 'x')
  for (const beyond of [{ target: 'ssh://192.0.2.1:22' }, { segment: 'local' }, { target: 'ldaps://10.0.0.1:636' }])
    expect(await codeOf(vault.client.ask(askedLease(credential, beyond)))).toBe('not-covered')
})

test('a secret that was sealed with other words is not taken', async () => {
  const vault = await start(await newFolder())
  const credential = newCredential('web')
  const { receiving } = await vault.client.ask({ ask: 'state' })
  const sealed = sealedFor(receiving!, credential, 'x')
  const wider = { ...credential, targets: ['*'] }
  expect(await codeOf(vault.client.ask({ ask: 'add', credential: wider, sealed }))).toBe('not-for-us')
  expect((await vault.client.ask({ ask: 'credentials' })).credentials).toEqual([])
})

test('killed at any point it has all that it said it has, and nothing that is damaged', async () => {
  const folder = await newFolder()
  const kept = new Map<string, { credential: ScanCredential; version: number }>()
  for (let round = 0; round < 6; round++) {
    const vault = await start(folder)
    const due = setTimeout(() => vault.child.kill('SIGKILL'), 40 + round * 37)
    try {
      for (let count = 0; count < 400; count++) {
        const old = [...kept.values()][count % 7]
        const credential = count % 3 === 0 && old !== undefined ? old.credential : newCredential(`${round}-${count}`)
        const { version } = await add(vault, credential, `secret ${round} ${count}`)
        kept.set(credential.id, { credential, version })
        if (count % 11 === 5) await vault.client.ask({ ask: 'rotate', layer: count % 2 === 0 ? 'root' : 'kek' })
      }
    } catch (error) {
      expect(error).toMatchObject({ code: 'away' })
    }
    clearTimeout(due)
    await killed(vault)
  }
  const vault = await start(folder)
  const { credentials } = await vault.client.ask({ ask: 'credentials' })
  for (const { credential, version } of kept.values()) {
    const there = credentials.find((one) => one.credential.id === credential.id)
    // One more may have been written of which nobody heard.
    expect(there?.version).toBeGreaterThanOrEqual(version)
    expect(await codeOf(vault.client.ask({ ask: 'check', credential: credential.id }))).toBe('done')
  }
  expect(kept.size).toBeGreaterThan(5)
})

const mayMount = process.getuid?.() === 0 && spawnSync('mount', ['--version']).status === 0

test.skipIf(!mayMount)('a full disk is told, and loses nothing (needs root, for a disk of its own)', async () => {
  const folder = await newFolder()
  mkdirSync(join(folder, 'vault'), { mode: 0o700 })
  expect(spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m,mode=700', 'tmpfs', join(folder, 'vault')]).status).toBe(0)
  onTestFinished(() => void spawnSync('umount', ['-l', join(folder, 'vault')]))
  const vault = await start(folder)
  const kept: ScanCredential[] = []
  let code = 'done'
  for (let count = 0; count < 500 && code === 'done'; count++) {
    const credential = newCredential(`one ${count}`)
    code = await codeOf(add(vault, credential, randomBytes(4000).toString('base64')))
    if (code === 'done') kept.push(credential)
  }
  expect(code).toBe('disk-full')
  expect(kept.length).toBeGreaterThan(5)
  for (const { id } of kept) expect(await codeOf(vault.client.ask({ ask: 'check', credential: id }))).toBe('done')
  await killed(vault)
  const again = await start(folder)
  const { credentials } = await again.client.ask({ ask: 'credentials' })
  expect(credentials.length).toBeGreaterThanOrEqual(kept.length)
  for (const { id } of kept) expect(await codeOf(again.client.ask({ ask: 'check', credential: id }))).toBe('done')
  expect(spawnSync('mount', ['-o', 'remount,size=4m', join(folder, 'vault')]).status).toBe(0)
  expect(await codeOf(add(again, newCredential('after'), 'x'))).toBe('done')
})

test('two processes of one vault are not to be had', async () => {
  const folder = await newFolder()
  await start(folder)
  const second = await start(folder)
  expect(second.said).toContain('another process uses this vault')
  expect(second.child.exitCode ?? 75).toBe(75)
})

test('a wrong root key is told by what it is known by, and nothing is opened', async () => {
  const folder = await newFolder()
  await killed(await start(folder, '--root-key', join(folder, 'keys', 'one')))
  const other = await start(folder, '--root-key', join(folder, 'keys', 'two'))
  expect(other.said).toContain('without it nothing in the vault can be opened')
  expect(readdirSync(join(folder, 'keys'))).toEqual(['one'])
})

test('a passphrase travels sealed, and sealed is what it is until it comes', async () => {
  const folder = await newFolder()
  const first = await start(folder, '--passphrase')
  expect(first.said).toContain('empty')
  const say = async ({ client }: Running, passphrase: string) => {
    const { door } = await client.ask({ ask: 'state' })
    return client.ask({ ask: 'unseal', passphrase: text(seal(bytes(door), DOOR, Buffer.from(passphrase))) }, 30_000)
  }
  expect((await say(first, 'long enough to be one')).state).toBe('open')
  const credential = newCredential('web')
  await add(first, credential, 'x')
  await killed(first)
  const second = await start(folder, '--passphrase')
  expect(second.said).toContain('sealed')
  expect(await codeOf(second.client.ask(askedLease(credential)))).toBe('sealed')
  expect(await codeOf(say(second, 'long enough, but wrong'))).toBe('wrong-passphrase')
  await say(second, 'long enough to be one')
  expect(await codeOf(second.client.ask(askedLease(credential)))).toBe('done')
  await second.client.ask({ ask: 'seal' })
  expect(await codeOf(second.client.ask(askedLease(credential)))).toBe('sealed')
})

test('whatever bytes come over the socket, it goes on answering those who ask', async () => {
  const vault = await start(await newFolder())
  const say = (given: Uint8Array) =>
    new Promise<void>((resolve) => {
      const socket = connect(vault.socket, () => socket.end(given))
      socket.on('error', () => resolve()).on('close', () => resolve())
      socket.resume()
    })
  const framed = (json: string) => {
    const head = Buffer.alloc(4)
    head.writeUInt32BE(Buffer.byteLength(json))
    return Buffer.concat([head, Buffer.from(json)])
  }
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(
        fc.uint8Array({ maxLength: 300 }),
        fc.json().map(framed),
        fc.record({ id: fc.nat(), of: fc.record({ ask: fc.string() }) }).map((one) => framed(JSON.stringify(one))),
      ),
      async (given) => {
        await say(given)
      },
    ),
    { numRuns: 60 },
  )
  await say(Buffer.from([0xff, 0xff, 0xff, 0xff, 1]))
  expect((await vault.client.ask({ ask: 'state' })).state).toBe('open')
  expect(statSync(vault.socket).mode & 0o777).toBe(0o600)
})

test('nothing that is given or lent passes the socket in clear, nor lies anywhere afterwards', async () => {
  const folder = await newFolder()
  const vault = await start(folder)
  const passed: Buffer[] = []
  const between = join(folder, 'between.sock')
  const server = createServer((near) => {
    const far = connect(vault.socket)
    near.on('data', (chunk: Buffer) => void passed.push(chunk)).pipe(far)
    far.on('data', (chunk: Buffer) => void passed.push(chunk)).pipe(near)
  }).listen(between)
  onTestFinished(() => void server.close())
  const client = vaultClient(between)
  const canary = `canary-${randomBytes(12).toString('hex')}`
  const credential = newCredential('web')
  await add({ client }, credential, canary)
  await client.ask(askedLease(credential))
  const { receiving } = await client.ask({ ask: 'state' })
  const found = text(seal(bytes(receiving!), { info: FOUND, about: 'password' }, Buffer.from(canary)))
  await client.ask({ ask: 'digest', kind: 'password', sealed: [found] })
  await client.ask({ ask: 'backup', name: 'one.db' })
  await client[Symbol.asyncDispose]()
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile())
  const seen = Buffer.concat([...passed, ...files.map((path) => readFileSync(path)), Buffer.from(vault.said)])
  const wide = Buffer.from(canary, 'utf16le')
  for (const form of [canary, Buffer.from(canary).toString('hex'), Buffer.from(canary).toString('base64').slice(0, -4)])
    expect(seen.includes(form)).toBe(false)
  expect(seen.includes(wide)).toBe(false)
  expect(files.some((path) => path.endsWith('one.db'))).toBe(true)
})
