/** One line of a file of trusted hosts. */
export interface TrustedHost {
  readonly line: number
  /** As it stands, blanks between its words made one: `host`, `host user`, `+ +`, `-host`, `+@netgroup`. */
  readonly text: string
  /** Whether it trusts every host, whether every user of the hosts it names. */
  readonly anyHost: boolean
  readonly anyUser: boolean
  /** Whether it takes trust away rather than giving it. */
  readonly denies: boolean
}

/**
 * Reads hosts.equiv(5), .rhosts and .shosts as sshd and rlogind do: a host and a user on each line, `+` for any, `-` in front to
 * refuse, `+@` and `-@` for netgroups. Words behind the second are passed over. Total.
 */
export const parseTrustedHosts = (text: string): TrustedHost[] =>
  text.split('\n', MOST_LINES).flatMap((whole, index): TrustedHost[] => {
    const [host, user] = whole.trim().split(/[ \t\r]+/, 2)
    if (host === undefined || host === '' || host.startsWith('#')) return []
    const named = user === undefined || user.startsWith('#') ? undefined : user
    return [
      {
        line: index + 1,
        text: named === undefined ? host : `${host} ${named}`,
        anyHost: host === '+',
        anyUser: named === '+',
        denies: host.startsWith('-') || (named?.startsWith('-') ?? false),
      },
    ]
  })

const MOST_LINES = 10_000
