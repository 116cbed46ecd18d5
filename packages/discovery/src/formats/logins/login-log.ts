/** A login that an SSH server let in, as it logged it. */
export interface LoggedLogin {
  readonly account: string
  /** Milliseconds since 1970. */
  readonly at: number
  readonly from: string
  /** Fingerprints of the keys it took: that of the key, and that of the authority which signed it. None for other ways in. */
  readonly keys: readonly string[]
}

/** What was logged on one line. */
interface LoggedLine {
  readonly stamp: Stamp
  readonly host?: string
  readonly message: string
}

/** When a line was written. Traditional syslog leaves out the year and the time zone. */
type Stamp =
  | { readonly kind: 'instant'; readonly at: number }
  | { readonly kind: 'local'; readonly month: number; readonly day: number; readonly seconds: number }

export interface LoginLog {
  /** Of each account and its keys the latest. */
  readonly logins: readonly LoggedLogin[]
  /** When the first line that was understood was written; milliseconds since 1970. */
  readonly since?: number
  /** Lines that another host wrote: a log may be a collection. */
  readonly foreign: number
}

export interface LogFacts {
  /** The host's own name: what others logged here is theirs. Unknown: all lines count. */
  readonly hostname?: string | undefined
  /** No line is younger: when the file last changed, or when the scan began. Milliseconds since 1970. */
  readonly until: number
  /** Minutes that the host's clock is ahead of UTC now; lines without a zone are read with it, whatever held when they were written. */
  readonly offset: number
}

/** Where syslog writes of logins: Debian, Solaris, the RHEL family, then SUSE and Alpine; each has rotated ones beside it. */
export const LOGIN_LOGS = ['/var/log/auth.log', '/var/log/authlog', '/var/log/secure', '/var/log/messages'] as const

/** A rotated log goes by the name of the one it was: a use stays the same finding when its line moves on. */
export const plainLogOf = (path: string): string =>
  LOGIN_LOGS.find((log) => path.startsWith(log)) ?? path.slice(0, 4096)

/** What `date +%z` says, such as `+0130`, in minutes; 0 where it says nothing. */
export const minutesOf = (text: string): number => {
  const [, sign, hours, minutes] = /^([+-])(\d\d)(\d\d)\s*$/.exec(text) ?? []
  return (Number(hours ?? 0) * 60 + Number(minutes ?? 0)) * (sign === '-' ? -1 : 1)
}

/**
 * Which lines to read. `ssh`: what sshd and dropbear say when they let somebody in. `sessions`: what the services through which people
 * come in say by pam_unix when they open a session, and login(1) of BusyBox; cron, su and sudo open sessions too, which are no logins.
 */
export type LoginLines = 'ssh' | 'sessions'

/** What every such line has, as a host may look for it. */
export const LOGIN_WORDS: Readonly<Record<LoginLines, readonly string[]>> = {
  // The servers log their process id, and their message begins with these words.
  ssh: [']: Accepted ', 'info] Accepted ', 'uth succeeded '],
  sessions: [':session): session opened for user ', ']: root login on '],
}

/**
 * Reads the lines that tell of a login, from a log of syslog or from `journalctl -o short-unix`.
 *
 * Whoever tries to log in chooses what else is in such logs, so a line only counts where the server's tag and words stand at their
 * place from its beginning. What a local account may write with logger(1) under the server's tag cannot be told from the truth here;
 * the journal's own fields can, and are asked for there.
 */
