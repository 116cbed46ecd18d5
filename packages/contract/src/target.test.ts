import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatComputersOf } from './computers-of.ts'
import { parseTargetPart, parseTargetSet, targetsOfRange } from './target-set.ts'
import { formatTarget, ipv4Number, ipv4Text, parseTarget } from './target.ts'

test.each([
  ['local', 'local'],
  ['db1', 'ssh://db1:22'],
  ['DB1.Example.COM.', 'ssh://db1.example.com:22'],
  ['root@10.0.0.7', 'ssh://root@10.0.0.7:22'],
  ['ssh://ops@web:2222', 'ssh://ops@web:2222'],
  ['[2001:DB8::1]:2200', 'ssh://[2001:db8::1]:2200'],
  ['user@[::1]', 'ssh://user@[::1]:22'],
])('%s is the target %s', (text, canonical) => {
  const target = parseTarget(text)
  expect(target && formatTarget(target)).toBe(canonical)
})

test.each([
  '',
  ' ',
  'a b',
  '10.0.0.300',
  '1.2.3',
  'host:0',
  'host:70000',
  'user@',
  '@host',
  '-oProxyCommand=x',
  'a@-b',
  '--user@host',
  '[::1',
  '2001:db8::1',
  'http://x',
  "x'y",
  'a..b',
  'x/../y',
])('%j is no target', (text) => {
  expect(parseTarget(text)).toBeUndefined()
})

test('the canonical form of a target is read back as itself', () => {
  const host = fc.oneof(fc.ipV4(), fc.ipV6(), fc.domain())
  fc.assert(
    fc.property(
      host,
      fc.integer({ min: 1, max: 65_535 }),
      fc.option(fc.stringMatching(/^[a-z_][a-z0-9_-]{0,20}$/), { nil: undefined }),
      (name, port, user) => {
        const target = parseTarget(
          formatTarget({ kind: 'ssh', host: name, port, ...(user === undefined ? {} : { user }) }),
        )
        expect(target).toBeDefined()
        expect(parseTarget(formatTarget(target!))).toEqual(target)
      },
    ),
  )
})

test('any text is a target or not, and never an exception', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => void [parseTarget(text), parseTargetPart(text)]))
})

test('an IPv4 address and its number are the same', () => {
  fc.assert(
    fc.property(fc.ipV4(), (text) => {
      expect(ipv4Text(ipv4Number(text)!)).toBe(text)
    }),
  )
})

test.each([
  ['10.0.0.0/24', 254, '10.0.0.1', '10.0.0.254'],
  ['10.0.0.77/30', 2, '10.0.0.77', '10.0.0.78'],
  ['10.0.0.6/31', 2, '10.0.0.6', '10.0.0.7'],
  ['10.0.0.6/32', 1, '10.0.0.6', '10.0.0.6'],
  ['10.0.0.250-10.0.1.5', 12, '10.0.0.250', '10.0.1.5'],
  ['10.0.0.5-20', 16, '10.0.0.5', '10.0.0.20'],
])('%s names %i addresses', (entry, count, first, last) => {
  const part = parseTargetPart(entry)
  if (!('first' in part)) throw new Error('not a range')
  const targets = [...targetsOfRange(part, () => false)].map((target) => target.kind === 'ssh' && target.host)
  expect([targets.length, targets[0], targets.at(-1)]).toEqual([count, first, last])
})

test.each([
  ['10.0.0.0/33', '/33 is not a prefix length; expected 0 to 32'],
  ['10.0.0.9-10.0.0.1', 'the range ends before it begins'],
  ['10.0.0.1-300', '300 is not the end of a range'],
  ['10.0.0.0/8', 'it names 16777214 addresses; the limit is 1048576'],
  ['999.0.0.0/24', '999.0.0.0 is not an IPv4 address'],
])('%s is refused: %s', (entry, problem) => {
  expect(parseTargetPart(entry)).toEqual({ entry, problem })
})

test('one entry that cannot be read stops the whole set and is named', () => {
  expect(parseTargetSet({ include: ['10.0.0.1', 'no such host!'], exclude: ['x y'] })).toMatchObject({
    problems: [{ entry: 'no such host!' }, { entry: 'x y' }],
  })
})

test('what is excluded is scanned by no spelling of it', () => {
  const set = parseTargetSet({
    include: ['10.0.0.0/29', 'root@10.0.0.2:2222', 'db1', 'local'],
    exclude: ['10.0.0.2', '10.0.0.4-6', 'DB1', 'local'],
  })
  if ('problems' in set) throw new Error('refused')
  const { hosts, ranges, excluded } = set.parsed
  expect(hosts).toEqual([])
  expect(
    ranges
      .flatMap((range) => [...targetsOfRange(range, excluded)])
      .map((target) => target.kind === 'ssh' && target.host),
  ).toEqual(['10.0.0.1', '10.0.0.3'])
})

test('the same host written twice is one target', () => {
  const set = parseTargetSet({ include: ['web', 'WEB:22', 'ssh://web'], exclude: [] })
  expect('parsed' in set && set.parsed.hosts).toHaveLength(1)
})

test.each([
  ['computers of ldaps://DC.example.com', 'computers of ldaps://dc.example.com:636'],
  ['Computers of  ldap://[2001:DB8::1]:3389', 'computers of ldap://[2001:db8::1]:3389'],
  [
    'computers of ldaps://dc below OU=Web servers,DC=example,DC=com',
    'computers of ldaps://dc:636 below OU=Web servers,DC=example,DC=com',
  ],
  [
    'computers of ldaps://dc matching (&(operatingSystem=*Linux*)(!(cn=test*)))',
    'computers of ldaps://dc:636 matching (&(operatingSystem=*Linux*)(!(cn=test*)))',
  ],
  [
    'computers of ldaps://dc below ou=x,dc=y matching (member:1.2.840.113556.1.4.1941:=cn=z)',
    'computers of ldaps://dc:636 below ou=x,dc=y matching (member:1.2.840.113556.1.4.1941:=cn=z)',
  ],
])('%s is %s', (entry, canonical) => {
  const part = parseTargetPart(entry)
  if (!('directory' in part)) throw new Error('refused')
  expect(formatComputersOf(part)).toBe(canonical)
  expect(parseTargetPart(canonical)).toEqual(part)
})

test.each([
  'computers of',
  'computers of dc',
  'computers of ssh://dc',
  'computers of ldaps://scan@dc',
  'computers of ldaps://dc under ou=x',
  'computers of ldaps://dc below nothing',
  'computers of ldaps://dc matching cn=x',
  'computers of ldaps://dc matching (cn=x',
  'computers of ldaps://dc matching (cn=x))',
  'computers of ldaps://dc matching (cn=x)(cn=y)',
  'computers of ldaps://dc matching ()',
])('%s is refused with what was expected', (entry) => {
  expect(parseTargetPart(entry)).toEqual({ entry, problem: expect.stringMatching(/expected|may be/) as string })
})

test('the computers of a directory cannot be left out, since nobody knows them before it was asked', () => {
  expect(parseTargetSet({ include: ['local'], exclude: ['computers of ldaps://dc'] })).toMatchObject({
    problems: [{ entry: 'computers of ldaps://dc' }],
  })
})
