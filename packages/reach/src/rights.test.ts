import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { HostTarget } from '@rollcall/contract'
import { probes, scanHost, type HostAnswer, type HostRequest } from '@rollcall/discovery'
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestHost, whyNoTestHost, type TestHost } from './fixtures/openssh.ts'
import { knownHosts, openHost, rightsOf, sudoersFile, type OpenHostOptions } from './index.ts'
import { sudoersArguments } from './rights-file.ts'
import { readSudoList } from './sudo-list.ts'
import { searchArguments } from './walk.ts'

const why = whyNoTestHost()
const signal = new AbortController().signal

describe.skipIf(why !== undefined)(`a host with sudo${why === undefined ? '' : ` (skipped: ${why})`}`, () => {
  let host: TestHost
  let folder: string
  const search = {
    kind: 'find' as const,
    under: ['/etc'],
    where: { names: ['*.secret'], containing: ["it's: a=b\\c, #1"] },
  }
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rollcall-rights-'))
    await chmod(folder, 0o755)
    await mkdir(join(folder, 'closed'), { mode: 0o700 })
    await mkdir(join(folder, 'open'))
    for (const name of ['one', 'two', '.hidden', 'three.txt'])
      await writeFile(join(folder, 'closed', name), `of ${name}`)
    await writeFile(join(folder, 'open/secret'), 'open secret', { mode: 0o600 })
    await writeFile(join(folder, 'open/other'), 'other secret', { mode: 0o600 })
    await writeFile(join(folder, 'open/log.gz'), execFileSync('gzip', ['-c'], { input: 'a yes\nb no\n' }), {
      mode: 0o600,
    })
    await symlink('nowhere', join(folder, 'open/dangling'))
    const closed = join(folder, 'closed')
    const searchClosed = {
      kind: 'find' as const,
      under: [closed],
      where: { types: ['file' as const], containing: ['of t'] },
    }
    const all = [
      `/bin/cat ${closed}/two`,
      `/bin/cat ^${closed}/[^/ .][^/ ]*$`,
      `/usr/bin/find ${closed} -mindepth 1 -maxdepth 1`,
      `/bin/cat ${folder}/open/secret`,
      `/bin/cat ${folder}/open/log.gz`,
      `/bin/cat ${folder}/closed/none`,
      `/usr/bin/find ${sudoersArguments(searchArguments(searchClosed))}`,
      `/usr/bin/find ${sudoersArguments(searchArguments(search))}`,
      '/usr/bin/id -u',
      '/usr/bin/nothing-there',
    ]
    host = await startTestHost(
      [
        { name: 'plain', shell: '/bin/sh' },
        { name: 'listed', shell: '/bin/bash', sudo: `ALL=(root) NOPASSWD: ${all.join(', ')}` },
        { name: 'everything', shell: '/bin/dash', sudo: 'ALL=(ALL:ALL) NOPASSWD: ALL' },
        { name: 'asked', shell: '/bin/dash', password: 'x', sudo: 'ALL=(ALL:ALL) ALL' },
        {
          name: 'mixed',
          shell: '/bin/dash',
          password: 'x',
          sudo: `ALL=(root) NOPASSWD: /usr/bin/id -u, PASSWD: /bin/cat ${closed}/two`,
        },
        { name: 'scan', shell: '/bin/sh' },
      ],
      [],
      sudoersFile(await rightsOf(probes), 'scan'),
    )
  })
  afterAll(async () => {
    await host[Symbol.asyncDispose]()
    await rm(folder, { recursive: true, force: true })
  })

  const target = (user: string): HostTarget => ({ kind: 'ssh', host: host.host, port: host.port, user })
  const options = async (): Promise<OpenHostOptions> => {
    const known = join(host.folder, 'known_hosts')
    await writeFile(known, `[${host.host}]:${host.port} ${await host.hostKey()}\n`)
    return {
      logins: [{ user: 'plain', methods: [{ kind: 'key', privateKey: host.key }], sudo: { kind: 'if-allowed' } }],
      hostKeys: knownHosts({ read: [known] }),
      policy: 'strict',
      signal,
    }
  }

  test.each([
    ['plain', 'user'],
    ['asked', 'user'],
    ['mixed', 'listed'],
    ['listed', 'listed'],
    ['everything', 'root'],
  ])('the account %s reads with the rights %s', async (account, rights) => {
    await using open = await openHost(target(account), await options())
    expect(open.privilege).toBe(rights)
  })

  test('what sudo lists is read, run and searched as root, and nothing else is tried', async () => {
    const closed = join(folder, 'closed')
    const requests: HostRequest[] = [
      { kind: 'read', pattern: `${folder}/closed/two` },
      { kind: 'read', pattern: `${folder}/closed/*`, maxBytes: 5 },
      { kind: 'read', pattern: `${folder}/closed/t*` },
      { kind: 'read', pattern: `${folder}/closed/none` },
      { kind: 'read', pattern: `${folder}/open/secret`, stat: true },
      { kind: 'read', pattern: `${folder}/open/other` },
      { kind: 'read', pattern: `${folder}/open/*`, matching: ['yes', 'open'], unpack: true },
      { kind: 'read', pattern: '/etc/passwd', maxBytes: 4 },
      { kind: 'run', argv: ['id', '-u'] },
      { kind: 'run', argv: ['id', '-r', '-u'] },
      { kind: 'run', argv: ['nothing-there'] },
      { kind: 'find', under: [closed], where: { types: ['file'], containing: ['of t'] } },
      { kind: 'find', under: [closed], where: { types: ['file'] } },
    ]
    const before = await host.sudoLog()
    await using open = await openHost(target('listed'), await options())
    const told = (await open.ask(requests, signal)).map(show)
    expect(told).toEqual([
      ['closed/two: of two'],
      ['closed/one: of on…', 'closed/three.txt: of th…', 'closed/two: of tw…'],
      ['closed/three.txt: of three.txt', 'closed/two: of two'],
      ['closed/none: (no-such-file)'],
      ['open/secret: open secret'],
      ['open/other: (not-permitted)'],
      [
        'open/dangling: (broken-link)',
        'open/log.gz: a yes\n',
        'open/other: (not-permitted)',
        'open/secret: open secret\n',
      ],
      ['/etc/passwd: root…'],
      '0\n',
      expect.stringMatching(/^61\d+\n$/),
      'tool-missing',
      ['closed/three.txt', 'closed/two'],
      ['unsearched closed'],
    ])
    const logged = (await host.sudoLog()).slice(before.length)
    expect(logged).not.toMatch(/not allowed|password|NOT in/)
    expect(logged).toContain('COMMAND=/bin/cat')
  })

  test(
    'the file that explains the rights makes an ordinary account see what it says',
    { timeout: 180_000 },
    async () => {
      const shown = ['sudo-rules', 'local-passwords', 'doas-rules', 'sshd-settings', 'realm']
      const outcomes = async (account: string) => {
        await using open = await openHost(target(account), await options())
        const { sections } = await scanHost(
          open,
          probes.filter(({ id }) => shown.includes(id)),
          {
            sha256: (bytes) => createHash('sha256').update(bytes).digest(),
            publicPoint: () => undefined,
            keyedDigest: () => undefined,
            now: new Date(),
            signal,
          },
        )
        return new Map(sections.map((section) => [section.probe, section]))
      }
      const [plain, scan, root] = [await outcomes('plain'), await outcomes('scan'), await outcomes('everything')]
      const denied = (sections: typeof plain) =>
        [...sections.values()].flatMap(({ probe, outcome }) =>
          // Rules of a directory, where this machine asks one, can be listed by root only.
          outcome.reasons.some(({ code, path }) => code === 'not-permitted' && path !== '/etc/nsswitch.conf')
            ? [probe]
            : [],
        )
      expect(denied(plain)).toEqual(expect.arrayContaining(['sudo-rules', 'local-passwords']))
      expect(denied(scan)).toEqual([])
      const found = (sections: typeof plain) => shown.map((probe) => [probe, sections.get(probe)?.findings.length])
      expect(found(scan)).toEqual(found(root))
      expect(found(plain)).not.toEqual(found(root))
      expect(await host.sudoLog()).not.toMatch(/scan : command not allowed/)
    },
  )

  const show = (answer: HostAnswer): unknown => {
    const short = (path: string) => path.replace(`${folder}/`, '')
    if (answer.kind === 'read')
      return answer.files
        .map((file) =>
          file.state === 'read'
            ? `${short(file.path)}: ${Buffer.from(file.bytes).toString()}${file.truncated ? '…' : ''}`
            : `${short(file.path)}: (${file.why})`,
        )
        .toSorted()
    if (answer.kind === 'run')
      return answer.result.state === 'ran' ? Buffer.from(answer.result.stdout).toString() : answer.result.why
    if (answer.kind === 'fetch') return answer.files.map(({ path }) => short(path))
    if (answer.result.state !== 'found') return answer.result.why
    return [
      ...answer.result.entries.map(({ path }) => short(path)).toSorted(),
      ...answer.result.unsearched.map(({ path }) => `unsearched ${short(path)}`),
    ]
  }
})

