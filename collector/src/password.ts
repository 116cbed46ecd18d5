import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto'
import { Refusal } from './refusal.ts'

/** What a guess costs: RFC 7914's scrypt. New hashes are made so; each hash carries its own. */
export interface PasswordCost {
  /** Binary logarithm of the cost factor. */
  readonly logN: number
  readonly blockSize: number
  readonly parallelism: number
}

/** 128 MiB and some tenths of a second for every try. */
const COST: PasswordCost = { logN: 17, blockSize: 8, parallelism: 1 }

/** Tries at work and waiting at most: each takes 128 MiB, and whoever may knock must not take the machine's memory. */
const AT_WORK = 2
const WAITING = 32

export interface Passwords {
  /** `$scrypt$ln=17,r=8,p=1$salt$hash`, both in unpadded base64. */
  readonly hash: (password: string) => Promise<string>
  /** Takes as long when there is no hash to compare with. Throws Refusal `busy` when too many are being checked. */
  readonly matches: (password: string, hash: string | undefined) => Promise<boolean>
}

export const passwords = (cost: PasswordCost = COST): Passwords => {
  const waiting: (() => void)[] = []
  let atWork = 0

  const inTurn = async <T>(work: () => Promise<T>): Promise<T> => {
    if (atWork >= AT_WORK) {
      if (waiting.length >= WAITING)
        throw new Refusal(503, 'busy', 'too many logins are being checked; try again', { retryAfter: 2 })
      await new Promise<void>((resolve) => waiting.push(resolve))
    } else atWork++
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      if (next) next()
      else atWork--
    }
  }

  const derive = (password: string, salt: Uint8Array, { logN, blockSize, parallelism }: PasswordCost) =>
    inTurn(
      () =>
        new Promise<Buffer>((resolve, reject) => {
          const options = { N: 2 ** logN, r: blockSize, p: parallelism, maxmem: 256 * blockSize * 2 ** logN }
          scrypt(password.normalize('NFKC'), salt, 32, options, (error, key) => (error ? reject(error) : resolve(key)))
        }),
    )

  return {
    async hash(password) {
      const salt = randomBytes(16)
      const key = await derive(password, salt, cost)
      return `$scrypt$ln=${cost.logN},r=${cost.blockSize},p=${cost.parallelism}$${unpadded(salt)}$${unpadded(key)}`
    },

    async matches(password, hash) {
      const known = hash === undefined ? undefined : readHash(hash)
      const key = await derive(password, known?.salt ?? new Uint8Array(16), known?.cost ?? cost)
      return known !== undefined && timingSafeEqual(key, known.key)
    },
  }
}

const unpadded = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64').replaceAll('=', '')

const readHash = (hash: string) => {
  const match = /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2})\$([A-Za-z0-9+/]{22})\$([A-Za-z0-9+/]{43})$/.exec(hash)
  if (!match) throw new Error('a stored password hash is not of the form $scrypt$ln=,r=,p=$salt$hash')
  const [, logN, blockSize, parallelism, salt = '', key = ''] = match
  return {
    cost: { logN: Number(logN), blockSize: Number(blockSize), parallelism: Number(parallelism) },
    salt: Buffer.from(salt, 'base64'),
    key: Buffer.from(key, 'base64'),
  }
}
