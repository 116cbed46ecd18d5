import { viewList, viewPage as viewPageShape, viewQuery } from '@rollcall/contract/api'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { exportManifest } from '../export.ts'
import { Refusal } from '../refusal.ts'
import { viewPage } from '../view-reading.ts'
import { describeView } from '../view.ts'
import { views } from '../views/index.ts'
import { actorOf, answering, streaming } from './route.ts'
import type { Services } from './services.ts'
import { idParams } from './token-routes.ts'

/** `bom`: whether CSV begins with a byte order mark; people's browsers get one unless they say no, programs only if they say yes. */
const query = viewQuery.extend({ bom: z.enum(['yes', 'no']).optional() }).strict()
type Query = z.output<typeof query>

const manifestQuery = z.strictObject({ export: z.string().min(1).max(64) })

const viewNamed = (id: string) => {
  const view = views.find((view) => view.id === id)
  if (!view)
    throw new Refusal(404, 'not-found', `there is no such view; there are ${views.map(({ id }) => id).join(', ')}`)
  return view
}

/** Tables: their descriptions, their rows in pages, and all of their rows as files. */
export const viewRoutes = (app: FastifyInstance, { views: tools, exports }: Services) => {
  app.get(
    '/api/v1/views',
    answering({ answer: viewList }, async () => ({ views: views.map(describeView) })),
  )

  app.get(
    '/api/v1/views/:id',
    streaming({ params: idParams, query }, async ({ params: { id }, query, request, reply }) => {
      const view = viewNamed(id)
      const format = formatOf(query, request)
      if (format !== 'json') return file(view, query, format, request, reply)
      const page = await viewPage(view, query, tools)
      if (page.next !== null) void reply.header('link', `<${nextUrl(request.url, page.next)}>; rel="next"`)
      return reply.send(viewPageShape.parse(page))
    }),
  )

  app.get(
    '/api/v1/views/:id/manifest',
    answering({ params: idParams, query: manifestQuery, answer: exportManifest }, async ({ params: { id }, query }) => {
      const manifest = exports.manifest(query.export)
      if (manifest === undefined || manifest.view !== viewNamed(id).id)
        throw new Refusal(
          404,
          'not-found',
          'no finished export of this view has that id; the audit log keeps count and hash of all',
        )
      return manifest
    }),
  )

  const file = async (
    view: (typeof views)[number],
    query: Query,
    format: 'csv' | 'ndjson',
    request: FastifyRequest,
    reply: FastifyReply,
  ) => {
    const actor = actorOf(request)
    const bom = query.bom === undefined ? actor.kind === 'session' : query.bom === 'yes'
    const { id, fileName, stream } = await exports.begin({ view, query, format, bom, by: actor.name })
    return reply
      .type(format === 'csv' ? 'text/csv; charset=utf-8; header=present' : 'application/x-ndjson; charset=utf-8')
      .header(
        'content-disposition',
        `attachment; filename="${fileName}"; filename*=UTF-8''${encodeURIComponent(fileName)}`,
      )
      .header('x-rollcall-export', id)
      .send(stream)
  }
}

const formatOf = ({ format }: Query, request: FastifyRequest): Query['format'] => {
  const named = new URL(request.url, 'http://localhost').searchParams.has('format')
  const accepted = new Set(
    (request.headers.accept ?? '').split(',').map((type) => type.split(';')[0]!.trim().toLowerCase()),
  )
  if (named) return format
  return accepted.has('text/csv') ? 'csv' : accepted.has('application/x-ndjson') ? 'ndjson' : format
}

const nextUrl = (url: string, cursor: string) => {
  const next = new URL(url, 'http://localhost')
  next.searchParams.set('cursor', cursor)
  return `${next.pathname}${next.search}`
}
