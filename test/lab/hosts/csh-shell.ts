import { groupOf, person, type HostDescription } from '../description.ts'
import { systemAccounts, systemGroups } from '../system-accounts.ts'

const people = [
  person('scanner', 1000, { state: 'none', field: '!' }, { shell: '/bin/tcsh' }),
  person('kim', 1001, { state: 'usable', scheme: 'yescrypt', password: 'kim' }, { shell: '/bin/csh' }),
] as const

/** What a login shell says before the first command must not be mistaken for an answer. */
export default {
  name: 'csh-shell',
  base: 'debian',
  purpose: 'the login shell is csh, with noisy start files, unhelpful aliases and a banner',
  accounts: [...systemAccounts('debian'), ...people],
  groups: [...systemGroups('debian'), ...people.map(groupOf)],
  sudoers: { '/etc/sudoers': 'root ALL=(ALL:ALL) ALL\nscanner ALL=(root) NOPASSWD: ALL\n' },
  sudoTruth: [
    { account: 'scanner', words: 'everything as root, without password', may: [{ command: ['/usr/bin/id'] }] },
  ],
  sshd: {
    '/etc/ssh/sshd_config.d/banner.conf': 'Banner /etc/issue.net\nPrintMotd yes\n',
  },
  files: [
    { type: 'file', path: '/etc/issue.net', content: '*** Authorised use only. root:x:0:0:root:/root:/bin/bash ***\n' },
    { type: 'file', path: '/etc/motd', content: 'Maintenance on Sunday.\n' },
    {
      type: 'file',
      path: '/etc/csh.cshrc',
      content:
        'echo "csh.cshrc: welcome to `hostname`"\nsh -c "echo csh.cshrc complains >&2"\nset noclobber\nset histchars\n',
    },
    {
      type: 'file',
      path: '/home/scanner/.cshrc',
      owner: 1000,
      group: 1000,
      content: [
        'echo "root:x:0:0:not an answer:/:/bin/false"',
        'printf "\\033]0;title\\007\\033[31mred\\000nul\\n"',
        'sh -c "echo cshrc complains >&2"',
        'alias cat "echo alias of cat"',
        'alias sh "echo alias of sh"',
        'set echo',
        'setenv LC_ALL de_DE.UTF-8',
        'setenv IFS x',
        'setenv ENV /etc/csh.cshrc',
        '',
      ].join('\n'),
    },
  ],
  scan: { account: 'scanner', sudo: 'without-password' },
} satisfies HostDescription
