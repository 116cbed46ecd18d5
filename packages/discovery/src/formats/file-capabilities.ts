/** A file that getcap(8) lists. */
export interface CapableFile {
  readonly path: string
  readonly capabilities: string
}

/**
 * What `getcap -r` prints: a path and the capabilities in the form of cap_from_text(3), by older releases with ` = ` between them.
 * Names may hold spaces, so a line is read from its end.
 */
export const parseGetcap = (text: string): { readonly files: readonly CapableFile[]; readonly unread: number } => {
  const files: CapableFile[] = []
  let unread = 0
  for (const line of text.split('\n')) {
    if (line === '') continue
    const parts = line.split(' ')
    let start = parts.length
    while (start > 1 && CLAUSE.test(parts[start - 1]!)) start--
    if (parts[start - 1] === '=' && start > 1) start--
    const path = parts.slice(0, start).join(' ')
    const clauses = parts.slice(start).filter((part) => part !== '=')
    if (!path.startsWith('/') || clauses.length === 0) unread++
    else files.push({ path, capabilities: clauses.join(' ') })
  }
  return { files, unread }
}

/** `cap_chown,cap_setuid=ep`, `cap_setuid+ep`, `=ep`: names, an operator, flags; several operators may follow each other. */
const CLAUSE = /^(?:[a-z0-9_]+(?:,[a-z0-9_]+)*)?(?:[=+-][eip]+)+$/
