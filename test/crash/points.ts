/** Where a process of a crash test may be made to die: as `kill -9` would end it right there, the nth time that it comes by. */
export type Point =
  | 'agent before publishing'
  | 'agent after publishing'
  | 'agent before hearing'
  | 'agent after hearing'
  | 'collector before committing'
  | 'collector after committing'
  | 'collector before acknowledging'
  | 'collector after acknowledging'

export const POINTS: readonly Point[] = [
  'agent before publishing',
  'agent after publishing',
  'agent before hearing',
  'agent after hearing',
  'collector before committing',
  'collector after committing',
  'collector before acknowledging',
  'collector after acknowledging',
]

/** Dies if this is the point and the turn that `DIE_AT` names, as `7 agent before publishing`. */
export const dying = (): ((point: Point) => void) => {
  const [turn = '0', ...words] = (process.env['DIE_AT'] ?? '').split(' ')
  let left = Number(turn)
  return (point) => {
    if (words.join(' ') === point && --left === 0) process.kill(process.pid, 'SIGKILL')
  }
}
