// Written by `npm run register` from the files of this folder.
import type { TokenFamily } from '../detector.ts'
import github from './github.ts'

export const tokens: readonly TokenFamily[] = [
  github,
]
