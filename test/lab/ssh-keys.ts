import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { KeyType, PrivateKeyDescription } from './description.ts'
import { output } from './shell.ts'

/** A key pair as ssh-keygen made it. */
export interface KeyPair {
  /** Path of the private half; the public half is beside it as `.pub`. */
  readonly path: string
  /** Key type on the wire and base64 blob, as an authorized_keys line has them. */
  readonly publicKey: string
  readonly algorithm: string
  readonly bits: number
  /** As `ssh-keygen -l` prints it. */
  readonly fingerprint: string
}

/** Makes key pairs in a folder; a key of the same name is made once. */
export const keyRing = (folder: string) => {
  const made = new Map<string, Promise<KeyPair>>()
  return (name: string, type: KeyType, passphrase = ''): Promise<KeyPair> => {
    let pair = made.get(name)
    if (pair === undefined) {
      pair = generate(join(folder, `key-${made.size}`), folder, type, passphrase)
      made.set(name, pair)
    }
    return pair
  }
}

export type KeyRing = ReturnType<typeof keyRing>

const generate = async (path: string, folder: string, type: KeyType, passphrase: string): Promise<KeyPair> => {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const [name = type, bits] = type.split('-')
  await output([
    'ssh-keygen',
    '-q',
    '-t',
    name,
    ...(bits === undefined ? [] : ['-b', bits]),
    '-N',
    passphrase,
    '-C',
    '',
    '-f',
    path,
  ])
  return { path, ...(await publicHalf(`${path}.pub`)) }
}

/** What a public key file says, by ssh-keygen's own reckoning. */
export const publicHalf = async (path: string): Promise<Omit<KeyPair, 'path'>> => {
  const [algorithm = '', blob = ''] = (await readFile(path, 'utf8')).trim().split(' ')
  const [bits = '', fingerprint = ''] = (await output(['ssh-keygen', '-l', '-f', path])).split(' ')
  return { publicKey: `${algorithm} ${blob}`, algorithm, bits: Number(bits), fingerprint }
}

/** A private key of OpenSSH's without a passphrase in another format, as the tools of that format write it. */
export const keyFile = async (
  path: string,
  format: NonNullable<PrivateKeyDescription['format']>,
  passphrase = '',
): Promise<Buffer> => {
  const folder = await mkdtemp(join(tmpdir(), 'key-file-'))
  try {
    const [made, secret] = [join(folder, 'key'), join(folder, 'passphrase')]
    await writeFile(secret, passphrase)
    if (format === 'dropbear') await output(['dropbearconvert', 'openssh', 'dropbear', path, made])
    else if (/^(?:putty|ssh\.com)/.test(format)) {
      // puttygen takes this way only between formats that are not its own.
      const own = join(folder, 'ppk')
      await output(['puttygen', path, '-q', '-O', 'private', '-o', own])
      const kind = format === 'ssh.com' ? ['private-sshcom'] : ['private', '--ppk-param', `version=${format.at(-1)}`]
      const from = format === 'ssh.com' ? own : path
      const locked = passphrase === '' ? [] : ['--new-passphrase', secret]
      await output(['puttygen', from, '-q', '-O', ...kind, ...locked, '-o', made])
    } else {
      await copyFile(path, made)
      const form = format === 'pkcs8' ? 'PKCS8' : format === 'openssh' ? 'RFC4716' : 'PEM'
      await output(['ssh-keygen', '-q', '-p', '-m', form, '-P', '', '-N', passphrase, '-f', made])
    }
    return await readFile(made)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
