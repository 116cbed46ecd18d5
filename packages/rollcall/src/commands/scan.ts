import { hash, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { startAgent } from '@rollcall/agent'
import { memoryBus } from '@rollcall/bus'
import { csvLine, intake, readTargetList, viewReading, views } from '@rollcall/collector'
import { describeReason, parseTargetSet, reasonCode, type TargetSet } from '@rollcall/contract'
import {
  cancelOrder,
  reportAck,
  reportPart,
  scanOrder,
  scanProgress,
  scanReport,
  subjects,
  type ReportPart,
} from '@rollcall/contract/bus'
import type { Cell } from '@rollcall/contract/api'
import { principalsOf } from '@rollcall/inventory'
import { keyedDigest } from '@rollcall/secret'
import { openStore, type Store } from '@rollcall/store'
import { EXIT, readArgs, type Command } from '../command.ts'
import { failOnOf, scanCredentials } from '../credentials/scan-credentials.ts'
import { listFiles } from '../credential-files.ts'
import { memoriesIn, wishesOf } from '../credential-memory.ts'
import { digestKey } from '../digest-key.ts'
import { DIRECTORY_ARGS, DIRECTORY_HELP, directoryAccess } from '../directory-options.ts'
import { privateFolder, stateFolder } from '../folders.ts'
import { quietLog } from '../log.ts'
import { passwordRules } from '../password-rules.ts'
import { pinsIn, REACH_ARGS, REACH_HELP, reachOptions } from '../reach-options.ts'
import { explainedRights, hiddenOf } from '../rights.ts'
import { privilegeLines, type PrivilegeLines } from '../privilege-lines.ts'
import { isComplete, linesOf, linesOfPart, summaryOf } from '../scan-lines.ts'
import { readSettings } from '../settings.ts'
import { stopSignal } from '../stop-signal.ts'
import { openProgress } from '../terminal/progress.ts'
import { textTable } from '../terminal/table.ts'
import { UsageError } from '../usage-error.ts'

export const scan: Command = {
  name: 'scan',
  summary: 'scan targets once, without a collector',
  help: `Usage: rollcall scan TARGET… [options]
       rollcall scan --credentials PATH… [options]

TARGET is "local" (this machine), [ssh://][user@]host[:port], a CIDR block, a range such as
10.0.0.5-10.0.0.20, or @FILE (one a line, or an Ansible inventory). Addresses of blocks and
ranges are probed by TCP first; nothing logs in to those that do not answer. A directory is
ldaps://host[:port], or ldap://host[:port] for StartTLS; nothing is ever sent in clear.
"computers of ldaps://host [below DN] [matching (filter)]" are the hosts that one knows.

Output:
  --json            one JSON object a line: findings, hosts, directories and outcomes
  --csv[=VIEW]      CSV of a view: accounts (default), hosts, keys, grants, services,
                    service_accounts, files, outcomes, directories, directory_accounts,
                    directory_groups, directory_members, directory_rights, directory_weaknesses
  --jobs N          targets scanned at the same time (default 64)
  --exclude TARGET  leave this out
  --config FILE     settings file
  --data DIR        where pinned host keys and the key for digests are kept

Rights:
  --explain-rights[=json]
                    print the least that the account of --user needs of sudo to see what root sees,
                    as a sudoers file that says what each line makes visible; nothing is scanned
  --probes A,B      with it: only for these probes

Stored credentials on targets:
  --list-files      print which files would be read for stored credentials, and which not and why;
                    none of them is read

Stored credentials in files of this machine, a checkout or a mounted image:
  --credentials     look through PATH… for passwords, tokens and keys; nothing else is scanned
  --json, --csv, --sarif
                    one JSON object a line; CSV; a SARIF 2.1.0 log
  --context         show the line, with every value masked
  --exclude GLOB    leave paths out
  --exceptions FILE YAML or JSON: a list of path, name, account, detector (patterns) or digest,
                    with a reason and, if it ends, when it expires
  --fail-on LEVEL   critical, high, medium, low (default) or never: exit with 4 where one that
                    urgent is found that no exception holds for

${REACH_HELP}
${DIRECTORY_HELP}
Exit codes: 0 everything was looked at, 1 usage, 2 some targets incomplete, 3 none reached,
4 credentials found.
`,

  async run(given) {
    const args = given.map((arg) => ALONE.get(arg) ?? arg)
    const { values, positionals } = readArgs(args, {
      ...REACH_ARGS,
      ...DIRECTORY_ARGS,
      json: { type: 'boolean' },
      csv: { type: 'string' },
      sarif: { type: 'boolean' },
      credentials: { type: 'boolean' },
      context: { type: 'boolean' },
      exceptions: { type: 'string' },
      'fail-on': { type: 'string' },
      'list-files': { type: 'boolean' },
      'explain-rights': { type: 'string' },
      probes: { type: 'string' },
      jobs: { type: 'string' },
      exclude: { type: 'string', multiple: true },
      config: { type: 'string' },
      data: { type: 'string' },
    })
    if (values['explain-rights'] !== undefined) {
      process.stdout.write(await explainedRights(values['explain-rights'], values.user, values.probes))
      return EXIT.done
    }
    if (values.probes !== undefined)
      throw new UsageError('--probes goes with --explain-rights; a scan always runs all probes.')
    if (values.credentials === true) return credentialsIn(positionals, values)
    const lone = (['sarif', 'context', 'exceptions', 'fail-on'] as const).find((name) => values[name] !== undefined)
    if (lone !== undefined) throw new UsageError(`--${lone} goes with --credentials.`)
    if (positionals.length === 0) throw new UsageError('Scan what? For example: rollcall scan local')
    const format = formatOf(values.json === true, values.csv)
    const concurrency = jobsOf(values.jobs)
    const targets = await targetsOf(positionals, values.exclude ?? [])
    const settings = values.config === undefined ? {} : await readSettings(values.config)
    const folder = await privateFolder(values.data ?? settings.data ?? stateFolder())
    const key = await digestKey(folder)
    const digest = keyedDigest(key)
    const passwords = passwordRules(folder, digest, values, settings)
    const reach = { ...(await reachOptions(values, settings, pinsIn(folder))), passwords }
    const directories = await directoryAccess(values, settings, folder)
    if (values['list-files'] === true) {
      using stop = stopSignal()
      return listFiles({
        targets,
        reach,
        memories: await memoriesIn(folder, digest),
        wishes: wishesOf(settings),
        json: values.json === true,
        signal: stop.signal,
      })
    }

    await using stack = new AsyncDisposableStack()
    const { signal } = stack.use(stopSignal())
    const store = stack.use(await openStore({ file: ':memory:' }))
    const bus = stack.use(memoryBus())
    const seen = new Set<string>()
    const tally = { reached: 0, complete: 0, ended: 0 }
    const progress = openProgress(process.stderr)
    const take = intake(store, { now: () => new Date(), principals: principalsOf })

    const parts = new Map<
      string,
      { readonly seen: Set<string>; readonly told: Map<string, number>; readonly privilege: PrivilegeLines }
    >()
    const takePart = async (part: ReportPart) => {
      const { report, agent, probe, index, findings } = part
      const known = parts.get(report) ?? {
        seen: new Set(),
        told: new Map<string, number>(),
        privilege: privilegeLines(),
      }
      parts.set(report, known)
      if (!known.seen.has(`${index} ${probe}`)) {
        known.seen.add(`${index} ${probe}`)
        known.told.set(probe, (known.told.get(probe) ?? 0) + findings.length)
        // Printed as it comes, of a directory of any size only that is held which tells who can take it over.
        if (format.kind === 'json') {
          known.privilege.see(part)
          await written(linesOfPart(part))
        } else await take.keep(part)
      }
      await bus.publish(subjects.reportAck(agent), reportAck.write({ report, need: [], part: { probe, index } }))
    }

    await bus.serve(subjects.allReports, async (message) => {
      if (message.type === reportPart.type) return takePart(reportPart.read(message))
      const report = scanReport.read(message)
      // Delivered again while the first delivery is still being taken in.
      if (seen.has(report.id)) return
      seen.add(report.id)
      const { told, privilege = privilegeLines() } = parts.get(report.id) ?? {}
      parts.delete(report.id)
      if (format.kind === 'json') await written(linesOf(report, new Date(), told, privilege))
      if (format.kind !== 'json' || report.directory === undefined) await take(report)
      tally.ended++
      if (report.sections.length > 0) tally.reached++
      if (isComplete(report)) tally.complete++
      progress.ended(report.target, summaryOf(report, told))
      await bus.publish(subjects.reportAck(AGENT), reportAck.write({ report: report.id, need: [] }))
    })
    const { promise: finished, resolve: finish } = Promise.withResolvers<void>()
    await bus.serve(subjects.allProgress, async (message) => {
      const event = scanProgress.read(message)
      if (event.event === 'planned') progress.planned(event.targets.length)
      else if (event.event === 'started') for (const target of event.targets) progress.started(target)
      else if (event.event === 'finished') finish()
    })
    stack.use(
      await startAgent({
        id: AGENT,
        bus,
        reach,
        digestKey: key,
        memories: await memoriesIn(folder, digest),
        directories: { ...directories, ledger: passwords.ledger },
        wishes: wishesOf(settings),
        now: () => new Date(),
        log: quietLog(),
        ...(concurrency === undefined ? {} : { concurrency }),
        hostsHere: areFew(targets),
      }),
    )
    const run = randomUUID()
    signal.addEventListener('abort', () => void bus.publish(subjects.order(AGENT), cancelOrder.write({ run })), {
      once: true,
    })
    await bus.publish(subjects.order(AGENT), scanOrder.write({ run, targets, done: [] }))
    await finished
    progress.finish()

    if (format.kind === 'csv') await writeCsv(store, format.view)
    if (format.kind === 'table') await writeTable(store)
    if (tally.reached === 0) return EXIT.unreached
    return tally.complete === tally.ended && !signal.aborted ? EXIT.done : EXIT.incomplete
  },
}

interface CredentialArgs {
  readonly json?: boolean | undefined
  readonly csv?: string | undefined
  readonly sarif?: boolean | undefined
  readonly context?: boolean | undefined
  readonly exceptions?: string | undefined
  readonly exclude?: string[] | undefined
  readonly config?: string | undefined
  readonly data?: string | undefined
  readonly 'fail-on'?: string | undefined
}

const credentialsIn = async (paths: readonly string[], values: CredentialArgs): Promise<number> => {
  if (paths.length === 0) throw new UsageError('Look where? For example: rollcall scan --credentials .')
  const asked = (['json', 'csv', 'sarif'] as const).filter((format) => values[format] !== undefined)
  if (asked.length > 1) throw new UsageError(`Either ${asked.map((format) => `--${format}`).join(' or ')}.`)
  const settings = values.config === undefined ? {} : await readSettings(values.config)
  const folder = await privateFolder(values.data ?? settings.data ?? stateFolder())
  const digest = keyedDigest(await digestKey(folder))
  using stop = stopSignal()
  return scanCredentials({
    paths,
    format: asked[0] ?? 'table',
    exclude: values.exclude ?? [],
    ...(values.exceptions === undefined ? {} : { exceptions: values.exceptions }),
    failOn: failOnOf(values['fail-on']),
    context: values.context === true,
    tools: { keyedDigest: digest, hash: (name, bytes) => hash(name, bytes, 'buffer') },
    signal: stop.signal,
  })
}

const AGENT = 'scan'

/** Options that may stand alone or name a form, which Node's parser cannot say. */
const ALONE: ReadonlyMap<string, string> = new Map([
  ['--csv', '--csv=accounts'],
  ['--explain-rights', '--explain-rights=sudoers'],
])

type Format = { kind: 'table' } | { kind: 'json' } | { kind: 'csv'; view: (typeof views)[number] }

const formatOf = (json: boolean, csv: string | undefined): Format => {
  if (json && csv !== undefined) throw new UsageError('Either --json or --csv, not both.')
  if (csv === undefined) return { kind: json ? 'json' : 'table' }
  const view = views.find(({ id }) => id === csv)
  if (view === undefined)
    throw new UsageError(`There is no view "${csv}"; there are ${views.map(({ id }) => id).join(', ')}.`)
  return { kind: 'csv', view }
}

const jobsOf = (text: string | undefined) => {
  if (text === undefined) return undefined
  const jobs = Number(text)
  if (!Number.isInteger(jobs) || jobs < 1 || jobs > 512) throw new UsageError('--jobs is a number from 1 to 512.')
  return jobs
}

/** Reads what is to be scanned; every entry that cannot be read is named, and then nothing is scanned. */
const targetsOf = async (entries: readonly string[], exclude: readonly string[]): Promise<TargetSet> => {
  const named = await Promise.all(
    entries.map(async (entry): Promise<TargetSet> =>
      entry.startsWith('@') ? setOfFile(entry.slice(1)) : { include: [entry], exclude: [] },
    ),
  )
  const set = {
    include: named.flatMap(({ include }) => include),
    exclude: [...exclude, ...named.flatMap(({ exclude }) => exclude)],
  }
  const read = parseTargetSet(set)
  if ('problems' in read)
    throw new UsageError(read.problems.map(({ entry, problem }) => `${entry}: ${problem}`).join('\n'))
  return set
}

/** So few hosts that to start another process for them takes longer than it saves; this one has nothing to lose to them but its work. */
const areFew = (targets: TargetSet): boolean => {
  const read = parseTargetSet(targets)
  if ('problems' in read) return false
  const { hosts, ranges, computers } = read.parsed
  return hosts.length <= FEW && ranges.length === 0 && computers.length === 0
}

const FEW = 4

const setOfFile = async (file: string): Promise<TargetSet> => {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new UsageError(`${file} cannot be read.`, { cause: error })
  })
  const { include, exclude, problems } = readTargetList(basename(file), text)
  if (problems.length > 0)
    throw new UsageError(problems.map(({ line, problem }) => `${file}:${line}: ${problem}`).join('\n'))
  return { include: [...include], exclude: [...exclude] }
}

