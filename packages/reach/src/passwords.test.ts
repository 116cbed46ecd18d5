import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Secret } from '@rollcall/secret'
import { expect, onTestFinished, test } from 'vitest'
import { startRogue, type RogueBehaviour } from './fixtures/rogue.ts'
import { knownHosts, loginLedger, openHost, ReachError } from './index.ts'

const { signal } = new AbortController()
const password = Secret.ofText('Correct-Horse-1')

const attempting = async (behaviour: RogueBehaviour) => {
  const folder = await mkdtemp(join(tmpdir(), 'rollcall-passwords-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const rogue = await startRogue(behaviour)
  onTestFinished(() => rogue[Symbol.asyncDispose]())
  const known = join(folder, 'known_hosts')
  await writeFile(known, `[${rogue.host}]:${rogue.port} ${rogue.hostKey}\n`)
  const path = join(folder, 'logins')
  const open = async (of: 'hosts' | 'host' = 'hosts') => {
    try {
      await using host = await openHost(
        { kind: 'ssh', host: rogue.host, port: rogue.port },
        {
          logins: [{ user: 'scan', methods: [{ kind: 'password', password }], sudo: { kind: 'never' } }],
          hostKeys: knownHosts({ read: [known] }),
          policy: 'strict',
          limits: { idleMs: 2000, loginMs: 2000 },
          passwords: { ledger: loginLedger({ path, digest: (text) => Buffer.from(text).toString('base64url') }), of },
          signal,
        },
      )
      return host.user
    } catch (error) {
      if (!(error instanceof ReachError)) throw error
      return error.code
    }
  }
  const passwords = () => rogue.offered.filter(({ method }) => method === 'password').length
  const words = async () => (await readFile(path, 'utf8')).split('\n').flatMap((line) => line.split(' ')[0] || [])
  return { open, passwords, words }
}

test('a password that a host rejects is sent once, and not again by the next process', async () => {
  const { open, passwords, words } = await attempting({
    auth: (context) => context.reject(['password']),
  })
  expect(await open()).toBe('login-rejected')
  expect(await open()).toBe('login-not-repeated')
  expect(passwords()).toBe(1)
  expect(await words()).toEqual(['tries', 'rejected', 'tries', 'withdraws'])
})

test('a password that a host takes is sent again, and nothing is held against the account', async () => {
  const { open, passwords, words } = await attempting({
    auth: (context) => (context.method === 'password' ? context.accept() : context.reject(['password'])),
  })
  for (let count = 0; count < 3; count++) expect(await open()).toBe('scan')
  expect(passwords()).toBe(3)
  expect(await words()).toEqual(['tries', 'accepted', 'tries', 'accepted', 'tries', 'accepted'])
})

test('a host that says nothing of a password counts as one that rejected it', async () => {
  const { open, words } = await attempting({
    auth: (context) => (context.method === 'password' ? undefined : context.reject(['password'])),
  })
  expect(await open()).toBe('timed-out')
  expect(await words()).toEqual(['tries', 'unanswered'])
  expect(await open()).toBe('login-not-repeated')
})
