import type { HostDescription } from '../description.ts'
import { scannerAndJudy, SUDOERS } from '../scanner-and-judy.ts'

/** How most fleets let a scanner in. */
export default {
  name: 'sudo-nopasswd',
  base: 'debian',
  purpose: 'the scan account has sudo for everything, without password',
  ...scannerAndJudy(),
  sudoers: {
    '/etc/sudoers': SUDOERS,
    '/etc/sudoers.d/scanner': 'scanner ALL=(root) NOPASSWD: ALL\n',
  },
  sudoTruth: [
    {
      account: 'judy',
      words: 'everything as anyone, with her password',
      may: [{ command: ['/usr/bin/id'], as: 'scanner' }],
    },
    {
      account: 'scanner',
      words: 'everything as root, without password',
      may: [{ command: ['/usr/bin/id'] }],
      mayNot: [{ command: ['/usr/bin/id'], as: 'judy' }],
    },
  ],
  scan: { account: 'scanner', sudo: 'without-password' },
} satisfies HostDescription
