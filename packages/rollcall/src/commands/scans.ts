import { scanDetail, scanList, startedScan, type ScanSummary } from '@rollcall/contract/api'
import { z } from 'zod'
import { EXIT, readArgs, type Command } from '../command.ts'
import { stateFolder } from '../folders.ts'
import { localApi, type LocalApi } from '../local-api.ts'
import { openProgress } from '../terminal/progress.ts'
import { textTable } from '../terminal/table.ts'
import { UsageError } from '../usage-error.ts'

export const scans: Command = {
  name: 'scans',
  summary: 'list, start, watch and cancel the scans of a running collector',
  help: `Usage:
  rollcall scans [--json]
  rollcall scans start [TARGET-SET-ID…] [--wait]
  rollcall scans show ID
  rollcall scans cancel ID

Options:
  --wait       wait until the scan has ended; the exit code is that of "rollcall scan"
  --data DIR   the data folder of the running collector
`,

  async run(args) {
    const { values, positionals } = readArgs(args, {
      data: { type: 'string' },
      json: { type: 'boolean' },
      wait: { type: 'boolean' },
    })
    const api = localApi(values.data ?? stateFolder())
    const [action = 'list', ...rest] = positionals
    switch (action) {
      case 'list':
        return list(api, values.json === true)
      case 'start':
        return start(api, rest, values.wait === true)
      case 'show':
        return show(api, idOf(rest, 'show'))
      case 'cancel':
        await api.call('POST', `/api/v1/scans/${encodeURIComponent(idOf(rest, 'cancel'))}/cancel`, z.unknown())
        process.stdout.write('Cancelled. What was read is kept.\n')
        return EXIT.done
      default:
        throw new UsageError(`"rollcall scans ${action}" is not known; see "rollcall scans --help".`)
    }
  },
}

const idOf = ([id]: string[], action: string) => {
  if (id === undefined) throw new UsageError(`Which one? rollcall scans ${action} ID`)
  return id
}

const list = async (api: LocalApi, json: boolean) => {
  const { scans: found } = await api.call('GET', '/api/v1/scans', scanList)
  process.stdout.write(
    json
      ? found.map((scan) => `${JSON.stringify(scan)}\n`).join('')
      : textTable(
          ['ID', 'STARTED', 'STATE', 'TARGETS', 'COMPLETE', 'PARTIAL', 'FAILED', 'BY'],
          found.map((scan) => [
            scan.id,
            scan.startedAt,
            scan.state,
            `${scan.planned}`,
            `${scan.complete}`,
            `${scan.partial}`,
            `${scan.failed}`,
            scan.by ?? scan.trigger,
          ]),
        ),
  )
  return EXIT.done
}

const start = async (api: LocalApi, targetSets: string[], wait: boolean) => {
  const { scan } = await api.call('POST', '/api/v1/scans', startedScan, targetSets.length === 0 ? {} : { targetSets })
  process.stdout.write(`${scan.id}\n`)
  return wait ? watch(api, scan.id) : EXIT.done
}

const POLL_MS = 1000

const watch = async (api: LocalApi, id: string) => {
  const progress = openProgress(process.stderr)
  let [planned, ended] = [0, 0]
  while (true) {
    const { scan } = await api.call('GET', `/api/v1/scans/${encodeURIComponent(id)}`, scanDetail)
    progress.planned(scan.planned - planned)
    planned = scan.planned
    for (const done = scan.complete + scan.partial + scan.failed; ended < done; ended++)
      progress.ended(id, `${ended + 1} of ${planned}`)
    if (scan.state === 'finished' || scan.state === 'cancelled') {
      progress.finish()
      return exitOf(scan)
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
  }
}

const exitOf = ({ planned, complete, partial, failed }: ScanSummary) => {
  if (planned > 0 && failed === planned) return EXIT.unreached
  return complete === planned && partial === 0 ? EXIT.done : EXIT.incomplete
}

const show = async (api: LocalApi, id: string) => {
  const { scan, causes, targets } = await api.call('GET', `/api/v1/scans/${encodeURIComponent(id)}`, scanDetail)
  process.stdout.write(
    `${scan.state}: ${scan.planned} targets, ${scan.complete} complete, ${scan.partial} partial, ${scan.failed} failed\n`,
  )
  if (causes.length > 0)
    process.stdout.write(
      `\n${textTable(
        ['COUNT', 'CAUSE', 'FOR EXAMPLE'],
        causes.map(({ count, sentence, examples }) => [`${count}`, sentence, examples.join(' ')]),
      )}`,
    )
  process.stdout.write(
    `\n${textTable(
      ['TARGET', 'STATE', 'OUTCOME', 'WHY'],
      targets.map((target) => [target.target, target.state, target.outcome ?? '', target.sentence ?? '']),
    )}`,
  )
  return EXIT.done
}
