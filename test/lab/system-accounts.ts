import type { AccountDescription, GroupDescription, PasswordDescription } from './description.ts'

/** The day on which the lab's bases were set up, as far as their accounts tell. */
const SET_UP = '2026-01-15'

/** The accounts that the base itself has, root first. Root's password is `none` unless another is given. */
export const systemAccounts = (
  base: 'debian' | 'busybox',
  root: Partial<AccountDescription> = {},
): readonly AccountDescription[] => [
  { ...rootAccount(base), ...root },
  ...(base === 'debian' ? DEBIAN_ACCOUNTS : BUSYBOX_ACCOUNTS).map(systemAccount),
]

/** The groups that the base itself has, with the members given by group name. */
export const systemGroups = (
  base: 'debian' | 'busybox',
  members: Readonly<Record<string, readonly string[]>> = {},
): readonly GroupDescription[] =>
  (base === 'debian' ? DEBIAN_GROUPS : BUSYBOX_GROUPS).map(([name, gid]) => ({
    name,
    gid,
    members: members[name] ?? [],
    password: NONE,
  }))

const NONE: PasswordDescription = { state: 'none', field: '*' }

const rootAccount = (base: 'debian' | 'busybox'): AccountDescription => ({
  name: 'root',
  uid: 0,
  gid: 0,
  gecos: 'root',
  home: '/root',
  shell: base === 'debian' ? '/bin/bash' : '/bin/sh',
  password: NONE,
  aging: { changed: SET_UP, minimumDays: 0, maximumDays: 99_999, warningDays: 7 },
})

const systemAccount = ([name, uid, gid, home, shell, gecos = name]: SystemRow): AccountDescription => ({
  name,
  uid,
  gid,
  gecos,
  home,
  shell: shell ?? '/usr/sbin/nologin',
  password: name === 'sshd' ? { state: 'none', field: '!' } : NONE,
  aging:
    name === 'sshd' ? { changed: SET_UP } : { changed: SET_UP, minimumDays: 0, maximumDays: 99_999, warningDays: 7 },
})

type SystemRow = readonly [
  name: string,
  uid: number,
  gid: number,
  home: string,
  shell?: string | undefined,
  gecos?: string,
]

const DEBIAN_ACCOUNTS: readonly SystemRow[] = [
  ['daemon', 1, 1, '/usr/sbin'],
  ['bin', 2, 2, '/bin'],
  ['sys', 3, 3, '/dev'],
  ['sync', 4, 65_534, '/bin', '/bin/sync'],
  ['games', 5, 60, '/usr/games'],
  ['man', 6, 12, '/var/cache/man'],
  ['lp', 7, 7, '/var/spool/lpd'],
  ['mail', 8, 8, '/var/mail'],
  ['news', 9, 9, '/var/spool/news'],
  ['uucp', 10, 10, '/var/spool/uucp'],
  ['proxy', 13, 13, '/bin'],
  ['www-data', 33, 33, '/var/www'],
  ['backup', 34, 34, '/var/backups'],
  ['list', 38, 38, '/var/list', undefined, 'Mailing List Manager'],
  ['irc', 39, 39, '/run/ircd', undefined, 'ircd'],
  ['_apt', 42, 65_534, '/nonexistent', undefined, ''],
  ['nobody', 65_534, 65_534, '/nonexistent'],
  ['sshd', 100, 65_534, '/run/sshd', undefined, ''],
]

const BUSYBOX_ACCOUNTS: readonly SystemRow[] = [
  ['daemon', 1, 1, '/usr/sbin', '/bin/false'],
  ['nobody', 65_534, 65_534, '/nonexistent', '/bin/false'],
]

const DEBIAN_GROUPS: readonly (readonly [name: string, gid: number])[] = [
  ['root', 0],
  ['daemon', 1],
  ['bin', 2],
  ['sys', 3],
  ['adm', 4],
  ['tty', 5],
  ['disk', 6],
  ['lp', 7],
  ['mail', 8],
  ['news', 9],
  ['uucp', 10],
  ['man', 12],
  ['proxy', 13],
  ['kmem', 15],
  ['dialout', 20],
  ['fax', 21],
  ['voice', 22],
  ['cdrom', 24],
  ['floppy', 25],
  ['tape', 26],
  ['sudo', 27],
  ['audio', 29],
  ['dip', 30],
  ['www-data', 33],
  ['backup', 34],
  ['operator', 37],
  ['list', 38],
  ['irc', 39],
  ['src', 40],
  ['shadow', 42],
  ['utmp', 43],
  ['video', 44],
  ['sasl', 45],
  ['plugdev', 46],
  ['staff', 50],
  ['games', 60],
  ['users', 100],
  ['nogroup', 65_534],
  ['crontab', 101],
  ['_ssh', 102],
]

const BUSYBOX_GROUPS: readonly (readonly [name: string, gid: number])[] = [
  ['root', 0],
  ['daemon', 1],
  ['adm', 4],
  ['wheel', 10],
  ['nogroup', 65_534],
]
