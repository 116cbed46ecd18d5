/**
 * Whether an RSA modulus has the form that the faulty library of Infineon's chips gives it (CVE-2017-15361; Nemec and others, "The
 * Return of Coppersmith's Attack", CCS 2017): both primes are powers of 65537 modulo the product M of the first primes, and so is the
 * modulus. A modulus made otherwise passes the whole test with a chance of about 2^-154.
 */
export const isRocaModulus = (modulus: Uint8Array): boolean => {
  if (modulus.length === 0) return false
  // Most are told by one of the primes: that is cheaper than to reckon with the whole number.
  return TELLING.every(({ prime, powers }) => powers.has(remainder(modulus, prime))) && isPower(bigint(modulus) % M)
}

/** The first 39 primes: their product is the smallest M in use, and divides the larger ones. */
const PRIMES = firstPrimes(39)
const M = PRIMES.reduce((product, prime) => product * BigInt(prime), 1n)

/** By prime: what the powers of 65537 leave over. For most primes that is any number but 0. */
const POWERS = PRIMES.map((prime) => {
  const powers = new Set<number>()
  for (let power = 1; !powers.has(power); power = (power * 65_537) % prime) powers.add(power)
  return powers
})

/** Those first that tell most: of which the powers are the fewest of all remainders. */
const TELLING = PRIMES.map((prime, index) => ({ prime, powers: POWERS[index]! })).toSorted(
  (one, other) => one.powers.size / one.prime - other.powers.size / other.prime,
)

/** The order of 65537 modulo M in powers of primes: the least common multiple of the orders modulo each prime. */
const ORDER = POWERS.reduce((order, { size }) => (order / gcd(order, BigInt(size))) * BigInt(size), 1n)
const ORDER_PARTS = primePowers(ORDER)

/** Whether a number is a power of 65537 modulo M: it is if it is one in each part of the group that they form (Pohlig and Hellman). */
function isPower(number: bigint): boolean {
  if (power(number, ORDER) !== 1n) return false
  return ORDER_PARTS.every((part) => {
    const generator = power(65_537n, ORDER / part)
    const wanted = power(number, ORDER / part)
    for (let [step, value] = [0n, 1n]; step < part; step++) {
      if (value === wanted) return true
      value = (value * generator) % M
    }
    return false
  })
}

function power(base: bigint, exponent: bigint): bigint {
  let [result, square] = [1n, base % M]
  for (let left = exponent; left > 0n; left >>= 1n) {
    if ((left & 1n) === 1n) result = (result * square) % M
    square = (square * square) % M
  }
  return result
}

/** Of a number that is written as bytes, the largest first, by a small one. */
function remainder(bytes: Uint8Array, divisor: number): number {
  let rest = 0
  for (const byte of bytes) rest = (rest * 256 + byte) % divisor
  return rest
}

function firstPrimes(count: number): number[] {
  const primes: number[] = []
  for (let candidate = 2; primes.length < count; candidate++)
    if (primes.every((prime) => candidate % prime !== 0)) primes.push(candidate)
  return primes
}

function primePowers(number: bigint): bigint[] {
  const parts: bigint[] = []
  let left = number
  for (let divisor = 2n; left > 1n; divisor++) {
    let part = 1n
    for (; left % divisor === 0n; left /= divisor) part *= divisor
    if (part > 1n) parts.push(part)
  }
  return parts
}

function gcd(one: bigint, other: bigint): bigint {
  return other === 0n ? one : gcd(other, one % other)
}

function bigint(bytes: Uint8Array): bigint {
  return BigInt(`0x${bytes.reduce((digits, byte) => digits + byte.toString(16).padStart(2, '0'), '')}`)
}
