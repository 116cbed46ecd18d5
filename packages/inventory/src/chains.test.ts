import type { Finding, FindingOf, Grantee, Outcome } from '@rollcall/contract'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { hostFacts } from './host-facts.ts'
import { privilegeOf } from './privilege.ts'
import { kindsOfWay } from './ways/all.ts'

const account = (name: string, uid: number): FindingOf<'account'> => ({
  kind: 'account',
  name,
  uid,
  gid: uid,
  home: `/home/${name}`,
  shell: '/bin/sh',
  interactiveShell: true,
  place: { path: '/etc/passwd', line: uid + 1 },
})

/** `ann > bob`: ann may run anything as bob, without a password where `NOPASSWD` stands in front. */
const rule = (text: string, order: number, mechanism: 'sudo' | 'doas' = 'sudo'): FindingOf<'grant'> => {
  const [, free, who = '', as = ''] = /^(NOPASSWD )?(\S+) > (.+)$/.exec(text)!
  return {
    kind: 'grant',
    mechanism,
    order,
    grantees: [named(who)],
    here: 'yes',
    runAs: { users: as.split(',').map(named) },
    commands: [{ command: 'ALL' }],
    tags: free === undefined ? {} : mechanism === 'sudo' ? { passwd: false } : { nopass: true },
    options: {},
    place: { path: mechanism === 'sudo' ? '/etc/sudoers' : '/etc/doas.conf', line: order + 1 },
  }
}
const named = (text: string): Grantee => {
  const negated = text.startsWith('!') ? { negated: true as const } : {}
  const name = text.replace('!', '')
  if (name === 'ALL') return { type: 'all', name: '', ...negated }
  return name.startsWith('+')
    ? { type: 'netgroup', name: name.slice(1), ...negated }
    : { type: 'user', name, ...negated }
}

const COMPLETE: Outcome = { status: 'complete', reasons: [] }
const scopes = [
  ...new Set(kindsOfWay.flatMap(({ restsOn }) => restsOn.map((one) => (typeof one === 'string' ? one : one.probe)))),
].map((probe) => ({ probe, outcome: COMPLETE, privilege: 'root' as const }))

const root = account('root', 0)
const [ann, bob, carl, dora] = ['ann', 'bob', 'carl', 'dora'].map((name, index) => account(name, 1001 + index)) as [
  FindingOf<'account'>,
  FindingOf<'account'>,
  FindingOf<'account'>,
  FindingOf<'account'>,
]
const factsOf = (...findings: Finding[]) =>
  hostFacts(
    [root, ann, bob, carl, dora, ...findings].map((finding) => ({ probe: 'any', finding })),
    scopes,
  )
const rules = (...texts: string[]) => factsOf(...texts.map((text, order) => rule(text, order)))

test('who may act as an account that can become root can become root, and every step is told with its place', () => {
  const facts = rules('NOPASSWD ann > bob', 'bob > ALL')
  expect(privilegeOf(ann, facts)).toMatchObject({
    privileged: 'yes',
    paths: [
      {
        via: 'sudo',
        effect: 'root',
        password: 'target',
        steps: [
          { sentence: expect.stringContaining('as bob'), place: { line: 1 } },
          { sentence: expect.stringContaining('as root'), place: { line: 2 } },
        ],
      },
      { effect: 'limited' },
    ],
  })
  expect(privilegeOf(carl, facts).privileged).toBe('no')
})

test('a chain may go through several, through sudo and doas, and through a group that gives root', () => {
  const member = {
    kind: 'membership',
    account: 'dora',
    group: 'docker',
    gid: 998,
    role: 'member',
    place: { path: '/etc/group', line: 9 },
  } as const
  const facts = factsOf(
    rule('NOPASSWD ann > bob', 0),
    rule('NOPASSWD bob > carl', 0, 'doas'),
    rule('carl > dora', 1),
    member,
  )
  const [path] = privilegeOf(ann, facts).paths
  expect(path).toMatchObject({ via: 'sudo', effect: 'root', password: 'target' })
  expect(path!.steps.map(({ place }) => place?.path)).toEqual([
    '/etc/sudoers',
    '/etc/doas.conf',
    '/etc/sudoers',
    '/etc/group',
    undefined,
  ])
})

