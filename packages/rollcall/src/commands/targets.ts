import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { addedTargets, targetSetList } from '@rollcall/contract/api'
import { z } from 'zod'
import { EXIT, readArgs, type Command } from '../command.ts'
import { stateFolder } from '../folders.ts'
import { localApi } from '../local-api.ts'
import { textTable } from '../terminal/table.ts'
import { printable } from '../terminal/printable.ts'
import { UsageError } from '../usage-error.ts'

export const targets: Command = {
  name: 'targets',
  summary: 'list, add and remove what is scanned',
  help: `Usage:
  rollcall targets [--json]
  rollcall targets add NAME [ENTRY…] [--exclude ENTRY]… [--inventory FILE] [--segment S]
  rollcall targets remove ID

ENTRY is "local", [user@]host[:port], a CIDR block such as 10.0.0.0/24, a range such as
10.0.0.5-10.0.0.20, a directory such as ldaps://dc.example.com, or
"computers of ldaps://dc.example.com [below DN] [matching (filter)]" in quotes. FILE has one entry a line, or is an Ansible inventory (INI or YAML).

Options:
  --segment S  the part of the network that they are in: its agents scan them (default local,
               which is the machine of the collector and what it reaches itself)
  --data DIR   the data folder of the running collector
`,

  async run(args) {
    const { values, positionals } = readArgs(args, {
      data: { type: 'string' },
      json: { type: 'boolean' },
      exclude: { type: 'string', multiple: true },
      inventory: { type: 'string' },
      segment: { type: 'string' },
    })
    const api = localApi(values.data ?? stateFolder())
    const [action = 'list', ...rest] = positionals
    switch (action) {
      case 'list':
        return list(api, values.json === true)
      case 'add':
        return add(api, rest, values.exclude ?? [], values.inventory, values.segment)
      case 'remove':
        return remove(api, rest)
      default:
        throw new UsageError(`"rollcall targets ${action}" is not known; see "rollcall targets --help".`)
    }
  },
}

const list = async (api: ReturnType<typeof localApi>, json: boolean) => {
  const { targets: sets } = await api.call('GET', '/api/v1/targets', targetSetList)
  process.stdout.write(
    json
      ? sets.map((set) => `${JSON.stringify(set)}\n`).join('')
      : textTable(
          ['ID', 'NAME', 'SEGMENT', 'HOSTS', 'ADDRESSES', 'INCLUDES', 'EXCLUDES'],
          sets.map((set) => [
            set.id,
            set.name,
            set.segment,
            `${set.hosts}`,
            `${set.addresses}`,
            set.include.slice(0, 5).join(' '),
            set.exclude.slice(0, 5).join(' '),
          ]),
        ),
  )
  return EXIT.done
}

const add = async (
  api: ReturnType<typeof localApi>,
  [name, ...include]: string[],
  exclude: string[],
  inventory: string | undefined,
  segment: string | undefined,
) => {
  if (name === undefined) throw new UsageError('A set of targets needs a name: rollcall targets add NAME ENTRY…')
  const file =
    inventory === undefined
      ? {}
      : {
          inventory: {
            fileName: basename(inventory),
            text: await readFile(inventory, 'utf8').catch((error: unknown) => {
              throw new UsageError(`${inventory} cannot be read.`, { cause: error })
            }),
          },
        }
  const { target } = await api.call('POST', '/api/v1/targets', addedTargets, {
    name,
    include,
    exclude,
    ...file,
    ...(segment === undefined ? {} : { segment }),
  })
  const single = `${target.hosts} single ${target.hosts === 1 ? 'target' : 'targets'}`
  const ranges = target.addresses === 0 ? '' : `, ${target.addresses} addresses in ranges`
  process.stdout.write(`Added ${printable(target.name)}: ${single}${ranges}.\n`)
  return EXIT.done
}

const remove = async (api: ReturnType<typeof localApi>, [id]: string[]) => {
  if (id === undefined) throw new UsageError('Which one? rollcall targets remove ID')
  await api.call('DELETE', `/api/v1/targets/${encodeURIComponent(id)}`, z.unknown())
  process.stdout.write('Removed. What was found through it stays in the inventory.\n')
  return EXIT.done
}
