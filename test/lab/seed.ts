import { createHash, randomBytes } from 'node:crypto'
import { chmod, chown, lchown, lstat, mkdir, open, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { FindingOf } from '@rollcall/contract'
import { accountFiles, loginRecords } from './account-files.ts'
import type { Base } from './base.ts'
import {
  SCAN_KEY_COMMENT,
  type AccountDescription,
  type AuthorizedKeyDescription,
  type FileDescription,
  type HostDescription,
} from './description.ts'
import { output } from './shell.ts'
import { keyFile, publicHalf, type KeyPair, type KeyRing } from './ssh-keys.ts'

/** A key that was laid on a host, and where. */
export interface SeededKey {
  readonly role: 'authorized' | 'authority' | 'host' | 'private'
  readonly account?: string
  /** Absent where the file does not give it. */
  readonly fingerprint?: string
  readonly algorithm: string
  readonly bits?: number
  readonly comment: string
  readonly options?: string
  /** What else a scan must say of it. */
  readonly told?: Partial<FindingOf<'key'>>
  /** False where sshd does not look at the file it is in. */
  readonly effective?: boolean
  readonly path: string
  /** Of an authorized key. */
  readonly line?: number
  readonly mode: number
  readonly owner: number
}

/** What seeding chose beyond the description. */
export interface Seeded {
  readonly keys: readonly SeededKey[]
  readonly machineId: string
  /** The key that the host proves to hold: type and base64 blob as known_hosts(5) has them. */
  readonly hostKey: { readonly publicKey: string; readonly fingerprint: string; readonly algorithm: string }
}

export interface SeedTools {
  readonly base: Base
  /** The folder that is laid over the base. */
  readonly upper: string
  readonly address: string
  readonly keys: KeyRing
  readonly scanKey: KeyPair
}

/** Writes everything by which a host differs from its base. */
export const seedHost = async (
  host: HostDescription,
  { base, upper, address, keys, scanKey }: SeedTools,
): Promise<Seeded> => {
  await base.mask?.(upper)
  const layer = writableLayer(upper, base.layers)
  const machineId = randomBytes(16).toString('hex')
  await layer.file('/etc/hostname', `${host.name}\n`)
  await layer.file('/etc/hosts', `127.0.0.1 localhost\n${address} ${host.name}\n`)
  await layer.file('/etc/machine-id', `${machineId}\n`, { mode: 0o444 })

  for (const { path, content, mode, group } of await accountFiles(host))
    await layer.file(path, content, { mode, group })
  if (host.base === 'debian')
    for (const [path, { mode, content }] of Object.entries(loginRecords(host)))
      await layer.sparse(path, content, { mode, group: UTMP })
  for (const account of host.accounts)
    if (hasHome(account)) await layer.folder(account.home, { mode: 0o700, owner: account.uid, group: account.gid })

  const seededKeys = [
    ...(await authorizedKeys(host, layer, keys, scanKey)),
    ...(await privateKeys(host, layer, keys)),
    ...(await authorities(host, layer, keys)),
  ]
  for (const [path, text] of Object.entries(host.sudoers ?? {})) await layer.file(path, text, { mode: 0o440 })
  if (host.base === 'debian') {
    const config = host.sshd ?? {}
    for (const [path, text] of Object.entries({ '/etc/ssh/sshd_config': DEBIAN_SSHD_CONFIG, ...config }))
      await layer.file(path, text)
    await layer.folder('/run/sshd', { mode: 0o755 })
  }
  for (const file of host.files ?? []) await layer.described(file)

  const hostKeys = host.base === 'debian' ? await opensshHostKeys(layer, host.name) : await dropbearHostKeys(layer)
  return { keys: [...seededKeys, ...hostKeys.files], machineId, hostKey: hostKeys.proven }
}

const UTMP = 43

/** What Debian ships. */
const DEBIAN_SSHD_CONFIG = `# This is the sshd server system-wide configuration file.  See
# sshd_config(5) for more information.
Include /etc/ssh/sshd_config.d/*.conf

#Port 22
#PermitRootLogin prohibit-password
#PasswordAuthentication yes
KbdInteractiveAuthentication no
UsePAM yes
X11Forwarding yes
PrintMotd no
AcceptEnv LANG LC_*
Subsystem	sftp	/usr/lib/openssh/sftp-server
`

const hasHome = ({ makeHome, uid, home }: AccountDescription) =>
  makeHome ?? (uid === 0 || (uid >= 1000 && uid < 65_000 && home.startsWith('/home/')))

/** The file an authorized key is in. */
export const authorizedKeysFile = (account: AccountDescription, key?: AuthorizedKeyDescription): string =>
  key?.file ?? join(account.home, '.ssh/authorized_keys')

const authorizedKeys = async (
  host: HostDescription,
  layer: Layer,
  keys: KeyRing,
  scanKey: KeyPair,
): Promise<SeededKey[]> => {
  const lines = new Map<string, string[]>()
  const seeded: SeededKey[] = []
  for (const account of host.accounts) {
    const wanted = await Promise.all(
      (account.authorizedKeys ?? []).map(async (key, index) => ({
        path: authorizedKeysFile(account, key),
        pair: await keys(key.shared ?? `${host.name} ${account.name} authorized ${index}`, key.type),
        comment: key.comment,
        options: [
          ...(key.role === 'authority' ? ['cert-authority'] : []),
          ...(key.options === undefined ? [] : [key.options]),
        ].join(','),
        role: key.role ?? ('authorized' as const),
        effective: key.ineffective !== true,
        told: {
          ...(key.concerns === undefined ? {} : { concerns: [...key.concerns] }),
          ...(key.refused === undefined ? {} : { ineffective: key.refused }),
        },
      })),
    )
    if (account.name === host.scan.account) {
      const path = host.scan.keyFile ?? authorizedKeysFile(account)
      wanted.push({
        path,
        pair: scanKey,
        comment: SCAN_KEY_COMMENT,
        options: '',
        role: 'authorized',
        effective: true,
        told: {},
      })
    }
    for (const { path, pair, comment, options, role, effective, told } of wanted) {
      const file = lines.get(path) ?? []
      lines.set(path, file)
      file.push([...(options === '' ? [] : [options]), pair.publicKey, ...(comment === '' ? [] : [comment])].join(' '))
      const inHome = path.startsWith(`${account.home}/`)
      seeded.push({
        role,
        effective,
        told,
        account: account.name,
        fingerprint: pair.fingerprint,
        algorithm: pair.algorithm,
        bits: pair.bits,
        comment,
        ...(options === '' ? {} : { options }),
        path,
        line: file.length,
        mode: inHome ? 0o600 : 0o644,
        owner: inHome ? account.uid : 0,
      })
      const owned = inHome ? { owner: account.uid, group: account.gid } : {}
      if (dirname(path) === join(account.home, '.ssh')) await layer.folder(dirname(path), { mode: 0o700, ...owned })
      await layer.file(path, `${file.join('\n')}\n`, { mode: inHome ? 0o600 : 0o644, ...owned })
    }
  }
  return seeded
}

const privateKeys = async (host: HostDescription, layer: Layer, keys: KeyRing): Promise<SeededKey[]> => {
  const seeded: SeededKey[] = []
  for (const account of host.accounts)
    for (const [index, key] of (account.privateKeys ?? []).entries()) {
      const { format = 'openssh', mode = 0o600, passphrase } = key
      const plain = format === 'openssh' ? passphrase : undefined
      const pair = await keys(key.shared ?? `${host.name} ${account.name} private ${index}`, key.type, plain)
      const absolute = key.file.startsWith('/')
      const path = absolute ? key.file : join(account.home, key.file)
      const owned = { owner: account.uid, group: account.gid }
      if (!absolute && dirname(path) !== account.home) await layer.folder(dirname(path), { mode: 0o700, ...owned })
      const content = format === 'openssh' ? await readFile(pair.path) : await keyFile(pair.path, format, passphrase)
      await layer.file(path, content, { mode, ...owned })
      if (key.withoutPublicHalf !== true)
        await layer.file(`${path}.pub`, `${pair.publicKey} ${key.comment}\n`, { mode: 0o644, ...owned })
      const inClear = ['openssh', 'putty-2', 'putty-3', 'dropbear'].includes(format)
      const hidden = passphrase !== undefined && !inClear && key.withoutPublicHalf === true
      const { fingerprint, algorithm, bits } = pair
      seeded.push({
        role: 'private',
        ...(key.nobodys === true ? {} : { account: account.name }),
        ...(hidden ? {} : { fingerprint, bits }),
        algorithm: hidden && format === 'pkcs8' ? 'unknown' : algorithm,
        comment: key.comment,
        path,
        mode,
        owner: account.uid,
        told: {
          format,
          passphrase: passphrase === undefined ? 'no' : 'yes',
          ...(key.concerns === undefined ? {} : { concerns: [...key.concerns] }),
        },
      })
    }
  return seeded
}

const authorities = async (host: HostDescription, layer: Layer, keys: KeyRing): Promise<SeededKey[]> => {
  const seeded: SeededKey[] = []
  for (const { file, type, comment } of host.trustedAuthorities ?? []) {
    const { publicKey, fingerprint, algorithm, bits } = await keys(`${host.name} authority ${file}`, type)
    await layer.file(file, `${publicKey} ${comment}\n`)
    seeded.push({
      role: 'authority',
      fingerprint,
      algorithm,
      bits,
      comment,
      path: file,
      line: 1,
      mode: 0o644,
      owner: 0,
    })
  }
  return seeded
}

interface HostKeys {
  readonly files: readonly SeededKey[]
  readonly proven: Seeded['hostKey']
}

const opensshHostKeys = async (layer: Layer, name: string): Promise<HostKeys> => {
  const comment = `root@${name}`
  const files: SeededKey[] = []
  for (const type of ['ed25519', 'ecdsa']) {
    const path = `/etc/ssh/ssh_host_${type}_key`
    await layer.clear(path)
    await layer.clear(`${path}.pub`)
    await output(['ssh-keygen', '-q', '-t', type, '-N', '', '-C', comment, '-f', layer.at(path)])
    const half = await publicHalf(layer.at(`${path}.pub`))
    files.push({ ...half, role: 'host', comment, path: `${path}.pub`, mode: 0o644, owner: 0 })
  }
  const { publicKey, fingerprint, algorithm } = await publicHalf(layer.at('/etc/ssh/ssh_host_ed25519_key.pub'))
  return { files, proven: { publicKey, fingerprint, algorithm } }
}

/** dropbear keeps its keys in a format of its own and no public half beside them. */
const dropbearHostKeys = async (layer: Layer): Promise<HostKeys> => {
  const path = '/etc/dropbear/dropbear_ed25519_host_key'
  await layer.clear(path)
  const text = await output(['dropbearkey', '-t', 'ed25519', '-f', layer.at(path)])
  const [algorithm = '', blob = ''] = (text.split('\n').find((line) => line.startsWith('ssh-')) ?? '').split(' ')
  const fingerprint = `SHA256:${createHash('sha256').update(Buffer.from(blob, 'base64')).digest('base64').replace(/=+$/, '')}`
  const file: SeededKey = { role: 'host', fingerprint, algorithm, bits: 256, comment: '', path, mode: 0o600, owner: 0 }
  return { files: [file], proven: { publicKey: `${algorithm} ${blob}`, algorithm, fingerprint } }
}

interface Attributes {
  readonly mode?: number
  readonly owner?: number
  readonly group?: number
}

type Layer = ReturnType<typeof writableLayer>

/** The uppermost layer of a host's root, written before the host starts. Folders it has to make look as in the layers below. */
const writableLayer = (upper: string, below: readonly string[]) => {
  const at = (path: string) => join(upper, path)

  const attribute = async (path: string, mode: number, { owner = 0, group = 0 }: Attributes) => {
    await chown(at(path), owner, group)
    await chmod(at(path), mode)
  }

  const parents = async (path: string) => {
    const parent = dirname(path)
    if (parent === '/') return
    if (await stated(at(parent))) return
    await parents(parent)
    const original = await firstStated(below.map((layer) => join(layer, parent)))
    // Made as a folder it would hide what the link leads to.
    if (original?.isSymbolicLink() === true)
      throw new Error(`${parent} is a link in the base; name the folder it leads to`)
    await mkdir(at(parent))
    await attribute(
      parent,
      (original?.mode ?? 0o755) & 0o7777,
      original === undefined ? {} : { owner: original.uid, group: original.gid },
    )
  }

  /** Makes way for a file, also where a mask has hidden the base's. */
  const clear = async (path: string) => {
    await parents(path)
    await rm(at(path), { force: true })
  }

  const folder = async (path: string, { mode = 0o755, ...owned }: Attributes) => {
    await parents(path)
    await mkdir(at(path), { recursive: true })
    await attribute(path, mode, owned)
  }

  const file = async (path: string, content: string | Uint8Array, { mode = 0o644, ...owned }: Attributes = {}) => {
    await clear(path)
    await writeFile(at(path), content)
    await attribute(path, mode, owned)
  }

  /** Writes pieces at their offsets and leaves holes between. */
  const sparse = async (
    path: string,
    pieces: readonly (readonly [offset: number, bytes: Uint8Array])[],
    { mode = 0o644, ...owned }: Attributes,
  ) => {
    await file(path, '', { mode, ...owned })
    await using handle = await open(at(path), 'r+')
    for (const [offset, bytes] of pieces) await handle.write(bytes, 0, bytes.length, offset)
  }

  const repeated = async (path: string, line: string, bytes: number) => {
    await using handle = await open(at(path), 'a')
    const block = Buffer.from(line.repeat(Math.ceil(2 ** 20 / line.length)))
    for (let left = bytes; left > 0; left -= block.length) await handle.write(block.subarray(0, left))
  }

  const described = async (entry: FileDescription) => {
    const owned = { owner: entry.owner ?? 0, group: entry.group ?? 0 }
    await parents(entry.path)
    if (entry.type === 'file') await file(entry.path, entry.content, { mode: entry.mode ?? 0o644, ...owned })
    else if (entry.type === 'folder') await folder(entry.path, { mode: entry.mode ?? 0o755, ...owned })
    else if (entry.type === 'link') {
      await symlink(entry.to, at(entry.path))
      await lchown(at(entry.path), owned.owner, owned.group)
    } else {
      if (entry.type === 'repeated') await repeated(entry.path, entry.line, entry.bytes)
      else await output(['mkfifo', at(entry.path)])
      await attribute(entry.path, entry.mode ?? 0o644, owned)
    }
  }

  return { at, clear, folder, file, sparse, described }
}

const stated = (path: string) => lstat(path).catch(() => undefined)

const firstStated = async (paths: readonly string[]) => {
  for (const path of paths) {
    const stat = await stated(path)
    if (stat !== undefined) return stat
  }
  return undefined
}
