import { execFileSync } from 'node:child_process'
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { newAuthority } from './certificate.ts'

const NOW = new Date('2026-11-22T12:00:00Z')
const authority = newAuthority('Rollcall broker of a test', NOW)
const server = authority.issue(
  { name: 'broker', names: ['broker.example.com', '192.0.2.7', '2001:db8::1:7'], use: ['server', 'client'] },
  NOW,
)

test('a certificate says whose it is, for which names and how long', () => {
  const shown = new X509Certificate(server.certificate)
  expect(shown.checkHost('broker.example.com')).toBe('broker.example.com')
  expect(shown.checkIP('192.0.2.7')).toBe('192.0.2.7')
  expect(shown.checkIP('2001:db8::1:7')).toBeDefined()
  expect(shown.checkHost('other.example.com')).toBeUndefined()
  expect(shown.ca).toBe(false)
  expect(shown.validFromDate.toISOString()).toBe('2026-11-22T11:55:00.000Z')
  expect(shown.validToDate.getUTCFullYear()).toBe(2028)
  expect(shown.checkPrivateKey(createPrivateKey(server.key))).toBe(true)
})

test("a certificate is its authority's and no other's", () => {
  const shown = new X509Certificate(server.certificate)
  const ca = new X509Certificate(authority.certificate)
  expect(ca.ca).toBe(true)
  expect(shown.checkIssued(ca)).toBe(true)
  expect(shown.verify(ca.publicKey)).toBe(true)
  const other = new X509Certificate(newAuthority('Rollcall broker of a test', NOW).certificate)
  expect(shown.verify(other.publicKey)).toBe(false)
})

test('no two have the same number', () => {
  const numbers = Array.from({ length: 20 }, () => {
    const { certificate } = authority.issue({ name: 'x', names: [], use: ['client'] }, NOW)
    return new X509Certificate(certificate).serialNumber
  })
  expect(new Set(numbers).size).toBe(20)
})

test('openssl takes them for what they are', () => {
  const folder = mkdtempSync(join(tmpdir(), 'rollcall-ca-'))
  try {
    writeFileSync(join(folder, 'ca.pem'), authority.certificate)
    writeFileSync(join(folder, 'server.pem'), server.certificate)
    const verify = (purpose: string) =>
      execFileSync(
        'openssl',
        [
          'verify',
          '-x509_strict',
          '-attime',
          `${NOW.getTime() / 1000}`,
          '-purpose',
          purpose,
          '-CAfile',
          'ca.pem',
          'server.pem',
        ],
        { cwd: folder, encoding: 'utf8' },
      )
    expect(verify('sslserver')).toContain('OK')
    expect(verify('sslclient')).toContain('OK')
    const text = execFileSync('openssl', ['x509', '-in', 'server.pem', '-noout', '-text'], {
      cwd: folder,
      encoding: 'utf8',
    })
    expect(text).toContain('DNS:broker.example.com, IP Address:192.0.2.7, IP Address:2001:DB8:0:0:0:0:1:7')
    expect(text).toContain('Digital Signature')
  } finally {
    rmSync(folder, { recursive: true })
  }
})
