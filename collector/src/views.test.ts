import { createHash } from 'node:crypto'
import type { Outcome } from '@rollcall/contract'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { account, deliver, hostReport, runningCollector, type RunningCollector } from './running-collector.ts'
import { views } from './views/index.ts'

const now = () => new Date('2026-05-01T12:00:00.000Z')
const DENIED: Outcome = { status: 'denied', reasons: [{ code: 'not-permitted', path: '/etc/shadow' }] }
let running: RunningCollector
beforeAll(async () => {
  running = await runningCollector({ now })
  const login = (name: string, lastUsed: string) =>
    ({ kind: 'usage', account: name, consumer: 'login', lastUsed, place: { path: '/var/log/lastlog' } }) as const
  for (const [index, host] of ['db1', 'db2', 'web1'].entries())
    await deliver(
      running,
      hostReport(
        host,
        [
          {
            probe: 'local-accounts',
            findings: [
              account('root', 0),
              account('ada', 1000 + index),
              account('=cmd', 2000, { description: 'a "quoted", text' }),
            ],
          },
          { probe: 'last-logins', findings: [login('root', 'never'), login('ada', '2026-01-01T00:00:00Z')] },
          ...(host === 'web1'
            ? [
                {
                  probe: 'local-passwords',
                  findings: [],
                  outcome: DENIED,
                },
              ]
            : []),
        ],
        { startedAt: '2026-05-01T11:00:00.000Z', finishedAt: '2026-05-01T11:00:05.000Z' },
      ),
    )
})
afterAll(() => running[Symbol.asyncDispose]())

interface Page {
  rows: Record<string, unknown>[]
  next: string | null
  count: number | null
  coverage: Record<string, unknown>
}
const page = async (query: string) => {
  const answer = await running.ask(`/api/v1/views/${query}`)
  return { status: answer.status, body: (await answer.json()) as Page & { code?: string; detail?: string } }
}
const filtered = async (view: string, filter: string) =>
  (await page(`${view}?filter=${encodeURIComponent(filter)}`)).body

describe('a view', () => {
  test.each(views.map(({ id }) => [id]))(
    '%s can be read, sorted by each column that says so, and filtered by each',
    async (id) => {
      const view = views.find((view) => view.id === id)!
      expect((await page(id)).status).toBe(200)
      for (const column of view.columns) {
        for (const sort of [column.id, `-${column.id}`])
          expect([sort, (await page(`${id}?sort=${sort}`)).status]).toEqual([
            sort,
            column.sortable === false ? 400 : 200,
          ])
        const { status } = await page(`${id}?filter=${column.id}:unknown&count=none`)
        expect([column.id, status]).toEqual([column.id, 200])
      }
    },
  )

  test('of every column that a relation has shows no other', async () => {
    const { rows } = (await page('accounts?limit=1')).body
    expect(Object.keys(rows[0]!).sort()).toEqual(
      views
        .find(({ id }) => id === 'accounts')!
        .columns.map(({ id }) => id)
        .sort(),
    )
  })

  test('tells ages as of now, and known absence as a word', async () => {
    const { rows } = await filtered('accounts', 'host:db1 account:ada,root')
    const of = (name: string) => rows.find((row) => row['account'] === name)!
    expect(of('ada')).toMatchObject({ last_login: '2026-01-01T00:00:00Z', last_login_days: 120, gone_since: 'none' })
    expect(of('root')).toMatchObject({ last_login: 'never', last_login_days: 'never', password: null })
  })

  test.each([
    ['account:ada', 3],
    ['account:ADA host:db*', 2],
    ['-host:db*', 3],
    ['last_login:never', 3],
    ['last_login:>90d', 3],
    ['-last_login:>90d', 6],
    ['last_login_days:120', 3],
    ['last_login_days:>119', 3],
    ['last_login_days:<120', 0],
    ['last_login:unknown', 3],
    ['uid:>=1000 uid:<2000', 3],
    ['quoted', 3],
    ['privileged:yes', 3],
    ['password:unknown', 9],
    ['state:gone', 0],
    ["account:'; drop table account;--", 0],
    ['account:%', 0],
    ['account:_oot', 0],
  ])('accounts filtered by %s are %i', async (filter, count) => {
    expect((await filtered('accounts', filter)).count).toBe(count)
  })

  test('is read page by page, each row once, whatever it is sorted by', async () => {
    for (const sort of ['host', '-last_login', 'password', '-uid', 'last_login_days']) {
      const ids: unknown[] = []
      let cursor: string | null = ''
      while (cursor !== null) {
        const { body }: { body: Page } = await page(
          `accounts?limit=2&sort=${sort}${cursor === '' ? '' : `&cursor=${cursor}`}`,
        )
        ids.push(...body.rows.map(({ id }) => id))
        cursor = body.next
      }
      expect([sort, ids.length, new Set(ids).size]).toEqual([sort, 9, 9])
    }
  })

  test('refuses a cursor that was changed, or is of another question', async () => {
    const { next } = (await page('accounts?limit=2')).body
    const [payload = '', signature = ''] = next!.split('.')
    const forged = Buffer.from(JSON.stringify(['x', 'x', 0])).toString('base64url')
    for (const query of [
      `accounts?limit=2&cursor=${forged}.${signature}`,
      `accounts?limit=2&cursor=${payload}`,
      `accounts?limit=2&cursor=${next}.x`,
      `accounts?limit=2&cursor=${payload}.${signature.slice(1)}A`,
      `accounts?limit=2&sort=-host&cursor=${next}`,
      `accounts?limit=2&filter=uid:0&cursor=${next}`,
      `hosts?limit=2&cursor=${next}`,
    ])
      expect([query, (await page(query)).body.code]).toEqual([query, 'invalid-cursor'])
  })

  test('tells with every page what its rows rest on', async () => {
    expect((await page('accounts?count=none')).body).toMatchObject({
      count: null,
      coverage: { hosts: 3, complete: 2, partial: 1, neverReached: 0 },
    })
  })

  test('says what is wrong with a filter, and where', async () => {
    expect(await filtered('accounts', 'uid:0 acount:root')).toMatchObject({
      code: 'invalid-filter',
      detail: expect.stringMatching(/^at 7: there is no field acount; did you mean account/),
    })
  })
})

