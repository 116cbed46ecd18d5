/** A service of an inetd: which account runs what for whoever connects. */
export interface InetdService {
  readonly name: string
  readonly account: string
  /** Absent for what inetd answers itself. */
  readonly program?: string
  /** As `tcp 0.0.0.0:21`, or `tcp ftp` where only the name of the port is given. */
  readonly listens: string
  readonly enabled: boolean
  readonly variables: readonly string[]
  readonly line: number
}

/** Reads inetd.conf(5): service, type, protocol, wait, account, program, and arguments that are never told. */
export const parseInetd = (text: string): { services: readonly InetdService[]; refused: readonly number[] } => {
  const services: InetdService[] = []
  const refused: number[] = []
  for (const [index, whole] of text.split('\n').entries()) {
    const line = whole.trim()
    if (line === '' || line.startsWith('#') || services.length >= MOST) continue
    const [name = '', , protocol = '', , user, server, first, second] = line.split(/\s+/, 8)
    if (user === undefined || server === undefined) {
      // `address:` alone holds for the lines after it.
      if (!/^\S+:$/.test(line) && refused.length < MOST) refused.push(index + 1)
      continue
    }
    if (server === 'internal') continue
    // A wrapper that checks who calls: the service itself is its argument.
    const wrapped = /(?:^|\/)tcpd$/.test(server) ? [first, second].find((one) => one?.startsWith('/')) : undefined
    const colon = name.lastIndexOf(':')
    const port = colon === -1 ? name : `${name.slice(0, colon)}:${name.slice(colon + 1)}`
    services.push({
      name: colon === -1 ? name : name.slice(colon + 1),
      account: user.replace(/[.:/].*$/s, ''),
      program: wrapped ?? server,
      listens:
        protocol === 'unix' ? `unix ${name}` : `${protocol.replace(/[,/].*$/s, '').replace(/[46]+$/, '')} ${port}`,
      enabled: true,
      variables: [],
      line: index + 1,
    })
  }
  return { services, refused }
}

const MOST = 1000

/** Reads the services of a file of xinetd.conf(5). `off`: names that the defaults switch off. */
export const parseXinetd = (text: string): { services: readonly InetdService[]; off: readonly string[] } => {
  const services: InetdService[] = []
  const off: string[] = []
  let block: { name: string; line: number; attributes: Map<string, string[]>; userLine?: number } | undefined
  for (const [index, whole] of text.split('\n').entries()) {
    const line = whole.trim()
    if (line === '' || line.startsWith('#') || services.length >= MOST) continue
    const opened = /^(?:service[ \t]+([^\s{]+)|(defaults))[ \t]*\{?$/.exec(line)
    if (opened !== null) block = { name: opened[1] ?? '', line: index + 1, attributes: new Map() }
    else if (line.startsWith('}')) {
      if (block?.name === '') off.push(...(block.attributes.get('disabled') ?? []))
      else if (block !== undefined) services.push(...xinetdService(block))
      block = undefined
    } else if (block !== undefined) {
      const [, key = '', sign = '', value = ''] = /^([A-Za-z_]+)[ \t]*([+-]?=)[ \t]*(.*)$/.exec(line) ?? []
      const words = value.split(/\s+/).filter((word) => word !== '')
      if (key === 'user') block.userLine = index + 1
      block.attributes.set(key, sign === '+=' ? [...(block.attributes.get(key) ?? []), ...words].slice(0, 100) : words)
    }
  }
  return { services, off }
}

const xinetdService = ({
  name,
  line,
  attributes,
  userLine,
}: {
  name: string
  line: number
  attributes: ReadonlyMap<string, readonly string[]>
  userLine?: number
}): InetdService[] => {
  const one = (key: string) => attributes.get(key)?.[0]
  const server = one('server')
  if (server === undefined || attributes.get('type')?.includes('INTERNAL') === true) return []
  const protocol = one('protocol') ?? (one('socket_type') === 'dgram' ? 'udp' : 'tcp')
  const port = one('port')
  const address = one('bind') ?? one('interface')
  const variables = (attributes.get('env') ?? []).flatMap((word) => /^([A-Za-z_]\w*)=/.exec(word)?.[1] ?? [])
  return [
    {
      name: one('id') ?? name,
      account: one('user') ?? 'root',
      program: server,
      listens: `${protocol} ${port === undefined ? name : `${address ?? '*'}:${port}`}`,
      enabled: one('disable') !== 'yes',
      variables: [...variables, ...(attributes.get('passenv') ?? []).filter((word) => /^[A-Za-z_]\w*$/.test(word))],
      line: userLine ?? line,
    },
  ]
}