test('accounts that may only become each other get nowhere', () => {
  const facts = rules('ann > bob', 'bob > carl', 'carl > ann,bob')
  expect([ann, bob, carl].map((one) => privilegeOf(one, facts).privileged)).toEqual(['no', 'no', 'no'])
})

test('everyone but root includes a second name of root', () => {
  const facts = factsOf(rule('ann > ALL,!root', 0), account('toor', 0))
  expect(privilegeOf(ann, facts).paths[0]).toMatchObject({
    effect: 'root',
    sentence: expect.stringContaining('Of toor:'),
  })
})

test('where it is not known whether the other can become root, it is not known of the one either', () => {
  const facts = factsOf(rule('ann > bob', 0), { ...rule('bob > root', 1), here: 'unknown' })
  expect(privilegeOf(ann, facts)).toMatchObject({ privileged: 'unknown', unknownBecause: [{ line: 2 }] })
  expect(privilegeOf(carl, facts).privileged).toBe('no')
})

test('no path is told twice, and none comes back to where it began', () => {
  const facts = rules('NOPASSWD ann > bob', 'bob > ann', 'ann > ALL', 'NOPASSWD ann > bob')
  for (const one of [ann, bob]) {
    const { paths } = privilegeOf(one, facts)
    expect(new Set(paths.map((path) => JSON.stringify(path))).size).toBe(paths.length)
    for (const { steps } of paths) expect(new Set(steps.map(({ sentence }) => sentence)).size).toBe(steps.length)
  }
})

test('whoever may become whom, exactly those reach root that a search finds', () => {
  const names = Array.from({ length: 8 }, (_, index) => `u${index}`)
  const edge = fc.tuple(fc.constantFrom(...names), fc.constantFrom(...names, 'root', 'ALL,!root,!u0'))
  fc.assert(
    fc.property(fc.array(edge, { maxLength: 16 }), (edges) => {
      const accounts = names.map((name, index) => account(name, 2000 + index))
      const facts = factsOf(...accounts, ...edges.map(([who, as], order) => rule(`${who} > ${as}`, order)))
      const reaching = new Set(['root'])
      const targets = (as: string) => (as.startsWith('ALL') ? names.slice(1) : [as])
      for (let grown = true; grown;) {
        grown = false
        for (const [who, as] of edges)
          if (!reaching.has(who) && targets(as).some((one) => reaching.has(one))) grown = reaching.add(who).size > 0
      }
      for (const one of accounts) {
        expect(privilegeOf(one, facts).privileged, one.name).toBe(reaching.has(one.name) ? 'yes' : 'no')
      }
    }),
  )
})

test('the work for thousands of accounts that may all become each other is in proportion to them', () => {
  const looked = (count: number) => {
    let lookups = 0
    const accounts = Array.from({ length: count }, (_, index) => account(`u${index}`, 3000 + index))
    const facts = factsOf(
      ...accounts,
      ...accounts.slice(1, 50).map(({ name }, order) => rule(`${name} > ALL,!root`, order)),
      rule('u0 > root', 60),
    )
    const memberships = new (class extends Map<string, FindingOf<'membership'>[]> {
      override get(name: string) {
        lookups++
        return super.get(name)
      }
    })()
    const counted = { ...facts, memberships }
    for (const one of accounts) privilegeOf(one, counted)
    return lookups
  }
  const [few, many] = [looked(500), looked(4000)]
  expect(many / few).toBeLessThan(9)
})

test('of those that lead to root, one that needs no password is told before one that does', () => {
  const facts = factsOf(rule('ann > bob,carl', 0), rule('bob > root', 1), rule('NOPASSWD carl > root', 2))
  expect(privilegeOf(ann, facts).paths.find(({ effect }) => effect === 'root')?.sentence).toContain('Of carl:')
})
