/**
 * How one credential gets a new value without ever being lost, as facts and what follows from them. Whoever carries it out writes each fact
 * down before it does what `nextStep` says, and may die anywhere: what is written down is enough to go on.
 *
 * What holds, whatever is lost, repeated, late, paused or killed (each is shown by trying every order of events, `exploration.test.ts`):
 *
 * - The value that the target has is one that the vault keeps: it is durable there before any target hears of it, and stays.
 * - A value is called current only when the target was seen to take it.
 * - A rotation that ended tells the truth: nothing that was sent for it can change the target any more.
 *
 * Where a target changes a value only if it is what the order expects (compare and set, as one step), an order that was lost sight of is harmless as
 * soon as another value is in place, so that it never has to be waited for. Where a target cannot compare, it has to be.
 */
export interface Rotation {
  /** What the vault called current when it began; none where nobody knows the value. */
  readonly before: string | undefined
  /** Values that were made for it, by their version in the vault, the newest last. The last is what the target is to have. */
  readonly candidates: readonly string[]
  /** A candidate that the target said no to: it is not tried again. */
  readonly refused: string | undefined
  readonly attempts: readonly Attempt[]
  /** What the target has as far as is known: nothing from the moment that an order leaves until its end is told. */
  readonly standing: Standing
  /** The version that the vault was told to call current, and said it does. */
  readonly promoted: string | undefined
  /** Whether a value that the vault does not keep may be overwritten: so when an account is taken over, else when a person said so. */
  readonly overwrites: boolean
  /** Why it ought to stop, if it ought to. It ends when nothing that was sent for it can land any more. */
  readonly stopping: string | undefined
  readonly ended: RotationEnd | undefined
}

/** `rotated`: the target has a new value. `kept`: it has what it had. `aborted`: no target ever heard of it. */
export type RotationEnd = 'rotated' | 'kept' | 'aborted'

export type Standing = Value | { readonly known: 'nothing' }

export type Value =
  | { readonly known: 'version'; readonly version: string }
  /** One that the vault does not keep. `mark` tells it from others, where the target can compare such values. */
  | { readonly known: 'foreign'; readonly mark?: string }

/** One order to change the value, to one agent. */
export interface Attempt {
  readonly id: string
  readonly agent: string
  /** What the target has to have for the order to change it; whatever it has, where that is a foreign value without a mark. */
  readonly from: Value
  readonly to: string
  /** `open`: its end is awaited. `loose`: its end is not known, and it may still land. `over`: nothing of it can land any more. */
  readonly state: 'open' | 'loose' | 'over'
}

export type ChangeAnswer =
  /** The target has the new value: it was seen to work. */
  | { readonly result: 'verified' }
  /** It took the new value, but nobody saw it work. */
  | { readonly result: 'changed' }
  /** The target was not asked to change anything, and will not be by this order. */
  | { readonly result: 'untouched'; readonly reason: string }
  /** The target said no to this value, and changed nothing. */
  | { readonly result: 'refused'; readonly reason: string }
  /** It had another value than the order expected, and changed nothing. */
  | { readonly result: 'mismatch' }
  /** It may have changed it, or may do so yet. */
  | { readonly result: 'unknown' }
  /** It may have changed it, but nothing of it can land any more. */
  | { readonly result: 'over' }

export type RotationEvent =
  /** The vault keeps a new value, durably. */
  | { readonly type: 'staged'; readonly version: string }
  /** Written down before the order leaves. */
  | { readonly type: 'sent'; readonly attempt: string; readonly agent: string }
  | { readonly type: 'answered'; readonly attempt: string; readonly answer: ChangeAnswer }
  /** Its agent did not say how it ended in the time it had. */
  | { readonly type: 'silent'; readonly attempt: string }
  /** Somebody saw which value the target has; `moment` is that of the rotation when the look was asked for. */
  | { readonly type: 'looked'; readonly moment: number; readonly saw: Value }
  /** The vault calls it current, durably. */
  | { readonly type: 'promoted'; readonly version: string }
  | { readonly type: 'stop'; readonly reason: string }
  /** A person lets it go on after all: with another value, if the last was refused. */
  | { readonly type: 'resume' }
  /** A person lets it overwrite a value that the vault does not keep. */
  | { readonly type: 'overwrite' }

