// Written by `npm run register` from the files of this folder.
import type { CredentialFormat } from '../detector.ts'
import netrc from './netrc.ts'

export const formats: readonly CredentialFormat[] = [
  netrc,
]
