import { homedir } from 'node:os'
import { join } from 'node:path'
import { knownHosts, type OpenHostOptions } from '@rollcall/reach'
import { readLogin, type LoginOptions } from './login.ts'
import type { Settings } from './settings.ts'
import { UsageError } from './usage-error.ts'

/** The options of the command line that say how hosts are reached; shared by `scan` and `up`. */
export const REACH_ARGS = {
  user: { type: 'string' },
  key: { type: 'string', multiple: true },
  'passphrase-file': { type: 'string' },
  agent: { type: 'boolean' },
  'password-file': { type: 'string' },
  'ask-password': { type: 'boolean' },
  sudo: { type: 'string' },
  'sudo-password-file': { type: 'string' },
  'local-accounts': { type: 'boolean' },
  'host-keys': { type: 'string' },
  'known-hosts': { type: 'string', multiple: true },
} as const

export const REACH_HELP = `Logging in (secrets come from files that only you may read, or are asked for; never from arguments):
  --user NAME                account to log in as, where a target does not say (default: you)
  --key FILE                 private key, up to five (default: your SSH agent, then your usual keys)
  --passphrase-file FILE     holds the passphrase of the keys
  --agent                    use the SSH agent of SSH_AUTH_SOCK
  --password-file FILE, --ask-password
                             password, offered once and only to hosts whose key is known already
  --sudo if-allowed|never|password
                             whether to read as root (default: if sudo asks for nothing; tried once)
  --sudo-password-file FILE  holds the password for sudo, offered once
  --local-accounts           each host has accounts of its own; otherwise one directory may hold them all,
                             and a password that one host rejects is tried on no other for a day
  --host-keys trust-on-first-use|strict
                             what to do with hosts seen first: pin their key (for key logins only), or refuse
  --known-hosts FILE         known_hosts files to read (default: yours and the system's)
`

export interface ReachArgs {
  readonly user?: string | undefined
  readonly key?: readonly string[] | undefined
  readonly 'passphrase-file'?: string | undefined
  readonly agent?: boolean | undefined
  readonly 'password-file'?: string | undefined
  readonly 'ask-password'?: boolean | undefined
  readonly sudo?: string | undefined
  readonly 'sudo-password-file'?: string | undefined
  readonly 'local-accounts'?: boolean | undefined
  readonly 'host-keys'?: string | undefined
  readonly 'known-hosts'?: readonly string[] | undefined
}

/** Where keys that were pinned on first use are kept, in the format of known_hosts. */
export const pinsIn = (folder: string): string => join(folder, 'known_hosts')

/** How to reach hosts, from the command line over the settings file. `pins` keeps what is trusted on first use. */
export const reachOptions = async (
  args: ReachArgs,
  settings: Settings,
  pins: string,
): Promise<Omit<OpenHostOptions, 'signal'>> => {
  const from = settings.login ?? {}
  const login: LoginOptions = {
    user: args.user ?? from.user,
    keyFiles: args.key ?? from.keyFiles,
    passphraseFile: args['passphrase-file'] ?? from.passphraseFile,
    agent: args.agent ?? from.agent,
    passwordFile: args['password-file'] ?? from.passwordFile,
    askPassword: args['ask-password'],
    sudo: oneOf('--sudo', args.sudo, ['never', 'if-allowed', 'password'] as const) ?? from.sudo,
    sudoPasswordFile: args['sudo-password-file'] ?? from.sudoPasswordFile,
  }
  const files = args['known-hosts'] ??
    settings.hostKeys?.knownHosts ?? [join(homedir(), '.ssh/known_hosts'), '/etc/ssh/ssh_known_hosts']
  return {
    logins: [await readLogin(login)],
    hostKeys: knownHosts({ read: files, pins }),
    policy:
      oneOf('--host-keys', args['host-keys'], ['trust-on-first-use', 'strict'] as const) ??
      settings.hostKeys?.policy ??
      'trust-on-first-use',
    localSudo: login.sudo === 'never' ? { kind: 'never' } : { kind: 'if-allowed' },
  }
}

/** Checks the word after an option. Throws UsageError with the words there are. */
export const oneOf = <Word extends string>(
  option: string,
  given: string | undefined,
  words: readonly Word[],
): Word | undefined => {
  if (given === undefined) return undefined
  const word = words.find((known) => known === given)
  if (word === undefined) throw new UsageError(`${option} is one of ${words.join(', ')}, not "${given}".`)
  return word
}
