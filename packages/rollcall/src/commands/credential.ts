import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  CREDENTIAL_SEAL,
  credentialWords,
  parseTarget,
  mayBeUsedOn,
  scanCredential,
  SECRET_PARTS,
  type ScanCredential,
  type ScanCredentialKind,
} from '@rollcall/contract'
import { checkedCredential, credentialList, type CredentialItem, type CredentialList } from '@rollcall/contract/api'
import { LOCAL_SEGMENT } from '@rollcall/contract/bus'
import { privateKeyProblem } from '@rollcall/reach'
import { fingerprint, packSecrets, seal, Secret } from '@rollcall/secret'
import { EXIT, readArgs, type Command } from '../command.ts'
import { stateFolder } from '../folders.ts'
import { localApi, type LocalApi } from '../local-api.ts'
import { oneOf } from '../reach-options.ts'
import { secretFile, secretLine } from '../secret-file.ts'
import { askSecret } from '../terminal/ask-secret.ts'
import { printable } from '../terminal/printable.ts'
import { textTable } from '../terminal/table.ts'
import { UsageError } from '../usage-error.ts'
import { vaultFolder } from '../vault/vault-process.ts'

export const credential: Command = {
  name: 'credential',
  summary: 'credentials that scan, kept in the vault and lent to agents',
  help: `Usage:
  rollcall credential [list] [--json]
  rollcall credential add NAME --kind KIND --user USER --targets PATTERN… [--segment SEGMENT…] SECRET
  rollcall credential replace NAME SECRET          a new secret for the same use
  rollcall credential test NAME [TARGET]           whether the vault can open it, where it fits, how it fared
  rollcall credential suspend NAME [--reason TEXT] | resume NAME | remove NAME

The secret is sealed here, to the key of the vault's process: neither the collector nor the broker nor anybody on
the way can read it. It is never shown again, and never given on the command line.

SECRET is one of
  --secret-file FILE       a file that only you may read; "-" reads standard input
  --passphrase-file FILE   of a private key that has one
  nothing                  it is asked for (passwords), or read from standard input where that is no terminal

  --kind KIND        ssh-key, password, sudo-password or ldap-bind
  --user USER        the account that it logs in as; for directories a DN, user@domain or DOMAIN\\user
  --targets PATTERN  a host, a name with *, a block or a range, with :port where that matters; may be repeated
  --segment SEGMENT  whose agents may be lent it; may be repeated (default ${LOCAL_SEGMENT})
  --vault-key FINGERPRINT  refuse to seal to another key than this, as "rollcall vault" shows it on the collector
  --data DIR         the data folder of the running collector
`,

  async run(args) {
    const { values, positionals } = readArgs(args, {
      data: { type: 'string' },
      json: { type: 'boolean' },
      kind: { type: 'string' },
      user: { type: 'string' },
      targets: { type: 'string', multiple: true },
      segment: { type: 'string', multiple: true },
      'secret-file': { type: 'string' },
      'passphrase-file': { type: 'string' },
      'vault-key': { type: 'string' },
      reason: { type: 'string' },
    })
    const folder = values.data ?? stateFolder()
    const api = localApi(folder)
    const [action = 'list', name, target, ...more] = positionals
    if (more.length > 0 || (target !== undefined && action !== 'test'))
      throw new UsageError('A secret is not given on the command line; see "rollcall credential --help".')
    const known = await api.call('GET', '/api/v1/credentials', credentialList)
    if (action === 'list') return listed(known, values.json === true)
    if (name === undefined) throw new UsageError(`Which one? rollcall credential ${action} NAME`)
    const pinned = values['vault-key']
    switch (action) {
      case 'add': {
        const made = madeOf(name, values)
        return add(api, known, made, await partsOf(made.kind, values), folder, pinned)
      }
      case 'replace': {
        const row = named(known, name)
        return add(api, known, scanCredential.parse(row), await partsOf(row.kind, values), folder, pinned)
      }
      case 'test':
        return test(api, named(known, name), target)
      case 'suspend':
        await api.call('POST', `/api/v1/credentials/${named(known, name).id}/suspend`, credentialList, {
          reason: values.reason,
        })
        process.stdout.write('It is lent to nobody from now on. What agents hold already ends with their logins.\n')
        return EXIT.done
      case 'resume':
        await api.call('POST', `/api/v1/credentials/${named(known, name).id}/resume`, credentialList, {})
        process.stdout.write('It is lent again.\n')
        return EXIT.done
      case 'remove':
        await api.call('DELETE', `/api/v1/credentials/${named(known, name).id}`, credentialList)
        process.stdout.write('Removed. Whoever it was lent to may have it yet: change it where it logs in.\n')
        return EXIT.done
      default:
        throw new UsageError(`"rollcall credential ${action}" is not known; see "rollcall credential --help".`)
    }
  },
}

