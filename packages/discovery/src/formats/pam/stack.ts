import type { Place, Reason } from '@rollcall/contract'
import type { PamAction, PamFacility, PamFile, PamRule } from './conf.ts'

/** A line of a stack, as it comes after what is included. Deeper levels belong to the `substack` before them. */
export interface StackLine {
  readonly level: number
  /** Absent: the head of a substack. */
  readonly rule?: PamRule
}

export interface Stack {
  readonly lines: readonly StackLine[]
  /** What keeps the stack from being known. */
  readonly reasons: readonly Reason[]
}

const MAX_LINES = 500
const MAX_DEPTH = 16

/** The modules of one service and facility, one after the other. Files that include each other end. */
export const stackOf = (service: string, facility: PamFacility, file: (name: string) => PamFile | undefined): Stack => {
  const lines: StackLine[] = []
  const reasons: Reason[] = []
  const add = (name: string, level: number, depth: number, from: Place | undefined) => {
    const found = file(name)
    if (found === undefined) {
      if (from !== undefined) reasons.push({ code: 'no-such-file', ...from, detail: 'a PAM file that it includes' })
      return
    }
    if (depth > MAX_DEPTH || lines.length > MAX_LINES) {
      reasons.push({ code: 'too-deep', ...from })
      return
    }
    if (found.faults[0] !== undefined) reasons.push({ code: 'unparsable', path: found.path, line: found.faults[0] })
    for (const rule of found.rules) {
      if (rule.control.kind === 'all') add(rule.module, level, depth + 1, rule.place)
      else if (rule.facility !== facility) continue
      else if (rule.control.kind === 'include') add(rule.module, level, depth + 1, rule.place)
      else if (rule.control.kind === 'substack') {
        lines.push({ level })
        add(rule.module, level + 1, depth + 1, rule.place)
      } else lines.push({ level, rule })
    }
  }
  add(service, 0, 0, undefined)
  return { lines, reasons: reasons.slice(0, 10) }
}

/** What a module may return, as PAM's own names have it; several where that is not known. */
export type Returns = (rule: PamRule) => readonly string[]

/** Whether a stack lets through: in all ways its modules may go, in some, or in none. */
export type Passes = 'yes' | 'no' | 'maybe'

/**
 * Walks a stack as Linux-PAM does. Where a module may return several things each of them is followed; states that were seen at the
 * same line are not followed again, so that the work is in proportion to the lines.
 */
export const passes = ({ lines }: Stack, returns: Returns, credentials?: (rule: PamRule) => string): Passes => {
  if (lines.length === 0) return 'no'
  const ends = new Set<boolean>()
  const seen = new Set<string>()
  const open: State[] = [START]
  for (let state = open.pop(); state !== undefined; state = open.pop()) {
    const line = lines[state.at]
    if (line === undefined) {
      ends.add(
        state.status === 'success' &&
          state.impression === 1 &&
          (credentials === undefined || establishes(lines, state.before, credentials)),
      )
      continue
    }
    const key = `${state.at} ${state.impression} ${state.status} ${state.entered.map(({ impression, status }) => `${impression}${status}`).join()}`
    if (seen.has(key)) continue
    seen.add(key)
    const entered = enteredAt(state, line.level)
    const current = { ...state, entered }
    if (line.rule === undefined) open.push({ ...current, at: state.at + 1 })
    else
      for (const returned of returns(line.rule))
        open.push({
          ...after(current, lines, line.rule, returned, returned),
          before: { at: state.at, returned, ...(state.before === undefined ? {} : { before: state.before }) },
        })
  }
  return ends.size === 2 ? 'maybe' : ends.has(true) ? 'yes' : 'no'
}

interface Standing {
  readonly impression: -1 | 0 | 1
  readonly status: string
}

interface State extends Standing {
  readonly at: number
  /** What the modules before returned, the last one first. */
  readonly before?: Returned
  /** How it stood when each substack was entered, for `reset`. */
  readonly entered: readonly Standing[]
}

interface Returned {
  readonly at: number
  readonly returned: string
  readonly before?: Returned
}

const START: State = { at: 0, impression: 0, status: 'perm_denied', entered: [] }

/**
 * Whoever was let through needs credentials as well: the stack is walked again, along what its modules returned the first time, and
 * what they return now counts. A module that only says `ignore` then has let nobody through.
 */
const establishes = (
  lines: readonly StackLine[],
  before: Returned | undefined,
  credentials: (rule: PamRule) => string,
): boolean => {
  const first = new Map<number, string>()
  for (let one = before; one !== undefined; one = one.before) first.set(one.at, one.returned)
  let state = START
  for (let line = lines[0]; line !== undefined; line = lines[state.at]) {
    const entered = enteredAt(state, line.level)
    const now = line.rule === undefined ? 'ignore' : credentials(line.rule)
    const { impression, status, at } = state
    state =
      line.rule === undefined
        ? { impression, status, at: at + 1, entered }
        : after({ impression, status, at, entered }, lines, line.rule, first.get(at) ?? now, now)
  }
  return state.status === 'success' && state.impression === 1
}

const enteredAt = ({ entered, impression, status }: State, level: number): Standing[] => {
  const outer: Standing[] = entered.slice(0, level)
  outer[level] = entered[level] ?? { impression, status }
  return outer
}

const after = (state: State, lines: readonly StackLine[], rule: PamRule, decides: string, returned: string): State => {
  const { level } = lines[state.at]!
  const next = (standing: Standing, at = state.at + 1): State => ({
    ...state,
    impression: standing.impression,
    status: standing.status,
    at,
  })
  const action = actionFor(rule, decides)
  const failed: Standing =
    state.impression === -1 ? state : { impression: -1, status: returned === 'ignore' ? 'perm_denied' : returned }
  const approved: Standing =
    (state.impression === 0 || (state.impression === 1 && state.status === 'success')) &&
    (returned !== 'ignore' || decides === returned)
      ? { impression: 1, status: returned }
      : state
  if (typeof action === 'number') {
    const { at, left } = skipped(lines, state.at, level, action)
    return left > 0 ? next({ impression: -1, status: 'perm_denied' }, at + 1) : next(state, at + 1)
  }
  switch (action) {
    case 'ok':
      return next(approved)
    case 'done':
      return next(approved, approved.impression === 1 ? endOf(lines, state.at, level) : undefined)
    case 'bad':
      return next(failed)
    case 'die':
      return next(failed, endOf(lines, state.at, level))
    case 'reset':
      return next(state.entered[level] ?? state)
    case 'ignore':
      return next(state)
  }
}

const actionFor = ({ control }: PamRule, returned: string): PamAction =>
  control.kind === 'module' ? (control.actions.get(returned) ?? control.otherwise) : 'ignore'

/** The line behind the stack or substack that a line is in. */
const endOf = (lines: readonly StackLine[], at: number, level: number) => {
  let end = at + 1
  while (end < lines.length && lines[end]!.level >= level) end++
  return end
}

/** A substack is one module to those outside of it. */
const skipped = (lines: readonly StackLine[], from: number, level: number, count: number) => {
  let [at, left] = [from, count]
  while (left > 0 && at + 1 < lines.length && lines[at + 1]!.level >= level) {
    do at++
    while (at + 1 < lines.length && lines[at + 1]!.level > level)
    left--
  }
  return { at, left }
}
