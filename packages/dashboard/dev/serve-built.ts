import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join, normalize } from 'node:path'
import { sampleServer, type SampleOptions } from './sample-server.ts'

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.json': 'application/json',
}

/** Serves a build under the policy it is made for, with an invented estate behind it. */
export const serveBuilt = async (
  folder: string,
  options: SampleOptions,
): Promise<{ url: string } & AsyncDisposable> => {
  const { styleHashes } = JSON.parse(await readFile(join(folder, 'csp.json'), 'utf8')) as { styleHashes: string[] }
  const policy = `default-src 'none'; script-src 'self'; style-src 'self' ${styleHashes.map((hash) => `'${hash}'`).join(' ')}; img-src 'self' data:; connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'`
  const sample = sampleServer(options)
  const server = createServer((request, response) => {
    const answer = async () => {
      response.setHeader('content-security-policy', policy)
      response.setHeader('x-content-type-options', 'nosniff')
      if (await sample.handle(request, response)) return
      const path = normalize(new URL(request.url ?? '/', 'http://sample.invalid').pathname)
      const file = extname(path) === '' ? '/index.html' : path
      response.setHeader('content-type', TYPES[extname(file)] ?? 'application/octet-stream')
      response.end(await readFile(join(folder, file)))
    }
    answer().catch(() => response.writeHead(404).end())
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      sample.close()
      server.closeAllConnections()
      await new Promise((closed) => server.close(closed))
    },
  }
}
