import { readFile } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import { knownHosts, openHost, openLinuxPassword, type LinuxPassword, type Login } from '@rollcall/reach'
import { Secret } from '@rollcall/secret'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { crypted } from './lab/crypt.ts'
import { groupOf, person, type HostDescription } from './lab/description.ts'
import { startLab, type Lab, type LabHost } from './lab/lab.ts'
import { isolationLacks } from './lab/namespace.ts'
import { systemAccounts, systemGroups } from './lab/system-accounts.ts'

/* The password of a local account is changed on a real host, only where it is the expected one, and nothing else of the host is. */

const OLD = 'an-oak-leaf-7-of-its-own'
const people = ['ann', 'bob', 'cyd', 'dee', 'eve', '700'].map((name, index) =>
  person(name, 1101 + index, { state: 'usable', scheme: 'yescrypt', password: OLD }),
)
const description: HostDescription = {
  name: 'changing',
  base: 'debian',
  purpose: 'accounts whose passwords are changed',
  accounts: [...systemAccounts('debian', { password: { state: 'none', field: '*' } }), ...people],
  groups: [...systemGroups('debian', {}), ...people.map(groupOf)],
  sshd: { '/etc/ssh/sshd_config': 'PermitRootLogin prohibit-password\nPasswordAuthentication yes\nUsePAM yes\n' },
  scan: { account: 'root', sudo: 'not-needed' },
}

const why = await isolationLacks()

