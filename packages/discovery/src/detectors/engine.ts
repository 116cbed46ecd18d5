import { formats } from './formats/index.ts'
import { tokens } from './tokens/index.ts'

/** What the engine knows to find: another one finds something else in the same file. */
export const ENGINE: string = [...formats, ...tokens].map(({ id }) => id).join(' ')