interface Given {
  readonly kind?: string | undefined
  readonly user?: string | undefined
  readonly targets?: readonly string[] | undefined
  readonly segment?: readonly string[] | undefined
  readonly 'secret-file'?: string | undefined
  readonly 'passphrase-file'?: string | undefined
}

const KINDS = ['ssh-key', 'password', 'sudo-password', 'ldap-bind'] as const

const madeOf = (name: string, given: Given): ScanCredential => {
  const kind = oneOf('--kind', given.kind, KINDS)
  if (kind === undefined) throw new UsageError(`Of which kind? --kind ${KINDS.join(', ')}`)
  if (given.user === undefined) throw new UsageError('Whose is it? --user USER')
  if (given.targets === undefined)
    throw new UsageError('Where may it be used? --targets PATTERN, such as 10.0.0.0/8 or "*.example.com"')
  const made = scanCredential.safeParse({
    id: randomUUID(),
    name,
    kind,
    user: given.user,
    targets: given.targets.flatMap((text) => text.split(',')).map((text) => text.trim().toLowerCase()),
    ...(given.segment === undefined ? {} : { segments: given.segment }),
  })
  if (made.success) return made.data
  const [issue] = made.error.issues
  const option = { name: 'NAME', user: '--user', targets: '--targets', segments: '--segment' }[String(issue?.path[0])]
  throw new UsageError(`${option ?? 'The credential'}: expected ${issue?.message ?? 'something else'}.`)
}

/** Reads the secret, and sees to it that a key is one. */
const partsOf = async (kind: ScanCredentialKind, given: Given): Promise<Record<string, Secret>> => {
  const { needed, may } = SECRET_PARTS[kind]
  const file = given['secret-file']
  const isKey = kind === 'ssh-key'
  const secret = await readSecret(file, isKey)
  if (secret.reveal() === '') throw new UsageError('The secret is empty.')
  const passphrase = given['passphrase-file']
  if (passphrase !== undefined && may !== 'passphrase') throw new UsageError('Only a private key has a passphrase.')
  const parts = {
    [needed]: secret,
    ...(passphrase === undefined ? {} : { passphrase: await secretLine(passphrase) }),
  }
  if (!isKey) return parts
  const problem = privateKeyProblem(secret, parts['passphrase'])
  if (problem !== undefined) throw new UsageError(`The key cannot be used: ${problem}.`)
  return parts
}

const readSecret = async (file: string | undefined, whole: boolean): Promise<Secret> => {
  if (file !== undefined && file !== '-') return whole ? secretFile(file) : secretLine(file)
  if (file === undefined && process.stdin.isTTY) {
    if (whole) throw new UsageError('Where is the private key? --secret-file FILE, or pipe it in.')
    return askSecret('Secret: ')
  }
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of process.stdin) {
    length += (chunk as Buffer).length
    if (length > 64 * 1024) throw new UsageError('What comes on standard input is too large to be a key or a password.')
    chunks.push(chunk as Buffer)
  }
  const bytes = Buffer.concat(chunks)
  const end = whole ? bytes.length : (/\r?\n/.exec(bytes.toString('latin1'))?.index ?? bytes.length)
  const secret = Secret.ofBytes(bytes.subarray(0, end))
  for (const one of [bytes, ...chunks]) one.fill(0)
  return secret
}

const add = async (
  api: LocalApi,
  known: CredentialList,
  made: ScanCredential,
  parts: Record<string, Secret>,
  folder: string,
  pinned: string | undefined,
): Promise<number> => {
  const key = await keyOf(known, folder, pinned)
  const packed = packSecrets(parts)
  const sealed = seal(key, { info: CREDENTIAL_SEAL, about: credentialWords(made) }, packed)
  packed.fill(0)
  for (const secret of Object.values(parts)) secret.wipe()
  await api.call('POST', '/api/v1/credentials', credentialList, {
    credential: made,
    sealed: Buffer.from(sealed).toString('base64url'),
  })
  process.stdout.write(
    `Kept. ${made.name} is lent to agents of ${made.segments.join(', ')} for ${made.targets.join(', ')}.\n`,
  )
  return EXIT.done
}

