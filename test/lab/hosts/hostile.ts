import { groupOf, person, type AccountDescription, type HostDescription } from '../description.ts'
import { systemAccounts, systemGroups } from '../system-accounts.ts'

const HUNDRED_MEGABYTES = 100 * 2 ** 20

const without = { state: 'none', field: '!' } as const

const trapped = (name: string, uid: number, rest: Partial<AccountDescription> = {}) =>
  person(name, uid, without, { gecos: '', ...rest })

const people = [
  trapped('escapes', 1000, { gecos: 'Eve \u001b]0;owned\u0007\u001b[2J\u202etxt.exe\u200b=HYPERLINK("x")' }),
  trapped('latin', 1001, { gecos: Buffer.from([0x4a, 0xf6, 0x72, 0x67, 0xff, 0xfe, 0xc0, 0xaf, 0xed, 0xa0, 0x80]) }),
  trapped('nul', 1002, { gecos: Buffer.from('before\0after\0') }),
  trapped('long', 1003, { gecos: 'x'.repeat(60_000) }),
  trapped('substitution', 1004, { home: '/home/$(touch pwned)`touch pwned`' }),
  trapped('quotes', 1005, { home: `/home/a b'c"d\\e;touch pwned` }),
  trapped('glob', 1006, { home: '/home/*' }),
  trapped('dash', 1007, { home: '-rf', makeHome: false }),
  trapped('fifo', 1010),
  trapped('loop', 1011),
  trapped('twins', 1012),
  trapped('kmsg', 1013),
  trapped('zero', 1014),
  trapped('folder', 1015),
  trapped('giant', 1016),
  trapped('elsewhere', 1017),
  trapped('proc', 1018, { home: '/proc/self/root/root', makeHome: false }),
  trapped('unreadable', 1019),
  trapped('rubbish', 1020),
] as const

const keysOf = (name: string) => `/home/${name}/.ssh/authorized_keys`

/** Everything here is made to make a scanner hang, swell, crash, run something or say something wrong. */
export default {
  name: 'hostile',
  base: 'debian',
  purpose: 'FIFOs, loops, devices, floods, escapes and shell characters where facts are expected',
  accounts: [...systemAccounts('debian'), ...people],
  groups: [
    ...systemGroups('debian'),
    ...people.map(groupOf),
    { name: 'crowd', gid: 2000, members: people.map(({ name }) => name) },
  ],
  sudoers: {
    '/etc/sudoers': 'root ALL=(ALL:ALL) ALL\nescapes ALL = NOPASSWD: /bin/echo \u001b[2J\n@includedir /etc/sudoers.d\n',
    '/etc/sudoers.d/again': '@include /etc/sudoers.d/again\n',
    '/etc/sudoers.d/rubbish': '\u0000\u0001\u0002 = ( ( ( \\\n',
  },
  files: [
    { type: 'fifo', path: keysOf('fifo') },
    { type: 'link', path: keysOf('loop'), to: 'authorized_keys' },
    { type: 'link', path: '/home/twins/.ssh/one', to: 'authorized_keys' },
    { type: 'link', path: keysOf('twins'), to: 'one' },
    { type: 'link', path: keysOf('kmsg'), to: '/proc/kmsg' },
    { type: 'link', path: keysOf('zero'), to: '/dev/zero' },
    { type: 'folder', path: keysOf('folder') },
    {
      type: 'repeated',
      path: keysOf('giant'),
      line: 'giant:x:1016:1016:not a key:/home/giant:/bin/bash\n',
      bytes: HUNDRED_MEGABYTES,
    },
    { type: 'link', path: keysOf('elsewhere'), to: '/etc/shadow' },
    { type: 'file', path: keysOf('unreadable'), content: 'ssh-ed25519 AAAA not a key\n', mode: 0o000 },
    {
      type: 'file',
      path: keysOf('rubbish'),
      content: Buffer.from(Array.from({ length: 4096 }, (_, index) => (index * 167) % 256)),
    },
    {
      type: 'repeated',
      path: '/etc/passwd',
      line: 'no colon at all\n:x:1:1::/:/bin/sh\n+@netgroup::::::\nbad:x:-1:99999999999999999999::/:\n# comment\n\n',
      bytes: 110,
    },
    { type: 'repeated', path: '/etc/shadow', line: 'ghost:$1$x:notaday:-5:::::::\n:::\n', bytes: 33 },
    { type: 'fifo', path: '/etc/sudoers.d/fifo' },
    { type: 'link', path: '/etc/sudoers.d/zero', to: '/dev/zero' },
    { type: 'link', path: '/etc/sudoers.d/loop', to: 'loop' },
  ],
  scan: { account: 'root', sudo: 'not-needed' },
} satisfies HostDescription
