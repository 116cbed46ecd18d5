import { readFileSync } from 'node:fs'
import { groupOf, person, type FileDescription, type HostDescription } from '../description.ts'
import { systemAccounts, systemGroups } from '../system-accounts.ts'

const people = [
  'alice',
  'bob',
  'carol',
  'dave',
  'erin',
  'frank',
  'grace',
  'heidi',
  'ivan',
  'judy',
  'mallory',
  'kate',
].map((name, index) => person(name, 1000 + index, { state: 'usable', scheme: 'sha512crypt', password: name }))

const [DEVS, RESCUE, TOOLS, AUDITORS, CAPABLE, SHOP, VENDOR, DOCKER] = [
  2000, 2001, 2002, 2003, 2004, 2005, 2006, 998,
] as const

const program = (path: string, of: string, mode: number, group = 0): FileDescription => ({
  type: 'file',
  path,
  content: readFileSync(of),
  mode,
  group,
})
const script = (path: string, mode: number, owner = 0, group = 0): FileDescription => ({
  type: 'file',
  path,
  content: '#!/bin/sh\nexit 0\n',
  mode,
  owner,
  group,
})

/** A way to root for each of some, which others have not, and things that look like ways and are none. */
export default {
  name: 'ways-to-root',
  base: 'debian',
  purpose: 'files, folders, programs and sockets whose owner or mode make somebody root, and such that do not',
  accounts: [...systemAccounts('debian'), ...people],
  groups: [
    ...systemGroups('debian'),
    ...people.map(groupOf),
    { name: 'docker', gid: DOCKER, members: ['dave'] },
    { name: 'devs', gid: DEVS, members: ['bob'] },
    { name: 'rescue', gid: RESCUE, members: ['erin'] },
    { name: 'tools', gid: TOOLS, members: ['grace'] },
    { name: 'auditors', gid: AUDITORS, members: ['heidi'] },
    { name: 'capable', gid: CAPABLE, members: ['ivan'] },
    { name: 'shop', gid: SHOP, members: ['judy'] },
    { name: 'vendor', gid: VENDOR, members: ['kate'] },
  ],
  sudoers: { '/etc/sudoers': 'root ALL=(ALL:ALL) ALL\n' },
  files: [
    // Somebody may change what cron runs as root.
    { type: 'folder', path: '/opt/backup' },
    script('/opt/backup/run', 0o775, 0, DEVS),
    { type: 'folder', path: '/var/spool/jobs', mode: 0o1777 },
    script('/var/spool/jobs/of-alice', 0o755, 1000),
    script('/var/spool/jobs/of-root', 0o755),
    // Nobody else gets into the home of root, whatever the mode of what lies there.
    script('/root/nightly', 0o777),
    {
      type: 'file',
      path: '/etc/cron.d/jobs',
      content:
        '1 2 * * * root /opt/backup/run\n2 2 * * * root /var/spool/jobs/of-alice\n3 2 * * * root /var/spool/jobs/of-root\n4 2 * * * root /root/nightly\n5 2 * * * carol /home/carol/job\n',
    },
    // Frank may change what runs as carol, and she is nobody.
    { type: 'file', path: '/home/carol/job', content: '#!/bin/sh\nexit 0\n', mode: 0o755, owner: 1005 },
    // A shell, a script and one that only its group may run.
    program('/usr/local/bin/rescue', '/bin/bash', 0o4750, RESCUE),
    script('/usr/local/bin/careful', 0o4755),
    // One of which nothing is known but that it runs as root.
    { type: 'folder', path: '/opt/vendor' },
    program('/opt/vendor/agent', '/usr/bin/true', 0o4750, VENDOR),
    // A folder of PATH that all may write to, and few may get to.
    { type: 'folder', path: '/opt/tools', mode: 0o750, group: TOOLS },
    { type: 'folder', path: '/opt/tools/bin', mode: 0o777 },
    {
      type: 'file',
      path: '/etc/environment',
      content: 'PATH="/opt/tools/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"\n',
    },
    // Hashes that a group may read.
    {
      type: 'file',
      path: '/etc/shadow-',
      content: 'root:$6$saltsalt$0000000000000000000000:19000:0:99999:7:::\n',
      mode: 0o640,
      group: AUDITORS,
    },
    // A container was made by a compose file that a group may change; of another such file nobody made use.
    { type: 'folder', path: '/opt/shop' },
    {
      type: 'file',
      path: '/opt/shop/compose.yaml',
      content: 'services:\n  web:\n    image: shop\n',
      mode: 0o664,
      group: SHOP,
    },
    {
      type: 'file',
      path: '/home/mallory/compose.yaml',
      content: 'services:\n  web:\n    image: shop\n    privileged: true\n',
      mode: 0o644,
      owner: 1010,
      group: 1010,
    },
    { type: 'folder', path: '/var/lib/docker', mode: 0o710 },
    { type: 'folder', path: '/var/lib/docker/containers', mode: 0o710 },
    { type: 'folder', path: '/var/lib/docker/containers/c0ffee', mode: 0o710 },
    {
      type: 'file',
      path: '/var/lib/docker/containers/c0ffee/config.v2.json',
      content: JSON.stringify({
        Name: '/shop-web-1',
        Path: '/docker-entrypoint.sh',
        Args: ['nginx'],
        Config: { User: '', Labels: { 'com.docker.compose.project.config_files': '/opt/shop/compose.yaml' } },
      }),
      mode: 0o600,
    },
    // Gets a capability once the host runs.
    program('/usr/local/bin/report', '/usr/bin/perl', 0o750, CAPABLE),
    // Exported to everyone, but nothing serves it.
    { type: 'file', path: '/etc/exports', content: '/srv *(rw,insecure,no_root_squash)\n' },
  ],
  scan: { account: 'root', sudo: 'not-needed' },
} satisfies HostDescription