/** What to seal to: as the collector says, which on its own machine has to be what the vault's process wrote down by itself. */
const keyOf = async ({ vault }: CredentialList, folder: string, pinned: string | undefined): Promise<Uint8Array> => {
  if (vault.receiving === null)
    throw new UsageError(
      {
        none: 'This collector was started without a vault.',
        away: 'The process of the vault does not answer; the log of the collector says why.',
        sealed: 'The vault is sealed; open it with "rollcall vault unseal".',
        empty: 'The vault has no passphrase yet; choose one with "rollcall vault unseal".',
        open: 'The vault has no key to seal to.',
      }[vault.state],
    )
  const key = Buffer.from(vault.receiving, 'base64url')
  if (pinned !== undefined && fingerprint(key) !== pinned.toLowerCase())
    throw new UsageError(`The key of the vault is ${fingerprint(key)}, not the one of --vault-key. Nothing was sent.`)
  // Only where the vault's process runs is there anything to compare with.
  const written = await readFile(join(vaultFolder(folder), 'receiving.pub'), 'utf8').catch(() => undefined)
  if (written !== undefined && written.trim() !== vault.receiving)
    throw new UsageError('The collector names another key than the process of the vault did. Nothing was sent.')
  return key
}

const named = ({ credentials }: CredentialList, name: string): CredentialItem => {
  const found = credentials.find((one) => one.name === name || one.id === name)
  if (found === undefined)
    throw new UsageError(`There is no credential "${name}"; "rollcall credential list" lists them.`)
  return found
}

const listed = ({ credentials, vault }: CredentialList, json: boolean): number => {
  if (json) {
    process.stdout.write(credentials.map((one) => `${JSON.stringify(one)}\n`).join(''))
    return EXIT.done
  }
  process.stdout.write(
    textTable(
      ['NAME', 'KIND', 'USER', 'SEGMENTS', 'TARGETS', 'STATE', 'LAST LENT'],
      credentials.map((one) => [
        one.name,
        one.kind,
        printable(one.user),
        one.segments.join(', '),
        one.targets.join(', '),
        one.state,
        one.lastLentAt ?? 'never',
      ]),
    ),
  )
  for (const { name, stateReason } of credentials)
    if (stateReason !== null) process.stdout.write(`${name}: ${printable(stateReason)}\n`)
  if (vault.state !== 'open') process.stdout.write(`\nThe vault is ${vault.state}: nothing is lent.\n`)
  return EXIT.done
}

const test = async (api: LocalApi, row: CredentialItem, target: string | undefined): Promise<number> => {
  const path = `/api/v1/credentials/${row.id}/check`
  const { credential: now, problem, leases } = await api.call('POST', path, checkedCredential, {})
  const fits = target === undefined ? undefined : fitOf(now, target)
  process.stdout.write(
    `${[
      `Vault    ${problem === null ? `opens it (version ${now.version})` : problem}`,
      `State    ${now.state}${now.stateReason === null ? '' : `: ${printable(now.stateReason)}`}`,
      ...(fits === undefined ? [] : [`Target   ${fits.sentence}`]),
    ].join('\n')}\n`,
  )
  process.stdout.write(
    leases.length === 0
      ? 'It was never lent. Whether it logs in shows with the next scan of a host that it is for.\n'
      : `\n${textTable(
          ['LENT', 'TO AGENT', 'FOR', 'HOW IT FARED'],
          leases.map((one) => [one.lentAt, one.agent, printable(one.target), one.outcome ?? 'under way']),
        )}`,
  )
  return problem === null && now.state === 'usable' && fits?.fits !== false ? EXIT.done : EXIT.incomplete
}

const fitOf = (row: CredentialItem, text: string): { readonly fits: boolean; readonly sentence: string } => {
  const target = parseTarget(text)
  if (target === undefined) throw new UsageError(`"${text}" is no target; give a host such as web01 or ldaps://dc.`)
  const where = row.segments.filter((segment) => mayBeUsedOn(row, segment, target))
  return where.length === 0
    ? { fits: false, sentence: `${text} is not one that it is for` }
    : { fits: true, sentence: `it is lent for ${text} to agents of ${where.join(', ')}` }
}
