import type { DirectoryTarget } from '@rollcall/contract'
import type { DirectoryEntry, SearchRequest } from '@rollcall/discovery'
import {
  certificatePins,
  loginLedger,
  openDirectory,
  ReachError,
  type DirectoryLimits,
  type DirectoryLogin,
  type OpenDirectory,
} from '@rollcall/reach'
import { Secret } from '@rollcall/secret'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  ber,
  control,
  done,
  entry,
  integer,
  intermediate,
  message,
  noticeOfDisconnection,
  reference,
  result,
  startFakeServer,
  type FakeOptions,
  type FakeScript,
  type FakeServer,
} from './lab/directories/fake-server.ts'

const PASSWORD = 'Wintergreen-Gate-77'
const LOGIN: DirectoryLogin = { kind: 'simple', name: 'cn=scan', password: Secret.ofText(PASSWORD) }
const QUICK: Partial<DirectoryLimits> = { connectMs: 5000, loginMs: 3000, idleMs: 400, lookMs: 8000 }
const { signal: never } = new AbortController()

const opened = (
  server: FakeServer,
  {
    limits = {},
    login = LOGIN,
    target = server.target,
  }: { limits?: Partial<DirectoryLimits>; login?: DirectoryLogin; target?: DirectoryTarget } = {},
): Promise<OpenDirectory> =>
  openDirectory(target, {
    login,
    trust: { ca: [server.authority], policy: 'strict', pins: certificatePins() },
    ledger: loginLedger(),
    limits: { ...QUICK, ...limits },
    signal: never,
  })

const USERS: SearchRequest = { base: 'dc=example,dc=org', scope: 'sub', filter: '(uid=*)', attributes: ['uid'] }

/** Opens, searches once, and copies what came. */
const searched = async (
  script: FakeScript,
  request: Partial<SearchRequest> = {},
  options: Omit<FakeOptions, 'script'> & { limits?: Partial<DirectoryLimits> } = {},
) => {
  await using server = await startFakeServer({
    ...options,
    script: (asked, connection) => (asked.kind === 'search' && asked.base !== '' ? script(asked, connection) : false),
  })
  await using directory = await opened(server, options.limits === undefined ? {} : { limits: options.limits })
  const entries: { dn: string; names: readonly string[]; uids: readonly string[] }[] = []
  const take = (some: readonly DirectoryEntry[]) => {
    for (const one of some) entries.push({ dn: one.dn, names: one.names, uids: one.texts('uid') })
  }
  const end = await directory.search({ ...USERS, ...request }, take, never)
  const requests = [...server.requests]
  const again = end.result === undefined ? await directory.search(USERS, () => undefined, never) : end
  return { entries, end, again, requests, connections: server.connections() }
}

const user = (id: number, number: number) => entry(id, `uid=u${number},dc=example,dc=org`, { uid: [`u${number}`] })

const failure = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'opened',
    (error: unknown) => {
      expect(error).toBeInstanceOf(ReachError)
      expect(JSON.stringify([String(error), error])).not.toContain(PASSWORD)
      return (error as ReachError).code
    },
  )

