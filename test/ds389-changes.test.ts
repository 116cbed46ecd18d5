import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { editedTree, editOf, tryEdit } from './lab/directories/directory-edits.ts'
import { DS389_PEOPLE, ds389Data, IPA_PEOPLE, ipaData } from './lab/directories/ds389-truth.ts'
import { ds389Lacks, startDs389, type Ds389Lab } from './lab/directories/ds389.ts'
import { lookAt, simple } from './lab/directories/look-at.ts'
import { LookInventory } from './lab/directories/look-inventory.ts'
import { labKeys } from './lab/directories/slapd-truth.ts'

/* What looks at changes of a real 389 Directory Server leave behind, beside a look at everything: with a tree of its own, and that of FreeIPA. */

const skipped = ds389Lacks()

describe.skipIf(skipped !== undefined).each([
  { tree: 'its own tree', data: () => ds389Data(labKeys()), people: DS389_PEOPLE },
  { tree: 'the tree of FreeIPA', data: () => ipaData(labKeys()), people: IPA_PEOPLE },
])(`389 Directory Server with $tree${skipped === undefined ? '' : ` (skipped: ${skipped})`}`, ({ data, people }) => {
  let lab: Ds389Lab
  beforeAll(async () => {
    lab = await startDs389({ changes: data() })
  }, 120_000)
  afterAll(async () => {
    await lab?.[Symbol.asyncDispose]()
  })

  let byChange = 0
  test('whatever is edited, looks at changes leave behind what a look at everything finds', { timeout: 120_000 }, () =>
    fc.assert(
      fc.asyncProperty(
        fc.constantFrom(lab.manager, ...Object.values(people)),
        fc.array(fc.array(editOf(lab.suffix), { minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 4 }),
        async (who, rounds) => {
          const now = new Date()
          const edit = (ldif: string) => lab.client('ldapmodify', lab.manager, ['-c'], ldif)
          tryEdit(() => lab.client('ldapdelete', lab.manager, ['-r', `ou=Any,${lab.suffix}`]))
          tryEdit(() => edit(editedTree(lab.suffix)))
          const inventory = new LookInventory()
          let last = await lookAt(lab, simple(who.dn, who.password), { now })
          inventory.take(last)
          for (const edits of rounds) {
            for (const one of edits) if (one !== 'restart') tryEdit(() => edit(one))
            last = await lookAt(lab, simple(who.dn, who.password), { now, remembered: last.memory })
            inventory.take(last)
            if (last.changed['directory-accounts'] !== undefined) byChange++
          }
          const fresh = new LookInventory()
          fresh.take(await lookAt(lab, simple(who.dn, who.password), { now }))
          expect(inventory.lines()).toEqual(fresh.lines())
        },
      ),
      { numRuns: Number(process.env['RUNS'] ?? 5) },
    ),
  )

  test('most of those were looks at changes', () => {
    expect(byChange).toBeGreaterThan(2)
  })
})
