import { ipv4Number } from '@rollcall/contract'
import { glob } from './glob.ts'

/**
 * Whether a host of these names and addresses may use a key with this `from=` option (sshd(8), ssh_config(5) PATTERNS): one
 * pattern has to match and none that begins with `!`. Addresses that a host does not tell, such as those behind NAT, are not
 * considered.
 */
export const mayComeFrom = (patterns: string, names: readonly string[]): boolean => {
  let matched = false
  for (const written of patterns.slice(0, MAX_LENGTH).split(',')) {
    const negated = written.startsWith('!')
    const pattern = (negated ? written.slice(1) : written).trim().toLowerCase()
    if (pattern === '' || !names.some((name) => matches(pattern, name.toLowerCase()))) continue
    if (negated) return false
    matched = true
  }
  return matched
}

const MAX_LENGTH = 8192

const matches = (pattern: string, name: string) =>
  pattern.includes('/') ? inBlock(pattern, name) : glob(pattern, name)

const inBlock = (block: string, address: string): boolean => {
  const [base = '', length = ''] = block.split('/')
  if (!/^\d{1,3}$/.test(length)) return false
  const four = [ipv4Number(base), ipv4Number(address)]
  if (four[0] !== undefined && four[1] !== undefined)
    return Number(length) <= 32 && sameHead(BigInt(four[0]), BigInt(four[1]), 32, Number(length))
  const six = [ipv6Number(base), ipv6Number(address)]
  if (six[0] === undefined || six[1] === undefined) return false
  return Number(length) <= 128 && sameHead(six[0], six[1], 128, Number(length))
}

const sameHead = (one: bigint, other: bigint, bits: number, length: number) =>
  one >> BigInt(bits - length) === other >> BigInt(bits - length)

const ipv6Number = (text: string): bigint | undefined => {
  if (!/^[\da-f:]{2,39}$/.test(text)) return undefined
  const [head = '', tail, ...more] = text.split('::')
  if (more.length > 0) return undefined
  const groups = (part: string) => (part === '' ? [] : part.split(':'))
  const [left, right] = [groups(head), groups(tail ?? '')]
  const missing = 8 - left.length - right.length
  if (tail === undefined ? missing !== 0 : missing < 1) return undefined
  const all = [...left, ...Array.from({ length: missing }, () => '0'), ...right]
  if (!all.every((group) => /^[\da-f]{1,4}$/.test(group))) return undefined
  return all.reduce((number, group) => (number << 16n) | BigInt(Number.parseInt(group, 16)), 0n)
}
