import { readFileSync } from 'node:fs'

/** A process told from any later one that gets the same id. */
export interface ProcessIdentity {
  readonly pid: number
  /** Clock ticks since boot, as proc(5) has it. */
  readonly started: string
}

/** The process with this id; undefined when there is none. */
export const processIdentity = (pid: number): ProcessIdentity | undefined => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    // The program's name may hold spaces and brackets; the fields start after its last bracket.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const [state, started] = [fields[0], fields[19]]
    return started === undefined || state === 'Z' ? undefined : { pid, started }
  } catch {
    return undefined
  }
}

export const lives = ({ pid, started }: ProcessIdentity): boolean => processIdentity(pid)?.started === started

/** Kills the process if it is still the same one. */
export const kill = (identity: ProcessIdentity): void => {
  if (!lives(identity)) return
  try {
    process.kill(identity.pid, 'SIGKILL')
  } catch {
    // It ended by itself in between.
  }
}
