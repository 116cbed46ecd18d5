// Written by `npm run register` from the files of this folder.
import type { DirectoryMake } from '../directory-make.ts'

export const directoryMakes: readonly DirectoryMake[] = [
]