describe('an export', () => {
  test('is CSV of all rows with the chosen columns, and its manifest proves it', async () => {
    const answer = await running.ask(
      '/api/v1/views/accounts?format=csv&columns=host,account,uid,last_login,password&filter=host:db1&sort=-account',
    )
    const text = await answer.text()
    expect(text).toBe(
      [
        '"host","account","uid","last_login","password"',
        '"db1","root","0","never",',
        '"db1","ada","1000","2026-01-01T00:00:00Z",',
        `"db1","'=cmd","2000",,`,
        '',
      ].join('\r\n'),
    )
    expect(answer.headers.get('content-type')).toBe('text/csv; charset=utf-8; header=present')
    expect(answer.headers.get('cache-control')).toBe('no-store')
    const id = answer.headers.get('x-rollcall-export')!
    expect(answer.headers.get('content-disposition')).toBe(
      `attachment; filename="accounts_20260501T120000Z_${id}.csv"; filename*=UTF-8''accounts_20260501T120000Z_${id}.csv`,
    )
    const manifest = await (await running.ask(`/api/v1/views/accounts/manifest?export=${id}`)).json()
    expect(manifest).toMatchObject({
      view: 'accounts',
      format: 'csv',
      filter: 'host:db1',
      columns: ['host', 'account', 'uid', 'last_login', 'password'],
      rows: 3,
      bytes: Buffer.byteLength(text),
      sha256: createHash('sha256').update(text).digest('hex'),
      coverage: { hosts: 3 },
      requestedBy: 'token:tests',
      generator: 'Rollcall 1.2.3',
    })
  })

  test('is asked for by media type too, and has a byte order mark when asked', async () => {
    const plain = Buffer.from(
      await (await running.ask('/api/v1/views/hosts', { headers: { accept: 'text/csv' } })).arrayBuffer(),
    )
    expect(plain.subarray(0, 4).toString()).toBe('"id"')
    const marked = Buffer.from(await (await running.ask('/api/v1/views/hosts?format=csv&bom=yes')).arrayBuffer())
    expect([...marked.subarray(0, 4)]).toEqual([0xef, 0xbb, 0xbf, 0x22])
  })

  test('as NDJSON has raw values', async () => {
    const answer = await running.ask(
      '/api/v1/views/accounts?format=ndjson&columns=account,uid,groups&filter=host:db1 account:"=cmd"',
    )
    expect(JSON.parse(await answer.text())).toEqual({ account: '=cmd', uid: 2000, groups: [] })
  })

  test('of columns or an order that the view does not have is refused before it begins', async () => {
    for (const query of [
      'format=csv&columns=host,nope',
      'format=csv&columns=host,host',
      'format=csv&sort=groups',
      'format=csv&filter=nope:x',
    ])
      expect([query, (await running.ask(`/api/v1/views/accounts?${query}`)).status]).toEqual([query, 400])
    expect((await running.ask('/api/v1/views/nope?format=csv')).status).toBe(404)
    expect((await running.ask('/api/v1/views/accounts/manifest?export=nope')).status).toBe(404)
  })
})

describe('details', () => {
  test('of an account tell why, with its findings, outcomes and history', async () => {
    const { rows } = await filtered('accounts', 'host:web1 account:root')
    const detail = (await (await running.ask(`/api/v1/accounts/${String(rows[0]!['id'])}`)).json()) as Record<
      string,
      unknown
    >
    expect(detail).toMatchObject({
      name: 'root',
      host: { name: 'web1' },
      privileged: 'yes',
      paths: [{ via: 'uid-0', effect: 'root' }],
      findings: expect.arrayContaining([expect.objectContaining({ probe: 'last-logins' })]),
      outcomes: expect.arrayContaining([
        expect.objectContaining({
          probe: 'local-passwords',
          title: 'Local passwords',
          status: 'denied',
          reasons: [expect.objectContaining({ sentence: expect.stringContaining('may not read') })],
        }),
      ]),
    })
    expect((await running.ask('/api/v1/accounts/nobody')).status).toBe(404)
  })

  test('of a host tell what identifies it and what is on it', async () => {
    const { rows } = await filtered('hosts', 'host:db1')
    expect(await (await running.ask(`/api/v1/hosts/${String(rows[0]!['id'])}`)).json()).toMatchObject({
      name: 'db1',
      targets: [{ target: 'ssh://db1:22' }],
      counts: { accounts: 3, privileged: 1 },
    })
  })

  test('of everything begin with what was looked at', async () => {
    expect(await (await running.ask('/api/v1/overview')).json()).toMatchObject({
      coverage: {
        hosts: 3,
        gaps: [{ code: 'not-permitted', hosts: 1, filter: 'reason:not-permitted -status:complete' }],
      },
      accounts: { total: 9, privileged: 3, privilegedNeverLoggedIn: 3, byPath: [{ via: 'uid-0', accounts: 3 }] },
      nextScanAt: null,
    })
    expect((await filtered('outcomes', 'reason:not-permitted -status:complete')).count).toBe(1)
  })
})
