import type { FromScanner, Gives, Question, Questions, Work } from './words.ts'
import type { KeyedDigest } from '@rollcall/discovery'
import { ReachError } from '@rollcall/reach/directories'

/** Asks the agent. */
export type Asking = <Q extends Question>(what: Q, about: Questions[Q]['asks']) => Promise<Questions[Q]['gets']>

export interface WorkTools {
  readonly ask: Asking
  readonly keyedDigest: KeyedDigest
  readonly signal: AbortSignal
}

type Ends = Extract<FromScanner, { say: 'done' | 'unreached' | 'fault' }>
/** How a piece of work ended, without its number. */
export type Worked = Ends extends infer End ? (End extends Ends ? Omit<End, 'work'> : never) : never

/** Does what is asked of a process that scans. What each kind of work takes is loaded with the first of its kind. */
export const carryOut = async (work: Work, tools: WorkTools): Promise<Worked> => {
  try {
    return { say: 'done', gives: await given(work, tools) }
  } catch (error) {
    if (!(error instanceof ReachError)) throw error
    const { code, detail } = error
    return { say: 'unreached', code, ...(detail === undefined ? {} : { detail }) }
  }
}

const given = async (work: Work, tools: WorkTools): Promise<Gives[Work['kind']]> => {
  if (work.kind === 'host') return (await import('./host-work.ts')).scanOf(work, tools)
  if (work.kind === 'host-key') return (await import('./host-work.ts')).hostKeyOf(work, tools)
  const { lookAt, listOf } = await import('./directory-work.ts')
  return work.kind === 'directory' ? lookAt(work, tools) : listOf(work, tools)
}
