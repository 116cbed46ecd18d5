import { expect, test } from 'vitest'
import type { FoundEntry, HostRequest } from '../host.ts'
import { scanHost } from '../scan.ts'
import { exampleHost, exampleTools } from '../testing/example-host.ts'
import { probes } from './index.ts'

const PEOPLE = Array.from({ length: 40 }, (_, n) => `user${n}`)
const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f'

const passwd = [
  'root:x:0:0:root:/root:/bin/bash',
  'daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin',
  'bin:x:2:2:bin:/bin:/usr/sbin/nologin',
  'www-data:x:33:33:www-data:/var/www:/usr/sbin/nologin',
  'postgres:x:112:112::/var/lib/postgresql:/bin/bash',
  'nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin',
  ...PEOPLE.map((name, n) => `${name}:x:${1000 + n}:${1000 + n}::/home/${name}:/bin/bash`),
  '',
].join('\n')

const files: Record<string, string> = {
  '/etc/passwd': passwd,
  '/etc/group': 'root:x:0:\nsudo:x:27:user1\n',
  '/etc/shadow': 'root:*:19000:0:99999:7:::\n',
  '/etc/os-release': 'ID=debian\nVERSION_ID="12"\n',
  '/etc/sudoers':
    'root ALL=(ALL) ALL\n%sudo ALL=(ALL) ALL\nuser2 ALL=(root) NOPASSWD: /usr/bin/systemctl restart app\n',
  '/etc/ssh/sshd_config': 'Include /etc/ssh/sshd_config.d/*.conf\nPermitRootLogin no\n',
  '/etc/crontab': 'PATH=/usr/sbin:/usr/bin\n17 * * * * root cd / && run-parts --report /etc/cron.hourly\n',
  '/etc/cron.d/app': '5 * * * * user3 /opt/app/bin/job\n',
  '/etc/systemd/system/app.service':
    '[Service]\nUser=user4\nEnvironmentFile=/etc/default/app\nExecStart=/opt/app/bin/server\n',
  '/usr/lib/systemd/system/cron.service':
    '[Service]\nExecStart=/usr/sbin/cron -f\n[Install]\nWantedBy=multi-user.target\n',
  '/usr/lib/systemd/system/clean.timer': '[Timer]\nOnCalendar=daily\n',
  '/usr/lib/systemd/system/clean.service': '[Service]\nExecStart=/usr/bin/clean\n',
  '/etc/init.d/legacy': '#!/bin/sh\nDAEMON=/usr/sbin/legacyd\n[ -x $DAEMON ] || exit 0\n$DAEMON\n',
  '/etc/default/legacy': 'OPTIONS=-q\n',
  '/proc/self/mountinfo': '22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n',
  '/root/.ssh/authorized_keys': `${KEY} admin\n`,
  ...Object.fromEntries(PEOPLE.map((name) => [`/home/${name}/.ssh/authorized_keys`, `${KEY} ${name}\n`])),
  '/home/user5/.ssh/known_hosts': `db1 ${KEY}\n`,
  '/home/user5/.ssh/config': 'Host db1\nUser root\n',
  '/home/user6/.netrc': 'machine db1 login app password oak-leaf-7\n',
}

const folder = (path: string, mode = 0o755): Partial<FoundEntry> & { path: string } => ({ path, type: 'folder', mode })
const link = (path: string, target: string) => ({ path, type: 'link' as const, mode: 0o777, target })
const foldersOf = (paths: readonly string[]) =>
  new Set(paths.flatMap((path) => path.split('/').map((_, at, parts) => parts.slice(0, at).join('/') || '/')))

const programs = ['dash', 'bash', 'systemctl', 'clean', 'run-parts'].map((name) => `/usr/bin/${name}`)
const others = ['/usr/sbin/cron', '/usr/sbin/legacyd', '/opt/app/bin/server', '/opt/app/bin/job']
const paths = [...Object.keys(files).filter((path) => !path.startsWith('/proc/')), ...programs, ...others]

const world = {
  files,
  programs: {
    uname: 'host\n',
    id: '0\n',
    date: '+0000\n',
    find: '/proc/1/environ:HOME=/\0/proc/1/cmdline:/sbin/init\0',
  },
  entries: [
    ...[...foldersOf([...paths, '/var/www/x', '/var/lib/postgresql/x', '/tmp/x', '/dev/x'])].map((path) =>
      folder(path),
    ),
    ...paths.map((path) => ({
      path,
      size: files[path]?.length ?? 1,
      mode: path.includes('bin/') || path.includes('init.d') ? 0o755 : 0o644,
    })),
    link('/bin', 'usr/bin'),
    link('/sbin', 'usr/sbin'),
    link('/lib', 'usr/lib'),
    link('/usr/bin/sh', 'dash'),
    link('/etc/systemd/system/multi-user.target.wants/cron.service', '/lib/systemd/system/cron.service'),
    link('/etc/systemd/system/timers.target.wants/clean.timer', '/lib/systemd/system/clean.timer'),
    folder('/run/systemd/system'),
    { path: '/usr/bin/passwd', mode: 0o4755 },
    { path: '/opt/app/bin/helper', mode: 0o4755 },
  ],
}

const told = (request: HostRequest) =>
  request.kind === 'read'
    ? request.pattern
    : request.kind === 'run'
      ? request.argv.join(' ')
      : `${request.kind} ${(request.kind === 'find' ? request.under : request.paths).join(' ')}`

test('an ordinary host is asked twice, the second time a few dozen questions, however many accounts it has', async () => {
  const { host, trips } = exampleHost(world)
  const { sections, roundTrips } = await scanHost(host, probes, exampleTools)
  expect(sections.filter(({ outcome }) => outcome.status === 'failed')).toEqual([])
  expect(trips.slice(2).flat().map(told)).toEqual([])
  expect(roundTrips).toBe(2)
  expect(trips[1]!.length).toBeLessThan(60)
  const keys = sections.find(({ probe }) => probe === 'authorized-keys')!
  expect(keys.findings).toHaveLength(PEOPLE.length + 1)
  const stored = sections.find(({ probe }) => probe === 'stored-credentials')!
  expect(stored.findings.map(({ place }) => place?.path)).toContain('/home/user6/.netrc')
})
