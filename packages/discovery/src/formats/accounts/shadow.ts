import { accountNumber, colonFields, readEntries, type ParsedEntries } from './account-file.ts'

/** One entry of shadow(5). Numbers are days; absent where the field is empty. `password` stays with whoever parsed it. */
export interface ShadowEntry {
  readonly name: string
  readonly password: string
  readonly changed?: number
  readonly minimum?: number
  readonly maximum?: number
  readonly warning?: number
  readonly inactive?: number
  readonly expires?: number
  readonly line: number
}

const NUMBERS = ['changed', 'minimum', 'maximum', 'warning', 'inactive', 'expires'] as const

/**
 * Reads shadow(5) as glibc's getspent does: nine fields, eight if the last of them is not empty, or the five of old; what that skips
 * is skipped and told.
 */
export const parseShadow = (text: string, path: string): ParsedEntries<ShadowEntry> =>
  readEntries(text, path, 'an account', (raw, line) => {
    const [name = '', password, ...rest] = colonFields(raw, 9)
    // glibc skips white space there to see whether the line ends, so that a blank field is an empty one.
    if (rest[3] !== undefined && /^[ \t\v\f\r]+$/.test(rest[3])) rest[3] = ''
    const days = rest.slice(0, NUMBERS.length).map(dayField)
    const longForm = rest.length === 7 || (rest.length === 6 && rest[5] !== '')
    const shortForm = (rest.length === 4 && rest[3] === '') || (rest.length === 3 && rest[2] !== '')
    const flag = rest[6]
    if (password === undefined || !(longForm || shortForm)) return 'neither nine fields nor five'
    if (days.includes('not-a-number') || (flag !== undefined && dayField(flag) === 'not-a-number'))
      return 'a field of days is not a number'
    const entry: { -readonly [Field in keyof ShadowEntry]: ShadowEntry[Field] } = { name, password, line }
    for (const [index, field] of NUMBERS.entries()) {
      const day = days[index]
      if (typeof day === 'number') entry[field] = day
    }
    return entry
  })

const dayField = (field: string | undefined): number | 'not-a-number' | undefined => {
  if (field === undefined || field === '') return undefined
  const number = accountNumber(field)
  if (number === undefined) return 'not-a-number'
  // glibc keeps it in an int, where what is too large turns negative: not set.
  return number > 0x7fff_ffff ? undefined : number
}
