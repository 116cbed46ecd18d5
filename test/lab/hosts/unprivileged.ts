import type { HostDescription } from '../description.ts'
import { scannerAndJudy, SUDOERS } from '../scanner-and-judy.ts'

/** Most of what matters cannot be read, and a scan must say so. */
export default {
  name: 'unprivileged',
  base: 'debian',
  purpose: 'the scan account is an ordinary one, and sudo is not for it',
  ...scannerAndJudy(),
  sudoers: { '/etc/sudoers': SUDOERS },
  sudoTruth: [
    {
      account: 'judy',
      words: 'everything as anyone, with her password',
      may: [{ command: ['/usr/bin/id'], as: 'scanner' }],
    },
    { account: 'scanner', words: 'nothing', mayNot: [{ command: ['/usr/bin/id'] }] },
  ],
  scan: { account: 'scanner', sudo: 'none' },
} satisfies HostDescription
