import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { DirectoriesAccess, TrustFiles } from '@rollcall/agent'
import { formatTarget, type DirectoryTarget } from '@rollcall/contract'
import { certificatePins, ReachError, type CertificatePolicy, type DirectoryLogin } from '@rollcall/reach'
import type { Secret } from '@rollcall/secret'
import { oneOf, pinsIn } from './reach-options.ts'
import { handedOver, secretFile, secretLine } from './secret-file.ts'
import type { Settings } from './settings.ts'
import { askSecret } from './terminal/ask-secret.ts'
import { UsageError } from './usage-error.ts'

/** The options of the command line that say how directories are reached; shared by `scan` and `up`. */
export const DIRECTORY_ARGS = {
  bind: { type: 'string' },
  'bind-password-file': { type: 'string' },
  'client-cert': { type: 'string' },
  'client-key': { type: 'string' },
  anonymous: { type: 'boolean' },
  ca: { type: 'string', multiple: true },
  certificates: { type: 'string' },
} as const

export const DIRECTORY_HELP = `Directories (a login that was rejected is never tried again with the same password):
  --bind NAME                log in as this DN, user@domain or DOMAIN\\user
  --bind-password-file FILE  holds its password (default: the credential "rollcall-bind-password" of
                             the service manager, or it is asked for)
  --client-cert FILE --client-key FILE
                             log in with a certificate (SASL EXTERNAL); PEM
  --anonymous                read without logging in
  --ca FILE                  authorities that may vouch for certificates, in PEM (default: this machine's)
  --certificates trust-on-first-use|strict
                             what to do with a certificate that no authority vouches for: pin it and send
                             no password until it is approved ("rollcall certificates"), or refuse
`

export interface DirectoryArgs {
  readonly bind?: string | undefined
  readonly 'bind-password-file'?: string | undefined
  readonly 'client-cert'?: string | undefined
  readonly 'client-key'?: string | undefined
  readonly anonymous?: boolean | undefined
  readonly ca?: readonly string[] | undefined
  readonly certificates?: string | undefined
}

/** Where certificates that were pinned on first use are kept. */
export const certificatesIn = (folder: string): string => join(folder, 'certificates')

/** Where it is written down by which keys and certificates targets are known. */
export const trustFilesIn = (folder: string): TrustFiles => ({
  hostKeys: pinsIn(folder),
  certificates: certificatesIn(folder),
})

/** What the service manager may hand over for `--bind`. */
const BIND_CREDENTIAL = 'rollcall-bind-password'

/**
 * How to reach directories, from the command line over the settings file. What is wrong with a login that is configured is a UsageError now;
 * its password is read again for each login, so that a new one counts at once.
 */
export const directoryAccess = async (
  args: DirectoryArgs,
  settings: Settings,
  folder: string,
): Promise<Omit<DirectoriesAccess, 'ledger'>> => {
  const fromLine = await ofCommandLine(args)
  const rules = [
    ...(fromLine === undefined ? [] : [fromLine]),
    ...(await Promise.all((settings.directories ?? []).map(ofSettings))),
  ]
  const pins = certificatePins(certificatesIn(folder))
  const policyGiven = oneOf('--certificates', args.certificates, ['trust-on-first-use', 'strict'] as const)
  const caGiven = args.ca === undefined ? undefined : await Promise.all(args.ca.map(authorities))

  return {
    pins,
    async of(target) {
      const rule = rules.find(({ applies }) => applies(target))
      const login = await loginFor(rule, target)
      const ca = caGiven ?? rule?.ca
      return {
        ...(login === undefined ? {} : { login }),
        ...(ca === undefined ? {} : { ca }),
        policy: policyGiven ?? rule?.policy ?? 'trust-on-first-use',
      }
    },
  }
}

/** How some directories are logged in to. */
interface Rule {
  readonly applies: (target: DirectoryTarget) => boolean
  readonly login: () => Promise<DirectoryLogin | undefined>
  readonly ca?: readonly string[]
  readonly policy?: CertificatePolicy | undefined
}

/** A secret that can no longer be read is told of the target, not of the process that goes on with others. */
const loginFor = async (rule: Rule | undefined, target: DirectoryTarget) => {
  try {
    return await rule?.login()
  } catch (cause) {
    if (!(cause instanceof UsageError)) throw cause
    throw new ReachError('no-credential', target, { cause, detail: 'the file of its password or key cannot be read' })
  }
}

