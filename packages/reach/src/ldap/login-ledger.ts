import { createHash, createHmac, randomBytes, randomUUID } from 'node:crypto'
import { setTimeout as after } from 'node:timers/promises'
import type { LoginAttemptAnswer, LoginAttemptAsked, LoginOutcome } from '@rollcall/contract/bus'
import type { Secret } from '@rollcall/secret'
import { readText, versionOf } from '../host-key-files.ts'
import { appendLines, replaceLines } from '../durable-lines.ts'
import { accountNames } from './account-names.ts'

/** A login with a password that is about to be tried. */
export interface LoginAttempt {
  /** The target's text: `ldaps://host:port`, `ssh://host:port`. */
  readonly target: string
  /**
   * Whose account it is: of a `directory` (default); of `hosts`, any number of which may look it up in one directory, as SSH logins are unless
   * somebody says otherwise; or of that `host` alone.
   */
  readonly of?: 'directory' | 'hosts' | 'host'
  readonly name: string
  readonly password: Secret
}

/** Keeps accounts from being locked: by us, on all targets and in all processes that share the ledger. */
export interface LoginLedger {
  /**
   * To be asked before a login is tried. Waits while others try the same account. An account is the same however its name is written, and fails
   * once in 24 hours: directories are taken to lock after three wrong passwords within twelve hours or more.
   */
  begin(attempt: LoginAttempt, signal: AbortSignal): Promise<StartedLogin | LoginRefusal>
}

/** The same for who keeps it. */
export interface OwnLedger extends LoginLedger {
  /** Somebody saw to it that an account may be tried again, whatever was rejected before. */
  forget(name: string, of?: LoginAttempt['of'], target?: string): Promise<void>
}

/**
 * Why a login is not tried. `rejected-before`: the same account and password were rejected. `too-many`: the account was rejected of late, wherever.
 * `suspended`: the password was rejected so often that somebody has to clear it. `not-now`: others try the account, or nobody can be asked whether
 * they do.
 */
export type LoginRefusal = 'rejected-before' | 'too-many' | 'suspended' | 'not-now'

/** Why a login was not tried, for people. */
export const describeLoginRefusal = (refusal: LoginRefusal): string | undefined => REFUSALS[refusal]

const REFUSALS: Record<LoginRefusal, string | undefined> = {
  'rejected-before': undefined,
  'too-many': 'the account was rejected of late, and one more wrong password may lock it',
  suspended: 'its password was rejected again and again; somebody has to clear it ("rollcall logins")',
  'not-now': 'others try the account just now, or it cannot be asked whether they do',
}

/** The ledger of all agents together. What it says goes before what is written down here. */
export interface SharedLedger {
  /** `away`: it cannot be asked. Rejects with the reason of the signal. */
  begin(asked: LoginAttemptAsked, signal: AbortSignal): Promise<LoginAttemptAnswer | 'away'>
  /** Tells how a login ended. What does not get through is told with the next one. */
  ended(id: string, outcome: LoginOutcome): void
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
  readonly shared?: SharedLedger
  readonly now?: () => number
}

/** Failures of one account within the window after which it is left alone. */
const BUDGET = 1
const WINDOW_MS = 24 * 60 * 60_000
/** The same where nobody can be asked. */
const ALONE_WINDOW_MS = 2 * WINDOW_MS
/** Failures that no accepted login has wiped out, however old, after which somebody has to say that there may be more. */
const MOST_UNRESOLVED = 2
/** A login that was begun and never ended, because the process did, counts like a rejected one from then on. */
const GIVEN_UP_MS = 60_000
/** So long the account is waited for while others try it. */
const PATIENCE_MS = 30_000
const ASK_AGAIN_MS = 250
const MOST_TOLD = 16
/** For so long a password that one directory rejected is kept from others that may be the same. What a DN says of that is not sure. */
const ELSEWHERE_MS = 24 * 60 * 60_000
const MOST_LINES = 20_000

