import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { detect } from '../detect.ts'

const ENCODER = new TextEncoder()
const hash = (name: string, bytes: Uint8Array) => new Uint8Array(createHash(name).update(bytes).digest())

const field = (bytes: Uint8Array) => {
  const size = new Uint8Array(4)
  new DataView(size.buffer).setUint32(0, bytes.length)
  return [...size, ...bytes]
}

/** A key in OpenSSH's format: its public half in clear, and something in the place of the private one. */
const keyOf = (publicHalf: string) => {
  const text = ENCODER.encode('none')
  const blob = Uint8Array.from(atob(publicHalf), (sign) => sign.charCodeAt(0))
  const bytes = Uint8Array.from([
    ...ENCODER.encode('openssh-key-v1\0'),
    ...field(text),
    ...field(text),
    ...field(new Uint8Array()),
    0,
    0,
    0,
    1,
    ...field(blob),
    ...field(new Uint8Array(136).fill(7)),
  ])
  const lines = btoa(String.fromCharCode(...bytes)).match(/.{1,70}/g)!
  return `-----BEGIN OPENSSH PRIVATE KEY-----\n${lines.join('\n')}\n-----END OPENSSH PRIVATE KEY-----\n`
}

const VAGRANT = 'AAAAC3NzaC1lZDI1NTE5AAAAIN1YdxBpNlzxDqfJyw/QKow1F+wvG9hXGoqiysfJOn5Y'
const OTHER = 'AAAAC3NzaC1lZDI1NTE5AAAAIN1YdxBpNlzxDqfJyw/QKow1F+wvG9hXGoqiysfJOn5Z'

const told = (path: string, text: string) =>
  detect(path, ENCODER.encode(text), { keyedDigest: () => 'd', hash }).found.map(
    ({ value, weaknesses = [] }) => `${value} ${weaknesses.join(' ')}`,
  )

test('a private key that products are shipped with is told, in a file of its own or in settings', () => {
  expect(told('/home/vagrant/.ssh/id', keyOf(VAGRANT))).toEqual(['key publicly-known'])
  const settings = `key: |\n${keyOf(VAGRANT).replaceAll(/^(?=.)/gm, '  ')}`
  expect(told('/etc/app.yml', settings)).toEqual(['key publicly-known'])
  expect(told('/etc/app.json', JSON.stringify({ private_key: keyOf(VAGRANT) }))).toEqual(['key publicly-known'])
})

test('any other is not', () => {
  expect(told('/home/vagrant/.ssh/id', keyOf(OTHER))).toEqual(['key '])
})
