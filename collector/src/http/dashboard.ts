import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import fastifyStatic from '@fastify/static'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { Refusal } from '../refusal.ts'
import { styleHashes } from './headers.ts'

export interface Dashboard {
  /** Of the build that is being served. */
  readonly styleHashes: () => readonly string[]
}

const NOT_BUILT = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Rollcall</title></head>
<body><h1>The dashboard is not built</h1>
<p>The collector runs, and its API answers under /api/v1. To build the dashboard, run <code>npm run build --workspace packages/dashboard</code>, then load this page again.</p></body></html>
`

/**
 * Serves a built dashboard: its files under their names, those of `/assets` for ever since their names change with their
 * content, and `index.html` for the addresses of its pages. Everything else is not found.
 */
export const serveDashboard = async (app: FastifyInstance, folder: string): Promise<Dashboard> => {
  await app.register(fastifyStatic, {
    root: folder,
    serve: false,
    index: false,
    dotfiles: 'deny',
    cacheControl: false,
    lastModified: false,
    etag: true,
  })
  let hashes = styleHashes(await maybe(join(folder, 'csp.json')))

  const page = async (reply: FastifyReply) => {
    const html = await maybe(join(folder, 'index.html'))
    void reply.type('text/html; charset=utf-8')
    if (html === undefined) return reply.code(503).send(NOT_BUILT)
    // The dashboard may have been built again while the collector runs.
    const built = styleHashes(await maybe(join(folder, 'csp.json')))
    if (built.join() !== hashes.join()) hashes = built
    return reply.header('cache-control', 'no-cache').send(html)
  }

  app.get('/assets/*', { config: { open: true } }, (request, reply) =>
    reply
      .header('cache-control', 'public, max-age=31536000, immutable')
      .sendFile(`assets/${(request.params as { '*': string })['*']}`),
  )
  app.get('/*', { config: { open: true } }, (request, reply) => {
    const path = (request.params as { '*': string })['*']
    if (path === 'api' || path.startsWith('api/'))
      throw new Refusal(404, 'not-found', 'there is nothing at this address')
    // Pages have no dot in their last part; files do.
    if (!path.slice(path.lastIndexOf('/') + 1).includes('.')) return page(reply)
    return reply.header('cache-control', 'no-cache').sendFile(path)
  })
  return { styleHashes: () => hashes }
}

const maybe = async (path: string): Promise<string | undefined> => {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
