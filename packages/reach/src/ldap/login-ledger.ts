import { createHmac, randomBytes, randomUUID } from 'node:crypto'
import { setTimeout as after } from 'node:timers/promises'
import type { Secret } from '@rollcall/secret'
import { readText, versionOf } from '../host-key-files.ts'
import { appendLines, replaceLines } from '../durable-lines.ts'
import { accountNames } from './account-names.ts'

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
   * To be asked before a login is tried. `rejected-before`: the same account and password were rejected, and they are not tried again.
   * `too-many`: the account was rejected too often of late, wherever. Waits while others try the same account.
   *
   * An account is the same however its name is written. One password of it is rejected once, so that one that was put right is tried at once;
   * the third in a row waits until the directory has forgotten the first.
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
  /** Rejections of one account within `windowMs` after which it is left alone: one less than the fewest after which directories lock. */
  readonly budget?: number
  readonly windowMs?: number
  readonly now?: () => number
}

const BUDGET = 2
const WINDOW_MS = 60 * 60_000
/** A login that was begun and never ended, because the process did, counts like a rejected one from then on. */
const GIVEN_UP_MS = 60_000
/** For so long a password that one directory rejected is kept from others that may be the same. What a DN says of that is not sure. */
const ELSEWHERE_MS = 24 * 60 * 60_000
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
      const { keys, own, everywhere } = accountNames(name)
      const me = {
        id: randomUUID(),
        accounts: keys.map((key) => digestOf('account', key)),
        login: digestOf(target, name, password.reveal()),
        secret: digestOf('secret', own, password.reveal()),
        place: digestOf('place', target),
        everywhere,
      }
      const write = (word: Word) => book.write({ word, at: now(), ...me })
      await write('tries')
      try {
        for (;;) {
          const verdict = judge(await book.read(), { ...me, now: now(), budget, windowMs })
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
  /** By which of its names an account is known. */
  readonly accounts: readonly string[]
  /** Directory, name and password as they were written. */
  readonly login: string
  /** Account and password. */
  readonly secret: string
  readonly place: string
}

interface Book {
  write(line: Line): Promise<void>
  /** In the order in which they were written, by whomever. */
  read(): Promise<readonly Line[]>
}

interface Candidate extends Pick<Line, 'id' | 'accounts' | 'login' | 'secret' | 'place'> {
  readonly everywhere: boolean
  readonly now: number
  readonly budget: number
  readonly windowMs: number
}

/** Whether an attempt that is written down may be made. Whoever wrote first goes first. */
const judge = (lines: readonly Line[], me: Candidate): 'try' | 'wait' | 'rejected-before' | 'too-many' => {
  const ends = new Map<string, Word>()
  for (const { id, word } of lines) if (word !== 'tries') ends.set(id, word)
  /** Rejections that each directory may remember: one that it accepts makes it forget. */
  const rejected = new Map<string, number>()
  /** Where this password was rejected, and not accepted after that. */
  const wrong = new Map<string, number>()
  const right = new Set<string>()
  let trying = 0
  for (const line of lines) {
    if (line.word !== 'tries') continue
    if (line.id === me.id) break
    const end = ends.get(line.id)
    if (line.login === me.login && end === 'rejected') return 'rejected-before'
    if (end === 'withdraws' || !line.accounts.some((one) => me.accounts.includes(one))) continue
    const { place, at } = line
    const isSame = line.secret === me.secret
    if (end === 'accepted') {
      rejected.delete(place)
      if (isSame) right.add(place)
      continue
    }
    if (end === undefined && me.now - at < GIVEN_UP_MS) {
      trying++
      continue
    }
    if (me.now - at < me.windowMs) rejected.set(place, (rejected.get(place) ?? 0) + 1)
    if (isSame && end === 'rejected') {
      right.delete(place)
      wrong.set(place, at)
    }
  }
  if (wrong.has(me.place) && !right.has(me.place)) return 'rejected-before'
  if (!right.has(me.place))
    for (const at of wrong.values()) {
      if (me.everywhere) return 'rejected-before'
      if (me.now - at < ELSEWHERE_MS) return 'too-many'
    }
  let all = 0
  for (const count of rejected.values()) all += count
  if (all >= me.budget) return 'too-many'
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
    async write(line) {
      await appendLines(path, [written(line)])
      if (line.word !== 'tries' && (await read()).length > MOST_LINES) await shorten(path, lines, now() - windowMs)
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

const written = ({ word, id, at, accounts, login, secret, place }: Line) =>
  [word, id, at, accounts.join(','), login, secret, place].join(' ')

/** Lines of before have no more than the login that they are about; its rejection still counts. */
const parseLine = (text: string): Line[] => {
  const [word = '', id = '', at = '', accounts = '', login = '', secret = '', place = ''] = text.split(' ')
  return isWord(word) && login !== ''
    ? [{ word, id, at: Number(at), accounts: accounts.split(','), login, secret, place }]
    : []
}

/** Keeps rejected logins, and what is of late. */
const shorten = async (path: string, lines: readonly Line[], since: number) => {
  const rejected = new Set(lines.filter(({ word }) => word === 'rejected').map(({ id }) => id))
  const kept = lines.filter(({ id, at }) => at >= since || rejected.has(id)).slice(-MOST_LINES / 2)
  await replaceLines(path, kept.map(written))
}
