/** A socket that waits for others, with who holds it, so far as that is told. */
export interface ListeningSocket {
  /** As a finding tells it: `tcp 0.0.0.0:443`, `udp [::]:123`, `unix /run/x.sock`. */
  readonly address: string
  /** Whether it is reached from other machines or by the network of this one. */
  readonly network: boolean
  readonly pids: readonly number[]
}

/** What ss(8) of iproute2 prints: all sockets that listen, with the processes that hold them as far as it may see those. */
export const SS = ['ss', '-H', '-n', '-l', '-t', '-u', '-x', '-p'] as const satisfies readonly [string, ...string[]]

/** The same from procfs where there is no ss, in lines of listening sockets only. */
export const PROC_NET = {
  tcp: { paths: ['/proc/net/tcp', '/proc/net/tcp6'], matching: [' 0A '] },
  udp: { paths: ['/proc/net/udp', '/proc/net/udp6'], matching: [' 07 '] },
  unix: { paths: ['/proc/net/unix'], matching: [' 00010000 '] },
} as const

/** Reads what `SS` prints. */
export const parseSs = (text: string): readonly ListeningSocket[] => {
  const sockets: ListeningSocket[] = []
  for (const line of text.split('\n')) {
    const found = /^(tcp|udp|u_str|u_seq) +(?:LISTEN|UNCONN) +\d+ +\d+ +(.*)$/.exec(line)
    if (found === null) continue
    const [, type = '', rest = ''] = found
    const users = rest.indexOf(' users:((')
    const where = users === -1 ? rest.trimEnd() : rest.slice(0, users).trimEnd()
    const pids = users === -1 ? [] : pidsOf(rest.slice(users))
    const socket =
      type === 'tcp' || type === 'udp' ? networkSocket(type, where.split(/ +/)[0]!, pids) : unixSocket(where, pids)
    if (socket !== undefined) sockets.push(socket)
  }
  return sockets
}

const pidsOf = (users: string) => [
  ...new Set(Array.from(users.matchAll(/,pid=(\d{1,10}),/g), ([, pid]) => Number(pid))),
]

/**
 * The lowest port that Linux hands out by itself. A UDP socket above it is one that asks, not one that answers, and has another port
 * each time.
 */
const FIRST_CHOSEN_PORT = 32_768

const networkSocket = (type: 'tcp' | 'udp', where: string, pids: readonly number[]): ListeningSocket | undefined => {
  const port = Number(where.slice(where.lastIndexOf(':') + 1))
  if (!Number.isInteger(port) || (type === 'udp' && port >= FIRST_CHOSEN_PORT)) return undefined
  return { address: `${type} ${where}`.slice(0, 256), network: true, pids }
}

/** Sockets without a file are left out: their names often differ each time, and no file mode guards them. */
const unixSocket = (where: string, pids: readonly number[]): ListeningSocket | undefined => {
  // Its path may hold spaces; what follows it is its inode, and no peer.
  const [local, inode] = lastWord(where.slice(0, Math.max(0, where.lastIndexOf(' * '))).trimEnd())
  return local.startsWith('/') && /^\d+$/.test(inode)
    ? { address: `unix ${local}`.slice(0, 256), network: false, pids }
    : undefined
}

const lastWord = (text: string) => {
  const at = text.lastIndexOf(' ')
  return [text.slice(0, Math.max(0, at)).trimEnd(), text.slice(at + 1)] as const
}

/** Reads a file of /proc/net; `holders` says which processes hold the socket of an inode. */
export const parseProcNet = (
  text: string,
  type: keyof typeof PROC_NET,
  holders: ReadonlyMap<string, readonly number[]>,
): readonly ListeningSocket[] =>
  text.split('\n').flatMap((line) => {
    const socket = type === 'unix' ? unixLine(line, holders) : networkLine(line, type, holders)
    return socket === undefined ? [] : [socket]
  })

const unixLine = (line: string, holders: ReadonlyMap<string, readonly number[]>): ListeningSocket | undefined => {
  const found = /^[0-9A-Fa-f]+: [0-9A-F]+ [0-9A-F]+ 00010000 [0-9A-F]+ 01 +(\d+) (\/.*)$/.exec(line)
  return found === null
    ? undefined
    : { address: `unix ${found[2]}`.slice(0, 256), network: false, pids: holders.get(found[1]!) ?? [] }
}

const networkLine = (
  line: string,
  type: 'tcp' | 'udp',
  holders: ReadonlyMap<string, readonly number[]>,
): ListeningSocket | undefined => {
  const words = line.trim().split(/ +/)
  const [, local = '', , state, , , , , , inode = ''] = words
  if (state !== (type === 'tcp' ? '0A' : '07')) return undefined
  const [address = '', port = ''] = local.split(':')
  const host = address.length === 8 ? dotted(address) : address.length === 32 ? colons(address) : undefined
  return host === undefined || !/^[0-9A-F]{4}$/.test(port)
    ? undefined
    : networkSocket(type, `${host}:${Number.parseInt(port, 16)}`, holders.get(inode) ?? [])
}

/** procfs prints each 32-bit word in the order of the processor, which here is nearly always little-endian. */
const bytesOf = (hex: string) =>
  Array.from({ length: hex.length / 2 }, (_, at) => {
    const word = at - (at % 4)
    const from = (word + 3 - (at % 4)) * 2
    return Number.parseInt(hex.slice(from, from + 2), 16)
  })

const dotted = (hex: string) => bytesOf(hex).join('.')

/** RFC 5952, with the longest run of zeros left out. */
const colons = (hex: string) => {
  const bytes = bytesOf(hex)
  const groups = Array.from({ length: 8 }, (_, at) => ((bytes[at * 2]! << 8) | bytes[at * 2 + 1]!).toString(16))
  if (groups.slice(0, 5).every((group) => group === '0') && groups[5] === 'ffff')
    return `[::ffff:${bytes.slice(12).join('.')}]`
  const zeros = [...` ${groups.join(' ')} `.matchAll(/(?: 0(?= ))+/g)].toSorted((a, b) => b[0].length - a[0].length)[0]
  if (zeros === undefined || zeros[0].length < 4) return `[${groups.join(':')}]`
  const at = zeros[0].length / 2
  const before = ` ${groups.join(' ')} `
    .slice(0, zeros.index)
    .trim()
    .split(' ')
    .filter((part) => part !== '')
  return `[${before.join(':')}::${groups.slice(before.length + at).join(':')}]`
}
