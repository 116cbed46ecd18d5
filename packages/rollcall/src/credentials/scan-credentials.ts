import { matchesGlob } from 'node:path'
import { csvLine } from '@rollcall/collector'
import { describeReason, MAX_REASONS, type Outcome, type Reason } from '@rollcall/contract'
import { detectorTitles, type DetectTools } from '@rollcall/discovery'
import { EXIT } from '../command.ts'
import { printable } from '../terminal/printable.ts'
import { textTable } from '../terminal/table.ts'
import { UsageError } from '../usage-error.ts'
import { version } from '../version.ts'
import { collectSoon } from './collect-soon.ts'
import { ranked, readExceptions, type RankedCredential } from './ranked.ts'
import { sarifLog } from './sarif.ts'
import { scanTree } from './scan-tree.ts'
import { sentenceOf } from './sentence.ts'

export interface CredentialScan {
  readonly paths: readonly string[]
  readonly format: 'table' | 'json' | 'csv' | 'sarif'
  /** Globs of paths that are passed over. */
  readonly exclude: readonly string[]
  /** A file of exceptions. */
  readonly exceptions?: string
  /** The least severity that makes a gate fail. */
  readonly failOn: FailOn
  /** Shows their lines, values masked. */
  readonly context: boolean
  readonly tools: DetectTools
  readonly signal: AbortSignal
}

const FAIL_ON = ['critical', 'high', 'medium', 'low', 'never'] as const
type FailOn = (typeof FAIL_ON)[number]

export const failOnOf = (text: string | undefined): FailOn => {
  if (text === undefined) return 'low'
  const known = FAIL_ON.find((word) => word === text)
  if (known === undefined) throw new UsageError(`--fail-on is one of ${FAIL_ON.join(', ')}.`)
  return known
}

/**
 * Looks through files of this machine and writes what it finds to standard output. Gives the exit code: `found` when something of at
 * least that severity is there that no exception holds for, else `incomplete` when something could not be read.
 */
export const scanCredentials = async (scan: CredentialScan): Promise<number> => {
  collectSoon()
  const now = new Date()
  const exceptions = scan.exceptions === undefined ? [] : await readExceptions(scan.exceptions)
  const progress = openCounter(process.stderr)
  const scanning = scanTree(scan.paths, {
    tools: scan.tools,
    signal: scan.signal,
    passes: (path) => !scan.exclude.some((glob) => matchesGlob(path, glob)),
    context: scan.context,
    looked: progress.looked,
  })
  const found: RankedCredential[] = []
  let step = await scanning.next()
  for (; step.done !== true; step = await scanning.next()) found.push(ranked(step.value, exceptions, now))
  const { files, bytes, reasons, notes } = step.value
  progress.end()
  const outcome = outcomeOf(reasons, notes)
  found.sort((one, other) => other.rank - one.rank)

  const write = (text: string) => void process.stdout.write(text)
  if (scan.format === 'json') {
    for (const one of found) write(`${JSON.stringify(jsonLine(one))}\n`)
    write(`${JSON.stringify(outcomeLine(outcome, found.length, files, bytes))}\n`)
  } else if (scan.format === 'csv') {
    write(csvLine(CSV_COLUMNS))
    for (const one of found) write(csvLine(csvCells(one)))
  } else if (scan.format === 'sarif')
    write(`${JSON.stringify(sarifLog({ found, outcome, version, titles: detectorTitles }), null, 2)}\n`)
  else writeTable(found, outcome, files)

  const failing = found.some(
    ({ severity, exception }) =>
      exception === undefined && severity !== 'none' && FAIL_ON.indexOf(severity) <= FAIL_ON.indexOf(scan.failOn),
  )
  if (scan.failOn !== 'never' && failing) return EXIT.found
  return outcome.status === 'complete' ? EXIT.done : EXIT.incomplete
}

const outcomeOf = (reasons: readonly Reason[], notes: readonly Reason[]): Outcome => {
  const all = [...reasons, ...notes]
  const told =
    all.length <= MAX_REASONS
      ? all
      : [
          ...all.slice(0, MAX_REASONS - 1),
          { code: 'too-many' as const, detail: 'further reasons', count: all.length - MAX_REASONS + 1 },
        ]
  return { status: reasons.length === 0 ? 'complete' : 'partial', reasons: told }
}

