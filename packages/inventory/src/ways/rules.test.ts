import type { Finding, FindingOf } from '@rollcall/contract'
import { expect, test } from 'vitest'
import { hostFacts, type LookedScope } from '../host-facts.ts'
import { sudoWays } from './sudo.ts'

const account = (name: string, uid: number): FindingOf<'account'> => ({
  kind: 'account',
  name,
  uid,
  gid: uid,
  home: '/',
  shell: '/bin/sh',
  interactiveShell: true,
  place: { path: '/etc/passwd', line: uid + 1 },
})
const [root, ann, app] = [account('root', 0), account('ann', 1), account('app', 2)]
const rule = (runAs: FindingOf<'grant'>['runAs'], tags: Record<string, boolean> = {}): Finding => ({
  kind: 'grant',
  mechanism: 'sudo',
  order: 0,
  grantees: [{ type: 'user', name: 'ann' }],
  here: 'yes',
  runAs,
  commands: [{ command: 'ALL' }],
  tags,
  options: {},
  place: { path: '/etc/sudoers', line: 3 },
})
const defaults = (name: string, value = 'true'): Finding => ({
  kind: 'setting',
  subject: 'sudo',
  name,
  values: [value],
  place: { path: '/etc/sudoers', line: 1 },
})
const password = (name: string, state: FindingOf<'credential'>['state']): Finding => ({
  kind: 'credential',
  class: 'login-password',
  account: name,
  state,
  place: { path: '/etc/shadow', line: 1 },
})
const looked: LookedScope = {
  probe: 'local-passwords',
  outcome: { status: 'complete', reasons: [] },
  privilege: 'root',
}
const paths = (scopes: readonly LookedScope[], ...findings: readonly Finding[]) =>
  sudoWays.ways(
    ann,
    hostFacts(
      [root, ann, app, ...findings].map((finding) => ({ probe: 'any', finding })),
      scopes,
    ),
  ).paths
const asRoot = rule({})

test.each(['rootpw', 'targetpw', 'runaspw'])('%s: a rule gives nothing where no password of root matches', (name) => {
  for (const state of ['locked', 'none'] as const)
    expect(paths([looked], asRoot, defaults(name), password('root', state))).toMatchObject([
      {
        effect: 'limited',
        password: 'target',
        sentence: expect.stringContaining('the rule gives nothing as things are'),
        steps: [{ place: { path: '/etc/sudoers', line: 3 } }, { place: { path: '/etc/shadow', line: 1 } }],
      },
    ])
  // Nothing in shadow at all, after a complete look.
  expect(paths([looked], asRoot, defaults(name))[0]?.sentence).toContain('gives nothing')
})

test('a password that may match, or that could not be looked at, is asked for', () => {
  for (const found of [
    paths([looked], asRoot, defaults('rootpw'), password('root', 'usable')),
    paths([], asRoot, defaults('rootpw')),
  ])
    expect(found).toMatchObject([{ sentence: expect.not.stringContaining('nothing') }])
})

test('no password asked for is no password to match', () => {
  const free = rule({}, { passwd: false })
  expect(paths([looked], free, defaults('rootpw'), password('root', 'locked'))).toMatchObject([
    { effect: 'root', password: 'none' },
  ])
})

test('the password is that of whoever is asked for: the one it becomes, or the one commands run as by default', () => {
  const asApp = rule({ users: [{ type: 'user', name: 'app' }] })
  const locked = [password('root', 'usable'), password('app', 'locked')]
  const closes = (...findings: readonly Finding[]) =>
    paths([looked], ...findings, ...locked)[0]?.sentence.includes('gives nothing')
  expect(closes(asApp, defaults('targetpw'))).toBe(true)
  expect(closes(asApp, defaults('rootpw'))).toBe(false)
  expect(closes(asApp, defaults('runaspw'), defaults('runas_default', 'app'))).toBe(true)
})