test.skipIf(!existsSync('/usr/sbin/visudo'))(
  'the file that explains the rights is one that visudo accepts',
  async () => {
    const text = sudoersFile(await rightsOf(probes), 'scan')
    expect(execFileSync('/usr/sbin/visudo', ['-c', '-f', '-'], { input: text, encoding: 'utf8' })).toContain(
      'parsed OK',
    )
    for (const line of text.split('\n').filter((rule) => rule.startsWith('scan ')))
      expect(line).toMatch(/^scan ALL=\(root\) TIMEOUT=20 NOPASSWD: \/\S+ \S/)
  },
)

test('a list of sudo is read as sudo prints it', () => {
  const list = readSudoList(
    [
      'Matching Defaults entries for scan on vm:',
      '    env_reset, mail_badpass',
      '',
      'User scan may run the following commands on vm:',
      '',
      'Sudoers entry: /etc/sudoers',
      '    RunAsUsers: root',
      '    Options: !authenticate',
      '    Commands:',
      '\t/bin/cat /etc/shadow',
      String.raw`	/usr/bin/find / ( -name a\,b -o -name \\\[x] ) -printf \\000%y`,
      '\t/bin/cat ^/home/[^/ ]+/\\.ssh/authorized_keys$',
      '\t/usr/bin/id ""',
      '\t/bin/ls',
      '\t!/bin/ls /root',
      '\t/bin/echo a?b',
      '',
      'Sudoers entry: /etc/sudoers',
      '    RunAsUsers: postgres',
      '    Options: !authenticate',
      '    Commands:',
      '\t/usr/bin/psql',
      '',
      'Sudoers entry: /etc/sudoers',
      '    RunAsUsers: ALL',
      '    Commands:',
      '\t/usr/bin/whoami',
    ].join('\n'),
  )!
  const allowed = (...argv: [string, ...string[]]) => list.allowed(argv)
  expect(allowed('cat', '/etc/shadow')).toBe('/bin/cat')
  expect(allowed('/bin/cat', '/etc/shadow')).toBe('/bin/cat')
  expect(allowed('/usr/local/bin/cat', '/etc/shadow')).toBeUndefined()
  expect(allowed('cat', '/etc/shadow', '/x')).toBeUndefined()
  expect(
    allowed('find', '/', '(', '-name', 'a,b', '-o', '-name', String.raw`\[x]`, ')', '-printf', String.raw`\000%y`),
  ).toBe('/usr/bin/find')
  expect(allowed('cat', '/home/x/.ssh/authorized_keys')).toBe('/bin/cat')
  expect(allowed('cat', '/home/x/y/.ssh/authorized_keys')).toBeUndefined()
  expect(allowed('id')).toBe('/usr/bin/id')
  expect(allowed('id', '-u')).toBeUndefined()
  expect(allowed('ls', '/home')).toBe('/bin/ls')
  expect(allowed('ls', '/root')).toBeUndefined()
  expect(allowed('echo', 'a\nb')).toBe('/bin/echo')
  expect(allowed('psql')).toBeUndefined()
  expect(allowed('whoami')).toBeUndefined()
})

