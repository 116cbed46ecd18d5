import type { FastifyRequest } from 'fastify'
import { Refusal } from '../refusal.ts'

export interface Origins {
  /** Throws Refusal `unknown-host` for a name that is not ours: a page elsewhere may have pointed its own name at us (DNS rebinding). */
  checkHost(request: FastifyRequest): void
  /** Throws Refusal `cross-site` where a page of another origin may have sent the request in a person's name. */
  checkSameOrigin(request: FastifyRequest): void
  /** Whether the person's browser speaks TLS, to us or to a proxy in front. */
  secure(request: FastifyRequest): boolean
}

const LOOPBACK = new Set(['localhost', '127.0.0.1', '::1'])
const SAFE = new Set(['GET', 'HEAD', 'OPTIONS'])

/** `urls`: where people reach this collector, such as `https://rollcall.example.com`; `host`: the name it listens on. */
export const origins = ({ host, urls, tls }: { host: string; urls: readonly string[]; tls: boolean }): Origins => {
  const public_ = urls.map((url) => new URL(url))
  const names = new Set([...LOOPBACK, host.toLowerCase(), ...public_.map(({ hostname }) => bare(hostname))])
  const encrypted = new Set(public_.filter(({ protocol }) => protocol === 'https:').map(({ host }) => host))
  const secure = (request: FastifyRequest) =>
    tls || encrypted.has((request.headers.host ?? '').toLowerCase().replace(/:443$/, ''))

  return {
    secure,

    checkHost(request) {
      const name = /^(\[[0-9a-f:.%]+\]|[^:[\]/@\s]+)(?::\d{1,5})?$/i.exec(request.headers.host ?? '')?.[1]
      if (name !== undefined && (names.has(bare(name)) || bare(name) === bare(request.socket.localAddress ?? '')))
        return
      throw new Refusal(421, 'unknown-host', 'this collector is not known by that name; add it to its public addresses')
    },

    checkSameOrigin(request) {
      const { origin, 'sec-fetch-site': site, 'x-rollcall': marked, host = '' } = request.headers
      const safe = SAFE.has(request.method)
      const crossSite = () => new Refusal(403, 'cross-site', 'the request comes from another site')
      if (site !== undefined && site !== 'same-origin' && !(safe && site === 'none')) throw crossSite()
      if (
        origin !== undefined &&
        origin.toLowerCase() !== `${secure(request) ? 'https' : 'http'}://${host.toLowerCase()}`
      )
        throw crossSite()
      // A header of our own can only be sent across origins after asking for leave, which is never given.
      if (!safe && marked !== '1')
        throw new Refusal(403, 'unmarked', 'requests that change something need the header X-Rollcall: 1')
    },
  }
}

const bare = (name: string) =>
  name
    .toLowerCase()
    .replace(/^\[|\]$/g, '')
    .replace(/^::ffff:/, '')
    .replace(/\.$/, '')
