import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { readPolicy, signPolicy, useRootKey } from '@rollcall/collector'
import { policyAnswer } from '@rollcall/contract/api'
import { policyStatement, type PolicyStatement } from '@rollcall/contract/bus'
import { fingerprint, SignatureError, unverifiedBytes, type Secret } from '@rollcall/secret'
import { parseDocument } from 'yaml'
import { EXIT, readArgs, type Command } from '../command.ts'
import { makeRootKey, openRootKey, publicRootKey } from '../fleet/root-key.ts'
import { privateFolder, stateFolder } from '../folders.ts'
import { localApi } from '../local-api.ts'
import { secretLine } from '../secret-file.ts'
import { askSecret } from '../terminal/ask-secret.ts'
import { UsageError } from '../usage-error.ts'

export const policy: Command = {
  name: 'policy',
  summary: 'what agents may be asked to do, signed by a root key that is kept offline',
  help: `Usage:
  rollcall policy init --root FILE                 makes a root key; keep the file off the network
  rollcall policy sign POLICY --root FILE --out SIGNED
  rollcall policy verify SIGNED --root FILE | --root-key KEY
  rollcall policy show [SIGNED]                    what a file, or the running collector, holds to
  rollcall policy trust-root KEY                   before the first agent: policies are of this root key
  rollcall policy use SIGNED                       gives a signed policy to the running collector

"init", "sign" and "verify" need no collector and no network. POLICY is YAML or JSON:

  version: 1
  orderKeys:                     # "rollcall policy show" tells the key of your collector
    - key: …
      kinds: [scan, collect-host-keys, cancel, resync, update-policy, decide-trust]
  segments:                      # "*" is for all that are not named
    dmz:
      cidrs: [192.0.2.0/24]
      names: ["*.dmz.example.com"]
      ports: [22, 636]
      deny: { cidrs: [192.0.2.66/32] }
  limits: { ordersPerHour: 100, targetsPerHour: 100000 }

A collector that nobody gave a root key makes one for itself, and a policy that allows everything:
that protects from the broker and from other agents, and not from the collector.

Options:
  --root FILE             the root key's file; its passphrase is asked for
  --passphrase-file FILE  a file that holds the passphrase, which nobody else may read
  --root-key KEY          the root key's public half, as "init" printed it
  --out FILE              where the signed policy is written
  --data DIR              the data folder of the collector
`,

  async run(args) {
    const { values, positionals } = readArgs(args, {
      data: { type: 'string' },
      root: { type: 'string' },
      'root-key': { type: 'string' },
      'passphrase-file': { type: 'string' },
      out: { type: 'string' },
      json: { type: 'boolean' },
    })
    const [action = 'show', subject] = positionals
    const root = () => required(values.root, 'With which root key? Give its file with --root.')
    const passphrase = (question: string): Promise<Secret> =>
      values['passphrase-file'] === undefined ? askSecret(question) : secretLine(values['passphrase-file'])
    switch (action) {
      case 'init': {
        const file = root()
        const given = await passphrase('Passphrase for the new root key: ')
        if (values['passphrase-file'] === undefined && given.reveal() !== (await askSecret('Once more: ')).reveal())
          throw new UsageError('The two passphrases are not the same.')
        const made = await makeRootKey(file, given)
        process.stdout.write(`${text(made)}\n`)
        process.stderr.write(
          `The root key is in ${file}; its fingerprint is ${fingerprint(made)}.\nKeep it and its passphrase away from the collector. On the collector: rollcall policy trust-root ${text(made)}\n`,
        )
        return EXIT.done
      }
      case 'sign': {
        const statement = await statementIn(
          required(subject, 'Which policy? rollcall policy sign POLICY --root FILE --out SIGNED'),
        )
        const out = required(values.out, 'Where to? Give a file with --out.')
        const key = await openRootKey(root(), await passphrase('Passphrase of the root key: '))
        await writeFile(out, `${text(signPolicy(key, statement))}\n`, { mode: 0o644 })
        process.stderr.write(
          `Version ${statement.version} is signed in ${out}. On the collector: rollcall policy use ${out}\n`,
        )
        return EXIT.done
      }
      case 'verify': {
        const signed = await signedIn(required(subject, 'Which policy? rollcall policy verify SIGNED --root-key KEY'))
        const key = values['root-key'] === undefined ? await publicRootKey(root()) : keyOf(values['root-key'])
        told(verified(signed, key), values.json === true)
        return EXIT.done
      }
      case 'show': {
        if (subject !== undefined) {
          told(unverified(await signedIn(subject)), values.json === true)
          process.stderr.write('Whose signature it has was not looked at: that is "rollcall policy verify".\n')
          return EXIT.done
        }
        const answer = await localApi(values.data ?? stateFolder()).call('GET', '/api/v1/policy', policyAnswer)
        if (values.json === true) {
          process.stdout.write(`${JSON.stringify(answer)}\n`)
          return EXIT.done
        }
        const { policy: current } = answer
        process.stdout.write(
          `${[
            `Policy     ${current === null ? 'none: agents carry out nothing' : `version ${current.version} of ${current.issuedAt}, for ${current.segments.join(', ')}`}`,
            `Root key   ${answer.rootFingerprint}${answer.ownRoot ? ', made and held by this collector: the policy limits nothing that it wants' : ''}`,
            `Order key  ${answer.orderKey}`,
          ].join('\n')}\n`,
        )
        return EXIT.done
      }
      case 'trust-root': {
        const key = keyOf(required(subject, 'Which root key? rollcall policy trust-root KEY'))
        const folder = await privateFolder(values.data ?? stateFolder())
        await useRootKey(join(folder, 'fleet'), key)
        process.stdout.write(
          `From the next start of the collector on, policies are those of root key ${fingerprint(key)}.\nAgents that were let in before believe the root key that they were let in with, and have to be let in again.\n`,
        )
        return EXIT.done
      }
      case 'use': {
        const signed = await signedIn(required(subject, 'Which policy? rollcall policy use SIGNED'))
        const { policy: current } = await localApi(values.data ?? stateFolder()).call(
          'POST',
          '/api/v1/policy',
          policyAnswer,
          {
            signed: text(signed),
          },
        )
        process.stdout.write(`Version ${current?.version} holds from now on; agents hear of it within a minute.\n`)
        return EXIT.done
      }
      default:
        throw new UsageError(`"rollcall policy ${action}" is not known; see "rollcall policy --help".`)
    }
  },
}

