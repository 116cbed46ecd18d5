import { type Finding, type HostSignals, type Outcome, type OutcomeStatus, type Reason } from '@rollcall/contract'
import { boundedReasons } from './bounded-reasons.ts'
import type { Hash } from './detectors/keystores/opens-by-default.ts'
import { chooseFiles, type WhyRead } from './detectors/choose-files.ts'
import { ENGINE } from './detectors/engine.ts'
import { distilling, stampOf, versionOf, type DistilSource, type FileMemory, type Unlooked } from './distil.ts'
import type {
  CommandResult,
  FindRequest,
  FindResult,
  FoundEntry,
  Host,
  HostAnswer,
  HostFile,
  HostRequest,
  RunRequest,
} from './host.ts'
import type { Gathering, HostProbe, KeyedDigest, ParseContext, PublicPoint, ScanWishes, Sha256 } from './probe.ts'
import { folderOf } from './posix-path.ts'
import { findCandidates } from './probes/stored-credentials.ts'
import { gatherSignals, readSignals } from './signals.ts'
import { comparesHashes, withVerdicts, type HashVerdict, type OfferHash, type StoredHash } from './stored-hash.ts'

/** What one probe saw on one host. */
export interface ScannedSection {
  readonly probe: string
  readonly outcome: Outcome
  readonly findings: readonly Finding[]
  /** Hashes of passwords that guesses may be compared with; none unless somebody wishes that. Never part of a report. */
  readonly hashes?: readonly StoredHash[]
}

/** A section with what comparing its hashes told; they themselves are forgotten. */
export const comparedSection = (
  { hashes = [], ...section }: ScannedSection,
  verdicts: readonly HashVerdict[],
  keyedDigest: KeyedDigest,
): ScannedSection => {
  const { findings, notes } = withVerdicts(section.findings, hashes, verdicts, keyedDigest)
  const { status, reasons } = section.outcome
  return { ...section, findings, outcome: { status, reasons: boundedReasons([...reasons, ...notes]) } }
}

export interface ScannedHost {
  readonly signals: HostSignals
  readonly sections: readonly ScannedSection[]
  /** Round trips that the questions took. */
  readonly roundTrips: number
}

export interface ScanTools {
  readonly sha256: Sha256
  readonly publicPoint: PublicPoint
  readonly keyedDigest: KeyedDigest
  /** Without it, keystores are not tried with the passwords that they are shipped with. */
  readonly hash?: Hash
  readonly now: Date
  readonly signal: AbortSignal
  /** What was kept of this host's files when they were last looked at. */
  readonly memory?: FileMemory
  readonly wishes?: ScanWishes
}

/** More findings than this of one probe are cut off, and the outcome says so. */
const MAX_FINDINGS_PER_PROBE = 100_000

/** So many hashes of one probe are compared at most. */
const MAX_HASHES = 10_000

/**
 * Runs all probes over one host. What they ask at the same time travels in one round trip, each question once. Each outcome
 * is decided here and nowhere else; a probe that fails is a section that says so, and stops nothing.
 */
export const scanHost = async (
  host: Host,
  probes: readonly HostProbe[],
  { sha256, publicPoint, keyedDigest, hash, now, signal, memory, wishes = {} }: ScanTools,
): Promise<ScannedHost> => {
  const conversation = converse(host, { signal, keyedDigest, hash, memory, wishes, now })
  // Every asker is announced before any may ask, so that all first questions share the first round trip.
  const [signalsTalk, ...talks] = [conversation.join(), ...probes.map(() => conversation.join())]
  const [signals, ...gathered] = await Promise.all([
    signalsTalk.during(gatherSignals),
    ...probes.map((probe, index) => talks[index]!.during((gathering) => probe.gather(gathering))),
  ])
  const read: HostSignals =
    signals.state === 'done'
      ? readSignals(signals.value, host.provenHostKey, sha256)
      : { hostKeys: [], addresses: [], macs: [], os: {} }
  const context: ParseContext = { host: read, privilege: host.privilege, sha256, publicPoint, keyedDigest, now }
  return {
    signals: read,
    sections: probes.map((probe, index) => section(probe, gathered[index]!, talks[index]!.heard, context)),
    roundTrips: conversation.roundTrips(),
  }
}

/** A file that a scan would read for stored credentials. */
export interface ListedFile {
  readonly path: string
  readonly size: number
  readonly why: WhyRead
  /** It is as it was when it was last looked at, so that it would not be read. */
  readonly unchanged: boolean
}

