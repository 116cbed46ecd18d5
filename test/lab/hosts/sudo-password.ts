import type { HostDescription } from '../description.ts'
import { scannerAndJudy, SUDOERS } from '../scanner-and-judy.ts'

const PASSWORD = 'S$(id)`ü"\' \\n%s;& 7'

/** The password must reach sudo untouched, and nothing and nobody else. */
export default {
  name: 'sudo-password',
  base: 'debian',
  purpose: 'the scan account has sudo for everything, with a password full of shell characters',
  ...scannerAndJudy({ state: 'usable', scheme: 'yescrypt', password: PASSWORD }),
  sudoers: {
    '/etc/sudoers': SUDOERS,
    '/etc/sudoers.d/scanner': 'Defaults:scanner lecture = always, passwd_tries = 2\nscanner ALL=(ALL) ALL\n',
  },
  sudoTruth: [
    {
      account: 'judy',
      words: 'everything as anyone, with her password',
      may: [{ command: ['/usr/bin/id'], as: 'scanner' }],
    },
    {
      account: 'scanner',
      words: 'everything as anyone, with the password',
      may: [{ command: ['/usr/bin/id'], as: 'judy' }],
    },
  ],
  scan: { account: 'scanner', sudo: 'with-password', password: PASSWORD },
} satisfies HostDescription
