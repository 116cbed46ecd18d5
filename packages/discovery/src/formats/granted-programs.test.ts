import type { Grant } from '@rollcall/contract'
import { expect, test } from 'vitest'
import type { FoundEntry } from '../host.ts'
import { grantedFindings } from './granted-programs.ts'
import { exampleLook } from './path-trust.ts'

const rule = (command: string, given?: string, more: Partial<Grant> = {}): Grant => ({
  kind: 'grant',
  mechanism: 'sudo',
  order: 0,
  grantees: [{ type: 'user', name: 'ann' }],
  here: 'yes',
  runAs: {},
  commands: [{ command, ...(given === undefined ? {} : { arguments: given }) }],
  tags: {},
  options: {},
  place: { path: '/etc/sudoers', line: 1 },
  ...more,
})

const entry = (path: string, uid: number, type: FoundEntry['type'] = 'file'): FoundEntry => ({
  path,
  type,
  mode: 0o755,
  uid,
  gid: 0,
  size: 1,
  modified: '2026-03-01T12:00:00Z',
})

const entries = [
  entry('/opt', 0, 'folder'),
  entry('/opt/job.py', 1001),
  entry('/opt/tools', 0, 'folder'),
  entry('/opt/tools/a', 0),
  entry('/opt/tools/b', 1001),
  entry('/opt/tools/b.bak', 1001),
  entry('/opt/anns', 1001, 'folder'),
]

/** What the rule makes worth telling, as `path as account (reason)`. */
const told = (grant: Grant) =>
  grantedFindings([grant], {
    paths: exampleLook([], entries),
    inFolders: { state: 'found', entries, unsearched: [], unnamed: 0 },
  }).findings.map(({ place, account, because }) => `${place.path} as ${account} (${because})`)

test.each([
  ['a script that an interpreter is given', rule('/usr/bin/python3', '/opt/job.py *'), ['/opt/job.py']],
  ['a script behind what only prepares it', rule('/usr/bin/env', 'A=b /opt/job.py'), ['/opt/job.py']],
  ['what lies in a folder', rule('/opt/tools/'), ['/opt/tools/b', '/opt/tools/b.bak']],
  ['of what lies in a folder that which a pattern matches', rule('/opt/tools/*.bak'), ['/opt/tools/b.bak']],
  ['a folder in which somebody may lay what a pattern matches', rule('/opt/anns/*'), ['/opt/anns']],
  ['nothing of the folders of the system', rule('/usr/bin/*'), []],
  [
    'nothing of what may not be run',
    rule('/x', undefined, { commands: [{ command: '/opt/job.py', negated: true }] }),
    [],
  ],
  ['nothing of arguments that are no programs', rule('/usr/bin/cat', '/opt/job.py'), []],
])('%s', (_, grant, paths) => expect(told(grant)).toEqual(paths.map((path) => `${path} as root (sudo rule)`)))

test('as whom it runs is whom the rule or the command itself says', () => {
  expect(told(rule('/opt/job.py', undefined, { runAs: { users: [{ type: 'user', name: 'app' }] } }))).toEqual([
    '/opt/job.py as app (sudo rule)',
  ])
  expect(told(rule('/usr/sbin/runuser', '-u web -- /opt/job.py'))).toEqual(['/opt/job.py as web (sudo rule)'])
})

test('a digest is said: it is checked, and then the program starts', () => {
  expect(told(rule('', undefined, { commands: [{ command: '/opt/job.py', digests: ['sha256:00'] }] }))).toEqual([
    '/opt/job.py as root (sudo rule with a digest, checked before it starts)',
  ])
})
