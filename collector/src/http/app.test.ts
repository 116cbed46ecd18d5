import { mkdir, stat, writeFile } from 'node:fs/promises'
import { request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runningCollector, type RunningCollector } from '../running-collector.ts'

let running: RunningCollector
beforeAll(async () => {
  running = await runningCollector({ publicUrls: ['https://rollcall.example.com'] })
})
afterAll(() => running[Symbol.asyncDispose]())

const PASSWORD = 'canary-6f1d correct horse'

/** A request with any headers, `Host` too, which fetch does not let anybody set. */
const raw = (
  path: string,
  { method = 'GET', headers = {}, body }: { method?: string; headers?: Record<string, string>; body?: string } = {},
  to = running.collector.address,
) =>
  new Promise<{ status: number; headers: Record<string, string | string[] | undefined>; text: string }>(
    (resolve, reject) => {
      const request = httpRequest(`${to}${path}`, { method, headers }, (response) => {
        let text = ''
        response.setEncoding('utf8').on('data', (part: string) => (text += part))
        response.on('end', () => resolve({ status: response.statusCode!, headers: response.headers, text }))
      })
      request.on('error', reject)
      request.end(body)
    },
  )
const problemOf = ({ text }: { text: string }) => (JSON.parse(text) as { code: string }).code
const json = { 'content-type': 'application/json', 'x-rollcall': '1' }

/** Makes the first account, or logs in once there is one, and gives the session's cookie. */
const loggedIn = async (at = running): Promise<string> => {
  const secret = at.collector.oneTimeSecret!.reveal()
  const first = await raw(
    '/api/v1/session',
    { method: 'POST', headers: json, body: JSON.stringify({ oneTimeSecret: secret, user: 'ada', password: PASSWORD }) },
    at.collector.address,
  )
  const answer =
    first.status === 200
      ? first
      : await raw(
          '/api/v1/session',
          { method: 'POST', headers: json, body: JSON.stringify({ user: 'ada', password: PASSWORD }) },
          at.collector.address,
        )
  expect(answer.status).toBe(200)
  return String(answer.headers['set-cookie']).split(';')[0]!
}

describe('every route', () => {
  const OPEN = new Set([
    'GET /healthz',
    'GET /readyz',
    'GET /api/v1/session',
    'POST /api/v1/session',
    'DELETE /api/v1/session',
    'GET /assets/*',
    'GET /*',
  ])

  test('but the few that are open refuses whoever does not say who they are', async () => {
    const routes = running.collector.routes.filter((route) => !route.startsWith('HEAD') && !OPEN.has(route))
    expect(routes.length).toBeGreaterThan(15)
    for (const route of routes) {
      const [method = '', url = ''] = route.split(' ')
      for (const headers of [
        {},
        { authorization: `Bearer rc_${'x'.repeat(43)}` },
        { cookie: `rollcall_session=${'x'.repeat(43)}` },
        { authorization: 'Basic YTpi' },
      ]) {
        const answer = await raw(url.replace(':id', 'accounts'), {
          method,
          headers: { ...json, ...headers },
          ...(method === 'POST' ? { body: '{}' } : {}),
        })
        expect([route, answer.status, problemOf(answer)]).toEqual([route, 401, 'not-logged-in'])
      }
    }
  })

  test('has the security headers, also on errors and addresses that are none', async () => {
    for (const path of [
      '/',
      '/healthz',
      '/api/v1/session',
      '/api/v1/views',
      '/api/nothing',
      '/assets/none.js',
      '/%zz',
      '/none.txt',
    ]) {
      const { headers } = await raw(path)
      expect([path, headers['content-security-policy']]).toEqual([
        path,
        expect.stringContaining("default-src 'none'; script-src 'self'; style-src 'self'"),
      ])
      expect(headers['content-security-policy']).toContain("require-trusted-types-for 'script'")
      expect(headers).toMatchObject({
        'x-content-type-options': 'nosniff',
        'cross-origin-opener-policy': 'same-origin',
        'cross-origin-resource-policy': 'same-origin',
        'referrer-policy': 'no-referrer',
        'permissions-policy': expect.stringContaining('camera=()'),
      })
    }
    expect((await running.ask('/api/v1/views')).headers.get('cache-control')).toBe('no-store')
  })

  test('under another name than ours is refused, so that no page can point its own name at us', async () => {
    for (const host of ['evil.example', 'localhost.evil.example', '127.0.0.1.nip.io', '10.0.0.1', 'evil.example:80']) {
      const answer = await raw('/api/v1/session', { headers: { host } })
      expect([host, [400, 421].includes(answer.status)]).toEqual([host, true])
    }
    for (const host of ['localhost', 'LOCALHOST:99', '127.0.0.1', '[::1]:7878', 'rollcall.example.com'])
      expect([host, (await raw('/api/v1/session', { headers: { host } })).status]).toEqual([host, 200])
    expect((await raw('/healthz', { headers: { host: 'balancer.example' } })).text).toBe('ok\n')
  })

  test('refuses bodies that are too large or no JSON, and repeats nothing of them', async () => {
    const authorization = `Bearer ${running.token}`
    const large = await raw('/api/v1/scans', {
      method: 'POST',
      headers: { ...json, authorization },
      body: JSON.stringify({ a: 'x'.repeat(70_000) }),
    })
    expect([large.status, problemOf(large)]).toEqual([413, 'too-large'])
    const huge = await raw('/api/v1/targets', {
      method: 'POST',
      headers: { ...json, authorization, 'content-length': String(20 * 1024 * 1024) },
    }).catch(() => ({ status: 413 }))
    expect(huge.status).toBe(413)
    for (const [type, body, status] of [
      ['application/json', '{"a": canary-6f1d', 400],
      ['application/json', '{"__proto__": {"a": 1}}', 400],
      ['text/plain', 'canary-6f1d', 415],
      ['application/xml', '<a/>', 415],
    ] as const) {
      const answer = await raw('/api/v1/scans', {
        method: 'POST',
        headers: { 'x-rollcall': '1', authorization, 'content-type': type },
        body,
      })
      expect([type, answer.status]).toEqual([type, status])
      expect(answer.text).not.toContain('canary')
    }
  })

  test('answers what is wrong with a request as a problem, with a pointer to it', async () => {
    const answer = await running.ask('/api/v1/views/accounts?limit=0&fliter=x')
    expect(answer.headers.get('content-type')).toContain('application/problem+json')
    expect(await answer.json()).toMatchObject({
      status: 400,
      code: 'invalid-request',
      errors: expect.arrayContaining([{ pointer: '/limit', detail: expect.any(String) }]),
    })
  })
})

