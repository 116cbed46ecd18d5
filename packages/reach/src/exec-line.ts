/** How the shell that reads is started. */
export type Elevation =
  /** As the login user. */
  | 'none'
  /** As root where sudo asks for nothing, else as the login user, who learns whether sudo may list commands. */
  | 'if-allowed'
  /** As root by sudo with a password, which it asks for with the prompt; or not at all. */
  | 'password'

/** Marks for one start of a shell. They are seen in the host's process list, so they count only until the shell is running. */
export interface StartMarks {
  readonly hello: string
  readonly prompt: string
}

/**
 * The command line that starts the shell which reads. It has to mean the same to every login shell: sh, dash, ash, bash, ksh,
 * zsh, csh, tcsh and fish agree on `exec` and on one word in single quotes without `'`, `!`, a backslash or a newline.
 * Nothing may be written to its standard input before it has said hello: shells read ahead, and what the first has read the
 * last one does not see.
 */
export const execLine = (elevation: Elevation, { hello, prompt }: StartMarks): string =>
  `exec sh -c '${start(elevation, hello, prompt)}'`

const start = (elevation: Elevation, hello: string, prompt: string) => {
  const plain = (how: string) => `echo "${hello} $U ${how}"; exec $N sh -s`
  const common = 'cd /; U=$(id -u); N=; command -v nice >/dev/null 2>&1 && N="nice -n 10"; '
  const asRoot = `if [ "$U" = 0 ]; then ${plain('plain')}; fi; `
  const elevated = `sh -c "echo ${hello} 0 sudo; exec sh -s"`
  const starts: Record<Elevation, string> = {
    none: plain('plain'),
    // Whether it may is asked first: that alarms nobody where a list of commands is allowed. A complaint about a password, or that
    // there is no sudo, says that there is no such list. sudo ends with 1 when it refuses, a shell with 127 when there is no sudo.
    'if-allowed': `${asRoot}if S=$(LC_ALL=C sudo -n -l -u root ${elevated} 2>&1 >/dev/null); then $N sudo -n -u root ${elevated} 2>/dev/null; case $? in 1|127) ${plain('denied')};; esac; else case $S in *password*|*found*|*sudoers*) ${plain('denied')};; esac; ${plain('listed')}; fi`,
    password: `${asRoot}$N sudo -S -u root -p ${prompt} ${elevated}; echo "${hello} $U denied"`,
  }
  return common + starts[elevation]
}

/** What the shell says first. */
export interface Hello {
  readonly uid: number
  /** `listed`: sudo asks for nothing and lets it become root for some commands only, or for none. */
  readonly how: 'plain' | 'sudo' | 'denied' | 'listed'
}

/** Looks for the hello in all that was said so far; whatever the login shell printed before it is skipped. */
export const findHello = (said: string, hello: string): Hello | undefined => {
  const at = said.indexOf(`${hello} `)
  if (at < 0) return undefined
  const match = /^(\d{1,10}) (plain|sudo|denied|listed)\r?\n/.exec(
    said.slice(at + hello.length + 1, at + hello.length + 32),
  )
  return match ? { uid: Number(match[1]), how: match[2] as Hello['how'] } : undefined
}
