import { existsSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { newKeyPair, seal, Secret } from '@rollcall/secret'
import fc from 'fast-check'
import { expect, onTestFinished, test } from 'vitest'
import { restoreVault } from '../restore.ts'
import { VaultError } from '../vault-error.ts'
import type { KeyLayer } from '../vault.ts'
import { bound } from './envelope.ts'
import { openEmbeddedVault, type EmbeddedVaultOptions } from './embedded-vault.ts'

const newFolder = async () => {
  const folder = await mkdtemp(join(tmpdir(), 'rollcall-vault-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

const inFolder = (folder: string, more: Partial<EmbeddedVaultOptions> = {}): EmbeddedVaultOptions => ({
  folder: join(folder, 'vault'),
  root: { kind: 'file', file: join(folder, 'keys', 'root.key') },
  now: () => new Date('2026-11-22T12:00:00Z'),
  memory: 8192,
  ...more,
})

const codeOf = async (work: Promise<unknown>): Promise<string> => {
  try {
    await work
  } catch (error) {
    if (error instanceof VaultError) return error.code
    throw error
  }
  return 'done'
}

const one = (text: string, label: 'pending' | 'current' = 'current') => ({
  about: 'a login',
  fields: { password: Secret.ofText(text) },
  label,
})

const passwordOf = async (
  vault: { read: Awaited<ReturnType<typeof openEmbeddedVault>>['read'] },
  which: Parameters<typeof vault.read>[1] = 'current',
) => (await vault.read('a', which)).fields['password']?.reveal()

test('what is kept is there after a restart, and nothing of it is readable in the file', async () => {
  const folder = await newFolder()
  const secret = 'correct-horse-battery-staple'
  {
    await using vault = await openEmbeddedVault(inFolder(folder))
    await vault.write('a', one(secret))
  }
  await using vault = await openEmbeddedVault(inFolder(folder))
  expect(await passwordOf(vault)).toBe(secret)
  for (const name of readdirSync(join(folder, 'vault'))) {
    expect(readFileSync(join(folder, 'vault', name)).includes(secret)).toBe(false)
    expect(statSync(join(folder, 'vault', name)).mode & 0o777).toBe(0o600)
  }
  expect(statSync(join(folder, 'vault')).mode & 0o777).toBe(0o700)
})

test('a candidate becomes current only when it is confirmed, and no candidate is given up for another', async () => {
  await using vault = await openEmbeddedVault(inFolder(await newFolder()))
  await vault.write('a', one('first'))
  await vault.write('a', one('second', 'pending'))
  expect(await codeOf(vault.write('a', one('third', 'pending')))).toBe('pending')
  expect(await passwordOf(vault)).toBe('first')
  await vault.labelling.confirm('a')
  expect(await passwordOf(vault)).toBe('second')
  expect(await passwordOf(vault, 'previous')).toBe('first')
  await vault.write('a', one('third', 'pending'))
  await vault.labelling.discard('a')
  // It may turn out to be the one in force all the same.
  expect(await passwordOf(vault, 3)).toBe('third')
  expect(await vault.labelling.forget('a', '2026-11-22T12:00:00.000Z')).toBe(0)
  expect(await vault.labelling.forget('a', '2026-11-23T12:00:00.000Z')).toBe(1)
  expect(await codeOf(vault.read('a', 3))).toBe('not-found')
  expect((await vault.objects())[0]!.versions.map(({ labels }) => labels)).toEqual([['previous'], ['current']])
})

test('secrets of any bytes come out as they were, through any order of key changes and restarts', async () => {
  const folder = await newFolder()
  const layers: readonly (KeyLayer | 'restart')[] = ['root', 'kek', 'receiving', 'pepper', 'restart']
  await fc.assert(
    fc.asyncProperty(
      fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), fc.uint8Array({ maxLength: 200 }), { minKeys: 1, maxKeys: 4 }),
      fc.array(fc.constantFrom(...layers), { maxLength: 4 }),
      async (values, steps) => {
        let vault = await openEmbeddedVault(inFolder(folder))
        const fields = Object.fromEntries(Object.entries(values).map(([key, bytes]) => [key, Secret.ofBytes(bytes)]))
        const version = await vault.write('any', { about: 'x', fields, label: 'current' })
        for (const step of steps) {
          if (step !== 'restart') await vault.keyRotation.rotate(step)
          else {
            await vault[Symbol.asyncDispose]()
            vault = await openEmbeddedVault(inFolder(folder))
          }
        }
        const read = await vault.read('any', version)
        await vault[Symbol.asyncDispose]()
        expect(Object.keys(read.fields).toSorted()).toEqual(Object.keys(values).toSorted())
        for (const [key, bytes] of Object.entries(values)) expect(read.fields[key]!.revealBytes()).toEqual(bytes)
      },
    ),
    { numRuns: 25 },
  )
})

test('changing the keys of keys leaves what they keep as it lies', async () => {
  const folder = await newFolder()
  const fieldsOf = () => {
    const database = new DatabaseSync(join(folder, 'vault', 'vault.db'), { readOnly: true })
    const rows = database.prepare('select hex(sealed) as sealed from field').all()
    database.close()
    return rows.map((row) => row['sealed'])
  }
  {
    await using vault = await openEmbeddedVault(inFolder(folder))
    await vault.write('a', one('first'))
  }
  const before = fieldsOf()
  {
    await using vault = await openEmbeddedVault(inFolder(folder))
    await vault.keyRotation.rotate('root')
    await vault.keyRotation.rotate('kek')
  }
  expect(fieldsOf()).toEqual(before)
})

test('the old root key opens nothing any more, and a crash between both leaves one that does', async () => {
  const folder = await newFolder()
  const file = join(folder, 'keys', 'root.key')
  {
    await using vault = await openEmbeddedVault(inFolder(folder))
    await vault.write('a', one('first'))
  }
  const old = readFileSync(file)
  {
    await using vault = await openEmbeddedVault(inFolder(folder))
    await vault.keyRotation.rotate('root')
  }
  const fresh = readFileSync(file)
  for (const both of [Buffer.concat([old, fresh]), Buffer.concat([fresh, old])]) {
    writeFileSync(file, both)
    await using vault = await openEmbeddedVault(inFolder(folder))
    expect(await passwordOf(vault)).toBe('first')
  }
  writeFileSync(file, old)
  expect(await codeOf(openEmbeddedVault(inFolder(folder)))).toBe('wrong-root-key')
})

/** Every way to put the bytes of one row in the place of another's. */
const SWAPS = [
  ['field', 'sealed', 'between objects', `object = 'a'`, `object = 'b'`],
  ['field', 'sealed', 'between versions', `object = 'a' and version = 1`, `object = 'a' and version = 2`],
  ['field', 'sealed', 'between fields', `object = 'c' and name = 'one'`, `object = 'c' and name = 'two'`],
  ['version', 'data_key', 'keys between objects', `object = 'a' and version = 2`, `object = 'b'`],
  ['version', 'data_key', 'keys between versions', `object = 'a' and version = 1`, `object = 'a' and version = 2`],
  ['object', 'mark', 'marks', `object = 'a'`, `object = 'b'`],
] as const

const tampered = async (sql: readonly string[]) => {
  const folder = await newFolder()
  {
    await using vault = await openEmbeddedVault(inFolder(folder))
    await vault.write('a', one('first'))
    await vault.write('a', one('second'))
    await vault.write('b', one('other'))
    const fields = { one: Secret.ofText('1'), two: Secret.ofText('2') }
    await vault.write('c', { about: '', fields, label: 'current' })
  }
  const database = new DatabaseSync(join(folder, 'vault', 'vault.db'))
  for (const statement of sql) database.exec(statement)
  database.close()
  await using vault = await openEmbeddedVault(inFolder(folder))
  const codes = []
  for (const [object, version] of [
    ['a', 1],
    ['a', 2],
    ['b', 1],
    ['c', 1],
  ] as const)
    codes.push(await codeOf(vault.read(object, version)))
  return codes
}

test.each(SWAPS)('in %s, %s swapped %s are refused', async (table, column, _, here, there) => {
  const codes = await tampered([
    `create temp table kept as select ${column} as value from ${table} where ${here}`,
    `update ${table} set ${column} = (select ${column} from ${table} where ${there}) where ${here}`,
    `update ${table} set ${column} = (select value from kept) where ${there}`,
  ])
  expect(codes.filter((code) => code === 'damaged').length).toBeGreaterThanOrEqual(1)
})

test.each([
  ['a label that was moved', `update object set labels = '{"current":1}' where object = 'a'`],
  ['words that were changed', `update object set about = 'another login' where object = 'a'`],
  ['a version that was taken away', `delete from version where object = 'a' and version = 1`],
  ['a field that was taken away', `delete from field where object = 'a'`],
  ['an object that was taken away from its versions', `delete from object where object = 'a'`],
  [
    'an object called by the name of another',
    ['object', 'version', 'field']
      .map((table) => `delete from ${table} where object = 'b'; update ${table} set object = 'b' where object = 'a'`)
      .join(';'),
  ],
])('%s is seen', async (_, sql) => {
  expect(await tampered([sql])).toContain('damaged')
})

test('a byte changed anywhere in what is sealed is seen', async () => {
  const folder = await newFolder()
  {
    await using vault = await openEmbeddedVault(inFolder(folder))
    await vault.write('a', one('first'))
  }
  const path = join(folder, 'vault', 'vault.db')
  const database = new DatabaseSync(path)
  const { sealed } = database.prepare('select sealed from field').get() as { sealed: Uint8Array }
  database.close()
  for (let at = 0; at < sealed.length; at++) {
    const changed = Uint8Array.from(sealed)
    changed[at]! ^= 1
    const writing = new DatabaseSync(path)
    writing.prepare('update field set sealed = ?').run(changed)
    writing.close()
    await using vault = await openEmbeddedVault(inFolder(folder))
    expect(await codeOf(vault.read('a', 'current'))).toBe('damaged')
  }
})

test('a lost root key is told, and no new one is made in its place', async () => {
  const folder = await newFolder()
  {
    await using vault = await openEmbeddedVault(inFolder(folder))
    await vault.write('a', one('first'))
  }
  await rm(join(folder, 'keys', 'root.key'))
  expect(await codeOf(openEmbeddedVault(inFolder(folder)))).toBe('no-root-key')
  expect(existsSync(join(folder, 'keys', 'root.key'))).toBe(false)
})

test('a root key that others may read is not used', async () => {
  const folder = await newFolder()
  await (await openEmbeddedVault(inFolder(folder)))[Symbol.asyncDispose]()
  await chmod(join(folder, 'keys', 'root.key'), 0o640)
  await expect(openEmbeddedVault(inFolder(folder))).rejects.toThrow('may be read or changed by others')
})

test('of two processes at once the second is told so', async () => {
  const folder = await newFolder()
  await using _ = await openEmbeddedVault(inFolder(folder))
  expect(await codeOf(openEmbeddedVault(inFolder(folder)))).toBe('in-use')
})

test('a passphrase opens the vault that it made, after each start, and no other does', async () => {
  const folder = await newFolder()
  const options = inFolder(folder, { root: { kind: 'passphrase' } })
  {
    await using vault = await openEmbeddedVault(options)
    expect(vault.state).toBe('empty')
    expect(await codeOf(vault.unsealing.unseal(Secret.ofText('short')))).toBe('weak-passphrase')
    await vault.unsealing.unseal(Secret.ofText('a long enough one'))
    await vault.write('a', one('first'))
    vault.unsealing.seal()
    expect(await codeOf(vault.read('a', 'current'))).toBe('sealed')
  }
  await using vault = await openEmbeddedVault(options)
  expect(vault.state).toBe('sealed')
  expect(await codeOf(vault.write('a', one('x')))).toBe('sealed')
  expect(await codeOf(vault.unsealing.unseal(Secret.ofText('a wrong enough one')))).toBe('wrong-passphrase')
  await vault.unsealing.unseal(Secret.ofText('a long enough one'))
  expect(await passwordOf(vault)).toBe('first')
  await vault.keyRotation.rotate('root', Secret.ofText('quite another one'))
  vault.unsealing.seal()
  expect(await codeOf(vault.unsealing.unseal(Secret.ofText('a long enough one')))).toBe('wrong-passphrase')
  await vault.unsealing.unseal(Secret.ofText('quite another one'))
  expect(await passwordOf(vault)).toBe('first')
})

test('a backup that was made while the vault was in use is restored with the root key, and only with it', async () => {
  const folder = await newFolder()
  const backup = join(folder, 'backup.db')
  const options = inFolder(folder)
  {
    await using vault = await openEmbeddedVault(options)
    await vault.write('a', one('first'))
    await vault.backups.backup(backup)
    expect(await codeOf(vault.backups.backup(backup))).toBe('exists')
    await vault.write('a', one('second'))
    expect(await codeOf(restoreVault(backup, options))).toBe('in-use')
  }
  expect(statSync(backup).mode & 0o777).toBe(0o600)
  const other = await newFolder()
  expect(await codeOf(restoreVault(backup, inFolder(other)))).toBe('no-root-key')
  expect(existsSync(join(other, 'vault', 'vault.db'))).toBe(false)
  const restored = await restoreVault(backup, options)
  expect(restored.objects).toBe(1)
  expect(existsSync(restored.before!)).toBe(true)
  await using vault = await openEmbeddedVault(options)
  expect(await passwordOf(vault)).toBe('first')
})

test('what is no backup, or one that was changed, is put nowhere', async () => {
  const folder = await newFolder()
  const options = inFolder(folder)
  const [backup, empty] = [join(folder, 'backup.db'), join(folder, 'empty.db')]
  {
    await using vault = await openEmbeddedVault(options)
    await vault.write('a', one('first'))
    await vault.backups.backup(backup)
  }
  const database = new DatabaseSync(backup)
  database.exec(`update object set about = 'x'`)
  database.close()
  writeFileSync(empty, '')
  expect(await codeOf(restoreVault(backup, options))).toBe('damaged')
  expect(await codeOf(restoreVault(empty, options))).toBe('damaged')
  expect(await codeOf(restoreVault(join(folder, 'none.db'), options))).toBe('not-found')
  await using vault = await openEmbeddedVault(options)
  expect(await passwordOf(vault)).toBe('first')
})

test('digests tell equal secrets of one kind, under one pepper, and nothing else', async () => {
  await using vault = await openEmbeddedVault(inFolder(await newFolder()))
  await using other = await openEmbeddedVault(inFolder(await newFolder()))
  const digest = (kind: string, value: Secret) => vault.digesting.digest(kind, value)
  const [mine, same, kind, theirs] = await Promise.all([
    digest('password', Secret.ofText('x')),
    digest('password', Secret.ofText('x')),
    digest('token', Secret.ofText('x')),
    other.digesting.digest('password', Secret.ofText('x')),
  ])
  expect(same).toEqual(mine)
  expect(kind.digest).not.toBe(mine.digest)
  expect(theirs.digest).not.toBe(mine.digest)
  await vault.keyRotation.rotate('pepper')
  expect((await digest('password', Secret.ofText('x'))).pepper).toBe(2)
})

test('what was sealed to an older key is still opened, and what was sealed to another is not', async () => {
  await using vault = await openEmbeddedVault(inFolder(await newFolder()))
  const context = { info: 'i', about: 'a' }
  const old = vault.receiving.publicKey
  await vault.keyRotation.rotate('receiving')
  expect(Buffer.from(vault.receiving.publicKey).equals(old)).toBe(false)
  expect((await vault.receiving.open(context, seal(old, context, Buffer.from('x')))).reveal()).toBe('x')
  const strange = seal(newKeyPair('open').public, context, Buffer.from('x'))
  expect(await codeOf(vault.receiving.open(context, strange))).toBe('not-for-us')
})

test('other words never give the same bytes', () => {
  fc.assert(
    fc.property(fc.array(fc.string(), { maxLength: 4 }), fc.array(fc.string(), { maxLength: 4 }), (these, those) => {
      expect(bound(...these).equals(bound(...those))).toBe(JSON.stringify(these) === JSON.stringify(those))
    }),
  )
})
