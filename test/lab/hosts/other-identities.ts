import { existsSync, readFileSync } from 'node:fs'
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
  'kim',
  'liam',
  'mallory',
  'nina',
].map((name, index) => person(name, 1000 + index, { state: 'usable', scheme: 'sha512crypt', password: name }))

const WHEEL = 2000
const OPS = 2001
const DEPLOYERS = 2002

const file = (path: string, content: string | Uint8Array, mode = 0o644, group = 0): FileDescription => ({
  type: 'file',
  path,
  content,
  mode,
  group,
})

/** This machine's own, which needs nothing that a host of the lab has not. */
const DOAS = existsSync('/usr/bin/doas') ? readFileSync('/usr/bin/doas') : '#!/bin/sh\nexit 1\n'

const policy = (id: string) =>
  `<?xml version="1.0"?>\n<policyconfig>\n  <action id="${id}">\n    <defaults>\n      <allow_any>auth_admin</allow_any>\n      <allow_inactive>auth_admin</allow_inactive>\n      <allow_active>auth_admin_keep</allow_active>\n    </defaults>\n  </action>\n</policyconfig>\n`

/** Rules of sudo, doas, su and polkit that make somebody root, at once or by way of another account, and such that do not. */
export default {
  name: 'other-identities',
  base: 'debian',
  purpose: 'rules of sudo, doas, su and polkit that lead to root, some by way of others, and such that do not',
  accounts: [...systemAccounts('debian'), ...people],
  groups: [
    ...systemGroups('debian'),
    ...people.map(groupOf),
    { name: 'wheel', gid: WHEEL, members: ['dave'] },
    { name: 'ops', gid: OPS, members: ['erin'] },
    { name: 'deployers', gid: DEPLOYERS, members: ['kim'] },
  ],
  sudoers: {
    '/etc/sudoers': [
      'root ALL=(ALL:ALL) ALL',
      // Carol is root, and bob becomes carol by doas.
      'carol ALL=(ALL) NOPASSWD: ALL',
      // Grace becomes bob, who becomes carol.
      'grace ALL=(bob) NOPASSWD: /bin/sh',
      'heidi ALL=(root) NOPASSWD: /usr/bin/id, /bin/systemctl restart ssh',
      'ivan ALL=(root) NOTAFTER=20200101000000Z NOPASSWD: ALL',
      'judy ALL=(mallory) NOPASSWD: ALL',
      'kim ALL=(root) NOPASSWD: /opt/deploy/run',
      '+night ALL=(root) NOPASSWD: ALL',
      '',
    ].join('\n'),
  },
  sudoTruth: [
    { account: 'carol', words: 'everything as anyone, without password', may: [{ command: ['/bin/sh'] }] },
    { account: 'grace', words: 'a shell as bob', may: [{ command: ['/bin/sh'], as: 'bob' }] },
    { account: 'judy', words: 'everything as mallory', may: [{ command: ['/bin/sh'], as: 'mallory' }] },
    {
      account: 'heidi',
      words: 'id, and to restart sshd, as root',
      may: [{ command: ['/usr/bin/id'] }],
      mayNot: [{ command: ['/bin/sh'] }],
    },
  ],
  files: [
    file('/etc/doas.conf', 'permit nopass alice as root\npermit nopass bob as carol\ndeny mallory\n', 0o600),
    file('/usr/bin/doas', DOAS, 0o4755),
    file('/etc/pam.d/doas', '@include common-auth\n@include common-account\n@include common-session-noninteractive\n'),
    file(
      '/etc/pam.d/su',
      'auth sufficient pam_rootok.so\nauth sufficient pam_wheel.so trust use_uid\n@include common-auth\n@include common-account\n@include common-session\n',
    ),
    file('/usr/bin/pkexec', '#!/bin/sh\necho pkexec version 122\n', 0o755),
    file('/usr/share/polkit-1/actions/org.freedesktop.policykit.policy', policy('org.freedesktop.policykit.exec')),
    file(
      '/usr/share/polkit-1/actions/org.freedesktop.systemd1.policy',
      policy('org.freedesktop.systemd1.manage-units'),
    ),
    { type: 'folder', path: '/etc/polkit-1/rules.d', mode: 0o700 },
    file(
      '/etc/polkit-1/rules.d/10-ours.rules',
      [
        'polkit.addAdminRule(function(action, subject) {',
        '    return ["unix-group:ops"];',
        '});',
        'polkit.addRule(function(action, subject) {',
        '    if (action.id == "org.freedesktop.systemd1.manage-units" && subject.user == "frank") {',
        '        return polkit.Result.YES;',
        '    }',
        '    if (action.id == "org.freedesktop.systemd1.manage-units" &&',
        '        action.lookup("unit") == "ssh.service" && subject.user == "liam") {',
        '        return polkit.Result.YES;',
        '    }',
        '});',
        '',
      ].join('\n'),
    ),
    { type: 'folder', path: '/opt/deploy' },
    file('/opt/deploy/run', '#!/bin/sh\nexit 0\n', 0o775, DEPLOYERS),
    file('/etc/netgroup', 'night (-,nina,)\n'),
    file('/etc/nsswitch.conf', 'passwd: files\ngroup: files\nshadow: files\nhosts: files dns\nnetgroup: files\n'),
  ],
  scan: { account: 'root', sudo: 'not-needed' },
} satisfies HostDescription
