import { scanDetail, scanList, startedScan, startScan } from '@rollcall/contract/api'
import type { FastifyInstance } from 'fastify'
import { actorOf, answering } from './route.ts'
import type { Services } from './services.ts'
import { idParams } from './token-routes.ts'

/** Scans: those there were, one in detail, starting and cancelling one. */
export const scanRoutes = (app: FastifyInstance, { scanning }: Services) => {
  app.get(
    '/api/v1/scans',
    answering({ answer: scanList }, async () => ({ scans: await scanning.newest() })),
  )
  app.get(
    '/api/v1/scans/:id',
    answering({ params: idParams, answer: scanDetail }, ({ params: { id } }) => scanning.detail(id)),
  )

  app.post(
    '/api/v1/scans',
    answering({ body: startScan, answer: startedScan, status: 202 }, async ({ body: { targetSets }, request }) => ({
      scan: await scanning.start({ by: actorOf(request).name, ...(targetSets === undefined ? {} : { targetSets }) }),
    })),
  )

  app.post(
    '/api/v1/scans/:id/cancel',
    answering({ params: idParams, answer: startedScan }, async ({ params: { id }, request }) => ({
      scan: await scanning.cancel(id, actorOf(request).name),
    })),
  )
}
