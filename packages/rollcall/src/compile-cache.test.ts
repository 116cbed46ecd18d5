import { spawnSync } from 'node:child_process'
import { chmodSync, chownSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'

const MODULE = new URL('../bin/compile-cache.js', import.meta.url).href
const NOBODY = 65_534
const folders: string[] = []

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

/** A folder of whoever starts: root has a cache of its own, so the tests start as somebody else. */
const ownFolder = () => {
  const folder = mkdtempSync(join(tmpdir(), 'rollcall-cache-'))
  folders.push(folder)
  if (process.getuid?.() === 0) chownSync(folder, NOBODY, NOBODY)
  return folder
}

/** Which folder Node keeps what it compiled in, as a start would have it. */
const keptBy = (cache: string) => {
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '--eval', KEPT], {
    env: { XDG_CACHE_HOME: cache, HOME: cache },
    encoding: 'utf8',
    cwd: '/',
    ...(process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {}),
  })
  return stdout.trim()
}

const KEPT = `await import(${JSON.stringify(MODULE)}); const { getCompileCacheDir } = await import('node:module'); console.log(getCompileCacheDir() ?? 'nothing')`

test('what Node compiled is kept in a folder of our own that nobody else may open', () => {
  const cache = ownFolder()
  expect(keptBy(cache)).toContain(join(cache, 'rollcall'))
  expect(readdirSync(cache)).toEqual(['rollcall'])
})

test('nothing is kept in a folder that others may open, or behind a link', () => {
  const open = ownFolder()
  mkdirSync(join(open, 'rollcall'))
  chmodSync(join(open, 'rollcall'), 0o777)
  expect(keptBy(open)).toBe('nothing')
  const linked = ownFolder()
  symlinkSync(open, join(linked, 'rollcall'))
  expect(keptBy(linked)).toBe('nothing')
})