/** What a scan would read for stored credentials, best first, and what it would not: nothing of it is read. */
export const listCredentialFiles = async (
  host: Host,
  { signal, memory, wishes = {}, now }: Pick<ScanTools, 'signal' | 'memory' | 'wishes' | 'now'>,
): Promise<{ readonly files: readonly ListedFile[]; readonly outcome: Outcome }> => {
  const { during, heard } = converse(host, {
    signal,
    keyedDigest: () => undefined,
    hash: undefined,
    memory,
    wishes,
    now,
  }).join()
  const found = await during(findCandidates)
  if (found.state === 'failed') throw found.error
  const { read, reasons, notes } = chooseFiles(found.value.candidates)
  return {
    files: read.map(({ file, why }) => ({
      path: file.path,
      size: file.size,
      why,
      unchanged: isRemembered(file, memory, wishes),
    })),
    outcome: decide(heard, reasons, notes, false),
  }
}

const isRemembered = (
  { path, size, stamp }: FoundEntry,
  memory: FileMemory | undefined,
  { credentials }: ScanWishes,
): boolean =>
  stamp !== undefined &&
  memory?.recall(versionOf(ENGINE, comparesHashes(credentials)), path, stampOf({ stamp, size })) !== undefined

type Attempt<T> = { state: 'done'; value: T } | { state: 'failed'; error: unknown }

/** What a probe heard while gathering, from which its outcome follows. */
interface Heard {
  readonly files: HostFile[]
  readonly commands: { name: string; result: CommandResult }[]
  readonly searches: FindResult[]
  readonly missed: Reason[]
  readonly hashes: StoredHash[]
  /** Files that were looked at to be forgotten. */
  readonly looked: { count: number; readonly unlooked: Unlooked[] }
}

interface ConverseTools extends Pick<ScanTools, 'keyedDigest' | 'now' | 'signal'> {
  readonly hash: Hash | undefined
  readonly memory: FileMemory | undefined
  readonly wishes: ScanWishes
}

const converse = (host: Host, { signal, keyedDigest, hash, memory, wishes, now }: ConverseTools) => {
  const questions = new Map<string, Question>()
  let waiting: Question[] = []
  let roundTrips = 0
  let flushing: ReturnType<typeof setTimeout> | undefined

  const flush = async () => {
    flushing = undefined
    const batch = waiting
    waiting = []
    roundTrips++
    const requests = batch.map(({ request }) => request)
    // A host that breaks its promise must not leave every probe waiting for ever.
    const heard = await host.ask(requests, signal).catch(() => [])
    for (const [index, question] of batch.entries()) settle(question, heard[index] ?? unanswered(question.request))
  }

  const put = (request: HostRequest): Question => {
    // A new task runs only after every probe has got as far as it can without an answer.
    flushing ??= setTimeout(() => void flush(), 0)
    const question: Question = { request, answer: undefined, asking: [] }
    waiting.push(question)
    return question
  }

  const questionOf = (request: HostRequest): Question => {
    const key = JSON.stringify(request)
    const known = questions.get(key)
    if (known !== undefined) return known
    const question = put(request)
    questions.set(key, question)
    return question
  }

  const askOnce: DistilSource['askOnce'] = (request) =>
    new Promise((resolve) => wait([put(request)], ([answer]) => resolve(answer!)))

  /** Asks for the files of all patterns at once; `heed` is told of them before whoever asks. */
  const filesOf = (
    options: Parameters<Gathering['readWith']>[0],
    patterns: readonly string[],
    heed?: (files: readonly HostFile[]) => void,
  ): Promise<HostFile[]> =>
    new Promise((resolve) =>
      wait(
        patterns.map((pattern) => questionOf({ kind: 'read', pattern, ...options })),
        (answers) => {
          const files = answers.flatMap((answer) => (answer.kind === 'read' ? answer.files : []))
          heed?.(files)
          resolve(files)
        },
      ),
    )

  const outputOf = (request: RunRequest, heed: (result: CommandResult) => void): Promise<CommandResult> =>
    new Promise((resolve) =>
      wait([questionOf(request)], ([answer]) => {
        const result = answer?.kind === 'run' ? answer.result : LOST
        heed(result)
        resolve(result)
      }),
    )

  const foundBy = (request: FindRequest, heed?: (result: FindResult) => void): Promise<FindResult> =>
    new Promise((resolve) =>
      wait([questionOf(request)], ([answer]) => {
        const result = answer?.kind === 'find' ? answer.result : LOST
        heed?.(result)
        resolve(result)
      }),
    )

  const join = () => {
    const heard: Heard = {
      files: [],
      commands: [],
      searches: [],
      missed: [],
      hashes: [],
      looked: { count: 0, unlooked: [] },
    }
    const heed = (files: readonly HostFile[]) => {
      for (const file of files) heard.files.push(file)
    }
    const readWith: Gathering['readWith'] = (options, ...patterns) => filesOf(options, patterns, heed)
    const runWith: Gathering['runWith'] = (options, ...argv) =>
      outputOf({ kind: 'run', argv, ...options }, (result) => heard.commands.push({ name: argv[0], result }))
    const offerHash: OfferHash = (stored) => {
      if (heard.hashes.length < MAX_HASHES) heard.hashes.push(stored)
    }
    const offering = comparesHashes(wishes.credentials) ? { offerHash } : {}
    const gathering: Gathering = {
      readWith,
      read: (...patterns) => readWith({}, ...patterns),
      runWith,
      run: (...argv) => runWith({}, ...argv),
      find: (options) => foundBy({ kind: 'find', ...options }, (result) => heard.searches.push(result)),
      ahead: {
        readWith: (options, ...patterns) => filesOf(options, patterns),
        find: (options) => foundBy({ kind: 'find', ...options }),
      },
      heed,
      distil: distilling(
        { askOnce, keyedDigest, ...(hash === undefined ? {} : { hash }), ...offering, memory, now },
        heard,
      ),
      wishes,
      ...offering,
      missed: (reason) => void heard.missed.push(reason),
    }
    const during = async <T>(gather: (gathering: Gathering) => Promise<T>): Promise<Attempt<T>> => {
      try {
        return { state: 'done', value: await gather(gathering) }
      } catch (error) {
        return { state: 'failed', error }
      }
    }
    return { heard, during }
  }

  return { join, roundTrips: () => roundTrips }
}

