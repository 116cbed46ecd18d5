import { createHash } from 'node:crypto'
import type { HashScheme } from './description.ts'
import { output } from './shell.ts'

/** What crypt(5) makes of a password. The salt follows from `salt`, so that the same description gives the same host. */
export const crypted = async (scheme: HashScheme, password: string, salt: string): Promise<string> => {
  const hash = await output(['perl', '-e', PROGRAM], `${password}\n${setting(scheme, salt)}\n`)
  // libcrypt says `*0` or `*1` where it does not know a scheme.
  if (hash.length < 13 || hash.startsWith('*')) throw new Error(`this machine's crypt(3) cannot make ${scheme}`)
  return hash
}

const PROGRAM = 'chomp($p = <STDIN>); chomp($s = <STDIN>); print crypt($p, $s)'

const setting = (scheme: HashScheme, salt: string): string => {
  // Letters and digits of a digest: valid in every scheme's salt alphabet.
  const letters = createHash('sha256').update(salt).digest('hex')
  const settings: Record<HashScheme, string> = {
    yescrypt: `$y$j9T$${letters.slice(0, 21)}.`,
    bcrypt: `$2b$10$${letters.slice(0, 21)}.`,
    sha512crypt: `$6$${letters.slice(0, 16)}`,
    sha256crypt: `$5$${letters.slice(0, 16)}`,
    md5crypt: `$1$${letters.slice(0, 8)}`,
    descrypt: letters.slice(0, 2),
  }
  return settings[scheme]
}
