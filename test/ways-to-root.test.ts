import { arch } from 'node:os'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import waysToRoot from './lab/hosts/ways-to-root.ts'
import { startLab, type Lab, type LabHost } from './lab/lab.ts'
import { scanOf, type ScanLine } from './rollcall.ts'

/*
 * Whom a scan says can become root through files, programs and sockets: those can, as is tried, and nobody else.
 */

interface AccountLine extends ScanLine {
  name: string
  privileged: string
  paths: {
    via: string
    effect: string
    sentence: string
    steps: { sentence: string; place?: { path: string; line?: number } }[]
  }[]
  unknownBecause: unknown[]
}

let lab: Lab
let host: LabHost
let lines: readonly ScanLine[] = []

beforeAll(async () => {
  lab = await startLab([waysToRoot])
  host = lab.host('ways-to-root')
  if (!lab.capabilities.ownHosts) return
  // What only a running host can have: a socket, and a capability (cap_setuid, permitted and effective).
  await host.inside([
    'perl',
    '-MIO::Socket::UNIX',
    '-e',
    'IO::Socket::UNIX->new(Local => "/run/docker.sock", Listen => 1) or die',
  ])
  await host.inside(['chown', 'root:docker', '/run/docker.sock'])
  await host.inside(['chmod', '660', '/run/docker.sock'])
  const setxattr = arch() === 'arm64' ? 5 : 188
  const given = await host.inside([
    'perl',
    '-e',
    `my ($p, $n, $v) = ("/usr/local/bin/report", "security.capability", pack("V5", 0x02000001, 1 << 7, 0, 0, 0)); exit(syscall(${setxattr}, $p, $n, $v, length $v, 0) == 0 ? 0 : 1)`,
  ])
  if (given.exit !== 0) throw new Error(`no capability could be given: ${given.stderr}`)
  ;({ lines } = await scanOf(lab, host))
})

afterAll(async () => {
  await lab?.[Symbol.asyncDispose]()
})

const made = (context: { skip: (note: string) => never }) => {
  if (!lab.capabilities.ownHosts) context.skip(lab.capabilities.lacks.join('; '))
}

const accountOf = (name: string) =>
  lines.find((line) => line.kind === 'account' && line['name'] === name) as AccountLine

/** Who runs a command as an account, with its groups and nothing else. */
const as = (account: string, command: string) => host.inside(['su', account, '-s', '/bin/sh', '-c', command])

test('every probe that such ways rest on looked completely', (context) => {
  made(context)
  const ids = [
    'setuid-programs',
    'privileged-files',
    'container-sockets',
    'nfs-exports',
    'cron-jobs',
    'systemd-units',
    'home-folders',
    'containers',
  ]
  const outcomes = lines.filter(({ kind, probe }) => kind === 'outcome' && ids.includes(probe as string))
  expect(
    outcomes.map(({ probe, status, reasons }) => [probe, status, status === 'complete' ? [] : reasons]).toSorted(),
  ).toEqual(ids.toSorted().map((id) => [id, 'complete', []]))
})

describe.each([
  ['alice', 'writable', '/var/spool/jobs/of-alice', ['/etc/cron.d/jobs', 2]],
  ['bob', 'writable', '/opt/backup/run', ['/etc/cron.d/jobs', 1]],
  ['dave', 'group', '/run/docker.sock', undefined],
  ['erin', 'setuid', '/usr/local/bin/rescue', undefined],
  ['grace', 'writable', '/opt/tools/bin', ['/etc/environment', 1]],
  ['heidi', 'readable', '/etc/shadow-', undefined],
  ['ivan', 'capabilities', '/usr/local/bin/report', undefined],
  ['judy', 'writable', '/opt/shop/compose.yaml', ['/var/lib/docker/containers/c0ffee/config.v2.json', '']],
] as const)('%s', (name, via, path, namedBy) => {
  test('can become root, and the steps name the file and what leads there', (context) => {
    made(context)
    const { privileged, paths } = accountOf(name)
    const way = paths.find((one) => one.via === via && one.effect === 'root')
    expect([name, privileged, way?.via, paths.map(({ sentence }) => sentence)]).toEqual([
      name,
      'yes',
      via,
      paths.map(({ sentence }) => sentence),
    ])
    const places = way!.steps.flatMap(({ place }) => (place === undefined ? [] : [`${place.path}:${place.line ?? ''}`]))
    expect(places.join(' ')).toContain(path)
    if (namedBy !== undefined) expect(places).toContain(namedBy.join(':'))
  })
})

