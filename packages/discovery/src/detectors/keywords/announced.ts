import type { CredentialFormat } from '../detector.ts'
import { formats } from '../formats/index.ts'

const ANNOUNCED = formats.flatMap((format) => (format.announced ?? []).map((word) => ({ format, word })))

/** How formats of files of any name are announced, in the order in which `announcedBy` knows them. */
export const ANNOUNCING_WORDS: readonly string[] = ANNOUNCED.map(({ word }) => word)

/** The format that one of these words announces. */
export const announcedBy = (word: number): CredentialFormat => ANNOUNCED[word]!.format
