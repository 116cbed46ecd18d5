import type { HostDescription } from '../description.ts'
import { scannerAndJudy, SUDOERS } from '../scanner-and-judy.ts'

/** sudo answers, but not to a shell: the scan has to make do with what the account itself may read, and the file that sudo lists. */
export default {
  name: 'sudo-limited',
  base: 'debian',
  purpose: 'the scan account has sudo for two programs only',
  ...scannerAndJudy(),
  sudoers: {
    '/etc/sudoers': SUDOERS,
    '/etc/sudoers.d/scanner': 'scanner ALL=(root) NOPASSWD: /usr/bin/cat /etc/shadow, /usr/sbin/sshd -T\n',
  },
  sudoTruth: [
    {
      account: 'judy',
      words: 'everything as anyone, with her password',
      may: [{ command: ['/usr/bin/id'], as: 'scanner' }],
    },
    {
      account: 'scanner',
      words: 'to read /etc/shadow and to print the configuration of sshd, as root, without password',
      may: [{ command: ['/usr/bin/cat', '/etc/shadow'] }, { command: ['/usr/sbin/sshd', '-T'] }],
      mayNot: [{ command: ['/bin/sh'] }, { command: ['/usr/bin/cat', '/etc/gshadow'] }],
    },
  ],
  scan: { account: 'scanner', sudo: 'listed', reads: ['/etc/shadow'] },
} satisfies HostDescription
