import type { TrustKind } from '@rollcall/contract'
import { EXIT } from '../command.ts'
import { localApi } from '../local-api.ts'
import { printable } from '../terminal/printable.ts'
import { textTable } from '../terminal/table.ts'
import { UsageError } from '../usage-error.ts'
import { collectorsKeeper, fileKeeper, type KnownKey, type TrustKeeper } from './keepers.ts'

/** The options of both commands that are about trust. */
export const TRUST_ARGS = {
  data: { type: 'string' },
  json: { type: 'boolean' },
  all: { type: 'boolean' },
  filter: { type: 'string' },
  reason: { type: 'string' },
  segment: { type: 'string' },
} as const

export interface TrustValues {
  readonly json?: boolean | undefined
  readonly all?: boolean | undefined
  readonly filter?: string | undefined
  readonly reason?: string | undefined
}

/** Whoever keeps it: the collector that runs on the folder, or else the file in it. */
export const keeperOf = async (folder: string, file: string, kind: TrustKind): Promise<TrustKeeper> => {
  const api = localApi(folder)
  return (await api.running()) ? collectorsKeeper(api, kind) : fileKeeper(file, kind)
}

/** What host keys and certificates have in common. Undefined for an action that is not among it. */
export const trustAction = async (
  command: 'host-keys' | 'certificates',
  keeper: TrustKeeper,
  [action = 'list', ...names]: readonly string[],
  values: TrustValues,
): Promise<number | undefined> => {
  const { filter = '', reason } = values
  const chosen = async (): Promise<KnownKey[]> => {
    if (names.length === 0) throw new UsageError(`Which ones? rollcall ${command} ${action} NAME…`)
    const keys = await keeper.list(filter)
    return names.flatMap((name) => {
      const named = keys.filter((key) => isNamed(key, name))
      if (named.length === 0)
        throw new UsageError(`There is none called ${printable(name)}; "rollcall ${command}" lists them.`)
      return named
    })
  }
  switch (action) {
    case 'list':
      return list(await keeper.list(filter), values.json === true, command)
    case 'approve':
      if (values.all === true) return told(await keeper.approveAll(filter, reason), 'approved')
      if (names.length === 0 && filter !== '')
        throw new UsageError(
          `To approve all that a filter matches, add --all: rollcall ${command} approve --all --filter "${filter}"`,
        )
      if (names.length === 0) throw new UsageError(`Which ones? rollcall ${command} approve NAME… or --all`)
      return told(await keeper.approve(await chosen(), reason), 'approved')
    case 'forget':
      return told(await keeper.forget(await chosen(), reason), 'forgotten')
    case 'accept':
    case 'reject': {
      if (reason === undefined) throw new UsageError(`Why? rollcall ${command} ${action} NAME --reason TEXT`)
      let done = 0
      for (const key of (await chosen()).filter(({ shown }) => shown !== null))
        done += await keeper.decide(key, action, reason)
      return told(done, `${action}ed`)
    }
    default:
      return undefined
  }
}

/** By its name, or by its fingerprint as Rollcall, ssh-keygen or openssl write it. */
const isNamed = ({ name, fingerprint }: KnownKey, given: string): boolean =>
  name === given || name === given.toLowerCase() || fingerprint === given || plain(fingerprint) === plain(given)

const plain = (fingerprint: string) =>
  fingerprint
    .replace(/^sha-?256(?::| fingerprint=)/i, '')
    .replaceAll(':', '')
    .toLowerCase()

const TRUSTED_FOR = {
  'host-keys': { 'first-use': 'key logins', collected: 'key logins', approved: 'all logins' },
  certificates: { 'first-use': 'reading without a password', collected: '', approved: 'all logins' },
} as const

const list = (keys: readonly KnownKey[], json: boolean, command: 'host-keys' | 'certificates'): number => {
  if (json) {
    process.stdout.write(
      keys.map((key) => `${JSON.stringify({ ...key, approved: key.state === 'approved' })}\n`).join(''),
    )
    return EXIT.done
  }
  const trusted = ({ state }: KnownKey) =>
    state === 'changed'
      ? 'nothing: it changed'
      : state === 'revoked'
        ? 'nothing: revoked'
        : state === 'rejected'
          ? 'the key held; another was rejected'
          : TRUSTED_FOR[command][state]
  process.stdout.write(
    textTable(
      ['NAME', ...(command === 'host-keys' ? ['KEY'] : []), 'TRUSTED FOR', 'SINCE', 'BY', 'FINGERPRINT'],
      keys.map((key) => [
        key.name,
        ...(command === 'host-keys' ? [key.algorithm] : []),
        trusted(key),
        key.since?.slice(0, 16) ?? '',
        key.agent ?? '',
        key.fingerprint,
      ]),
      undefined,
      100,
    ),
  )
  const changed = keys.filter(({ state }) => state === 'changed')
  for (const { name, fingerprint, shown } of changed)
    process.stdout.write(
      `\n${printable(name)} shows another one since ${shown?.at ?? '?'}, as ${shown?.agent ?? '?'} saw it; nothing is sent there.\n  held   ${fingerprint}\n  shown  ${shown?.fingerprint ?? '?'}\n  Ask whoever runs it, then: rollcall ${command} accept|reject ${printable(name)} --reason TEXT\n`,
    )
  return EXIT.done
}

const told = (count: number, what: string) => {
  process.stdout.write(`${count} ${what}.\n`)
  return count === 0 ? EXIT.usage : EXIT.done
}
