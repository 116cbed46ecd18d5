import { formats } from './formats/index.ts'
import { tokens } from './tokens/index.ts'

/** What each detector that a stored credential may name is for, by its id. */
export const detectorTitles: ReadonlyMap<string, string> = new Map([
  ['lines', 'Settings, arguments and addresses in files of no known format'],
  ['directory-attribute', 'Text attributes of entries of a directory'],
  ...[...formats, ...tokens].map(({ id, title }) => [id, title] as const),
])
