import { createHash, createHmac, createPublicKey, generatePrimeSync } from 'node:crypto'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { exampleHost, exampleTools } from '../../testing/example-host.ts'
import type { HostProbe } from '../../probe.ts'
import { scanHost } from '../../scan.ts'
import { findDebianBlacklists, isBlacklistedIn, lookUpInDebianBlacklists } from './debian-blacklist.ts'
import { weaknessesOf } from './concerns.ts'
import { PUBLISHED_KEYS } from './published-keys.ts'
import { hmacSha1Search, md5, sha1 } from '../accounts/old-digests.ts'
import { isRocaModulus } from './roca.ts'
import { fingerprintOfBlob, publicKeyOfFields, readSshPublicKey } from './public-key.ts'
import { wireNumber } from './wire.ts'

const bytes = (value: bigint) =>
  new Uint8Array(
    Buffer.from(
      value
        .toString(16)
        .padStart(2, '0')
        .replace(/^(.(..)*)$/, '0$1'),
      'hex',
    ),
  )
const isPrime = (value: bigint) => [2n, 3n, 5n, 7n, 11n].every((base) => powerMod(base, value - 1n, value) === 1n)
const powerMod = (base: bigint, exponent: bigint, modulus: bigint) => {
  let [result, square] = [1n, base % modulus]
  for (let left = exponent; left > 0n; left >>= 1n) {
    if (left & 1n) result = (result * square) % modulus
    square = (square * square) % modulus
  }
  return result
}

/** The products of the first primes that the faulty library uses, by the size of its primes. */
const product = (count: number) => {
  let [value, found] = [1n, 0]
  for (let candidate = 2n; found < count; candidate++)
    if (
      Array.from({ length: Number(candidate) - 2 }, (_, index) => BigInt(index + 2)).every(
        (each) => candidate % each !== 0n,
      )
    ) {
      value *= candidate
      found++
    }
  return value
}

/** p = k·M + (65537^a mod M), as the paper describes. */
const faultyPrime = (bits: number, modulus: bigint, seed: bigint) => {
  const smallest = 3n << BigInt(bits - 2)
  for (let k = smallest / modulus + seed; ; k++) {
    const candidate = k * modulus + powerMod(65_537n, seed * 7919n + k, modulus)
    if (isPrime(candidate)) return candidate
  }
}

test.each([
  [512, 39],
  [1024, 71],
  [2048, 126],
])('a modulus of two primes as the faulty chips make them is told, with %i bits', (bits, primes) => {
  const m = product(primes)
  for (const seed of [3n, 1001n]) {
    const modulus = faultyPrime(bits / 2, m, seed) * faultyPrime(bits / 2, m, seed * 31n + 5n)
    expect(isRocaModulus(bytes(modulus))).toBe(true)
    expect(isRocaModulus(bytes(modulus + 2n))).toBe(false)
  }
})

test('a published example of such a key is told; ordinary ones are not', () => {
  const pem = `-----BEGIN RSA PUBLIC KEY-----
MIIBCgKCAQEAkTKtIR/MDftNrkgyashkwifks5Swm9HEkw4ZcCijyQdpTStInk9p
dUrq4zjG6tk5xX9AaYXLu47fmiBVzClGvAXTZbpn6JbG1IERUs+i0pBRT5CzUu7v
J/63L72NzVvJFaT0SUE5zByhCjJE+pflMnX1e1UptOdnN5AHeY4RKkugVse3XO2x
Ms3yH3vTyZdtnaOIFRU0d6E7PrsgRtEAqFHcAGmPUw0ZOW8A++8sS/FlnrxMf9lV
a1/8k/A8otPfrNIipfAoq0MKJ+oxE2wML1DDxIGTGmNaN3gPANJyeuca7ptA+NGq
5oU1x3pWMXgSvrVSXUooNk8xIkrKxSz3LQIDAQAB
-----END RSA PUBLIC KEY-----
`
  const { n = '' } = createPublicKey(pem).export({ format: 'jwk' })
  expect(isRocaModulus(new Uint8Array(Buffer.from(n, 'base64url')))).toBe(true)
  for (let times = 0; times < 20; times++) {
    const [p, q] = [generatePrimeSync(512, { bigint: true }), generatePrimeSync(512, { bigint: true })]
    expect(isRocaModulus(bytes(p * q))).toBe(false)
  }
})

