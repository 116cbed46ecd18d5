import { reachAnswer, reachQuery, reachSummary, type ReachQuery } from '@rollcall/contract/api'
import type { FastifyInstance } from 'fastify'
import { Refusal } from '../refusal.ts'
import { answering } from './route.ts'
import type { Services } from './services.ts'

/** Who gets where by keys that lie about, and onward as root. */
export const reachRoutes = (app: FastifyInstance, { reach }: Services) => {
  app.get(
    '/api/v1/reach',
    answering({ query: reachQuery, answer: reachAnswer }, async ({ query }) => {
      const answer = await reach.reach(oneWay(query))
      if (answer === undefined) throw new Refusal(404, 'not-found', 'there is no such account, host or key')
      return answer
    }),
  )
  app.get(
    '/api/v1/reach/summary',
    answering({ answer: reachSummary }, () => reach.summary()),
  )
}

const oneWay = ({ from, to, ...rest }: ReachQuery) => {
  if (from !== undefined && to === undefined) return { ...rest, from }
  if (to !== undefined && from === undefined) return { ...rest, to }
  const detail = 'either from or to is asked about, and not both'
  throw new Refusal(400, 'invalid-request', detail, { errors: [{ pointer: '/from', detail }] })
}
