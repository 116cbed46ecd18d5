import { readFile } from 'node:fs/promises'
import { homedir, userInfo } from 'node:os'
import { join } from 'node:path'
import type { Login, LoginMethod } from '@rollcall/reach'
import { Secret } from '@rollcall/secret'
import { secretFile, secretLine } from './secret-file.ts'
import { askSecret } from './terminal/ask-secret.ts'
import { UsageError } from './usage-error.ts'

/** How to log in, as the command line and the settings file say it. Secrets come from files or are asked for, never from arguments. */
export interface LoginOptions {
  readonly user?: string | undefined
  readonly keyFiles?: readonly string[] | undefined
  readonly passphraseFile?: string | undefined
  readonly agent?: boolean | undefined
  readonly passwordFile?: string | undefined
  readonly askPassword?: boolean | undefined
  readonly sudo?: 'never' | 'if-allowed' | 'password' | undefined
  readonly sudoPasswordFile?: string | undefined
}

const DEFAULT_KEYS = ['id_ed25519', 'id_ecdsa', 'id_rsa']

/**
 * Reads the login: the keys named, or else the agent of SSH_AUTH_SOCK and the usual keys of `~/.ssh` that need no passphrase;
 * then the password, if one was given. Throws UsageError for a file that is missing or that others may read.
 */
export const readLogin = async (options: LoginOptions, env: NodeJS.ProcessEnv = process.env): Promise<Login> => {
  const methods: LoginMethod[] = []
  const passphrase = options.passphraseFile === undefined ? undefined : await secretLine(options.passphraseFile)
  for (const file of options.keyFiles ?? [])
    methods.push({
      kind: 'key',
      privateKey: await secretFile(file),
      ...(passphrase === undefined ? {} : { passphrase }),
    })

  const named = options.keyFiles !== undefined || options.passwordFile !== undefined || options.askPassword === true
  const socket = env['SSH_AUTH_SOCK']
  if (options.agent === true && !socket) throw new UsageError('There is no SSH agent: SSH_AUTH_SOCK is not set.')
  if (socket && (options.agent ?? !named)) methods.push({ kind: 'agent', socket })
  if (!named && options.agent !== true) methods.push(...(await usualKeys()))

  if (options.passwordFile !== undefined)
    methods.push({ kind: 'password', password: await secretLine(options.passwordFile) })
  else if (options.askPassword === true)
    methods.push({ kind: 'password', password: await askSecret('Password for the scan account: ') })

  return { user: options.user ?? userInfo().username, methods, sudo: await sudoOf(options, methods) }
}

const sudoOf = async (
  { sudo = 'if-allowed', sudoPasswordFile }: LoginOptions,
  methods: readonly LoginMethod[],
): Promise<Login['sudo']> => {
  if (sudo !== 'password') return { kind: sudo }
  if (sudoPasswordFile !== undefined) return { kind: 'password', password: await secretLine(sudoPasswordFile) }
  const login = methods.find((method) => method.kind === 'password')
  return { kind: 'password', password: login?.password ?? (await askSecret('Password for sudo: ')) }
}

const usualKeys = async (): Promise<LoginMethod[]> => {
  const keys = await Promise.all(
    DEFAULT_KEYS.map(async (name) => {
      const text = await readFile(join(homedir(), '.ssh', name), 'utf8').catch(() => undefined)
      return text === undefined || needsPassphrase(text)
        ? []
        : [{ kind: 'key' as const, privateKey: Secret.ofText(text) }]
    }),
  )
  return keys.flat()
}

/** Whether a private key file is encrypted, by its armour or, in OpenSSH's own format, by the cipher it names. */
const needsPassphrase = (text: string) => {
  if (text.includes('ENCRYPTED')) return true
  const body = /-----BEGIN OPENSSH PRIVATE KEY-----([\s\S]*?)-----END/.exec(text)?.[1]
  return (
    body !== undefined &&
    !Buffer.from(body.slice(0, 200), 'base64').subarray(15, 40).toString('latin1').includes('none')
  )
}
