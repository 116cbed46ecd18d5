import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { actorOf, streaming } from './route.ts'
import type { Services } from './services.ts'

const query = z.strictObject({ lastEventId: z.string().max(20).optional() })

/** Server-sent events (HTML Living Standard, 9.2), ended with the session that asked for them. */
export const eventRoutes = (app: FastifyInstance, { events, entrance }: Services) => {
  app.get(
    '/api/v1/events',
    streaming({ query }, async ({ query, request, reply }) => {
      const actor = actorOf(request)
      const given = request.headers['last-event-id']
      const stream = events.subscribe({
        after: typeof given === 'string' ? given : query.lastEventId,
        // Asked at each heartbeat: whoever logged out, or whose session ended, hears nothing more.
        allowed: () => entrance.stillOpen(actor),
      })
      request.raw.once('close', () => stream.destroy())
      return reply.type('text/event-stream; charset=utf-8').header('x-accel-buffering', 'no').send(stream)
    }),
  )
}
