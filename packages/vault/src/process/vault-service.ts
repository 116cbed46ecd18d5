import { join } from 'node:path'
import {
  CREDENTIAL_SEAL,
  credentialWords,
  LEASE_SEAL,
  leaseTarget,
  leaseWords,
  mayBeUsedOn,
  scanCredential,
  SECRET_PARTS,
  type ScanCredential,
} from '@rollcall/contract'
import {
  keepFolderPrivate,
  newKeyPair,
  packSecrets,
  readPrivateFile,
  seal,
  unpackSecrets,
  unseal,
  writePrivateFile,
  type Secret,
} from '@rollcall/secret'
import type { EmbeddedVault } from '../embedded/embedded-vault.ts'
import type { RootKeySource } from '../embedded/root-keys.ts'
import { VaultError } from '../vault-error.ts'
import type { Fields } from '../vault.ts'
import { DOOR, FOUND, type Answer, type Ask, type VaultStanding } from './words.ts'

export interface VaultService {
  /** Writes down the key to seal to, if it is open. */
  publish(): Promise<void>
  answer<Name extends Ask['ask']>(asked: Extract<Ask, { ask: Name }>): Promise<Answer<Name>>
}

export interface VaultServiceOptions {
  readonly vault: EmbeddedVault
  readonly folder: string
  readonly root: RootKeySource['kind']
}

/** Where the process writes down the key to seal to, for whoever is on the same machine. */
export const RECEIVING_FILE = 'receiving.pub'

/** What the vault does for others: it takes secrets in, and hands them to agents, sealed. It tells none. */
export const vaultService = ({ vault, folder, root }: VaultServiceOptions): VaultService => {
  const door = newKeyPair('open')

  const standing = (): VaultStanding => ({
    state: vault.state,
    ...(vault.state === 'open' ? { receiving: text(vault.receiving.publicKey) } : {}),
    door: text(door.public),
    root,
  })
  const publish = async () => {
    if (vault.state !== 'open') return
    const file = join(folder, RECEIVING_FILE)
    const words = Buffer.from(`${text(vault.receiving.publicKey)}\n`)
    const before = await readPrivateFile(file)
    if (before === undefined || !words.equals(before)) await writePrivateFile(file, words)
  }
  const passphraseIn = (sealed: string): Secret => {
    try {
      return unseal(door, DOOR, Buffer.from(sealed, 'base64url'))
    } catch (error) {
      throw new VaultError('not-for-us', undefined, { cause: error })
    }
  }
  const termsOf = (about: string, object: string): ScanCredential => {
    const read = scanCredential.safeParse(JSON.parse(about))
    if (!read.success || `${PREFIX}${read.data.id}` !== object) throw new VaultError('damaged', object)
    return read.data
  }
  const readCredential = async (id: string) => {
    const object = `${PREFIX}${id}`
    const { version, about, fields } = await vault.read(object, 'current')
    return { version, fields, terms: termsOf(about, object) }
  }

  const answers: { readonly [Name in Ask['ask']]: (asked: Extract<Ask, { ask: Name }>) => Promise<Answer<Name>> } = {
    state: async () => standing(),
    async unseal({ passphrase }) {
      const given = passphraseIn(passphrase)
      try {
        await vault.unsealing.unseal(given)
      } finally {
        given.wipe()
      }
      await publish()
      return standing()
    },
    async seal() {
      if (root !== 'passphrase') throw new VaultError('root-key-given', 'it opens by itself at each start')
      vault.unsealing.seal()
      return standing()
    },
    async add({ credential, sealed }) {
      const packed = await vault.receiving.open(
        { info: CREDENTIAL_SEAL, about: credentialWords(credential) },
        Buffer.from(sealed, 'base64url'),
      )
      const fields = unpackSecrets(packed)
      packed.wipe()
      if (fields === undefined || !isOfKind(fields, credential)) throw new VaultError('malformed')
      try {
        const about = JSON.stringify(credential)
        return { version: await vault.write(`${PREFIX}${credential.id}`, { about, fields, label: 'current' }) }
      } finally {
        wipe(fields)
      }
    },
    remove: async ({ credential }) => ({ removed: await vault.remove(`${PREFIX}${credential}`) }),
    async credentials() {
      const all = await vault.objects()
      return {
        credentials: all
          .filter(({ object }) => object.startsWith(PREFIX))
          .flatMap(({ object, about, versions }) => {
            const current = versions.find(({ labels }) => labels.includes('current'))
            if (current === undefined) return []
            return [{ credential: termsOf(about, object), version: current.version, createdAt: current.createdAt }]
          }),
      }
    },
    async check({ credential }) {
      const { version, fields } = await readCredential(credential)
      wipe(fields)
      return { version }
    },
    async lease({ lease, credential, agent, key, segment, run, attempt, target }) {
      const { version, fields, terms } = await readCredential(credential)
      try {
        const parsed = leaseTarget(target)
        // Asked here too: whoever asks for a loan may not be who they were.
        if (parsed === undefined || !mayBeUsedOn(terms, segment, parsed)) throw new VaultError('not-covered')
        const { kind, user } = terms
        const about = leaseWords({ lease, credential, version, kind, user, agent, run, attempt, target })
        const packed = packSecrets(fields)
        try {
          await vault.lend({ agent, key, credential })
          const sealed = seal(Buffer.from(key, 'base64url'), { info: LEASE_SEAL, about }, packed)
          return { version, kind, user, sealed: text(sealed) }
        } finally {
          packed.fill(0)
        }
      } finally {
        wipe(fields)
      }
    },
    lent: async () => ({ lent: [...(await vault.lent())] }),
    async digest({ kind, sealed }) {
      const digests: string[] = []
      let pepper = 1
      for (const one of sealed) {
        const value = await vault.receiving.open({ info: FOUND, about: kind }, Buffer.from(one, 'base64url'))
        const given = await vault.digesting.digest(kind, value)
        value.wipe()
        pepper = given.pepper
        digests.push(given.digest)
      }
      return { pepper, digests }
    },
    async rotate({ layer, passphrase }) {
      const given = passphrase === undefined ? undefined : passphraseIn(passphrase)
      try {
        await vault.keyRotation.rotate(layer, given)
      } finally {
        given?.wipe()
      }
      await publish()
      return standing()
    },
    async backup({ name }) {
      const backups = join(folder, 'backups')
      await keepFolderPrivate(backups)
      const file = join(backups, name)
      await vault.backups.backup(file)
      return { file }
    },
  }

  return {
    publish,
    answer: <Name extends Ask['ask']>(asked: Extract<Ask, { ask: Name }>) =>
      (answers[asked.ask] as (given: typeof asked) => Promise<Answer<Name>>)(asked),
  }
}

/** Other things may be kept as well, in time. */
const PREFIX = 'scan-credential/'

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64url')

const wipe = (fields: Fields) => {
  for (const secret of Object.values(fields)) secret.wipe()
}

const isOfKind = (fields: Fields, { kind }: ScanCredential): boolean => {
  const { needed, may } = SECRET_PARTS[kind]
  const names = Object.keys(fields)
  return names.includes(needed) && names.every((name) => name === needed || name === may)
}
