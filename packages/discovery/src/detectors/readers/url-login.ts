export interface UrlLogin {
  readonly scheme: string
  readonly account?: string
  /** Decoded, with where it is written within the text. */
  readonly password: string
  readonly at: number
  readonly length: number
  /** Host and port. */
  readonly system: string
}

const LOGIN =
  /([a-z][a-z0-9+.-]{0,31}):\/\/([^\s/?#@:"'<>\\]{0,512})(?::([^\s/?#"'<>\\]{0,1024}))?@([^\s/?#@"'<>\\,;]{1,255})/giy

/**
 * The login that a URL holds at some place of a text. A name alone is one where it can be no name of a person: tokens of forges
 * stand there.
 */
export const urlLoginAt = (text: string, from: number): UrlLogin | undefined => {
  LOGIN.lastIndex = from
  const match = LOGIN.exec(text)
  if (match === null) return undefined
  const [, scheme = '', user = '', password, system = ''] = match
  // Brackets say in documentation what may be left out.
  if (/[[\]]/.test(user) || /^[^[]*\]/.test(system)) return undefined
  const userAt = from + scheme.length + 3
  if (password === undefined || password === '' || password === 'x-oauth-basic') {
    if (!/^[\w.~-]{20,}$/.test(user) || !/\d/.test(user)) return undefined
    return { scheme, password: decoded(user), at: userAt, length: user.length, system: decoded(system) }
  }
  const at = userAt + user.length + 1
  return {
    scheme,
    ...(user === '' ? {} : { account: decoded(user) }),
    password: decoded(password),
    at,
    length: password.length,
    system: decoded(system),
  }
}

/** The logins that URLs within a text hold, in its order. */
export function* urlLoginsIn(text: string): Generator<UrlLogin> {
  for (let mark = text.indexOf('://'), left = 100; mark > 0 && left > 0; mark = text.indexOf('://', mark + 3), left--) {
    let from = mark
    while (from > 0 && mark - from < 32 && /[a-z0-9+.-]/i.test(text[from - 1]!)) from--
    const login = urlLoginAt(text, from)
    if (login !== undefined) yield login
  }
}

/** The first of them. */
export const urlLoginIn = (text: string): UrlLogin | undefined => urlLoginsIn(text).next().value ?? undefined

const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
