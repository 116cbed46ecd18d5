import { execFileSync, spawn } from 'node:child_process'
import { chmod, mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { HostTarget } from '@rollcall/contract'
import type { HostAnswer } from '@rollcall/discovery'
import { Secret } from '@rollcall/secret'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestHost, whyNoTestHost, type TestHost } from './fixtures/openssh.ts'
import { knownHosts, openHost, ReachError, type Login, type OpenHostOptions } from './index.ts'

const why = whyNoTestHost()
const PASSWORD = 'horse battery \'"$(reboot)`\\ staple'
const signal = new AbortController().signal
const text = (answer: HostAnswer | undefined) =>
  answer?.kind === 'run'
    ? answer.result.state === 'ran'
      ? Buffer.from(answer.result.stdout).toString()
      : answer.result.why
    : answer?.kind === 'find'
      ? answer.result.state
      : answer?.files.map((file) => (file.state === 'read' ? Buffer.from(file.bytes).toString() : file.why)).join('|')

describe.skipIf(why !== undefined)(`a real OpenSSH host${why === undefined ? '' : ` (skipped: ${why})`}`, () => {
  let host: TestHost
  let known: string
  beforeAll(async () => {
    host = await startTestHost([
      { name: 'sh', shell: '/bin/sh' },
      { name: 'bash', shell: '/bin/bash' },
      { name: 'dash', shell: '/bin/dash' },
      { name: 'ash', shell: '$bin/ash' },
      { name: 'ksh', shell: '/bin/ksh' },
      { name: 'csh', shell: '/bin/csh' },
      { name: 'tcsh', shell: '/bin/tcsh' },
      { name: 'fish', shell: '/usr/bin/fish' },
      { name: 'nologin', shell: '/usr/sbin/nologin' },
      { name: 'false', shell: '/bin/false' },
      { name: 'nopasswd', shell: '/bin/bash', sudo: 'ALL=(ALL:ALL) NOPASSWD: ALL' },
      { name: 'askpass', shell: '/bin/bash', password: PASSWORD, sudo: 'ALL=(ALL:ALL) ALL' },
      { name: 'nosudo', shell: '/bin/bash', password: PASSWORD },
    ])
    known = join(host.folder, 'known_hosts')
    await writeFile(known, `[${host.host}]:${host.port} ${await host.hostKey()}\n`)
  })
  afterAll(() => host[Symbol.asyncDispose]())

  const target = (user?: string): HostTarget => ({
    kind: 'ssh',
    host: host.host,
    port: host.port,
    ...(user === undefined ? {} : { user }),
  })
  const withKey = (): Login => ({
    user: 'sh',
    methods: [{ kind: 'key', privateKey: host.key }],
    sudo: { kind: 'never' },
  })
  const options = (more: Partial<OpenHostOptions> = {}): OpenHostOptions => ({
    logins: [withKey()],
    hostKeys: knownHosts({ read: [known] }),
    policy: 'strict',
    signal,
    ...more,
  })
  const failure = (opening: Promise<unknown>) =>
    opening.then(
      () => undefined,
      (error: ReachError) => error,
    )

  test.each(['sh', 'bash', 'dash', 'ash', 'ksh', 'csh', 'tcsh', 'fish'])(
    'the login shell %s is no obstacle',
    async (shell) => {
      await using open = await openHost(target(shell), options())
      const answers = await open.ask(
        [
          { kind: 'read', pattern: '/etc/sudoers' },
          { kind: 'run', argv: ['id', '-un'] },
          { kind: 'run', argv: ['nice'] },
        ],
        signal,
      )
      expect(answers.map(text)).toEqual(['not-permitted', `${shell}\n`, '10\n'])
      expect(open).toMatchObject({ user: shell, rights: 'user', privilege: 'user', notes: [] })
    },
  )

  test('noise of the login shell is skipped', async () => {
    const profile = join(host.folder, 'home-csh', '.cshrc')
    await writeFile(profile, 'echo "Welcome to csh!"\necho -n "no newline at the end"\n')
    await using open = await openHost(target('csh'), options())
    expect((await open.ask([{ kind: 'run', argv: ['id', '-un'] }], signal)).map(text)).toEqual(['csh\n'])
  })

  test.each(['nologin', 'false'])('an account whose shell is %s is told as such', async (user) => {
    expect(await failure(openHost(target(user), options()))).toMatchObject({ code: 'login-shell-failed' })
  })

  test('a host costs four round trips after the login when it is asked twice', async () => {
    await using open = await openHost(target(), options())
    await open.ask([{ kind: 'read', pattern: '/etc/passwd' }], signal)
    await open.ask([{ kind: 'read', pattern: '/etc/group' }], signal)
    expect(open.roundTrips()).toBe(4)
  })

  test('sudo that asks for nothing reads as root', async () => {
    await using open = await openHost(
      target('nopasswd'),
      options({ logins: [{ ...withKey(), sudo: { kind: 'if-allowed' } }] }),
    )
    expect(open).toMatchObject({ user: 'nopasswd', rights: 'sudo', privilege: 'root', notes: [] })
    expect((await open.ask([{ kind: 'run', argv: ['id', '-u'] }], signal)).map(text)).toEqual(['0\n'])
  })

  test('sudo that wants a password is tried once and noted, and the user reads', async () => {
    const tries = async () =>
      ((await readFile(join(host.folder, 'sudo.log'), 'utf8').catch(() => '')).match(/ : askpass : /g) ?? []).length
    const before = await tries()
    await using open = await openHost(
      target('askpass'),
      options({ logins: [{ ...withKey(), sudo: { kind: 'if-allowed' } }] }),
    )
    expect(open).toMatchObject({ rights: 'user', notes: [{ code: 'sudo-rejected' }] })
    expect((await open.ask([{ kind: 'run', argv: ['id', '-un'] }], signal)).map(text)).toEqual(['askpass\n'])
    expect(await tries()).toBe(before + 1)
  })

  test('sudo gets its password at its prompt', async () => {
    const login: Login = { ...withKey(), sudo: { kind: 'password', password: Secret.ofText(PASSWORD) } }
    await using open = await openHost(target('askpass'), options({ logins: [login] }))
    expect(open).toMatchObject({ rights: 'sudo', privilege: 'root', notes: [] })
    expect((await open.ask([{ kind: 'run', argv: ['id', '-u'] }], signal)).map(text)).toEqual(['0\n'])
    expect(open.roundTrips()).toBe(4)
  })

  test('a wrong sudo password is tried once only', async () => {
    const login: Login = { ...withKey(), sudo: { kind: 'password', password: Secret.ofText('wrong') } }
    await using open = await openHost(target('askpass'), options({ logins: [login] }))
    expect(open).toMatchObject({ rights: 'user', notes: [{ code: 'sudo-rejected' }] })
    expect((await open.ask([{ kind: 'run', argv: ['id', '-un'] }], signal)).map(text)).toEqual(['askpass\n'])
    const log = (await readFile(join(host.folder, 'sudo.log'), 'utf8')).replaceAll(/\n\s+/g, ' ')
    expect(log).toMatch(/1 incorrect password attempt/)
    expect(log).not.toMatch(/[2-9] incorrect password attempts/)
  })

  test('an account that may not use sudo reads as itself though its password is right', async () => {
    const login: Login = { ...withKey(), sudo: { kind: 'password', password: Secret.ofText(PASSWORD) } }
    await using open = await openHost(target('nosudo'), options({ logins: [login] }))
    expect(open).toMatchObject({ rights: 'user', notes: [{ code: 'sudo-rejected' }] })
    expect((await open.ask([{ kind: 'run', argv: ['id', '-un'] }], signal)).map(text)).toEqual(['nosudo\n'])
  })

  test('a password opens an account of a host whose key is known', async () => {
    const login: Login = {
      user: 'askpass',
      methods: [{ kind: 'password', password: Secret.ofText(PASSWORD) }],
      sudo: { kind: 'never' },
    }
    await using open = await openHost(target(), options({ logins: [login] }))
    expect(open.user).toBe('askpass')
  })

  test('a password is not offered to a host that is seen for the first time', async () => {
    const login: Login = {
      user: 'askpass',
      methods: [{ kind: 'password', password: Secret.ofText(PASSWORD) }],
      sudo: { kind: 'never' },
    }
    const hostKeys = knownHosts({ read: [] })
    const error = await failure(
      openHost(target(), options({ logins: [login], hostKeys, policy: 'trust-on-first-use' })),
    )
    expect(error).toMatchObject({ code: 'host-key-unverified' })
    expect(await hostKeys.of(host.host, host.port)).toMatchObject({ keys: [] })
  })

  test('a sudo password is not offered to a host that is seen for the first time', async () => {
    const login: Login = { ...withKey(), sudo: { kind: 'password', password: Secret.ofText(PASSWORD) } }
    await using open = await openHost(
      target('askpass'),
      options({ logins: [login], hostKeys: knownHosts({ read: [] }), policy: 'trust-on-first-use' }),
    )
    expect(open).toMatchObject({ rights: 'user', notes: [{ code: 'host-key-unverified' }] })
  })

  test('the first sight of a host pins its key durably, and a strict scan then knows it', async () => {
    const pins = join(host.folder, 'state', 'pins')
    await using first = await openHost(
      target(),
      options({ hostKeys: knownHosts({ read: [], pins }), policy: 'trust-on-first-use' }),
    )
    await using second = await openHost(target(), options({ hostKeys: knownHosts({ read: [], pins }) }))
    expect(second.provenHostKey).toEqual(first.provenHostKey)
    expect(await readFile(pins, 'utf8')).toBe(`[${host.host}]:${host.port} ${await host.hostKey()}\n`)
    expect(first.provenHostKey?.fingerprint).toBe(
      execFileSync('ssh-keygen', ['-lf', join(host.folder, 'host_ed25519.pub')], { encoding: 'utf8' }).split(' ')[1],
    )
  })

  test('a host of which another kind of key is pinned shows that one', async () => {
    const file = join(host.folder, 'known_rsa')
    await writeFile(file, `[${host.host}]:${host.port} ${await host.hostKey('rsa')}\n`)
    await using open = await openHost(target(), options({ hostKeys: knownHosts({ read: [file] }) }))
    expect(open.provenHostKey?.algorithm).toBe('ssh-rsa')
  })

  test('an unknown key, a revoked key and another key than the known one stop before any login', async () => {
    const attempts = async () => ((await host.log()).match(/Failed|Accepted|Postponed/g) ?? []).length
    const other = await host.hostKey('ecdsa')
    const revoked = join(host.folder, 'known_revoked')
    const changed = join(host.folder, 'known_changed')
    await writeFile(
      revoked,
      `@revoked * ${await host.hostKey()}\n[${host.host}]:${host.port} ${await host.hostKey()}\n`,
    )
    await writeFile(changed, `[${host.host}]:${host.port} ${other.replace(/.{12}$/, 'AAAAAAAAAAAA')}\n`)
    const before = await attempts()
    expect(await failure(openHost(target(), options({ hostKeys: knownHosts({ read: [] }) })))).toMatchObject({
      code: 'host-key-unknown',
    })
    for (const file of [revoked, changed]) {
      expect(await failure(openHost(target(), options({ hostKeys: knownHosts({ read: [file] }) })))).toMatchObject({
        code: 'host-key-changed',
      })
    }
    expect(await attempts()).toBe(before)
  })

  test('a rejected login says so and names nobody’s secret', async () => {
    const login: Login = {
      user: 'nobody-here',
      methods: [{ kind: 'password', password: Secret.ofText(PASSWORD) }],
      sudo: { kind: 'never' },
    }
    const error = await failure(openHost(target(), options({ logins: [login] })))
    expect(error).toBeInstanceOf(ReachError)
    expect(error).toMatchObject({ code: 'login-rejected' })
    expect(JSON.stringify(error) + String(error?.cause)).not.toContain('horse')
  })

  test('the next login is tried when one is rejected', async () => {
    const wrong: Login = {
      user: 'askpass',
      methods: [{ kind: 'password', password: Secret.ofText('wrong') }],
      sudo: { kind: 'never' },
    }
    await using open = await openHost(target(), options({ logins: [wrong, withKey()] }))
    expect(open.user).toBe('sh')
  })

  test.each([
    ['an encrypted key opens with its passphrase', 'right', 'opened'],
    [
      'an encrypted key with another passphrase is a credential that cannot be used',
      'left',
      'no-credential: the private key does not open with its passphrase',
    ],
    [
      'an encrypted key without passphrase is a credential that cannot be used',
      undefined,
      'no-credential: the private key is encrypted and no passphrase is given',
    ],
  ])('%s', async (_, passphrase, problem) => {
    const file = join(host.folder, `encrypted-${passphrase}`)
    await writeFile(file, host.key.reveal(), { mode: 0o600 })
    execFileSync('ssh-keygen', ['-q', '-p', '-P', '', '-N', 'right', '-f', file])
    const privateKey = Secret.ofText(await readFile(file, 'utf8'))
    const login: Login = {
      ...withKey(),
      methods: [
        { kind: 'key', privateKey, ...(passphrase === undefined ? {} : { passphrase: Secret.ofText(passphrase) }) },
      ],
    }
    const opened = await openHost(target(), options({ logins: [login] })).then(
      async (open) => {
        await open[Symbol.asyncDispose]()
        return 'opened'
      },
      (error: ReachError) => `${error.code}: ${error.detail}`,
    )
    expect(opened).toBe(problem)
  })

  test('the keys of an ssh-agent open the account, and an agent that is gone is a credential that cannot be used', async () => {
    const socket = join(host.folder, 'agent')
    const agent = spawn('ssh-agent', ['-D', '-a', socket], { stdio: 'ignore' })
    try {
      await expect.poll(() => execFileSync('ls', [host.folder], { encoding: 'utf8' })).toContain('agent')
      execFileSync('ssh-add', ['-q', host.keyFile], { env: { ...process.env, SSH_AUTH_SOCK: socket } })
      const login: Login = { ...withKey(), methods: [{ kind: 'agent', socket }] }
      await using open = await openHost(target(), options({ logins: [login] }))
      expect(open.user).toBe('sh')
    } finally {
      agent.kill()
    }
    const login: Login = { ...withKey(), methods: [{ kind: 'agent', socket: join(host.folder, 'no-agent') }] }
    expect(await failure(openHost(target(), options({ logins: [login] })))).toMatchObject({ code: 'no-credential' })
  })

  test('what the user may not see is told as not permitted, never as absent', async () => {
    const root = join(host.folder, 'tree')
    await mkdir(join(root, 'closed/.ssh'), { recursive: true })
    await mkdir(join(root, 'open/.ssh'), { recursive: true })
    await mkdir(join(root, 'unlisted'), { recursive: true })
    await mkdir(join(root, 'unsearchable'), { recursive: true })
    await writeFile(join(root, 'open/.ssh/authorized_keys'), 'key')
    await writeFile(join(root, 'closed/.ssh/authorized_keys'), 'key')
    await writeFile(join(root, 'unlisted/file'), 'seen by name')
    await writeFile(join(root, 'unsearchable/file'), 'x')
    await writeFile(join(root, 'secret'), 'x', { mode: 0o600 })
    await symlink(join(root, 'closed/.ssh/authorized_keys'), join(root, 'link-into-closed'))
    await symlink('nowhere', join(root, 'dangling'))
    await symlink('loop', join(root, 'loop'))
    await chmod(join(root, 'closed'), 0o700)
    await chmod(join(root, 'unlisted'), 0o711)
    await chmod(join(root, 'unsearchable'), 0o744)
    await using open = await openHost(target(), options())
    const patterns = [
      '*/.ssh/authorized_keys',
      'closed/x',
      'unlisted/*',
      'unlisted/file',
      'unsearchable/*',
      'secret',
      'link-into-closed',
      'dangling',
      'loop',
      'absent',
      'dangling/x',
      'closed/*',
    ]
    const answers = await open.ask(
      patterns.map((pattern) => ({ kind: 'read', pattern: `${root}/${pattern}` })),
      signal,
    )
    const told = answers.map((answer) =>
      answer.kind === 'read'
        ? answer.files.map(
            (file) => `${file.path.slice(root.length + 1)}: ${file.state === 'read' ? 'read' : file.why}`,
          )
        : [],
    )
    expect(told).toEqual([
      [
        'closed/.ssh/authorized_keys: not-permitted',
        // It may lead to a folder: that cannot be seen.
        'link-into-closed/.ssh/authorized_keys: not-permitted',
        'open/.ssh/authorized_keys: read',
        'unsearchable/.ssh/authorized_keys: not-permitted',
      ],
      ['closed/x: not-permitted'],
      ['unlisted/*: not-permitted'],
      ['unlisted/file: read'],
      ['unsearchable/*: not-permitted'],
      ['secret: not-permitted'],
      ['link-into-closed: not-permitted'],
      ['dangling: broken-link'],
      ['loop: broken-link'],
      ['absent: no-such-file'],
      ['dangling/x: broken-link'],
      ['closed/*: not-permitted'],
    ])
  })
})
