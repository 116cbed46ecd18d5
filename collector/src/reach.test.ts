import { reachAnswer, reachSummary } from '@rollcall/contract/api'
import type { Finding, FindingOf } from '@rollcall/contract'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { account, deliver, hostReport, runningCollector, until, type RunningCollector } from './running-collector.ts'

const key = (
  role: FindingOf<'key'>['role'],
  fingerprint: string,
  path: string,
  facts: Partial<FindingOf<'key'>> = {},
): FindingOf<'key'> => ({
  kind: 'key',
  role,
  fingerprint,
  algorithm: 'ssh-ed25519',
  place: { path, line: 1 },
  ...facts,
})
const privateKey = (fingerprint: string, account: string, facts: Partial<FindingOf<'key'>> = {}) =>
  key('private', fingerprint, `/home/${account}/.ssh/id_ed25519`, { account, passphrase: 'no', ...facts })
const authorized = (fingerprint: string, account: string, facts: Partial<FindingOf<'key'>> = {}) =>
  key('authorized', fingerprint, `/home/${account}/.ssh/authorized_keys`, { account, ...facts })

/** ada on jump holds a key that opens root on db, where a key of backup lies that opens deploy on web. */
const HOSTS: Record<string, { keys: Finding[]; private?: 'denied'; log?: Finding[] }> = {
  jump: {
    keys: [
      privateKey('SHA256:one', 'ada'),
      privateKey('SHA256:idle', 'root'),
      key('known', 'SHA256:db', '/home/ada/.ssh/known_hosts', { account: 'ada', hosts: ['db'] }),
    ],
  },
  db: {
    keys: [
      authorized('SHA256:one', 'root', { options: [{ name: 'from', value: '10.0.0.0/8' }] }),
      privateKey('SHA256:two', 'ada', { passphrase: 'yes' }),
      key('host', 'SHA256:db', '/etc/ssh/ssh_host_ed25519_key.pub'),
    ],
    log: [
      {
        kind: 'usage',
        account: 'root',
        consumer: 'key-login',
        key: 'SHA256:one',
        lastUsed: '2026-04-01T00:00:00Z',
        from: '10.0.0.1',
        place: { path: '/var/log/auth.log' },
      },
    ],
  },
  web: {
    keys: [
      authorized('SHA256:two', 'ada'),
      authorized('SHA256:lost', 'root'),
      authorized('SHA256:one', 'root', { ineffective: 'revoked' }),
    ],
    private: 'denied',
  },
}

let running: RunningCollector
const ids: Record<string, string> = {}
beforeAll(async () => {
  running = await runningCollector()
  for (const [index, [host, { keys, private: looked, log = [] }]] of Object.entries(HOSTS).entries()) {
    const report = hostReport(host, [
      {
        probe: 'local-accounts',
        findings: [account('root', 0), account('ada', 1000)],
      },
      {
        probe: 'local-passwords',
        findings: ['root', 'ada'].map((name) => ({
          kind: 'credential' as const,
          class: 'login-password' as const,
          account: name,
          state: 'usable' as const,
          digest: name === 'root' ? 'copied' : `of ${name} on ${host}`,
          place: { path: '/etc/shadow' },
        })),
      },
      { probe: 'authorized-keys', findings: keys.filter((one) => one.kind === 'key' && one.role === 'authorized') },
      { probe: 'key-logins', findings: log },
      {
        probe: 'private-keys',
        findings: keys.filter((one) => one.kind === 'key' && one.role !== 'authorized'),
        ...(looked === 'denied'
          ? { outcome: { status: 'denied', reasons: [{ code: 'not-permitted', path: '/root' }] } }
          : {}),
      },
    ])
    report.host!.addresses = [`10.0.0.${index + 1}`]
    await deliver(running, report)
  }
  const { rows } = (await (await running.ask('/api/v1/views/accounts')).json()) as { rows: Record<string, string>[] }
  for (const row of rows) {
    ids[`${row['host']}/${row['account']}`] = row['id']!
    ids[row['host']!] = row['host_id']!
  }
})
afterAll(() => running[Symbol.asyncDispose]())

const ask = async (query: string) => {
  const answer = await running.ask(`/api/v1/reach?${query}`)
  return reachAnswer.parse(await answer.json())
}

test('an account reaches root where its key opens it, with file, line and what speaks for it', async () => {
  const answer = await ask(`from=${ids['jump/ada']}`)
  expect(answer).toMatchObject({
    direction: 'from',
    node: { type: 'account', name: 'ada', host: { name: 'jump' } },
    totals: { hosts: 2, roots: 1, rootsFreely: 1, limited: 0 },
    coverage: { hosts: 3, complete: 2, sentence: expect.stringContaining('2 of 3 hosts') },
  })
  const [first, root] = answer.ends
  expect(first).toMatchObject({ node: { type: 'account', name: 'root', host: { name: 'db' } }, conditions: 0 })
  expect(first!.path).toMatchObject([
    {
      type: 'reads-key',
      to: { type: 'key', fingerprint: 'SHA256:one' },
      place: { path: '/home/ada/.ssh/id_ed25519', line: 1 },
      sentence: 'It may read this private key.',
    },
    {
      type: 'opens-account',
      place: { path: '/home/root/.ssh/authorized_keys', line: 1 },
      sentence: 'Its public half opens root, from 10.0.0.0/8 only.',
      evidence: [
        { sentence: 'It was last used here on 2026-04-01, from 10.0.0.1.' },
        { sentence: expect.stringMatching(/^ada knows the host key/), place: { path: '/home/ada/.ssh/known_hosts' } },
      ],
    },
  ])
  expect(root!.path.at(-1)).toMatchObject({ type: 'becomes-root', sentence: 'It is root.' })
})

