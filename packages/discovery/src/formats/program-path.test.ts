import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { exampleFile } from '../probe.ts'
import { isRemote, isWithin, parseMountinfo } from './mounts.ts'
import { programFolders } from './program-path.ts'

const folders = (path: string, text: string) =>
  programFolders([exampleFile(path, text)]).folders.map(({ folder, namedBy }) => `${folder}:${namedBy.line}`)

test('PATH is read where it is set in so many words, quotes or not', () => {
  expect(folders('/etc/environment', 'LANG=C\nPATH="/a:/b"\n')).toEqual(['/a:2', '/b:2'])
  expect(folders('/root/.profile', 'export PATH=$HOME/bin:~/x:$PATH:/c # mine\n')).toEqual([
    '/root/bin:1',
    '/root/x:1',
    '/c:1',
  ])
  expect(folders('/etc/login.defs', 'ENV_SUPATH\tPATH=/s:/t\nENV_PATH PATH=/u\n')).toEqual(['/s:1', '/t:1'])
  expect(folders('/etc/sudoers', 'Defaults env_reset, secure_path = "/p:/q"\n# Defaults secure_path=/r\n')).toEqual([
    '/p:1',
    '/q:1',
  ])
  expect(folders('/etc/profile', 'MYPATH=/x\n# PATH=/y\n')).toEqual([])
})

test('any text is read', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(
        programFolders([exampleFile('/etc/profile', text)]).folders.every(({ folder }) => folder.startsWith('/')),
      ).toBe(true)
      expect(parseMountinfo(text).every(({ folder }) => folder.startsWith('/'))).toBe(true)
    }),
  )
})

test('mounts are read from the end of their optional fields, and the last one over a folder counts', () => {
  const mounts = parseMountinfo(
    '1 0 8:1 / / rw shared:1 master:2 - ext4 /dev/sda1 rw\n2 1 0:5 / /a\\040b rw,nosuid - tmpfs tmpfs rw\n3 1 0:6 / /a\\040b rw - nfs4 x:/y rw\nnonsense\n',
  )
  expect(mounts.map(({ folder, type, powerless }) => [folder, type, powerless])).toEqual([
    ['/', 'ext4', false],
    ['/a b', 'nfs4', false],
  ])
  expect(mounts.map(isRemote)).toEqual([false, true])
  expect([isWithin('/ab', '/a'), isWithin('/a/b', '/a'), isWithin('/x', '/')]).toEqual([false, true, true])
})
