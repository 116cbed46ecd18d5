import { createPrivateKey, createPublicKey } from 'node:crypto'
import { Aes256Gcm, CipherSuite, DhkemX25519HkdfSha256, HkdfSha256 } from '@hpke/core'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { keyPairOf, newKeyPair } from './keys.ts'
import { hpkeForTests, seal, SealError, unseal } from './seal.ts'
import { Secret } from './secret.ts'

const key = newKeyPair('open')
const context = { info: 'rollcall lease 1', about: 'order 1, agent a' }

const refusal = (work: () => unknown) => {
  try {
    work()
  } catch (error) {
    if (error instanceof SealError) return error.code
    throw error
  }
  return undefined
}

const hex = (text: string) => Uint8Array.from(Buffer.from(text, 'hex'))

test('the vector that RFC 9180 prints for this key agreement and derivation (A.1.1) comes out', () => {
  const { sealOnce, openOnce, AES_128_GCM } = hpkeForTests
  const recipient = keyPairOf(
    'open',
    Secret.ofBytes(hex('4612c550263fc8ad58375df3f557aac531d26850903e55a9f23f21d8534e8ac8')),
  )
  expect(Buffer.from(recipient.public).toString('hex')).toBe(
    '3948cfe0ad1ddb695d780e59077195da6c56506b027329794ab02bca80815c4d',
  )
  const ephemeral = keyPairOf(
    'open',
    Secret.ofBytes(hex('52c4a758a802cd8b936eceea314432798d5baf2d7e9235dc084ab1b9cfa2f736')),
  )
  const published = {
    info: Buffer.from('4f6465206f6e2061204772656369616e2055726e', 'hex').toString(),
    about: Buffer.from('436f756e742d30', 'hex').toString(),
  }
  const plain = hex('4265617574792069732074727574682c20747275746820626561757479')
  const { encapsulated, ciphertext } = sealOnce(AES_128_GCM, recipient.public, published, plain, ephemeral)
  expect(Buffer.from(encapsulated).toString('hex')).toBe(
    '37fda3567bdbd628e88668c3c8d7e97d1d1253b6d4ea6d44c150f741f1bf4431',
  )
  expect(ciphertext.toString('hex')).toBe(
    'f938558b5d72f1a23810b4be2ab4f84331acc02fc97babc53a52ae8218a355a96d8770ac83d07bea87e13c512a',
  )
  expect(openOnce(AES_128_GCM, recipient, published, encapsulated, ciphertext).equals(plain)).toBe(true)
})

const suite = new CipherSuite({ kem: new DhkemX25519HkdfSha256(), kdf: new HkdfSha256(), aead: new Aes256Gcm() })
const bytesOf = (text: string) => new TextEncoder().encode(text)

test('what is sealed here is opened by another implementation, and the other way round', async () => {
  const { sealOnce, openOnce, AES_256_GCM } = hpkeForTests
  const pair = await suite.kem.generateKeyPair()
  const publicKey = new Uint8Array(await suite.kem.serializePublicKey(pair.publicKey))
  const seed = Secret.ofBytes(new Uint8Array(await suite.kem.serializePrivateKey(pair.privateKey)))
  const ours = keyPairOf('open', seed)
  for (const length of [0, 1, 16, 1000]) {
    const plain = Uint8Array.from({ length }, (_, at) => at % 251)
    const { encapsulated, ciphertext } = sealOnce(AES_256_GCM, publicKey, context, plain)
    const opened = await suite.open(
      { recipientKey: pair.privateKey, enc: Uint8Array.from(encapsulated), info: bytesOf(context.info) },
      Uint8Array.from(ciphertext),
      bytesOf(context.about),
    )
    expect(Buffer.from(opened).equals(plain)).toBe(true)
    const theirs = await suite.seal(
      { recipientPublicKey: pair.publicKey, info: bytesOf(context.info) },
      plain,
      bytesOf(context.about),
    )
    const back = openOnce(AES_256_GCM, ours, context, new Uint8Array(theirs.enc), new Uint8Array(theirs.ct))
    expect(back.equals(plain)).toBe(true)
  }
})

test('what was sealed is opened, whatever it is', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 3000 }), (bytes) => {
      const opened = unseal(key, context, seal(key.public, context, bytes)).revealBytes()
      expect(Buffer.from(opened).equals(bytes)).toBe(true)
    }),
    { numRuns: 60 },
  )
})

test('any byte that is another is refused', () => {
  const sealed = seal(key.public, context, bytesOf('a password'))
  for (let at = 0; at < sealed.length; at++) {
    const changed = Uint8Array.from(sealed)
    changed[at]! ^= 0x40
    expect(
      refusal(() => unseal(key, context, changed)),
      `byte ${at}`,
    ).toBeDefined()
  }
  for (const length of [0, 1, 32, 48, sealed.length - 1])
    expect(refusal(() => unseal(key, context, sealed.subarray(0, length)))).toBeDefined()
})

test('it opens for nobody else, and for no other purpose, order or agent', () => {
  const sealed = seal(key.public, context, bytesOf('a password'))
  expect(refusal(() => unseal(newKeyPair('open'), context, sealed))).toBe('not-for-us')
  expect(refusal(() => unseal(key, { ...context, about: 'order 2, agent a' }, sealed))).toBe('not-for-us')
  expect(refusal(() => unseal(key, { ...context, info: 'rollcall enrolment 1' }, sealed))).toBe('not-for-us')
})

test('how long a secret is does not show', () => {
  const lengths = [1, 8, 40, 252].map((length) => seal(key.public, context, new Uint8Array(length)).length)
  expect(new Set(lengths).size).toBe(1)
  expect(seal(key.public, context, new Uint8Array(253)).length).toBeGreaterThan(lengths[0]!)
  const large = unseal(key, context, seal(key.public, context, new Uint8Array(600_000)))
  expect(large.revealBytes()).toHaveLength(600_000)
})

test.each([
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
  '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
])('nothing is sealed to, or opened from, the point of low order %s', (point) => {
  expect(refusal(() => seal(hex(point), context, bytesOf('a password')))).toBe('bad-key')
  const sealed = Buffer.from(seal(key.public, context, bytesOf('a password')))
  sealed.set(hex(point), 1)
  expect(refusal(() => unseal(key, context, sealed))).toBe('not-for-us')
})

test('a key of another length is none', () => {
  expect(refusal(() => seal(new Uint8Array(31), context, bytesOf('x')))).toBe('bad-key')
})

test('a key pair is the same one that node:crypto makes of its seed', () => {
  const again = createPublicKey(createPrivateKey(key.private.export({ format: 'pem', type: 'pkcs8' })))
  expect(again.export({ format: 'jwk' }).x).toBe(Buffer.from(key.public).toString('base64url'))
})