const required = (value: string | undefined, sentence: string): string => {
  if (value === undefined) throw new UsageError(sentence)
  return value
}

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64url')

const keyOf = (given: string): Uint8Array => {
  if (!/^[\w-]{43}$/.test(given))
    throw new UsageError('A root key is 43 letters, digits, "-" and "_", as "rollcall policy init" printed it.')
  return Uint8Array.from(Buffer.from(given, 'base64url'))
}

const contentOf = (file: string) =>
  readFile(file, 'utf8').catch((error: unknown) => {
    throw new UsageError(`${file} cannot be read.`, { cause: error })
  })

const signedIn = async (file: string): Promise<Uint8Array> => {
  const content = (await contentOf(file)).trim()
  if (!/^[\w-]+$/.test(content)) throw new UsageError(`${file} is no policy that "rollcall policy sign" wrote.`)
  return Buffer.from(content, 'base64url')
}

/** What a person wrote: the instant of signing is ours, and that it is nobody's own making is not theirs to say. */
const statementIn = async (file: string): Promise<PolicyStatement> => {
  const document = parseDocument(await contentOf(file))
  const [broken] = document.errors
  if (broken !== undefined) throw new UsageError(`${file}: ${broken.message.split('\n', 1)[0]}`)
  const raw = document.toJS({ maxAliasCount: 0 }) as object | null
  const read = policyStatement.safeParse({ ...raw, issuedAt: new Date().toISOString(), selfMade: false })
  if (read.success) return read.data
  throw new UsageError(
    read.error.issues
      .slice(0, 20)
      .map(({ path, message }) => `${file}: ${path.join('.') || 'the policy'}: ${message}`)
      .join('\n'),
  )
}

const verified = (signed: Uint8Array, rootKey: Uint8Array): PolicyStatement => {
  try {
    return readPolicy(signed, rootKey)
  } catch (error) {
    if (error instanceof SignatureError)
      throw new UsageError(`It is not signed by root key ${fingerprint(rootKey)}: ${error.message}.`, { cause: error })
    throw new UsageError('It is signed, and yet no policy that is understood here.', { cause: error })
  }
}

/** What a signed policy says, whoever signed it. */
const unverified = (signed: Uint8Array): PolicyStatement => {
  try {
    return policyStatement.parse(JSON.parse(Buffer.from(unverifiedBytes(signed)).toString('utf8')))
  } catch (error) {
    throw new UsageError('It is no policy that is understood here.', { cause: error })
  }
}

const told = (statement: PolicyStatement, json: boolean) => {
  if (json) {
    process.stdout.write(`${JSON.stringify(statement)}\n`)
    return
  }
  const { version, issuedAt, expires, orderKeys, segments, limits } = statement
  process.stdout.write(
    `${[
      `Version ${version}, signed ${issuedAt}${expires === undefined ? '' : `, until ${expires}`}`,
      ...orderKeys.map(({ key, kinds }) => `Order key ${key}: ${kinds.join(', ')}`),
      ...Object.entries(segments).flatMap(([name, { cidrs, names, ports, ldapBases, local, deny }]) => [
        `Segment ${name}`,
        `  addresses   ${cidrs.join(', ') || 'none'}`,
        `  names       ${names?.join(', ') ?? 'any that lead there'}`,
        `  ports       ${ports?.join(', ') ?? 'any'}`,
        `  directories ${ldapBases?.join('; ') ?? 'any base'}`,
        `  own machine ${local ? 'yes' : 'no'}`,
        `  never       ${[...deny.cidrs, ...deny.names].join(', ') || '-'}`,
      ]),
      `At most ${limits.ordersPerHour} orders and ${limits.targetsPerHour} targets an hour`,
    ].join('\n')}\n`,
  )
}
