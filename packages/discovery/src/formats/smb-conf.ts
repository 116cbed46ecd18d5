import type { Place } from '@rollcall/contract'

/** A parameter of smb.conf(5). */
export interface SmbValue {
  /** Lower case, blanks trimmed: `global`. */
  readonly section: string
  /** Lower case and without the blanks that do not matter there: `netbiosname`, `idmapconfigcorp:range`. */
  readonly name: string
  readonly value: string
  readonly place: Required<Place>
}

const MOST_VALUES = 10_000
const LONGEST = 1024

/**
 * The parameters of one file, in order; of several of one name the last counts. `include` is told as any other. Lines that end in a backslash go on,
 * those that begin with `#` or `;` are comments, and what stands before the first section is global.
 */
export const parseSmbConf = (text: string, path: string): readonly SmbValue[] => {
  const values: SmbValue[] = []
  let [section, begun, first] = ['global', '', 0]
  for (const [index, raw] of text.split('\n').entries()) {
    if (values.length >= MOST_VALUES) break
    const piece = raw.slice(0, LONGEST).trim()
    if (begun === '') first = index + 1
    if (begun === '' && /^[#;]/.test(piece)) continue
    if (piece.endsWith('\\') && begun.length < LONGEST) {
      begun += `${piece.slice(0, -1)} `
      continue
    }
    const line = `${begun}${piece}`.trim()
    begun = ''
    const header = /^\[([^\]]*)\]/.exec(line)
    if (header !== null) {
      section = header[1]!.trim().toLowerCase()
      continue
    }
    const at = line.indexOf('=')
    const name = at === -1 ? '' : line.slice(0, at).replaceAll(/\s/g, '').toLowerCase()
    if (name !== '') values.push({ section, name, value: line.slice(at + 1).trim(), place: { path, line: first } })
  }
  return values
}
