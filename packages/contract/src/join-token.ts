/** What lets one agent in, once. Whoever has it may join, so it is shown once and kept nowhere. */
export interface JoinToken {
  readonly id: string
  /** 32 random bytes, as base64url. */
  readonly secret: string
  /** The first 16 bytes of SHA-256 over the enrolment key and the root key, as base64url: who answers must have these. */
  readonly keys: string
  /** By which the broker's certificate is known (`certificatePin`); absent: by the authorities that this machine trusts. */
  readonly pin?: string
  /** What the broker wants to see before it carries a request to be let in. */
  readonly invitation?: string
}

/** `rcj1.<id>.<secret>.<keys>.<pin or ->[.<invitation>]`, all of it letters, digits, `-` and `_`. */
export const formatJoinToken = ({ id, secret, keys, pin = '-', invitation }: JoinToken): string =>
  ['rcj1', id, secret, keys, pin, ...(invitation === undefined ? [] : [wrapped(invitation)])].join('.')

/** Undefined for what is none, such as one that was copied in part. */
export const parseJoinToken = (text: string): JoinToken | undefined => {
  const match = /^rcj1\.([0-9a-z]{26})\.([\w-]{43})\.([\w-]{22})\.([\w-]{1,64})(?:\.([\w-]{1,8192}))?$/.exec(
    text.trim(),
  )
  if (match === null) return undefined
  const [, id = '', secret = '', keys = '', pin = '', rest] = match
  const invitation = rest === undefined ? undefined : unwrapped(rest)
  if (rest !== undefined && invitation === undefined) return undefined
  return { id, secret, keys, ...(pin === '-' ? {} : { pin }), ...(invitation === undefined ? {} : { invitation }) }
}

/** Dots and other signs of what another program made must not look like the parts of the token. */
const wrapped = (text: string) => btoa(text).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')

const unwrapped = (text: string): string | undefined => {
  try {
    return atob(text.replaceAll('-', '+').replaceAll('_', '/'))
  } catch {
    return undefined
  }
}
