import { randomUUID } from 'node:crypto'
import { parseTargetSet, type TargetSet } from '@rollcall/contract'
import type { AddTargets, TargetSetItem } from '@rollcall/contract/api'
import { LOCAL_SEGMENT } from '@rollcall/contract/bus'
import type { Store, TargetSetRow } from '@rollcall/store'
import { Refusal } from './refusal.ts'
import { targetListReading } from './target-list-aside.ts'

/** The sets of targets that are scanned. */
export interface Targets {
  readonly all: () => Promise<TargetSetItem[]>
  /** Refusal `invalid-targets` names every entry that cannot be read; nothing is added then. */
  readonly add: (targets: AddTargets, by: string) => Promise<TargetSetItem>
  /** What was found through it stays. Refusal `not-found`. */
  remove(id: string, by: string): Promise<void>
}

const MAX_ENTRIES = 100_000
const TOLD = 200

export const targetSets = ({ store, now }: { store: Store; now: () => Date }): Targets => {
  const read = targetListReading()
  return {
    all: async () => (await store.targetSets.all()).map(item),

    async add({ name, include, exclude, segment = LOCAL_SEGMENT, inventory }, by) {
      const list = inventory === undefined ? undefined : await read(inventory.fileName, inventory.text)
      const errors = (list?.problems ?? []).map(({ line, entry, problem }) => ({
        pointer: '/inventory/text',
        detail: `line ${line}${entry === '' ? '' : `, ${entry}`}: ${problem}`,
      }))
      for (const [field, entries] of Object.entries({ include, exclude }))
        for (const [index, entry] of entries.entries()) {
          const read = parseTargetSet({ include: [entry], exclude: [] })
          if ('problems' in read)
            errors.push({
              pointer: `/${field}/${index}`,
              detail: read.problems.map(({ problem }) => problem).join('; '),
            })
        }
      const set: TargetSet = {
        include: [...include.map((entry) => entry.trim()), ...(list?.include ?? [])],
        exclude: [...exclude.map((entry) => entry.trim()), ...(list?.exclude ?? [])],
      }
      if (errors.length === 0 && set.include.length === 0)
        errors.push({ pointer: '/include', detail: 'there is no target in it' })
      if (Math.max(set.include.length, set.exclude.length) > MAX_ENTRIES)
        errors.push({ pointer: '/include', detail: `there are more than ${MAX_ENTRIES} entries` })
      if (errors.length > 0) {
        const told = errors.slice(0, TOLD)
        const more = errors.length - told.length
        throw new Refusal(
          422,
          'invalid-targets',
          `${errors.length} ${errors.length === 1 ? 'entry' : 'entries'} cannot be read; nothing was added`,
          {
            errors: more === 0 ? told : [...told, { pointer: '', detail: `and ${more} more` }],
          },
        )
      }
      const row: TargetSetRow = { id: randomUUID(), name, ...set, addedAt: now().toISOString(), addedBy: by, segment }
      await store.atomically(async (tx) => {
        await tx.targetSets.add(row)
        await tx.audit.append({ at: row.addedAt, actor: by, action: 'targets-added', object: row.id, detail: name })
      })
      return item(row)
    },

    async remove(id, by) {
      await store.atomically(async (tx) => {
        const row = await tx.targetSets.byId(id)
        if (row === undefined || !(await tx.targetSets.remove(id)))
          throw new Refusal(404, 'not-found', 'there is no such target set')
        await tx.audit.append({
          at: now().toISOString(),
          actor: by,
          action: 'targets-removed',
          object: id,
          detail: row.name,
        })
      })
    },
  }
}

const item = ({ id, name, include, exclude, addedAt, addedBy, segment }: TargetSetRow): TargetSetItem => {
  const read = parseTargetSet({ include: [...include], exclude: [] })
  const { hosts, ranges } = 'parsed' in read ? read.parsed : { hosts: [], ranges: [] }
  return {
    id,
    name,
    include: [...include],
    exclude: [...exclude],
    addedAt,
    addedBy,
    segment,
    hosts: hosts.length,
    addresses: ranges.reduce((sum, { first, last }) => sum + last - first + 1, 0),
  }
}
