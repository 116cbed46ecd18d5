import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { Plugin } from 'vite'

const SOURCE = new URL('../src/first-paint.js', import.meta.url)

/** Serves `src/first-paint.js` as a blocking script of its own, hashed like every other asset: the policy allows none inline. */
export const firstPaint = (): Plugin => {
  let building = false
  let address = '/src/first-paint.js'
  return {
    name: 'rollcall:first-paint',
    configResolved: (config) => {
      building = config.command === 'build'
    },
    async buildStart() {
      if (!building) return
      const source = await readFile(SOURCE, 'utf8')
      const fileName = `assets/first-paint-${createHash('sha256').update(source).digest('base64url').slice(0, 8)}.js`
      this.emitFile({ type: 'asset', fileName, source })
      address = `/${fileName}`
    },
    transformIndexHtml: () => [{ tag: 'script', attrs: { src: address }, injectTo: 'head-prepend' }],
  }
}
