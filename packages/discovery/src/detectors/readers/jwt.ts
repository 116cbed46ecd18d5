export interface Jwt {
  readonly account?: string
  readonly system?: string
  readonly service?: string
}

/** What a JSON Web Token says of itself in clear. Undefined where it is none, or one that opens nothing: samples, keys for anybody. */
export const jwtOf = (token: string): Jwt | undefined => {
  const [header, payload] = token.split('.', 2).map(objectOf)
  if (header === undefined || payload === undefined || typeof header.alg !== 'string') return undefined
  if (payload.sub === '1234567890' || payload.role === 'anon') return undefined
  // Without any of these nobody would take it for more than a sample.
  if (!CLAIMS.some((claim) => Object.hasOwn(payload, claim))) return undefined
  const account =
    textOf(payload.sub) ?? textOf(payload.preferred_username) ?? textOf(payload.client_id) ?? textOf(payload.email)
  const system = textOf(payload.iss) ?? textOf(payload.aud)
  const kubernetes = account?.startsWith('system:serviceaccount:') === true
  return {
    ...(account === undefined ? {} : { account }),
    ...(system === undefined ? {} : { system }),
    ...(kubernetes ? { service: 'kubernetes' } : {}),
  }
}

const CLAIMS = [
  'iss',
  'sub',
  'aud',
  'exp',
  'iat',
  'nbf',
  'jti',
  'email',
  'user',
  'user_id',
  'username',
  'uid',
  'scope',
  'role',
]

const objectOf = (part: string): Record<string, unknown> | undefined => {
  try {
    const bytes = Uint8Array.from(atob(part.replaceAll('-', '+').replaceAll('_', '/')), (sign) => sign.charCodeAt(0))
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes))
    return typeof value === 'object' && value !== null ? { ...value } : undefined
  } catch {
    return undefined
  }
}

const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' && /^[\u0021-\u007e]{1,256}$/.test(value) ? value : undefined