export const parseLoginLog = (
  text: string,
  { hostname, until, offset }: LogFacts,
  lines: LoginLines = 'ssh',
): LoginLog => {
  const { heads, read } = READINGS[lines]
  const latest = new Map<string, LoggedLogin>()
  const isOwn = sameHost(hostname)
  let foreign = 0
  let [bound, oldest] = [until, Infinity]
  // From the end: there the year is known, and it goes down wherever the dates would go up.
  for (let end = text.length; end > 0;) {
    const start = text.lastIndexOf('\n', end - 1) + 1
    const raw = end - start > LONGEST_LINE ? undefined : text.slice(start, end)
    end = start - 1
    const line = raw === undefined ? undefined : loggedLine(raw, heads)
    if (line === undefined) continue
    const time = timeOf(line.stamp, bound, offset)
    if (time === undefined || time > until + SLACK) continue
    bound = Math.min(bound, time)
    if (!isOwn(line.host)) {
      foreign++
      continue
    }
    oldest = Math.min(oldest, time)
    const login = read(line.message)
    if (login === undefined) continue
    const at = Math.min(time, until)
    const whose = `${login.keys.join(' ')} ${login.account}`
    if (at > (latest.get(whose)?.at ?? -1)) latest.set(whose, { ...login, at })
  }
  const since = oldest === Infinity ? {} : { since: Math.min(oldest, until) }
  return { logins: [...latest.values()], foreign, ...since }
}

const LONGEST_LINE = 4096

/** A clock may be off, and so may an offset that was guessed across a change of summer time. */
const SLACK = 2 * 3_600_000

/** Whether a line is the host's own: by the first label of its name, and where no name is known or written. */
const sameHost = (hostname: string | undefined) => {
  const own = hostname === undefined || hostname === '' ? undefined : firstLabel(hostname)
  const known = new Map<string | undefined, boolean>()
  return (host: string | undefined): boolean => {
    const before = known.get(host)
    if (before !== undefined) return before
    const is = own === undefined || host === undefined || firstLabel(host) === own
    if (known.size < MOST_HOSTS) known.set(host, is)
    return is
  }
}

const MOST_HOSTS = 1000

const firstLabel = (name: string) => name.toLowerCase().replace(/\..*$/s, '')

/**
 * The three ways to begin a line: `2026-11-22T06:44:29.123456+01:00 host`, `Nov 22 06:44:29 host` and `1795329869.123456 host`. BusyBox
 * adds facility and priority, and leaves the host out when told to be brief; Solaris puts a number in front of the message.
 */
const head = (tags: string) =>
  new RegExp(
    String.raw`^(?:(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:?\d\d))|([A-Z][a-z]{2}) {1,2}(\d{1,2}) (\d\d):(\d\d):(\d\d)|(\d{9,11})(?:\.\d{1,9})?) (?:([^\s:[\]]{1,255}) )?(?:[a-z0-9]{2,12}\.[a-z]{3,8} )?(?:${tags})\[\d{1,10}\]: (?:\[ID \d{1,10} [a-z0-9]{2,12}\.[a-z]{3,8}\] )?`,
  )

const instant = (written: string) => {
  const at = Date.parse(written)
  // Some write a blank for the T, and no colon into the zone.
  return Number.isNaN(at) ? Date.parse(written.replace(' ', 'T').replace(/([+-]\d\d)(\d\d)$/, '$1:$2')) : at
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

const loggedLine = (raw: string, heads: RegExp): LoggedLine | undefined => {
  const head = heads.exec(raw)
  if (head === null) return undefined
  const [whole, written, month = '', day, hours, minutes, seconds, epoch, host] = head
  const message = raw.slice(whole.length)
  const rest = {
    message,
    ...(host === undefined || /^[a-z0-9]{2,12}\.(?:info|notice|debug|warning)$/.test(host) ? {} : { host }),
  }
  if (epoch !== undefined) return { stamp: { kind: 'instant', at: Number(epoch) * 1000 }, ...rest }
  if (written !== undefined) {
    const at = instant(written)
    return Number.isNaN(at) ? undefined : { stamp: { kind: 'instant', at }, ...rest }
  }
  const monthIndex = MONTHS.indexOf(month)
  if (monthIndex < 0) return undefined
  const time = Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)
  return { stamp: { kind: 'local', month: monthIndex, day: Number(day), seconds: time }, ...rest }
}

