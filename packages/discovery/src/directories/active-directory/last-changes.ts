import { guidText, filterGuid } from '../../formats/active-directory/identifiers.ts'
import { THIS_PARTITION, type Look } from './look.ts'

/** So many changes back it is looked for entries to know the database by again, */
const FAR_BACK = 500n
/** and so many of them are remembered. */
const MOST_MARKS = 8

/** The number of the last change that this server made or took over, as it said when it was connected to. */
export const lastChange = ({ gathering }: Look): bigint | undefined => {
  const text = gathering.directory.root.text('highestcommittedusn') ?? ''
  return /^\d{1,20}$/.test(text) ? BigInt(text) : undefined
}

/**
 * The entries that changed last, with the numbers of their changes, as text: a database that was restored to before does not hold them so, even where it has
 * changed so often since that its last number is beyond what it was. Empty where the server tells none.
 */
export const lastChanges = async (look: Look): Promise<string> => {
  const last = lastChange(look)
  if (last === undefined) return ''
  const found: [number: bigint, object: string][] = []
  const from = last > FAR_BACK ? last - FAR_BACK : 1n
  await eachNumbered(look, `(uSNChanged>=${from})`, (object, number) => {
    found.push([number, object])
  })
  return found
    .toSorted(([one], [other]) => (one < other ? 1 : one > other ? -1 : 0))
    .slice(0, MOST_MARKS)
    .map(([number, object]) => `${number} ${object}`)
    .join(';')
}

/** Whether the server went back behind what it told: its last number is lower, or entries that did not change again are as they were before. */
export const wentBack = async (
  look: Look,
  { last, marks = '' }: { readonly last?: string | undefined; readonly marks?: string | undefined },
  changed: ReadonlyMap<string, unknown>,
): Promise<boolean> => {
  const now = lastChange(look)
  if (last !== undefined && /^\d{1,20}$/.test(last) && (now === undefined || now < BigInt(last))) return true
  const known = new Map(
    marks.split(';').flatMap((mark) => {
      const [, number, object] = /^(\d{1,20}) (\S+)$/.exec(mark) ?? []
      return number === undefined || object === undefined || changed.has(object)
        ? []
        : [[object, BigInt(number)] as const]
    }),
  )
  if (known.size === 0) return false
  const held = new Set<string>()
  const named = [...known.keys()].map((object) => `(objectGUID=${filterGuid(object)})`)
  await eachNumbered(look, `(|${named.join('')})`, (object, number) => {
    // What servers keep for themselves, such as the last login, counts as a change and is not told as one.
    if (number >= (known.get(object) ?? 0n)) held.add(object)
  })
  return held.size < known.size
}

const eachNumbered = ({ gathering, domain }: Look, filter: string, take: (object: string, number: bigint) => void) =>
  gathering.search(
    [],
    {
      base: domain.base,
      scope: 'sub',
      filter,
      attributes: ['objectguid', 'usnchanged'],
      controls: [THIS_PARTITION],
    },
    (entries) => {
      for (const entry of entries) {
        const object = guidText(entry.values('objectguid')[0] ?? new Uint8Array())
        const number = entry.text('usnchanged') ?? ''
        if (object !== undefined && /^\d{1,20}$/.test(number)) take(object, BigInt(number))
      }
    },
  )