test('onward from root there, under the conditions of the way', async () => {
  const answer = await ask(`from=${ids['jump/ada']}`)
  const web = answer.ends.find(({ node }) => node.type === 'account' && node.host.name === 'web')!
  expect(web).toMatchObject({ conditions: 1, steps: 5 })
  expect(web.path.map(({ type }) => type)).toEqual([
    'reads-key',
    'opens-account',
    'becomes-root',
    'reads-key',
    'opens-account',
  ])
  expect(web.path[3]!.conditions).toEqual([{ code: 'passphrase', sentence: 'a passphrase protects the key' }])
})

test('a host tells who becomes root on it, from wherever they come', async () => {
  const answer = await ask(`to=${ids['db']}`)
  expect(answer.ends.map(({ node }) => (node.type === 'key' ? '' : `${node.type} ${node.host.name}`))).toEqual(
    expect.arrayContaining(['account jump', 'root jump', 'account db']),
  )
  const ada = answer.ends.find(({ node }) => node.type === 'account' && node.name === 'ada')!
  expect(ada.path.at(-1)).toMatchObject({ type: 'becomes-root', to: { type: 'root', host: { name: 'db' } } })
})

test('ends as root alone, and no more than asked for', async () => {
  const answer = await ask(`to=${ids['web']}&ends=root&limit=1`)
  expect(answer.ends.every(({ node }) => node.type === 'root')).toBe(true)
  expect((await ask(`from=${ids['jump/ada']}&limit=1`)).left).toBe(2)
})

test('whoever holds a key reaches what it opens', async () => {
  expect((await ask('from=SHA256:one')).ends[0]).toMatchObject({ node: { type: 'account', name: 'root' }, steps: 1 })
  expect((await ask('from=SHA256:unheard')).ends).toEqual([])
})

test('on a host that no key ties to another, an account is root as far as it is privileged', async () => {
  await deliver(running, hostReport('alone', [{ probe: 'local-accounts', findings: [account('root', 0)] }]))
  const { rows } = (await (await running.ask('/api/v1/views/accounts?filter=host:alone')).json()) as {
    rows: { id: string }[]
  }
  expect((await ask(`from=${rows[0]!.id}`)).ends).toMatchObject([{ node: { type: 'root', host: { name: 'alone' } } }])
})

test.each([
  ['', 400],
  ['from=a&to=b', 400],
  ['from=nobody', 404],
  ['to=SHA256:one', 404],
  ['from=nobody&limit=0', 400],
])('%j is refused', async (query, status) => {
  expect((await running.ask(`/api/v1/reach?${query}`)).status).toBe(status)
})

test('the summary tells who moves the most, and keys of which one half was seen only, with the filter that lists them', async () => {
  const summary = reachSummary.parse(await (await running.ask('/api/v1/reach/summary')).json())
  expect(summary).toMatchObject({ privateKeys: 3, privateKeysThatOpen: 2, moversComplete: true })
  expect(summary.movers[0]).toMatchObject({ roots: 1, rootsFreely: 1 })
  for (const { code, places, filter } of summary.orphans) {
    const page = await running.ask(`/api/v1/views/keys?filter=${encodeURIComponent(filter)}`)
    expect([code, ((await page.json()) as { count: number }).count]).toEqual([code, places])
  }
  expect(summary.orphans.map(({ places }) => places)).toEqual([1, 1, 0])
  expect(summary.orphans[0]!.sentence).toContain('not seen on the hosts that were looked at')
})

test('an account tells on which other hosts its very password hash is, and the overview how many such accounts there are', async () => {
  const detail = (await (await running.ask(`/api/v1/accounts/${ids['db/root']}`)).json()) as Record<string, unknown>
  expect(detail).toMatchObject({
    samePassword: { accounts: 2, some: [{ name: 'root' }, { name: 'root' }] },
    findings: expect.arrayContaining([
      expect.objectContaining({ finding: expect.objectContaining({ consumer: 'key-login', key: 'SHA256:one' }) }),
    ]),
  })
  const overview = (await (await running.ask('/api/v1/overview')).json()) as Record<string, unknown>
  expect(overview).toMatchObject({
    accounts: { samePassword: 3 },
    keys: { privateOpeningRoot: 1, lookedForPrivate: 2 },
    serviceAccounts: { total: 0 },
    files: { total: 0 },
  })
})

test('what was learned since is in the next graph, once the last one has had its time', async () => {
  let at = new Date('2026-05-01T12:00:00Z')
  await using other = await runningCollector({ now: () => at })
  await deliver(other, hostReport('h', [{ probe: 'local-accounts', findings: [account('root', 0)] }]))
  const told = async () =>
    (await (await other.ask('/api/v1/reach/summary')).json()) as { at: string; privateKeys: number }
  expect((await told()).privateKeys).toBe(0)
  await deliver(
    other,
    hostReport('h', [{ probe: 'private-keys', findings: [privateKey('SHA256:one', 'root')] }], {
      startedAt: '2026-05-01T11:00:00Z',
      finishedAt: '2026-05-01T11:00:01Z',
    }),
  )
  expect((await told()).at).toBe('2026-05-01T12:00:00.000Z')
  at = new Date('2026-05-01T12:00:31Z')
  await until(async () => (await told()).privateKeys === 1)
})