export const loginLedger = ({ path, digest, shared, now = Date.now }: LedgerOptions = {}): OwnLedger => {
  const ownKey = randomBytes(32)
  const digestOf = (...parts: readonly string[]) => {
    const text = JSON.stringify(['a login to a directory', ...parts])
    return digest?.(text) ?? createHmac('sha256', ownKey).update(text).digest('base64url')
  }
  const book = path === undefined ? bookInMemory() : bookInFile(path, now)
  /** What people call the places that the book knows by their digests. */
  const placeNames = new Map<string, string>()

  /** Waits for its turn among those who write in the same book. */
  const turn = async (me: Candidate, mode: 'alone' | 'usual', signal: AbortSignal): Promise<'try' | LoginRefusal> => {
    for (;;) {
      const verdict = judge(await book.read(), { ...me, now: now() }, mode)
      if (verdict !== 'wait') return verdict
      await after(50, undefined, { signal })
    }
  }

  /** Asks for all agents. */
  const ask = async (
    ledger: SharedLedger,
    { account, of, target }: { account: string; of: NonNullable<LoginAttempt['of']>; target: string },
    me: Candidate,
    signal: AbortSignal,
  ): Promise<LoginAttemptAnswer | 'away' | 'not-now'> => {
    const since = now()
    const asked = {
      id: me.id,
      account: account.slice(0, 512),
      accounts: me.names.map((name) => name.slice(0, 600)),
      of,
      credential: credentialOf(me),
      place: target.slice(0, 300),
    }
    for (;;) {
      const before = earlier(await book.read(), { ...me, now: now() }, (place) => placeNames.get(place))
      const said = await ledger.begin({ ...asked, before }, signal)
      if (said === 'away' || said.verdict !== 'wait') return said
      if (now() - since > PATIENCE_MS) return 'not-now'
      await after(ASK_AGAIN_MS, undefined, { signal })
    }
  }

  return {
    async begin({ target, name, password, of = 'directory' }, signal) {
      const { keys, own, everywhere } = namesOf({ target, name, of })
      const me: Candidate = {
        id: randomUUID(),
        names: keys,
        now: now(),
        accounts: keys.map((key) => digestOf('account', key)),
        login: digestOf(target, name, password.reveal()),
        secret: digestOf('secret', own, password.reveal()),
        place: digestOf('place', target),
        everywhere,
      }
      placeNames.set(me.place, target.slice(0, 300))
      const write = (word: Word, at = now()) => book.write({ word, ...me, at })
      await write('tries')
      let isShared = false
      try {
        const said = shared === undefined ? 'away' : await ask(shared, { account: name, of, target }, me, signal)
        isShared = typeof said === 'object'
        const refused =
          said === 'not-now'
            ? said
            : said === 'away'
              ? await turn(me, shared === undefined ? 'usual' : 'alone', signal)
              : said.verdict
        if (refused !== 'try') {
          await write('withdraws')
          // Somebody waits for its turn no longer than it is patient.
          return refused === 'wait' ? 'not-now' : refused
        }
        if (isShared) await keepRight((said as LoginAttemptAnswer).aloneUntil, await book.read(), me, now(), write)
      } catch (error) {
        await write('withdraws')
        if (shared !== undefined) shared.ended(me.id, 'withdraws')
        throw error
      }
      return {
        async end(outcome) {
          await write(outcome)
          if (isShared) shared?.ended(me.id, outcome)
        },
      }
    },

    async forget(name, of = 'directory', target = '') {
      const accounts = namesOf({ target, name, of }).keys.map((key) => digestOf('account', key))
      await book.write({
        word: 'forgotten',
        id: randomUUID(),
        at: now(),
        accounts,
        login: '-',
        secret: '-',
        place: '-',
      })
    },
  }
}

type Word =
  | 'tries'
  | 'withdraws'
  | 'accepted'
  | 'rejected'
  | 'refused'
  | 'unanswered'
  /** Until its time the account may be tried without asking. */
  | 'alone'
  /** What was before it counts no more. */
  | 'forgotten'

const namesOf = ({
  target,
  name,
  of,
}: Pick<LoginAttempt, 'target' | 'name'> & { of: NonNullable<LoginAttempt['of']> }) =>
  of === 'host' ? { keys: [`host:${target}:${name}`], own: name, everywhere: false } : accountNames(name)

/** By what the collector knows a password of an account: nothing that it could be guessed from without the key. */
const credentialOf = ({ secret }: Pick<Line, 'secret'>) => createHash('sha256').update(secret).digest('base64url')

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
  readonly names: readonly string[]
  readonly everywhere: boolean
  readonly now: number
}

