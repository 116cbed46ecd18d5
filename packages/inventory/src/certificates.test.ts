import type { Finding, FindingOf } from '@rollcall/contract'
import { expect, test } from 'vitest'
import { certificatesThatOpen } from './certificates.ts'
import { hostFacts } from './host-facts.ts'

type Key = FindingOf<'key'>

const CA = 'SHA256:ca'
const certificate = (
  principals: readonly string[],
  rest: Partial<Key> = {},
  said: Partial<NonNullable<Key['certificate']>> = {},
): Key => ({
  kind: 'key',
  role: 'certificate',
  fingerprint: 'SHA256:key',
  algorithm: 'ssh-ed25519',
  account: 'bob',
  certificate: {
    type: 'user',
    serial: '7',
    keyId: 'bob',
    principals: [...principals],
    criticalOptions: [],
    extensions: [],
    signedBy: CA,
    ...said,
  },
  place: { path: '/home/bob/.ssh/id-cert.pub', line: 1 },
  ...rest,
})
const authority = (account: string | undefined, options?: Key['options'], rest: Partial<Key> = {}): Key => ({
  kind: 'key',
  role: 'authority',
  fingerprint: CA,
  algorithm: 'ssh-ed25519',
  ...(account === undefined ? {} : { account }),
  ...(options === undefined ? {} : { options }),
  place: { path: '/etc/ssh/ca.pub', line: 1 },
  ...rest,
})

/** Whether ann is opened. */
const opens = (...findings: readonly Finding[]) =>
  certificatesThatOpen(
    'ann',
    hostFacts(
      findings.map((finding) => ({ probe: 'any', finding })),
      [],
    ),
  ).map(({ sure }) => (sure ? 'yes' : 'unknown'))

const named = { name: 'principals', value: 'ops,admin' }
const inOwnFile = { name: 'cert-authority' }

const CASES: readonly (readonly [rule: string, answer: readonly string[], authority: Key, certificate: Key])[] = [
  ['an authority for everybody opens each by its name', ['yes'], authority(undefined), certificate(['ops', 'ann'])],
  ['and nobody by another name', [], authority(undefined), certificate(['ops'])],
  ['nor without any', [], authority(undefined), certificate([])],
  ['names that are listed for the account count', ['yes'], authority('ann', [named]), certificate(['ops'])],
  ['and its own no longer does', [], authority('ann', [named]), certificate(['ann'])],
  ['names that could not be read may be these', ['unknown'], authority('ann'), certificate(['ops'])],
  ['in the account’s own file its name counts', ['yes'], authority('ann', [inOwnFile]), certificate(['ann'])],
  ['or a certificate for anybody', ['yes'], authority('ann', [inOwnFile]), certificate([])],
  ['or the names written there', ['yes'], authority('ann', [inOwnFile, named]), certificate(['admin'])],
  ['what opens another account does not open this one', [], authority('bob', [inOwnFile]), certificate([])],
  [
    'one of another authority opens nothing',
    [],
    authority(undefined),
    certificate(['ann'], {}, { signedBy: 'SHA256:x' }),
  ],
  ['nor does that of a host', [], authority(undefined), certificate(['ann'], {}, { type: 'host' })],
  ['nor one whose time is over', [], authority(undefined), certificate(['ann'], { ineffective: 'expired' })],
  [
    'nor one whose authority is refused',
    [],
    authority(undefined, undefined, { ineffective: 'revoked' }),
    certificate(['ann']),
  ],
]

test.each(CASES)('%s', (_, expected, trusted, held) => {
  expect(opens(trusted, held)).toEqual(expected)
})

test('one certificate is told once, by the authority that opens surely', () => {
  expect(opens(authority('ann'), authority(undefined), certificate(['ann']))).toEqual(['yes'])
})
