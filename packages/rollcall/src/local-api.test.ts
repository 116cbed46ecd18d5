import { createServer } from 'node:http'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { localApi, socketIn } from './local-api.ts'

test('each call has a connection of its own, so that one which the collector closed meanwhile breaks none', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'rollcall-api-'))
  let connections = 0
  const server = createServer((_, response) =>
    response.setHeader('content-type', 'application/json').end('{"ok":true}'),
  )
  server.on('connection', () => connections++)
  await new Promise<void>((listening) => server.listen(socketIn(folder), listening))
  try {
    const api = localApi(folder)
    for (let call = 0; call < 3; call++) await api.call('GET', '/api/v1/session', z.object({ ok: z.literal(true) }))
    expect(connections).toBe(3)
  } finally {
    await new Promise((closed) => server.close(closed))
    await rm(folder, { recursive: true, force: true })
  }
})
