#!/usr/bin/env node
// Rollcall runs on Node 24, which its installation brings along; a machine's older Node only gets as far as this file.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))
const [major, minor] = process.versions.node.split('.').map(Number)

if (major > 24 || (major === 24 && minor >= 12)) {
  await import('./compile-cache.js')
  const { main: start } = await import(main)
  await start()
} else {
  let folder = dirname(main)
  while (folder !== dirname(folder) && !existsSync(join(folder, 'node_modules/.bin/node'))) folder = dirname(folder)
  const node = join(folder, 'node_modules/.bin/node')
  if (!existsSync(node)) {
    process.stderr.write(
      `rollcall needs Node 24.12 or newer; this is ${process.version}. Run "npm ci" in its folder first.\n`,
    )
    process.exit(1)
  }
  const cache = new URL('compile-cache.js', import.meta.url).href
  const { status, signal } = spawnSync(node, ['--import', cache, main, ...process.argv.slice(2)], { stdio: 'inherit' })
  process.exit(status ?? (signal === 'SIGINT' ? 130 : 1))
}
