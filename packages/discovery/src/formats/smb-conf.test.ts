import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parseSmbConf } from './smb-conf.ts'

const hasTestparm = spawnSync('testparm', ['--version']).status === 0

/** The last value of each mapping and of what else is told, as they count. */
const told = (text: string) =>
  Object.fromEntries(
    parseSmbConf(text, '/etc/samba/smb.conf')
      .filter(({ section, name }) => section === 'global' && (name.startsWith('idmapconfig') || name === 'workgroup'))
      .map(({ name, value }) => [name, value.replaceAll(/\s/g, '').toLowerCase()]),
  )

test
  .skipIf(!hasTestparm)
  .each([
    'workgroup = A\n[global]\nidmap config * : backend = tdb\nidmap config * : range = 3000-7999\nWork Group = Corp\n',
    '[GLOBAL]\nidmap config CORP:backend=rid\n\tIdmap  Config CORP : Range = 10000 \\\n - 20000\n; idmap config X : backend = ad\n[homes]\nworkgroup = NO\n[global]\n# x\nidmap config CORP : base_rid = 0\n',
    '[global]\nidmap config CORP : backend = rid\nidmap config CORP : backend = ad\nidmap config CORP : range = 1-2\n',
  ])(`mappings are read as testparm reads them${hasTestparm ? '' : ' (skipped: no testparm)'}: %j`, (text) => {
  const folder = mkdtempSync(join(tmpdir(), 'rollcall-smb-'))
  try {
    writeFileSync(join(folder, 'smb.conf'), text)
    const { stdout } = spawnSync('testparm', ['-s', join(folder, 'smb.conf')], { encoding: 'utf8' })
    const global = /^\[global\]\n[^]*?(?=^\[|$(?![^]))/m.exec(stdout)?.[0] ?? ''
    expect({ 'idmapconfig*:backend': 'tdb', ...told(text) }).toEqual(told(global))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

test('whatever the bytes, lines are bounded and placed', () => {
  const values = parseSmbConf(`a = ${'x'.repeat(5000)}\n\\\n\\\n b=\\\nc\n=x\n[unclosed\nd = 1`, '/x')
  expect(values.map(({ name, place }) => [name, place.line])).toEqual([
    ['a', 1],
    ['b', 2],
    ['d', 8],
  ])
})
