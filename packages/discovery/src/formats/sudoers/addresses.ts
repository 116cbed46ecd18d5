/** The 4 or 16 bytes of an IPv4 or IPv6 address (RFC 4291 section 2.2). Undefined when it is none. */
export const addressBytes = (text: string): Uint8Array | undefined => {
  if (text.length > 45) return undefined
  if (!text.includes(':')) return ipv4(text)
  const halves = text.split('::')
  if (halves.length > 2) return undefined
  const [head, tail] = [groups(halves[0]!), groups(halves[1] ?? '')]
  if (head === undefined || tail === undefined) return undefined
  const missing = 16 - head.length - tail.length
  if (halves.length === 1 ? missing !== 0 : missing < 2) return undefined
  return Uint8Array.from([...head, ...Array.from({ length: missing }, () => 0), ...tail])
}

/** Whether an address lies in a network, both of the same length as the mask. */
export const inNetwork = (address: Uint8Array, network: Uint8Array, mask: Uint8Array): boolean =>
  address.every((byte, index) => (byte & mask[index]!) === (network[index]! & mask[index]!))

/** Whether some netmask makes `network` of `address`: the same bits, then only zeroes. */
export const isTruncationOf = (network: Uint8Array, address: Uint8Array): boolean => {
  const differs = network.findIndex((byte, index) => byte !== address[index])
  if (differs === -1) return true
  const byte = network[differs]!
  const changed = byte ^ address[differs]!
  // Behind the highest changed bit, and in all bytes that follow, the network has no bit.
  const behind = (1 << (32 - Math.clz32(changed))) - 1
  return (byte & behind) === 0 && network.subarray(differs + 1).every((rest) => rest === 0)
}

const ipv4 = (text: string) => {
  const parts = text.split('.')
  if (parts.length !== 4 || !parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) < 256)) return undefined
  return Uint8Array.from(parts, Number)
}

const groups = (text: string): number[] | undefined => {
  if (text === '') return []
  const parts = text.split(':')
  const bytes: number[] = []
  for (const [index, part] of parts.entries()) {
    const last = index === parts.length - 1 ? ipv4(part) : undefined
    if (last !== undefined) bytes.push(...last)
    else if (/^[0-9a-f]{1,4}$/i.test(part)) bytes.push(Number.parseInt(part, 16) >> 8, Number.parseInt(part, 16) & 0xff)
    else return undefined
  }
  return bytes.length > 16 ? undefined : bytes
}
