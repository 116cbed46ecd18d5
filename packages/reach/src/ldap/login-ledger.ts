import { createHmac, randomBytes, randomUUID } from 'node:crypto'
import { setTimeout as after } from 'node:timers/promises'
import type { Secret } from '@rollcall/secret'
import { readText, versionOf } from '../host-key-files.ts'
import { appendLines, replaceLines } from '../durable-lines.ts'

/** A login with a password that is about to be tried. */
export interface LoginAttempt {
  /** The target's text: `ldaps://host:port`. */
  readonly target: string
  readonly name: string
  readonly password: Secret
}

/** Keeps accounts from being locked: by us, on all targets and in all processes that share the ledger. */
export interface LoginLedger {
  /**
   * To be asked before a login is tried. `rejected-before`: this directory rejected the same name and password, and they are not tried again.
   * `too-many`: the account was rejected too often of late, wherever. Waits while others try the same account.
   */
  begin(attempt: LoginAttempt, signal: AbortSignal): Promise<StartedLogin | 'rejected-before' | 'too-many'>
}

/** A login that is written down as tried, and counts as rejected until something else is known. */
export interface StartedLogin {
  /**
   * `rejected`: for this password. `refused`: for something else, such as a locked account; it counts, and may be tried again.
   * `unanswered`: it may have counted. `withdraws`: it did not.
   */
  end(outcome: 'accepted' | 'rejected' | 'refused' | 'unanswered' | 'withdraws'): Promise<void>
}

export interface LedgerOptions {
  /** Where it is kept. Absent: it lasts as long as the process. */
  readonly path?: string
  /** A digest under the key of the installation, so that the file tells no name and lets nobody try passwords against it. */
  readonly digest?: (text: string) => string | undefined
  /** Rejections of one account within `windowMs` after which it is left alone. Directories lock after three, five or ten. */
  readonly budget?: number
  readonly windowMs?: number
  readonly now?: () => number
}

const BUDGET = 2
const WINDOW_MS = 60 * 60_000
/** A login that was begun and never ended, because the process did, counts like a rejected one from then on. */
const GIVEN_UP_MS = 60_000
const MOST_LINES = 20_000

export const loginLedger = ({
  path,
  digest,
  budget = BUDGET,
  windowMs = WINDOW_MS,
  now = Date.now,
}: LedgerOptions = {}): LoginLedger => {
  const ownKey = randomBytes(32)
  const digestOf = (...parts: readonly string[]) => {
    const text = JSON.stringify(['a login to a directory', ...parts])
    return digest?.(text) ?? createHmac('sha256', ownKey).update(text).digest('base64url')
  }
  const book = path === undefined ? bookInMemory() : bookInFile(path, now, windowMs)

  return {
    async begin({ target, name, password }, signal) {
      const account = digestOf(name.toLowerCase())
      const login = digestOf(target, name, password.reveal())
      const id = randomUUID()
      const write = (word: Word) => book.write({ word, id, at: now(), account, login })
      await write('tries')
      try {
        for (;;) {
          const verdict = judge(await book.read(), { id, account, login, now: now(), budget, windowMs })
          if (verdict === 'try') break
          if (verdict !== 'wait') {
            await write('withdraws')
            return verdict
          }
          await after(50, undefined, { signal })
        }
      } catch (error) {
        await write('withdraws')
        throw error
      }
      return { end: (outcome) => write(outcome) }
    },
  }
}

type Word = 'tries' | 'withdraws' | 'accepted' | 'rejected' | 'refused' | 'unanswered'

interface Line {
  readonly word: Word
  readonly id: string
  readonly at: number
  readonly account: string
  readonly login: string
}

interface Book {
  write(line: Line): Promise<void>
  /** In the order in which they were written, by whomever. */
  read(): Promise<readonly Line[]>
}

/** Whether an attempt that is written down may be made. Whoever wrote first goes first. */
const judge = (
  lines: readonly Line[],
  me: Pick<Line, 'id' | 'account' | 'login'> & { now: number; budget: number; windowMs: number },
): 'try' | 'wait' | 'rejected-before' | 'too-many' => {
  const ends = new Map<string, Word>()
  for (const { id, word } of lines) if (word !== 'tries') ends.set(id, word)
  let rejected = 0
  let trying = 0
  for (const line of lines) {
    if (line.word !== 'tries') continue
    if (line.id === me.id) break
    const end = ends.get(line.id)
    if (line.login === me.login && end === 'rejected') return 'rejected-before'
    if (line.account !== me.account || end === 'withdraws') continue
    // The account is in order: the directory has forgotten what was wrong before as well.
    if (end === 'accepted') rejected = 0
    else if (end === undefined && me.now - line.at < GIVEN_UP_MS) trying++
    else if (me.now - line.at < me.windowMs) rejected++
  }
  if (rejected >= me.budget) return 'too-many'
  // One at a time: what the first learns spares the account the others.
  return trying > 0 ? 'wait' : 'try'
}

const bookInMemory = (): Book => {
  const lines: Line[] = []
  return {
    write(line) {
      lines.push(line)
      if (lines.length > MOST_LINES) lines.shift()
      return Promise.resolve()
    },
    read: () => Promise.resolve(lines),
  }
}

/** A file that is only appended to, so that the order of its lines is the same for all processes. */
const bookInFile = (path: string, now: () => number, windowMs: number): Book => {
  let lines: readonly Line[] = []
  let version: string | undefined
  const read = async () => {
    const current = await versionOf(path)
    if (current !== version) {
      lines = (await readText(path)).split('\n').flatMap(parseLine)
      version = current
    }
    return lines
  }
  return {
    async write({ word, id, at, account, login }) {
      await appendLines(path, [[word, id, at, account, login].join(' ')])
      if (word !== 'tries' && (await read()).length > MOST_LINES) await shorten(path, lines, now() - windowMs)
    },
    read,
  }
}

const WORDS: ReadonlySet<string> = new Set<Word>([
  'tries',
  'withdraws',
  'accepted',
  'rejected',
  'refused',
  'unanswered',
])
const isWord = (text: string): text is Word => WORDS.has(text)

const parseLine = (text: string): Line[] => {
  const [word = '', id = '', at = '', account = '', login = ''] = text.split(' ')
  return isWord(word) && login !== '' ? [{ word, id, at: Number(at), account, login }] : []
}

/** Keeps rejected logins, and what is of late. */
const shorten = async (path: string, lines: readonly Line[], since: number) => {
  const rejected = new Set(lines.filter(({ word }) => word === 'rejected').map(({ id }) => id))
  const kept = lines.filter(({ id, at }) => at >= since || rejected.has(id)).slice(-MOST_LINES / 2)
  await replaceLines(
    path,
    kept.map(({ word, id, at, account, login }) => [word, id, at, account, login].join(' ')),
  )
}