export type RotationStep =
  /** Make a value and keep it in the vault. */
  | { readonly step: 'stage' }
  /** Let an agent change the value. */
  | { readonly step: 'change'; readonly from: Value; readonly to: string }
  | { readonly step: 'await'; readonly attempt: string }
  /** See which value the target has; the likeliest first. */
  | { readonly step: 'look'; readonly versions: readonly string[] }
  | { readonly step: 'promote'; readonly version: string }
  /** `loose`: what was lost sight of has to be over first. `foreign`: a person has to decide on a value that the vault does not keep. */
  | { readonly step: 'hold'; readonly why: 'loose' | 'foreign' }

/** A rotation of what the vault calls `before`. Without one, the account is taken over, whatever value it has. */
export const beginRotation = (before: string | undefined): Rotation => ({
  before,
  candidates: [],
  refused: undefined,
  attempts: [],
  standing: { known: 'nothing' },
  promoted: undefined,
  overwrites: before === undefined,
  stopping: undefined,
  ended: undefined,
})

/** Every version that the target may have, the likeliest first: none of them may be forgotten while the rotation goes on. */
export const versionsOf = ({ before, candidates }: Rotation): readonly string[] => [
  ...candidates.toReversed(),
  ...(before === undefined ? [] : [before]),
]

/** Rises with everything that is heard of orders: what was asked for at an earlier moment may be out of date. */
export const momentOf = ({ attempts }: Rotation): number =>
  attempts.reduce((sum, { state }) => sum + { open: 1, loose: 2, over: 3 }[state], 0)

/**
 * The rotation after an event. An event that comes twice, late, or for what is not known changes nothing wrongly: whoever feeds it need not
 * remember what it heard before.
 */
export const advance = (rotation: Rotation, event: RotationEvent): Rotation =>
  rotation.ended === undefined ? withItsEnd(afterEvent(rotation, event)) : rotation

/** What is to be done next by what is known; nothing when it ended. Doing it twice is harmless. */
export const nextStep = (rotation: Rotation): RotationStep | undefined => {
  const { attempts, standing, candidates, stopping, overwrites } = rotation
  if (rotation.ended !== undefined) return undefined
  const open = attempts.find(({ state }) => state === 'open')
  if (open !== undefined) return { step: 'await', attempt: open.id }
  const newest = candidates.at(-1)
  // Before anything left, what the target has does not matter to what is made.
  if (newest === undefined && stopping === undefined) return { step: 'stage' }
  if (standing.known === 'nothing') return { step: 'look', versions: versionsOf(rotation) }
  if (standing.known === 'version' && (standing.version === newest || stopping !== undefined)) {
    return standing.version === currentOf(rotation)
      ? { step: 'hold', why: 'loose' }
      : { step: 'promote', version: standing.version }
  }
  if (stopping !== undefined) return { step: 'hold', why: rotation.before === undefined ? 'loose' : 'foreign' }
  if (standing.known === 'foreign' && !overwrites) return { step: 'hold', why: 'foreign' }
  if (newest === undefined || newest === rotation.refused) return { step: 'stage' }
  return { step: 'change', from: standing, to: newest }
}

const afterEvent = (rotation: Rotation, event: RotationEvent): Rotation => {
  switch (event.type) {
    case 'staged':
      if (versionsOf(rotation).includes(event.version)) return rotation
      return { ...rotation, candidates: [...rotation.candidates, event.version] }
    case 'sent':
      return sent(rotation, event.attempt, event.agent)
    case 'answered':
      return answered(rotation, event.attempt, event.answer)
    case 'silent':
      return withAttempt(rotation, event.attempt, (state) => (state === 'open' ? 'loose' : state))
    case 'looked':
      // What was seen before an order left, or while it could still land, says nothing of what that order did.
      if (event.moment !== momentOf(rotation) || rotation.attempts.some(({ state }) => state === 'open'))
        return rotation
      return { ...rotation, standing: event.saw }
    case 'promoted':
      return { ...rotation, promoted: event.version }
    case 'stop':
      return { ...rotation, stopping: rotation.stopping ?? event.reason }
    case 'resume':
      return { ...rotation, stopping: undefined }
    case 'overwrite':
      return { ...rotation, overwrites: true }
  }
}