describe.skipIf(why !== undefined)(`on a real host${why === undefined ? '' : ` (skipped: ${why})`}`, () => {
  let lab: Lab
  let host: LabHost
  let loginKey: Secret
  beforeAll(async () => {
    lab = await startLab([description])
    host = lab.host('changing')
    loginKey = Secret.ofBytes(await readFile(host.keyFile))
  }, 120_000)
  afterAll(() => lab?.[Symbol.asyncDispose]())

  const signal = new AbortController().signal
  const root = (): Login => ({
    user: 'root',
    methods: [{ kind: 'key', privateKey: loginKey }],
    sudo: { kind: 'never' },
  })
  const options = (login = root(), until = signal) => ({
    logins: [login],
    hostKeys: knownHosts({ read: [lab.knownHosts] }),
    policy: 'strict' as const,
    signal: until,
  })
  const target = () => ({ kind: 'ssh' as const, host: host.address, port: host.port })
  const open = (account: string, until?: AbortSignal) =>
    openLinuxPassword(target(), account, options(root(), until ?? signal))
  const shadow = async () => (await host.inside(['cat', '/etc/shadow'])).stdout
  const lineOf = async (account: string) => (await shadow()).split('\n').find((line) => line.startsWith(`${account}:`))!
  const fieldOf = async (account: string) => (await lineOf(account)).split(':')[1]!
  const read = async (password: LinuxPassword): Promise<Secret> => {
    const seen = await password.look()
    if (seen.state !== 'read') throw new Error(seen.state)
    return seen.field
  }
  const left = async () =>
    (
      await host.inside([
        'sh',
        '-c',
        'ls -d /run/rollcall.* /root/rollcall.* /tmp/rollcall.* /var/tmp/rollcall.* /etc/*.edit',
      ])
    ).stdout

  test('the expected password is replaced, opens the account, and nothing else of the file has changed', async () => {
    const fresh = await crypted('sha512crypt', 'a-new-one $(reboot) \'"', 'salt')
    const before = await shadow()
    const about = async () => (await host.inside(['stat', '-c', '%a %u %g', '/etc/shadow'])).stdout
    const owned = await about()
    await using ann = await open('ann')
    expect((await read(ann)).reveal()).toBe(await fieldOf('ann'))
    expect(await ann.replace(await read(ann), Secret.ofText(fresh))).toEqual({ result: 'verified' })
    const today = Math.floor(Date.now() / 86_400_000)
    const expected = before
      .split('\n')
      .map((line) => (line.startsWith('ann:') ? line.split(':').with(1, fresh).with(2, String(today)).join(':') : line))
    expect((await shadow()).split('\n')).toEqual(expected)
    expect(await about()).toBe(owned)
    expect(await left()).toBe('')
    const login: Login = {
      user: 'ann',
      methods: [{ kind: 'password', password: Secret.ofText('a-new-one $(reboot) \'"') }],
      sudo: { kind: 'never' },
    }
    await using opened = await openHost(target(), options(login))
    expect(opened.user).toBe('ann')
  })

  test('a password that is another than the expected one stays, byte for byte', async () => {
    const before = await shadow()
    await using bob = await open('bob')
    const fresh = Secret.ofText(await crypted('sha512crypt', 'never', 'salt'))
    expect(await bob.replace(Secret.ofText('$6$salt$other'), fresh)).toEqual({ result: 'mismatch' })
    expect(await shadow()).toBe(before)
  })

  test('a name that is the same number as another is not the other', async () => {
    await using numbered = await open('0700')
    expect(await numbered.look()).toEqual({ state: 'missing' })
    await using named = await open('700')
    expect((await named.look()).state).toBe('read')
  })

  test('what shadow(5) does not know is missing, and is not made', async () => {
    const before = await shadow()
    await using nobody = await open('nobody-of-this-name')
    expect(await nobody.look()).toEqual({ state: 'missing' })
    expect(await nobody.replace(Secret.ofText('*'), Secret.ofText('$6$s$h'))).toEqual({
      result: 'untouched',
      reason: 'missing',
    })
    expect(await shadow()).toBe(before)
  })

  test('of two that replace the same password at once exactly one does', async () => {
    await using one = await open('cyd')
    await using other = await open('cyd')
    const was = await read(one)
    const fresh = await Promise.all(['first', 'second'].map((word) => crypted('sha512crypt', word, word)))
    const [first, second] = await Promise.all([
      one.replace(was, Secret.ofText(fresh[0]!)),
      other.replace(was, Secret.ofText(fresh[1]!)),
    ])
    const results = [first.result, second.result]
    expect(results.filter((result) => result === 'verified')).toHaveLength(1)
    expect(await fieldOf('cyd')).toBe(fresh[results.indexOf('verified')])
  })

  test('while somebody else holds the file it is not touched, and that is said', async () => {
    const before = await shadow()
    const holding = host.inside([
      'sh',
      '-c',
      'VISUAL="sh -c \'touch /run/held; while test -e /run/held; do sleep 0.1; done\'" vipw -s',
    ])
    while ((await host.inside(['test', '-e', '/run/held'])).exit !== 0) await pause(50)
    await using dee = await open('dee')
    expect(await dee.replace(await read(dee), Secret.ofText('$6$s$h'))).toEqual({
      result: 'untouched',
      reason: 'locked',
    })
    expect(await shadow()).toBe(before)
    await host.inside(['rm', '/run/held'])
    await holding
  }, 90_000)

  test('whoever is cut off in the middle does not know, and the account has the one or the other', async () => {
    const fresh = await crypted('sha512crypt', 'cut off', 'salt')
    const was = await fieldOf('eve')
    for (const after of [0, 20, 60, 120]) {
      const cut = new AbortController()
      await using eve = await open('eve', cut.signal)
      const replacing = eve.replace(Secret.ofText(was), Secret.ofText(fresh))
      await pause(after)
      cut.abort()
      expect(['unknown', 'verified', 'mismatch']).toContain((await replacing).result)
    }
    while ((await left()) !== '') await pause(100)
    expect([was, fresh]).toContain(await fieldOf('eve'))
  }, 90_000)

  test('neither the old nor the new field is among the arguments or in the environment of any program', async () => {
    const fresh = await crypted('sha512crypt', 'canary', 'canarysalt')
    await using bob = await open('bob')
    const was = await read(bob)
    const watching = host.inside([
      'sh',
      '-c',
      'touch /run/watching; while test -e /run/watching; do cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null | tr "\\0" "\\n"; done',
    ])
    while ((await host.inside(['test', '-e', '/run/watching'])).exit !== 0) await pause(20)
    expect(await bob.replace(was, Secret.ofText(fresh))).toEqual({ result: 'verified' })
    await host.inside(['rm', '/run/watching'])
    const { stdout } = await watching
    expect(stdout).toContain('vipw')
    expect(stdout).not.toContain(fresh)
    expect(stdout).not.toContain(was.reveal())
  }, 60_000)
})

test.each(['', '-x', 'a:b', 'a\nb', 'a b', '../x', 'a\\b', 'a,b'])('%j is no name that is looked for', async (name) => {
  const nobody = openLinuxPassword({ kind: 'local' }, name, {
    logins: [],
    hostKeys: knownHosts({ read: [] }),
    policy: 'strict',
    signal: new AbortController().signal,
  })
  await expect(nobody).rejects.toThrow('not a name')
})
