import { MAX_MESSAGE_BYTES } from '../bus.ts'
import type { Taken } from './taken.ts'

/** What says that a message is a part: `<id> <index> <parts> <bytes of the whole>`. */
export const PART_HEADER = 'Rollcall-Part'

export interface Part {
  readonly header: string
  readonly bytes: Uint8Array
}

/** The parts of what is longer than a piece. */
export const partsOf = (id: string, bytes: Uint8Array, pieceBytes: number): readonly Part[] => {
  const total = Math.ceil(bytes.length / pieceBytes)
  return Array.from({ length: total }, (_, index) => ({
    header: `${id} ${index} ${total} ${bytes.length}`,
    bytes: bytes.subarray(index * pieceBytes, (index + 1) * pieceBytes),
  }))
}

export interface Whole {
  readonly subject: string
  readonly bytes: Uint8Array
  readonly taken: readonly Taken[]
}

/** How parts fared: `whole` when it was the last, `held` when more are awaited, `refused` for what fits nowhere. */
export type Fitted =
  | { readonly fit: 'whole'; readonly whole: Whole }
  | { readonly fit: 'held' }
  | { readonly fit: 'refused'; readonly why: string }

/** Puts long messages together, within bounds that no sender can move: of memory, of messages begun, of parts, of time. */
export interface Assembly {
  add(part: Taken): Fitted
  /** What has waited for its missing parts for too long, and is not awaited any more. */
  overdue(): readonly Whole[]
  /** Everything that was begun; nothing is held afterwards. */
  clear(): readonly Taken[]
  /** What is held, so that the broker can be told that it is. */
  held(): Iterable<Taken>
}

export interface AssemblyLimits {
  /** Long messages that one subject may have begun. */
  readonly begunPerSubject: number
  readonly bytes: number
  readonly waitMs: number
}

const LIMITS: AssemblyLimits = { begunPerSubject: 4, bytes: 8 * MAX_MESSAGE_BYTES, waitMs: 60_000 }

/** Parts of one message: its size in the smallest pieces that anybody makes. */
const MOST_PARTS = 128

interface Begun {
  readonly subject: string
  readonly key: string
  readonly total: number
  readonly bytes: number
  readonly parts: Map<number, Taken>
  held: number
  touched: number
}

export const assembly = (
  /** Told what had to make room for others: to be given again later. */
  evicted: (parts: readonly Taken[]) => void,
  now: () => number = performance.now.bind(performance),
  limits: AssemblyLimits = LIMITS,
): Assembly => {
  const begun = new Map<string, Begun>()
  let bytes = 0

  const forget = (message: Begun) => {
    begun.delete(message.key)
    bytes -= message.held
    return [...message.parts.values()]
  }

  const makeRoom = () => {
    while (bytes > limits.bytes) {
      const heaviest = heaviestSubject(begun.values())
      const oldest = [...begun.values()].find(({ subject }) => subject === heaviest)
      if (oldest === undefined) return
      evicted(forget(oldest))
    }
  }

  const begin = (subject: string, key: string, total: number, size: number): Begun | undefined => {
    const others = [...begun.values()].filter((message) => message.subject === subject)
    if (others.length >= limits.begunPerSubject) return undefined
    const message = { subject, key, total, bytes: size, parts: new Map<number, Taken>(), held: 0, touched: now() }
    begun.set(key, message)
    return message
  }

  return {
    add(part) {
      const said = readHeader(part.header(PART_HEADER))
      if (said === undefined || part.bytes.length === 0)
        return { fit: 'refused', why: 'it says that it is a part, and is none' }
      const key = `${part.subject} ${said.id}`
      const message = begun.get(key) ?? begin(part.subject, key, said.total, said.bytes)
      if (message === undefined) return { fit: 'refused', why: 'too many long messages of its sender are incomplete' }
      if (message.total !== said.total || message.bytes !== said.bytes)
        return { fit: 'refused', why: 'it does not fit the other parts of its message' }
      const before = message.parts.get(said.index)?.bytes.length ?? 0
      const grown = part.bytes.length - before
      if (message.held + grown > message.bytes) return { fit: 'refused', why: 'its message is longer than it said' }
      // A part that comes again is the same one, with a new word to say when it is dealt with.
      message.parts.set(said.index, part)
      message.held += grown
      message.touched = now()
      bytes += grown
      if (message.parts.size < message.total) {
        makeRoom()
        return { fit: 'held' }
      }
      const taken = Array.from({ length: message.total }, (_, index) => message.parts.get(index)!)
      forget(message)
      const whole = { subject: part.subject, bytes: Buffer.concat(taken.map((one) => one.bytes)), taken }
      return whole.bytes.length === message.bytes
        ? { fit: 'whole', whole }
        : { fit: 'whole', whole: { ...whole, bytes: new Uint8Array() } }
    },

    overdue() {
      const late = [...begun.values()].filter(({ touched }) => now() - touched >= limits.waitMs)
      return late.map((message) => ({ subject: message.subject, bytes: new Uint8Array(), taken: forget(message) }))
    },

    clear: () => [...begun.values()].flatMap(forget),

    *held() {
      for (const { parts } of begun.values()) yield* parts.values()
    },
  }
}

const readHeader = (text: string) => {
  const [, id, index, total, bytes] = /^([\w-]{1,64}) (\d{1,4}) (\d{1,4}) (\d{1,8})$/.exec(text) ?? []
  if (id === undefined) return undefined
  const said = { id, index: Number(index), total: Number(total), bytes: Number(bytes) }
  const possible =
    said.total >= 2 && said.total <= MOST_PARTS && said.index < said.total && said.bytes <= MAX_MESSAGE_BYTES
  return possible ? said : undefined
}

const heaviestSubject = (begun: Iterable<Begun>): string | undefined => {
  const weights = new Map<string, number>()
  for (const { subject, held } of begun) weights.set(subject, (weights.get(subject) ?? 0) + held)
  let heaviest: [string, number] | undefined
  for (const entry of weights) if (heaviest === undefined || entry[1] > heaviest[1]) heaviest = entry
  return heaviest?.[0]
}