const sent = (rotation: Rotation, id: string, agent: string): Rotation => {
  const { standing, attempts } = rotation
  const to = rotation.candidates.at(-1)
  if (to === undefined || standing.known === 'nothing' || attempts.some((attempt) => attempt.id === id)) return rotation
  const attempt: Attempt = { id, agent, from: standing, to, state: 'open' }
  return { ...rotation, attempts: [...attempts, attempt], standing: { known: 'nothing' } }
}

const answered = (rotation: Rotation, id: string, answer: ChangeAnswer): Rotation => {
  const attempt = rotation.attempts.find((each) => each.id === id)
  if (attempt === undefined || attempt.state === 'over') return rotation
  const after = withAttempt(rotation, id, () => (answer.result === 'unknown' ? 'loose' : 'over'))
  // Where others were about, what it left as it was may have been changed by them: that has to be looked at.
  const asItWas = rotation.attempts.length === 1 && attempt.state === 'open'
  switch (answer.result) {
    case 'verified':
      // Nothing was ever told to change the newest value to another, so it is still there.
      return after.candidates.at(-1) === attempt.to
        ? { ...after, standing: { known: 'version', version: attempt.to } }
        : unlessLanded(after, attempt)
    case 'untouched':
      return asItWas ? { ...after, standing: attempt.from } : after
    case 'refused':
      return {
        ...(asItWas ? { ...after, standing: attempt.from } : after),
        refused: attempt.to,
        stopping: after.stopping ?? answer.reason,
      }
    case 'changed':
    case 'over':
      return unlessLanded(after, attempt)
    case 'mismatch':
    case 'unknown':
      return after
  }
}

/** What was seen before the attempt was over may be what it changed. */
const unlessLanded = (rotation: Rotation, attempt: Attempt): Rotation =>
  mayLandOn(attempt, rotation.standing) ? { ...rotation, standing: { known: 'nothing' } } : rotation

const withAttempt = (
  rotation: Rotation,
  id: string,
  become: (state: Attempt['state']) => Attempt['state'],
): Rotation => ({
  ...rotation,
  attempts: rotation.attempts.map((each) => (each.id === id ? { ...each, state: become(each.state) } : each)),
})

const currentOf = ({ promoted, before }: Rotation) => promoted ?? before

const withItsEnd = (rotation: Rotation): Rotation => {
  const { attempts, standing, stopping, before, candidates } = rotation
  if (stopping !== undefined && attempts.length === 0) return { ...rotation, ended: 'aborted' }
  if (standing.known === 'nothing' || attempts.some((attempt) => mayLandOn(attempt, standing))) return rotation
  if (standing.known === 'foreign') {
    return stopping !== undefined && currentOf(rotation) === undefined ? { ...rotation, ended: 'kept' } : rotation
  }
  const { version } = standing
  if (version !== currentOf(rotation) || (version !== candidates.at(-1) && stopping === undefined)) return rotation
  return { ...rotation, ended: version === before ? 'kept' : 'rotated' }
}

/** Whether the attempt could still change that value to another. */
const mayLandOn = ({ state, from, to }: Attempt, value: Standing): boolean => {
  if (value.known === 'nothing' || state === 'over' || (value.known === 'version' && value.version === to)) return false
  return same(from, value) || (from.known === 'foreign' && from.mark === undefined)
}

const same = (one: Value, other: Value): boolean => {
  if (one.known === 'version') return other.known === 'version' && one.version === other.version
  return other.known === 'foreign' && one.mark === other.mark
}
