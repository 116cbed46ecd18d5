import type { FileMemories } from '@rollcall/agent'
import { describeReason, formatTarget, parseTargetSet, type TargetSet } from '@rollcall/contract'
import { listCredentialFiles, type ListedFile, type ScanWishes } from '@rollcall/discovery'
import { openHost, ReachError, type OpenHostOptions } from '@rollcall/reach'
import { EXIT } from './command.ts'
import { textTable } from './terminal/table.ts'
import { UsageError } from './usage-error.ts'

export interface ListFilesOptions {
  readonly targets: TargetSet
  readonly reach: Omit<OpenHostOptions, 'signal'>
  readonly memories: FileMemories
  readonly wishes: ScanWishes
  readonly json: boolean
  readonly signal: AbortSignal
}

/** Prints which files a scan would read for stored credentials, and which not and why. Reads none of them. */
export const listFiles = async ({
  targets,
  reach,
  memories,
  wishes,
  json,
  signal,
}: ListFilesOptions): Promise<number> => {
  const read = parseTargetSet(targets)
  if ('problems' in read)
    throw new UsageError(read.problems.map(({ entry, problem }) => `${entry}: ${problem}`).join('\n'))
  if (read.parsed.ranges.length + read.parsed.computers.length > 0)
    throw new UsageError('--list-files takes hosts, no blocks, ranges or computers of directories.')
  let [reached, complete] = [0, 0]
  for (const target of read.parsed.hosts) {
    if (target.kind === 'directory') throw new UsageError('--list-files takes hosts, no directories.')
    const name = formatTarget(target)
    try {
      await using host = await openHost(target, { ...reach, signal })
      const memory = await memories.of(name, host.provenHostKey?.fingerprint)
      const { files, outcome } = await listCredentialFiles(host, { signal, memory, wishes, now: new Date() })
      reached++
      if (outcome.status === 'complete') complete++
      if (json) {
        for (const file of files) print({ kind: 'file', target: name, ...file })
        print({ kind: 'outcome', target: name, ...outcome })
      } else {
        process.stdout.write(`${name}: ${summaryOf(files)}\n`)
        process.stdout.write(textTable(['PATH', 'BYTES', 'WHY'], files.map(row), width()))
        const gaps = outcome.reasons.map(({ code, path, detail, count }) => [
          path ?? '',
          count === undefined ? '' : String(count),
          `${describeReason(code)}${detail === undefined ? '' : ` (${detail})`}`,
        ])
        if (gaps.length > 0)
          process.stdout.write(
            `\nWould not be read, or only in part:\n${textTable(['WHERE', 'COUNT', 'WHY'], gaps, width())}`,
          )
      }
    } catch (error) {
      if (!(error instanceof ReachError)) throw error
      process.stderr.write(`${name}: ${describeReason(error.code)}\n`)
    }
  }
  if (reached === 0) return EXIT.unreached
  return complete === read.parsed.hosts.length ? EXIT.done : EXIT.incomplete
}

const print = (line: object) => void process.stdout.write(`${JSON.stringify(line)}\n`)

const width = () => (process.stdout.isTTY ? process.stdout.columns : undefined)

const WHY: Record<ListedFile['why'], string> = {
  known: 'such files keep credentials',
  kind: 'holds settings, a script or notes',
  perhaps: 'may be text',
  packed: 'one of these, packed',
}

const row = ({ path, size, why, unchanged }: ListedFile) => [
  path,
  String(size),
  `${WHY[why]}${unchanged ? '; as it was, so not again' : ''}`,
]

const summaryOf = (files: readonly ListedFile[]) => {
  const fresh = files.filter(({ unchanged }) => !unchanged)
  const bytes = fresh.reduce((sum, { size }) => sum + size, 0)
  return `${fresh.length} files to read (${bytes} bytes), ${files.length - fresh.length} as they were`
}
