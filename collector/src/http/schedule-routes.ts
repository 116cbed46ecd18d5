import { changeSchedule, scheduleDetail, scheduleList, schedulePreview, scheduleWish } from '@rollcall/contract/api'
import type { FastifyInstance } from 'fastify'
import { actorOf, answering } from './route.ts'
import type { Services } from './services.ts'
import { idParams } from './token-routes.ts'

/** Lists of hosts that somebody pastes. */
const BODY_LIMIT = 8 * 1024 * 1024

/** Schedules: what is done by itself, when next, and how it went. */
export const scheduleRoutes = (app: FastifyInstance, { schedules }: Services) => {
  app.get(
    '/api/v1/schedules',
    answering({ answer: scheduleList }, async () => ({ schedules: await schedules.all() })),
  )
  app.get(
    '/api/v1/schedules/:id',
    answering({ params: idParams, answer: scheduleDetail }, async ({ params: { id } }) => ({
      schedule: await schedules.byId(id),
    })),
  )
  app.post(
    '/api/v1/schedules',
    { bodyLimit: BODY_LIMIT },
    answering({ body: scheduleWish, answer: scheduleDetail, status: 201 }, async ({ body, request }) => ({
      schedule: await schedules.create(body, actorOf(request).name),
    })),
  )
  app.post(
    '/api/v1/schedules/preview',
    { bodyLimit: BODY_LIMIT },
    answering({ body: scheduleWish, answer: schedulePreview }, ({ body }) => schedules.preview(body)),
  )
  app.patch(
    '/api/v1/schedules/:id',
    { bodyLimit: BODY_LIMIT },
    answering(
      { params: idParams, body: changeSchedule, answer: scheduleDetail },
      async ({ params, body, request }) => ({
        schedule: await schedules.change(params.id, body, actorOf(request).name),
      }),
    ),
  )
  app.delete(
    '/api/v1/schedules/:id',
    answering({ params: idParams, answer: scheduleList }, async ({ params: { id }, request }) => {
      await schedules.remove(id, actorOf(request).name)
      return { schedules: await schedules.all() }
    }),
  )
  for (const action of ['pause', 'resume', 'run', 'cancel'] as const)
    app.post(
      `/api/v1/schedules/:id/${action}`,
      answering({ params: idParams, answer: scheduleDetail }, async ({ params: { id }, request }) => ({
        schedule: await schedules[action](id, actorOf(request).name),
      })),
    )
}
