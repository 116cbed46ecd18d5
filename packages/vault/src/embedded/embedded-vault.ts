import { createHmac, randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { keepFolderPrivate, keyPairOf, newKeyPair, Secret, unseal, type KeyPair } from '@rollcall/secret'
import { VaultError } from '../vault-error.ts'
import type { Fields, KeyLayer, KnownObject, Label, Vault } from '../vault.ts'
import { bound, decrypt, encrypt, isMark, markOf, newKey } from './envelope.ts'
import {
  makeRootKey,
  newStretching,
  readRootKeys,
  rootKey,
  stretched,
  writeRootKeys,
  type RootKey,
  type RootKeySource,
  type Stretching,
} from './root-keys.ts'
import {
  openVaultFile,
  type KeyRow,
  type LentRow,
  type ObjectRow,
  type VaultFile,
  type VersionRow,
} from './vault-file.ts'

export interface EmbeddedVaultOptions {
  /** A folder of its own, of mode 0700. */
  readonly folder: string
  readonly root: RootKeySource
  readonly now: () => Date
  /** KiB that a passphrase is stretched with; less in tests. */
  readonly memory?: number
}

/** The vault that comes with Rollcall. It can all that a vault may. */
export type EmbeddedVault = Required<Vault> & {
  /** Writes down that a key of an agent was lent something, and tells what is written down. */
  lend(to: { agent: string; key: string; credential: string }): Promise<void>
  lent(): Promise<readonly LentRow[]>
}

export const VAULT_FILE = 'vault.db'
/** Parts of one secret, and bytes of each. */
const MOST_FIELDS = 16
const MOST_BYTES = 64 * 1024
const LEAST_PASSPHRASE = 12

/** Keys that are open, and what they are known by. */
interface Keys {
  readonly root: RootKey
  readonly kek: { readonly number: number; readonly key: Buffer }
  readonly pepper: { readonly number: number; readonly key: Buffer }
  /** The newest first; older ones only open. */
  readonly receiving: readonly KeyPair[]
}

/**
 * Opens the embedded vault. One whose key is a passphrase is sealed until somebody says it. Throws VaultError, among others `no-root-key` and
 * `wrong-root-key`, `in-use`, `damaged`.
 */
export const openEmbeddedVault = async (options: EmbeddedVaultOptions): Promise<EmbeddedVault> => {
  const { folder, root, now, memory } = options
  await keepFolderPrivate(folder)
  const file = openVaultFile(join(folder, VAULT_FILE))
  let keys: Keys | undefined
  let closed = false

  const at = () => now().toISOString()
  const open = (): Keys => {
    if (closed) throw new VaultError('away')
    if (keys === undefined) throw new VaultError('sealed')
    return keys
  }
  const forget = () => {
    if (keys === undefined) return
    for (const key of [keys.root.key, keys.kek.key, keys.pepper.key]) key.fill(0)
    for (const { seed } of keys.receiving) seed.wipe()
    keys = undefined
  }

  const use = (given: readonly RootKey[]) => {
    const rows = file.keys()
    if (rows.length === 0) {
      const first = given.at(-1)
      if (first === undefined) throw new VaultError('no-root-key')
      keys = begin(file, first, at())
      return
    }
    keys = opened(file, rows, given)
  }

  const unsealWith = async (passphrase: Secret) => {
    const kept = file.setting('stretching')
    const fresh = kept === undefined
    if (fresh) strong(passphrase)
    const how = fresh ? newStretching(randomBytes(16), memory) : (JSON.parse(kept) as Stretching)
    const key = await stretched(passphrase, how)
    if (fresh) {
      file.atomically(() => {
        file.set('stretching', JSON.stringify(how))
        keys = begin(file, key, at(), true)
      })
      return
    }
    try {
      use([key])
    } catch (error) {
      if (error instanceof VaultError && error.code === 'wrong-root-key') throw new VaultError('wrong-passphrase')
      throw error
    }
  }

  try {
    if (root.kind !== 'passphrase') {
      if (file.setting('stretching') !== undefined)
        throw new VaultError('wrong-root-key', 'it is opened by a passphrase')
      const found = await readRootKeys(root)
      const isNew = file.keys().length === 0
      if (found.length === 0 && !(isNew && root.kind === 'file')) throw new VaultError('no-root-key', root.file)
      use(found.length === 0 && root.kind === 'file' ? await makeRootKey(root) : found)
    } else if (file.keys().length > 0 && file.setting('stretching') === undefined)
      throw new VaultError('wrong-root-key', 'it is not opened by a passphrase')
  } catch (error) {
    file.close()
    throw error
  }

  const installation = () => file.setting('installation')!
  const dataKeyWords = (row: Omit<VersionRow, 'dataKey'>) =>
    bound('data key', installation(), row.object, row.version, row.kek, row.createdAt, row.names)
  const fieldWords = (object: string, version: number, name: string) =>
    bound('field', installation(), object, version, name)
  const markWords = ({ object, about, labels }: Omit<ObjectRow, 'mark'>, versions: readonly VersionRow[]) =>
    bound(
      'object',
      installation(),
      object,
      about,
      labels,
      ...versions.flatMap(({ version, names }) => [version, names]),
    )

  /** What is told of an object, if nobody changed it. */
  const believed = (object: string): { row: ObjectRow; versions: VersionRow[]; labels: Labels } | undefined => {
    const row = file.object(object)
    const versions = file.versions(object)
    if (row === undefined && versions.length === 0) return undefined
    if (row === undefined || !isMark(open().kek.key, markWords(row, versions), row.mark))
      throw new VaultError('damaged', object)
    return { row, versions, labels: JSON.parse(row.labels) as Labels }
  }
  const known = (object: string) => {
    const found = believed(object)
    if (found === undefined) throw new VaultError('not-found', object)
    return found
  }
  const mark = (object: string, about: string, labels: Labels) => {
    const row = { object, about, labels: JSON.stringify(labels) }
    file.putObject({ ...row, mark: markOf(open().kek.key, markWords(row, file.versions(object))) })
  }

  const rotations: Readonly<Record<KeyLayer, (passphrase: Secret | undefined) => Promise<void>>> = {
    async root(passphrase) {
      const current = open()
      const { next, how } = await nextRoot(root, current.root, passphrase, memory)
      file.atomically(() => {
        if (how !== undefined) file.set('stretching', JSON.stringify(how))
        putKek(file, installation(), current.kek, next, at())
      })
      current.root.key.fill(0)
      keys = { ...current, root: next }
      // The old one opens nothing any more; until here either did.
      if (root.kind === 'file') await writeRootKeys(root, [next])
    },
    async kek() {
      const current = open()
      const next = { number: current.kek.number + 1, key: newKey() }
      file.atomically(() => {
        const objects = file.objects().map(({ object }) => known(object))
        putKek(file, installation(), next, current.root, at())
        for (const { versions } of objects)
          for (const version of versions) {
            const dataKey = decrypt(current.kek.key, dataKeyWords(version), version.dataKey)
            const row = { ...version, kek: next.number }
            file.putVersion({ ...row, dataKey: encrypt(next.key, dataKeyWords(row), dataKey) })
            dataKey.fill(0)
          }
        for (const row of file.keys().filter(({ kind }) => kind !== 'kek')) {
          const value = decrypt(current.kek.key, keyWords(installation(), row), row.sealed)
          const moved = { ...row, under: String(next.number) }
          file.putKey({ ...moved, sealed: encrypt(next.key, keyWords(installation(), moved), value) })
          value.fill(0)
        }
        keys = { ...current, kek: next }
        try {
          for (const { row, labels } of objects) mark(row.object, row.about, labels)
          file.dropKey('kek', current.kek.number)
        } catch (error) {
          keys = current
          throw error
        }
      })
      current.kek.key.fill(0)
    },
    async receiving() {
      const current = open()
      const pair = newKeyPair('open')
      putReceiving(file, installation(), current.kek, current.receiving.length + 1, pair, at())
      keys = { ...current, receiving: [pair, ...current.receiving] }
    },
    async pepper() {
      const current = open()
      const next = { number: current.pepper.number + 1, key: newKey() }
      putPepper(file, installation(), current.kek, next, at())
      keys = { ...current, pepper: next }
    },
  }

  return {
    product: 'embedded',
    get state() {
      if (keys !== undefined) return 'open'
      return file.keys().length === 0 ? 'empty' : 'sealed'
    },
    async objects() {
      open()
      return file.objects().map(({ object }) => told(known(object)))
    },
    async write(object, { about, fields, label }) {
      const { kek } = open()
      checkFields(fields)
      const before = believed(object)
      if (label === 'pending' && before?.labels.pending !== undefined) throw new VaultError('pending', object)
      const version = (before?.versions.at(-1)?.version ?? 0) + 1
      const names = JSON.stringify(Object.keys(fields).toSorted())
      const row = { object, version, createdAt: at(), names, kek: kek.number }
      const dataKey = newKey()
      try {
        file.atomically(() => {
          file.putVersion({ ...row, dataKey: encrypt(kek.key, dataKeyWords(row), dataKey) })
          for (const [name, secret] of Object.entries(fields)) {
            const bytes = secret.revealBytes()
            file.putField(object, version, { name, sealed: encrypt(dataKey, fieldWords(object, version, name), bytes) })
            bytes.fill(0)
          }
          mark(object, about, labelled(before?.labels ?? {}, label, version))
        })
      } finally {
        dataKey.fill(0)
      }
      return version
    },
    async read(object, which) {
      const { kek } = open()
      const { row, versions, labels } = known(object)
      const number = typeof which === 'number' ? which : labels[which]
      const version = versions.find((one) => one.version === number)
      if (version === undefined) throw new VaultError('not-found', object)
      const dataKey = decrypt(kek.key, dataKeyWords(version), version.dataKey)
      try {
        const fields: Record<string, Secret> = {}
        const rows = file.fields(object, version.version)
        const names = JSON.parse(version.names) as string[]
        if (rows.length !== names.length) throw new VaultError('damaged', object)
        for (const name of names) {
          const field = rows.find((one) => one.name === name)
          if (field === undefined) throw new VaultError('damaged', object)
          const bytes = decrypt(dataKey, fieldWords(object, version.version, name), field.sealed)
          fields[name] = Secret.ofBytes(bytes)
          bytes.fill(0)
        }
        return { version: version.version, about: row.about, fields }
      } finally {
        dataKey.fill(0)
      }
    },
    async remove(object) {
      open()
      // What was tampered with may be taken away all the same.
      return file.atomically(() => file.dropObject(object))
    },
    labelling: {
      async confirm(object) {
        const { row, labels } = known(object)
        const { pending } = labels
        if (pending === undefined) throw new VaultError('not-found', object)
        file.atomically(() => mark(object, row.about, labelled({ ...labels, pending: undefined }, 'current', pending)))
        return pending
      },
      async discard(object) {
        const { row, labels } = known(object)
        if (labels.pending === undefined) throw new VaultError('not-found', object)
        file.atomically(() => mark(object, row.about, { ...labels, pending: undefined }))
      },
      async forget(object, before) {
        const { row, versions, labels } = known(object)
        const used = new Set(Object.values(labels))
        const old = versions.filter(({ version, createdAt }) => !used.has(version) && createdAt < before)
        if (old.length === 0) return 0
        file.atomically(() => {
          for (const { version } of old) file.dropVersion(object, version)
          mark(object, row.about, labels)
        })
        return old.length
      },
    },
    digesting: {
      async digest(kind, value) {
        const { pepper } = open()
        const bytes = value.revealBytes()
        const digest = createHmac('sha256', pepper.key).update(bound('digest', kind)).update(bytes).digest()
        bytes.fill(0)
        return { pepper: pepper.number, digest: digest.subarray(0, 16).toString('base64url') }
      },
    },
    keyRotation: { rotate: (layer, passphrase) => rotations[layer](passphrase) },
    backups: {
      async backup(path) {
        open()
        await file.copyTo(path)
      },
    },
    unsealing: {
      async unseal(passphrase) {
        if (root.kind !== 'passphrase')
          throw new VaultError('wrong-root-key', 'this vault is opened by a key, not by a passphrase')
        if (keys !== undefined) return
        await unsealWith(passphrase)
      },
      seal: forget,
    },
    receiving: {
      get publicKey() {
        return open().receiving[0]!.public
      },
      async open(context, sealed) {
        for (const pair of open().receiving) {
          try {
            return unseal(pair, context, sealed)
          } catch {
            // An older key may be the one.
          }
        }
        throw new VaultError('not-for-us')
      },
    },
    async lend(to) {
      open()
      file.lend(to, at())
    },
    lent: async () => file.lent(),
    async [Symbol.asyncDispose]() {
      if (closed) return
      forget()
      closed = true
      file.close()
    },
  }
}

type Labels = { readonly [L in Label]?: number | undefined }

/** What was current becomes previous. */
const labelled = (labels: Labels, label: Label, version: number): Labels => ({
  ...labels,
  ...(label === 'current' && labels.current !== undefined ? { previous: labels.current } : {}),
  [label]: version,
})

const told = ({ row, versions, labels }: { row: ObjectRow; versions: VersionRow[]; labels: Labels }): KnownObject => ({
  object: row.object,
  about: row.about,
  versions: versions.map(({ version, createdAt }) => ({
    version,
    createdAt,
    labels: (['pending', 'current', 'previous'] as const).filter((label) => labels[label] === version),
  })),
})

const checkFields = (fields: Fields) => {
  const entries = Object.entries(fields)
  if (entries.length === 0 || entries.length > MOST_FIELDS) throw new VaultError('malformed')
  for (const [name, secret] of entries) {
    const bytes = secret.revealBytes()
    const { length } = bytes
    bytes.fill(0)
    if (length > MOST_BYTES) throw new VaultError('too-large', name)
  }
}

const strong = (passphrase: Secret) => {
  if (passphrase.reveal().length < LEAST_PASSPHRASE) throw new VaultError('weak-passphrase')
}

const keyWords = (installation: string, { kind, number, under, public: open }: Omit<KeyRow, 'sealed' | 'createdAt'>) =>
  bound('key', installation, kind, number, under, open === null ? '' : Buffer.from(open).toString('base64url'))

type NumberedKey = Keys['kek']

const putKek = (file: VaultFile, installation: string, kek: NumberedKey, root: RootKey, createdAt: string) => {
  const row = { kind: 'kek', number: kek.number, under: root.id, public: null } as const
  file.putKey({ ...row, createdAt, sealed: encrypt(root.key, keyWords(installation, row), kek.key) })
}

const putPepper = (file: VaultFile, installation: string, kek: NumberedKey, pepper: NumberedKey, createdAt: string) => {
  const row = { kind: 'pepper', number: pepper.number, under: String(kek.number), public: null } as const
  file.putKey({ ...row, createdAt, sealed: encrypt(kek.key, keyWords(installation, row), pepper.key) })
}

const putReceiving = (
  file: VaultFile,
  installation: string,
  kek: NumberedKey,
  number: number,
  pair: KeyPair,
  createdAt: string,
) => {
  const row = { kind: 'receiving', number, under: String(kek.number), public: pair.public } as const
  const seed = pair.seed.revealBytes()
  file.putKey({ ...row, createdAt, sealed: encrypt(kek.key, keyWords(installation, row), seed) })
  seed.fill(0)
}

/** Makes the keys of a new vault, in one go. */
const begin = (file: VaultFile, root: RootKey, createdAt: string, within = false): Keys => {
  const keys: Keys = {
    root,
    kek: { number: 1, key: newKey() },
    pepper: { number: 1, key: newKey() },
    receiving: [newKeyPair('open')],
  }
  const put = () => {
    const installation = randomBytes(16).toString('hex')
    file.set('installation', installation)
    putKek(file, installation, keys.kek, root, createdAt)
    putPepper(file, installation, keys.kek, keys.pepper, createdAt)
    putReceiving(file, installation, keys.kek, 1, keys.receiving[0]!, createdAt)
  }
  if (within) put()
  else file.atomically(put)
  return keys
}

const opened = (file: VaultFile, rows: readonly KeyRow[], given: readonly RootKey[]): Keys => {
  const installation = file.setting('installation') ?? ''
  const kekRow = rows.findLast(({ kind }) => kind === 'kek')
  if (kekRow === undefined) throw new VaultError('damaged')
  const root = given.find(({ id }) => id === kekRow.under)
  if (root === undefined)
    throw new VaultError(
      'wrong-root-key',
      `it was made with ${kekRow.under}; there is ${given.map(({ id }) => id).join(', ')}`,
    )
  const kek = { number: kekRow.number, key: decrypt(root.key, keyWords(installation, kekRow), kekRow.sealed) }
  const of = (kind: KeyRow['kind']) =>
    rows
      .filter((row) => row.kind === kind)
      .map((row) => ({ row, number: row.number, key: decrypt(kek.key, keyWords(installation, row), row.sealed) }))
  const pepper = of('pepper').at(-1)
  const receiving = of('receiving')
    .toReversed()
    .map(({ key }) => {
      const seed = Secret.ofBytes(key)
      key.fill(0)
      return keyPairOf('open', seed)
    })
  if (pepper === undefined || receiving.length === 0) throw new VaultError('damaged')
  for (const other of given) if (other !== root) other.key.fill(0)
  return { root, kek, pepper: { number: pepper.number, key: pepper.key }, receiving }
}

/** The root key to come, where it is found again after a crash, before anything is under it. */
const nextRoot = async (
  source: RootKeySource,
  current: RootKey,
  passphrase: Secret | undefined,
  memory: number | undefined,
): Promise<{ next: RootKey; how?: Stretching }> => {
  if (source.kind === 'passphrase') {
    if (passphrase === undefined) throw new VaultError('malformed')
    strong(passphrase)
    const how = newStretching(randomBytes(16), memory)
    return { next: await stretched(passphrase, how), how }
  }
  const there = await readRootKeys(source)
  const newest = there.at(-1)
  if (newest !== undefined && newest.id !== current.id) return { next: newest }
  if (source.kind === 'credential') throw new VaultError('root-key-given', source.file)
  const next = rootKey(newKey())
  await writeRootKeys(source, [...there, next])
  return { next }
}
