/** An IP address as a number. */
export interface IpAddress {
  readonly family: 4 | 6
  readonly value: bigint
}

/**
 * Reads a numeric address as getaddrinfo(3) does: all forms of inet_aton(3) for IPv4 (`10.1`, `0x7f000001`), RFC 4291 for
 * IPv6. Undefined for anything else, zone indices included.
 */
export const parseAddress = (text: string): IpAddress | undefined => {
  if (text.length > 64) return undefined
  const value = text.includes(':') ? ipv6Value(text) : ipv4Value(text)
  return value === undefined ? undefined : { family: text.includes(':') ? 6 : 4, value }
}

/** Writes an address as inet_ntop(3) does. */
export const formatAddress = ({ family, value }: IpAddress): string => {
  if (family === 4) return dotted(value)
  const groups = Array.from({ length: 8 }, (_, index) => Number((value >> BigInt(112 - index * 16)) & 0xffffn))
  const [start, length] = longestZeros(groups)
  const embedded = start === 0 && (length === 6 || (length === 5 && groups[5] === 0xffff))
  const words = embedded ? [...groups.slice(0, 6).map(hex), dotted(value & 0xffffffffn)] : groups.map(hex)
  if (length < 2) return words.join(':')
  return `${words.slice(0, start).join(':')}::${words.slice(start + length).join(':')}`
}

/** An address block; `inconsistent` when the mask does not fit or covers set bits, which sshd refuses. */
export const parseBlock = (text: string): { network: IpAddress; bits: number } | 'inconsistent' | undefined => {
  const slash = text.indexOf('/')
  const mask = slash < 0 ? undefined : /^[ \t]*\+?(\d{1,18})$/.exec(text.slice(slash + 1))?.[1]
  if (slash >= 0 && (mask === undefined || Number(mask) > 128)) return undefined
  const network = parseAddress(slash < 0 ? text : text.slice(0, slash))
  if (network === undefined) return undefined
  const width = network.family === 4 ? 32 : 128
  const bits = mask === undefined ? width : Number(mask)
  if (bits > width || (network.value & ((1n << BigInt(width - bits)) - 1n)) !== 0n) return 'inconsistent'
  return { network, bits }
}

/** Whether the address lies in the block. */
export const isInBlock = (address: IpAddress, { network, bits }: { network: IpAddress; bits: number }): boolean => {
  if (address.family !== network.family) return false
  const host = BigInt((address.family === 4 ? 32 : 128) - bits)
  return address.value >> host === network.value >> host
}

const hex = (group: number) => group.toString(16)

const dotted = (value: bigint) => [24n, 16n, 8n, 0n].map((shift) => String((value >> shift) & 0xffn)).join('.')

const ipv4Value = (text: string): bigint | undefined => {
  const parts = text.split('.').map(inetNumber)
  if (parts.length > 4 || parts.includes(undefined)) return undefined
  const last = parts.pop()!
  if (parts.some((part) => part! > 255) || last >= 256 ** (4 - parts.length)) return undefined
  return parts.reduce<bigint>((value, part, index) => value | (BigInt(part!) << BigInt(24 - index * 8)), BigInt(last))
}

const inetNumber = (text: string) => {
  if (/^0[xX][0-9a-fA-F]{1,8}$/.test(text)) return Number.parseInt(text, 16)
  if (/^0[0-7]{0,11}$/.test(text)) return Number.parseInt(text, 8)
  return /^[1-9]\d{0,9}$/.test(text) ? Number(text) : undefined
}

const ipv6Value = (text: string): bigint | undefined => {
  const tail = /^(.*:)(\d{1,3}(?:\.\d{1,3}){3})$/.exec(text)
  if (tail !== null) {
    const octets = tail[2]!.split('.').map(Number)
    if (octets.some((octet) => octet > 255) || /(?:^|\.)0\d/.test(tail[2]!)) return undefined
    const [a = 0, b = 0, c = 0, d = 0] = octets
    return ipv6Value(`${tail[1]}${hex(a * 256 + b)}:${hex(c * 256 + d)}`)
  }
  const halves = text.split('::')
  if (halves.length > 2) return undefined
  const [head = [], rest = []] = halves.map((half) => (half === '' ? [] : half.split(':')))
  const zeros = 8 - head.length - rest.length
  if (halves.length === 1 ? zeros !== 0 : zeros < 1) return undefined
  const groups = [...head, ...Array.from({ length: zeros }, () => '0'), ...rest]
  if (!groups.every((group) => /^[0-9a-fA-F]{1,4}$/.test(group))) return undefined
  return groups.reduce((value, group) => (value << 16n) | BigInt(`0x${group}`), 0n)
}

const longestZeros = (groups: readonly number[]): [start: number, length: number] => {
  let best: [number, number] = [-1, 0]
  for (let start = 0; start < groups.length; start++) {
    let end = start
    while (groups[end] === 0) end++
    if (end - start > best[1]) best = [start, end - start]
    start = Math.max(start, end)
  }
  return best[1] < 2 ? [-1, 0] : best
}