describe('pages', () => {
  test('a page without entries is no end while there is a cookie', async () => {
    const { entries, end } = await searched(({ id, page }, connection) => {
      if (page?.cookie === '') connection.send(user(id, 1), done(id, 'a'))
      else if (page?.cookie === 'a') connection.send(done(id, 'b'))
      else if (page?.cookie === 'b') connection.send(done(id, 'c'))
      else connection.send(user(id, 2), done(id, ''))
    })
    expect(entries.map(({ dn }) => dn)).toEqual(['uid=u1,dc=example,dc=org', 'uid=u2,dc=example,dc=org'])
    expect(end).toMatchObject({ entries: 2, pages: 4, result: 0 })
    expect(end.reason).toBeUndefined()
  })

  test('a server that gives less than was asked for is asked on', async () => {
    let sent = 0
    const { entries, end } = await searched(({ id, page }, connection) => {
      const from = Number(page?.cookie === '' ? 0 : page?.cookie)
      const some = Array.from({ length: 7 }, (_, at) => user(id, from + at))
      sent += some.length
      connection.send(...some, done(id, sent < 70 ? String(from + 7) : ''))
    })
    expect(new Set(entries.map(({ dn }) => dn)).size).toBe(70)
    expect(end.pages).toBe(10)
  })

  test('a server without pages gives all at once', async () => {
    const { entries, end } = await searched(({ id }, connection) => {
      for (let at = 0; at < 5000; at++) connection.send(user(id, at))
      connection.send(done(id))
    })
    expect([entries.length, end.pages, end.reason]).toEqual([5000, 1, undefined])
  })

  test('cookies without end and without entries end', async () => {
    const { end } = await searched(
      ({ id }, connection) => connection.send(done(id, 'again')),
      {},
      { limits: { lookMs: 60_000 } },
    )
    expect(end.reason?.code).toBe('too-many')
  }, 60_000)

  test('more than was asked for is cut, told, and the server told to stop', async () => {
    const { entries, end, requests } = await searched(
      ({ id }, connection) => {
        for (let at = 0; at < 50; at++) connection.send(user(id, at))
        connection.send(done(id, id === 3 ? 'more' : ''))
      },
      { maxEntries: 20 },
    )
    expect([entries.length, end.entries, end.reason?.code]).toEqual([20, 20, 'too-many'])
    expect(requests.filter(({ page }) => page?.cookie === 'more')).toEqual([])
  })

  test('a page is asked for before the entries of the one before are taken', async () => {
    const order: string[] = []
    await using server = await startFakeServer({
      script: ({ kind, id, base, page }, connection) => {
        if (kind !== 'search' || base === '') return false
        order.push(`asked ${page?.cookie}`)
        connection.send(user(id, 1), done(id, page?.cookie === '' ? 'two' : ''))
        return true
      },
    })
    await using directory = await opened(server)
    await directory.search(
      USERS,
      async () => {
        await new Promise((resolve) => setTimeout(resolve, 100))
        order.push('taken')
      },
      never,
    )
    expect(order).toEqual(['asked ', 'asked two', 'taken', 'taken'])
  })
})

describe('ranges', () => {
  const members = (from: number, to: number) => Array.from({ length: to - from }, (_, at) => `uid=m${from + at}`)

  test('values that come in ranges come whole', async () => {
    await using server = await startFakeServer({
      script: ({ kind, id, base, scope, attributes = [], page }, connection) => {
        if (kind !== 'search' || base === '') return false
        if (scope === 0) {
          const from = Number(/^member;range=(\d+)-\*$/.exec(attributes[0] ?? '')?.[1])
          const to = Math.min(from + 1500, 4000)
          connection.send(
            entry(id, base!, { [`member;range=${from}-${to === 4000 ? '*' : to - 1}`]: members(from, to) }),
            done(id),
          )
        } else if (page?.cookie === '')
          connection.send(
            entry(id, 'cn=many', { cn: ['many'], 'member;range=0-1499': members(0, 1500) }),
            user(id, 1),
            done(id, 'two'),
          )
        else connection.send(entry(id, 'cn=few', { member: ['uid=m1'] }), done(id, ''))
        return true
      },
    })
    await using directory = await opened(server)
    const found = new Map<string, readonly string[]>()
    const end = await directory.search(
      { ...USERS, attributes: ['cn', 'member'] },
      (entries) => {
        for (const one of entries) {
          expect(one.names.some((name) => name.includes('range'))).toBe(false)
          found.set(one.dn, one.texts('member'))
        }
      },
      never,
    )
    expect(end).toMatchObject({ entries: 3, pages: 2 })
    expect(found.get('cn=many')).toEqual(members(0, 4000))
    expect(found.get('cn=few')).toEqual(['uid=m1'])
  })

  test('a server whose ranges do not get ahead is told as cut short', async () => {
    const { end } = await searched(({ id, scope, base }, connection) => {
      if (scope === 0) connection.send(entry(id, base!, { 'member;range=0-9': members(0, 10) }), done(id))
      else connection.send(entry(id, 'cn=many', { 'member;range=0-9': members(0, 10) }), done(id, ''))
    })
    expect(end).toMatchObject({ entries: 1, reason: { code: 'too-large', count: 1 } })
  })
})