test('any text is no list that allows anything it does not say', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.oneof(
          fc.string(),
          fc.constantFrom('Sudoers entry:', '    Options: !authenticate', '\t/bin/cat ^((a+)+)+$', '\t[', '\t/x ('),
        ),
        { maxLength: 30 },
      ),
      (lines) => {
        expect(readSudoList(lines.join('\n'))?.allowed(['cat', '/etc/shadow'])).toBeUndefined()
      },
    ),
  )
})

describe.each(probes.map((probe) => [probe.id, probe] as const))('what %s needs', (_, probe) => {
  test('is granted by a list where it takes root, or it is said why no list can', () => {
    for (const { right, reads, grants, unlisted } of probe.needs)
      expect([reads, grants !== undefined || unlisted !== undefined]).toEqual([reads, right === 'root'])
  })

  test('names whole paths, and searches only where it searches', async () => {
    const [rights] = await rightsOf([probe])
    const searches = (rights?.commands ?? []).filter(({ sudoers }) => /\/find .*-printf/.test(sudoers))
    for (const { grants } of probe.needs) {
      for (const pattern of grants?.read ?? []) expect(pattern).toMatch(/^\/(?!.*(?:\/\/|\.\.))/)
      if (grants?.searches) expect(searches.length).toBeGreaterThan(0)
    }
  })
})
