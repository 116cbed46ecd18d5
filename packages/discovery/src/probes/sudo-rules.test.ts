import { finding } from '@rollcall/contract'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { exampleContext as context, exampleTools, exampleHost } from '../testing/example-host.ts'
import type { HostFile } from '../host.ts'
import { exampleFile } from '../probe.ts'
import { scanHost } from '../scan.ts'
import probe from './sudo-rules.ts'

describe('examples', () => {
  test.each(probe.examples.map((example) => [example.title, example] as const))('%s', (_, example) => {
    const parsed = probe.parse(example.gathered, { ...context, ...example.context })
    expect(parsed.findings).toEqual(example.finds)
    expect(parsed.reasons ?? []).toEqual(example.reasons ?? [])
    expect(parsed.notes ?? []).toEqual(example.notes ?? [])
    for (const found of parsed.findings) finding.parse(found)
  })
})

const scan = async (files: Readonly<Record<string, string>>) => {
  const { host, trips } = exampleHost({ files, programs: { 'uname -n': 'web1.example.org\n' } })
  const { sections } = await scanHost(host, [probe], exampleTools)
  const rounds = trips.map((requests) =>
    requests.map((request) =>
      request.kind === 'read' ? request.pattern : request.kind === 'run' ? request.argv.join(' ') : 'find',
    ),
  )
  return { section: sections[0]!, rounds }
}

test('the usual places are read in one round trip, other includes only when something names them', async () => {
  const usual = await scan({ '/etc/sudoers': '@includedir /etc/sudoers.d\n', '/etc/sudoers.d/a': 'bob ALL=ALL\n' })
  expect(usual.section.outcome.status).toBe('complete')
  expect(usual.section.findings).toHaveLength(1)
  expect(
    usual.rounds
      .slice(1)
      .flat()
      .filter((asked) => asked.includes('sudoers')),
  ).toEqual([])
  const other = await scan({
    '/etc/sudoers': '@include "/srv/x*y %h"\n',
    '/srv/x*y web1': '@includedir more/\n',
    '/srv/more/a': 'bob ALL=ALL\n',
  })
  expect(other.section.outcome.status).toBe('complete')
  expect(other.section.findings).toHaveLength(1)
  expect(other.rounds.flat()).toContain('/srv/x[*]y web1')
})

test('files that include each other end, and that is said', async () => {
  const { section } = await scan({
    '/etc/sudoers': 'a ALL=/a\n@include /etc/b\nb ALL=/b\n',
    '/etc/b': 'c ALL=/c\n@include /etc/sudoers\n',
  })
  expect(section.findings).toHaveLength(3)
  expect(section.outcome.reasons).toEqual([{ code: 'too-deep', path: '/etc/b', line: 2 }])
})

test('files that include others twice, level after level, do not blow up', async () => {
  const files = Object.fromEntries(
    Array.from({ length: 100 }, (_, level) => [
      `/etc/f${level}`,
      `@include /etc/f${level + 1}\n@include /etc/f${level + 1}\n`,
    ]),
  )
  const { section } = await scan({ ...files, '/etc/sudoers': '@include /etc/f0\n' })
  expect(section.outcome.reasons.length).toBeGreaterThan(0)
})

test('aliases that double, level after level, do not blow up', () => {
  const levels = Array.from({ length: 60 }, (_, level) => `User_Alias A${level} = A${level + 1}, A${level + 1}`).join(
    '\n',
  )
  const parsed = probe.parse(
    { files: [exampleFile('/etc/sudoers', `${levels}\nUser_Alias A60 = bob\nA0 ALL=ALL\n`)], hostname: 'h' },
    context,
  )
  expect(parsed.reasons).toContainEqual({ code: 'too-many', path: '/etc/sudoers', line: 62 })
})

const WORDS = [
  'ALL',
  '=',
  ' ',
  ',',
  ':',
  '(',
  ')',
  '!',
  '\\',
  '\n',
  '\\\n',
  '"',
  '#',
  '^',
  '$',
  'bob',
  '%g',
  '+n',
  '#12',
  'NOPASSWD:',
  'CWD=',
  '/bin/ls',
  '/bin/',
  'A',
  'B',
  'User_Alias ',
  'Cmnd_Alias ',
  'Host_Alias ',
  'Runas_Alias ',
  'Defaults',
  '@',
  '>',
  'env_keep',
  '+=',
  'x',
  '10.0.0.0/8',
  'fe80::1',
  'sha256:',
  'sudoedit',
  '@include ',
  '@includedir ',
  '*',
  '\t',
]

test('whatever the files hold, findings keep the contract and nothing throws', () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 400 }),
    fc.string({ unit: 'binary', maxLength: 400 }).map((text) => new TextEncoder().encode(text)),
    fc.array(fc.constantFrom(...WORDS), { maxLength: 60 }).map((words) => new TextEncoder().encode(words.join(''))),
  )
  fc.assert(
    fc.property(bytes, bytes, fc.boolean(), (one, two, truncated) => {
      const files: HostFile[] = [
        {
          path: '/etc/sudoers',
          state: 'read',
          bytes: Uint8Array.from([...one, ...new TextEncoder().encode('\n@includedir /etc/sudoers.d\n')]),
          truncated,
        },
        { path: '/etc/sudoers.d/a', state: 'read', bytes: two, truncated: false },
      ]
      for (const found of probe.parse({ files, hostname: 'h' }, context).findings) finding.parse(found)
    }),
    { numRuns: 500 },
  )
})

// A time-out is how this one fails.
// oxlint-disable-next-line vitest/expect-expect
test('long lines of awkward characters are read in linear time', () => {
  for (const unit of [
    '^ ',
    '^a\\$',
    '"',
    '\\',
    '\\\n',
    '!',
    '%',
    '#',
    ', ',
    'a,',
    'a ALL=',
    'NOPASSWD ',
    '/a\\',
    'Defaults ',
    ':',
    'a:',
    '(',
    '\t',
    'sha224:',
    '1.',
    '@include ',
    '*',
    'é',
  ])
    probe.parse(
      {
        files: [
          exampleFile('/etc/sudoers', `u ALL=${unit.repeat(100_000)}`),
          exampleFile('/etc/sudoers.d/a', unit.repeat(100_000)),
        ],
        hostname: 'h',
      },
      context,
    )
})

test('ALL implies SETENV by itself: it takes over none that was written before it, and hands none on', async () => {
  const { section } = await scan({
    '/etc/sudoers': 'bob ALL = SETENV: /bin/a, ALL, /bin/b, NOSETENV: ALL, /bin/c, !ALL\n',
  })
  const tags = section.findings.flatMap((found) =>
    found.kind === 'grant' ? found.commands.map(({ command }) => [command, found.tags.setenv]) : [],
  )
  expect(tags).toEqual([
    ['/bin/a', true],
    ['ALL', undefined],
    ['/bin/b', undefined],
    ['ALL', false],
    ['/bin/c', false],
    ['ALL', false],
  ])
})