describe('how a search ends', () => {
  const ended = async (...answers: Parameters<typeof done> extends [number, ...infer Rest] ? Rest : never) =>
    (await searched(({ id }, connection) => connection.send(user(id, 1), done(id, ...answers)))).end

  test.each([
    [3, 'time-limit'],
    [4, 'size-limit'],
    [10, 'referral'],
    [11, 'admin-limit'],
    [32, 'no-such-entry'],
    [50, 'not-permitted'],
    [51, 'busy'],
    [52, 'busy'],
    [53, 'server-error'],
    [80, 'server-error'],
    [4096, 'full-look-needed'],
  ])('result %i is %s, and what came before counts', async (code, reason) => {
    expect(await ended(undefined, code, 'whatever it says')).toMatchObject({
      entries: 1,
      result: code,
      reason: { code: reason },
    })
  })

  test('what the server says in words is told nowhere', async () => {
    expect(JSON.stringify(await ended(undefined, 80, 'boo'.repeat(10)))).not.toContain('boo')
  })

  test('referrals are told and nobody goes there', async () => {
    const urls = ['ldap://127.0.0.1:1/dc=child', 'ldaps://elsewhere/dc=other']
    const { end, connections } = await searched(({ id }, connection) =>
      connection.send(reference(id, ...urls), reference(id, urls[0]!), done(id, undefined, 10, '', ['ldap://third/'])),
    )
    expect(end.referrals).toEqual([...urls, 'ldap://third/'])
    expect(connections).toBe(1)
  })

  test('referrals without end are bounded', async () => {
    const { end } = await searched(({ id }, connection) => {
      for (let at = 0; at < 5000; at++) connection.send(reference(id, `ldap://host${at}/`))
      connection.send(done(id))
    })
    expect(end.referrals.length).toBe(100)
  })

  test('intermediate answers and controls of entries arrive', async () => {
    await using server = await startFakeServer({
      script: ({ kind, id, base }, connection) => {
        if (kind !== 'search' || base === '') return false
        connection.send(
          intermediate(id, '1.3.6.1.4.1.4203.1.9.1.4', Buffer.from('state')),
          entry(id, 'uid=a', { uid: ['a'] }, control('1.3.6.1.4.1.4203.1.9.1.2', Buffer.from('add'))),
          entry(id, 'uid=b', {}, control('1.2.3')),
          message(id, result(0x65, 0), control('1.3.6.1.4.1.4203.1.9.1.3', Buffer.from('cookie'))),
        )
        return true
      },
    })
    await using directory = await opened(server)
    const states: unknown[] = []
    const end = await directory.search(
      { ...USERS, pageSize: 0 },
      (entries) => {
        for (const { dn, controls } of entries)
          states.push([dn, [...(controls ?? [])].map(([oid, value]) => [oid, Buffer.from(value).toString()])])
      },
      never,
    )
    expect(states).toEqual([
      ['uid=a', [['1.3.6.1.4.1.4203.1.9.1.2', 'add']]],
      ['uid=b', [['1.2.3', '']]],
    ])
    expect(end.intermediate.map(({ oid, value }) => [oid, Buffer.from(value).toString()])).toEqual([
      ['1.3.6.1.4.1.4203.1.9.1.4', 'state'],
    ])
    expect([...end.controls.keys()]).toEqual(['1.3.6.1.4.1.4203.1.9.1.3'])
  })

  test('attributes are called what they like', async () => {
    const { entries, end } = await searched(({ id }, connection) =>
      connection.send(
        entry(id, Buffer.from([0xff, 0x00, 0x2c]), [
          ['__proto__', ['polluted']],
          ['dn', ['cn=forged']],
          ['constructor', []],
          ['UID', ['a', Buffer.from([0xc3, 0x28])]],
          ['', ['nameless']],
        ]),
        done(id),
      ),
    )
    expect(entries).toEqual([
      { dn: '\uFFFD\0,', names: ['__proto__', 'dn', 'constructor', 'uid', ''], uids: ['a', '\uFFFD('] },
    ])
    expect(end.reason).toBeUndefined()
    expect(Object.prototype).not.toHaveProperty('polluted')
  })

  test('entries that do not follow the format are counted, and the others read', async () => {
    const broken = [
      ber(0x64),
      ber(0x64, ber(0x04, 'uid=x')),
      ber(0x64, ber(0x04, 'uid=x'), ber(0x30, ber(0x30, ber(0x04, 'uid')))),
      ber(0x64, ber(0x04, 'uid=x'), ber(0x30, ber(0x30, ber(0x04, 'uid'), ber(0x31, Buffer.from([0x04, 0x7f]))))),
      ber(0x64, ber(0x04, 'uid=x'), ber(0x30), ber(0x04, 'behind')),
    ]
    const { entries, end } = await searched(({ id }, connection) =>
      connection.send(...broken.map((one) => message(id, one)), user(id, 1), done(id)),
    )
    expect(entries).toHaveLength(1)
    expect(end.reason).toEqual({ code: 'unparsable', count: broken.length })
  })
})

