/** A line of inittab(5) that starts something. The command may hold secrets and stays with whoever parsed it. */
export interface InittabEntry {
  readonly id: string
  readonly action: string
  readonly command: string
  readonly line: number
}

const STARTING = new Set('respawn respawnlate wait once boot bootwait sysinit ondemand askfirst'.split(' '))

/** Reads `id:levels:action:process`, which BusyBox has as well. */
export const parseInittab = (text: string): readonly InittabEntry[] => {
  const entries: InittabEntry[] = []
  for (const [index, line] of text.split('\n').entries()) {
    const found = /^[ \t]*([^:#\s]*):([^:]*):([^:]*):(.*)$/.exec(line)
    if (found === null || !STARTING.has(found[3]!.trim()) || entries.length >= 500) continue
    entries.push({
      id: found[1]!,
      action: found[3]!.trim(),
      command: found[4]!.trim().replace(/^[+-]/, ''),
      line: index + 1,
    })
  }
  return entries
}
