import type { FastifyInstance } from 'fastify'
import type { Services } from './services.ts'

const READY_MS = 3000

/** Whether the collector lives and can answer, for whoever starts it again or sends people to it; and its numbers, for those who may log in. */
export const measureRoutes = (app: FastifyInstance, { measures, queue, fleet, views: { store } }: Services) => {
  app.get('/healthz', { config: { open: true } }, async (_, reply) =>
    reply.type('text/plain; charset=utf-8').send('ok\n'),
  )

  app.get('/readyz', { config: { open: true } }, async (_, reply) => {
    const isRead = await within(store.scans.newest(1))
    const broker = fleet === undefined ? 'none' : (await within(queue.look())) === undefined ? 'away' : 'ok'
    // Without a broker it serves what it knows: whoever balances loads must not take that away from people.
    return reply
      .code(isRead === undefined ? 503 : 200)
      .type('text/plain; charset=utf-8')
      .send(`store ${isRead === undefined ? 'does not answer' : 'ok'}\nbroker ${broker}\n`)
  })

  app.get('/metrics', async (_, reply) =>
    reply.type('text/plain; version=0.0.4; charset=utf-8').send(await measures.text()),
  )
}

/** Undefined where it fails or takes too long. */
const within = async <T>(work: Promise<T>): Promise<T | undefined> => {
  const late = Promise.withResolvers<undefined>()
  const timer = setTimeout(() => late.resolve(undefined), READY_MS)
  try {
    return await Promise.race([work, late.promise])
  } catch {
    // Why is in the log of whoever needs it next; here it only is not ready.
    return undefined
  } finally {
    clearTimeout(timer)
  }
}