describe('a connection that ends', () => {
  const LOST = { reason: { code: 'connection-lost' } }

  test('while nobody asks anything is lost, and is not made anew', async () => {
    await using server = await startFakeServer({
      script: ({ kind, base }, connection) => {
        if (kind === 'search' && base === '') setTimeout(() => connection.close(), 50)
        return false
      },
    })
    await using directory = await opened(server)
    await new Promise((resolve) => setTimeout(resolve, 200))
    expect(await directory.search(USERS, () => undefined, never)).toMatchObject({ entries: 0, ...LOST })
    expect(await directory.search(USERS, () => undefined, never)).toMatchObject(LOST)
    expect([server.connections(), server.requests.filter(({ kind }) => kind === 'bind').length]).toEqual([1, 1])
  })

  test('in the middle of a page leaves what came, and says so', async () => {
    const { entries, end, again } = await searched(({ id }, connection) => {
      connection.send(user(id, 1), user(id, 2), user(id, 3).subarray(0, 12))
      connection.close()
    })
    expect([entries.length, end.entries]).toEqual([2, 2])
    expect(end).toMatchObject(LOST)
    expect(again).toMatchObject(LOST)
  })

  test('with notice is lost, and busy where the notice says so', async () => {
    const [gone, busy] = await Promise.all(
      [1, 52].map((code) => searched((_, connection) => connection.send(noticeOfDisconnection(code)))),
    )
    expect(gone!.end).toMatchObject(LOST)
    expect(busy!.end.reason?.code).toBe('busy')
  })

  test('in silence is noticed', async () => {
    const { end, again } = await searched(({ id }, connection) => connection.send(user(id, 1)))
    expect(end).toMatchObject({ entries: 1, reason: { code: 'timed-out' } })
    expect(again).toMatchObject({ entries: 0, reason: { code: 'timed-out' } })
  })

  test('answers to what was not asked are ignored, but not for ever', async () => {
    const few = await searched(({ id }, connection) =>
      connection.send(
        user(id + 77, 1),
        user(1, 1),
        message(0, ber(0x78, integer(0, 0x0a), ber(0x04), ber(0x04))),
        user(id, 2),
        done(id),
      ),
    )
    expect(few.end).toMatchObject({ entries: 1, result: 0 })
    const many = await searched(({ id }, connection) => {
      for (let at = 0; at < 2000; at++) connection.send(user(id + 77, at))
    })
    expect(many.end.reason?.code).toBe('server-error')
  })

  test.each<[string, Buffer]>([
    ['garbage', Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')],
    ['a message of 2 GiB', Buffer.from([0x30, 0x84, 0x80, 0x00, 0x00, 0x00, 0x02, 0x01, 0x02])],
    ['a message of endless length', Buffer.from([0x30, 0x80, 0x02, 0x01, 0x02])],
    ['a length of many bytes', Buffer.from([0x30, 0x88, 1, 2, 3, 4, 5, 6, 7, 8])],
    ['an operation that does not exist', message(3, ber(0x66, 'x'))],
    ['a result without its parts', message(3, ber(0x65))],
    [
      'a message in a message in a message',
      Array.from({ length: 2000 }).reduce<Buffer>((inner) => ber(0x30, inner), Buffer.alloc(0)),
    ],
  ])('with %s is not believed any further', async (_, bytes) => {
    const { end, again } = await searched((_request, connection) => connection.send(bytes))
    expect(['unparsable', 'too-large']).toContain(end.reason?.code)
    expect(again.reason).toEqual(end.reason)
  })
})

describe('limits', () => {
  test('messages and all of them together have a size', async () => {
    const large = (id: number) => entry(id, 'uid=x', { uid: ['x'.repeat(200_000)] })
    const one = await searched(
      ({ id }, connection) => connection.send(large(id), done(id)),
      {},
      { limits: { messageBytes: 100_000 } },
    )
    expect(one.end.reason?.code).toBe('too-large')
    const all = await searched(
      ({ id }, connection) => {
        for (let at = 0; at < 10; at++) connection.send(large(id))
      },
      {},
      { limits: { totalBytes: 1_000_000 } },
    )
    expect(all.end.reason?.code).toBe('too-large')
  })

  test('the look as a whole has a time, however busy the server is', async () => {
    const began = Date.now()
    const { end } = await searched(
      ({ id }, connection) => {
        const more = setInterval(() => (connection.closed ? clearInterval(more) : connection.send(user(id, 1))), 50)
      },
      {},
      { limits: { lookMs: 1500 } },
    )
    expect(end.reason?.code).toBe('timed-out')
    expect(Date.now() - began).toBeLessThan(8000)
  })

  test('a search that is cancelled ends, and the next is answered', async () => {
    await using server = await startFakeServer({
      script: ({ kind, id, base }, connection) => {
        if (kind !== 'search' || base === '') return false
        if (base === 'dc=slow') return true
        connection.send(user(id, 1), done(id))
        return true
      },
    })
    await using directory = await opened(server, { limits: { idleMs: 5000 } })
    const cancelled = new AbortController()
    setTimeout(() => cancelled.abort(), 50)
    const end = await directory.search({ ...USERS, base: 'dc=slow' }, () => undefined, cancelled.signal)
    expect(end.reason?.code).toBe('cancelled')
    expect(await directory.search(USERS, () => undefined, never)).toMatchObject({ entries: 1, result: 0 })
    expect(server.requests.some(({ kind }) => kind === 'abandon')).toBe(true)
  })

  test('what take throws is thrown, and the next search is answered', async () => {
    await using server = await startFakeServer({
      script: ({ kind, id, base }, connection) => {
        if (kind !== 'search' || base === '') return false
        connection.send(user(id, 1), done(id, 'more'))
        return true
      },
    })
    await using directory = await opened(server)
    const fault = new Error('ours')
    await expect(
      directory.search(
        USERS,
        () => {
          throw fault
        },
        never,
      ),
    ).rejects.toBe(fault)
    expect(await directory.search({ ...USERS, maxEntries: 1 }, () => undefined, never)).toMatchObject({ entries: 1 })
  })

  test('a search may be asked for while the entries of another are taken, over a connection of its own', async () => {
    await using server = await startFakeServer({
      script: ({ kind, id, base }, connection) => {
        if (kind !== 'search' || base === '') return false
        connection.send(user(id, base === 'ou=inner' ? 2 : 1), done(id))
        return true
      },
    })
    await using directory = await opened(server)
    const seen: string[] = []
    const look = (base: string, within: () => Promise<unknown>) =>
      directory.search(
        { ...USERS, base },
        async ([first]) => {
          seen.push(first!.text('uid')!)
          await within()
          seen.push(first!.text('uid')!)
        },
        never,
      )
    const end = await look('ou=outer', () => look('ou=inner', () => Promise.resolve()))
    expect(end).toMatchObject({ entries: 1, result: 0 })
    expect(seen).toEqual(['u1', 'u2', 'u2', 'u1'])
    expect([server.connections(), server.requests.filter(({ kind }) => kind === 'bind').length]).toEqual([2, 2])
    await expect(look('a', () => look('b', () => look('c', () => Promise.resolve())))).rejects.toThrow('nested')
  })

  test('an entry that is kept longer than it may be says so', async () => {
    await using server = await startFakeServer({
      script: ({ kind, id, base }, connection) => {
        if (kind !== 'search' || base === '') return false
        connection.send(user(id, 1), done(id))
        return true
      },
    })
    await using directory = await opened(server)
    let kept: DirectoryEntry | undefined
    await directory.search(USERS, ([first]) => void (kept = first), never)
    expect(() => kept!.text('uid')).toThrow('kept')
    expect(directory.root.texts('namingcontexts')).toEqual(['dc=example,dc=org'])
  })
})

describe('a server that stalls or talks nonsense is left', () => {
  test.each<[string, FakeOptions, string]>([
    ['at the login', { script: ({ kind }) => kind === 'bind' }, 'timed-out'],
    ['at its root entry', { script: ({ kind }) => kind === 'search' }, 'timed-out'],
    ['at StartTLS', { security: 'starttls', script: () => true }, 'timed-out'],
    [
      'by garbage instead of an answer',
      { script: (_, connection) => connection.send(Buffer.from('220 smtp\r\n')) },
      'not-ldap',
    ],
    [
      'by garbage before it is asked',
      { greets: (connection) => connection.send(Buffer.from('* OK IMAP4rev1\r\n')) },
      'not-ldap',
    ],
    ['by hanging up at the login', { script: (_, connection) => connection.destroy() }, 'connection-lost'],
    [
      'by being busy',
      { script: ({ kind, id }, connection) => kind === 'bind' && connection.send(message(id, result(0x61, 51))) },
      'busy',
    ],
    [
      'without StartTLS',
      { security: 'starttls', script: ({ id }, connection) => connection.send(message(id, result(0x78, 2))) },
      'tls-required',
    ],
    [
      'without a root entry',
      { script: ({ kind, id }, connection) => kind === 'search' && connection.send(done(id)) },
      'server-error',
    ],
  ])('%s', async (_, options, code) => {
    await using server = await startFakeServer(options)
    expect(await failure(opened(server, { limits: { loginMs: 700 } }))).toBe(code)
    expect(server.plain().toString('latin1')).not.toContain(PASSWORD)
  })

  test('that does not speak TLS', async () => {
    await using server = await startFakeServer({
      security: 'starttls',
      greets: (connection) => connection.send(Buffer.from('* OK IMAP4rev1\r\n')),
    })
    expect(await failure(opened(server, { target: { ...server.target, security: 'ldaps' } }))).toBe('tls-failed')
    expect(server.plain().toString('latin1')).not.toContain(PASSWORD)
  })

  test('whatever its bytes are', async () => {
    const pieces = fc.oneof(
      fc.uint8Array({ maxLength: 40 }),
      fc.constantFrom(
        user(3, 1),
        done(3),
        done(3, 'x'),
        entry(3, '', {}),
        reference(3, 'a'),
        Buffer.from([0x30, 0x84]),
      ),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(pieces, { maxLength: 12 }), fc.boolean(), async (parts, hangsUp) => {
        const bytes = Buffer.concat(parts.map((part) => Buffer.from(part)))
        const { end } = await searched(
          (_, connection) => {
            connection.send(bytes)
            if (hangsUp) connection.close()
          },
          {},
          { limits: { idleMs: 250, lookMs: 4000 } },
        )
        expect(end.reason !== undefined || end.result === 0).toBe(true)
      }),
      { numRuns: 40 },
    )
  }, 60_000)
})

