/** A program that supervisord(1) keeps running. The command may hold secrets and stays with whoever parsed it. */
export interface SupervisedProgram {
  readonly name: string
  readonly user?: string
  readonly command: string
  readonly folder?: string
  readonly enabled: boolean
  /** Names of the variables that it is given. */
  readonly variables: readonly string[]
  readonly path: string
  readonly line: number
}

export interface SupervisorFile {
  readonly programs: readonly SupervisedProgram[]
  /** Whom supervisord itself becomes, and with it the programs that name nobody. */
  readonly user?: string
  /** Patterns of further files, as written: relative to the folder of this one. */
  readonly includes: readonly string[]
}

/** Reads a file of supervisord's in the way of Python's ConfigParser: keys in any case, indented lines go on, the last value wins. */
export const parseSupervisor = (text: string, path: string): SupervisorFile => {
  const sections = sectionsOf(text)
  const programs = [...sections].flatMap(([title, values]): SupervisedProgram[] => {
    const name = /^(?:program|fcgi-program|eventlistener):[ \t]*(.+)$/.exec(title)?.[1]
    const command = values.get('command')
    if (name === undefined || command === undefined) return []
    const user = values.get('user')?.value
    const folder = values.get('directory')?.value
    return [
      {
        name,
        command: command.value,
        ...(user === undefined || user === '' ? {} : { user }),
        ...(folder?.startsWith('/') === true ? { folder } : {}),
        enabled: !/^(?:false|no|off|0)$/i.test(values.get('autostart')?.value ?? ''),
        variables: environmentNames(values.get('environment')?.value ?? ''),
        path,
        line: values.get('user')?.line ?? command.line,
      },
    ]
  })
  const user = sections.get('supervisord')?.get('user')?.value
  const includes = (sections.get('include')?.get('files')?.value ?? '').split(/\s+/).filter((one) => one !== '')
  return { programs, includes: includes.slice(0, 100), ...(user === undefined || user === '' ? {} : { user }) }
}

type Values = Map<string, { value: string; line: number }>

const MOST = 2000

const sectionsOf = (text: string): ReadonlyMap<string, Values> => {
  const sections = new Map<string, Values>()
  let section: Values | undefined
  let last: { value: string; line: number } | undefined
  for (const [index, whole] of text.split('\n').entries()) {
    if (sections.size > MOST) break
    if (/^[ \t\r]*(?:[#;].*)?$/.test(whole)) continue
    const line = whole.replace(/[ \t][;#].*$/, '').trimEnd()
    if (/^[ \t]/.test(line) && last !== undefined) {
      if (last.value.length < 65_536) last.value += `\n${line.trim()}`
      continue
    }
    const title = /^\[([^\]]*)\]/.exec(line)?.[1]
    if (title !== undefined) {
      section = sections.get(title) ?? new Map()
      sections.set(title, section)
      last = undefined
      continue
    }
    const [, key, value = ''] = /^([^=:]+?)[ \t]*[=:][ \t]*(.*)$/.exec(line) ?? []
    if (key === undefined || section === undefined) continue
    last = { value, line: index + 1 }
    section.set(key.trim().toLowerCase(), last)
  }
  return sections
}

/** `A="1",B='2',C=3`: what stands before each `=`. */
const environmentNames = (text: string): string[] => {
  const names: string[] = []
  for (const [, name] of text.matchAll(
    /(?<!\w)([A-Za-z_]\w{0,127})[ \t\n]{0,16}=[ \t\n]{0,16}(?:"[^"]*"|'[^']*'|[^,"'\n]*)/g,
  ))
    if (names.length < 64) names.push(name!)
  return names
}
