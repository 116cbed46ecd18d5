/** How fast one source may guess, and how slowly a name that is being guessed is answered. */
export interface LoginPace {
  /** Seconds until this source may try again; 0 when it may now. */
  wait(source: string): number
  /** Milliseconds to hold an answer about this user back: guesses from many sources are slowed, and nobody is locked out. */
  hold(user: string): number
  /** A try counts as a failure until it succeeded. */
  tried(source: string, user: string): void
  succeeded(source: string, user: string): void
}

/** Tries that cost nothing; slips of the finger are no attack. */
const FREE = 4
const LONGEST_WAIT = 60
const LONGEST_HOLD = 2000
/** Forgotten after this time without another failure. */
const MEMORY = 15 * 60_000
/** Sources and users remembered at most: the oldest give way, so that many sources cannot fill the memory. */
const REMEMBERED = 10_000

export const loginPace = (now: () => Date): LoginPace => {
  const sources = new Map<string, { failures: number; last: number }>()
  const users = new Map<string, { failures: number; last: number }>()

  const count = (of: Map<string, { failures: number; last: number }>, key: string) => {
    const entry = of.get(key)
    if (entry === undefined) return undefined
    if (now().getTime() - entry.last <= MEMORY) return entry
    of.delete(key)
    return undefined
  }
  const add = (to: Map<string, { failures: number; last: number }>, key: string) => {
    const failures = (count(to, key)?.failures ?? 0) + 1
    // Put last, so that the first key is always the one that failed longest ago.
    to.delete(key)
    to.set(key, { failures, last: now().getTime() })
    if (to.size > REMEMBERED) to.delete(to.keys().next().value!)
  }

  return {
    wait(source) {
      const entry = count(sources, network(source))
      if (entry === undefined || entry.failures < FREE) return 0
      const delay = Math.min(2 ** (entry.failures - FREE), LONGEST_WAIT)
      return Math.max(0, Math.ceil((entry.last + delay * 1000 - now().getTime()) / 1000))
    },

    hold(user) {
      const failures = count(users, user)?.failures ?? 0
      return failures < FREE ? 0 : Math.min(100 * 2 ** Math.min(failures - FREE, 10), LONGEST_HOLD)
    },

    tried(source, user) {
      add(sources, network(source))
      add(users, user)
    },

    succeeded(source, user) {
      sources.delete(network(source))
      users.delete(user)
    },
  }
}

/** Whoever has one IPv6 address usually has the /64 around it. */
const network = (source: string) =>
  source.includes(':') && !source.startsWith('::ffff:') ? source.split(':').slice(0, 4).join(':') : source