describe('StartTLS', () => {
  test('encrypts before anything is said', async () => {
    await using server = await startFakeServer({ security: 'starttls' })
    await using directory = await opened(server)
    expect(directory.root.texts('namingcontexts')).toEqual(['dc=example,dc=org'])
    expect(server.requests.map(({ kind }) => kind)).toEqual(['extended', 'bind', 'search'])
    const plain = server.plain()
    expect(plain.length).toBeLessThan(60)
    expect(plain.toString('latin1')).not.toContain('cn=scan')
  })

  test('does not let in what was said in clear behind its answer', async () => {
    // An answer to the login that follows, said before the encryption by whoever stands between.
    await using server = await startFakeServer({ security: 'starttls', injects: message(1, result(0x61, 0)) })
    expect(await failure(opened(server))).toBe('tls-failed')
    expect(server.requests.some(({ kind }) => kind === 'bind')).toBe(false)
  })
})

describe('certificates', () => {
  const { signal } = new AbortController()

  test('for another name or of an authority that is not trusted get nothing', async () => {
    await using other = await startFakeServer({ certificateFor: { name: 'other.example.org', address: '192.0.2.1' } })
    expect(await failure(opened(other))).toBe('certificate-name')
    await using stranger = await startFakeServer()
    const trust = { ca: [other.authority], policy: 'trust-on-first-use' as const, pins: certificatePins() }
    expect(await failure(openDirectory(stranger.target, { login: LOGIN, trust, limits: QUICK, signal }))).toBe(
      'certificate-untrusted',
    )
    expect([...other.requests, ...stranger.requests]).toEqual([])
  })

  test('pinned on first use get no password before somebody approves them, and another one nothing', async () => {
    await using server = await startFakeServer()
    const pins = new Map<string, { target: string; fingerprint: string; approved: boolean }>()
    const trust = {
      policy: 'trust-on-first-use' as const,
      pins: {
        of: (target: string) => Promise.resolve(pins.get(target)),
        pin(target: string, fingerprint: string) {
          pins.set(target, { target, fingerprint, approved: false })
          return Promise.resolve('pinned' as const)
        },
      },
    }
    const options = { trust, limits: QUICK, signal }
    const name = `ldaps://127.0.0.1:${server.target.port}`
    expect(
      await failure(openDirectory(server.target, { ...options, trust: { ...trust, policy: 'strict' }, login: LOGIN })),
    ).toBe('certificate-untrusted')
    expect(pins.size).toBe(0)
    expect(await failure(openDirectory(server.target, { ...options, login: LOGIN }))).toBe('certificate-untrusted')
    expect(server.requests).toEqual([])
    const [, pin] = [...pins][0]!
    expect(pin).toMatchObject({ target: name, fingerprint: expect.stringMatching(/^SHA256:[0-9a-f]{64}$/) })
    // Nobody is betrayed by reading anonymously.
    await using anonymous = await openDirectory(server.target, { ...options, login: { kind: 'anonymous' } })
    expect(anonymous.certificate).toBe(pin.fingerprint)
    pins.set(name, { ...pin, approved: true })
    await using directory = await openDirectory(server.target, { ...options, login: LOGIN })
    expect(directory.identity).toBe('cn=scan')
    pins.set(name, { target: name, fingerprint: `SHA256:${'0'.repeat(64)}`, approved: true })
    expect(await failure(openDirectory(server.target, { ...options, login: { kind: 'anonymous' } }))).toBe(
      'certificate-changed',
    )
  })
})

