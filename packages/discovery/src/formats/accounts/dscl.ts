/** One record as `dscl . -readall` of macOS prints it: the values of each attribute. */
export type DirectoryRecord = ReadonlyMap<string, readonly string[]>

/**
 * Reads what `dscl . -readall PATH ATTRIBUTE…` prints: `Attribute: value value`, or the values on lines of their own that begin with a
 * space where one holds spaces itself. A line of one dash ends a record.
 */
export const parseDscl = (text: string): DirectoryRecord[] => {
  const records: DirectoryRecord[] = []
  let [current, values]: [Map<string, string[]>, string[] | undefined] = [new Map(), undefined]
  const end = () => {
    if (current.size > 0) records.push(current)
    current = new Map()
    values = undefined
  }
  for (const line of text.split('\n')) {
    if (line === '-') end()
    else if (line.startsWith(' ')) values?.push(line.slice(1))
    else {
      const [, name, rest = ''] = /^([A-Za-z][\w:-]{0,127}): ?(.*)$/.exec(line.slice(0, LONGEST_LINE)) ?? []
      values =
        name === undefined || line.startsWith('No such key')
          ? undefined
          : rest.split(' ').filter((value) => value !== '')
      if (name !== undefined && values !== undefined) current.set(name, values)
    }
  }
  end()
  return records
}

const LONGEST_LINE = 1_000_000
