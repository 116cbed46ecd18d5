import type { Place } from '@rollcall/contract'
import type { IncludedFiles } from '../included-files.ts'

/** A pool of PHP-FPM. */
export interface FpmPool {
  readonly name: string
  readonly user?: { readonly name: string; readonly place: Required<Place> }
  readonly listen?: string
  /** Names of the variables that it is given by `env[…]`. */
  readonly variables: readonly string[]
  readonly place: Required<Place>
}

export interface ParsedFpm {
  readonly pools: readonly FpmPool[]
  /** Patterns of included files. */
  readonly wanted: readonly string[]
  /** Whether there was more than is read. */
  readonly cut: boolean
}

const MOST_POOLS = 5000
const MOST_INCLUDED = 1000
const MOST_TEXT = 4 * 1024 * 1024
const DEEPEST = 5

/** Reads the main file of PHP-FPM and its pools. Sections of one name are one pool, of which the last value of a key counts. */
export const parseFpm = (main: string, files: IncludedFiles): ParsedFpm => {
  const pools = new Map<string, { -readonly [Key in keyof FpmPool]: FpmPool[Key] } & { variables: string[] }>()
  const wanted: string[] = []
  let section = 'global'
  let included = 0
  let size = 0
  let cut = false

  const read = (path: string, level: number) => {
    const text = files.text(path) ?? ''
    size += text.length
    for (const [index, raw] of text.split('\n').entries()) {
      const line = raw.slice(0, 8192).trim()
      const place = { path, line: index + 1 }
      const header = /^\[([^\]]{1,256})\]/.exec(line)
      if (header !== null) {
        section = header[1]!
        if (section !== 'global' && !pools.has(section) && pools.size < MOST_POOLS)
          pools.set(section, { name: section, variables: [], place })
        continue
      }
      const at = line.indexOf('=')
      if (at === -1 || line.startsWith(';') || line.startsWith('#')) continue
      const key = line.slice(0, at).trim()
      const value = valueOf(line.slice(at + 1)).replaceAll('$pool', section)
      if (key === 'include') include(value, level)
      else keep(key, value, place)
    }
  }

  const keep = (key: string, value: string, place: Required<Place>) => {
    const pool = pools.get(section)
    if (pool === undefined) return
    const variable = /^env\[([^\]]{1,256})\]$/.exec(key)?.[1]
    if (key === 'user' && value !== '') pool.user = { name: value, place }
    else if (key === 'listen' && value !== '') pool.listen = value
    else if (variable !== undefined && pool.variables.length < 64) pool.variables.push(variable)
  }

  const include = (named: string, level: number) => {
    if (!named.startsWith('/')) return
    const pattern = named.slice(0, 4096)
    wanted.push(pattern)
    if (level >= DEEPEST) {
      cut = true
      return
    }
    for (const path of files.paths(pattern)) {
      if (included++ >= MOST_INCLUDED || size > MOST_TEXT) cut = true
      else read(path, level + 1)
    }
  }

  read(main, 0)
  return { pools: [...pools.values()], wanted, cut }
}

/** Quoted, or up to a comment. */
const valueOf = (text: string) => {
  const value = text.trim()
  return /^"([^"]*)"/.exec(value)?.[1] ?? /^'([^']*)'/.exec(value)?.[1] ?? value.replace(/\s*;.*$/, '')
}
