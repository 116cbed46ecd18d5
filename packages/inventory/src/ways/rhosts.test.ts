import type { Finding, FindingOf } from '@rollcall/contract'
import { expect, test } from 'vitest'
import { hostFacts, type LookedScope } from '../host-facts.ts'
import { chainsOf } from '../chains.ts'
import { rhostsWays } from './rhosts.ts'

const account = (name: string, uid: number): FindingOf<'account'> => ({
  kind: 'account',
  name,
  uid,
  gid: uid,
  home: uid === 0 ? '/root' : `/home/${name}`,
  shell: '/bin/sh',
  interactiveShell: true,
  place: { path: '/etc/passwd', line: uid + 1 },
})
const [root, ann, bob] = [account('root', 0), account('ann', 1), account('bob', 2)]
const trusts = (name: string, values: string[], owner?: string): Finding => ({
  kind: 'setting',
  subject: 'rhosts',
  name,
  values,
  ...(owner === undefined ? {} : { account: owner }),
  place: { path: owner === undefined ? `/etc/${name}` : `/home/${owner}/.${name}`, line: 1 },
})
const rsh = (enabled = true, program = '/usr/sbin/in.rshd'): Finding => ({
  kind: 'usage',
  account: 'root',
  consumer: 'inetd-service',
  name: program.endsWith('rexecd') ? 'exec' : 'shell',
  program,
  enabled,
  place: { path: '/etc/inetd.conf', line: 4 },
})
const sshd = (name: string, value: string): Finding => ({
  kind: 'setting',
  subject: 'sshd',
  name,
  values: [value],
  place: { path: '/etc/ssh/sshd_config', line: 7 },
})
const hostbased = [sshd('hostbasedauthentication', 'yes'), sshd('ignorerhosts', 'no')]

const scope = (probe: string): LookedScope => ({
  probe,
  outcome: { status: 'complete', reasons: [] },
  privilege: 'root',
})
const facts = (...findings: readonly Finding[]) =>
  hostFacts(
    [root, ann, bob, ...findings].map((finding) => ({ probe: 'any', finding })),
    ['rhosts', 'sshd-settings'].map(scope),
  )
const become = (who: FindingOf<'account'>, ...findings: readonly Finding[]) =>
  (rhostsWays.ways(who, facts(...findings)).becomes ?? []).map(
    ({ accounts, doubt }) => accounts.map(({ name }) => name).join(' ') + (doubt === undefined ? '' : '?'),
  )

test('a file that trusts everybody gives nothing where no server asks it', () => {
  const open = trusts('rhosts', ['+ +'], 'root')
  expect(become(ann, open)).toEqual([])
  expect(become(ann, open, rsh(false))).toEqual([])
  expect(become(ann, open, rsh(true, '/usr/sbin/in.rexecd'))).toEqual([])
  expect(become(ann, open, sshd('hostbasedauthentication', 'no'))).toEqual([])
  expect(become(ann, open, sshd('hostbasedauthentication', 'yes'))).toEqual([])
})

test("root's .rhosts that trusts everybody makes root of everybody where rsh is started, with each step", () => {
  const known = facts(trusts('rhosts', ['+ +'], 'root'), rsh())
  expect(chainsOf(ann, known).paths).toMatchObject([
    {
      via: 'rhosts',
      effect: 'root',
      password: 'none',
      steps: [
        { sentence: '/home/root/.rhosts says + +', place: { path: '/home/root/.rhosts', line: 1 } },
        { place: { path: '/etc/inetd.conf', line: 4 } },
        expect.anything(),
      ],
    },
  ])
})

test.each([
  [['+ ann'], ['root'], []],
  [['localhost bob'], [], ['root']],
  // Who is called root there, and who is on another machine, is nobody here.
  [['+'], [], []],
  [['node1 +'], [], []],
  [['+@cluster +'], [], []],
  [['+ +', '-node1'], ['root?'], ['root?']],
])('by %j in the .rhosts of root ann becomes %j and bob %j', (values, anns, bobs) => {
  const open = trusts('rhosts', values, 'root')
  expect(become(ann, open, rsh())).toEqual(anns)
  expect(become(bob, open, rsh())).toEqual(bobs)
})

test('the file of the host opens all accounts but root, and without a user only those of the same name', () => {
  expect(become(ann, trusts('hosts.equiv', ['+ +']), rsh())).toEqual(['bob ann'])
  expect(become(ann, trusts('hosts.equiv', ['+']), rsh())).toEqual([])
})

test('sshd asks such files where it is told to, and then only of machines that it knows', () => {
  expect(become(ann, trusts('rhosts', ['+ +'], 'root'), ...hostbased)).toEqual(['root?'])
  expect(become(ann, trusts('shosts', ['+ +'], 'root'), ...hostbased)).toEqual(['root?'])
  const some = [sshd('hostbasedauthentication', 'yes'), sshd('ignorerhosts', 'shosts-only')]
  expect(become(ann, trusts('rhosts', ['+ +'], 'root'), ...some)).toEqual([])
  expect(become(ann, trusts('shosts', ['+ +'], 'root'), ...some)).toEqual(['root?'])
  // The server of rsh has never heard of these.
  expect(become(ann, trusts('shosts', ['+ +'], 'root'), rsh())).toEqual([])
})

test('files that could not be read leave the answer open where a server asks them, and only there', () => {
  const unread = (...findings: readonly Finding[]) =>
    hostFacts(
      [root, ann, ...findings].map((finding) => ({ probe: 'any', finding })),
      [
        scope('sshd-settings'),
        { probe: 'rhosts', outcome: { status: 'denied', reasons: [{ code: 'not-permitted' }] }, privilege: 'user' },
      ],
    )
  expect(rhostsWays.ways(ann, unread(rsh())).unsure).toEqual([{ code: 'not-permitted' }])
  expect(rhostsWays.ways(ann, unread()).unsure).toEqual([])
})