const jsonLine = ({ finding, rank, severity, exception, context }: RankedCredential) => ({
  ...finding,
  target: 'local',
  probe: 'stored-credentials',
  rank,
  severity,
  ...(exception === undefined ? {} : { exception }),
  ...(context === undefined ? {} : { context }),
})

const outcomeLine = ({ status, reasons }: Outcome, findings: number, files: number, bytes: number) => ({
  kind: 'outcome',
  target: 'local',
  probe: 'stored-credentials',
  status,
  reasons: reasons.map((reason) => ({ ...reason, sentence: describeReason(reason.code) })),
  findings,
  files,
  bytes,
})

const CSV_COLUMNS = [
  'severity',
  'rank',
  'path',
  'line',
  'end_line',
  'name',
  'secret',
  'value',
  'account',
  'system',
  'service',
  'in_force',
  'weaknesses',
  'length',
  'scheme',
  'reference',
  'confidence',
  'evidence',
  'detector',
  'digest',
  'exception',
]

const csvCells = ({ finding, rank, severity, exception }: RankedCredential) => [
  severity,
  rank,
  finding.place.path,
  finding.place.line ?? null,
  finding.endLine ?? null,
  finding.name ?? 'none',
  finding.secret,
  finding.value,
  finding.account ?? 'unnamed',
  finding.system ?? 'unnamed',
  finding.service ?? 'unnamed',
  finding.state,
  [...(finding.weaknesses ?? [])],
  finding.length ?? null,
  finding.scheme ?? 'none',
  finding.reference ?? 'none',
  finding.confidence,
  finding.evidence,
  finding.detector,
  finding.digest ?? 'none',
  exception?.reason ?? 'none',
]

/** What is urgent first; references and placeholders only as a number. */
const writeTable = (found: readonly RankedCredential[], outcome: Outcome, files: number) => {
  const width = process.stdout.isTTY ? process.stdout.columns : undefined
  const open = found.filter(({ severity, exception }) => severity !== 'none' && exception === undefined)
  const rows = open.map(({ finding, severity }) => [
    severity,
    `${sentenceOf(finding)}${finding.weaknesses === undefined ? '' : ` (${finding.weaknesses.join(', ')})`}`,
    `${finding.place.path}:${finding.place.line ?? 1}`,
  ])
  if (open.some(({ context }) => context !== undefined)) writeWithContext(open)
  else if (rows.length > 0) process.stdout.write(textTable(['SEVERITY', 'WHAT', 'WHERE'], rows, width, 80))
  const excepted = found.filter(({ exception }) => exception !== undefined).length
  const references = found.filter(({ finding }) => finding.value === 'reference').length
  const more = [
    ...(excepted === 0 ? [] : [`${excepted} excepted`]),
    ...(references === 0 ? [] : [`${references} taken from elsewhere by name`]),
  ]
  process.stdout.write(
    `${rows.length === 0 ? '' : '\n'}${rows.length} stored ${rows.length === 1 ? 'credential' : 'credentials'} in ${files} files${more.length === 0 ? '' : `; ${more.join(', ')}`}\n`,
  )
  if (outcome.reasons.length === 0) return
  process.stdout.write(
    `\nNot looked at, or only in part:\n${textTable(
      ['WHERE', 'HOW MANY', 'WHY'],
      outcome.reasons.map(({ code, path, detail, count }) => [
        path ?? detail ?? '',
        String(count ?? 1),
        describeReason(code),
      ]),
      width,
    )}`,
  )
}

const writeWithContext = (open: readonly RankedCredential[]) => {
  for (const { finding, severity, context = [] } of open) {
    const where = `${finding.place.path}:${finding.place.line ?? 1}`
    process.stdout.write(`${severity.padEnd(9)} ${printable(where)}\n          ${printable(sentenceOf(finding))}\n`)
    for (const line of context) process.stdout.write(`          | ${printable(line)}\n`)
    process.stdout.write('\n')
  }
}

const REDRAW_MS = 100

/** How far it is, on a terminal only. */
const openCounter = (stream: NodeJS.WriteStream) => {
  let drawn = 0
  return {
    looked: (done: number, of: number) => {
      const now = Date.now()
      if (!stream.isTTY || now - drawn < REDRAW_MS) return
      drawn = now
      stream.write(`\r\u001b[K ${done} of ${of} files`)
    },
    end: () => void (stream.isTTY && stream.write('\r\u001b[K')),
  }
}
