import { glob } from './glob.ts'

/**
 * What a person excepted: by the secret itself wherever it lies (its digest), by one place, or by a pattern of places. Of a pattern all
 * that is given must match; `*` is any text, `?` any sign, without regard to case.
 */
export type ExceptedBy =
  | { readonly by: 'secret'; readonly digest: string }
  | { readonly by: 'place'; readonly id: string }
  | {
      readonly by: 'pattern'
      readonly host?: string | undefined
      readonly path?: string | undefined
      readonly name?: string | undefined
      readonly account?: string | undefined
      readonly detector?: string | undefined
    }

export interface CredentialException {
  readonly id: string
  readonly match: ExceptedBy
  /** Until when it holds, as an instant; null: until it is taken back. */
  readonly expires: string | null
}

/** What of a stored credential an exception may speak of. */
export interface CredentialPlace {
  readonly id: string
  readonly host: string
  readonly path: string
  readonly name: string | null
  readonly account: string | null
  readonly detector: string
  readonly digest: string | null
}

/**
 * The exception that holds for a credential at an instant: of several the one that holds longest, and of those that hold equally long the
 * one that does already.
 */
export const exceptionOf = (
  exceptions: readonly CredentialException[],
  place: CredentialPlace,
  at: string,
  already: string | null = null,
): CredentialException | undefined => {
  let longest: CredentialException | undefined
  for (const exception of exceptions) {
    if (exception.expires !== null && exception.expires <= at) continue
    if (!matches(exception.match, place)) continue
    if (longest === undefined || isLonger(exception, longest)) longest = exception
    else if (exception.id === already && exception.expires === longest.expires) longest = exception
    if (longest.expires === null && (already === null || longest.id === already)) return longest
  }
  return longest
}

const isLonger = ({ expires }: CredentialException, than: CredentialException): boolean =>
  than.expires !== null && (expires === null || expires > than.expires)

const matches = (match: ExceptedBy, place: CredentialPlace): boolean => {
  if (match.by === 'secret') return place.digest === match.digest
  if (match.by === 'place') return place.id === match.id
  return FIELDS.every((field) => {
    const pattern = match[field]
    return pattern === undefined || glob(pattern.toLowerCase(), (place[field] ?? '').toLowerCase())
  })
}

const FIELDS = ['host', 'path', 'name', 'account', 'detector'] as const