/** Keeps the right to try an account without asking, and not with every login. */
const keepRight = async (
  until: string | undefined,
  lines: readonly Line[],
  me: Candidate,
  now: number,
  write: (word: Word, at: number) => Promise<void>,
) => {
  const at = until === undefined ? now : Date.parse(until)
  const last = lines.findLast((line) => line.word === 'alone' && isSameAccount(line, me))
  // One that is given to others must not be kept either.
  if (until === undefined ? last !== undefined && last.at > now : (last?.at ?? 0) < at - RIGHT_KEPT_MS)
    await write('alone', at)
}

const RIGHT_KEPT_MS = 12 * 60 * 60_000

const isSameAccount = (line: Pick<Line, 'accounts'>, me: Pick<Line, 'accounts'>) =>
  line.accounts.some((one) => me.accounts.includes(one))

/** How logins of the account ended of late, for whoever may not have heard of it. */
const earlier = (
  lines: readonly Line[],
  me: Candidate,
  nameOf: (place: string) => string | undefined,
): LoginAttemptAsked['before'] => {
  const ends = new Map<string, Word>()
  for (const { id, word } of lines) if (isEnd(word)) ends.set(id, word)
  return lines
    .filter((line) => line.word === 'tries' && line.id !== me.id && isSameAccount(line, me))
    .filter(({ id, at }) => me.now - at < ALONE_WINDOW_MS && (ends.has(id) || me.now - at >= GIVEN_UP_MS))
    .slice(-MOST_TOLD)
    .map((line) => ({
      id: line.id,
      at: new Date(line.at).toISOString(),
      place: nameOf(line.place) ?? line.place,
      credential: credentialOf(line),
      outcome: (ends.get(line.id) ?? 'unanswered') as LoginOutcome,
    }))
}

const isEnd = (word: Word) => word !== 'tries' && word !== 'alone' && word !== 'forgotten'

/** Whether an attempt that is written down may be made. Whoever wrote first goes first. */
const judge = (all: readonly Line[], me: Candidate, mode: 'usual' | 'alone'): 'try' | 'wait' | LoginRefusal => {
  const forgotten = all.findLastIndex((line) => line.word === 'forgotten' && isSameAccount(line, me))
  const lines = all.slice(forgotten + 1)
  const window = mode === 'alone' ? ALONE_WINDOW_MS : WINDOW_MS
  const ends = new Map<string, Word>()
  for (const { id, word } of lines) if (isEnd(word)) ends.set(id, word)
  /** Rejections that each directory may remember: one that it accepts makes it forget. */
  const rejected = new Map<string, number>()
  /** Where this password was rejected, and not accepted after that. */
  const wrong = new Map<string, number>()
  const right = new Set<string>()
  const unresolved = new Map<string, number>()
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
      unresolved.delete(place)
      if (isSame) right.add(place)
      continue
    }
    if (end === undefined && me.now - at < GIVEN_UP_MS) {
      trying++
      continue
    }
    unresolved.set(place, (unresolved.get(place) ?? 0) + 1)
    if (me.now - at < window) rejected.set(place, (rejected.get(place) ?? 0) + 1)
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
  if (sum(rejected) >= BUDGET || sum(unresolved) >= MOST_UNRESOLVED) return 'too-many'
  // Without anybody to ask, nothing but what was accepted there may be tried, by the one agent that has the account.
  if (mode === 'alone' && !(right.has(me.place) && hasRight(all, me))) return 'not-now'
  // One at a time: what the first learns spares the account the others.
  return trying > 0 ? 'wait' : 'try'
}

const sum = (counts: ReadonlyMap<string, number>) => [...counts.values()].reduce((all, count) => all + count, 0)

const hasRight = (lines: readonly Line[], me: Candidate) =>
  (lines.findLast((line) => line.word === 'alone' && isSameAccount(line, me))?.at ?? 0) > me.now

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
const bookInFile = (path: string, now: () => number): Book => {
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
      if (line.word !== 'tries' && (await read()).length > MOST_LINES)
        await shorten(path, lines, now() - ALONE_WINDOW_MS)
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
  'alone',
  'forgotten',
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