describe('a browser', () => {
  test('that changes something needs our header and our origin', async () => {
    const cookie = await loggedIn()
    const own = running.collector.address
    const start = (headers: Record<string, string>) =>
      raw('/api/v1/tokens', {
        method: 'POST',
        headers: { 'content-type': 'application/json', cookie, ...headers },
        body: '{"name":"x"}',
      })
    expect(problemOf(await start({}))).toBe('unmarked')
    expect(problemOf(await start({ 'x-rollcall': '1', origin: 'https://evil.example' }))).toBe('cross-site')
    expect(problemOf(await start({ 'x-rollcall': '1', origin: 'null' }))).toBe('cross-site')
    expect(problemOf(await start({ 'x-rollcall': '1', origin: own.replace('http:', 'https:') }))).toBe('cross-site')
    expect(problemOf(await start({ 'x-rollcall': '1', 'sec-fetch-site': 'cross-site' }))).toBe('cross-site')
    expect(problemOf(await start({ 'x-rollcall': '1', 'sec-fetch-site': 'same-site' }))).toBe('cross-site')
    expect(problemOf(await start({ 'x-rollcall': '1', 'sec-fetch-site': 'none' }))).toBe('cross-site')
    expect((await start({ 'x-rollcall': '1', origin: own, 'sec-fetch-site': 'same-origin' })).status).toBe(201)
    expect(problemOf(await raw('/api/v1/views', { headers: { cookie, 'sec-fetch-site': 'same-site' } }))).toBe(
      'cross-site',
    )
  })

  test('cannot be logged in by another site', async () => {
    const answer = await raw('/api/v1/session', {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: 'https://evil.example' },
      body: JSON.stringify({ user: 'eve', password: 'x' }),
    })
    expect(answer.status).toBe(403)
  })

  test('gets a cookie that scripts and other sites do not see, and over TLS one that no other host can set', async () => {
    const plain = await raw('/api/v1/session', {
      method: 'POST',
      headers: json,
      body: JSON.stringify({ user: 'ada', password: PASSWORD }),
    })
    expect(String(plain.headers['set-cookie'])).toMatch(
      /^rollcall_session=[\w-]{43}; Path=\/; Expires=[^;]+; HttpOnly; SameSite=Strict$/,
    )
    const secure = await raw('/api/v1/session', {
      method: 'POST',
      headers: { ...json, host: 'rollcall.example.com', origin: 'https://rollcall.example.com' },
      body: JSON.stringify({ user: 'ada', password: PASSWORD }),
    })
    expect(String(secure.headers['set-cookie'])).toMatch(
      /^__Host-rollcall=[\w-]{43}; Path=\/; Expires=[^;]+; HttpOnly; Secure; SameSite=Strict$/,
    )
    expect(secure.headers['strict-transport-security']).toBeDefined()
    // The plain cookie is nothing under the name that is only for TLS.
    const cookie = String(plain.headers['set-cookie']).split(';')[0]!
    expect((await raw('/api/v1/views', { headers: { cookie, host: 'rollcall.example.com' } })).status).toBe(401)
  })

  test('is logged out for good', async () => {
    const cookie = await loggedIn()
    expect((await raw('/api/v1/views', { headers: { cookie } })).status).toBe(200)
    expect((await raw('/api/v1/session', { method: 'DELETE', headers: { cookie, 'x-rollcall': '1' } })).status).toBe(
      200,
    )
    expect((await raw('/api/v1/views', { headers: { cookie } })).status).toBe(401)
  })
})

