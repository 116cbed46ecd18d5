/** One line of a known_hosts file (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT). */
export interface KnownHostsLine {
  readonly marker: 'revoked' | 'cert-authority' | undefined
  /** Names, patterns or a hashed name, as the line has them. */
  readonly hosts: string
  readonly algorithm: string
  /** The key in base64. */
  readonly blob: string
}

const MAX_LINE = 64 * 1024

/** Whether a line names nothing: it is empty, or a comment. */
export const isBlankLine = (line: string): boolean => /^\s*(#|$)/.test(line)

/** Reads one line. Undefined for what does not follow the format, or names another type than its key has. */
export const readKnownHostsLine = (line: string): KnownHostsLine | undefined => {
  if (line.length > MAX_LINE) return undefined
  const fields = line.trim().split(/[ \t]+/)
  const marker = /^@(revoked|cert-authority)$/.exec(fields[0]!)?.[1] as KnownHostsLine['marker']
  if (marker === undefined && fields[0]!.startsWith('@')) return undefined
  const [hosts, algorithm, blob] = marker === undefined ? fields : fields.slice(1)
  if (hosts === undefined || algorithm === undefined || blob === undefined) return undefined
  if (hosts.startsWith('|') && !isHashedName(hosts)) return undefined
  return keyType(blob) === algorithm ? { marker, hosts, algorithm, blob } : undefined
}

/** `|1|salt|hash`: HMAC-SHA1 of the name with the salt as its key, 20 bytes each. */
const isHashedName = (hosts: string): boolean => /^\|1\|[A-Za-z0-9+/]{27}=\|[A-Za-z0-9+/]{27}=$/.test(hosts)

/** The type that a key in base64 names at its beginning (RFC 4253, 6.6); undefined where it is none. */
const keyType = (blob: string): string | undefined => {
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(blob)) return undefined
  const text = bytesOf(blob)
  if (text === undefined || text.length < 5) return undefined
  const length = [0, 1, 2, 3].reduce((sum, at) => sum * 256 + text.charCodeAt(at), 0)
  if (length > 64 || length + 4 > text.length) return undefined
  const type = text.slice(4, 4 + length)
  return /^[!-~]+$/.test(type) ? type : undefined
}

/** The first bytes, as letters: a type stands there. What is left over behind whole groups of four is none of its business. */
const bytesOf = (blob: string): string | undefined => {
  try {
    return atob(blob.slice(0, Math.min(blob.length - (blob.length % 4), 96)))
  } catch {
    // Padding in the middle, or a length that no bytes have.
    return undefined
  }
}

/** What a known_hosts file says of hosts, one name and key each, and which of its lines say nothing that can be used. */
export interface ReadKnownHosts {
  readonly keys: readonly {
    readonly name: string
    readonly algorithm: string
    readonly blob: string
    readonly revoked: boolean
  }[]
  readonly leftOut: readonly { readonly line: number; readonly why: 'malformed' | 'authority' }[]
}

/** Reads a whole file, for somebody who vouches for it. Names are in lower case; a list of plain names is so many entries, one with patterns stays one. */
export const readKnownHosts = (text: string): ReadKnownHosts => {
  const keys: ReadKnownHosts['keys'][number][] = []
  const leftOut: ReadKnownHosts['leftOut'][number][] = []
  for (const [index, line] of text.split('\n').entries()) {
    if (isBlankLine(line)) continue
    const read = readKnownHostsLine(line)
    if (read === undefined || read.marker === 'cert-authority') {
      leftOut.push({ line: index + 1, why: read === undefined ? 'malformed' : 'authority' })
      continue
    }
    const { hosts, algorithm, blob, marker } = read
    const names = hosts.startsWith('|') ? [hosts] : /[*?!]/.test(hosts) ? [hosts.toLowerCase()] : plainNames(hosts)
    for (const name of names) keys.push({ name, algorithm, blob, revoked: marker === 'revoked' })
  }
  return { keys, leftOut }
}

/** A port that goes without saying is not written. */
const plainNames = (hosts: string) => [
  ...new Set(
    hosts
      .toLowerCase()
      .split(',')
      .filter((name) => name !== '')
      .map((name) => /^\[(.+)\]:22$/.exec(name)?.[1] ?? name),
  ),
]