const ofCommandLine = async (args: DirectoryArgs): Promise<Rule | undefined> => {
  const login = await loginOf({
    bind: args.bind,
    passwordFile: args['bind-password-file'],
    clientCertificate: args['client-cert'],
    clientKey: args['client-key'],
    anonymous: args.anonymous,
    words: ['--bind', '--bind-password-file', '--client-cert', '--client-key', '--anonymous'],
    ask: true,
  })
  return login === undefined ? undefined : { applies: () => true, login }
}

const ofSettings = async (entry: NonNullable<Settings['directories']>[number]): Promise<Rule> => {
  const { targets, caFiles, certificates, passwordCredential, ...named } = entry
  const credential = passwordCredential === undefined ? undefined : handedOver(passwordCredential)
  if (passwordCredential !== undefined && credential === undefined)
    throw new UsageError(
      `directories: the service manager hands over no credentials, and so none named ${passwordCredential}.`,
    )
  if (credential !== undefined && named.passwordFile !== undefined)
    throw new UsageError('directories: either passwordFile or passwordCredential.')
  const login = await loginOf({
    ...named,
    passwordFile: credential ?? named.passwordFile,
    words: ['bind', 'passwordFile', 'clientCertificate', 'clientKey', 'anonymous'],
    ask: false,
  })
  return {
    applies: (target) => targets.some((pattern) => isNamed(pattern, target)),
    login: login ?? (() => Promise.resolve(undefined)),
    policy: certificates,
    ...(caFiles === undefined ? {} : { ca: await Promise.all(caFiles.map(authorities)) }),
  }
}

interface NamedLogin {
  readonly bind?: string | undefined
  readonly passwordFile?: string | undefined
  readonly clientCertificate?: string | undefined
  readonly clientKey?: string | undefined
  readonly anonymous?: boolean | undefined
  /** What these are called where they were given. */
  readonly words: readonly [bind: string, passwordFile: string, certificate: string, key: string, anonymous: string]
  /** Whether there is a terminal to ask on. */
  readonly ask: boolean
}

/** Reads what it takes once, so that what is wrong is told before anything is scanned; and gives what reads it again for each login. */
const loginOf = async (named: NamedLogin): Promise<(() => Promise<DirectoryLogin>) | undefined> => {
  const { bind, passwordFile, clientCertificate, clientKey, anonymous, words, ask } = named
  const ways = [bind !== undefined, clientCertificate !== undefined || clientKey !== undefined, anonymous === true]
  if (ways.filter(Boolean).length > 1) throw new UsageError(`Either ${words[0]}, ${words[2]} or ${words[4]}.`)
  if (passwordFile !== undefined && bind === undefined) throw new UsageError(`${words[1]} goes with ${words[0]}.`)
  if (anonymous === true) return () => Promise.resolve({ kind: 'anonymous' })
  if (clientCertificate !== undefined || clientKey !== undefined) {
    if (clientCertificate === undefined || clientKey === undefined)
      throw new UsageError(`${words[2]} and ${words[3]} go together.`)
    const read = async (): Promise<DirectoryLogin> => ({
      kind: 'external',
      certificate: await pem(clientCertificate),
      privateKey: await secretFile(clientKey),
    })
    await read()
    return read
  }
  if (bind === undefined) return undefined
  const password = await passwordOf(bind, passwordFile, ask)
  return async () => ({ kind: 'simple', name: bind, password: await password() })
}

const passwordOf = async (name: string, file: string | undefined, ask: boolean): Promise<() => Promise<Secret>> => {
  const credential = handedOver(BIND_CREDENTIAL)
  const from = file ?? (credential !== undefined && existsSync(credential) ? credential : undefined)
  if (from === undefined) {
    if (!ask) throw new UsageError(`directories: ${name} has no passwordFile or passwordCredential.`)
    const password = await askSecret(`Password of ${name}: `)
    return () => Promise.resolve(password)
  }
  await secretLine(from)
  return () => secretLine(from)
}

const pem = async (file: string): Promise<string> => {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new UsageError(`${file} cannot be read.`, { cause: error })
  })
  if (!text.includes('-----BEGIN CERTIFICATE-----')) throw new UsageError(`${file} holds no certificate in PEM.`)
  return text
}

const authorities = pem

/** A pattern of settings: of the server's name, or with `ldaps://` in front and a port behind of the whole target. `*` is any text. */
export const isNamed = (pattern: string, target: DirectoryTarget): boolean => {
  const whole = formatTarget(target)
  const subject = pattern.includes('://') ? (/:\d+$/.test(pattern) ? whole : whole.replace(/:\d+$/, '')) : target.host
  const parts = pattern
    .toLowerCase()
    .split('*')
    .map((part) => part.replaceAll(/[.\\+?^${}()|[\]]/g, String.raw`\$&`))
  return new RegExp(`^${parts.join('.*')}$`).test(subject.toLowerCase())
}
