import { expect, test } from 'vitest'
import { exampleHost, exampleTools } from '../testing/example-host.ts'
import type { CommandResult, HostFile } from '../host.ts'
import { exampleOutput } from '../probe.ts'
import { scanHost } from '../scan.ts'
import authorizedKeys from './authorized-keys.ts'
import sshdSettings from './sshd-settings.ts'

const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f'
const PASSWD =
  'root:x:0:0::/root:/bin/sh\nalice:x:1000:1000::/home/alice:/bin/sh\nbob:x:1001:1001::/home/bob:/usr/sbin/nologin\n'
const DEFAULTS = exampleOutput(
  'port 22\npermitrootlogin without-password\nauthorizedkeysfile .ssh/authorized_keys .ssh/authorized_keys2\nauthorizedkeyscommand none\ntrustedusercakeys none\n',
)

const scan = async (files: Readonly<Record<string, string | HostFile>>, program: CommandResult = DEFAULTS) => {
  const { host, asked } = exampleHost({
    files: { '/etc/passwd': PASSWD, '/etc/group': '', ...files },
    programs: { sshd: program, '/usr/sbin/sshd': program },
  })
  const scanned = await scanHost(host, [sshdSettings, authorizedKeys], exampleTools)
  const [settings, keys] = scanned.sections
  const patterns = asked().flatMap((request) => (request.kind === 'read' ? [request.pattern] : []))
  return { asked: patterns, roundTrips: scanned.roundTrips, settings: settings!, keys: keys! }
}
const MAIN = '/etc/ssh/sshd_config'

test('settings and keys of a usual host take two round trips together', async () => {
  const { roundTrips, settings, keys } = await scan({
    [MAIN]: 'Include /etc/ssh/sshd_config.d/*.conf\n',
    '/etc/ssh/sshd_config.d/10.conf': 'PermitRootLogin no\n',
    '/root/.ssh/authorized_keys': `${KEY} a\n`,
    '/home/bob/.ssh/authorized_keys2': `${KEY} b\n`,
  })
  // The signals of the host take two as well; they travel together.
  expect(roundTrips).toBeLessThanOrEqual(3)
  expect(settings.outcome).toEqual({ status: 'complete', reasons: [] })
  expect(settings.findings).toContainEqual({
    kind: 'setting',
    subject: 'sshd',
    name: 'permitrootlogin',
    values: ['no'],
    place: { path: '/etc/ssh/sshd_config.d/10.conf', line: 1 },
  })
  expect(keys.outcome).toEqual({ status: 'complete', reasons: [] })
  expect(keys.findings.map((finding) => 'account' in finding && finding.account)).toEqual(['root', 'bob'])
})

test('included files that lie elsewhere are asked for, level by level', async () => {
  const { settings, asked } = await scan({
    [MAIN]: 'Include /opt/a.conf extra/*\n',
    '/opt/a.conf': 'Include /opt/b.conf\n',
    '/opt/b.conf': 'Port 2022\n',
    '/etc/ssh/extra/x': 'Port 2023\n',
  })
  expect(settings.findings).toContainEqual(
    expect.objectContaining({ name: 'port', values: ['2022', '2023'], place: { path: '/opt/b.conf', line: 1 } }),
  )
  expect(settings.outcome.status).toBe('complete')
  expect(asked.filter((pattern) => pattern === '/opt/a.conf')).toHaveLength(1)
})

test('the configuration under /usr counts when there is none under /etc', async () => {
  const { settings } = await scan({
    '/usr/etc/ssh/sshd_config': 'PermitRootLogin yes\nInclude /usr/etc/ssh/sshd_config.d/*.conf\n',
    '/usr/etc/ssh/sshd_config.d/1.conf': 'Port 2\n',
  })
  expect(settings.findings).toContainEqual(expect.objectContaining({ name: 'permitrootlogin', values: ['yes'] }))
  expect(settings.findings).toContainEqual(expect.objectContaining({ name: 'port', values: ['2'] }))
})

test('where sshd does not print its defaults they come from the table, and that is noted', async () => {
  const { settings } = await scan(
    { [MAIN]: 'Port 22\n' },
    { state: 'ran', exit: 1, stdout: new Uint8Array(), truncated: false },
  )
  expect(settings.outcome).toEqual({
    status: 'complete',
    reasons: [
      {
        code: 'tool-failed',
        path: '/usr/sbin/sshd',
        detail: 'where nothing is set, the defaults of OpenSSH 9.2 are given',
      },
    ],
  })
  expect(settings.findings).toContainEqual({
    kind: 'setting',
    subject: 'sshd',
    name: 'permitrootlogin',
    values: ['without-password'],
  })
})

test('a configuration that may not be read is denied, keys are still looked for in the usual files', async () => {
  const { settings, keys } = await scan({
    [MAIN]: { path: MAIN, state: 'unread', why: 'not-permitted' },
    '/root/.ssh/authorized_keys': `${KEY}\n`,
  })
  expect(settings.findings).toEqual([])
  expect(settings.outcome.status).toBe('partial')
  expect(keys.findings).toHaveLength(1)
  expect(keys.outcome).toEqual({ status: 'partial', reasons: [{ code: 'not-permitted', path: MAIN }] })
})

