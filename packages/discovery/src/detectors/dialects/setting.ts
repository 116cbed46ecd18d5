import type { Word } from './words.ts'

/** A named setting of a program's configuration, in whatever way the program has it written. */
export interface Setting {
  /** In lower case. */
  readonly name: string
  /** What follows the name; for dialects in which the rest of the line is the value, that alone. */
  readonly values: readonly Word[]
  /** Whether only a blank stands between the name and the first value, as in a sentence. */
  readonly blank: boolean
  readonly block: Block
  /** Its place among the settings of its block. */
  readonly index: number
  readonly commented: boolean
}

/** What stands between braces, under a heading or in a tag; the file itself is one without words. */
export interface Block {
  /** What it is headed by, the first in lower case: `client`, `10.0.0.1`. */
  readonly words: readonly string[]
  readonly parent: Block | undefined
  readonly settings: Setting[]
}

export const MOST_SETTINGS = 200_000