/** Waits for a slow reader, so that what it has not read yet is not held here. */
const written = async (lines: readonly object[]): Promise<void> => {
  if (!process.stdout.write(lines.map((line) => `${JSON.stringify(line)}\n`).join('')) && process.stdout.writable)
    await once(process.stdout, 'drain')
}

const writeCsv = async (store: Store, view: (typeof views)[number]) => {
  const reading = viewReading(view, { filter: '' }, store, new Date())
  process.stdout.write(csvLine(reading.columns.map(({ id }) => id)))
  for await (const cells of reading.rows()) process.stdout.write(csvLine(cells))
}

const COLUMNS = [
  'host',
  'account',
  'uid',
  'privileged',
  'privileged_by',
  'login_allowed',
  'password',
  'last_login',
  'keys',
]

/** Rows of a table that somebody may still read. A host's accounts are never that many. */
const MOST_PRINTED = 10_000

/** Who can take a directory over. */
const DIRECTORY_COLUMNS = ['directory', 'account', 'type', 'tier', 'privileged_by', 'states', 'password_age_days']
const WEAKNESS_COLUMNS = ['directory', 'severity', 'weakness', 'object_name', 'meaning']

const writeTable = async (store: Store) => {
  const width = process.stdout.isTTY ? process.stdout.columns : undefined
  const print = async (id: string, filter: string, columns: readonly string[], title: string) => {
    const found = views.find((known) => known.id === id)!
    const rows: string[][] = []
    let more = 0
    for await (const cells of viewReading(found, { filter, columns: columns.join(',') }, store, new Date()).rows()) {
      if (rows.length < MOST_PRINTED) rows.push(cells.map(cellText))
      else more++
    }
    if (rows.length === 0) return
    const heads = columns.map((column) => column.toUpperCase().replaceAll('_', ' '))
    const rest = more === 0 ? '' : `… and ${more} more: see --csv=${id}\n`
    process.stdout.write(`${title}${textTable(heads, rows, width)}${rest}`)
  }
  await print('accounts', '', COLUMNS, '')
  await print('directory_accounts', 'privileged:yes', DIRECTORY_COLUMNS, '\nCan take a directory over:\n')
  await print('directory_weaknesses', '-severity:info', WEAKNESS_COLUMNS, '\nWrong in directories:\n')

  const gaps: string[][] = []
  const outcomes = views.find(({ id }) => id === 'outcomes')!
  const reading = viewReading(
    outcomes,
    { filter: '-status:complete', columns: 'host,probe,status,reason,path,detail' },
    store,
    new Date(),
  )
  for await (const cells of reading.rows()) gaps.push(cells.map(cellText))
  if (gaps.length === 0) return
  const explained = gaps.map(([host = '', probe = '', status = '', reason = '', path = '?', detail = '?']) => [
    host,
    probe,
    status,
    [path, detail].find((where) => where !== '?' && where !== 'none') ?? '',
    reason === 'not-permitted' ? `${sentence(reason)}. Hidden: ${hiddenOf(probe).join('; ')}` : sentence(reason),
  ])
  process.stdout.write(
    `\nNot looked at, or only in part:\n${textTable(['HOST', 'PROBE', 'OUTCOME', 'WHERE', 'WHY'], explained, width)}`,
  )
}

/** The outcomes view has a reason's code; where there is none, its cell is a word of its own. */
const sentence = (code: string) => {
  const known = reasonCode.safeParse(code)
  return known.success ? describeReason(known.data) : code
}

const cellText = (cell: Cell | undefined): string => {
  if (cell === null || cell === undefined) return '?'
  return Array.isArray(cell) ? cell.join(', ') : String(cell)
}