test.each(['carol', 'frank', 'mallory'])('%s has no way to root, and that is known', (name) => {
  if (!lab.capabilities.ownHosts) return
  const { privileged, paths, unknownBecause } = accountOf(name)
  expect([name, paths.filter(({ effect }) => effect === 'root'), privileged, unknownBecause]).toEqual([
    name,
    [],
    'no',
    [],
  ])
})

test('of kate, who may run a setuid program that nobody knows, it is not known', (context) => {
  made(context)
  const { privileged, paths, unknownBecause } = accountOf('kate')
  expect([privileged, paths.map(({ via, effect }) => [via, effect]), unknownBecause]).toMatchObject([
    'unknown',
    [['setuid', 'limited']],
    [{ code: 'unrecognised', path: '/opt/vendor/agent' }],
  ])
})

describe('as tried on the host itself', () => {
  const proof = (name: string) => `printf '#!/bin/sh\\nid -u > /run/proof-${name}\\n'`

  test.each([
    ['alice', '/var/spool/jobs/of-alice'],
    ['bob', '/opt/backup/run'],
  ])('%s changes what cron runs as root', async (name, path) => {
    if (!lab.capabilities.ownHosts) return
    expect((await as(name, `${proof(name)} > ${path}`)).exit).toBe(0)
    await host.inside([path])
    expect((await host.inside(['cat', `/run/proof-${name}`])).stdout).toBe('0\n')
  })

  test('grace lays a program before those that root means', async (context) => {
    made(context)
    expect((await as('grace', `${proof('grace')} > /opt/tools/bin/ls && chmod 755 /opt/tools/bin/ls`)).exit).toBe(0)
    await host.inside(['sh', '-c', '. /etc/environment; export PATH; ls'])
    expect((await host.inside(['cat', '/run/proof-grace'])).stdout).toBe('0\n')
  })

  test('erin and ivan run programs that make them root, and heidi reads the hashes', async (context) => {
    made(context)
    expect((await as('erin', "/usr/local/bin/rescue -p -c 'id -u'")).stdout).toBe('0\n')
    expect((await as('ivan', '/usr/local/bin/report -e \'$< = $> = 0; exec "id", "-u"\'')).stdout).toBe('0\n')
    expect((await as('heidi', 'cat /etc/shadow-')).stdout).toContain('root:$6$')
    expect((await as('dave', 'test -w /run/docker.sock && echo open')).stdout).toBe('open\n')
  })

  test.each(['carol', 'frank', 'mallory'])('%s can do none of this', async (name) => {
    if (!lab.capabilities.ownHosts) return
    const tries = [
      'echo > /opt/backup/run',
      'echo > /var/spool/jobs/of-root',
      'mv /var/spool/jobs/of-root /var/spool/jobs/x',
      'echo > /root/nightly',
      'echo > /opt/tools/bin/ls',
      "/usr/local/bin/rescue -p -c 'id -u'",
      "/usr/local/bin/report -e '1'",
      'cat /etc/shadow-',
      'test -w /run/docker.sock',
    ]
    for (const command of tries)
      expect([name, command, (await as(name, command)).exit === 0]).toEqual([name, command, false])
    // The kernel runs a setuid script as who calls it.
    expect((await as(name, 'cp /usr/local/bin/careful /dev/null && /usr/local/bin/careful && echo ran')).stdout).toBe(
      'ran\n',
    )
  })
})
