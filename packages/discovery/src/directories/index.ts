// Written by `npm run register` from the files of this folder.
import type { DirectoryMake } from '../directory-make.ts'
import activeDirectory from './active-directory.ts'
import ds389 from './ds389.ts'
import freeipa from './freeipa.ts'
import openldap from './openldap.ts'

export const directoryMakes: readonly DirectoryMake[] = [
  activeDirectory,
  ds389,
  freeipa,
  openldap,
]
