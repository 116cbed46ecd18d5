import { crypted } from './crypt.ts'
import type { AgingDescription, HostDescription, LastLogin, PasswordDescription } from './description.ts'

/** One of the files that accounts and groups are written in. */
export interface AccountFile {
  readonly path: string
  readonly content: Uint8Array
  readonly mode: number
  readonly group: number
}

const SHADOW = 42

/** passwd(5), shadow(5), group(5) and, where the base has it, gshadow(5) of a description, one line for each in its order. */
export const accountFiles = async (host: HostDescription): Promise<AccountFile[]> => {
  const shadowGroup = host.base === 'debian' ? SHADOW : 0
  const shadowMode = host.base === 'debian' ? 0o640 : 0o600
  const passwd = host.accounts.map(({ name, uid, gid, gecos = '', home, shell }) => [
    name,
    'x',
    uid,
    gid,
    gecos,
    home,
    shell,
  ])
  const shadow = host.accounts.map(async ({ name, password, aging }) => [
    name,
    await field(password, `${host.name} ${name}`),
    ...agingFields(aging ?? {}),
  ])
  const group = host.groups.map(({ name, gid, members = [] }) => [name, 'x', gid, members.join(',')])
  const gshadow = host.groups.map(async ({ name, members = [], administrators = [], password = NONE }) => [
    name,
    await field(password, `${host.name} group ${name}`),
    administrators.join(','),
    members.join(','),
  ])
  return [
    { path: '/etc/passwd', content: lines(passwd), mode: 0o644, group: 0 },
    { path: '/etc/shadow', content: lines(await Promise.all(shadow)), mode: shadowMode, group: shadowGroup },
    { path: '/etc/group', content: lines(group), mode: 0o644, group: 0 },
    ...(host.base === 'debian'
      ? [{ path: '/etc/gshadow', content: lines(await Promise.all(gshadow)), mode: shadowMode, group: shadowGroup }]
      : []),
  ]
}

const NONE: PasswordDescription = { state: 'none', field: '!' }

const lines = (rows: readonly (readonly (string | number | Uint8Array)[])[]) =>
  Buffer.concat(
    rows.flatMap((row) => [
      ...row.flatMap((value, index) => [...(index === 0 ? [] : [Buffer.from(':')]), bytes(value)]),
      Buffer.from('\n'),
    ]),
  )

const bytes = (value: string | number | Uint8Array) =>
  value instanceof Uint8Array ? value : Buffer.from(String(value))

const field = async (password: PasswordDescription, salt: string): Promise<string> => {
  if (password.state === 'empty') return ''
  if (password.state === 'none') return password.field
  const hash = await crypted(password.scheme, password.password, salt)
  return password.state === 'locked' ? `!${hash}` : hash
}

const agingFields = ({
  changed,
  minimumDays,
  maximumDays,
  warningDays,
  inactiveDays,
  accountExpires,
}: AgingDescription) => [
  changed === 'must-change' ? 0 : dayNumber(changed),
  minimumDays ?? '',
  maximumDays ?? '',
  warningDays ?? '',
  inactiveDays ?? '',
  dayNumber(accountExpires),
  '',
]

const dayNumber = (date: string | undefined) => (date === undefined ? '' : Date.parse(`${date}T00:00:00Z`) / 86_400_000)

type Pieces = readonly (readonly [offset: number, bytes: Uint8Array])[]

/** lastlog(8) and wtmp(5) of a description. */
export const loginRecords = (host: HostDescription): Record<string, { mode: number; content: Pieces }> => {
  const logins = host.accounts
    .flatMap(({ name, uid, lastLogin }) =>
      lastLogin === undefined || lastLogin === 'never' ? [] : [{ name, uid, login: lastLogin }],
    )
    .sort((a, b) => a.login.at.localeCompare(b.login.at))
  return {
    '/var/log/lastlog': {
      mode: 0o664,
      content: logins.map(({ uid, login }) => [uid * LASTLOG_BYTES, lastlogRecord(login)] as const),
    },
    '/var/log/wtmp': {
      mode: 0o664,
      content: logins.flatMap(({ name, login }, index) =>
        [USER_PROCESS, DEAD_PROCESS].map(
          (type, step) => [(index * 2 + step) * UTMP_BYTES, utmpRecord(type, name, login, index)] as const,
        ),
      ),
    },
  }
}

// glibc's struct lastlog and struct utmp: 32-bit times on every Linux of today.
const LASTLOG_BYTES = 292
const UTMP_BYTES = 384
const USER_PROCESS = 7
const DEAD_PROCESS = 8

const seconds = ({ at }: LastLogin) => Date.parse(at) / 1000

const lastlogRecord = (login: LastLogin) => {
  const record = Buffer.alloc(LASTLOG_BYTES)
  record.writeInt32LE(seconds(login), 0)
  record.write(login.line, 4, 32, 'latin1')
  record.write(login.from, 36, 256, 'latin1')
  return record
}

const utmpRecord = (type: number, user: string, login: LastLogin, index: number) => {
  const record = Buffer.alloc(UTMP_BYTES)
  const ended = type === DEAD_PROCESS
  record.writeInt16LE(type, 0)
  record.writeInt32LE(2000 + index, 4)
  record.write(login.line, 8, 32, 'latin1')
  record.write(login.line.replace('pts/', 'ts/'), 40, 4, 'latin1')
  record.write(ended ? '' : user, 44, 32, 'latin1')
  record.write(ended ? '' : login.from, 76, 256, 'latin1')
  record.writeInt32LE(seconds(login) + (ended ? 3600 : 0), 340)
  return record
}
