/** One process, as ps(1) lists it. Its arguments are never asked for: they may hold secrets. */
export interface ListedProcess {
  readonly pid: number
  readonly parent: number
  /** The account it acts as, and the one that started it; a number where it has no name. */
  readonly account: string
  readonly realAccount: string
  /** The same by number, where ps tells. */
  readonly uid?: number
  readonly realUid?: number
  /** Whether a terminal controls it. */
  readonly terminal: boolean
  /** For how long it has run, where ps tells. */
  readonly seconds?: number
  /** The name of the program, at most 15 characters on Linux. */
  readonly name: string
  readonly group?: ControlGroup
}

/** What a Linux control group says about a process in it. */
export interface ControlGroup {
  /** The systemd unit, such as `nginx.service`. */
  readonly unit?: string
  /** The first 12 digits of the container's id, or its name. */
  readonly container?: string
  /** Whether it belongs to somebody who is logged in. */
  readonly session: boolean
}

/** How procps-ng prints what we want. The user is wide enough that it stays a name. */
export const PROCPS = [
  'ps',
  '-ww',
  '-e',
  ...['pid=', 'ppid=', 'ruid=', 'uid=', 'tty=', 'etime=', 'user:64=', 'comm=', 'cgroup='].flatMap((c) => ['-o', c]),
] as const satisfies readonly [string, ...string[]]

/** The same as POSIX has it, for other systems, and what is left of it in small builds of BusyBox. */
export const POSIX_PS = [
  'ps',
  '-A',
  ...['pid=', 'ppid=', 'ruser=', 'user=', 'tty=', 'etime=', 'comm='].flatMap((c) => ['-o', c]),
] as const satisfies readonly [string, ...string[]]
export const BUSYBOX_PS = [
  'ps',
  ...['pid=', 'ppid=', 'ruser=', 'user=', 'tty=', 'comm='].flatMap((c) => ['-o', c]),
] as const satisfies readonly [string, ...string[]]

/** Reads what one of the three command lines prints. Lines that do not fit are left out and counted. */
export const parseProcesses = (
  text: string,
  form: 'procps' | 'posix' | 'busybox',
): { readonly processes: readonly ListedProcess[]; readonly unread: number } => {
  const processes: ListedProcess[] = []
  let unread = 0
  for (const line of text.split('\n')) {
    if (line.trim() === '') continue
    const found = readers[form](line)
    if (found === undefined) unread++
    else processes.push(found)
  }
  return { processes, unread }
}

const readers = {
  procps(line: string): ListedProcess | undefined {
    const found = /^ *(\d{1,10}) +(\d{1,10}) +(\d{1,10}) +(\d{1,10}) +(\S+) +(\S+) +(\S{1,256}) +(\S.*)$/.exec(line)
    if (found === null) return undefined
    const [, pid, parent, realUid, uid, terminal, elapsed, account, rest] = found
    const { name, group } = nameAndGroup(rest!)
    return {
      pid: Number(pid),
      parent: Number(parent),
      account: account!,
      // Only where they differ is the name of the other one worth a look-up.
      realAccount: realUid === uid ? account! : realUid!,
      uid: Number(uid),
      realUid: Number(realUid),
      ...terminalAndAge(terminal!, elapsed!),
      name,
      ...(group === undefined ? {} : { group }),
    }
  },
  posix(line: string): ListedProcess | undefined {
    const found = /^ *(\d{1,10}) +(\d{1,10}) +(\S{1,256}) +(\S{1,256}) +(\S+) +(\S+) +(\S.*)$/.exec(line)
    if (found === null) return undefined
    const [, pid, parent, realAccount, account, terminal, elapsed, name] = found
    return {
      pid: Number(pid),
      parent: Number(parent),
      account: account!,
      realAccount: realAccount!,
      ...terminalAndAge(terminal!, elapsed!),
      name: programName(name!),
    }
  },
  busybox(line: string): ListedProcess | undefined {
    const found = /^ *(\d{1,10}) +(\d{1,10}) +(\S{1,256}) +(\S{1,256}) +(\S+) +(\S.*)$/.exec(line)
    if (found === null) return undefined
    const [, pid, parent, realAccount, account, terminal, name] = found
    return {
      pid: Number(pid),
      parent: Number(parent),
      account: account!,
      realAccount: realAccount!,
      terminal: hasTerminal(terminal!),
      name: programName(name!),
    }
  },
}

const terminalAndAge = (terminal: string, elapsed: string) => {
  const seconds = secondsOf(elapsed)
  return { terminal: hasTerminal(terminal), ...(seconds === undefined ? {} : { seconds }) }
}

/** AIX, the BSDs and Solaris print `-`, `??` or `?` where there is none. */
const hasTerminal = (column: string) => !/^[-?]+$/.test(column)

/** `[[dd-]hh:]mm:ss`. */
const secondsOf = (elapsed: string): number | undefined => {
  const found = /^(?:(?:(\d{1,6})-)?(\d{1,2}):)?(\d{1,2}):(\d{1,2})$/.exec(elapsed)
  if (found === null) return undefined
  const [days, hours, minutes, seconds] = found.slice(1).map((part) => Number(part ?? 0))
  return days! * 86_400 + hours! * 3600 + minutes! * 60 + seconds!
}

/** Other systems print the whole path, some of them with what is not part of it. */
const programName = (column: string) => column.trim().slice(0, 256)

/** The name may hold spaces; the control group begins with a slash, with a number and a colon, or is `-`. */
const nameAndGroup = (text: string): { name: string; group?: ControlGroup } => {
  const at = text.search(/ (?:-$|\/|\d+:)/)
  if (at === -1) return { name: programName(text) }
  const name = programName(text.slice(0, at))
  const column = text.slice(at + 1)
  return column === '-' ? { name } : { name, group: controlGroup(column) }
}

const CONTAINER_ID = /(?:^|[/:.-])([0-9a-f]{64})(?:\.scope)?(?:\/|$)/
const CONTAINER_NAME = /\/(?:lxc\.payload[./]|lxc\/|machine\.slice\/machine-)([\w.\\-]{1,128}?)(?:\.scope)?(?:\/|$)/

/** Reads a path of version 2, or the list of version 1, of which systemd's own hierarchy says most. */
export const controlGroup = (column: string): ControlGroup => {
  const path = pathOf(column)
  // Most paths are too short for the one and have nothing of the other.
  const container =
    (path.length >= 64 ? CONTAINER_ID.exec(path)?.[1]?.slice(0, 12) : undefined) ??
    (path.includes('lxc') || path.includes('machine') ? CONTAINER_NAME.exec(path)?.[1] : undefined)
  const unit = path.includes('.service') ? path.split('/').findLast((part) => part.endsWith('.service')) : undefined
  return {
    ...(unit === undefined ? {} : { unit: unit.slice(0, 256) }),
    ...(container === undefined ? {} : { container }),
    session: /\/user\.slice\/|\/session-\w+\.scope/.test(path),
  }
}

const pathOf = (column: string) => {
  if (column.startsWith('/')) return column
  const parts = column.split(',').map((part) => /^\d+:([^:]*):(.*)$/.exec(part) ?? ['', '', part])
  const [, , path] = parts.find(([, name]) => name === 'name=systemd') ?? longest(parts)
  return path!
}

const longest = (parts: readonly (readonly string[])[]) =>
  parts.reduce((best, part) => (part[2]!.length > best[2]!.length ? part : best))