describe('the first login', () => {
  test('takes the one-time secret once, with a password of 12 characters', async () => {
    await using fresh = await runningCollector()
    const secret = fresh.collector.oneTimeSecret!.reveal()
    expect(secret).toMatch(/^([A-Z2-7]{5}-){5}[A-Z2-7]$/)
    const login = (body: unknown) =>
      raw('/api/v1/session', { method: 'POST', headers: json, body: JSON.stringify(body) }, fresh.collector.address)
    expect(JSON.parse((await raw('/api/v1/session', {}, fresh.collector.address)).text)).toMatchObject({
      user: null,
      firstLogin: true,
    })
    expect((await login({ oneTimeSecret: secret, user: 'ada', password: 'short' })).status).toBe(400)
    expect((await login({ oneTimeSecret: 'AAAAA-AAAAA', user: 'ada', password: PASSWORD })).status).toBe(401)
    expect((await login({ user: 'ada', password: PASSWORD })).status).toBe(401)
    const both = await Promise.all([
      login({ oneTimeSecret: secret.toLowerCase(), user: 'ada', password: PASSWORD }),
      login({ oneTimeSecret: secret, user: 'eve', password: PASSWORD }),
    ])
    expect(new Set(both.map(({ status }) => status))).toEqual(new Set([200, 401]))
    expect(await fresh.store.access.users()).toBe(1)
    expect(JSON.parse((await raw('/api/v1/session', {}, fresh.collector.address)).text)).toMatchObject({
      firstLogin: false,
    })
  })

  test('is over when there is an account: the next start makes no secret', async () => {
    await using fresh = await runningCollector()
    await loggedIn(fresh)
    await using again = await runningCollector({ store: fresh.store, bus: fresh.bus })
    expect(again.collector.oneTimeSecret).toBeUndefined()
  })
})

describe('secrets', () => {
  test('of logins are in no log, no answer and no audit entry, whatever becomes of the login', async () => {
    await using fresh = await runningCollector()
    const secret = fresh.collector.oneTimeSecret!.reveal()
    const answers: string[] = []
    const login = async (body: string) =>
      answers.push(
        (await raw('/api/v1/session', { method: 'POST', headers: json, body }, fresh.collector.address)).text,
      )
    for (const body of [
      { oneTimeSecret: secret, user: 'UPPER', password: PASSWORD },
      { oneTimeSecret: 'canary-6f1d', user: 'ada', password: PASSWORD },
      { oneTimeSecret: secret, user: 'ada', password: PASSWORD },
      { user: 'ada', password: `${PASSWORD}!` },
      { user: 'canary-6f1d', password: 'canary-6f1d' },
      { user: 'ada', password: ['canary-6f1d'] },
      { user: 'ada', password: 'canary-6f1d'.repeat(200) },
    ])
      await login(JSON.stringify(body))
    await login('{"user":"ada","password":"canary-6f1d"')
    await login('"canary-6f1d"')
    expect(answers).toHaveLength(9)
    const seen = `${answers.join('\n')}\n${fresh.logged.join('\n')}`
    expect(seen).not.toContain('canary-6f1d')
    expect(seen).not.toContain(secret)
  })

  test('of tokens are shown once and kept as a hash', async () => {
    const cookie = await loggedIn()
    const made = JSON.parse(
      (await raw('/api/v1/tokens', { method: 'POST', headers: { ...json, cookie }, body: '{"name":"ci"}' })).text,
    ) as { value: string; token: { id: string } }
    expect(made.value).toMatch(/^rc_[\w-]{43}$/)
    expect((await raw('/api/v1/views', { headers: { authorization: `Bearer ${made.value}` } })).status).toBe(200)
    expect((await raw('/api/v1/tokens', { headers: { cookie } })).text).not.toContain(made.value)
    expect(running.logged.join('')).not.toContain(made.value)
    expect(
      (
        await raw('/api/v1/tokens', {
          method: 'POST',
          headers: { ...json, authorization: `Bearer ${made.value}` },
          body: '{"name":"spare"}',
        })
      ).status,
    ).toBe(403)
    expect(
      (await raw(`/api/v1/tokens/${made.token.id}`, { method: 'DELETE', headers: { cookie, 'x-rollcall': '1' } }))
        .status,
    ).toBe(200)
    expect((await raw('/api/v1/views', { headers: { authorization: `Bearer ${made.value}` } })).status).toBe(401)
  })

  test('that are guessed are guessed slower and slower from one source, while sessions that are open go on', async () => {
    await using fresh = await runningCollector()
    const cookie = await loggedIn(fresh)
    const tries = await Promise.all(
      Array.from({ length: 12 }, () =>
        raw(
          '/api/v1/session',
          { method: 'POST', headers: json, body: JSON.stringify({ user: 'ada', password: 'wrong' }) },
          fresh.collector.address,
        ),
      ),
    )
    const statuses = tries.map(({ status }) => status)
    expect(statuses.filter((status) => status === 401)).toHaveLength(4)
    expect(statuses.filter((status) => status === 429)).toHaveLength(8)
    expect(Number(tries.find(({ status }) => status === 429)!.headers['retry-after'])).toBeGreaterThan(0)
    expect((await raw('/api/v1/views', { headers: { cookie } }, fresh.collector.address)).status).toBe(200)
  })
})

