import type { Alphabet } from './values.ts'

/** One way in which secrets come to lie on a host. */
export interface Planting {
  readonly id: string
  /** Programs that it takes; without them it is left out. */
  readonly needs: readonly string[]
  /** What to do, with values of its own. */
  readonly make: (secret: Secret) => Made
}

/** Gives a value that was never given before. */
export type Secret = (alphabet?: Alphabet, length?: number) => string

export interface Made {
  /** Files that are written word by word, as the documentation of their programs has them. */
  readonly files?: Readonly<Record<string, string | Uint8Array>>
  /** What is run then, by bash as root. */
  readonly run?: string
  /** What programs made by themselves, besides the values that they were given. */
  readonly keeps?: readonly Kept[]
}

/** A secret that cannot be searched for, since a program made or locked it: the lines that it stands in, or the file as a whole. */
export interface Kept {
  readonly path: string
  readonly lines?: RegExp
  readonly is: 'key' | 'hash' | 'encrypted' | 'literal'
}

/** What programs write, told by running them. */
export const byProgram = (
  id: string,
  needs: readonly string[],
  run: (secret: Secret) => string,
  keeps: readonly Kept[] = [],
): Planting => ({ id, needs, make: (secret) => ({ run: run(secret), keeps }) })

/** What people and installers write. */
export const byHand = (
  id: string,
  files: (secret: Secret) => Readonly<Record<string, string | Uint8Array>>,
  keeps: readonly Kept[] = [],
): Planting => ({ id, needs: [], make: (secret) => ({ files: files(secret), keeps }) })