test('a home that may not be read makes the keys partial, one that is not there does not', async () => {
  const hidden: HostFile = { path: '/home/alice/.ssh/authorized_keys', state: 'unread', why: 'not-permitted' }
  const { keys } = await scan({ [MAIN]: '', '/home/alice/.ssh/authorized_keys': hidden })
  expect(keys.outcome).toEqual({
    status: 'partial',
    reasons: [{ code: 'not-permitted', path: '/home/alice/.ssh/authorized_keys' }],
  })
})

test('tokens of AuthorizedKeysFile are filled in, and names with wildcards in them stay names', async () => {
  const { keys, asked } = await scan({
    '/etc/passwd': 'we*rd:x:7:7::/home/[x]:/bin/sh\n',
    [MAIN]: 'AuthorizedKeysFile /k/%%/%u/%U %h/a .ssh/*.pub\n',
    '/k/%/we*rd/7': `${KEY} one\n`,
    '/k/%/weird/7': `${KEY} wrong\n`,
    '/home/[x]/a': `${KEY} two\n`,
  })
  expect(keys.findings.map((finding) => 'comment' in finding && finding.comment)).toEqual(['one', 'two'])
  expect(asked).toContain('/home/[[]x]/.ssh/[*].pub')
})

test('from OpenSSH 10.0 on AuthorizedKeysFile is a pattern', async () => {
  const modern = exampleOutput(
    'port 22\npermitrootlogin no\nauthorizedkeysfile .ssh/authorized_keys\nsshdauthpath /usr/lib/openssh/sshd-auth\n',
  )
  const { keys } = await scan(
    { [MAIN]: 'AuthorizedKeysFile .ssh/*.pub\n', '/root/.ssh/a.pub': `${KEY} a\n`, '/root/.ssh/b.pub': `${KEY} b\n` },
    modern,
  )
  expect(keys.findings.map(({ place }) => place?.path)).toEqual(['/root/.ssh/a.pub', '/root/.ssh/b.pub'])
})

test('a token that sshd refuses is a reason with its place', async () => {
  const { keys } = await scan({ [MAIN]: 'Port 22\nAuthorizedKeysFile /k/%x\n' })
  expect(keys.outcome).toEqual({
    status: 'partial',
    reasons: [{ code: 'unsupported', path: MAIN, line: 2, detail: 'a token of AuthorizedKeysFile that sshd refuses' }],
  })
})

test('keys that open an account only from some addresses are seen', async () => {
  const { keys } = await scan({
    [MAIN]: 'AuthorizedKeysFile none\nMatch Address 10.0.0.0/8 User alice,bob\nAuthorizedKeysFile /k/%u\n',
    '/k/alice': `${KEY}\n`,
    '/k/root': `${KEY}\n`,
  })
  expect(keys.findings.map(({ place }) => place?.path)).toEqual(['/k/alice'])
})

test('sss in nsswitch.conf matters where SSSD is set up', async () => {
  const files = { [MAIN]: '', '/etc/nsswitch.conf': 'passwd: sss files systemd\n' }
  expect((await scan(files)).keys.outcome.status).toBe('complete')
  const { keys } = await scan({
    ...files,
    '/etc/sssd/sssd.conf': '[sssd]\ndomains = x\nldap_default_authtok = hunter2\n',
  })
  expect(keys.outcome.status).toBe('partial')
  expect(JSON.stringify(keys)).not.toContain('hunter2')
})

test('options and comments that are longer than a report carries are cut, and that is told', async () => {
  const { keys } = await scan({
    [MAIN]: '',
    '/root/.ssh/authorized_keys': `command="${'x'.repeat(5000)}" ${KEY} ${'c'.repeat(2000)}\n`,
  })
  expect(keys.findings).toMatchObject([
    { options: [{ name: 'command', value: 'x'.repeat(4096) }], comment: 'c'.repeat(1024) },
  ])
  expect(keys.outcome).toEqual({
    status: 'complete',
    reasons: [{ code: 'too-large', path: '/root/.ssh/authorized_keys', line: 1, detail: 'options were cut' }],
  })
})

test('thousands of accounts and as many Match blocks end, with what was not looked at told', async () => {
  const passwd = Array.from(
    { length: 3000 },
    (_, index) => `user${index}:x:${index}:${index}::/home/user${index}:/bin/sh\n`,
  ).join('')
  const blocks = Array.from({ length: 3000 }, (_, index) => `Match User *${index}*\nMaxSessions ${index}\n`).join('')
  const { settings } = await scan({ '/etc/passwd': passwd, [MAIN]: blocks })
  expect(settings.outcome.reasons).toContainEqual(expect.objectContaining({ code: 'too-many', path: '/etc/passwd' }))
})

test('where the installed sshd does not tell its defaults, those that differ by release are left out', async () => {
  const { settings } = await scan(
    { [MAIN]: 'PermitRootLogin no\nMACs hmac-sha2-512\n' },
    { state: 'unread', why: 'not-permitted' },
  )
  const names = settings.findings.flatMap((finding) => (finding.kind === 'setting' ? finding.name : []))
  expect(names).toEqual(expect.arrayContaining(['permitrootlogin', 'macs', 'passwordauthentication', 'strictmodes']))
  expect(names.filter((name) => /ciphers|algorithms|ipqos/.test(name))).toEqual([])
})
