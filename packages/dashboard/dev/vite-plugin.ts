import type { Plugin } from 'vite'
import { sampleServer as createSampleServer } from './sample-server.ts'

/**
 * `npm run dev` with an invented estate behind it. `ROLLCALL_API=http://127.0.0.1:…` asks a real collector instead;
 * `ROLLCALL_SAMPLE=0` is an estate with nothing in it yet.
 */
export const sampleServer = (): Plugin => ({
  name: 'rollcall:sample-server',
  apply: 'serve',
  config: () => {
    const target = process.env['ROLLCALL_API']
    return target === undefined ? {} : { server: { proxy: { '/api': { target, changeOrigin: true } } } }
  },
  configureServer(server) {
    if (process.env['ROLLCALL_API'] !== undefined) return
    const hosts = Number(process.env['ROLLCALL_SAMPLE'] ?? 112)
    const sample = createSampleServer({ hosts, accountsPerHost: 28, firstLogin: hosts === 0 })
    server.middlewares.use((request, response, next) => {
      if (request.url?.startsWith('/api/')) void sample.handle(request, response)
      else next()
    })
  },
})
