import { createHash } from 'node:crypto'
import { createAccount, createOperator, createUser, fromPublic, fromSeed } from '@nats-io/nkeys'

/** What a key of the broker is of: the operator that everything follows from, an account, or one user of an account. */
export type NatsKeyKind = 'operator' | 'account' | 'user'

/** A new key, as the seed that is kept secret. */
export const newNatsKey = (kind: NatsKeyKind): Uint8Array =>
  ({ operator: createOperator, account: createAccount, user: createUser })[kind]().getSeed()

/** The public key of a seed, by which the broker knows it. Throws for what is no seed. */
export const natsPublicKey = (seed: Uint8Array): string => fromSeed(seed).getPublicKey()

/** Whether a text is the public key of a user: what an agent that wants to be let in says its transport key is. */
export const isNatsUserKey = (text: string): boolean => {
  if (!/^U[A-Z2-7]{55}$/.test(text)) return false
  try {
    fromPublic(text)
    return true
  } catch {
    // The sum at its end does not fit: it is no key.
    return false
  }
}

/** Subjects that a user may publish or subscribe to. What is not listed is refused. */
export interface Permissions {
  readonly publish: readonly string[]
  readonly subscribe: readonly string[]
  /** Taken out of `subscribe` again. */
  readonly neverSubscribe?: readonly string[]
  readonly maxSubscriptions: number
  /** Bytes of one message with its headers. */
  readonly maxPayload: number
}

export interface UserClaims {
  /** The public key of the user, who alone has its seed. */
  readonly user: string
  /** For people who read the broker's logs; no right hangs on it. */
  readonly name: string
  /** The public key of the account. */
  readonly account: string
  /** `undefined`: whatever the account may, for the collector's own use of the system account. */
  readonly permissions: Permissions | undefined
  readonly issuedAt: Date
  readonly expiresAt?: Date
  /** Whether whoever has these words is let in by them alone, without showing that they have the seed. */
  readonly bearer?: boolean
}

/** What the broker lets one user do, signed with the account's key or one of its signing keys. */
export const userJwt = (claims: UserClaims, seed: Uint8Array): string => {
  const { permissions } = claims
  return signedClaims(seed, {
    name: claims.name,
    sub: claims.user,
    iat: seconds(claims.issuedAt),
    ...(claims.expiresAt === undefined ? {} : { exp: seconds(claims.expiresAt) }),
    nats: {
      // The account's own key may sign too; then the issuer says it all, and a server refuses to hear it twice.
      ...(natsPublicKey(seed) === claims.account ? {} : { issuer_account: claims.account }),
      pub: permissions === undefined ? {} : { allow: permissions.publish },
      sub: permissions === undefined ? {} : { allow: permissions.subscribe, deny: permissions.neverSubscribe },
      ...(claims.bearer === true ? { bearer_token: true } : {}),
      subs: permissions?.maxSubscriptions ?? -1,
      data: -1,
      payload: permissions?.maxPayload ?? -1,
      type: 'user',
      version: 2,
    },
  })
}

export interface AccountClaims {
  /** The public key of the account. */
  readonly account: string
  readonly name: string
  /** Keys besides the account's own that may sign users. */
  readonly signingKeys: readonly string[]
  /** Users whose permissions issued up to an instant are void; live connections of theirs are cut. */
  readonly revoked: ReadonlyMap<string, Date>
  /** Bytes that its streams may take, or `none` for an account without streams. */
  readonly storage: number | 'unlimited' | 'none'
  readonly issuedAt: Date
}

/** What an account may, signed with the operator's key. */
export const accountJwt = (claims: AccountClaims, seed: Uint8Array): string =>
  signedClaims(seed, {
    name: claims.name,
    sub: claims.account,
    iat: seconds(claims.issuedAt),
    nats: {
      limits: {
        subs: -1,
        data: -1,
        payload: -1,
        imports: -1,
        exports: -1,
        wildcards: true,
        conn: -1,
        leaf: -1,
        ...(claims.storage === 'none'
          ? {}
          : { disk_storage: claims.storage === 'unlimited' ? -1 : claims.storage, streams: -1, consumer: -1 }),
      },
      ...(claims.signingKeys.length === 0 ? {} : { signing_keys: claims.signingKeys }),
      ...(claims.revoked.size === 0
        ? {}
        : { revocations: Object.fromEntries([...claims.revoked].map(([user, until]) => [user, seconds(until)])) }),
      // Somebody without permissions of their own gets nothing rather than everything.
      ...(claims.storage === 'none' ? {} : { default_permissions: { pub: { deny: ['>'] }, sub: { deny: ['>'] } } }),
      type: 'account',
      version: 2,
    },
  })

export interface OperatorClaims {
  readonly name: string
  /** Keys besides the operator's own that may sign accounts, so that its own can be kept offline. */
  readonly signingKeys: readonly string[]
  /** The public key of the account that administers the server. */
  readonly systemAccount: string
  readonly issuedAt: Date
}

/** Who the operator is, signed by itself: what a server is told to trust. */
export const operatorJwt = (claims: OperatorClaims, seed: Uint8Array): string =>
  signedClaims(seed, {
    name: claims.name,
    sub: natsPublicKey(seed),
    iat: seconds(claims.issuedAt),
    nats: {
      signing_keys: claims.signingKeys,
      system_account: claims.systemAccount,
      type: 'operator',
      version: 2,
    },
  })

/** The broker's own kind of JSON web token: Ed25519 over header and claims, the issuer named by its key. */
const signedClaims = (seed: Uint8Array, claims: object): string => {
  const pair = fromSeed(seed)
  const issued = { ...claims, iss: pair.getPublicKey() }
  const jti = base32(createHash('sha512-256').update(JSON.stringify(issued)).digest())
  const signed = `${part({ typ: 'JWT', alg: 'ed25519-nkey' })}.${part({ ...issued, jti })}`
  return `${signed}.${Buffer.from(pair.sign(Buffer.from(signed))).toString('base64url')}`
}

const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')

const seconds = (at: Date) => Math.floor(at.getTime() / 1000)

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

const base32 = (bytes: Uint8Array) => {
  let text = ''
  let [held, bits] = [0, 0]
  for (const byte of bytes) {
    held = ((held << 8) | byte) & 0xff_ff
    for (bits += 8; bits >= 5; bits -= 5) text += ALPHABET[(held >> (bits - 5)) & 31]
  }
  return bits === 0 ? text : text + ALPHABET[(held << (5 - bits)) & 31]
}