describe('logins', () => {
  const rejecting = (...answers: readonly Uint8Array[]): FakeScript => {
    let at = 0
    return ({ kind, id }, connection) => {
      if (kind !== 'bind') return false
      const answer = answers[Math.min(at++, answers.length - 1)]!
      connection.send(message(id, answer))
      return true
    }
  }
  const windows = (data: string) =>
    result(0x61, 49, `80090308: LdapErr: DSID-0C0903D3, comment: AcceptSecurityContext error, data ${data}, v4563\0`)

  test.each([
    ['52e', 'login-rejected'],
    ['525', 'login-rejected'],
    ['530', 'account-expired'],
    ['531', 'account-expired'],
    ['532', 'password-expired'],
    ['533', 'account-disabled'],
    ['701', 'account-expired'],
    ['773', 'must-change-password'],
    ['775', 'account-locked'],
  ])('Active Directory says data %s: %s', async (data, code) => {
    await using server = await startFakeServer({ script: rejecting(windows(data)) })
    expect(await failure(opened(server))).toBe(code)
  })

  test.each<[string, Buffer, string]>([
    ['19 of 389-DS', result(0x61, 19, 'Exceed password retry limit. Please try later.'), 'account-locked'],
    ['53 of 389-DS', result(0x61, 53, 'Account inactivated. Contact system administrator.'), 'account-disabled'],
    ['8', result(0x61, 8), 'not-permitted'],
    ['13', result(0x61, 13), 'tls-required'],
    ['48', result(0x61, 48), 'login-rejected'],
    ['80', result(0x61, 80), 'server-error'],
  ])('result %s', async (_, answer, code) => {
    await using server = await startFakeServer({ script: rejecting(answer) })
    expect(await failure(opened(server))).toBe(code)
  })

  test.each([
    [0, 49, 'password-expired'],
    [1, 49, 'account-locked'],
    [2, 0, 'must-change-password'],
  ])('a password policy that answers %i with result %i', async (error, code, told) => {
    await using server = await startFakeServer({
      script: ({ kind, id, controls }, connection) => {
        if (kind !== 'bind') return false
        expect(controls).toEqual(['1.3.6.1.4.1.42.2.27.8.5.1'])
        const value = ber(0x30, ber(0x81, Buffer.from([error])))
        connection.send(message(id, result(0x61, code), control('1.3.6.1.4.1.42.2.27.8.5.1', value)))
        return true
      },
    })
    expect(await failure(opened(server))).toBe(told)
  })

  test('without a login, a name or a password nothing is tried: a server would take it for somebody anonymous', async () => {
    await using server = await startFakeServer()
    const empty: DirectoryLogin = { kind: 'simple', name: 'cn=scan', password: Secret.ofText('') }
    const trust = { ca: [server.authority], policy: 'strict' as const, pins: certificatePins() }
    expect(await failure(opened(server, { login: empty }))).toBe('no-credential')
    expect(await failure(openDirectory(server.target, { trust, signal: never }))).toBe('no-credential')
    expect(server.connections()).toBe(0)
  })
})