/** What was asked, once, with who waits for the answer. */
interface Question {
  readonly request: HostRequest
  answer: HostAnswer | undefined
  asking: Asking[]
}

/** Somebody who waits for several answers. There are hundreds on each host that is scanned, so that each is kept small. */
interface Asking {
  readonly questions: readonly Question[]
  left: number
  readonly told: (answers: readonly HostAnswer[]) => void
}

const wait = (questions: readonly Question[], told: Asking['told']) => {
  const asking: Asking = { questions, left: 0, told }
  for (const question of questions) {
    if (question.answer !== undefined) continue
    asking.left++
    question.asking.push(asking)
  }
  if (asking.left === 0) tell(asking)
}

const settle = (question: Question, answer: HostAnswer) => {
  const { asking } = question
  question.answer = answer
  question.asking = []
  for (const one of asking) if (--one.left === 0) tell(one)
}

const tell = ({ questions, told }: Asking) => told(questions.flatMap(({ answer }) => answer ?? []))

const LOST = { state: 'unread', why: 'connection-lost' } as const

const unanswered = (request: HostRequest): HostAnswer =>
  request.kind === 'read'
    ? { kind: 'read', files: [{ path: request.pattern, state: 'unread', why: 'connection-lost' }] }
    : request.kind === 'fetch'
      ? {
          kind: 'fetch',
          files: request.paths.map((path) => ({ path, state: 'unread', why: 'connection-lost' })),
        }
      : { kind: request.kind, result: LOST }

const section = (probe: HostProbe, gathered: Attempt<unknown>, heard: Heard, context: ParseContext): ScannedSection => {
  if (gathered.state === 'failed')
    return {
      probe: probe.id,
      outcome: { status: 'failed', reasons: [fault(gathered.error)] },
      findings: [],
    }
  try {
    const { findings, reasons = [], notes = [], nothingRead = false } = probe.parse(gathered.value, context)
    const kept = findings.slice(0, MAX_FINDINGS_PER_PROBE)
    const hashes = heard.hashes.length === 0 ? {} : { hashes: heard.hashes }
    const cut: Reason[] =
      kept.length < findings.length ? [{ code: 'too-many', count: findings.length - kept.length }] : []
    return {
      probe: probe.id,
      outcome: decide(heard, [...reasons, ...cut], notes, nothingRead),
      findings: kept,
      ...hashes,
    }
  } catch (error) {
    return { probe: probe.id, outcome: { status: 'failed', reasons: [fault(error)] }, findings: [] }
  }
}

