import { readFile, writeFile } from 'node:fs/promises'
import { LOCAL_SEGMENT } from '@rollcall/contract/bus'
import {
  startedCollection,
  targetSetList,
  trustSummary,
  type ImportedKnownHosts,
  type KeyCollection,
} from '@rollcall/contract/api'
import { EXIT, readArgs, type Command } from '../command.ts'
import { stateFolder } from '../folders.ts'
import { localApi, type LocalApi } from '../local-api.ts'
import { pinsIn } from '../reach-options.ts'
import { printable } from '../terminal/printable.ts'
import { keeperOf, TRUST_ARGS, trustAction } from '../trust/trust-actions.ts'
import type { TrustKeeper } from '../trust/keepers.ts'
import { UsageError } from '../usage-error.ts'

export const hostKeys: Command = {
  name: 'host-keys',
  summary: 'list, approve, collect, import and export the host keys by which hosts are known',
  help: `Usage:
  rollcall host-keys [--filter FILTER] [--json]
  rollcall host-keys approve NAME… | --all [--filter FILTER] [--reason TEXT]
  rollcall host-keys accept|reject NAME --reason TEXT
  rollcall host-keys forget NAME…
  rollcall host-keys collect [TARGET…] [--set NAME]… [--segment S]
  rollcall host-keys import FILE [--segment S] [--reason TEXT]
  rollcall host-keys export [FILE] [--seen] [--segment S]

A key that was only seen is trusted for key logins only. Compare it with what the host itself
says ("ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub"), then approve it: passwords may go there
from then on. A host that shows another key than the one held is left alone until somebody accepts
the new one, or rejects it. Forget the key of a host, and the next scan sees it for the first time.
NAME is what the list shows (host, or [host]:port), or the fingerprint.

"collect" asks hosts for their keys without logging in: all targets, some sets, or those named.
"import" takes a known_hosts file, hashed names too, for which you vouch; "-" is standard input.
"export" writes one with all keys that somebody vouches for; with --seen also the others.

With a running collector this is the Trust page of its dashboard: all agents hear of it, and who
decided is written down. Without one, the file of the data folder is changed.

Options:
  --filter F   such as 'state:collected name:*.example.com'; see "rollcall view trust"
  --reason T   why, for the audit log
  --segment S  the part of the network that is meant (default ${LOCAL_SEGMENT})
  --data DIR   the data folder
`,

  async run(args) {
    const { values, positionals } = readArgs(args, {
      ...TRUST_ARGS,
      set: { type: 'string', multiple: true },
      seen: { type: 'boolean' },
    })
    const folder = values.data ?? stateFolder()
    const segment = values.segment ?? LOCAL_SEGMENT
    const [action, ...rest] = positionals
    if (action === 'collect') return collect(localApi(folder), rest, values.set ?? [], segment, values.json === true)
    const keeper = await keeperOf(folder, pinsIn(folder), 'host-key')
    if (action === 'import') return importFrom(keeper, rest, segment, values.reason)
    if (action === 'export') return exportTo(keeper, rest, segment, values.seen === true)
    const done = await trustAction('host-keys', keeper, positionals, values)
    if (done === undefined)
      throw new UsageError(`"rollcall host-keys ${action}" is not known; see "rollcall host-keys --help".`)
    return done
  },
}

const importFrom = async (
  keeper: TrustKeeper,
  [file, ...more]: readonly string[],
  segment: string,
  reason: string | undefined,
): Promise<number> => {
  if (file === undefined || more.length > 0) throw new UsageError('From which file? rollcall host-keys import FILE')
  const text = await readFile(file === '-' ? '/dev/stdin' : file, 'utf8').catch((error: unknown) => {
    throw new UsageError(`${printable(file)} cannot be read.`, { cause: error })
  })
  const imported = await keeper.importKnownHosts(text, segment, reason)
  process.stdout.write(toldImport(imported))
  return imported.conflicts > 0 || imported.leftOutLines > 0 ? EXIT.incomplete : EXIT.done
}

const toldImport = ({ approved, revoked, known, conflicts, conflicting, leftOut, leftOutLines }: ImportedKnownHosts) =>
  [
    `${approved} approved, ${revoked} never to be accepted, ${known} known before.`,
    ...(conflicts === 0
      ? []
      : [
          `${conflicts} left as they are, since somebody vouched for another key: ${conflicting.map(printable).join(', ')}`,
        ]),
    ...leftOut.map(({ line, why }) => `line ${line} is left out: ${why}`),
    ...(leftOutLines > leftOut.length ? [`and ${leftOutLines - leftOut.length} more lines`] : []),
    '',
  ].join('\n')

const exportTo = async (keeper: TrustKeeper, [file]: readonly string[], segment: string, seen: boolean) => {
  const text = await keeper.exportKnownHosts(segment, seen ? 'seen' : 'approved')
  if (file === undefined || file === '-') process.stdout.write(text)
  else await writeFile(file, text, { mode: 0o600 })
  return EXIT.done
}

const collect = async (
  api: LocalApi,
  targets: readonly string[],
  sets: readonly string[],
  segment: string,
  json: boolean,
): Promise<number> => {
  const known = sets.length === 0 ? [] : (await api.call('GET', '/api/v1/targets', targetSetList)).targets
  const ids = sets.map((name) => {
    const set = known.find((one) => one.name === name || one.id === name)
    if (set === undefined)
      throw new UsageError(`There is no target set ${printable(name)}; "rollcall targets" lists them.`)
    return set.id
  })
  const body = {
    segment,
    ...(ids.length === 0 ? {} : { targetSets: ids }),
    ...(targets.length === 0 ? {} : { include: targets }),
  }
  const { collection } = await api.call('POST', '/api/v1/trust/collections', startedCollection, body)
  const ended = await endOf(api, collection)
  process.stdout.write(json ? `${JSON.stringify(ended)}\n` : toldCollection(ended))
  return ended.failed.length > 0 || ended.state !== 'done' ? EXIT.incomplete : EXIT.done
}

const LOOKED_EVERY_MS = 300

/** Waits until the agent has said that it is over. */
const endOf = async (api: LocalApi, started: KeyCollection): Promise<KeyCollection> => {
  for (;;) {
    const { collections } = await api.call('GET', '/api/v1/trust', trustSummary)
    const now = collections.find(({ id }) => id === started.id)
    if (now === undefined || now.state === 'done' || now.state === 'lost') return now ?? started
    await new Promise((resolve) => setTimeout(resolve, LOOKED_EVERY_MS))
  }
}

const toldCollection = ({ asked, fresh, known, changed, silent, failed, state }: KeyCollection) =>
  [
    `${asked} asked: ${fresh} new, ${known} known before, ${changed} showed another key than the one held.`,
    ...(silent === 0 ? [] : [`${silent} addresses of ranges did not answer.`]),
    ...failed.map(
      ({ count, sentence, examples }) => `${count} not: ${sentence} (${examples.map(printable).join(', ')})`,
    ),
    ...(state === 'lost' ? ['The agent has not been heard of for an hour.'] : []),
    ...(fresh > 0 ? ['Approve them with "rollcall host-keys approve".'] : []),
    '',
  ].join('\n')
