import type { Finding, FindingOf, Grant } from '@rollcall/contract'
import { expect, test } from 'vitest'
import { hostFacts } from '../host-facts.ts'
import { privilegeOf } from '../privilege.ts'
import { suWays } from './su.ts'

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
const [root, ann, bob] = [account('root', 0), account('ann', 1001), account('bob', 1002)]
const wheel: Finding = {
  kind: 'membership',
  account: 'ann',
  group: 'wheel',
  gid: 10,
  role: 'member',
  place: { path: '/etc/group', line: 3 },
}
const password = (state: FindingOf<'credential'>['state']): Finding => ({
  kind: 'credential',
  class: 'login-password',
  account: 'root',
  state,
  place: { path: '/etc/shadow', line: 1 },
})
const rule = (order: number, who: 'everybody' | 'wheel', rest: Partial<Grant>): Grant => ({
  kind: 'grant',
  mechanism: 'su',
  order,
  grantees: [who === 'wheel' ? { type: 'group', name: 'wheel' } : { type: 'all', name: '' }],
  here: 'yes',
  runAs: { users: [{ type: 'all', name: '' }] },
  commands: [{ command: 'ALL' }],
  tags: { passwd: true, nullok: true },
  options: {},
  place: { path: '/etc/pam.d/su', line: order + 1 },
  ...rest,
})
const facts = (...findings: Finding[]) =>
  hostFacts(
    [root, ann, bob, wheel, ...findings].map((finding) => ({ probe: 'any', finding })),
    [],
  )
const paths = (who: FindingOf<'account'>, ...findings: Finding[]) => suWays.ways(who, facts(...findings)).paths

test('everybody may try with the password of root, and that is a way for nobody', () => {
  expect(paths(ann, rule(0, 'everybody', {}), password('usable'))).toEqual([])
})

test('a group that is asked for no password is root, and others become who is in it', () => {
  const trusted = [rule(0, 'everybody', {}), rule(1, 'wheel', { tags: { passwd: false } })]
  expect(paths(ann, ...trusted)).toMatchObject([
    { via: 'su', effect: 'root', password: 'none', steps: [{ place: { path: '/etc/pam.d/su', line: 2 } }] },
  ])
  expect(paths(bob, ...trusted)).toEqual([])
})

test('who alone is let at the password of root is told so, as long as there is one that matches', () => {
  const only = rule(0, 'wheel', {})
  expect(paths(ann, only, password('usable'))).toMatchObject([{ effect: 'limited', password: 'target' }])
  expect(paths(ann, only, password('locked'))).toEqual([])
  expect(paths(bob, only, password('usable'))).toEqual([])
})

test('an empty password of root makes root of all that su lets at it, unless it takes none that is empty', () => {
  expect(paths(bob, rule(0, 'everybody', {}), password('empty'))).toMatchObject([
    { effect: 'root', password: 'none', steps: [{}, { place: { path: '/etc/shadow', line: 1 } }] },
  ])
  expect(paths(bob, rule(0, 'everybody', { tags: { passwd: true } }), password('empty'))).toEqual([])
  expect(paths(bob, rule(0, 'wheel', {}), password('empty'))).toEqual([])
})

test('who becomes all others but root without a password becomes root where one of them may', () => {
  const others = { users: [{ type: 'all', name: '' } as const, { type: 'user', name: 'root', negated: true } as const] }
  const docker = { ...wheel, account: 'bob', group: 'docker', gid: 998 } as Finding
  const found = privilegeOf(ann, facts(rule(0, 'wheel', { runAs: others, tags: { passwd: false } }), docker))
  expect(found).toMatchObject({
    privileged: 'yes',
    paths: [{ via: 'su', sentence: expect.stringContaining('Of bob:') }],
  })
})

test('what is not known of a rule leaves the answer open', () => {
  const [unsure] = suWays.ways(ann, facts(rule(0, 'wheel', { here: 'unknown', tags: {} }))).unsure
  expect(unsure).toMatchObject({ path: '/etc/pam.d/su', line: 1 })
})
