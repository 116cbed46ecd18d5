import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'
import { firstPaint } from './build/first-paint.ts'
import { styleHashes } from './build/style-hashes.ts'
import { sampleServer } from './dev/vite-plugin.ts'

export default defineConfig({
  plugins: [react(), firstPaint(), styleHashes(), sampleServer()],
  build: { sourcemap: false, assetsInlineLimit: 0, modulePreload: { polyfill: false }, chunkSizeWarningLimit: 1000 },
  server: { host: '127.0.0.1' },
})
