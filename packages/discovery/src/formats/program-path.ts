import type { Place } from '@rollcall/contract'
import type { HostFile } from '../host.ts'
import { textOf } from '../probe.ts'

/** A folder where root's programs are looked for, and what says so. */
export interface ProgramFolder {
  readonly folder: string
  readonly because: string
  readonly namedBy: Place
}

export interface ProgramFolders {
  readonly folders: readonly ProgramFolder[]
  /** Places that put the working folder into PATH: whoever can lay a file where root happens to work is root. */
  readonly working: readonly Place[]
  /** Places whose assignment takes a shell to understand. */
  readonly obscure: readonly Place[]
}

/**
 * Where root's programs are looked for by these files: simple assignments of PATH in start files of shells, /etc/environment and
 * crontabs, ENV_SUPATH of login.defs(5), secure_path of sudoers(5). What Debian's /etc/profile sets for others than root is not
 * root's.
 */
export const programFolders = (files: readonly HostFile[], home = '/root'): ProgramFolders => {
  const folders = new Map<string, ProgramFolder>()
  const working: Place[] = []
  const obscure: Place[] = []
  for (const file of files) {
    const read = assignments(file.path, textOf(file))
    for (const { value, line } of read) {
      const place = { path: file.path.slice(0, 4096), line }
      for (const part of value.split(':', MOST_PARTS)) {
        const folder = part.replace(/^(?:~|\$HOME|\$\{HOME\})(?=\/|$)/, home)
        if (/^\$\{?PATH\}?$|^\$\{PATH:\+:?\$\{?PATH\}?\}$/.test(folder)) continue
        if (folder === '' || folder === '.') working.push(place)
        else if (!folder.startsWith('/') || /[$`*?\\]/.test(folder)) obscure.push(place)
        else if (folder.length <= 4096 && !folders.has(folder) && folders.size < MOST_FOLDERS)
          folders.set(folder, { folder, because: `PATH in ${place.path}`.slice(0, 256), namedBy: place })
      }
    }
  }
  return { folders: [...folders.values()], working: working.slice(0, 50), obscure: obscure.slice(0, 50) }
}

const MOST_PARTS = 200
const MOST_FOLDERS = 500
const MOST_LINES = 5000

const assignments = (path: string, text: string) => {
  const found: { value: string; line: number }[] = []
  const form = path.endsWith('/login.defs') ? SUPATH : path.includes('sudoers') ? SECURE_PATH : PATH
  let ofOthers = 0
  let depth = 0
  let asksForRoot = 0
  const lines = text.split('\n', MOST_LINES)
  for (const [index, line] of lines.entries()) {
    if (form === PATH) {
      // `if [ "$(id -u)" -eq 0 ]; then … else …`: what follows `else` is not root's.
      if (/^\s*if\b/.test(line)) {
        depth++
        if (/\bid -u\b|\bEUID\b|\bUID\b/.test(line) && /(?:-eq|=) *"?0\b/.test(line) && asksForRoot === 0)
          asksForRoot = depth
      }
      if (/^\s*else\b/.test(line) && depth === asksForRoot) ofOthers = depth
      if (/^\s*fi\b/.test(line)) {
        if (depth === ofOthers) ofOthers = 0
        if (depth === asksForRoot) asksForRoot = 0
        depth = Math.max(0, depth - 1)
      }
      if (ofOthers > 0) continue
    }
    const value = form.exec(line)?.[1]
    if (value !== undefined) found.push({ value: unquoted(value), line: index + 1 })
  }
  return found
}

const PATH = /^\s*(?:export\s+|declare -x\s+)?PATH=("[^"]*"|'[^']*'|[^\s;#&|]*)/
const SUPATH = /^\s*ENV_SUPATH\s+(?:PATH=)?(\S+)/
const SECURE_PATH = /^\s*Defaults[^#]*?\bsecure_path\s*\+?=\s*("[^"]*"|[^\s,]+)/

const unquoted = (value: string) => (/^(["']).*\1$/.test(value) ? value.slice(1, -1) : value)
