import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseTarget, type DirectoryTarget } from '@rollcall/contract'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { directoryAccess, isNamed, type DirectoryArgs } from './directory-options.ts'
import { parseSettings } from './settings.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rollcall-options-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const opening = (args: DirectoryArgs, settings = '') =>
  directoryAccess(args, settings === '' ? {} : parseSettings(settings, 'r.yaml'), folder)

const secret = async (name = 'password', mode = 0o600) => {
  const file = join(folder, name)
  await writeFile(file, 'canary\n')
  await chmod(file, mode)
  return file
}

const directory = (text: string) => parseTarget(text) as DirectoryTarget

test.each([
  ['dc1.example.com', 'ldaps://dc1.example.com', true],
  ['DC*.example.com', 'ldap://dc7.example.com:3389', true],
  ['dc?.example.com', 'ldaps://dc1.example.com', false],
  ['example.com', 'ldaps://dc1.example.com', false],
  ['*', 'ldaps://anything', true],
  ['ldaps://dc1.example.com', 'ldaps://dc1.example.com:3636', true],
  ['ldaps://dc1.example.com:636', 'ldaps://dc1.example.com:3636', false],
  ['ldaps://dc1.example.com:636', 'ldaps://dc1.example.com', true],
  ['ldaps://*', 'ldap://dc1.example.com', false],
])('settings for %s count for %s: %s', (pattern, target, counts) => {
  expect(isNamed(pattern, directory(target))).toBe(counts)
})

test('a password in a file that others may read is refused before anything is reached', async () => {
  const file = await secret('open', 0o644)
  await expect(opening({ bind: 'cn=scan', 'bind-password-file': file })).rejects.toThrow('may be read by others')
})

test('one login at a time, and every part of it', async () => {
  const file = await secret()
  await expect(opening({ bind: 'cn=scan', anonymous: true })).rejects.toThrow('Either')
  await expect(opening({ 'bind-password-file': file })).rejects.toThrow('goes with --bind')
  await expect(opening({ 'client-cert': file })).rejects.toThrow('go together')
  await expect(opening({ 'client-cert': file, 'client-key': file })).rejects.toThrow('holds no certificate')
  await expect(opening({ ca: [file] })).rejects.toThrow('holds no certificate')
  await expect(opening({ certificates: 'never' })).rejects.toThrow('one of')
})

test('without a terminal, a password has to come from somewhere else', async () => {
  await expect(opening({ bind: 'cn=scan' })).rejects.toThrow('no terminal')
  await expect(opening({}, 'directories: [{targets: [dc], bind: cn=scan}]')).rejects.toThrow('passwordFile')
})

test('a credential of the service manager is read whatever its group bits say', async () => {
  const file = await secret('rollcall-bind-password', 0o440)
  const before = process.env['CREDENTIALS_DIRECTORY']
  process.env['CREDENTIALS_DIRECTORY'] = folder
  try {
    await opening({ bind: 'cn=scan' })
    await opening({}, 'directories: [{targets: [dc], bind: cn=scan, passwordCredential: rollcall-bind-password}]')
    await expect(
      opening({}, `directories: [{targets: [dc], bind: cn=scan, passwordCredential: x, passwordFile: ${file}}]`),
    ).rejects.toThrow('either')
  } finally {
    if (before === undefined) delete process.env['CREDENTIALS_DIRECTORY']
    else process.env['CREDENTIALS_DIRECTORY'] = before
  }
  await expect(opening({}, 'directories: [{targets: [dc], bind: cn=scan, passwordCredential: x}]')).rejects.toThrow(
    'hands over no credentials',
  )
})

test('a directory that no settings speak of is not logged in to', async () => {
  const { of } = await opening({}, 'directories: [{targets: [elsewhere], anonymous: true}]')
  expect((await of(directory('ldaps://127.0.99.1:1'))).login).toBeUndefined()
})

test('a password file that is taken away later is told of the directory', async () => {
  const file = await secret()
  const { of } = await opening({ bind: 'cn=scan', 'bind-password-file': file })
  await rm(file)
  await expect(of(directory('ldaps://127.0.99.1:1'))).rejects.toMatchObject({
    code: 'no-credential',
    detail: 'the file of its password or key cannot be read',
  })
})

test('a slip in the settings of directories is told with its line', () => {
  expect(() => parseSettings('directories:\n  - targets: [dc]\n    pasword: x\n', 'r.yaml')).toThrow(
    'r.yaml:3: directories.0.pasword: there is no such setting',
  )
})
