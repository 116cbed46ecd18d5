import { fromPublic } from '@nats-io/nkeys'
import { expect, test } from 'vitest'
import { accountJwt, isNatsUserKey, natsPublicKey, newNatsKey, userJwt } from './jwt.ts'
import { agentPermissions } from './permissions.ts'
import { before, differences } from './shortcomings.ts'

const AT = new Date('2026-11-22T12:00:00.900Z')

const read = (jwt: string) => {
  const [header = '', body = '', signature = ''] = jwt.split('.')
  const claims = JSON.parse(Buffer.from(body, 'base64url').toString('utf8')) as Record<string, unknown> & {
    iss: string
  }
  const signed = fromPublic(claims.iss).verify(Buffer.from(`${header}.${body}`), Buffer.from(signature, 'base64url'))
  return { claims, signed, header: JSON.parse(Buffer.from(header, 'base64url').toString('utf8')) as unknown }
}

test('a permit names who signed it, for whom it is, and until when', () => {
  const [account, issuing, user] = [newNatsKey('account'), newNatsKey('account'), newNatsKey('user')]
  const { claims, signed, header } = read(
    userJwt(
      {
        user: natsPublicKey(user),
        name: 'x',
        account: natsPublicKey(account),
        permissions: agentPermissions('0'.repeat(26), 'dmz'),
        issuedAt: AT,
        expiresAt: new Date('2026-11-23T12:00:00Z'),
      },
      issuing,
    ),
  )
  expect(signed).toBe(true)
  expect(header).toEqual({ typ: 'JWT', alg: 'ed25519-nkey' })
  expect(claims).toMatchObject({
    iss: natsPublicKey(issuing),
    sub: natsPublicKey(user),
    iat: 1_795_348_800,
    exp: 1_795_435_200,
    nats: { issuer_account: natsPublicKey(account), type: 'user', version: 2, subs: 32 },
  })
  expect(claims['jti']).toMatch(/^[A-Z2-7]{52}$/)
})

test('an account names whose permits are void, and since when', () => {
  const [operator, account, user] = [newNatsKey('operator'), newNatsKey('account'), natsPublicKey(newNatsKey('user'))]
  const { claims } = read(
    accountJwt(
      {
        account: natsPublicKey(account),
        name: 'x',
        signingKeys: [],
        revoked: new Map([[user, AT]]),
        storage: 'unlimited',
        issuedAt: AT,
      },
      operator,
    ),
  )
  expect(claims).toMatchObject({ nats: { revocations: { [user]: 1_795_348_800 } } })
})

test('the key of a user is told from anything else', () => {
  const key = natsPublicKey(newNatsKey('user'))
  expect(isNatsUserKey(key)).toBe(true)
  const other = key.endsWith('A') ? 'B' : 'A'
  for (const text of ['', key.slice(1), `${key.slice(0, -1)}${other}`, `${key} `, natsPublicKey(newNatsKey('account'))])
    expect(isNatsUserKey(text)).toBe(false)
})

test('versions are compared as numbers', () => {
  expect(before('2.9.10', '2.10.0')).toBe(true)
  expect(before('2.10.0', '2.10.0')).toBe(false)
  expect(before('2.15.1-beta.1', '2.14.3')).toBe(false)
})

test('what a server left out of what was asked is said', () => {
  expect(differences('X', { max_bytes: 5, num_replicas: 3 }, { max_bytes: 5 })).toEqual([
    'stream X: num_replicas 3 was asked for, the broker has nothing',
  ])
})