/** A line without a year is of the latest year in which it is not younger than what follows it. */
const timeOf = (stamp: Stamp, bound: number, offset: number): number | undefined => {
  if (stamp.kind === 'instant') return stamp.at >= 0 && stamp.at <= LAST_INSTANT ? stamp.at : undefined
  const last = new Date(bound + SLACK + offset * 60_000).getUTCFullYear()
  // A 29 February may be eight years back.
  for (let year = last; year >= last - 8 && year >= 1970; year--) {
    const day = Date.UTC(year, stamp.month, stamp.day)
    if (new Date(day).getUTCMonth() !== stamp.month) continue
    const time = day + stamp.seconds * 1000 - offset * 60_000
    if (time <= bound + SLACK) return time
  }
  return undefined
}

const LAST_INSTANT = 253_402_300_799_000

/** The account is one that exists, so the server vouches for what stands before ` from `; what follows a key may be anybody's words. */
const ACCEPTED = /^Accepted [\w/-]{1,64} for (.{1,256}?) from (\S{1,256}) port \d{1,5}(?: ssh2?)?(?:: (.*))?$/
const DROPBEAR =
  /^(?:Pubkey auth succeeded for '(.{1,256}?)' with (?:\S{1,64} )?key (\S{1,128}) from (\S{1,256})|(?:PAM p|P)assword auth succeeded for '(.{1,256}?)' from (\S{1,256})|Auth succeeded with blank password for '(.{1,256}?)' from (\S{1,256}))$/i

const sshLogin = (message: string): Omit<LoggedLogin, 'at'> | undefined => {
  const accepted = ACCEPTED.exec(message.trimEnd())
  if (accepted !== null) return { account: accepted[1]!, from: accepted[2]!, keys: keysOf(accepted[3] ?? '') }
  const dropbear = DROPBEAR.exec(message.trimEnd())
  if (dropbear === null) return undefined
  const account = dropbear[1] ?? dropbear[4] ?? dropbear[6] ?? ''
  const from = (dropbear[3] ?? dropbear[5] ?? dropbear[7] ?? '').replace(/:\d{1,5}$/, '')
  return { account, from, keys: fingerprints(dropbear[2]) }
}

/**
 * `ED25519 SHA256:…`, and of a certificate `ED25519-CERT SHA256:… ID words (serial 7) CA RSA SHA256:…`. The words are whatever its
 * authority was asked to write, so only what stands at either end counts.
 */
const keysOf = (information: string): readonly string[] => {
  const [type = '', fingerprint] = information.split(' ', 2)
  const own = fingerprints(fingerprint)
  if (!type.endsWith('-CERT')) return own
  const authority = / \(serial \d{1,20}\) CA \S{1,64} (\S{1,128})$/.exec(information)
  return [...own, ...fingerprints(authority?.[1])]
}

const fingerprints = (text: string | undefined): readonly string[] => {
  if (text === undefined) return []
  if (/^SHA256:[A-Za-z0-9+/]{43}$/.test(text) || /^MD5:(?:[0-9a-f]{2}:){15}[0-9a-f]{2}$/.test(text)) return [text]
  // As OpenSSH wrote it before version 6.8.
  return /^(?:[0-9a-f]{2}:){15}[0-9a-f]{2}$/.test(text) ? [`MD5:${text}`] : []
}

const SESSION =
  /^pam_unix\((?:sshd|login|remote|gdm[a-z-]{0,20}|lightdm|sddm|xdm|kde|cockpit):session\): session opened for user (.{1,256}?)(?:\(uid=\d{1,10}\))? by /
const BUSYBOX = /^root login on '([^']{1,64})'(?: from '([^']{1,256})')?$/

const session = (message: string): Omit<LoggedLogin, 'at'> | undefined => {
  const [, account] = SESSION.exec(message) ?? []
  if (account !== undefined) return { account, from: '', keys: [] }
  const [, terminal, from] = BUSYBOX.exec(message.trimEnd()) ?? []
  return terminal === undefined ? undefined : { account: 'root', from: from ?? terminal, keys: [] }
}

const READINGS = {
  ssh: { heads: head('sshd|sshd-session|dropbear'), read: sshLogin },
  // The greeters of gdm put a bracket after their names.
  sessions: {
    heads: head(String.raw`sshd|sshd-session|login|gdm[a-z-]{0,20}\]?|lightdm|sddm|xdm|cockpit-session`),
    read: session,
  },
} as const