/** Only the kind of a fault is told: its message may quote what the target sent. */
const fault = (error: unknown): Reason => ({
  code: 'probe-fault',
  detail: error instanceof Error ? error.name : 'unknown',
})

const GONE = new Set(['timed-out', 'connection-lost', 'cancelled'])

const decide = (heard: Heard, reasons: readonly Reason[], notes: readonly Reason[], nothingRead: boolean): Outcome => {
  const unread = heard.files.flatMap((file): Reason[] =>
    file.state === 'unread' && file.why !== 'no-such-file' ? [{ code: file.why, path: file.path.slice(0, 4096) }] : [],
  )
  const unrun = heard.commands.flatMap(({ name, result }): Reason[] =>
    result.state === 'unread' && result.why !== 'tool-missing' ? [{ code: result.why, detail: name }] : [],
  )
  const cut = heard.files.flatMap((file): Reason[] =>
    file.state === 'read' && file.truncated ? [{ code: 'too-large', path: file.path.slice(0, 4096) }] : [],
  )
  const cutOutput = heard.commands.flatMap(({ name, result }): Reason[] =>
    result.state === 'ran' && result.truncated ? [{ code: 'too-large', detail: name }] : [],
  )
  const unsearched = heard.searches.flatMap(missedBy)
  const unlooked = byFolder(heard.looked.unlooked)
  const lowering = [...unread, ...unrun, ...cut, ...cutOutput, ...unsearched, ...unlooked, ...heard.missed, ...reasons]
  const gotSomething =
    !nothingRead &&
    (heard.looked.count > 0 ||
      heard.files.some(({ state }) => state === 'read') ||
      heard.commands.some(({ result }) => result.state === 'ran') ||
      heard.searches.some((search) => search.state === 'found' && search.entries.length > 0))
  return { status: statusOf(lowering, gotSomething), reasons: boundedReasons([...lowering, ...notes]) }
}

/** Many files of one folder that are not read for the same reason are told as one. */
const byFolder = (unlooked: readonly Unlooked[]): Reason[] => {
  const folders = new Map<string, { why: Unlooked['why']; folder: string; paths: string[] }>()
  for (const { path, why } of unlooked) {
    if (why === 'no-such-file') continue
    // Which folder it was does not matter where a limit is reached that is for all.
    const folder = why === 'too-many' ? '' : folderOf(ofAnyProcess(path))
    const key = `${why} ${folder}`
    const known = folders.get(key)
    if (known === undefined) folders.set(key, { why, folder, paths: [path] })
    else known.paths.push(path)
  }
  return [...folders.values()].map(({ why, folder, paths }) =>
    why === 'too-many'
      ? { code: why, detail: 'files', count: paths.length }
      : paths.length === 1
        ? { code: why, path: ofAnyProcess(paths[0]!).slice(0, 4096) }
        : { code: why, path: folder.slice(0, 4096), detail: 'files in it', count: paths.length },
  )
}

/** What a search did not see. A missing find(1) hides whatever it would have found; a missing program hides only what it tells. */
const missedBy = (search: FindResult): Reason[] =>
  search.state === 'unread'
    ? [{ code: search.why, detail: 'find' }]
    : [
        ...search.unsearched.flatMap(({ path, why }): Reason[] =>
          why === 'no-such-file' ? [] : [{ code: why, path: ofAnyProcess(path).slice(0, 4096) }],
        ),
        ...(search.cut === undefined ? [] : [{ code: search.cut, detail: 'find' }]),
        ...(search.unnamed === 0
          ? []
          : [{ code: 'unsupported' as const, detail: 'names with a line feed', count: search.unnamed }]),
      ]

/** Processes come and go: which of them it was is nothing that a person can act on, how many is. */
const ofAnyProcess = (path: string) => path.replace(/^\/proc\/\d+(?=\/)/, '/proc/*')

const statusOf = (lowering: readonly Reason[], gotSomething: boolean): OutcomeStatus => {
  if (lowering.length === 0) return 'complete'
  const codes = new Set(lowering.map(({ code }) => code))
  if (!gotSomething) {
    if (codes.has('timed-out')) return 'timed-out'
    if ([...codes].some((code) => GONE.has(code))) return 'failed'
    if (codes.has('not-permitted')) return 'denied'
    if (codes.has('tool-missing')) return 'absent'
    if ([...codes].every((code) => code === 'left-out')) return 'absent'
    return 'failed'
  }
  if ([...codes].every((code) => code === 'too-large' || code === 'too-many' || code === 'too-deep')) return 'truncated'
  return 'partial'
}
