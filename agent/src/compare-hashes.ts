import { createHmac, randomBytes } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import { guessesOf, type Guess, type HashVerdict, type StoredHash } from '@rollcall/discovery'
import { passwordHash, type PasswordHash, type Rest } from '@rollcall/secret'
import { inTurn } from './in-turn.ts'

/**
 * Compares hashes with what anybody would guess, for so many milliseconds of computing at most: the likeliest guesses first, and of
 * equally likely ones those that cost least. One verdict for each hash, in the same order. Never rejects.
 */
export type CompareHashes = (
  hashes: readonly StoredHash[],
  milliseconds: number,
  signal: AbortSignal,
) => Promise<readonly HashVerdict[]>

/**
 * One comparing for all hosts: they take turns, so that no more than one core is used. How far each hash got is kept while this
 * process runs, by a digest that means nothing elsewhere, so that the next scan goes on from there.
 */
export const hashComparing = (): CompareHashes => {
  const key = randomBytes(32)
  const known = new Map<string, Progress>()
  const turn = inTurn()

  const progressOf = ({ reveal, account, service, scheme }: StoredHash): Progress => {
    const id = createHmac('sha256', key)
      .update(JSON.stringify([reveal(), account, service, scheme]))
      .digest('base64url')
    const progress = known.get(id) ?? { done: 0 }
    // What was used last is forgotten last.
    known.delete(id)
    known.set(id, progress)
    return progress
  }

  return (hashes, milliseconds, signal) => {
    return turn(async () => {
      const comparisons = hashes.map((hash) => comparisonOf(hash, progressOf(hash)))
      await compareAll(comparisons, milliseconds, signal)
      for (const id of known.keys()) {
        if (known.size <= MOST_KNOWN) break
        known.delete(id)
      }
      return comparisons.map(verdictOf)
    })
  }
}

const MOST_KNOWN = 200_000

/** How many guesses a hash was compared with, and that which it was, if any. */
interface Progress {
  done: number
  found?: Guess
}

interface Comparison {
  /** Undefined where it cannot be compared. */
  readonly hash: PasswordHash | undefined
  readonly guesses: readonly Guess[]
  readonly progress: Progress
}

const comparisonOf = ({ reveal, account, service, scheme }: StoredHash, progress: Progress): Comparison => {
  const hash = passwordHash(reveal(), {
    ...(account === undefined ? {} : { account }),
    ...(scheme === undefined ? {} : { scheme }),
  })
  return { hash, guesses: hash === undefined ? [] : guessesOf(account, service), progress }
}

/** With so many guesses all are compared before any is with more. */
const STAGES = [12, 30, 60, 150, 400, 1000, Number.POSITIVE_INFINITY]

const compareAll = async (comparisons: readonly Comparison[], milliseconds: number, signal: AbortSignal) => {
  const { rest, isOver } = paced(milliseconds, signal)
  const cheapFirst = comparisons.toSorted((one, other) => (one.hash?.cost ?? 0) - (other.hash?.cost ?? 0))
  for (const stage of STAGES)
    for (const { hash, guesses, progress } of cheapFirst) {
      if (hash === undefined) continue
      while (progress.found === undefined && progress.done < Math.min(stage, guesses.length)) {
        if (isOver()) return
        const guess = guesses[progress.done]!
        // A library that refuses what the hash says of itself is as good as a guess that is wrong.
        if (await hash.matches(guess.text, rest).catch(() => false)) progress.found = guess
        progress.done++
        await rest()
      }
    }
}

/** So long others wait at most, in milliseconds. */
const SLICE = 8

/** Lets others have their turn every few milliseconds, and counts only the time between. */
const paced = (milliseconds: number, signal: AbortSignal): { rest: Rest; isOver: () => boolean } => {
  let [spent, since] = [0, performance.now()]
  const pause = async () => {
    spent += performance.now() - since
    await setImmediate()
    since = performance.now()
  }
  return {
    rest: () => (performance.now() - since < SLICE ? undefined : pause()),
    isOver: () => signal.aborted || spent + performance.now() - since >= milliseconds,
  }
}

const verdictOf = ({ hash, guesses, progress: { done, found } }: Comparison): HashVerdict => {
  if (hash === undefined) return { state: 'unsupported', weaknesses: [] }
  if (found !== undefined) return { state: 'compared', weaknesses: found.weaknesses }
  return { state: done < guesses.length ? 'unfinished' : 'compared', weaknesses: [] }
}