describe('the local socket', () => {
  test('lets its owner do everything, is for nobody else, and is not taken over from a living process', async () => {
    const first = await runningCollector()
    await using _ = first
    const socketPath = join(first.folder, 'run', 'control.sock')
    await using _running = await runningCollector({ socketPath })
    expect((await stat(socketPath)).mode & 0o777).toBe(0o600)
    expect((await stat(join(first.folder, 'run'))).mode & 0o777).toBe(0o700)
    const asked = await new Promise<{ status: number; text: string }>((resolve, reject) => {
      const request = httpRequest(
        { socketPath, path: '/api/v1/tokens', method: 'POST', headers: { 'content-type': 'application/json' } },
        (response) => {
          let text = ''
          response
            .on('data', (part) => (text += String(part)))
            .on('end', () => resolve({ status: response.statusCode!, text }))
        },
      )
      request.on('error', reject)
      request.end('{"name":"made locally"}')
    })
    expect(asked.status).toBe(201)
    expect(JSON.parse(asked.text)).toMatchObject({ token: { createdBy: 'local' } })
    await expect(runningCollector({ socketPath })).rejects.toThrow('another collector answers')
    await mkdir(join(first.folder, 'open'), { mode: 0o755 })
    await expect(runningCollector({ socketPath: join(first.folder, 'open', 's') })).rejects.toThrow('chmod 700')
  })
})

describe('the dashboard', () => {
  test('says so while it is not built, and is served with its style hashes once it is', async () => {
    expect((await raw('/')).status).toBe(503)
    expect((await raw('/accounts')).text).toContain('not built')
    await using fresh = await runningCollector()
    const dist = join(fresh.folder, 'dist')
    await mkdir(join(dist, 'assets'), { recursive: true })
    await writeFile(join(dist, 'index.html'), '<!doctype html><title>Rollcall</title>')
    await writeFile(join(dist, 'assets', 'app-1a2b.js'), 'export {}')
    await writeFile(
      join(dist, 'csp.json'),
      JSON.stringify({ styleHashes: ['sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='] }),
    )
    const at = fresh.collector.address
    for (const page of ['/', '/accounts', '/hosts/abc?filter=x'])
      expect([page, (await raw(page, {}, at)).text]).toEqual([page, expect.stringContaining('<title>Rollcall')])
    expect((await raw('/', {}, at)).headers['content-security-policy']).toContain(
      "style-src 'self' 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='",
    )
    const asset = await raw('/assets/app-1a2b.js', {}, at)
    expect([asset.status, asset.headers['cache-control'], asset.headers['content-type']]).toEqual([
      200,
      'public, max-age=31536000, immutable',
      expect.stringContaining('javascript'),
    ])
    for (const path of [
      '/assets/none.js',
      '/none.png',
      '/api/none',
      '/assets/../../rollcall.db',
      '/assets/%2e%2e/%2e%2e/rollcall.db',
      '/..%2frollcall.db',
      '/.hidden',
    ]) {
      const answer = await raw(path, {}, at)
      expect([path, answer.status >= 400 && answer.status < 500, answer.headers['cache-control']]).toEqual([
        path,
        true,
        'no-store',
      ])
    }
  })
})

test('a connection that sends no request is no request', async () => {
  const { port } = new URL(running.collector.address)
  const socket = connect(Number(port), '127.0.0.1')
  const text = await new Promise<string>((resolve) => {
    let heard = ''
    socket.on('data', (part) => (heard += String(part))).on('close', () => resolve(heard))
    socket.end('GET / HTTP/1.1\r\n\r\n\0\0')
  })
  expect(text).toMatch(/^HTTP\/1\.1 4/)
})