test('a modulus whose every remainder is a power, but of different exponents, is none', () => {
  // The quick look at each prime alone would take it.
  const modulus = product(39)
  let mixed = 0n
  const primes = [
    2n,
    3n,
    5n,
    7n,
    11n,
    13n,
    17n,
    19n,
    23n,
    29n,
    31n,
    37n,
    41n,
    43n,
    47n,
    53n,
    59n,
    61n,
    67n,
    71n,
    73n,
    79n,
    83n,
    89n,
    97n,
    101n,
    103n,
    107n,
    109n,
    113n,
    127n,
    131n,
    137n,
    139n,
    149n,
    151n,
    157n,
    163n,
    167n,
  ]
  for (const [index, prime] of primes.entries()) {
    const rest = modulus / prime
    mixed += powerMod(65_537n, BigInt(index), prime) * rest * powerMod(rest, prime - 2n, prime)
  }
  expect(isRocaModulus(bytes((mixed % modulus) + (modulus << 300n)))).toBe(false)
})

test('MD5, SHA-1 and HMAC are what they are elsewhere', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.uint8Array({ maxLength: 100 }), (text, key) => {
      expect(Buffer.from(md5(text))).toEqual(createHash('md5').update(text).digest())
      expect(Buffer.from(sha1(text))).toEqual(createHash('sha1').update(text).digest())
      const search = hmacSha1Search([new Uint8Array([1]), text, new Uint8Array([2])])
      const wanted = new Uint8Array(createHmac('sha1', key).update(text).digest())
      expect([
        search(key, wanted, 3),
        search(key, wanted, 1),
        search(
          key,
          wanted.map((byte) => byte ^ 1),
          3,
        ),
      ]).toEqual(text.length === 1 && text[0] === 1 ? [0, 0, -1] : [1, -1, -1])
    }),
  )
})

const rsa = (bits: number) => {
  const prime = () => generatePrimeSync(bits / 2, { bigint: true })
  const modulus = bytes(prime() * prime())
  return publicKeyOfFields('ssh-rsa', [
    new Uint8Array([1, 0, 1]),
    wireNumber(modulus.subarray(modulus[0] === 0 ? 1 : 0)),
  ])!
}

test('short RSA keys are told, others not', () => {
  expect(weaknessesOf(rsa(1024), '')).toEqual(['short-rsa'])
  expect(weaknessesOf(rsa(2048), '')).toEqual([])
})

test('keys whose private half is published are told by their fingerprint, each of which stands there once', () => {
  const blob = 'AAAAC3NzaC1lZDI1NTE5AAAAIN1YdxBpNlzxDqfJyw/QKow1F+wvG9hXGoqiysfJOn5Y'
  const key = readSshPublicKey('ssh-ed25519', blob)!
  expect(weaknessesOf(key, fingerprintOfBlob(key.blob, exampleTools.sha256))).toEqual(['publicly-known'])
  expect(PUBLISHED_KEYS.filter(({ fingerprint }) => !/^SHA256:[A-Za-z0-9+/]{43}$/.test(fingerprint))).toEqual([])
  expect(new Set(PUBLISHED_KEYS.map(({ fingerprint }) => fingerprint)).size).toBe(PUBLISHED_KEYS.length)
})

test("keys that stand in the host's own list of Debian's weak keys are told; without lists nothing is asked", async () => {
  const [weak, other] = [rsa(1024), rsa(1024)]
  const entry = createHash('md5').update(weak.blob).digest('hex').slice(12)
  const path = '/usr/share/ssh/blacklist.RSA-1024'
  const look = async (lists: boolean) => {
    const { host, trips } = exampleHost(
      lists ? { files: { [path]: `# weak\n${'0'.repeat(20)}\n${entry}\n` }, entries: [{ path }] } : {},
    )
    let told: boolean[] = []
    const probe: HostProbe<boolean[]> = {
      id: 'x',
      title: '',
      needs: [],
      examples: [],
      gather: async (host) => {
        const found = await findDebianBlacklists(host)
        const isBlacklisted = isBlacklistedIn(await lookUpInDebianBlacklists(host, found, [weak, other]))
        return [isBlacklisted(weak), isBlacklisted(other)]
      },
      parse: (gathered) => {
        told = gathered
        return { findings: [] }
      },
    }
    await scanHost(host, [probe], exampleTools)
    return {
      told,
      asked: trips.flat().some((request) => request.kind === 'read' && request.pattern.includes('blacklist')),
    }
  }
  expect(await look(true)).toEqual({ told: [true, false], asked: true })
  expect(await look(false)).toEqual({ told: [false, false], asked: false })
})
