import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parseGetcap } from './file-capabilities.ts'

test('paths with spaces, several clauses and the form of old releases are told apart', () => {
  expect(
    parseGetcap(
      '/usr/bin/ping cap_net_raw=ep\n/opt/a b cap_chown=p cap_setuid+i\n/usr/bin/old = cap_net_raw+ep\n/x =ep\n?\n',
    ),
  ).toEqual({
    files: [
      { path: '/usr/bin/ping', capabilities: 'cap_net_raw=ep' },
      { path: '/opt/a b', capabilities: 'cap_chown=p cap_setuid+i' },
      { path: '/usr/bin/old', capabilities: 'cap_net_raw+ep' },
      { path: '/x', capabilities: '=ep' },
    ],
    unread: 1,
  })
})

const able = process.getuid?.() === 0 && spawnSync('setcap', ['-h']).error === undefined
if (!able) console.warn('Skipped: giving capabilities takes root and the Debian package libcap2-bin')

test.skipIf(!able)('what setcap gave is what is read from getcap', () => {
  const folder = mkdtempSync(join(tmpdir(), 'capabilities-'))
  try {
    const given = [
      ['one', 'cap_net_raw=ep'],
      ['with space', 'cap_setuid,cap_net_raw=ep'],
      ['all', 'all=ep'],
      ['permitted', 'cap_dac_override=p'],
    ] as const
    for (const [name, capabilities] of given) {
      copyFileSync('/bin/true', join(folder, name))
      expect(spawnSync('setcap', [capabilities, join(folder, name)]).status).toBe(0)
    }
    const { files, unread } = parseGetcap(spawnSync('getcap', ['-r', folder], { encoding: 'utf8' }).stdout)
    expect(unread).toBe(0)
    expect(files.map(({ path }) => path).toSorted()).toEqual(given.map(([name]) => join(folder, name)).toSorted())
    for (const { path, capabilities } of files)
      // As written, it makes the same again.
      expect([path, spawnSync('setcap', ['-v', capabilities, path]).status]).toEqual([path, 0])
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
