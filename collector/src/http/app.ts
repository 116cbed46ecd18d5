import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import fastifyCookie from '@fastify/cookie'
import type { Problem } from '@rollcall/contract/api'
import fastify, {
  LogController,
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from 'fastify'
import type { Logger } from 'pino'
import { LOCAL, type Actor } from '../access.ts'
import { Refusal } from '../refusal.ts'
import { serveDashboard } from './dashboard.ts'
import { credentialRoutes } from './credential-routes.ts'
import { eventRoutes } from './event-routes.ts'
import { securityHeaders } from './headers.ts'
import { exceptionRoutes } from './exception-routes.ts'
import { fleetRoutes } from './fleet-routes.ts'
import { measureRoutes } from './measure-routes.ts'
import { loginRoutes } from './login-routes.ts'
import { inventoryRoutes } from './inventory-routes.ts'
import { origins } from './origins.ts'
import { reachRoutes } from './reach-routes.ts'
import { scanRoutes } from './scan-routes.ts'
import { scheduleRoutes } from './schedule-routes.ts'
import { sessionCookie, sessionRoutes } from './session-routes.ts'
import { targetRoutes } from './target-routes.ts'
import { tokenRoutes } from './token-routes.ts'
import { trustRoutes } from './trust-routes.ts'
import type { Services } from './services.ts'
import { viewRoutes } from './view-routes.ts'

export interface AppOptions {
  readonly services: Services
  /** The dashboard's `dist`. */
  readonly dashboardFolder: string
  readonly host: string
  /** Where people reach it, such as `https://rollcall.example.com`, beside loopback names and `host`. */
  readonly publicUrls: readonly string[]
  /** PEM. */
  readonly tls?: { readonly cert: string; readonly key: string }
  readonly log: Logger
}

/** The HTTP side, and which connections belong to the owner of this process. */
export interface App {
  readonly fastify: FastifyInstance
  /** Every request of this connection has full rights: for peers of the local socket. */
  readonly trust: (socket: Socket) => void
  /** Every route there is, as `GET /api/v1/scans/:id`. */
  readonly routes: readonly string[]
}

const BODY_LIMIT = 64 * 1024
/** Well above what one dashboard opens, well below what the process can hold. */
const MAX_CONNECTIONS = 1000

export const httpApp = async ({ services, dashboardFolder, host, publicUrls, tls, log }: AppOptions): Promise<App> => {
  const from = origins({ host, urls: publicUrls, tls: tls !== undefined })
  const trusted = new WeakSet<Socket>()
  const app = fastify({
    loggerInstance: log,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: BODY_LIMIT,
    // A request must be in within half a minute; a connection on which nothing moves for two is cut.
    requestTimeout: 30_000,
    connectionTimeout: 120_000,
    keepAliveTimeout: 15_000,
    http: { headersTimeout: 15_000, maxHeaderSize: 16 * 1024 },
    routerOptions: { maxParamLength: 200 },
    forceCloseConnections: true,
    return503OnClosing: false,
    ...(tls === undefined
      ? {}
      : { https: { ...tls, minVersion: 'TLSv1.2', headersTimeout: 15_000, maxHeaderSize: 16 * 1024 } }),
    frameworkErrors: (error, request, reply) => {
      void render(error, request, reply, log)
    },
  }) as unknown as FastifyInstance
  app.server.maxConnections = MAX_CONNECTIONS
  const routes: string[] = []
  app.addHook('onRoute', ({ method, url }) => void routes.push(...[method].flat().map((method) => `${method} ${url}`)))
  await app.register(fastifyCookie)
  app.removeContentTypeParser('text/plain')
  app.decorateRequest('actor', null)
  let styleHashes: () => readonly string[] = () => []

  app.addHook('onRequest', async (request, reply) => {
    void reply.headers(securityHeaders(styleHashes(), from.secure(request)))
    if (trusted.has(request.socket)) {
      request.actor = LOCAL
      return
    }
    if (request.routeOptions.url === '/healthz' || request.routeOptions.url === '/readyz') return
    from.checkHost(request)
    const open = isOpen(request)
    request.actor = await authenticate(request)
    if (request.actor === null && !open) throw new Refusal(401, 'not-logged-in', 'log in first, or send a token')
    if (isApi(request) && request.actor?.kind !== 'token') from.checkSameOrigin(request)
  })

  const authenticate = async (request: FastifyRequest): Promise<Actor | null> => {
    const { authorization } = request.headers
    // Whoever sends a token is judged by it alone: a wrong one never falls back to the browser's cookie.
    if (authorization !== undefined) {
      const token = /^Bearer ([\w-]{1,100})$/.exec(authorization)?.[1]
      return (token === undefined ? undefined : await services.entrance.byToken(token)) ?? null
    }
    const session = request.cookies[sessionCookie(from.secure(request))]
    return (session === undefined ? undefined : await services.entrance.bySession(session)) ?? null
  }

  app.addHook('onResponse', async (request, reply) => {
    // The route, not the address: filters and ids are nobody's business in a log.
    const route = request.routeOptions.url ?? 'none'
    const endedAt = Date.now()
    services.measures.answered({
      method: request.method,
      route,
      status: reply.statusCode,
      seconds: reply.elapsedTime / 1000,
    })
    services.traces?.add({
      name: `${request.method} ${route}`,
      kind: 'server',
      startedAt: endedAt - reply.elapsedTime,
      endedAt,
      attributes: {
        'http.request.method': request.method,
        'http.route': route,
        'http.response.status_code': reply.statusCode,
      },
      failed: reply.statusCode >= 500,
    })
    log.debug(
      {
        method: request.method,
        route: request.routeOptions.url,
        status: reply.statusCode,
        ms: Math.round(reply.elapsedTime),
      },
      'answered',
    )
  })
  app.setErrorHandler((error: FastifyError, request, reply) => render(error, request, reply, log))
  app.setNotFoundHandler(async () => {
    throw new Refusal(404, 'not-found', 'there is nothing at this address')
  })

  measureRoutes(app, services)
  sessionRoutes(app, services, from)
  tokenRoutes(app, services)
  viewRoutes(app, services)
  inventoryRoutes(app, services)
  reachRoutes(app, services)
  scanRoutes(app, services)
  scheduleRoutes(app, services)
  targetRoutes(app, services)
  exceptionRoutes(app, services)
  trustRoutes(app, services)
  fleetRoutes(app, services)
  loginRoutes(app, services)
  credentialRoutes(app, services)
  eventRoutes(app, services)
  styleHashes = (await serveDashboard(app, dashboardFolder)).styleHashes
  await app.ready()
  return { fastify: app, trust: (socket) => void trusted.add(socket), routes }
}

const isApi = (request: FastifyRequest) => /^\/api(\/|$|\?)/.test(request.url)

/** Addresses under /api that no route has are no pages. */
const isOpen = (request: FastifyRequest) =>
  request.routeOptions.config?.open === true && !(isApi(request) && !request.routeOptions.url?.startsWith('/api/'))

/** The one place where an error becomes an answer. What the framework or a library says may quote the request, so it is not repeated. */
const render = (error: unknown, request: FastifyRequest, reply: FastifyReply, log: Logger) => {
  const refusal = error instanceof Refusal ? error : refusalOf(error)
  if (refusal.status === 500) log.error({ err: error, route: request.routeOptions?.url }, 'a request failed')
  const problem: Problem = {
    type: `urn:rollcall:problem:${refusal.code}`,
    title: STATUS_CODES[refusal.status] ?? 'Error',
    status: refusal.status,
    detail: refusal.message,
    code: refusal.code,
    ...(refusal.errors === undefined ? {} : { errors: [...refusal.errors] }),
  }
  if (refusal.retryAfter !== undefined) void reply.header('retry-after', refusal.retryAfter)
  if (refusal.status === 401) void reply.header('www-authenticate', 'Bearer realm="rollcall"')
  // A file that was about to be sent must not keep its name or its life in caches.
  for (const name of ['content-disposition', 'etag', 'last-modified']) void reply.removeHeader(name)
  if (!reply.hasHeader('content-security-policy')) void reply.headers(securityHeaders([], false))
  return reply
    .header('cache-control', 'no-store')
    .code(refusal.status)
    .type('application/problem+json')
    .send(JSON.stringify(problem))
}

const refusalOf = (error: unknown): Refusal => {
  const { statusCode = 500, code = '' } = error as Partial<FastifyError>
  if (statusCode === 413) return new Refusal(413, 'too-large', 'the request is too large')
  if (statusCode === 415) return new Refusal(415, 'unsupported-media-type', 'expected application/json')
  if (statusCode === 404) return new Refusal(404, 'not-found', 'there is nothing at this address')
  if (/JSON/.test(code) || error instanceof SyntaxError) return new Refusal(400, 'invalid-json', 'the body is not JSON')
  if (statusCode >= 400 && statusCode < 500) return new Refusal(400, 'invalid-request', 'the request cannot be read')
  return new Refusal(500, 'internal', 'something failed here; the log of the collector says what')
}
